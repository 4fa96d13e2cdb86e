"""The graph's answers against networkx, and on ways whose lengths are known by hand."""

import networkx as nx
import numpy as np
import pytest
import shapely
from scipy.spatial import Delaunay
from shapely import LineString, Point

from geo.network.graph import (
    attach,
    component_table,
    components,
    distances,
    isochrones,
    locate,
    reach,
    shortest_path,
)
from geo.network.noding import Network, build_network


def made(*lines: LineString) -> Network:
    return build_network(np.array([*lines, None], dtype=object)[:-1], snap_m=1.0)


@pytest.fixture(scope="module")
def planar() -> Network:
    """A random planar graph of 2,000 nodes: a twentieth of a triangulation's edges and one more at each node."""
    rng = np.random.default_rng(19)
    spots = np.round(rng.uniform(0, 20_000, (2_000, 2)), 3)
    triangles = Delaunay(spots).simplices
    pairs = np.unique(np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])), axis=0)
    one_each = np.unique(pairs, return_index=True)[1] // 2
    kept = pairs[np.union1d(np.flatnonzero(rng.random(len(pairs)) < 0.05), one_each)]
    network = build_network(shapely.linestrings(spots[kept]), snap_m=0.0)
    assert network.nodes.shape == spots.shape
    return network


@pytest.fixture(scope="module")
def reference(planar: Network) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(len(planar.nodes)))
    rows = zip(planar.edges.tolist(), planar.length_m.tolist(), strict=True)
    graph.add_weighted_edges_from((first, last, length_m) for (first, last), length_m in rows)
    return graph


def test_components_are_those_of_networkx(planar: Network, reference: nx.MultiGraph) -> None:
    label = components(planar)
    ours = {frozenset(np.flatnonzero(label == one).tolist()) for one in range(label.max() + 1)}
    assert len(ours) > 10
    assert ours == {frozenset(nodes) for nodes in nx.connected_components(reference)}
    table = component_table(planar)
    assert table["length_m"].is_monotonic_decreasing
    np.testing.assert_allclose(table["length_m"].sum(), planar.length_m.sum())
    longest = reference.subgraph(np.flatnonzero(label == 0).tolist())
    np.testing.assert_allclose(longest.size(weight="weight"), table["length_m"][0])


@pytest.mark.parametrize("limit_m", [np.inf, 4_000.0])
def test_distances_are_those_of_networkx(planar: Network, reference: nx.MultiGraph, limit_m: float) -> None:
    sources = np.arange(0, len(planar.nodes), 97)
    expected = np.full((len(sources), len(planar.nodes)), np.inf)
    for row, source in enumerate(sources.tolist()):
        cutoff = None if np.isinf(limit_m) else limit_m
        for node, length_m in nx.single_source_dijkstra_path_length(reference, source, cutoff=cutoff).items():
            expected[row, node] = length_m
    found = distances(planar, sources, limit_m=limit_m)
    np.testing.assert_allclose(found, expected)
    nearest = isochrones(planar, sources, limit_m=limit_m)
    np.testing.assert_allclose(nearest.distance_m, expected.min(axis=0))
    known = np.isfinite(nearest.distance_m)
    assert np.array_equal(nearest.source >= 0, known)
    np.testing.assert_allclose(found[nearest.source[known], np.flatnonzero(known)], nearest.distance_m[known])


def test_the_shortest_way_is_a_chain_of_edges_as_long_as_networkx_finds(
    planar: Network, reference: nx.MultiGraph
) -> None:
    inside = np.flatnonzero(components(planar) == 0)
    for start, end in inside[[[0, -1], [5, 200], [17, 17]]].tolist():
        route = shortest_path(planar, start, end)
        assert route is not None
        np.testing.assert_allclose(route.length_m, nx.dijkstra_path_length(reference, start, end))
        np.testing.assert_allclose(route.length_m, planar.length_m[route.edges].sum())
        steps = np.sort(np.column_stack([route.nodes[:-1], route.nodes[1:]]))
        assert np.array_equal(np.sort(planar.edges[route.edges]), steps)
        assert (route.nodes[0], route.nodes[-1]) == (start, end)
    lost = int(np.flatnonzero(components(planar) == 1)[0])
    assert shortest_path(planar, int(inside[0]), lost) is None


