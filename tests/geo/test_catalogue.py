import itertools
import re
from collections.abc import Iterator

import pytest

from geo.catalogue import CERTAINTY, LAYERS, RASTERS
from geo.layers import Column, Layer, RasterLayer, Style, Text

EVERY = [*LAYERS.values(), *RASTERS.values()]
named = pytest.mark.parametrize("layer", EVERY, ids=lambda layer: layer.name)
tables = pytest.mark.parametrize("layer", LAYERS.values(), ids=lambda layer: layer.name)
GEOMETRIES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}


def test_no_two_layers_share_a_name() -> None:
    assert len({layer.name for layer in EVERY}) == len(EVERY)


@named
def test_names_are_keys_files_and_addresses(layer: Layer | RasterLayer) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", layer.name)
    assert (LAYERS | RASTERS)[layer.name] is layer


@tables
def test_every_row_says_who_it_is_where_it_comes_from_and_how_sure_it_is(layer: Layer) -> None:
    assert next(iter(layer.columns)) == "id"
    assert {"id", "name", "insee", "source", "certainty", "synthetic"} <= set(layer.columns)
    assert layer.columns["certainty"].values == CERTAINTY
    assert layer.columns["synthetic"].dtype == "boolean"


@tables
def test_columns_have_good_names_types_and_units(layer: Layer) -> None:
    assert set(layer.geometry) <= GEOMETRIES
    assert layer.geometry
    for name, column in layer.columns.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name), name
        assert column.dtype in ("string", "float64", "Int64", "boolean")
        assert bool(column.unit) == (column.dtype in ("float64", "Int64")), f"{name}: numbers have a unit, others none"
        assert not column.values or column.dtype == "string"


@named
def test_both_languages_say_something(layer: Layer | RasterLayer) -> None:
    for label in texts(layer):
        assert label.fr.strip() == label.fr != ""
        assert label.en.strip() == label.en != ""


@named
def test_colours_are_hexadecimal_and_ramps_rise(layer: Layer | RasterLayer) -> None:
    assert [color for color in colors(layer.style) if not re.fullmatch(r"#[0-9a-f]{6}", color)] == []
    if layer.style.ramp is None:
        return
    values = [value for value, _ in layer.style.ramp.stops]
    assert len(values) >= 2
    assert all(low < high for low, high in itertools.pairwise(values))


@tables
def test_looks_speak_of_columns_that_are_there(layer: Layer) -> None:
    if layer.style.ramp is not None:
        assert layer.columns[layer.style.ramp.column].dtype == "float64"
    if layer.quiet is not None:
        assert set(layer.quiet.values) <= set(layer.columns[layer.quiet.column].values)


def texts(layer: Layer | RasterLayer) -> Iterator[Text]:
    yield layer.title
    yield layer.summary
    if isinstance(layer, Layer):
        for column in layer.columns.values():
            yield from labels(column)
        if layer.quiet is not None:
            yield layer.quiet.label


def labels(column: Column) -> Iterator[Text]:
    yield column.label
    yield from column.values.values()


def colors(style: Style) -> list[str]:
    return [style.color, *([color for _, color in style.ramp.stops] if style.ramp else [])]
