"""Maximal covering within a budget: the set of candidates that covers the greatest weight, with proof."""

import time
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from geo.kernels.siting.bound import MOST_ENTRIES, Node, bounded, relaxed, settled
from geo.kernels.siting.greedy import SEED, best_single, exchanged, greedy, shaken
from geo.kernels.siting.prices import Effort
from geo.kernels.siting.problem import Bools, Floats, Ints, Problem, problem_of, reduced, value
from geo.kernels.siting.search import FEW, Clock, Found, better, goal_of, programme, sets_size, tree

TIME_LIMIT_S: Final = 9.5
SAFE_SHARE: Final = 0.85
"""Of the time limit: HiGHS looks at the clock now and then only."""
WORK: Final = 2e9
"""Entries that exchanges may look at before the search begins: bounds that step by work, not by time."""
TREE_ENTRIES: Final = 100_000
"""Entries of `covers` beyond which, for larger sets, time is better spent on exchanges than on the tree."""
LP_ENTRIES_PER_S: Final = 20_000
"""Entries of a linear relaxation for each second of the time limit, so that it takes a part of the time only."""
MANY_ROUNDS: Final = 5000
FROM_BEST: Final = (60, 6)
"""Rounds and patience of the first prices, where those of the linear relaxation are known."""
FROM_AFAR: Final = (2000, 40)


class Coverage(NamedTuple):
    """A set of candidates, and how near it is to the best.

    Attributes
    ----------
    chosen
        Rows of the chosen candidates, rising.
    covered
        The weight that they cover.
    bound
        No set covers more: proved. Equal to `covered` where the set is the best.
    gap
        (bound - covered) / bound; 0 where the set is the best.
    greedy
        The weight that the greedy set covers, for comparison.
    """

    chosen: Ints
    covered: float
    bound: float
    gap: float
    greedy: float


def max_coverage(  # noqa: PLR0913 - one argument per part of the question
    covers: csr_array,
    weights: ArrayLike,
    costs: ArrayLike,
    budget: float,
    *,
    required: ArrayLike | None = None,
    forbidden: ArrayLike | None = None,
    time_limit_s: float = TIME_LIMIT_S,
) -> Coverage:
    """Return the candidates that cover the greatest weight of demand within the budget.

    The same input gives the same set as long as the time limit is not reached.

    Parameters
    ----------
    covers
        Which demand (rows) each candidate (columns) covers: a sparse boolean matrix.
    weights
        What covering each demand is worth, once. Shape (demand,), finite, >= 0.
    costs
        What each candidate costs, in the unit of the budget; all 1 for "choose p". Shape (candidates,), finite, >= 0.
    budget
        What may be spent, >= 0.
    required, forbidden
        Candidates that must be, must not be, in the set: rows, or true and false for each. None: no such.
    time_limit_s
        Seconds after which the best set known is returned, with the bound proved so far. > 0.

    Raises
    ------
    ValueError
        If shapes or values make no sense, a candidate is both required and forbidden, or the required ones cost more
        than the budget.

    References
    ----------
    R. Church and C. ReVelle (1974), The maximal covering location problem, https://doi.org/10.1007/BF01942293. The
    search is a tree with Lagrangian bounds, then HiGHS: Q. Huangfu and J. A. J. Hall (2018),
    https://doi.org/10.1007/s12532-017-0130-5.
    """
    if not time_limit_s > 0:
        raise ValueError(f"time_limit_s is {time_limit_s}; expected more than 0")
    clock = Clock(time.perf_counter() + SAFE_SHARE * time_limit_s)
    problem = problem_of(covers, weights, costs, budget)
    taken = mask_of(required, len(problem.costs), "required")
    banned = mask_of(forbidden, len(problem.costs), "forbidden")
    require_possible(problem, taken, banned)
    taken |= ~banned & (problem.costs == 0) & (np.diff(problem.by_candidate.indptr) > 0)
    part = reduced(problem, taken=taken, usable=~banned)
    start = np.zeros(len(part.candidates), dtype=np.bool_)
    plain = part.sure + value(part.problem, greedy(part.problem, start, ~start))
    found = best_set(part.problem, clock)
    chosen = taken.copy()
    chosen[part.candidates[found.chosen]] = True
    covered = value(problem, chosen)
    bound = max(covered, min(part.sure + found.bound, float(problem.weights.sum())))
    gap = (bound - covered) / bound if bound > 0 else 0.0
    return Coverage(np.flatnonzero(chosen), covered, bound, gap, plain)


