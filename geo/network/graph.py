"""Questions put to a network: its components, what is how far, the shortest way, and places along edges."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from geo.network.joins import cut
from geo.network.noding import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Geometries = NDArray[np.object_]


class Nearest(NamedTuple):
    """For each node, the distance to its nearest source and that source's row; infinite and -1 out of reach."""

    distance_m: Floats
    source: Ints


class Places(NamedTuple):
    """Points put on a network: nearest edge, place along it, distance from the point to it, and to the edge's nodes.

    `along_m` is measured on the edge from its first node; `to_nodes_m`, shape (points, 2), along the edge.
    """

    edge: Ints
    along_m: Floats
    offset_m: Floats
    to_nodes_m: Floats


class Route(NamedTuple):
    """A way from node to node: the edges in the order in which they are walked, its nodes, its length in metres."""

    edges: Ints
    nodes: Ints
    length_m: float


def components(network: Network) -> Ints:
    """Return the component of each node: 0 for the one of the greatest length, and so on; shape (nodes,).

    Of equal lengths, the component of the lower node comes first.
    """
    number, label = connected_components(adjacency(network), directed=False)
    length_m = np.bincount(label[network.edges[:, 0]], network.length_m, minlength=number)
    order = np.lexsort((np.arange(number), -np.round(length_m, 3)))
    rank: Ints = np.argsort(order)[label]
    return rank


def component_table(network: Network) -> pd.DataFrame:
    """Return one row a component, by falling length: `component`, `length_m`, `nodes`, `edges`."""
    label = components(network)
    of_edge = label[network.edges[:, 0]]
    number = int(label.max()) + 1 if label.size else 0
    return pd.DataFrame(
        {
            "component": np.arange(number),
            "length_m": np.bincount(of_edge, network.length_m, minlength=number),
            "nodes": np.bincount(label, minlength=number),
            "edges": np.bincount(of_edge, minlength=number),
        }
    )


def distances(network: Network, sources: Ints, *, limit_m: float = np.inf) -> Floats:
    """Return the length of the shortest way from each source node to every node.

    Parameters
    ----------
    network
        The graph; its edges are walked both ways.
    sources
        Nodes, shape (sources,).
    limit_m
        Farther nodes are not looked for. Metres.

    Returns
    -------
    Metres, shape (sources, nodes); infinite where there is no way within the limit.
    """
    found: Floats = dijkstra(adjacency(network), directed=False, indices=node_rows(network, sources), limit=limit_m)
    return found


def isochrones(network: Network, sources: Ints, *, limit_m: float = np.inf) -> Nearest:
    """Return, for every node, the distance to the nearest of the source nodes, and which row of `sources` it is.

    One search from all sources at once. Of sources equally near, which one is named is not specified.
    """
    rows = node_rows(network, sources)
    if rows.size == 0:
        return Nearest(np.full(len(network.nodes), np.inf), np.full(len(network.nodes), -1))
    distance_m, _, origin = dijkstra(
        adjacency(network), directed=False, indices=rows, limit=limit_m, min_only=True, return_predecessors=True
    )
    row_of_node = np.full(len(network.nodes), -1)
    row_of_node[rows[::-1]] = np.arange(rows.size)[::-1]
    return Nearest(distance_m, np.where(origin >= 0, row_of_node[np.maximum(origin, 0)], -1))


def reach(network: Network, sources: Ints, *, limit_m: float, batch: int = 64) -> Floats:
    """Return the length of network within a distance of each source node, parts of edges included.

    Parameters
    ----------
    network
        The graph.
    sources
        Nodes, shape (sources,).
    limit_m
        How far to go. Metres, finite.
    batch
        How many sources are searched at once: memory is `batch` times the nodes.

    Returns
    -------
    Metres, shape (sources,).
    """
    graph, rows = adjacency(network), node_rows(network, sources)
    lengths = np.zeros(rows.size)
    for start in range(0, rows.size, batch):
        found = dijkstra(graph, directed=False, indices=rows[start : start + batch], limit=limit_m)
        left_m = np.maximum(limit_m - found, 0.0)
        for row in range(len(found)):
            both = left_m[row][network.edges].sum(axis=1)
            lengths[start + row] = np.minimum(both, network.length_m).sum()
    return lengths


def shortest_path(network: Network, start: int, end: int) -> Route | None:
    """Return the shortest way between two nodes, None where there is none."""
    first, last = node_rows(network, np.array([start, end]))
    shortest = shortest_edges(network)
    distance_m, before = dijkstra(adjacency(network), directed=False, indices=first, return_predecessors=True)
    if np.isinf(distance_m[last]):
        return None
    nodes = [int(last)]
    while nodes[-1] != first:
        nodes.append(int(before[nodes[-1]]))
    nodes.reverse()
    steps = np.sort(np.column_stack([nodes[:-1], nodes[1:]]), axis=1).reshape(-1, 2)
    edges = shortest.loc[list(map(tuple, steps))].to_numpy() if len(steps) else np.empty(0)
    return Route(edges.astype(np.int64), np.array(nodes), float(distance_m[last]))


