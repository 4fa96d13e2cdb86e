import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from geo.catalogue import SPOIL_HEAPS
from geo.layers import check
from geo.parks.spoil_heaps import Inputs, Params, compute, heap_number


def facts(**columns: object) -> gpd.GeoDataFrame:
    defaults = {
        "number": ["1", "2A"], "name": ["Un", "Deux"], "shape": ["conique", "plat"], "height_m": [80.0, np.nan],
        "area_m2": [40_000.0, np.nan], "insee_declared": ["62001", "62001"], "source": "essai",
        "certainty": "estimated", "synthetic": False, "geometry": [Point(500, 500), Point(100, 100)],
    }  # fmt: skip
    return gpd.GeoDataFrame(defaults | columns, crs="EPSG:2154")


@pytest.mark.parametrize(
    ("text", "number"),
    [("74A", "T074A"), ("T074a", "T074A"), ("T3", "T003"), ("115", "T115"), ("SYN-1", "SYN-1"), ("", "")],
)
def test_a_heap_has_one_number(text: str, number: str) -> None:
    assert heap_number(text) == number


def test_surveyed_outlines_win_and_take_their_height_from_the_facts(two_communes: gpd.GeoDataFrame) -> None:
    outlines = gpd.GeoDataFrame(
        {
            "number": ["T001"], "name": ["Un"], "shape": ["conique"], "protection": ["inscribed"], "source": "essai",
            "certainty": "surveyed", "synthetic": False, "geometry": [box(0, 0, 100, 100)],
        },
        crs="EPSG:2154",
    )  # fmt: skip
    outcome = compute(Inputs(outlines, facts(), None, two_communes), Params())
    table = check(outcome.table, SPOIL_HEAPS)
    assert table[["id", "height_m", "area_m2", "insee"]].to_numpy().tolist() == [["T001", 80.0, 10_000.0, "62001"]]
    assert [(note.action, note.count, note.example) for note in outcome.notes] == [("flagged", 1, "T002A")]


def test_facts_alone_become_circles_of_the_stated_area_or_points(two_communes: gpd.GeoDataFrame) -> None:
    table = check(compute(Inputs(None, facts(), None, two_communes), Params()).table, SPOIL_HEAPS)
    assert table.geometry.geom_type.tolist() == ["Polygon", "Point"]
    np.testing.assert_allclose(table["area_m2"].iloc[0], 40_000.0, rtol=0.005)
    assert pd.isna(table["area_m2"].iloc[1])
    assert table["certainty"].eq("estimated").all()
