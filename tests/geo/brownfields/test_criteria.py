"""The criteria of our score: their utilities, and how they refuse what makes none."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.brownfields.criteria import (
    Criterion,
    Fact,
    criteria,
    default_weights,
    provenance_of,
    utilities,
    values_of,
    with_points,
)
from geo.errors import RequestError, SourceError

BY_ID = {each.id: each for each in criteria()}


def worth(name: str, answers: list[object]) -> list[float]:
    found = utilities(pd.DataFrame({name: answers}), (BY_ID[name],))
    np.testing.assert_array_equal(found.low[found.known], found.high[found.known])
    return found.low[:, 0].tolist()


def test_every_criterion_has_a_weight_and_says_what_it_rests_on() -> None:
    assert list(default_weights()) == list(BY_ID)
    assert all(weight > 0 for weight in default_weights().values())
    assert all(each.fr and each.en and each.basis for each in criteria())


def test_no_official_limit_is_claimed_for_slope_and_substation() -> None:
    assert all("setting" in BY_ID[name].basis for name in ("slope_deg", "substation_km"))


def test_numbers_follow_straight_lines_and_stay_flat_beyond() -> None:
    # 3° -> 1, 10° -> 0.5, 20° -> 0: 6.5° lies half way down the first line, 15° half way down the second.
    assert worth("slope_deg", [0, 3, 6.5, 10, 15, 20, 45]) == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0, 0])


def test_codes_neutral_excluded_and_unknown() -> None:
    found = utilities(pd.DataFrame({"heritage": ["none", "classified_site", None, ""]}), (BY_ID["heritage"],))
    assert found.low[:, 0].tolist() == [1, 0, 0, 0] and found.high[:, 0].tolist() == [1, 0, 1, 1]
    assert found.known[:, 0].tolist() == [True, True, False, False]
    assert found.excludes[:, 0].tolist() == [False, True, False, False]
    assert worth("nature", ["near"]) == [0.5]  # half way between reserve 0 and outside 1


def test_directions() -> None:
    assert BY_ID["net_area_ha"].direction == "more_is_better"
    assert BY_ID["slope_deg"].direction == "less_is_better"
    assert BY_ID["owner"].direction == "by_answer"
    hill = BY_ID["slope_deg"].model_dump() | {"points": [(0, 0), (1, 1), (2, 0)]}
    assert Criterion.model_validate(hill).direction == "by_answer"


@given(st.sampled_from(sorted(BY_ID)), st.data())
def test_every_answer_lies_between_worst_and_best(name: str, data: st.DataObject) -> None:
    criterion = BY_ID[name]
    codes = st.sampled_from([*criterion.answers, *criterion.neutral, *criterion.excluded] or ["none"])
    answer = data.draw(st.floats(-1e6, 1e6) if criterion.points else codes)
    assert criterion.low <= worth(name, [answer])[0] <= criterion.high
    assert 0 <= criterion.low < criterion.high <= 1


@pytest.mark.parametrize(
    ("column", "answer", "message"),
    [
        ("owner", "nobody", "owner holds 'nobody'; expected one of public, private"),
        ("slope_deg", "steep", "column slope_deg"),
        ("slope_deg", np.inf, "infinite"),
    ],
)
def test_a_strange_answer_is_refused(column: str, answer: object, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        utilities(pd.DataFrame({column: [answer]}), criteria())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": {"a": 1.0, "b": 0.0}}, "either points, or answers"),
        ({"points": []}, "either points, or answers"),
        ({"points": [(1, 0), (1, 1)]}, "left to right"),
        ({"points": [(0, 0.5), (1, 0.5)]}, "utilities must differ"),
        ({"points": [(0, 0), (1, 2)]}, "between 0 and 1"),
        ({"points": [(0, 0), (np.inf, 1)]}, "finite"),
        ({"points": [], "answers": {"a": 0, "b": 1}, "neutral": ["a"]}, "twice"),
    ],
)
def test_a_criterion_that_tells_nothing_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Criterion.model_validate(BY_ID["slope_deg"].model_dump() | change)


def test_other_points_by_setting() -> None:
    used = with_points({"slope_deg": ((0.0, 1.0), (5.0, 0.0))})
    found = utilities(pd.DataFrame({"slope_deg": [2.5]}), used)
    assert found.low[0, [each.id for each in used].index("slope_deg")] == 0.5
    with pytest.raises(RequestError, match="points for 'owner'"):
        with_points({"owner": ((0.0, 1.0), (5.0, 0.0))})
    with pytest.raises(RequestError, match="left to right"):
        with_points({"slope_deg": ((5.0, 1.0), (0.0, 0.0))})


def test_facts_become_values_and_keep_their_origin() -> None:
    facts = {
        "A": {
            "slope_deg": Fact(2.0, "RGE ALTI", "2024-05-01", "derived"),
            "owner": Fact("public", "DGFiP", "2025", "observed"),
        },
        "B": {},
    }
    values = values_of(facts)
    assert values.index.tolist() == ["A", "B"] and list(values) == list(BY_ID)
    assert values.loc["A", "owner"] == "public" and values.loc["B"].isna().all()
    origin = provenance_of(facts).set_index(["site", "criterion"])
    assert origin.loc[("A", "slope_deg")].tolist() == ["2.0", "RGE ALTI", "2024-05-01", "derived"]
    assert origin.loc[("B", "owner")].tolist() == ["", "", "", "unknown"]
    assert len(origin) == 2 * len(BY_ID)
