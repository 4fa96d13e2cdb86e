"""Good sets of candidates quickly: the greedy one, and exchanges that make it better."""

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from geo.kernels.siting.problem import Bools, Floats, Ints, Problem, covered, value

SEED: Final = 1
"""Of the shaken exchanges: the same problem always gives the same set."""
KEPT_SHARE: Final = 0.7


def demand_of(problem: Problem, candidate: int) -> Ints:
    """Return the demand that a candidate covers."""
    table = problem.by_candidate
    rows: Ints = table.indices[table.indptr[candidate] : table.indptr[candidate + 1]]
    return rows


def greedy(problem: Problem, chosen: Bools, usable: Bools) -> Bools:
    """Return the set with candidates added, each time that of the greatest new weight per cost, the first of equals.

    References
    ----------
    Nemhauser, Wolsey and Fisher (1978), https://doi.org/10.1007/BF01588971: at least 1 - 1/e of the best for equal
    costs.
    """
    chosen, left = chosen.copy(), problem.budget - float(problem.costs[chosen].sum())
    open_weight = np.where(covered(problem, chosen), 0.0, problem.weights)
    gain: Floats = problem.by_candidate @ open_weight
    per_cost = np.maximum(problem.costs, 1e-12)
    tiny = 1e-12 * max(1.0, float(problem.weights.sum()))
    while True:
        possible = usable & ~chosen & (problem.costs <= left) & (gain > tiny)
        if not possible.any():
            return chosen
        best = int(np.argmax(np.where(possible, gain / per_cost, -1.0)))
        chosen[best] = True
        left -= problem.costs[best]
        rows = demand_of(problem, best)
        rows = rows[open_weight[rows] > 0]
        reach = problem.covers[rows]
        gain -= reach.T @ open_weight[rows]
        open_weight[rows] = 0.0


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
        change = exchange_gains(problem, chosen, held)
        left = problem.budget - float(problem.costs[held].sum())
        change[:, chosen | ~usable] = -np.inf
        change[problem.costs[None] > left + problem.costs[held][:, None]] = -np.inf
        out, into = np.unravel_index(int(np.argmax(change)), change.shape)
        if change[out, into] <= least:
            break
        chosen = chosen.copy()
        chosen[held[out]], chosen[into] = False, True
    return greedy(problem, chosen, usable)


def exchange_gains(problem: Problem, chosen: Bools, held: Ints) -> Floats:
    """Return what each exchange of a held candidate (rows) for another (columns) would gain in weight.

    References
    ----------
    M. G. C. Resende and R. F. Werneck (2007), https://doi.org/10.1016/j.ejor.2005.05.028: gain, loss, and the demand
    that the leaver alone covers and the newcomer covers again.
    """
    times = problem.covers @ chosen.astype(np.float64)
    gain = problem.by_candidate @ np.where(times == 0, problem.weights, 0.0)
    alone = np.flatnonzero(times == 1)
    rank = np.zeros(len(chosen))
    rank[held] = np.arange(len(held))
    sole = (problem.covers[alone] @ np.where(chosen, rank, 0.0)).astype(np.int64)
    worth = problem.weights[alone]
    lost = np.bincount(sole, worth, minlength=len(held))
    owned = csr_array((worth, (sole, np.arange(len(alone)))), shape=(len(held), len(alone)))
    again: Floats = (owned @ problem.covers[alone]).toarray()
    change: Floats = again + gain - lost[:, None]
    return change


def shaken(problem: Problem, chosen: Bools, *, rounds: int, seed: int, in_time: Callable[[], bool]) -> Bools:
    """Return the best set found by taking some candidates out at random, filling up and exchanging again."""
    rng = np.random.default_rng(seed)
    everything = np.ones(len(problem.costs), dtype=np.bool_)
    best = current = chosen
    best_value = current_value = value(problem, chosen)
    for _ in range(rounds):
        held = np.flatnonzero(current)
        if held.size == 0 or not in_time():
            break
        trial = current.copy()
        trial[rng.choice(held, min(len(held), max(1, min(len(held) // 4, 4))), replace=False)] = False
        trial = exchanged(problem, greedy(problem, trial, rng.random(len(trial)) < KEPT_SHARE), everything, most=40)
        found = value(problem, trial)
        if found >= current_value:
            current, current_value = trial, found
        if found > best_value:
            best, best_value = trial, found
    return best