def mask_of(rows: ArrayLike | None, number: int, name: str) -> Bools:
    """Return rows, or a mask, as a mask; what lies outside is refused."""
    mask = np.zeros(number, dtype=np.bool_)
    if rows is None:
        return mask
    given = np.asarray(rows)
    if given.dtype == np.bool_:
        if given.shape != (number,):
            raise ValueError(f"{name} has the shape {given.shape}; expected ({number},), one per candidate")
        return given.copy()
    index = given.astype(np.int64).ravel()
    if index.size and (index.min() < 0 or index.max() >= number or (index != given.ravel()).any()):
        raise ValueError(f"{name} holds something else than rows 0 to {number - 1} of candidates")
    mask[index] = True
    return mask


def require_possible(problem: Problem, taken: Bools, banned: Bools) -> None:
    """Refuse candidates both required and forbidden, and required ones that the budget does not hold."""
    if (both := taken & banned).any():
        raise ValueError(f"candidate {int(np.argmax(both))} is both required and forbidden; expected one or none")
    cost = float(problem.costs[taken].sum())
    if cost > problem.budget:
        raise ValueError(
            f"the {int(taken.sum())} required candidates cost {cost:g}, the budget is {problem.budget:g}; "
            "expected a budget that holds them; raise it or require fewer"
        )


def best_set(problem: Problem, clock: Clock) -> Found:
    """Return the best set of a reduced problem, and its bound."""
    number = len(problem.costs)
    none = np.zeros(number, dtype=np.bool_)
    whole = float(problem.weights.sum())
    if number == 0 or float(problem.costs.sum()) <= problem.budget:
        return Found(~none, whole, whole)
    known, prices, root = first_sets(problem, Found(none, 0.0, whole), clock)
    goal = goal_of(problem, known.value)
    effort = Effort(*(FROM_BEST if root else FROM_AFAR), goal, known.value)
    node = Node(none, ~none, prices)
    bound = bounded(problem, node, effort)
    known = known._replace(bound=min(known.bound, at_most(problem, bound.value)))
    if known.bound < goal:
        return known._replace(bound=known.value)
    if not root:
        known = better(problem, exchanged(problem, rounded_set(problem, bound.share), ~none), known)
    if problem.covers.nnz > TREE_ENTRIES and sets_size(problem, node) > FEW:
        tried = shaken(problem, known.chosen, rounds=MANY_ROUNDS, seed=SEED + 1, in_time=clock.running)
        return better(problem, tried, known)
    node = settled(problem, node, bound, goal=goal)
    known, waiting = tree(problem, node, better(problem, node.fixed, known), clock)
    if not waiting:
        return known._replace(bound=known.value)
    known = known._replace(bound=max(known.value, min(known.bound, max(above for above, _ in waiting))))
    if clock.running():
        node = settled(problem, Node(none, ~none, prices), bound, goal=goal_of(problem, known.value))
        known = programme(problem, node, known, clock)
    ceiling = max(known.value, min(known.bound, at_most(problem, known.bound)))
    return known._replace(bound=known.value if ceiling < goal_of(problem, known.value) else ceiling)


def first_sets(problem: Problem, known: Found, clock: Clock) -> tuple[Found, Floats, bool]:
    """Return a good set, first prices, and whether these are the best there are."""
    everything = np.ones(len(problem.costs), dtype=np.bool_)
    start = greedy(problem, ~everything, everything)
    effort = float(problem.covers.nnz + start.sum() * len(start))
    steps = int(max(1.0, min(1000.0, WORK / 10 / effort)))
    known = better(problem, exchanged(problem, best_single(problem), everything, most=steps), known)
    known = better(problem, exchanged(problem, start, everything, most=steps), known)
    best, prices = None, problem.weights * 0.5
    if problem.covers.nnz <= min(MOST_ENTRIES, LP_ENTRIES_PER_S * clock.left_s()):
        best = relaxed(problem, time_limit_s=max(clock.left_s() / 2, 0.05))
    if best is not None:
        prices, shares = best
        rounded = rounded_set(problem, shares)
        known = better(problem, exchanged(problem, rounded, everything, most=steps), known)
    rounds = int(min(600.0, WORK / 20 / effort))
    known = better(problem, shaken(problem, known.chosen, rounds=rounds, seed=SEED, in_time=clock.running), known)
    return known, prices, best is not None


def rounded_set(problem: Problem, shares: Floats) -> Bools:
    """Return the candidates of the greatest shares that the budget holds, filled up by greed."""
    order = np.argsort(-shares, kind="stable")
    chosen = np.zeros(len(shares), dtype=np.bool_)
    chosen[order[np.cumsum(problem.costs[order]) <= problem.budget]] = True
    return greedy(problem, chosen, np.ones(len(shares), dtype=np.bool_))


def at_most(problem: Problem, bound: float) -> float:
    """Return a bound rounded down to what a sum of weights can be."""
    return float(np.floor(bound + 1e-6)) if problem.step else bound
