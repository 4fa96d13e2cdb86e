"""Flows and needs on a small town whose ways are known by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box

from geo.crs import LAMBERT93
from geo.signage.content import main_arrival, turn_word
from geo.signage.flows import arrivals, cells, flows, shares
from geo.signage.needs import ambiguity
from geo.signage.plan import plan
from geo.signage.study import Settings, study
from geo.signage.ways import sign_net, trees, turn
from tests.geo.signage.town import LINES, MORE_TYPES, TABLE, entrances, greenways, places, town


def test_people_of_a_commune_are_all_spread_and_a_small_commune_keeps_its_own() -> None:
    small = gpd.GeoDataFrame({"population": [10.0, 7.0]}, geometry=[box(0, 0, 1000, 1000), box(1, 1, 2, 2)], crs=2154)
    spread = cells(small, cell_m=250.0)
    assert spread["people"].sum() == pytest.approx(17.0)
    assert len(spread) == 17


def test_everybody_in_reach_goes_somewhere_and_arrives() -> None:
    inputs = town()
    net = sign_net(inputs.greenways, inputs.entrances, most_leg_m=300.0)
    found = trees(net)
    came = arrivals(net, cells(inputs.communes, cell_m=500.0), most_offset_m=5000.0)
    visits = shares(found, np.array([1.0, 2.0, 1.0]), came, scale_m=3000.0, most_m=15_000.0)
    assert visits.sum() == pytest.approx(1000.0)
    flow = flows(net, found, came, visits)
    assert flow.to_node.sum() == pytest.approx(1000.0)
    np.testing.assert_allclose(flow.to_node[net.entrance_node], visits.sum(axis=1)[net.park])
    # what turns at a junction, and what begins there, is what leaves it
    left = flow.steps.groupby("node")["people"].sum()
    turned = flow.turns.groupby("node")["people"].sum()
    pd.testing.assert_series_equal(left, turned)


def test_a_turn_is_told_as_walkers_see_it() -> None:
    north, east, south, west = 0.0, 90.0, 180.0, 270.0
    came_from_south = np.array([south] * 4)
    np.testing.assert_allclose(turn(came_from_south, np.array([north, east, west, south])), [0, 90, -90, -180])
    assert [turn_word(angle) for angle in (0.0, 90.0, -90.0, -180.0)] == ["straight", "right", "left", "back"]
    assert turn_word(np.nan) is None


def test_ambiguity_grows_with_choices_and_turns() -> None:
    doubt = ambiguity(np.array([2, 3, 3, 4, 4]), np.array([0.0, 0.0, -90.0, -90.0, 180.0]))
    np.testing.assert_allclose(doubt, [0.0, 0.25, 0.375, 0.5, 2 / 3])


def test_decision_points_are_junctions_and_long_stretches_get_markers() -> None:
    studied = study(town(), Settings())
    table = studied.needs
    assert {(p.x, p.y) for p in table.geometry[table["kind"] == "decision"]} == {(1000, 0), (4000, 0)}
    markers = table[table["kind"] == "reassurance"]
    assert [(p.x, p.y) for p in markers.geometry] == [(2000, 0), (3000, 0)]
    assert (markers["length_m"] == 3000).all()
    shorter = study(town(), Settings(gap_m=3000.0)).needs
    assert not (shorter["kind"] == "reassurance").any()


def test_most_people_come_from_the_heavier_side() -> None:
    studied = study(town(), Settings())
    node = {tuple(place): row for row, place in enumerate(studied.net.network.nodes.tolist())}
    assert main_arrival(studied.flow)[node[4000.0, 0.0]] == node[1000.0, 0.0]


def test_an_entrance_without_visitors_says_why_and_how_far_the_next_way_is() -> None:
    lines = [*LINES, LineString([(20_000, 0), (21_000, 0)])]
    doors = entrances(
        ("N", 1000, 800), ("N", 1000, 700), ("E", 4500, 0), ("S", 4000, -500), ("E", 3000, 450), ("E", 21_000, 0)
    )
    table = study(town(greenways=greenways(lines), entrances=doors), Settings()).needs
    told = table[table["kind"] == "entrance"].reset_index(drop=True)
    assert told["unreached"].astype(object).where(told["unreached"].notna(), None).tolist() == [
        *("behind", None, None, None),
        *("off_network", "apart"),
    ]
    np.testing.assert_allclose(told["gap_m"], [np.nan] * 4 + [450, 15_500])
    assert (told["people"] > 0).tolist() == told["unreached"].isna().tolist()


def test_the_gap_is_to_a_way_not_to_another_entrances_leg() -> None:
    doors = entrances(("N", 3000, 250), ("E", 3000, 600))
    table = study(town(entrances=doors), Settings()).needs
    entrance = table[(table["kind"] == "entrance") & (table["park_id"] == "E")].iloc[0]
    assert entrance[["unreached", "gap_m"]].tolist() == ["off_network", 600.0]


def test_people_come_from_settlements_else_squares_else_communes() -> None:
    squares = gpd.GeoDataFrame({"people": [30.0]}, geometry=[box(0, -100, 200, 100)], crs=LAMBERT93)
    assert study(town(), Settings()).people_from == "communes"
    by_squares = study(town(squares=squares), Settings())
    assert by_squares.people_from == "squares"
    assert by_squares.flow.to_node.sum() == pytest.approx(30.0)
    told = places(("settlement", "Hameau", 12.0, 0, 0))
    by_places = study(town(squares=squares, places=told), Settings())
    assert by_places.people_from == "settlements"
    assert by_places.flow.to_node.sum() == pytest.approx(12.0)


def test_stations_and_car_parks_bring_people_of_their_weight_else_as_many_as_a_place_where_people_live() -> None:
    squares = gpd.GeoDataFrame(
        {"people": [30.0, 10.0]}, geometry=[box(0, -100, 200, 100), box(4100, -100, 4300, 100)], crs=LAMBERT93
    )
    told = places(
        ("station", "Gare", 70.0, 4000, 20), ("parking", None, np.nan, 0, 10), ("station", None, 9.0, 0, 5000)
    )
    found = study(town(squares=squares, places=told), Settings())
    assert found.flow.to_node.sum() == pytest.approx(40.0 + 70.0 + 20.0)  # the last is too far from the ways


def test_a_belvedere_is_a_destination_with_a_name_and_gets_no_totem() -> None:
    told = places(("belvedere", "Vue du Nord", 4.0, 2500, 60))
    found = study(town(places=told, types=MORE_TYPES), Settings())
    kinds = found.needs.set_index("park_id")["kind"]
    assert kinds["belvedere-0"] == "view"
    made = plan(town(places=told, types=MORE_TYPES), {2026: 60_000.0}, Settings(assume_open=True))
    here = made.signs[made.signs["park_id"] == "belvedere-0"]
    assert here[["type", "text", "mandatory"]].to_numpy().tolist() == [[TABLE, "Vue du Nord", False]]
    line = made.lines[made.lines["park_id"] == "belvedere-0"].iloc[0]
    assert (line["destination"], line["distance_m"]) == ("Vue du Nord", 1560.0)
    assert made.summary.iloc[-1][["belvederes", "stations", "people_from"]].tolist() == [1, 0, "communes"]


def test_a_map_stands_near_the_car_park_even_where_fewer_people_come() -> None:
    doors = entrances(("N", 1000, 800), ("N", 900, 0), ("E", 4500, 0))
    told = places(("parking", None, 1.0, 1000, 900))
    table = study(town(entrances=doors, places=told, types=MORE_TYPES), Settings()).needs
    maps = table[table["kind"] == "information"].set_index("park_id").geometry
    assert (maps["N"].x, maps["N"].y) == (1000, 800)
