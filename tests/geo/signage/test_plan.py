"""The plan on a small town whose ways, flows and costs are known by hand."""

import logging
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from shapely import LineString, Point, box

from geo.crs import LAMBERT93
from geo.errors import MissingDataError, RequestError, SourceError
from geo.network.noding import build_network
from geo.signage import plan_file
from geo.signage.candidates import candidates
from geo.signage.content import blades, main_arrival, turn_word
from geo.signage.flows import arrivals, cells, flows, shares
from geo.signage.needs import ambiguity, needs
from geo.signage.plan import Inputs, Plan, Settings, plan, study
from geo.signage.recheck import recheck
from geo.signage.ways import sign_net, trees, turn

TYPES = pd.DataFrame(
    {"low_eur": [2500.0, 350.0, 80.0], "high_eur": [6500.0, 1100.0, 350.0], "cost_status": "essai"},
    index=["Totem", "Mât directionnel / jalonnement", "Jalon / borne"],
)
LINES = [
    LineString([(0, 0), (1000, 0)]),  # west to the junction
    LineString([(1000, 0), (4000, 0)]),  # on to the east: a long stretch
    LineString([(1000, 0), (1000, 800)]),  # north
    LineString([(4000, 0), (4000, -500)]),
    LineString([(4000, 0), (4500, 0)]),
]


def greenways(lines: list[LineString] = LINES) -> gpd.GeoDataFrame:
    net = build_network(np.array(lines, dtype=object), snap_m=1.0)
    table = {"length_m": net.length_m, "from_node": net.edges[:, 0], "to_node": net.edges[:, 1]}
    return gpd.GeoDataFrame(table, geometry=net.lines, crs=LAMBERT93)


def town(**changed: object) -> Inputs:
    parks = {"id": ["N", "E", "S"], "name": ["Nord", "Est", "Sud"], "state": ["open", "unknown", "project"]}
    areas = {"area_m2": [40_000.0, 10_000.0, np.nan], "stated_area_m2": [np.nan, np.nan, 90_000.0]}
    spots = [Point(1000, 800), Point(4500, 0), Point(4000, -500)]
    entrances = gpd.GeoDataFrame({"id": ["N1", "E1", "S1"], "park_id": ["N", "E", "S"]}, geometry=spots, crs=LAMBERT93)
    communes = {"id": ["1", "2"], "name": ["Ouest", "Est"], "epci": ["A", "B"], "population": [900.0, 100.0]}
    outlines = [box(-500, -600, 2000, 900), box(2000, -600, 5000, 900)]
    plain = {
        "parks": gpd.GeoDataFrame(parks | areas, geometry=spots, crs=LAMBERT93),
        "entrances": entrances,
        "greenways": greenways(),
        "communes": gpd.GeoDataFrame(communes | {"certainty": "surveyed"}, geometry=outlines, crs=LAMBERT93),
        "signs": gpd.GeoDataFrame({n: [] for n in ("id", "type", "status", "park")}, geometry=[], crs=LAMBERT93),
        "types": TYPES,
    }
    return Inputs(**(plain | changed))


def signs(kind: str, status: str, place: Point) -> gpd.GeoDataFrame:
    row = {"id": ["X1"], "type": [kind], "status": [status], "park": ["N"]}
    return gpd.GeoDataFrame(row, geometry=[place], crs=LAMBERT93)


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(town(), {2026: 6000.0, 2027: 6000.0}, Settings())


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
    shorter = needs(studied.net, town().entrances, studied.flow, gap_m=3000.0)
    assert not (shorter["kind"] == "reassurance").any()


def test_the_open_parks_entrance_is_first_and_budgets_hold(made: Plan) -> None:
    table = made.signs
    first = table.iloc[0]
    assert (first["role"], first["park_id"], first["year"], first["mandatory"]) == ("totem", "N", 2026, True)
    assert table["mandatory"].sum() == 1
    assert table.groupby("year")["cost_eur"].sum().le(6000.0).all()
    assert "S" not in set(table["park_id"].dropna())  # a park that is a project gets no totem
    assert {"direction", "marker"} <= set(table["role"])
    assert made.found.gap <= 0.01
    assert made.found.value >= made.found.greedy_value


def test_money_adds_up(made: Plan) -> None:
    table = made.signs
    funded = table["region_eur"] + table["owner_eur"] + table["pole_eur"]
    np.testing.assert_allclose(funded, table["cost_eur"])
    np.testing.assert_allclose(table["region_eur"], table["cost_eur"] / 2)
    total = made.summary.iloc[-1]
    assert total["cost_eur"] == pytest.approx(table["cost_eur"].sum())
    assert total["cost_low_eur"] < total["cost_eur"] < total["cost_high_eur"]
    assert (table["cost_status"] == "estimated").all()


