"""Maximal covering: brute force on small problems, proof on larger ones, invariants, and what is refused."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import shortest_path

from geo.kernels.siting import YearRules, max_coverage, plan_years

Case = tuple[csr_array, np.ndarray, np.ndarray, float]


@st.composite
def cases(draw: st.DrawFn, most: int = 8) -> Case:
    demand, number = draw(st.integers(0, most)), draw(st.integers(0, most))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    covers = csr_array(rng.random((demand, number)) < draw(st.sampled_from([0.1, 0.3, 0.6])))
    whole = draw(st.booleans())
    weights = rng.integers(0, 5, demand).astype(float) if whole else rng.random(demand)
    costs = rng.integers(0, 4, number).astype(float) if draw(st.booleans()) else rng.random(number)
    return covers, weights, costs, draw(st.sampled_from([0.0, 0.5, 1.0, 2.5, 6.0, 1e9]))


def best_of_all(case: Case, required: set[int] = frozenset(), forbidden: set[int] = frozenset()) -> float:
    covers, weights, costs, budget = case
    dense = covers.toarray().astype(bool)
    number = len(costs)
    best = -1.0
    for size in range(number + 1):
        for chosen in combinations(range(number), size):
            if required <= set(chosen) and not forbidden & set(chosen) and costs[list(chosen)].sum() <= budget + 1e-9:
                best = max(best, weights[dense[:, list(chosen)].any(axis=1)].sum())
    return best


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_set_of_a_small_problem_covers_more(case: Case) -> None:
    found = max_coverage(*case)
    assert found.covered == pytest.approx(best_of_all(case))
    assert found.bound == pytest.approx(found.covered)
    assert found.gap == pytest.approx(0.0, abs=1e-9)
    kept(case, found.chosen, found.covered)
    assert found.greedy <= found.covered + 1e-9


def kept(case: Case, chosen: np.ndarray, covered: float) -> None:
    covers, weights, costs, budget = case
    assert costs[chosen].sum() <= budget + 1e-9 * max(1.0, budget)
    reached = covers.toarray().astype(bool)[:, chosen].any(axis=1)
    assert weights[reached].sum() == pytest.approx(covered)


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 2**32))
def test_required_and_forbidden_are_kept(case: Case, seed: int) -> None:
    covers, weights, costs, _ = case
    kind = np.random.default_rng(seed).integers(0, 4, len(costs))
    required, forbidden = kind == 0, kind == 1
    budget = float(costs[required].sum()) + 1.0
    found = max_coverage(covers, weights, costs, budget, required=required, forbidden=np.flatnonzero(forbidden))
    whole = (covers, weights, costs, budget)
    expected = best_of_all(whole, set(np.flatnonzero(required).tolist()), set(np.flatnonzero(forbidden).tolist()))
    assert found.covered == pytest.approx(expected)
    assert set(np.flatnonzero(required)) <= set(found.chosen)
    assert not set(np.flatnonzero(forbidden)) & set(found.chosen)


def p_median(number: int, seed: int) -> np.ndarray:
    """Return all distances of a random graph made as OR-Library's p-median problems: n²/50 links of 1 to 100."""
    rng = np.random.default_rng(seed)
    ends = np.vstack([rng.integers(0, number, (number**2 // 50, 2)), np.arange(number)[:, None] + [0, 1]])
    ends[-1, 1] = 0
    ends = ends[ends[:, 0] != ends[:, 1]]
    graph = coo_array((rng.integers(1, 101, len(ends)), (ends[:, 0], ends[:, 1])), shape=(number, number))
    return shortest_path(graph.tocsr(), directed=False)


@pytest.mark.parametrize(("number", "p", "share"), [(300, 5, 1.0), (300, 30, 0.5), (500, 100, 0.5), (800, 160, 0.5)])
def test_p_median_graphs_are_solved_to_the_proved_optimum(number: int, p: int, share: float) -> None:
    far = p_median(number, 1)
    covers = csr_array(far <= np.quantile(far, share / p))
    found = max_coverage(covers, np.ones(number), np.ones(number), p, time_limit_s=120.0)
    assert found.gap == 0.0
    assert found.bound == found.covered >= found.greedy
    assert len(found.chosen) <= p
    kept((covers, np.ones(number), np.ones(number), p), found.chosen, found.covered)


def test_more_money_never_covers_less_and_the_bound_holds() -> None:
    rng = np.random.default_rng(3)
    covers, weights, costs = csr_array(rng.random((80, 60)) < 0.08), rng.random(80), rng.random(60) + 0.1
    found = [max_coverage(covers, weights, costs, budget) for budget in (0.0, 0.3, 1.0, 2.0, 5.0, 100.0)]
    assert found[0].covered == 0.0
    assert all(less.covered <= more.covered for less, more in pairwise(found))
    assert all(one.bound >= one.covered for one in found)
    assert found[-1].covered == pytest.approx(weights[covers.toarray().any(axis=1)].sum())


def test_a_limit_of_no_time_still_gives_a_set_and_a_true_bound() -> None:
    far = p_median(300, 2)
    covers, ones = csr_array(far <= np.quantile(far, 0.1)), np.ones(300)
    hasty, thorough = (max_coverage(covers, ones, ones, 10, time_limit_s=limit) for limit in (1e-3, 120.0))
    assert hasty.covered <= thorough.covered <= hasty.bound
    kept((covers, ones, ones, 10), hasty.chosen, hasty.covered)


def test_the_same_problem_gives_the_same_set() -> None:
    far = p_median(300, 3)
    covers, ones = csr_array(far <= np.quantile(far, 0.05)), np.ones(300)
    first, second = (max_coverage(covers, ones, ones, 20) for _ in range(2))
    assert first.chosen.tolist() == second.chosen.tolist()


def test_candidates_that_cost_nothing_are_taken_where_they_cover() -> None:
    found = max_coverage(csr_array(np.array([[1, 0, 0], [0, 0, 1]])), [1.0, 2.0], [0.0, 0.0, 5.0], 0.0)
    assert found.chosen.tolist() == [0]
    assert (found.covered, found.bound, found.gap) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"weights": [1.0, np.nan]}, "weights must be finite"),
        ({"weights": [1.0, -1.0]}, "weights must be finite and 0 or more; correct row 1"),
        ({"weights": [1.0]}, "shape"),
        ({"costs": [1.0, np.inf]}, "costs must be finite"),
        ({"budget": -1.0}, "budget is -1"),
        ({"budget": np.nan}, "budget is nan"),
        ({"covers": np.eye(2)}, "sparse"),
        ({"covers": csr_array([[np.nan, 0.0], [0.0, 1.0]])}, "NaN"),
        ({"required": [0, 1]}, "cost 2, the budget is 1"),
        ({"required": [5]}, "required holds"),
        ({"required": [True]}, "shape"),
        ({"required": [0], "forbidden": [0]}, "both required and forbidden"),
        ({"time_limit_s": 0.0}, "time_limit_s"),
    ],
)
def test_what_makes_no_sense_is_refused(changed: dict[str, object], said: str) -> None:
    plain = {"covers": csr_array(np.eye(2)), "weights": [1.0, 1.0], "costs": [1.0, 1.0], "budget": 1.0}
    with pytest.raises(ValueError, match=said):
        max_coverage(**(plain | changed))


