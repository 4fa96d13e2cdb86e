"""Maximal covering over several years: what to install when, each year within its budget, early rather than late."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

from geo.kernels.siting.greedy import greedy, greedy_order
from geo.kernels.siting.problem import Bools, Floats, Ints, Problem, merged, problem_of, turned, with_slack

HALF: Final = 0.5


class YearRules(NamedTuple):
    """What a plan over years must keep; None: no such rule. Years count from 0.

    Attributes
    ----------
    discount
        What cover is worth a year later, in (0, 1]: cover from year t on counts `discount ** t`.
    deadline
        Last year in which each candidate must stand; -1: it need not. Shape (candidates,).
    earliest
        First year in which each may be installed. Shape (candidates,).
    group
        Group of each candidate, from 0; -1: none. Shape (candidates,).
    least_share
        Part of all that is spent that each group must receive at least. Shape (groups,), in [0, 1].
    """

    discount: float = 0.9
    deadline: Ints | None = None
    earliest: Ints | None = None
    group: Ints | None = None
    least_share: Floats | None = None


class YearsPlan(NamedTuple):
    """What is installed when, and how near the plan is to the best.

    Attributes
    ----------
    year
        Year of each candidate, -1 where it is not installed. Shape (candidates,).
    covered
        Weight covered at the end of each year. Shape (years,).
    value
        Weight covered, each part times the discount of the year from which it is.
    bound
        No plan is worth more: proved.
    gap
        (bound - value) / bound.
    greedy_year, greedy_covered, greedy_value
        The same of the greedy plan, made year after year under the same rules (it may miss a deadline).
    """

    year: Ints
    covered: Floats
    value: float
    bound: float
    gap: float
    greedy_year: Ints
    greedy_covered: Floats
    greedy_value: float


class Calendar(NamedTuple):
    """A checked problem over years: budgets with room for rounding, what a year's cover is worth, rules in full."""

    problem: Problem
    budgets: Floats
    worth: Floats
    deadline: Ints
    earliest: Ints
    group: Ints
    least_share: Floats


def plan_years(  # noqa: PLR0913 - one argument per part of the question
    covers: csr_array,
    weights: ArrayLike,
    costs: ArrayLike,
    budgets: ArrayLike,
    *,
    rules: YearRules = YearRules(),  # noqa: B008 - a frozen value
    gap: float = 0.0,
    time_limit_s: float = 60.0,
) -> YearsPlan:
    """Return what to install in which year so that the most is covered, the earlier the better.

    The same input gives the same plan as long as the time limit is not reached.

    Parameters
    ----------
    covers, weights, costs
        As for `max_coverage`.
    budgets
        What may be spent in each year; nothing is carried over. Shape (years,).
    rules
        Deadlines, shares and the like.
    gap
        Gap at which the search may stop, in [0, 1).
    time_limit_s
        Seconds after which the best plan known is returned, with the bound proved so far.

    Raises
    ------
    ValueError
        If values make no sense, or no plan keeps the rules within the budgets, or none was found in time.
    """
    calendar = calendar_of(problem_of(covers, weights, costs, 0.0), np.asarray(budgets, dtype=np.float64), rules)
    by_greed = greedy_plan(calendar)
    rows, worth = merged(calendar.problem.covers, calendar.problem.weights)
    rows, worth = rows[worth > 0], worth[worth > 0]
    small = calendar._replace(problem=calendar.problem._replace(covers=rows, by_candidate=turned(rows), weights=worth))
    found, bound = solved(small, gap=gap, time_limit_s=time_limit_s)
    plans = [plan for plan in (found, by_greed) if plan is not None and keeps_rules(calendar, plan)]
    if not plans:
        raise ValueError(
            "no plan that keeps deadlines and shares was found within the budgets; raise a budget, move a deadline, "
            "lower a share or give more time"
        )
    tidied = [filled(calendar, plan) for plan in plans]
    best = max(tidied, key=lambda plan: plan_value(calendar, plan))
    value, most = plan_value(calendar, best), float(calendar.problem.weights.sum() * calendar.worth.sum())
    ceiling = max(value, min(most, bound))
    return YearsPlan(
        best,
        covered_by_year(calendar, best),
        value,
        ceiling,
        (ceiling - value) / ceiling if ceiling > 0 else 0.0,
        by_greed,
        covered_by_year(calendar, by_greed),
        plan_value(calendar, by_greed),
    )


