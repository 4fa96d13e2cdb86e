"""Entrances on a square park whose ways are drawn by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

from geo.catalogue import PARK_ENTRANCES
from geo.errors import MissingDataError
from geo.layers import check
from geo.parks import greenways
from geo.parks.entrances import Inputs, Params, compute

PARK = box(200, 200, 600, 600)
FAR = LineString([(1500, 50), (1900, 50)])


def found(
    communes: gpd.GeoDataFrame,
    *ways: LineString | Polygon,
    park: object = PARK,
    perimeter_source: str = "surveyed",
    **params: float,
) -> gpd.GeoDataFrame:
    lines = gpd.GeoDataFrame(
        {
            "number": [f"w{n}" for n in range(len(ways))], "name": None, "kind": "path", "surface": None,
            "source": "voies", "certainty": "surveyed", "synthetic": False,
        },
        geometry=list(ways), crs="EPSG:2154",
    )  # fmt: skip
    edges = greenways.compute(greenways.Inputs(lines, communes), greenways.Params()).table
    parks = gpd.GeoDataFrame(
        {
            "id": ["P1"], "name": "Parc", "perimeter_source": perimeter_source, "source": "parcs",
            "certainty": "surveyed", "synthetic": False,
        },
        geometry=[park], crs="EPSG:2154",
    )  # fmt: skip
    return check(compute(Inputs(parks, edges, communes), Params(**params)).table, PARK_ENTRANCES)


def spots(table: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    return [(round(point.x, 3), round(point.y, 3)) for point in table.geometry]


SCENES = {
    # name: ways, [(kind, place)] clockwise from north
    "through": ([((100, 400), (700, 400))], [("crossing", (600, 400)), ("crossing", (200, 400))]),
    "in and no farther": ([((100, 400), (400, 400))], [("crossing", (200, 400))]),
    "ends 14 m before": ([((100, 400), (186, 400))], [("end", (200, 400))]),
    "ends 16 m before": ([((100, 400), (184, 400))], [("assumed", (200, 400))]),
    "ends on the perimeter": ([((100, 400), (200, 400))], [("end", (200, 400))]),
    "ends inside, near the perimeter": ([((210, 400), (400, 400))], [("end", (200, 400))]),
    "wholly inside": ([((290, 400), (500, 400))], [("assumed", (200, 400))]),
    "touches in passing": ([((100, 300), (200, 400), (100, 500))], [("end", (200, 400))]),
    "runs along one side": ([((200, 250), (200, 550))], [("end", (200, 250)), ("end", (200, 550))]),
    "comes to the side, along it, and away": (
        [((100, 250), (200, 250), (200, 550), (100, 550))],
        [("end", (200, 250)), ("end", (200, 550))],
    ),
    "to and fro across a side": (
        [((100, 250), (210, 250), (190, 300), (210, 350), (190, 400), (210, 450), (190, 500), (210, 550), (100, 550))],
        [("end", (200, 250)), ("end", (200, 550))],
    ),
    "two ways 20 m apart are one entrance": (
        [((100, 400), (400, 400)), ((100, 420), (400, 420))],
        [("crossing", (200, 400))],
    ),
    "two ways 40 m apart are two": (
        [((100, 380), (400, 380)), ((100, 420), (400, 420))],
        [("crossing", (200, 380)), ("crossing", (200, 420))],
    ),
    "a way cut where another joins it on the perimeter": (
        [((100, 400), (200, 400)), ((200, 400), (400, 400)), ((200, 400), (400, 500))],
        [("end", (200, 400))],
    ),
    "a crossing is named before an end beside it": (
        [((100, 400), (400, 400)), ((100, 410), (190, 410))],
        [("crossing", (200, 400))],
    ),
}


@pytest.mark.parametrize("scene", SCENES)
def test_scene(two_communes: gpd.GeoDataFrame, scene: str) -> None:
    ways, expected = SCENES[scene]
    table = found(two_communes, *map(LineString, ways))
    assert list(zip(table["kind"], spots(table), strict=True)) == [
        (kind, tuple(map(float, place))) for kind, place in expected
    ]
    assert table["id"].tolist() == [f"P1-E{n + 1}" for n in range(len(expected))]


def test_a_crossing_of_two_pieces_of_way_is_found_across_their_gap(two_communes: gpd.GeoDataFrame) -> None:
    table = found(two_communes, LineString([(100, 400), (198, 400)]), LineString([(202, 400), (400, 400)]))
    assert spots(table) == [(200, 400)]
    assert table["kind"].tolist() == ["crossing"]


def test_holes_have_no_entrance_and_every_part_has_its_own(two_communes: gpd.GeoDataFrame) -> None:
    hollow = Polygon(PARK.exterior.coords, [box(300, 300, 500, 500).exterior.coords])
    park = MultiPolygon([hollow, box(800, 200, 900, 600)])
    table = found(two_communes, LineString([(100, 400), (850, 400)]), park=park)
    assert sorted(spots(table)) == [(200, 400), (600, 400), (800, 400)]


def test_a_park_known_by_a_point_has_an_estimate_at_it(two_communes: gpd.GeoDataFrame) -> None:
    table = found(two_communes, FAR, park=Point(1400, 150), perimeter_source="point")
    assert spots(table) == [(1400, 150)]
    assert table[["kind", "certainty"]].to_numpy().tolist() == [["assumed", "estimated"]]
    np.testing.assert_allclose(table["network_m"], [np.hypot(100, 100)], atol=0.001)


def test_an_assumed_entrance_faces_the_network(two_communes: gpd.GeoDataFrame) -> None:
    table = found(two_communes, FAR)
    assert spots(table) == [(600, 200)]
    assert table["certainty"].tolist() == ["estimated"]
    np.testing.assert_allclose(table["network_m"], [np.hypot(900, 150)], atol=0.001)


@pytest.mark.parametrize(("source", "certainty"), [("circle", "estimated"), ("spoil_heap", "surveyed")])
def test_a_guessed_perimeter_makes_estimates(two_communes: gpd.GeoDataFrame, source: str, certainty: str) -> None:
    table = found(two_communes, LineString([(100, 400), (400, 400)]), perimeter_source=source)
    assert table["certainty"].tolist() == [certainty]
    assert table["source"].tolist() == ["parcs ; voies"]
    assert table["insee"].tolist() == ["62001"]


def test_reach_and_merging_are_settings(two_communes: gpd.GeoDataFrame) -> None:
    ways = LineString([(100, 400), (184, 400)]), LineString([(100, 420), (400, 420)])
    assert len(found(two_communes, *ways)) == 1
    assert len(found(two_communes, *ways, reach_m=20.0, merge_m=10.0)) == 2


def test_the_order_of_parks_and_edges_changes_nothing(two_communes: gpd.GeoDataFrame) -> None:
    ways = [LineString(line) for line in SCENES["two ways 40 m apart are two"][0]]
    pd.testing.assert_frame_equal(found(two_communes, *ways), found(two_communes, *ways))
    reverse = found(two_communes, *[way.reverse() for way in ways[::-1]])
    assert spots(reverse) == spots(found(two_communes, *ways))


def test_without_any_line_there_is_nothing_to_enter_from(two_communes: gpd.GeoDataFrame) -> None:
    with pytest.raises(MissingDataError, match="no line"):
        found(two_communes, box(0, 0, 50, 5))