def test_blades_tell_the_way_the_distance_and_the_time(made: Plan) -> None:
    junction = made.signs[made.signs.geometry == Point(1000, 0)]["id"].iloc[0]
    lines = made.lines[made.lines["sign"] == junction].set_index("park_id")
    assert lines.loc["N", ["bearing_deg", "distance_m", "distance_km", "level"]].tolist() == [0, 800.0, 0.8, "near"]
    assert lines.loc["E", ["bearing_deg", "distance_m", "distance_km", "level"]].tolist() == [90, 3500.0, 3.5, "next"]
    assert lines.loc["E", ["walk_min", "cycle_min"]].tolist() == [52, 14]  # 3.5 km at 4 and 15 km/h
    assert lines.loc["N", "text"] == "Nord 0,8 km"
    assert lines.loc["N", "blade"] != lines.loc["E", "blade"]
    assert lines.loc["S", "blade"] == lines.loc["E", "blade"]
    assert (lines.loc[["N", "E"], "turn"].tolist()) == ["left", "straight"]  # most people come from the west


def test_a_blade_holds_four_lines_at_most_the_nearest_of_each_level_among_them() -> None:
    line = greenways(
        [LineString([(0, 0), (500, 0)]), LineString([(500, 0), (14_000, 0)]), LineString([(0, 0), (0, 9)])]
    )
    x = [600, 700, 800, 900, 6000, 13_000]
    doors = gpd.GeoDataFrame({"park_id": list("ABCDEF")}, geometry=[Point(one, 0) for one in x], crs=LAMBERT93)
    net = sign_net(line, doors, most_leg_m=10.0)
    start = np.array([int(np.argmin(np.hypot(*net.network.nodes.T)))])
    table = blades(net, trees(net), start, pd.Series(list("ABCDEF"), index=list("ABCDEF")), pd.Series(dtype="int64"))
    assert table["park_id"].tolist() == ["A", "B", "C", "E"]
    assert table["line"].tolist() == [1, 2, 3, 4]
    assert table["turn"].isna().all()


def test_short_ways_are_told_in_metres() -> None:
    doors = gpd.GeoDataFrame({"park_id": ["A"]}, geometry=[Point(34, 0)], crs=LAMBERT93)
    net = sign_net(greenways([LineString([(0, 0), (500, 0)])]), doors, most_leg_m=10.0)
    start = np.array([int(np.argmin(np.hypot(*net.network.nodes.T)))])
    line = blades(net, trees(net), start, pd.Series(["Parc"], index=["A"]), pd.Series(dtype="int64")).iloc[0]
    assert (line["distance_m"], line["distance_km"], line["text"]) == (34.0, 0.03, "Parc 30 m")


def test_what_must_be_comes_before_all_else_even_when_it_takes_years() -> None:
    made = plan(town(), {2026: 4600.0, 2027: 6000.0, 2028: 1000.0}, Settings(assume_open=True))
    assert made.signs["year"].tolist() == sorted(made.signs["year"])
    must = made.signs[made.signs["mandatory"]]
    assert must.groupby("year").size().to_dict() == {2026: 1, 2027: 1}
    assert made.signs.loc[~made.signs["mandatory"], "year"].min() == 2027


def test_a_budget_that_does_not_hold_the_entrances_is_refused() -> None:
    with pytest.raises(RequestError, match="4,500 €"):
        plan(town(), {2026: 4000.0}, Settings())


def test_each_epci_gets_its_share() -> None:
    made = plan(town(), {2026: 6000.0, 2027: 6000.0}, Settings(least_epci_share={"B": 0.5}))
    spent = made.signs.groupby("epci")["cost_eur"].sum()
    assert spent["B"] >= 0.5 * spent.sum() - 1e-6
    with pytest.raises(RequestError, match="expected some of A, B"):
        plan(town(), {2026: 6000.0}, Settings(least_epci_share={"C": 0.1}))
    with pytest.raises(RequestError, match="1 at most in all"):
        plan(town(), {2026: 6000.0}, Settings(least_epci_share={"*": 0.7}))


def test_standing_signs_are_not_planned_again() -> None:
    totem = plan(town(signs=signs("Totem", "installed", Point(1000, 800))), {2026: 3000.0}, Settings())
    assert not totem.signs["mandatory"].any()
    mast = signs("Mât directionnel / jalonnement", "installed", Point(1000, 5))
    assert not any(p == Point(1000, 0) for p in plan(town(signs=mast), {2026: 9000.0}, Settings()).signs.geometry)