def calendar_of(problem: Problem, budgets: Floats, rules: YearRules) -> Calendar:
    """Return the problem with its rules in full, or refuse what makes no sense."""
    number, years = len(problem.costs), len(budgets)
    if budgets.ndim != 1 or years == 0 or not (np.isfinite(budgets) & (budgets >= 0)).all():
        raise ValueError(f"found budgets {budgets.tolist()}; expected one finite sum of 0 or more for each year")
    if not 0 < rules.discount <= 1:
        raise ValueError(f"discount is {rules.discount}; expected more than 0, at most 1")
    deadline, earliest, group = (
        np.full(number, empty) if given is None else np.asarray(given, dtype=np.int64)
        for given, empty in ((rules.deadline, -1), (rules.earliest, 0), (rules.group, -1))
    )
    share = np.empty(0) if rules.least_share is None else np.asarray(rules.least_share, dtype=np.float64)
    if not {deadline.shape, earliest.shape, group.shape} <= {(number,)}:
        raise ValueError(f"deadline, earliest and group must have one entry for each of the {number} candidates")
    if not ((share >= 0) & (share <= 1)).all() or share.sum() > 1 + 1e-9 or (group >= max(len(share), 1)).any():
        raise ValueError(
            f"found least shares {share.tolist()}; expected one of 0 to 1 for each group, 1 at most in all"
        )
    if (late := (deadline >= 0) & (earliest > deadline)).any():
        raise ValueError(f"candidate {int(np.argmax(late))} may come after its deadline only; expected it before")
    factor = rules.discount ** np.arange(years + 1)
    factor[years] = 0.0
    room = np.array([with_slack(float(one)) for one in budgets])
    return Calendar(problem, room, factor[:-1] - factor[1:], np.minimum(deadline, years - 1), earliest, group, share)


def greedy_plan(calendar: Calendar) -> Ints:
    """Return the year of each candidate when years are filled in turn by greed.

    What is required comes first, then each group until it has its share of the year's budget, then all. While a group
    that found too little has less than its share of what is spent, what was added last for the others goes again.
    """
    problem, year = calendar.problem, np.full(len(calendar.problem.costs), -1)
    required = np.flatnonzero(calendar.deadline >= 0)
    required = required[np.argsort(calendar.deadline[required], kind="stable")]
    added: list[int] = []
    for now, budget in enumerate(calendar.budgets):
        left = budget
        for row in required[(year[required] < 0) & (calendar.earliest[required] <= now)]:
            if problem.costs[row] <= left:
                year[row], left = now, left - problem.costs[row]
        open_now = (calendar.earliest <= now) & ((calendar.deadline < 0) | (calendar.deadline >= now))
        for group, share in enumerate(calendar.least_share):
            added += add_by_greed(calendar, year, now, open_now & (calendar.group == group), share * budget)
        added += add_by_greed(calendar, year, now, open_now, np.inf)
    for row in reversed(added):
        if shares_kept(calendar, year >= 0):
            break
        if not is_short(calendar, year >= 0, row):
            year[row] = -1
    return year


def is_short(calendar: Calendar, held: Bools, row: int) -> bool:
    """Tell whether the group of a candidate would have less than its share without it."""
    group, costs = int(calendar.group[row]), calendar.problem.costs
    if not 0 <= group < len(calendar.least_share):
        return False
    rest = held.copy()
    rest[row] = False
    spent = float(costs[rest & (calendar.group == group)].sum())
    return bool(spent < calendar.least_share[group] * float(costs[rest].sum()))


def add_by_greed(calendar: Calendar, year: Ints, now: int, usable: Bools, enough: float) -> list[int]:
    """Add candidates to a year, in place, until those of their kind cost enough in it; return them in order.

    Where a share asks for more than what covers anything, the dearest of the rest follow: money is spent for it.
    """
    costs, this_year = calendar.problem.costs, year == now
    left = float(calendar.budgets[now] - costs[this_year].sum())
    order = greedy_order(calendar.problem, year >= 0, usable, left)
    if np.isfinite(enough):
        rest = usable & (year < 0)
        rest[order] = False
        order = np.concatenate([order, np.flatnonzero(rest)[np.argsort(-costs[rest], kind="stable")]])
    spent = float(costs[this_year & usable].sum())
    added: list[int] = []
    for one in order:
        if spent >= enough:
            break
        if costs[one] <= left:
            year[one], left, spent = now, left - costs[one], spent + costs[one]
            added.append(int(one))
    return added


def solved(calendar: Calendar, *, gap: float, time_limit_s: float) -> tuple[Ints | None, float]:
    """Return the plan that HiGHS finds, None where there is none, and the bound that it proves."""
    problem, years = calendar.problem, len(calendar.budgets)
    demand, number = problem.covers.shape
    if number == 0 or demand == 0:
        return None, float(problem.weights.sum() * calendar.worth.sum())
    until = csr_array(np.tril(np.ones((years, years))))
    possible = usable(calendar)
    done = milp(
        -np.concatenate([np.outer(problem.weights, calendar.worth).ravel(), np.zeros(number * years)]),
        constraints=[
            LinearConstraint(
                csr_array(hstack([eye_array(demand * years), -kron(problem.covers, until)])), -np.inf, 0.0
            ),
            LinearConstraint(beside(demand * years, rule_rows(calendar)), *rule_limits(calendar)),
        ],
        bounds=Bounds(0, np.concatenate([np.ones(demand * years), possible.ravel().astype(np.float64)])),
        integrality=np.concatenate([np.zeros(demand * years), np.ones(number * years)]),
        options={"time_limit": time_limit_s, "mip_rel_gap": gap},
    )
    if done.status == 2:  # noqa: PLR2004 - scipy's number for "infeasible"
        raise ValueError("deadlines and shares cannot be kept within the budgets; raise a budget or require less")
    bound = np.inf if done.mip_dual_bound is None else -float(done.mip_dual_bound)
    if done.x is None:
        return None, bound
    chosen = done.x[demand * years :].reshape(number, years) > HALF
    return np.where(chosen.any(axis=1), chosen.argmax(axis=1), -1), bound


