"""The cheapest set of links that joins given places: exact for few of them, near the best for more."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_EXACT: Final = 12
"""Terminals up to which the cheapest tree is found exactly: the work grows threefold with each."""


class Graph(NamedTuple):
    """Undirected links among `number` nodes: their two ends, shape (links, 2), and costs >= 0, shape (links,)."""

    number: int
    links: Ints
    cost: Floats


class Tree(NamedTuple):
    """Links of a tree by row, rising; their cost; and a cost below which no tree can be: equal where it is exact."""

    links: Ints
    cost: float
    lower_bound: float


class Closure(NamedTuple):
    """Cheapest costs between all nodes, the node before each on the way from each, and the link between two nodes."""

    cost: Floats
    before: Ints
    link: dict[tuple[int, int], int]


def cheapest_tree(graph: Graph, terminals: Ints) -> Tree:
    """Return the cheapest set of links that joins the terminals.

    Exact up to `MAX_EXACT` terminals; beyond, at most twice the best, with a lower bound beside it.

    Parameters
    ----------
    graph
        The links that may be chosen. Work and memory grow with the square of its nodes.
    terminals
        Nodes that must be joined; repeats count once.

    Raises
    ------
    ValueError
        If a cost is negative or no number, or some terminal cannot be joined to the others.

    References
    ----------
    Exact: Dreyfus and Wagner (1971), https://doi.org/10.1002/net.3230010302. Approximate: Kou, Markowsky and Berman
    (1981), https://doi.org/10.1007/BF00288961.
    """
    if not (np.isfinite(graph.cost) & (graph.cost >= 0)).all():
        raise ValueError("costs must be finite and 0 or more")
    wanted = np.unique(np.asarray(terminals, dtype=np.int64))
    closure = closed(graph)
    if wanted.size and np.isinf(closure.cost[wanted[0], wanted]).any():
        raise ValueError("some terminals cannot be joined; expected all in one component")
    return exact_tree(graph, closure, wanted) if wanted.size <= MAX_EXACT else near_tree(graph, closure, wanted)


def closed(graph: Graph) -> Closure:
    """Return the cheapest way between all nodes."""
    link: dict[tuple[int, int], int] = {}
    for row in np.lexsort((np.arange(len(graph.cost)), graph.cost)).tolist():
        first, last = (int(node) for node in graph.links[row])
        if first != last and (first, last) not in link:
            link[first, last] = link[last, first] = row
    ends = np.array(list(link), dtype=np.int64).reshape(-1, 2)
    cost = graph.cost[list(link.values())] if link else np.empty(0)
    matrix = csr_array((cost, (ends[:, 0], ends[:, 1])), shape=(graph.number, graph.number))
    found, before = dijkstra(matrix, directed=True, return_predecessors=True)
    return Closure(found, before, link)


def exact_tree(graph: Graph, closure: Closure, terminals: Ints) -> Tree:
    """Return the cheapest tree, by growing the cheapest trees of all sets of terminals."""
    if terminals.size < 2:  # noqa: PLR2004 - one place is joined to itself
        return Tree(np.empty(0, np.int64), 0.0, 0.0)
    sets = 1 << (terminals.size - 1)  # the last terminal is the root
    best = np.full((sets, graph.number), np.inf)  # cheapest tree that holds the set and ends at the node
    part = np.zeros((sets, graph.number), dtype=np.int64)  # the half of the set that one branch at the node holds
    came = np.zeros((sets, graph.number), dtype=np.int64)  # the node where the set's branches meet
    for chosen in range(1, sets):
        if chosen & (chosen - 1) == 0:
            met = np.full(graph.number, np.inf)
            met[terminals[chosen.bit_length() - 1]] = 0.0
        else:
            met, part[chosen] = merged(best, chosen)
        through = met[:, None] + closure.cost
        came[chosen] = through.argmin(axis=0)
        best[chosen] = np.take_along_axis(through, came[chosen][None], axis=0)[0]
    links: set[int] = set()
    waiting = [(sets - 1, int(terminals[-1]))]
    while waiting:
        chosen, node = waiting.pop()
        meeting = int(came[chosen, node])
        links |= way_links(closure, meeting, node)
        if half := int(part[chosen, meeting]):
            waiting += [(half, meeting), (chosen - half, meeting)]
    rows = np.array(sorted(links), dtype=np.int64)
    cost = float(best[-1, terminals[-1]])
    return Tree(rows, cost, cost)


def merged(best: Floats, chosen: int) -> tuple[Floats, Ints]:
    """Return the cheapest cost of two branches that share a set at each node, and the half that one of them holds."""
    cost = np.full(best.shape[1], np.inf)
    half = np.zeros(best.shape[1], dtype=np.int64)
    part = (chosen - 1) & chosen
    while 2 * part >= chosen:  # the other half is the smaller number: each split once
        both = best[part] + best[chosen - part]
        better = both < cost
        cost[better], half[better] = both[better], part
        part = (part - 1) & chosen
    return cost, half


def near_tree(graph: Graph, closure: Closure, terminals: Ints) -> Tree:
    """Return a tree of at most 2 (1 - 1/t) times the best cost: the ways of a spanning tree of the t terminals."""
    between = closure.cost[np.ix_(terminals, terminals)]
    first, last = spanning(between)
    links: set[int] = set()
    for one, other in zip(terminals[first], terminals[last], strict=True):
        links |= way_links(closure, int(one), int(other))
    rows = pruned(graph, np.array(sorted(links), dtype=np.int64), terminals)
    bound = float(between[first, last].sum()) / (2 * (1 - 1 / terminals.size))
    return Tree(rows, float(graph.cost[rows].sum()), bound)


def spanning(between: Floats) -> tuple[Ints, Ints]:
    """Return the pairs of a cheapest tree that joins all rows of a full matrix of costs; zero is a cost like others."""
    shift = 1.0  # the sparse form takes zero for "no link"; every spanning tree has as many links, so all shift alike
    first, last = minimum_spanning_tree(csr_array(np.triu(between + shift, 1))).nonzero()
    return first.astype(np.int64), last.astype(np.int64)


def pruned(graph: Graph, rows: Ints, terminals: Ints) -> Ints:
    """Return a cheapest spanning tree of some links, without the branches that end in no terminal."""
    number = np.full(graph.number, -1)
    kept = []
    group = np.arange(graph.number)
    for row in rows[np.lexsort((rows, graph.cost[rows]))]:
        first, last = group[graph.links[row]]
        if first != last:
            group[group == last] = first
            kept.append(int(row))
    while True:
        number = np.bincount(graph.links[kept].ravel(), minlength=graph.number)
        loose = (number == 1) & ~np.isin(np.arange(graph.number), terminals)
        left = [row for row in kept if not loose[graph.links[row]].any()]
        if len(left) == len(kept):
            return np.array(sorted(kept), dtype=np.int64)
        kept = left


def way_links(closure: Closure, start: int, end: int) -> set[int]:
    """Return the links of the cheapest way between two nodes."""
    links = set()
    while end != start:
        step = int(closure.before[start, end])
        links.add(closure.link[step, end])
        end = step
    return links