def test_an_owners_request_is_planned_and_one_without_a_price_is_told(caplog: pytest.LogCaptureFixture) -> None:
    asked = signs("Totem", "validated", Point(3000, 300))
    made = plan(town(signs=asked), {2026: 20_000.0}, Settings())
    assert made.signs.loc[made.signs["role"] == "request", "asked"].tolist() == ["X1"]
    odd = signs("Banc", "requested", Point(3000, 300))
    with caplog.at_level(logging.WARNING, logger="geo"):
        assert not (plan(town(signs=odd), {2026: 20_000.0}, Settings()).signs["role"] == "request").any()
    assert "1 requests are of a type without a price" in caplog.text


def test_a_mast_is_read_at_the_next_junction_in_sight() -> None:
    lines = [*LINES, LineString([(1020, 0), (1020, -300)])]
    inputs = town(greenways=greenways(lines))
    studied = study(inputs, Settings())
    options = candidates(studied.net, studied.needs, inputs.signs, TYPES, sight_m=25.0)
    place = {
        (p.x, p.y): row for row, p in enumerate(options.table.geometry) if options.table["kind"][row] == "decision"
    }
    near = csr_array(options.covers)[[place[1000, 0]]][:, [place[1020, 0]]].sum()
    apart = csr_array(options.covers)[[place[1000, 0]]][:, [place[4000, 0]]].sum()
    assert (near, apart) == (1.0, 0.0)


def test_the_file_is_the_plan_and_the_same_each_time(made: Plan, tmp_path: Path) -> None:
    for name in ("one.gpkg", "two.gpkg"):
        plan_file.write_plan(made, tmp_path / name)
    assert (tmp_path / "one.gpkg").read_bytes() == (tmp_path / "two.gpkg").read_bytes()
    table, lines = plan_file.read_plan(tmp_path / "one.gpkg")
    assert table["id"].tolist() == made.signs["id"].tolist()
    assert table.crs == LAMBERT93
    assert lines["distance_m"].tolist() == made.lines["distance_m"].tolist()
    points = gpd.read_file(tmp_path / "one.gpkg", layer="decision_points")
    assert len(points) == len(made.needs)
    assert gpd.read_file(tmp_path / "one.gpkg", layer="summary")["year"].tolist() == ["2026", "2027", "all"]


def test_a_plan_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="artois signage plan"):
        plan_file.read_plan(tmp_path / "none.gpkg")
    (tmp_path / "odd.gpkg").write_text("odd")
    with pytest.raises(SourceError, match="expected a plan"):
        plan_file.read_plan(tmp_path / "odd.gpkg")


def test_recheck_finds_what_changed_and_nothing_else(made: Plan) -> None:
    inputs = town()
    net = sign_net(inputs.greenways, inputs.entrances, most_leg_m=300.0)
    assert recheck(net, made.signs, made.lines).empty
    # a detour of 200 m in the north, the east end gone, the south park gone
    lines = [LINES[0], LineString([(1000, 0), (2500, 0)]), LineString([(1000, 0), (1100, 400), (1000, 800)]), LINES[3]]
    lines[2] = LineString([(1000, 0), (1300, 400), (1000, 800)])
    doors = inputs.entrances[inputs.entrances["park_id"] != "S"]
    changed = sign_net(greenways(lines), doors, most_leg_m=300.0)
    found = recheck(changed, made.signs, made.lines).set_index(["sign", "park_id"])
    junction = made.signs[made.signs.geometry == Point(1000, 0)]["id"].iloc[0]
    assert found.loc[(junction, "N")].tolist() == ["distance", 800.0, 1000.0, 200.0]
    assert found.loc[(junction, "E"), "reason"] == "unreachable"
    assert found.loc[(junction, "S"), "reason"] == "unknown_park"


def test_recheck_reads_anybodys_signs(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_text("sign,lon,lat,park_id,distance_km\nP1,2.8,50.4,P01,1.2\nP1,2.8,50.4,P02,0.4\n", encoding="utf-8")
    points, lines = plan_file.read_signs(path)
    assert points["id"].tolist() == ["P1"]
    assert lines["distance_m"].tolist() == [1200.0, 400.0]
    path.write_text("sign,lon,lat,park_id,distance_km\nP1,2.8,50.4,P01,far\n", encoding="utf-8")
    with pytest.raises(SourceError, match="far"):
        plan_file.read_signs(path)


def test_most_people_come_from_the_heavier_side() -> None:
    studied = study(town(), Settings())
    node = {tuple(place): row for row, place in enumerate(studied.net.network.nodes.tolist())}
    assert main_arrival(studied.flow)[node[4000.0, 0.0]] == node[1000.0, 0.0]