def usable(calendar: Calendar) -> Bools:
    """Tell in which years each candidate may be installed; never what covers nothing, unless a rule may want it."""
    years = np.arange(len(calendar.budgets))
    allowed: Bools = years >= calendar.earliest[:, None]
    must = calendar.deadline >= 0
    allowed &= ~must[:, None] | (years <= calendar.deadline[:, None])
    share = np.append(calendar.least_share, 0.0)[np.minimum(calendar.group, len(calendar.least_share))]
    wanted = must | ((calendar.group >= 0) & (share > 0))
    allowed &= (wanted | (calendar.problem.by_candidate.sum(axis=1) > 0))[:, None]
    return allowed


def beside(empty: int, rows: csr_array) -> csr_array:
    """Return rows of a matrix with empty columns before them."""
    return csr_array(hstack([csr_array((rows.shape[0], empty)), rows]))


def rule_rows(calendar: Calendar) -> csr_array:
    """Return the rules as rows over candidate-years: once each, each year's budget, each group's share."""
    number, years = len(calendar.problem.costs), len(calendar.budgets)
    costs = calendar.problem.costs
    once = kron(eye_array(number), np.ones((1, years)))
    spend = kron(costs[None], eye_array(years))
    shares = [
        csr_array(np.repeat(costs * ((calendar.group == group) - share), years)[None])
        for group, share in enumerate(calendar.least_share)
    ]
    return csr_array(vstack([once, spend, *shares]))


def rule_limits(calendar: Calendar) -> tuple[Floats, Floats]:
    """Return the least and the most of each row of the rules."""
    groups, years = len(calendar.least_share), len(calendar.budgets)
    must = (calendar.deadline >= 0).astype(np.float64)
    low = np.concatenate([must, np.full(years, -np.inf), np.zeros(groups)])
    high = np.concatenate([np.ones(len(must)), calendar.budgets, np.full(groups, np.inf)])
    return low, high


def keeps_rules(calendar: Calendar, year: Ints) -> bool:
    """Tell whether a plan keeps budgets, deadlines and shares."""
    costs, held = calendar.problem.costs, year >= 0
    spent = np.bincount(year[held], costs[held], minlength=len(calendar.budgets))
    must = calendar.deadline >= 0
    return bool(
        (spent <= calendar.budgets).all()
        and (held[must] & (year[must] <= calendar.deadline[must])).all()
        and (year[held] >= calendar.earliest[held]).all()
        and shares_kept(calendar, held)
    )


def shares_kept(calendar: Calendar, held: Bools) -> bool:
    """Tell whether each group receives its share of what is spent."""
    spent = calendar.problem.costs * held
    by_group = [spent[calendar.group == group].sum() for group in range(len(calendar.least_share))]
    return bool((np.array(by_group) >= calendar.least_share * spent.sum() - 1e-6 * max(1.0, spent.sum())).all())


def filled(calendar: Calendar, year: Ints) -> Ints:
    """Return the plan without signs that add nothing, and with what else each year's budget holds, by greed."""
    problem, year = calendar.problem, year.copy()
    for row in np.flatnonzero((year >= 0) & (calendar.deadline < 0))[::-1]:
        trial = year.copy()
        trial[row] = -1
        same = plan_value(calendar, trial) >= plan_value(calendar, year)
        if same and problem.costs[row] > 0 and shares_kept(calendar, trial >= 0):
            year = trial
    for now, budget in enumerate(calendar.budgets):
        held = year >= 0
        before = held & (year <= now)
        room = float(budget - problem.costs[year == now].sum()) + float(problem.costs[before].sum())
        free = ~held & (calendar.earliest <= now) & (calendar.deadline < 0)
        more = greedy(problem._replace(budget=room), before, free) & ~held
        trial = np.where(more, now, year)
        if keeps_rules(calendar, trial):
            year = trial
    return year


def covered_by_year(calendar: Calendar, year: Ints) -> Floats:
    """Return the weight covered at the end of each year."""
    problem = calendar.problem
    return np.array(
        [
            problem.weights[(problem.covers @ ((year >= 0) & (year <= now)).astype(np.float64)) > 0].sum()
            for now in range(len(calendar.budgets))
        ]
    )


def plan_value(calendar: Calendar, year: Ints) -> float:
    """Return what a plan is worth: a year's cover times what is lost when it comes a year later."""
    return float(covered_by_year(calendar, year) @ calendar.worth)
