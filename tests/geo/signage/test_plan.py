"""The plan on a small town whose ways, flows and costs are known by hand."""

import logging
from pathlib import Path

import geopandas as gpd
import hypothesis
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from shapely import LineString, Point

from geo.crs import LAMBERT93
from geo.errors import MissingDataError, RequestError, SourceError
from geo.network.graph import distances
from geo.network.noding import build_network
from geo.signage import plan_file
from geo.signage.candidates import candidates, in_sight
from geo.signage.plan import Plan, plan
from geo.signage.steps import Step
from geo.signage.study import Settings, study
from tests.geo.signage.town import LINES, MAST, MORE_TYPES, RIS, RULES, TYPES, entrances, greenways, signs, town


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(town(), {2026: 6000.0, 2027: 6000.0}, Settings())


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


def test_what_must_be_comes_before_all_else_even_when_it_takes_years() -> None:
    made = plan(town(), {2026: 4600.0, 2027: 6000.0, 2028: 1000.0}, Settings(assume_open=True))
    assert made.signs["year"].tolist() == sorted(made.signs["year"])
    must = made.signs[made.signs["mandatory"]]
    assert must.groupby("year").size().to_dict() == {2026: 1, 2027: 1}
    assert made.signs.loc[~made.signs["mandatory"], "year"].min() == 2027


def test_a_budget_that_does_not_hold_the_entrances_is_refused() -> None:
    with pytest.raises(RequestError, match="4,500 €"):
        plan(town(), {2026: 4000.0}, Settings())


def test_an_open_park_without_entrance_is_told_and_counted(made: Plan, caplog: pytest.LogCaptureFixture) -> None:
    assert made.summary["doorless"].iloc[-1] == 0
    one = plan(town(entrances=entrances(("E", 4500, 0))), {2026: 6000.0}, Settings())
    assert one.summary["doorless"].iloc[-1] == 1
    assert "1 open parks have no known entrance, and get no totem (such as N)" in caplog.text
    assert not one.signs["mandatory"].any()


def test_each_epci_gets_its_share() -> None:
    made = plan(town(), {2026: 6000.0, 2027: 6000.0}, Settings(least_epci_share={"B": 0.5}))
    spent = made.signs.groupby("epci")["cost_eur"].sum()
    assert spent["B"] >= 0.5 * spent.sum() - 1e-6
    with pytest.raises(RequestError, match="expected some of A, B"):
        plan(town(), {2026: 6000.0}, Settings(least_epci_share={"C": 0.1}))
    with pytest.raises(RequestError, match="1 at most in all"):
        plan(town(), {2026: 6000.0}, Settings(least_epci_share={"*": 0.7}))


def test_standing_signs_are_not_planned_again() -> None:
    totem = plan(town(signs=signs(("Totem", "installed", Point(1000, 800)))), {2026: 3000.0}, Settings())
    assert not totem.signs["mandatory"].any()
    mast = signs((MAST, "installed", Point(1000, 5)))
    assert not any(p == Point(1000, 0) for p in plan(town(signs=mast), {2026: 9000.0}, Settings()).signs.geometry)


def test_an_owners_request_is_planned_and_one_without_a_price_is_told(caplog: pytest.LogCaptureFixture) -> None:
    asked = signs(("Totem", "validated", Point(3000, 300)))
    made = plan(town(signs=asked), {2026: 20_000.0}, Settings())
    assert made.signs.loc[made.signs["role"] == "request", "asked"].tolist() == ["X1"]
    odd = signs(("Banc", "requested", Point(3000, 300)))
    with caplog.at_level(logging.WARNING, logger="geo"):
        assert not (plan(town(signs=odd), {2026: 20_000.0}, Settings()).signs["role"] == "request").any()
    assert "1 requests are of a type without a price" in caplog.text


def test_a_mast_is_read_at_the_next_junction_in_sight() -> None:
    lines = [*LINES, LineString([(1020, 0), (1020, -300)])]
    inputs = town(greenways=greenways(lines))
    studied = study(inputs, Settings())
    options = candidates(studied.net, studied.needs, studied.signs, TYPES, sight_m=25.0)
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


def test_a_sign_that_is_ordered_or_made_is_not_planned_again() -> None:
    for status in ("designed", "manufactured"):
        coming = signs(("Totem", status, Point(1000, 800)))
        assert not plan(town(signs=coming), {2026: 3000.0}, Settings()).signs["mandatory"].any()


