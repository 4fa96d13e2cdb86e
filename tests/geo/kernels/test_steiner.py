"""Cheapest trees against all subsets of links, and against networkx's approximation."""

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networkx.algorithms.approximation import steiner_tree

from geo.kernels.steiner import MAX_EXACT, Graph, cheapest_tree, closed, near_tree


def random_graph(seed: int, nodes: int, links: int) -> Graph:
    rng = np.random.default_rng(seed)
    chain = np.column_stack([np.arange(nodes - 1), np.arange(1, nodes)])
    extra = rng.integers(0, nodes, (links, 2))
    ends = np.vstack([rng.permutation(nodes)[chain], extra])
    return Graph(nodes, ends, rng.integers(0, 9, len(ends)).astype(float))


def as_networkx(graph: Graph) -> nx.Graph:
    found = nx.Graph()
    found.add_nodes_from(range(graph.number))
    for (first, last), cost in zip(graph.links.tolist(), graph.cost.tolist(), strict=True):
        if first != last and cost < found.get_edge_data(first, last, {"weight": np.inf})["weight"]:
            found.add_edge(first, last, weight=cost)
    return found


def joins(graph: Graph, rows: np.ndarray, terminals: np.ndarray) -> bool:
    found = nx.Graph()
    found.add_nodes_from(terminals.tolist())
    found.add_edges_from(graph.links[rows].tolist())
    return set(terminals.tolist()) <= nx.node_connected_component(found, int(terminals[0]))


def cheapest_by_trying_all(graph: Graph, terminals: np.ndarray) -> float:
    rows = range(len(graph.cost))
    subsets = (np.array(one, dtype=int) for size in range(graph.number) for one in combinations(rows, size))
    return min(float(graph.cost[one].sum()) for one in subsets if joins(graph, one, terminals))


@pytest.mark.parametrize("seed", range(12))
def test_the_tree_is_the_cheapest_of_all_subsets(seed: int) -> None:
    graph = random_graph(seed, nodes=6, links=5)
    terminals = np.random.default_rng(seed).choice(6, size=2 + seed % 4, replace=False)
    tree = cheapest_tree(graph, terminals)
    assert joins(graph, tree.links, terminals)
    assert tree.cost == tree.lower_bound == graph.cost[tree.links].sum() == cheapest_by_trying_all(graph, terminals)


def test_a_meeting_point_beats_the_sides() -> None:
    """Three corners 3 apart, a middle at 2 of each: 6 over the middle, 6 along two sides; at 1.9, the middle wins."""
    graph = Graph(4, np.array([[0, 1], [1, 2], [2, 0], [0, 3], [1, 3], [2, 3]]), np.array([3, 3, 3, 1.9, 1.9, 1.9]))
    tree = cheapest_tree(graph, np.array([0, 1, 2]))
    assert tree.links.tolist() == [3, 4, 5]
    np.testing.assert_allclose(tree.cost, 5.7)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_never_dearer_than_networkx_and_never_below_its_half(seed: int, number: int) -> None:
    graph = random_graph(seed, nodes=25, links=40)
    terminals = np.random.default_rng(seed).choice(25, size=number, replace=False)
    tree = cheapest_tree(graph, terminals)
    other = steiner_tree(as_networkx(graph), terminals.tolist(), method="kou").size(weight="weight")
    assert joins(graph, tree.links, terminals)
    np.testing.assert_allclose(graph.cost[tree.links].sum(), tree.cost)
    assert other / 2 <= tree.cost <= other
    near = near_tree(graph, closed(graph), np.unique(terminals))
    assert near.lower_bound - 1e-9 <= tree.cost <= near.cost <= 2 * near.lower_bound + 1e-9


def test_many_terminals_are_joined_with_a_bound() -> None:
    graph = random_graph(5, nodes=60, links=120)
    terminals = np.arange(MAX_EXACT + 8)
    tree = cheapest_tree(graph, terminals)
    assert joins(graph, tree.links, terminals)
    assert nx.is_forest(nx.Graph(graph.links[tree.links].tolist()))
    assert 0 < tree.lower_bound <= tree.cost <= 2 * tree.lower_bound
    np.testing.assert_allclose(graph.cost[tree.links].sum(), tree.cost)


def test_eleven_terminals_are_exact() -> None:
    graph = random_graph(8, nodes=40, links=60)
    tree = cheapest_tree(graph, np.arange(11))
    assert tree.cost == tree.lower_bound
    assert joins(graph, tree.links, np.arange(11))


def test_one_place_or_none_costs_nothing() -> None:
    graph = random_graph(1, nodes=4, links=2)
    for terminals in ([], [2], [2, 2]):
        tree = cheapest_tree(graph, np.array(terminals, dtype=int))
        assert (tree.links.tolist(), tree.cost) == ([], 0.0)


def test_what_cannot_be_joined_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be joined"):
        cheapest_tree(Graph(3, np.array([[0, 1]]), np.ones(1)), np.array([0, 2]))
    with pytest.raises(ValueError, match="costs"):
        cheapest_tree(Graph(2, np.array([[0, 1]]), np.array([-1.0])), np.array([0, 1]))