def test_the_shorter_of_two_edges_counts_and_a_ring_leads_nowhere() -> None:
    ring = LineString(Point(0, 10).buffer(10).exterior)
    network = made(LineString([(0, 0), (100, 0)]), LineString([(0, 0), (50, 80), (100, 0)]), ring)
    start, end = (int(np.argmin(np.hypot(*(network.nodes - spot).T))) for spot in ((0, 0), (100, 0)))
    assert distances(network, np.array([start]))[0, end] == 100
    route = shortest_path(network, start, end)
    assert route is not None
    assert network.length_m[route.edges].tolist() == [100]


def test_reach_counts_parts_of_edges_from_both_ends() -> None:
    network = made(LineString([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]), LineString([(0, 0), (-50, 0)]))
    gate = int(np.argmin(np.hypot(*network.nodes.T)))
    tip = int(np.argmin(network.nodes[:, 0]))
    np.testing.assert_allclose(reach(network, np.array([gate, tip]), limit_m=30), [30 * 3, 30])
    np.testing.assert_allclose(reach(network, np.array([gate]), limit_m=200), [450])


def test_reach_is_the_length_of_a_network_clipped_by_networkx_distances(
    planar: Network, reference: nx.MultiGraph
) -> None:
    found = nx.single_source_dijkstra_path_length(reference, 700)
    left = np.array([max(3_000.0 - found.get(node, np.inf), 0.0) for node in range(len(planar.nodes))])
    expected = sum(
        min(length_m, left[first] + left[last])
        for (first, last), length_m in zip(planar.edges.tolist(), planar.length_m.tolist(), strict=True)
    )
    np.testing.assert_allclose(reach(planar, np.array([700]), limit_m=3_000.0, batch=1), [expected])


def test_points_come_onto_the_middle_of_edges() -> None:
    network = made(LineString([(0, 0), (100, 0)]), LineString([(0, 200), (100, 200)]))
    places = locate(network, shapely.points([(30, 20), (-30, 240), (60, 0)]))
    np.testing.assert_allclose(places.along_m, [30, 0, 60])
    np.testing.assert_allclose(places.offset_m, [20, 50, 0])
    np.testing.assert_allclose(places.to_nodes_m, [[30, 70], [0, 100], [60, 40]])
    cut, nodes = attach(network, places)
    assert len(cut.nodes) == 6
    assert len(cut.edges) == 4
    np.testing.assert_allclose(cut.nodes[nodes], [(30, 0), (0, 200), (60, 0)])
    np.testing.assert_allclose(distances(cut, nodes)[:, nodes], [[0, np.inf, 30], [np.inf, 0, np.inf], [30, np.inf, 0]])
    np.testing.assert_allclose(cut.length_m.sum(), 200)


def test_two_points_on_one_place_share_its_node() -> None:
    network = made(LineString([(0, 0), (100, 0), (100, 50)]))
    cut, nodes = attach(network, locate(network, shapely.points([(40, 5), (40, -5), (100, 10)])))
    assert nodes[0] == nodes[1] != nodes[2]
    np.testing.assert_allclose(distances(cut, nodes[:1])[0, nodes[2]], 70)
    assert cut.way.tolist() == [0, 0, 0]


def test_attaching_changes_no_distance(planar: Network) -> None:
    rng = np.random.default_rng(4)
    cut, nodes = attach(planar, locate(planar, shapely.points(rng.uniform(0, 20_000, (300, 2)))))
    sources = np.array([3, 900, 1_500])
    np.testing.assert_allclose(distances(cut, sources)[:, : len(planar.nodes)], distances(planar, sources))
    assert nodes.min() >= 0


def test_wrong_questions_are_refused(planar: Network) -> None:
    with pytest.raises(ValueError, match="node outside"):
        distances(planar, np.array([len(planar.nodes)]))
    with pytest.raises(ValueError, match="no edge"):
        locate(made(), shapely.points([(0, 0)]))


def test_without_sources_nothing_is_near(planar: Network) -> None:
    nearest = isochrones(planar, np.empty(0, dtype=np.int64))
    assert np.isinf(nearest.distance_m).all()
    assert (nearest.source == -1).all()