def best_years(
    covers: np.ndarray, weights: np.ndarray, costs: np.ndarray, budgets: list[float], rules: YearRules
) -> float:
    """Return the value of the best plan among all, -1 where none keeps the rules."""
    years, best = len(budgets), -1.0
    for year in product(range(-1, years), repeat=len(costs)):
        when = np.array(year, dtype=int)
        if any(costs[when == now].sum() > budget + 1e-9 for now, budget in enumerate(budgets)):
            continue
        if ((rules.deadline >= 0) & ((when < 0) | (when > rules.deadline))).any():
            continue
        spent = costs[when >= 0].sum()
        if (costs[(when >= 0) & (rules.group == 0)].sum() < rules.least_share[0] * spent - 1e-9).any():
            continue
        value = 0.0
        for row, weight in zip(covers, weights, strict=True):
            at = when[row & (when >= 0)]
            value += weight * rules.discount ** at.min() if at.size else 0.0
        best = max(best, value)
    return best


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_no_plan_over_two_years_is_worth_more(seed: int) -> None:
    rng = np.random.default_rng(seed)
    covers, weights, costs = rng.random((7, 6)) < 0.3, rng.integers(0, 9, 7).astype(float), rng.integers(1, 4, 6) * 1.0
    rules = YearRules(
        discount=0.8,
        deadline=np.where(rng.random(6) < 0.2, 1, -1),
        group=rng.integers(0, 2, 6),
        least_share=np.array([0.4, 0.0]),
    )
    best = best_years(covers, weights, costs, [3.0, 4.0], rules)
    if best < 0:
        with pytest.raises(ValueError, match="budget"):
            plan_years(csr_array(covers), weights, costs, [3.0, 4.0], rules=rules)
        return
    found = plan_years(csr_array(covers), weights, costs, [3.0, 4.0], rules=rules)
    assert found.value == pytest.approx(best)
    assert found.bound >= found.value
    assert all(costs[found.year == now].sum() <= budget + 1e-9 for now, budget in enumerate((3.0, 4.0)))
    assert ((rules.deadline < 0) | ((found.year >= 0) & (found.year <= rules.deadline))).all()
    if ((rules.deadline < 0) | (found.greedy_year >= 0)).all():
        assert found.greedy_value <= found.bound + 1e-9


