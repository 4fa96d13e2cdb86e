import geopandas as gpd
import numpy as np
import pytest
from shapely import Point, box

from geo.catalogue import COMMUNES
from geo.config import Territory
from geo.errors import SourceError
from geo.layers import check
from geo.territory.communes import Inputs, Params, compute

ORIGIN = {"source": "essai", "certainty": "surveyed", "synthetic": False}


def surveyed(sirens: list[str]) -> gpd.GeoDataFrame:
    squares = [box(1000 * i, 0, 1000 * i + 1000, 1000) for i in range(len(sirens))]
    ids = [f"6200{i}" for i in range(len(sirens))]
    return gpd.GeoDataFrame(
        {"id": ids, "name": ids, "epci_siren": sirens, "population": "10", **ORIGIN, "geometry": squares},
        crs="EPSG:2154",
    )


def test_communes_of_another_epci_are_dropped_and_counted(territory: Territory) -> None:
    outcome = compute(Inputs(surveyed(["123456789", "999999999"]), territory), Params())
    assert check(outcome.table, COMMUNES)["id"].tolist() == ["62000"]
    assert [(note.action, note.count) for note in outcome.notes] == [("dropped", 1)]


def test_no_commune_of_the_territory_is_an_error_that_names_what_was_found(territory: Territory) -> None:
    with pytest.raises(SourceError, match=r"123456789.*found \['999999999'\]"):
        compute(Inputs(surveyed(["999999999"]), territory), Params())


def test_area_is_that_of_the_outline(territory: Territory) -> None:
    table = compute(Inputs(surveyed(["123456789"]), territory), Params()).table
    np.testing.assert_allclose(table["area_km2"], 1.0)


def test_estimated_outlines_hold_their_centre_share_no_ground_and_say_so(territory: Territory) -> None:
    centres = [Point(700_000 + 2000 * (i % 3), 7_000_000 + 2000 * (i // 3)) for i in range(9)]
    ids = [f"6200{i}" for i in range(9)]
    facts = gpd.GeoDataFrame(
        {"id": ids, "name": ids, "epci": "CAE", "population": 10, "area_m2": 4e6, **ORIGIN, "geometry": centres},
        crs="EPSG:2154",
    )
    table = check(compute(Inputs(facts, territory), Params()).table, COMMUNES)
    assert table["certainty"].eq("estimated").all()
    assert [shape.contains(point) for shape, point in zip(table.geometry, centres, strict=True)] == [True] * 9
    np.testing.assert_allclose(table.area.sum(), table.union_all().area, rtol=1e-9)
