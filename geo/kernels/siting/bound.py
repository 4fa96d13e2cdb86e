"""How much any set can cover at most: prices on covering (Lagrangian relaxation), and what they rule out.

With a price per demand, 0 to its weight, a set covers at most what is worth more than its price, plus what the
candidates' summed prices bring in the best knapsack. Any prices give a true bound; the best of them that of the linear
relaxation.

References
----------
M. L. Fisher (1981), The Lagrangian relaxation method, https://doi.org/10.1287/mnsc.27.1.1. Prices by subgradients with
a smoothed direction: P. M. Camerini, L. Fratta and F. Maffioli (1975), https://doi.org/10.1007/BFb0120697.
"""

from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, vstack

from geo.kernels.siting.problem import Bools, Floats, Problem

MOST_ENTRIES: Final = 1_000_000
"""Entries of `covers` up to which the linear relaxation is solved; beyond, prices are looked for step by step."""
SMOOTHING: Final = 0.7
MEMORY: Final = 0.85


class Node(NamedTuple):
    """Part of all sets: candidates that are in, those still open (the others are out), and prices to start from."""

    fixed: Bools
    free: Bools
    prices: Floats


class Bound(NamedTuple):
    """What no set of a node exceeds, the prices that show it, and what these say of the candidates.

    `income` is the summed price of each candidate, `crossing` the income per cost at which the knapsack is full,
    `taken` the knapsack's candidates, `share` how often each was among them.
    """

    value: float
    prices: Floats
    income: Floats
    crossing: float
    taken: Floats
    share: Floats


def relaxed(problem: Problem, *, time_limit_s: float) -> tuple[Floats, Floats] | None:
    """Return the best prices and the candidates' shares in the linear relaxation; None where it was not solved."""
    demand, candidates = problem.covers.shape
    cover = hstack([eye_array(demand), -problem.covers])
    spend = csr_array(np.concatenate([np.zeros(demand), problem.costs])[None])
    found = linprog(
        -np.concatenate([problem.weights, np.zeros(candidates)]),
        A_ub=csr_array(vstack([cover, spend])),
        b_ub=np.concatenate([np.zeros(demand), [problem.budget]]),
        bounds=(0, 1),
        method="highs-ipm",
        options={"time_limit": time_limit_s},
    )
    if found.status != 0:
        return None
    return np.clip(-found.ineqlin.marginals[:demand], 0.0, problem.weights), found.x[demand:]


def knapsack(income: Floats, problem: Problem, budget: float, free: Bools) -> tuple[float, Floats, float]:
    """Return the value, the shares taken and the crossing ratio of the best knapsack whose last candidate is cut."""
    rows = np.flatnonzero(free & (income > 0))
    ratio = income[rows] / np.maximum(problem.costs[rows], 1e-12)
    rows = rows[np.argsort(-ratio, kind="stable")]
    spent = np.cumsum(problem.costs[rows])
    whole = int(np.searchsorted(spent, budget, side="right"))
    taken = np.zeros(len(income))
    taken[rows[:whole]] = 1.0
    gained = float(income[rows[:whole]].sum())
    if whole == len(rows):
        return gained, taken, 0.0
    last = rows[whole]
    left = budget - (float(spent[whole - 1]) if whole else 0.0)
    taken[last] = left / problem.costs[last]
    return gained + float(taken[last] * income[last]), taken, float(income[last] / problem.costs[last])


def bounded(problem: Problem, node: Node, *, goal: float, rounds: int, aim: float) -> Bound:
    """Return a bound on the sets of a node: prices improved over some rounds, or until the bound is below `goal`.

    Parameters
    ----------
    problem
        What is covered.
    node
        Which sets, and first prices.
    goal
        What a set must reach to matter.
    rounds
        How many prices are tried.
    aim
        The best value known: sets the length of the steps.
    """
    done = (problem.covers @ node.fixed.astype(np.float64)) > 0
    sure = float(problem.weights[done].sum())
    weights = np.where(done, 0.0, problem.weights)
    budget = problem.budget - float(problem.costs[node.fixed].sum())
    prices = np.minimum(node.prices, weights)
    direction, share = np.zeros(len(weights)), np.zeros(len(problem.costs))
    best, stall, pace = Bound(np.inf, prices, share, 0.0, share, share), 0, 0.5
    for _ in range(max(rounds, 1)):
        income = problem.by_candidate @ prices
        gained, taken, crossing = knapsack(income, problem, budget, node.free)
        value = sure + float((weights - prices).sum()) + gained
        share = MEMORY * share + (1 - MEMORY) * taken
        stall = 0 if value < best.value - 1e-7 * abs(value) else stall + 1
        if value < best.value:
            best = Bound(value, prices, income, crossing, taken, share)
        if best.value < goal:
            break
        if stall >= 6:  # noqa: PLR2004 - rounds without gain after which steps get shorter
            pace, stall, prices, direction = pace * 0.6, 0, best.prices, np.zeros(len(weights))
            continue
        direction = SMOOTHING * direction + slope(prices, weights, problem.covers @ taken)
        norm = float(direction @ direction)
        if norm < 1e-12:  # noqa: PLR2004 - prices are the best there are
            break
        length = pace * max(value - aim, 1e-3 * abs(value)) / norm
        prices = np.clip(prices - length * direction, 0.0, weights)
    return best._replace(share=share)


def slope(prices: Floats, weights: Floats, times: Floats) -> Floats:
    """Return where the bound rises with the prices: covered more often than wanted; nothing at the ends of a price."""
    wanted = (prices < weights).astype(np.float64)
    rise = times - wanted
    rise[(prices >= weights) & (times <= 1)] = 0.0
    rise[(prices <= 0) & (rise > 0)] = 0.0
    rise[(prices >= weights) & (rise < 0)] = 0.0
    return rise


def settled(problem: Problem, node: Node, bound: Bound, *, goal: float) -> Node:
    """Return the node with candidates in or out that every set reaching `goal` has in, or out (reduced costs)."""
    worth = bound.income - bound.crossing * problem.costs
    out = node.free & (worth < 0) & (bound.value + worth < goal)
    into = node.free & (worth > 0) & (bound.value - worth < goal)
    return Node(node.fixed | into, node.free & ~out & ~into, bound.prices)
