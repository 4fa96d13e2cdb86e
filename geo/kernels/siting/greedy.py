"""Good sets of candidates quickly: the greedy one, and exchanges that make it better."""

from collections.abc import Callable
from typing import Final

import numpy as np

from geo.kernels.siting.moves import Reach, add_greedily, best_exchange
from geo.kernels.siting.problem import Bools, Ints, Problem, covered, value

SEED: Final = 1
"""Of the shaken exchanges: the same problem always gives the same set."""
KEPT_SHARES: Final = (0.5, 0.9)
"""Of the candidates: how many may fill up a thinned set."""
FRESH_SHARE: Final = 0.1
"""Of the candidates: how many a fresh start may take."""
PATIENCE: Final = 40
"""Rounds without gain before a fresh start."""
SMALL: Final = 20
"""Sets up to this size are shaken hard and begun anew; larger ones are improved a little at a time."""
MOST_SHARE_OUT: Final = 0.6
MOST_OUT: Final = 4


def reach_of(problem: Problem) -> Reach:
    """Return who covers what, as the compiled loops want it."""
    table, turned = problem.by_candidate, problem.covers
    return Reach(table.indptr, table.indices, turned.indptr, turned.indices)


def greedy(problem: Problem, chosen: Bools, usable: Bools) -> Bools:
    """Return the set with candidates added, each time that of the greatest new weight per cost, the first of equals.

    References
    ----------
    Nemhauser, Wolsey and Fisher (1978), https://doi.org/10.1007/BF01588971: at least 1 - 1/e of the best for equal
    costs.
    """
    chosen = chosen.copy()
    chosen[greedy_order(problem, chosen, usable, problem.budget - float(problem.costs[chosen].sum()))] = True
    return chosen


def greedy_order(problem: Problem, chosen: Bools, usable: Bools, left: float) -> Ints:
    """Return the candidates that greed adds to a set for what is left of the budget, in its order."""
    open_weight = np.where(covered(problem, chosen), 0.0, problem.weights)
    tiny = 1e-12 * max(1.0, float(problem.weights.sum()))
    order: Ints = add_greedily(reach_of(problem), open_weight, problem.costs, usable & ~chosen, left, tiny)
    return order


def best_single(problem: Problem) -> Bools:
    """Return the one candidate that covers the most: with unequal costs, greedy alone may be arbitrarily bad."""
    chosen = np.zeros(len(problem.costs), dtype=np.bool_)
    if len(chosen):
        gain = np.where(problem.costs <= problem.budget, problem.by_candidate @ problem.weights, -1.0)
        if gain.max() > 0:
            chosen[int(np.argmax(gain))] = True
    return chosen


def exchanged(problem: Problem, chosen: Bools, usable: Bools, *, most: int = 1000) -> Bools:
    """Return the set after exchanges of one candidate for another, the best each time, until none gains or `most`."""
    least = max(problem.step / 2, 1e-9 * max(1.0, float(problem.weights.sum())))
    for _ in range(most):
        held = np.flatnonzero(chosen)
        if held.size == 0:
            break
        left = problem.budget - float(problem.costs[held].sum())
        gained, place, into = best_exchange(
            reach_of(problem), problem.weights, problem.costs, usable & ~chosen, held, left
        )
        if gained <= least:
            break
        chosen = chosen.copy()
        chosen[held[place]], chosen[into] = False, True
    return greedy(problem, chosen, usable)


def shaken(problem: Problem, chosen: Bools, *, rounds: int, seed: int, in_time: Callable[[], bool]) -> Bools:
    """Return the best set found by taking candidates out at random, filling up and exchanging again.

    What fills up is drawn at random as well; a search of small sets without gain starts anew from a random greedy set.
    """
    rng = np.random.default_rng(seed)
    none, everything = np.zeros_like(chosen), np.ones_like(chosen)
    best = current = chosen
    best_value = current_value = value(problem, chosen)
    stall = 0
    for _ in range(rounds):
        if not current.any() or not in_time():
            break
        if stall > PATIENCE and current.sum() <= SMALL:
            trial, current_value, stall = greedy(problem, none, rng.random(len(none)) < FRESH_SHARE), -1.0, 0
        else:
            trial = greedy(problem, thinned(current, rng), rng.random(len(none)) < rng.uniform(*KEPT_SHARES))
        trial = exchanged(problem, trial, everything, most=40)
        found = value(problem, trial)
        stall = 0 if found > current_value else stall + 1
        if found >= current_value:
            current, current_value = trial, found
        if found > best_value:
            best, best_value = trial, found
    return best


def thinned(chosen: Bools, rng: np.random.Generator) -> Bools:
    """Return a set without some of its candidates."""
    held = np.flatnonzero(chosen)
    most = max(2, int(MOST_SHARE_OUT * len(held))) if len(held) <= SMALL else MOST_OUT
    fewer = chosen.copy()
    fewer[rng.choice(held, min(len(held), int(rng.integers(1, most + 1))), replace=False)] = False
    return fewer
