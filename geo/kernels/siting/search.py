"""The best set for certain: the tree of all sets, cut where bounds allow; and HiGHS on what is left."""

import time
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from geo.kernels.siting.bound import Bound, Node, bounded, settled
from geo.kernels.siting.greedy import exchanged, greedy
from geo.kernels.siting.prices import Effort
from geo.kernels.siting.problem import Bools, Problem, reduced, value

NODE_ROUNDS: Final = 15
NODE_PATIENCE: Final = 6
FEW: Final = 20
"""Sets of so few candidates are searched by the tree alone, where it is faster than the linear programmes of HiGHS."""
CLOSE: Final = 0.003
"""Where the first bound is as close to the best value known, HiGHS is as good."""
MOST_NODES: Final = 3000
"""Nodes of the tree after which HiGHS goes on, for larger sets."""


class Found(NamedTuple):
    """The best set known, its value, and what no set exceeds."""

    chosen: Bools
    value: float
    bound: float


class Clock(NamedTuple):
    """A moment until which work may go on, in the seconds of `time.perf_counter`."""

    until: float

    def left_s(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self.until - time.perf_counter())

    def running(self) -> bool:
        """Tell whether there is time left."""
        return self.left_s() > 0


def goal_of(problem: Problem, best: float) -> float:
    """Return what a set must cover to be better than one that covers `best`."""
    return best + (problem.step - 1e-6 if problem.step else 1e-9 * max(1.0, best))


def tree(problem: Problem, start: Node, known: Found, clock: Clock) -> tuple[Found, list[tuple[float, Node]]]:
    """Return the best set of a node and the nodes left unsearched (with a bound each), if time or patience ran out."""
    size = float(start.fixed.sum()) + sets_size(problem, start)
    apart = known.bound - known.value > CLOSE * known.bound
    patience = np.inf if size <= FEW and apart else MOST_NODES
    waiting = [(known.bound, start)]
    searched = 0
    while waiting and searched < patience and clock.running():
        above, node = waiting.pop()
        if above < goal_of(problem, known.value):
            continue
        searched += 1
        node = affordable(problem, node)
        bound = bounded(problem, node, Effort(NODE_ROUNDS, NODE_PATIENCE, goal_of(problem, known.value), known.value))
        if bound.value < goal_of(problem, known.value):
            continue
        known = improved(problem, node, bound, known)
        node = affordable(problem, settled(problem, node, bound, goal=goal_of(problem, known.value)))
        known = better(problem, node.fixed, known)
        waiting += children(problem, node, bound)
    return known, waiting


def sets_size(problem: Problem, node: Node) -> float:
    """Return how many of the cheapest open candidates the budget holds."""
    left = problem.budget - float(problem.costs[node.fixed].sum())
    return float(np.searchsorted(np.cumsum(np.sort(problem.costs[node.free])), left, side="right"))


def affordable(problem: Problem, node: Node) -> Node:
    """Return the node without open candidates that cost more than is left."""
    left = problem.budget - float(problem.costs[node.fixed].sum())
    return node._replace(free=node.free & (problem.costs <= left))


def improved(problem: Problem, node: Node, bound: Bound, known: Found) -> Found:
    """Return the better of the known set and one made from the knapsack of the bound."""
    everything = np.ones(len(problem.costs), dtype=np.bool_)
    trial = greedy(problem, node.fixed | (node.free & (bound.taken >= 1)), everything)
    worth = value(problem, trial)
    if worth <= known.value:
        return known
    trial = exchanged(problem, trial, everything)
    return Found(trial, value(problem, trial), known.bound)


def children(problem: Problem, node: Node, bound: Bound) -> list[tuple[float, Node]]:
    """Return the node's two halves, without and with the open candidate most often taken; none if it is one set."""
    if float(problem.costs[node.fixed].sum()) > problem.budget:
        return []
    if not node.free.any():
        return []
    order = np.where(node.free, bound.share + 1e-6 * bound.income / max(1e-12, float(bound.income.max())), -1.0)
    pick = int(np.argmax(order))
    free, fixed = node.free.copy(), node.fixed.copy()
    free[pick], fixed[pick] = False, True
    return [(bound.value, node._replace(free=free)), (bound.value, Node(fixed, free, node.prices))]


def programme(problem: Problem, node: Node, known: Found, clock: Clock) -> Found:
    """Return the best set of a node by HiGHS, and the bound that it proved, within the time that is left."""
    part = reduced(problem, taken=node.fixed, usable=node.free)
    demand, candidates = part.problem.covers.shape
    if candidates == 0:
        return better(problem, node.fixed, known)._replace(bound=value(problem, node.fixed))
    integral = np.concatenate([np.zeros(demand), np.ones(candidates)])
    spend = csr_array(np.concatenate([np.zeros(demand), part.problem.costs])[None])
    done = milp(
        -np.concatenate([part.problem.weights, np.zeros(candidates)]),
        constraints=[
            LinearConstraint(csr_array(hstack([eye_array(demand), -part.problem.covers])), -np.inf, 0.0),
            LinearConstraint(spend, -np.inf, part.problem.budget),
        ],
        bounds=Bounds(0, 1),
        integrality=integral,
        options={"time_limit": max(clock.left_s(), 0.05), "mip_rel_gap": 0.0},
    )
    if done.x is not None:
        chosen = node.fixed.copy()
        chosen[part.candidates[done.x[demand:] > 0.5]] = True  # noqa: PLR2004 - HiGHS rounds to 1e-6
        known = better(problem, chosen, known)
    proved = done.mip_dual_bound
    return known._replace(bound=known.bound if proved is None else min(known.bound, part.sure - float(proved)))


def better(problem: Problem, chosen: Bools, known: Found) -> Found:
    """Return the known set, or another where it fits the budget and covers more."""
    worth = value(problem, chosen)
    if worth > known.value and float(problem.costs[chosen].sum()) <= problem.budget:
        return Found(chosen, worth, known.bound)
    return known