def locate(network: Network, points: Geometries) -> Places:
    """Return where points come onto the network: the nearest place of the nearest edge.

    Parameters
    ----------
    network
        The graph, with at least one edge.
    points
        Points in the network's coordinates, shape (points,).

    Raises
    ------
    ValueError
        If the network has no edge.
    """
    if len(network.edges) == 0:
        raise ValueError("the network has no edge; expected one to come onto")
    row, found = shapely.STRtree(network.lines).query_nearest(points)
    edge = np.full(len(points), len(network.edges), dtype=np.int64)
    np.minimum.at(edge, row, found)
    along_m = shapely.line_locate_point(network.lines[edge], points)
    offset_m = shapely.distance(network.lines[edge], points)
    return Places(edge, along_m, offset_m, np.column_stack([along_m, network.length_m[edge] - along_m]))


def attach(network: Network, places: Places) -> tuple[Network, Ints]:
    """Return the network with a node at each place, and the node of each place.

    Edges are cut there; the nodes that stood before keep their numbers, so the new ones are not in order. A place at
    the end of an edge takes the node that stands there.
    """
    whole_m = network.length_m[places.edge]
    at_end = np.where(places.along_m <= 0, 0, np.where(places.along_m >= whole_m, 1, -1))
    node = np.where(at_end >= 0, network.edges[places.edge, np.maximum(at_end, 0)], -1)
    inside = pd.DataFrame({"edge": places.edge, "along_m": places.along_m})[at_end < 0]
    cuts = inside.drop_duplicates().sort_values(["edge", "along_m"])
    cuts["node"] = len(network.nodes) + np.arange(len(cuts))
    node[at_end < 0] = inside.merge(cuts, on=["edge", "along_m"], how="left")["node"]
    spots = shapely.line_interpolate_point(network.lines[cuts["edge"]], cuts["along_m"])
    nodes = np.vstack([network.nodes, shapely.get_coordinates(spots)])
    edge, along_m, new = (cuts[name].to_numpy() for name in ("edge", "along_m", "node"))
    return cut_up(network._replace(nodes=nodes), edge, along_m, new), node.astype(np.int64)


def cut_up(network: Network, edge: Ints, along_m: Floats, node: Ints) -> Network:
    """Return the network with edges cut at rising places, each of which is a node; uncut edges come first."""
    touched, first = np.unique(edge, return_index=True)
    kept = np.setdiff1d(np.arange(len(network.edges)), touched)
    lines, edges, ways = list(network.lines[kept]), [network.edges[kept]], [network.way[kept]]
    bounds = np.append(first, len(edge))
    for row, start, stop in zip(touched, bounds[:-1], bounds[1:], strict=True):
        lines += cut(network.lines[row], along_m[start:stop])
        chain = np.concatenate([network.edges[row, :1], node[start:stop], network.edges[row, 1:]])
        edges.append(np.column_stack([chain[:-1], chain[1:]]))
        ways.append(np.full(len(chain) - 1, network.way[row]))
    course = np.array([*lines, None], dtype=object)[:-1]
    return Network(network.nodes, np.concatenate(edges), course, shapely.length(course), np.concatenate(ways))


def adjacency(network: Network) -> csr_array:
    """Return the lengths of the shortest edge between each two nodes as a sparse upper triangle."""
    shortest = shortest_edges(network)
    pairs = shortest.index.to_frame().to_numpy().reshape(-1, 2)
    number = len(network.nodes)
    return csr_array((network.length_m[shortest.to_numpy()], (pairs[:, 0], pairs[:, 1])), shape=(number, number))


def shortest_edges(network: Network) -> pd.Series:
    """Return the shortest edge between each two nodes, by the lower and the higher node; edges to itself are none."""
    low, high = np.sort(network.edges, axis=1).T
    order = np.lexsort((np.arange(len(low)), network.length_m))
    order = order[low[order] != high[order]]
    table = pd.DataFrame({"low": low[order], "high": high[order], "edge": order}).drop_duplicates(["low", "high"])
    return table.set_index(["low", "high"])["edge"].sort_index()


def node_rows(network: Network, nodes: Ints) -> Ints:
    """Return nodes as an array, or refuse those that the network has not."""
    rows = np.atleast_1d(np.asarray(nodes, dtype=np.int64))
    if rows.size and (rows.min() < 0 or rows.max() >= len(network.nodes)):
        raise ValueError(f"found a node outside 0 to {len(network.nodes) - 1}; expected nodes of the network")
    return rows