def test_one_year_without_discount_is_plain_coverage() -> None:
    rng = np.random.default_rng(5)
    covers, weights, costs = csr_array(rng.random((40, 30)) < 0.1), rng.random(40), rng.random(30) + 0.1
    assert plan_years(covers, weights, costs, [2.0]).value == pytest.approx(
        max_coverage(covers, weights, costs, 2.0).covered
    )


def test_early_is_worth_more_and_what_is_late_waits() -> None:
    covers = csr_array(np.eye(3))
    free = plan_years(covers, [1.0, 2.0, 3.0], [1.0] * 3, [1.0, 1.0])
    assert free.year.tolist() == [-1, 1, 0]
    assert free.covered.tolist() == [3.0, 5.0]
    rules = YearRules(earliest=np.array([0, 0, 1]))
    assert plan_years(covers, [1.0, 2.0, 3.0], [1.0] * 3, [1.0, 1.0], rules=rules).year.tolist() == [-1, 0, 1]


def test_greed_gives_back_what_leaves_a_group_without_its_share() -> None:
    covers, weights = csr_array(np.eye(5)), [9.0, 8.0, 7.0, 6.0, 1.0]
    rules = YearRules(discount=1.0, group=np.array([0, 0, 0, 0, 1]), least_share=np.array([0.0, 0.25]))
    found = plan_years(covers, weights, [1.0] * 5, [3.0, 3.0], rules=rules)
    # one sign of the second group allows three of the first
    assert sorted(found.greedy_year.tolist()) == [-1, 0, 0, 0, 1]
    assert found.greedy_value == found.value == found.bound == 25.0


@pytest.mark.parametrize(
    ("budgets", "rules", "said"),
    [
        ([], YearRules(), "budgets"),
        ([-1.0], YearRules(), "budgets"),
        ([1.0], YearRules(discount=0.0), "discount"),
        ([1.0], YearRules(deadline=np.array([0])), "one entry"),
        ([1.0], YearRules(deadline=np.array([0, 0])), "budget"),
        ([1.0], YearRules(group=np.array([0, 1]), least_share=np.array([0.7, 0.7])), "least shares"),
        ([1.0, 1.0], YearRules(deadline=np.array([0, -1]), earliest=np.array([1, 0])), "after its deadline"),
    ],
)
def test_rules_that_make_no_sense_are_refused(budgets: list[float], rules: YearRules, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan_years(csr_array(np.eye(2)), [1.0, 1.0], [1.0, 1.0], budgets, rules=rules)
