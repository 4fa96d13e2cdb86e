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

from geo.kernels.siting.prices import Effort, Offer, priced
from geo.kernels.siting.problem import Bools, Floats, Problem, covered

MOST_ENTRIES: Final = 1_000_000
"""Entries of `covers` up to which the linear relaxation is solved; beyond, prices are looked for step by step."""


class Node(NamedTuple):
    """Part of all sets: candidates that are in, those still open (the others are out), and prices to start from."""

    fixed: Bools
    free: Bools
    prices: Floats


class Bound(NamedTuple):
    """What no set of a node exceeds, the prices that show it, and what these say of the candidates.

    `income` is the summed price of each candidate (-1 where no set with it reaches the goal), `crossing` the income per
    cost at which the knapsack is full, `taken` the knapsack's candidates, `share` how often each was among them.
    """

    value: float
    prices: Floats
    crossing: float
    income: Floats
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


def bounded(problem: Problem, node: Node, effort: Effort) -> Bound:
    """Return a bound on the sets of a node: prices made better, from those of the node.

    `effort.goal` and `effort.aim` are values of whole sets: what one must reach to matter, and the best known.
    """
    done = covered(problem, node.fixed)
    sure = float(problem.weights[done].sum())
    weights = np.where(done, 0.0, problem.weights)
    table, rows = problem.by_candidate, np.flatnonzero(node.free)
    left = problem.budget - float(problem.costs[node.fixed].sum())
    offer = Offer(table.indptr, table.indices, rows, problem.costs[rows], left, weights)
    effort = effort._replace(goal=effort.goal - sure, aim=effort.aim - sure)
    found = priced(offer, np.minimum(node.prices, weights), effort)
    known = (spread(some, node.free) for some in (found.income, found.taken, found.share))
    return Bound(found.value + sure, found.prices, found.crossing, *known)


def spread(values: Floats, free: Bools) -> Floats:
    """Return values of the open candidates for all of them, 0 for the rest."""
    whole = np.zeros(len(free))
    whole[free] = values
    return whole


def settled(problem: Problem, node: Node, bound: Bound, *, goal: float) -> Node:
    """Return the node with candidates in or out that every set reaching `goal` has in, or out (reduced costs)."""
    worth = bound.income - bound.crossing * problem.costs
    out = node.free & ((bound.income < 0) | ((worth < 0) & (bound.value + worth < goal)))
    into = node.free & (worth > 0) & (bound.value - worth < goal)
    return Node(node.fixed | into, node.free & ~out & ~into, bound.prices)