def test_what_the_years_do_not_hold_waits_and_everything_else_with_it() -> None:
    made = plan(town(), {2026: 4600.0, 2027: 4400.0}, Settings(assume_open=True))
    assert made.signs["park_id"].tolist() == ["N"]  # more people than E
    assert made.signs["mandatory"].all()
    assert made.summary.iloc[-1]["waiting"] == 1
    assert plan(town(), {2026: 4600.0}, Settings()).summary.iloc[-1]["waiting"] == 0


def test_a_park_known_to_be_open_comes_before_a_busier_one_that_is_assumed_to_be() -> None:
    """E has less than N's people; here E is the one known to be open."""
    inputs = town()
    inputs = inputs._replace(parks=inputs.parks.assign(state=["unknown", "open", "project"]))
    for budgets in ({2026: 4600.0, 2027: 4600.0}, {2026: 20_000.0}):
        made = plan(inputs, budgets, Settings(assume_open=True))
        assert made.signs["park_id"].tolist()[:2] == ["E", "N"]


def test_a_later_totem_never_comes_before_an_earlier_one() -> None:
    made = plan(town(), {2026: 4000.0, 2027: 4600.0, 2028: 4500.0}, Settings(assume_open=True))
    must = made.signs[made.signs["mandatory"]]
    assert dict(zip(must["park_id"], must["year"], strict=True)) == {"N": 2027, "E": 2028}
    assert made.signs["year"].min() == 2027


def test_a_request_for_the_sign_that_is_needed_there_is_that_sign() -> None:
    asked = signs(("Totem", "requested", Point(1010, 800)), (MAST, "validated", Point(1003, 4)))
    made = plan(town(signs=asked), {2026: 20_000.0}, Settings())
    assert made.signs.set_index("asked").loc[["X1", "X2"], "role"].tolist() == ["totem", "direction"]
    assert made.signs.loc[made.signs["asked"] == "X1", "mandatory"].all()
    assert (made.signs["park_id"] == "N").sum() == 1
    assert not made.signs.geometry.duplicated().any()
    needs = study(town(), Settings()).needs
    entrance = needs.loc[(needs["kind"] == "entrance") & (needs["park_id"] == "N"), "weight"].iloc[0]
    open_needs = needs.loc[~needs["closed"], "weight"]
    assert made.signs.loc[made.signs["asked"] == "X1", "weight"].tolist() == [
        pytest.approx(entrance + open_needs.max(), abs=1e-3)
    ]


def test_a_request_for_another_sign_than_the_one_needed_there_is_one_more() -> None:
    made = plan(town(signs=signs(("Totem", "requested", Point(1003, 4)))), {2026: 20_000.0}, Settings())
    here = made.signs[made.signs.geometry.distance(Point(1000, 0)) < 10]
    assert sorted(here["role"]) == ["direction", "request"]
    assert here.loc[here["role"] == "request", "text"].tolist() == ["Nord"]


def test_a_mast_that_is_asked_for_has_lines_and_one_without_a_way_is_not_planned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = signs((MAST, "validated", Point(2500, 6)), (MAST, "validated", Point(2500, 400)))
    with caplog.at_level(logging.WARNING, logger="geo"):
        made = plan(town(signs=asked), {2026: 20_000.0}, Settings())
    mast = made.signs[made.signs["asked"] == "X1"].iloc[0]
    lines = made.lines[made.lines["sign"] == mast["id"]].set_index("park_id")
    assert lines["bearing_deg"].to_dict() == {"N": 270.0, "E": 90.0, "S": 90.0}
    assert lines["distance_m"].to_dict() == {"N": 2300.0, "E": 2000.0, "S": 2000.0}
    assert "X2" not in set(made.signs["asked"])
    assert "1 requests are masts with nothing to say" in caplog.text


def test_no_mast_is_planned_that_says_nothing(tmp_path: Path) -> None:
    """The only park is 20 km beyond the junction, and signs name none beyond 15 km."""
    lines = [LineString([(0, 0), (500, 0)]), LineString([(500, 0), (20_500, 0)]), LineString([(500, 0), (500, 400)])]
    inputs = town(greenways=greenways(lines), entrances=entrances(("N", 20_500, 0)))
    made = plan(inputs, {2026: 20_000.0}, Settings(most_walk_m=30_000.0, gap_m=30_000.0))
    assert made.signs["role"].tolist() == ["totem"]
    asked = inputs._replace(signs=signs((MAST, "requested", Point(500, 0))))
    assert plan(asked, {2026: 20_000.0}, Settings()).signs["role"].tolist() == ["totem"]
    plan_file.write_plan(made, tmp_path / "plan.gpkg")
    assert len(plan_file.read_plan(tmp_path / "plan.gpkg")[1]) == 0


