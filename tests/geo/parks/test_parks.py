import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from geo.catalogue import PARKS, PARKS_ISSUES
from geo.layers import check
from geo.names import heap_numbers
from geo.parks.parks import Inputs, Params, compute


def town(two_communes: gpd.GeoDataFrame, names: list[str], stated_m2: list[float], heap_x: float = 0.0) -> Inputs:
    count = len(names)
    sites = gpd.GeoDataFrame(
        {
            "id": [f"P{i}" for i in range(count)], "name": names, "kind": "terril", "large_park": "nord",
            "stated_area_m2": stated_m2, "manager": pd.NA, "location": "essai", "insee_declared": "62001",
            "source": "essai", "certainty": "sourced", "synthetic": False, "geometry": [Point(500, 500)] * count,
        },
        crs="EPSG:2154",
    )  # fmt: skip
    heap = box(heap_x, 0, heap_x + 100, 100)
    heaps = {"id": ["T001"], "name": ["3 de Lens"], "certainty": "surveyed", "geometry": [heap]}
    communes = two_communes.assign(epci=["CAE", "CAN"])
    return Inputs(sites, pd.Series({"nord": "Parc Nord"}), gpd.GeoDataFrame(heaps, crs="EPSG:2154"), None, communes)


def test_the_best_perimeter_is_taken_and_named(two_communes: gpd.GeoDataFrame) -> None:
    inputs = town(two_communes, ["Terril 1", "Étang", "Belvédère"], [20_000.0, 10_000.0, np.nan])
    table = check(compute(inputs, Params()).table, PARKS)
    assert table["perimeter_source"].tolist() == ["spoil_heap", "circle", "point"]
    assert table["certainty"].tolist() == ["estimated", "estimated", "sourced"]
    assert table["large_park"].eq("Parc Nord").all()
    np.testing.assert_allclose(table["area_m2"].iloc[:2], [10_000.0, 10_000.0], rtol=0.005)
    assert pd.isna(table["area_m2"].iloc[2])


def test_a_heap_of_the_same_number_far_away_is_not_the_sites(two_communes: gpd.GeoDataFrame) -> None:
    outcome = compute(town(two_communes, ["Terril 1"], [np.nan], heap_x=9_000.0), Params())
    assert outcome.table["perimeter_source"].tolist() == ["point"]
    issues = check(outcome.also["parks_issues"], PARKS_ISSUES)
    assert issues[["kind", "park_id", "other", "found"]].to_numpy().tolist() == [
        ["heap_not_found", "P0", "T001", "8.5 km"],
        ["no_outline", "P0", pd.NA, "point"],
    ]
    assert {note.reason: note.count for note in outcome.notes} == {
        "parks_issues: heap_not_found": 1,
        "parks_issues: no_outline": 1,
    }


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("Terrils du Marais (T83, T100, T230)", ["T083", "T100", "T230"]),
        ("Base 11/19 et terrils jumeaux 74-74A-74B", ["T074", "T074A", "T074B"]),
        ("Terrils 31, 31A, 32 (Transvaal)", ["T031", "T031A", "T032"]),
        ("Terril 205 (1 de Drocourt)", ["T205"]),
        ("Terril viticole (T9)", ["T009"]),
        ("Parc des Îles", []),
        ("Véloroute 31", []),
        ("Fosse 7-19", []),
    ],
)
def test_heap_numbers_are_read_from_names(name: str, numbers: list[str]) -> None:
    assert heap_numbers(name) == numbers
