"""Our score: worked by hand; what a fact may and may not do; ranks and sensitivity against trying every case."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.brownfields.criteria import Criterion, Fact, criteria, default_weights
from geo.brownfields.score import ScoreParams, explain, score_sites, sensitivity
from geo.errors import RequestError, SourceError

QUICK = ScoreParams(draws=20)
ONLY_TWO = ScoreParams(weights=dict.fromkeys(default_weights(), 0.0) | {"slope_deg": 3.0, "owner": 1.0}, draws=20)


def numbers(criterion: Criterion) -> st.SearchStrategy[float]:
    first, last = criterion.points[0][0], criterion.points[-1][0]
    return st.floats(first - 1, last + 1)


def answers(criterion: Criterion) -> st.SearchStrategy[object]:
    if criterion.points:
        return numbers(criterion)
    return st.sampled_from([*criterion.answers, *criterion.neutral, *criterion.excluded])


SITE = st.fixed_dictionaries({each.id: st.one_of(st.none(), answers(each)) for each in criteria()})
CODED = [each for each in criteria() if each.neutral]


def scored(*rows: dict[str, object]) -> pd.DataFrame:
    return score_sites(pd.DataFrame(list(rows)), QUICK)


def test_two_criteria_worked_by_hand() -> None:
    table = pd.DataFrame({"slope_deg": [6.5, 6.5, np.nan], "owner": ["private", None, "mixed"]}, index=["a", "b", "c"])
    found = score_sites(table, ONLY_TWO)
    # a: (3 x 0.75 + 0.2) / 4; b: (2.25 + 0 to 1) / 4; c: (0 to 3 + 0.5) / 4
    np.testing.assert_allclose(found["score"], [0.6125, 0.6875, 0.5])
    np.testing.assert_allclose(found["score_low"], [0.6125, 0.5625, 0.125])
    np.testing.assert_allclose(found["score_high"], [0.6125, 0.8125, 0.875])
    np.testing.assert_allclose(found["known_share"], [1, 0.75, 0.25])
    assert found["rank"].tolist() == [2, 1, 3]
    assert found["rank_best"].tolist() == [1, 1, 1] and found["rank_worst"].tolist() == [3, 3, 3]


@settings(deadline=None, max_examples=60)
@given(SITE, st.sampled_from(CODED), st.data())
def test_a_fact_that_says_nothing_never_moves_the_score(
    site: dict[str, object], criterion: Criterion, data: st.DataObject
) -> None:
    silent = site | {criterion.id: data.draw(st.sampled_from(criterion.neutral))}
    found = scored(site | {criterion.id: None}, silent)
    assert found["score"][1] == found["score"][0]
    assert found["score_low"][1] >= found["score_low"][0] and found["score_high"][1] <= found["score_high"][0]


@settings(deadline=None, max_examples=60)
@given(SITE, st.sampled_from([each for each in criteria() if each.points]))
def test_an_answer_equal_to_what_was_expected_never_raises_the_score(
    site: dict[str, object], criterion: Criterion
) -> None:
    at, utility = zip(*sorted(criterion.points, key=lambda point: point[1]), strict=True)
    found = scored(site | {criterion.id: None}, site | {criterion.id: np.interp(criterion.middle, utility, at)})
    assert found["score"][1] == pytest.approx(found["score"][0], abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(SITE, st.sampled_from(criteria()), st.data())
def test_any_fact_narrows_the_interval_within_what_it_was(
    site: dict[str, object], criterion: Criterion, data: st.DataObject
) -> None:
    found = scored(site | {criterion.id: None}, site | {criterion.id: data.draw(answers(criterion))})
    low, high, score = (found[name].to_numpy() for name in ("score_low", "score_high", "score"))
    assert low[0] <= low[1] <= score[1] <= high[1] <= high[0]
    assert high[1] - low[1] < high[0] - low[0]
    assert found["known_share"][1] > found["known_share"][0]


@settings(deadline=None, max_examples=30)
@given(st.lists(SITE, min_size=1, max_size=8))
def test_intervals_hold_the_score_and_the_rank(rows: list[dict[str, object]]) -> None:
    found = scored(*rows)
    assert (found["score_low"] <= found["score"]).all() and (found["score"] <= found["score_high"]).all()
    assert found[["score_low", "score_high"]].stack().between(0, 1 + 1e-12).all()
    ranked = found[found["excluded_by"] == ""]
    assert found["rank"].notna().sum() == len(ranked)
    for name in ("rank", "rank_likely_best", "rank_likely_worst"):
        assert (ranked["rank_best"] <= ranked[name]).all() and (ranked[name] <= ranked["rank_worst"]).all()
    assert ranked["rank_worst"].max() <= len(ranked) if len(ranked) else True


@settings(deadline=None, max_examples=30)
@given(st.lists(SITE, min_size=2, max_size=5), SITE)
def test_what_is_learnt_about_one_site_moves_no_other_score(
    rows: list[dict[str, object]], learnt: dict[str, object]
) -> None:
    columns = ["score", "score_low", "score_high"]
    pd.testing.assert_frame_equal(scored(*rows)[columns].iloc[:-1], scored(*rows[:-1], learnt)[columns].iloc[:-1])


def test_an_excluded_site_has_no_rank_and_says_why() -> None:
    found = scored({"heritage": "classified_site", "nature": "reserve"}, {"heritage": "none"}, {})
    assert found["excluded_by"].tolist() == ["heritage|nature", "", ""]
    assert found["rank"].isna().tolist() == [True, False, False]
    assert found["may_be_excluded"].tolist() == [True, True, True]  # acceleration zone unknown everywhere
    assert found["rank"].dropna().tolist() == [1, 2]


def test_a_rival_that_may_be_excluded_leaves_the_first_place_open() -> None:
    weights = dict.fromkeys(default_weights(), 0.0) | {"slope_deg": 1.0, "nature": 1e-9}
    sure = {"heritage": "none", "acceleration_zone": "yes", "nature": "outside"}
    table = pd.DataFrame([sure | {"slope_deg": 0, "nature": None}, sure | {"slope_deg": 30}])
    found = score_sites(table, ScoreParams(weights=weights, draws=20))
    assert found["rank_best"].tolist() == [1, 1] and found["rank_worst"].tolist() == [1, 2]


def test_weights_drawn_too_widen_the_ranks() -> None:
    steep = {"slope_deg": [0.0, 20.0], "owner": ["shared", "public"]}
    fixed = score_sites(pd.DataFrame(steep), ONLY_TWO.model_copy(update={"draws": 400}))
    drawn = score_sites(pd.DataFrame(steep), ONLY_TWO.model_copy(update={"draws": 400, "concentration": 2.0}))
    assert fixed["rank_likely_worst"].tolist() == [1, 2] and fixed["rank_likely_best"].tolist() == [1, 2]
    assert drawn["rank_likely_worst"].tolist() == [2, 2] and drawn["rank_likely_best"].tolist() == [1, 1]


def test_same_seed_same_table_and_ties_share_a_rank() -> None:
    table = pd.DataFrame([{"slope_deg": 5.0}] * 3, index=["x", "y", "z"])
    pd.testing.assert_frame_equal(score_sites(table), score_sites(table))
    assert score_sites(table)["rank"].tolist() == [1, 1, 1]


def test_no_site_at_all() -> None:
    assert score_sites(pd.DataFrame(columns=["slope_deg"])).empty
    assert sensitivity(pd.DataFrame(columns=["slope_deg"])).by_unknown.empty


def test_weights_that_would_change_the_first_site() -> None:
    table = pd.DataFrame({"slope_deg": [0.0, 10.0], "owner": ["shared", "public"]}, index=["flat", "public"])
    # flat 3/4, public (1.5 + 1)/4; owner doubled: 3/5 against 3.5/5; slope left out: 0 against 1
    found = sensitivity(table, ONLY_TWO.model_copy(update={"top": 1})).by_weight.set_index(["criterion", "change"])
    assert found.loc[("owner", "doubled")].tolist() == [1, "public", "flat"]
    assert found.loc[("slope_deg", "without")].tolist() == [1, "public", "flat"]
    moved = found[found["number"] > 0].index.tolist()
    assert sorted(moved) == [("owner", "doubled"), ("slope_deg", "without")]


SMALL = st.fixed_dictionaries(
    {
        "slope_deg": st.sampled_from([None, 3.0, 10.0, 20.0]),
        "owner": st.sampled_from([None, "public", "shared", "mixed"]),
    }
)


@settings(deadline=None, max_examples=40)
@given(st.lists(SMALL, min_size=1, max_size=6), st.integers(1, 3))
def test_single_unknowns_against_trying_each(rows: list[dict[str, object]], top: int) -> None:
    params = ONLY_TWO.model_copy(update={"top": top})
    table = pd.DataFrame(rows, columns=["slope_deg", "owner"])

    def first(changed: pd.DataFrame) -> set[int]:
        return set(score_sites(changed, params).sort_values("score", ascending=False, kind="stable").index[:top])

    expected = set()
    for site, name in [(site, name) for site in table.index for name in table if pd.isna(table.loc[site, name])]:
        for answer in {"slope_deg": (3.0, 20.0), "owner": ("public", "shared")}[name]:
            changed = table.astype(object)
            changed.loc[site, name] = answer
            if (site in first(changed)) != (site in first(table)):
                expected.add((site, name, "leaves" if site in first(table) else "enters"))
    found = sensitivity(table, params).by_unknown
    of_two = found[found["criterion"].isin(["slope_deg", "owner"])]
    assert {tuple(row) for row in of_two[["site", "criterion", "effect"]].itertuples(index=False)} == expected
    assert len(found) == len(of_two)  # criteria without weight move nobody


def test_a_score_is_explained_down_to_its_sources() -> None:
    facts = {
        "slope_deg": Fact(6.5, "RGE ALTI", "2024", "derived"),
        "owner": Fact("public", "DGFiP", "2025", "observed"),
        "heritage": Fact("classified_site", "Atlas", "2023", "observed"),
    }
    found = explain(facts).set_index("criterion")
    whole = score_sites(pd.DataFrame([{name: fact.value for name, fact in facts.items()}]))
    for part, score in (("part", "score"), ("part_low", "score_low"), ("part_high", "score_high")):
        assert found[part].sum() == pytest.approx(whole[score][0], abs=1e-12)
    assert found.loc["slope_deg", ["value", "utility", "source", "date", "status"]].tolist() == [
        "6.5", 0.75, "RGE ALTI", "2024", "derived",
    ]  # fmt: skip
    assert found.loc["flood", "status"] == "unknown" and np.isnan(found.loc["flood", "utility"])
    assert found.index[found["excludes"]].tolist() == ["heritage"]


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"beauty": 1.0}, "weight of 'beauty'; expected one of net_area_ha"),
        ({"slope_deg": -1.0}, "slope_deg is -1.0; expected a number of at least 0"),
        ({"slope_deg": float("nan")}, "slope_deg is nan"),
        (dict.fromkeys(default_weights(), 0.0), "every weight is 0"),
    ],
)
def test_weights_that_make_no_score_are_refused(weights: dict[str, float], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        score_sites(pd.DataFrame({"slope_deg": [1.0]}), ScoreParams(weights=weights))


def test_what_strangers_send_is_bounded_and_checked() -> None:
    with pytest.raises(ValueError, match="draws"):
        ScoreParams(draws=10**9)
    with pytest.raises(SourceError, match="owner"):
        scored({"owner": "nobody"})