def test_a_map_stands_at_one_entrance_of_each_park_where_most_people_come() -> None:
    doors = entrances(("N", 1000, 800), ("N", 900, 0), ("E", 4500, 0), ("S", 4000, -500))
    made = plan(town(types=MORE_TYPES, entrances=doors), {2026: 40_000.0}, Settings())
    maps = made.signs[made.signs["role"] == "information"].set_index("park_id")
    assert set(maps.index) == {"N", "E"}
    assert set(maps["type"]) == {RIS}
    assert maps.geometry["N"] == Point(900, 0)
    totem = made.signs[(made.signs["role"] == "totem") & (made.signs["park_id"] == "N")].iloc[0]
    assert maps.loc["N", "weight"] == pytest.approx(totem["weight"] / 2)
    assert maps.loc["N", "text"] == "Nord"
    none = plan(town(types=MORE_TYPES, entrances=doors), {2026: 40_000.0}, Settings(information=0.0))
    assert not (none.signs["role"] == "information").any()


def test_rules_are_told_at_every_entrance_of_open_parks_after_the_totems() -> None:
    doors = entrances(("N", 1000, 800), ("N", 900, 0), ("E", 4500, 0))
    inputs = town(types=MORE_TYPES, entrances=doors)
    made = plan(inputs, {2026: 4800.0, 2027: 8000.0}, Settings(rules_everywhere=True))
    rules = made.signs[made.signs["role"] == "rules"]
    assert set(rules["type"]) == {RULES}
    assert rules["mandatory"].all()
    assert sorted((p.x, p.y) for p in rules.geometry) == [(900, 0), (1000, 800)]
    assert rules["year"].tolist() == [2026, 2027]  # 4 500 € leave room for one of 260 €
    assert made.signs.iloc[0]["role"] == "totem"
    assert made.signs.loc[~made.signs["mandatory"], "year"].min() == 2027


def test_the_steps_of_a_plan_are_told_in_order() -> None:
    steps: list[Step] = []
    plan(town(), {2026: 6000.0}, Settings(), tell=steps.append)
    assert [one.name for one in steps] == ["network", "shortest ways", "flows", "needs", "search", "texts", "done"]
    assert [one.done for one in steps] == sorted(one.done for one in steps)
    assert (steps[0].done, steps[-1].done) == (0.0, 1.0)
    assert "gap 0.0" in steps[-2].detail


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4), min_size=1, max_size=12), st.floats(1, 60))
@hypothesis.settings(max_examples=30)
def test_sight_is_the_distance_along_the_ways(ends: list[tuple[int, int, int, int]], sight_m: float) -> None:
    lines = [LineString([(a, b), (c, d)]) for a, b, c, d in ends if (a, b) != (c, d)]
    network = build_network(np.array(lines, dtype=object), snap_m=0.5)
    assume(len(network.edges) > 0)
    whole = distances(network, np.arange(len(network.nodes)))
    assert ((whole <= sight_m) == (in_sight(network, sight_m=sight_m).toarray() > 0)).all()


def test_priorities_multiply_weights_by_park_and_by_kind() -> None:
    def weight(**priorities: float) -> pd.Series:
        made = plan(town(), {2026: 20_000.0}, Settings(priorities=priorities))
        return made.needs.assign(key=made.needs["park_id"].fillna(made.needs["kind"])).groupby("key")["weight"].sum()

    plain, changed = weight(), weight(E=3.0, entrance=0.5, decision=2.0)
    factor = (changed / plain).round(9).to_dict()
    assert factor == {"E": 1.5, "N": 0.5, "decision": 2.0, "reassurance": 1.0}
    with pytest.raises(RequestError, match="expected 0 to 1000"):
        plan(town(), {2026: 20_000.0}, Settings(priorities={"E": float("nan")}))
    with pytest.raises(RequestError, match="'P99'"):
        plan(town(), {2026: 20_000.0}, Settings(priorities={"P99": 1.0}))


def test_layers_without_people_entrances_or_parks_give_a_plan_of_what_must_be() -> None:
    communes = town().communes
    for changed, number in (
        ({"communes": communes.assign(population=[np.nan, np.nan])}, 1),
        ({"entrances": town().entrances.iloc[:0]}, 0),
        ({"parks": town().parks.iloc[:0], "entrances": town().entrances.iloc[:0]}, 0),
    ):
        assert len(plan(town(**changed), {2026: 20_000.0}, Settings()).signs) == number
    with pytest.raises(MissingDataError, match="no line"):
        plan(town(greenways=greenways().iloc[:0]), {2026: 20_000.0}, Settings())
