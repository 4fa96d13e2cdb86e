import geopandas as gpd
import numpy as np
import pytest
import shapely
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


def test_surveyed_outlines_are_closed_with_a_note_on_each_kind_of_flaw(territory: Territory) -> None:
    """Squares of 1 km: the second reaches 2 m into the first, the third starts with a gap of 3 m by 400 m inside."""
    shapes = [
        box(0, 0, 1000, 1000),
        box(998, 0, 2000, 1000),
        box(2000, 0, 3000, 1000).difference(box(2000, 300, 2003, 700)),
    ]
    communes = surveyed(["123456789"] * 3).assign(geometry=shapes)
    outcome = compute(Inputs(communes, territory), Params())
    assert shapely.coverage_is_valid(outcome.table.geometry.to_numpy())
    np.testing.assert_allclose(outcome.table["area_km2"].sum(), 3.0, atol=1e-9)
    assert [note.line() for note in outcome.notes] == [
        "1 repaired: gap between outlines, 1,200 m² in all",
        "1 repaired: overlap between outlines, 2,000 m² in all",
    ]


def test_clean_outlines_come_back_as_they_were(territory: Territory) -> None:
    communes = surveyed(["123456789"] * 3)
    outcome = compute(Inputs(communes, territory), Params())
    assert outcome.notes == ()
    assert outcome.table.geometry.to_wkb().tolist() == communes.geometry.to_wkb().tolist()
