"""Edges of the network as rows: lengths, ids that stay, what sources tell."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiLineString, box

from geo.catalogue import GREENWAYS
from geo.layers import check
from geo.network.graph import component_table
from geo.network.table import network_of
from geo.parks.greenways import Inputs, Params, compute, snap_effect


def table_of(communes: gpd.GeoDataFrame, ways: gpd.GeoDataFrame, **params: float) -> gpd.GeoDataFrame:
    return check(compute(Inputs(ways, communes), Params(**params)).table, GREENWAYS)


def lines(shapes: dict[str, object], **columns: object) -> gpd.GeoDataFrame:
    told = {
        "number": list(shapes), "name": "Voie", "kind": "path", "source": "essai", "certainty": "surveyed",
        "synthetic": False, **columns,
    }  # fmt: skip
    return gpd.GeoDataFrame(told, geometry=list(shapes.values()), crs="EPSG:2154")


TOWN = {
    "b": LineString([(100, 500), (900, 500)]),
    "a": LineString([(300, 100), (300, 900)]),
    "c": MultiLineString([[(904, 500), (1500, 500)], [(1500, 520), (1500, 900)]]),
}


def test_lines_become_edges_areas_keep_the_stated_length(two_communes: gpd.GeoDataFrame) -> None:
    ways = gpd.GeoDataFrame(
        {
            "number": ["1", "2", "2"], "name": "Cavalier", "kind": "cavalier", "protection": "buffer",
            "stated_length_m": [None, "750", None], "source": "essai", "certainty": "surveyed", "synthetic": False,
            "geometry": [LineString([(500, 500), (1500, 500)]), box(0, 0, 700, 10), LineString([(0, 100), (0, 130)])],
        },
        crs="EPSG:2154",
    )  # fmt: skip
    table = table_of(two_communes, ways).set_index("id")
    assert table.index.tolist()[0] == "1.1"
    assert sorted(table["length_m"]) == [30, 750, 1000]
    area = table[table.geom_type == "Polygon"].iloc[0]
    assert area["length_m"] == 750
    assert pd.isna(area["component"])
    assert pd.isna(area["from_node"])
    assert table["insee"].tolist() == ["62001|62002", "62001", "62001"]
    assert table["state"].unique().tolist() == ["unknown"]


def test_edges_are_named_after_their_way_and_place_along_it(two_communes: gpd.GeoDataFrame) -> None:
    table = table_of(two_communes, lines(TOWN))
    assert table["id"].tolist() == ["a.1", "a.2", "b.1", "b.2", "c.1", "c.2"]
    np.testing.assert_allclose(table["length_m"], [400, 400, 200, 600, 596, 380])
    assert table["component"].tolist() == [1, 1, 1, 1, 1, 2]


def test_the_order_of_the_rows_changes_nothing(two_communes: gpd.GeoDataFrame) -> None:
    again = {"d": LineString([(0, 0), (50, 0)]), "d ": LineString([(0, 50), (50, 50)])}
    ways = lines(TOWN | again).assign(number=["b", "a", "c", "d", "d"])
    table = table_of(two_communes, ways)
    for seed in range(3):
        shuffled = ways.sample(frac=1, random_state=seed)
        pd.testing.assert_frame_equal(table_of(two_communes, shuffled), table)
    assert {"d.1", "d+2.1"} < set(table["id"])


def test_a_way_drawn_twice_is_counted_once_and_told(two_communes: gpd.GeoDataFrame) -> None:
    ways = lines({"a": TOWN["a"], "z": TOWN["a"].reverse()})
    outcome = compute(Inputs(ways, two_communes), Params())
    assert outcome.table["length_m"].sum() == 800
    assert [(note.action, note.count, note.example) for note in outcome.notes] == [("dropped", 1, "z")]


def test_bridges_are_not_joined_where_they_cross(two_communes: gpd.GeoDataFrame) -> None:
    crossing = {name: TOWN[name] for name in ("a", "b")}
    table = table_of(two_communes, lines(crossing, level=[1, 0], bridge=[True, False]))
    assert sorted(table["component"]) == [1, 2]
    assert table["bridge"].tolist() == [True, False]


def test_the_snap_distance_is_a_choice_whose_effect_is_told(two_communes: gpd.GeoDataFrame) -> None:
    ways = lines(TOWN)
    assert table_of(two_communes, ways, snap_m=1.0)["component"].max() == 3
    assert table_of(two_communes, ways, snap_m=25.0)["component"].max() == 1
    notes = compute(Inputs(ways, two_communes), Params()).notes
    assert [note.count for note in notes] == [2]
    assert "0 m: 3, 1.6 km; 5 m: 2, 2.2 km; 10 m: 2, 2.2 km; 25 m: 1, 2.6 km" in notes[0].reason
    effect = snap_effect(ways.assign(level=0), (0.0, 25.0))
    assert effect["components"].tolist() == [3, 1]
    np.testing.assert_allclose(effect["total_m"], 2576)


@pytest.mark.parametrize("value", [-1.0, 201.0, float("nan")])
def test_a_snap_distance_out_of_reason_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="snap_m"):
        Params(snap_m=value)


def test_the_table_is_the_network_again(two_communes: gpd.GeoDataFrame) -> None:
    table = table_of(two_communes, lines(TOWN))
    network = network_of(table.sample(frac=1, random_state=1))
    np.testing.assert_allclose(component_table(network)["length_m"], [2196, 380])
    np.testing.assert_allclose(network.nodes[:3], [(100, 500), (300, 100), (300, 500)])
    with pytest.raises(ValueError, match="no edge meets node"):
        network_of(table[table["id"] != "a.1"])


def test_territory_without_lines_has_areas_alone(two_communes: gpd.GeoDataFrame) -> None:
    ways = lines({"x": box(0, 0, 50, 5)}, stated_length_m=["50"])
    table = table_of(two_communes, ways)
    assert table["id"].tolist() == ["x"]
