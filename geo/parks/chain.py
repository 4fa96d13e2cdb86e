"""The chain of parks on the network: how far they are from each other, what links would gain, what joins them all."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.kernels.connectivity import Links, connection_probability, link_gain, strongest_paths
from geo.kernels.steiner import Graph, cheapest_tree
from geo.network.graph import Places, attach, distances, locate
from geo.network.noding import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FAR_MEDIANS = 20
"""Beyond as many median distances the probability is below one in a million: it is taken for none."""


class Gaps(NamedTuple):
    """Candidate links: their lines, the edges and the components at both ends; shapes (links,) and (links, 2)."""

    lines: NDArray[np.object_]
    edges: Ints
    parts: Ints


class Joined(NamedTuple):
    """Which links are in the cheapest trees, how many groups of large parks there are, length, and its lower bound."""

    chosen: Bools
    groups: int
    length_m: float
    lower_bound_m: float


def candidate_links(network: Network, part: Ints, *, reach_m: float) -> Gaps:
    """Return the shortest line between each two components that come nearer than `reach_m` to each other.

    Parameters
    ----------
    network
        The graph.
    part
        Component of each node, 0 for the longest.
    reach_m
        Metres. Ways that cross on different levels without meeting are linked where else they are near, if they are.
    """
    of_edge = part[network.edges[:, 0]] if len(network.edges) else np.empty(0, np.int64)
    smaller = np.flatnonzero(of_edge > 0)
    row, other = shapely.STRtree(network.lines).query(network.lines[smaller], predicate="dwithin", distance=reach_m)
    edge = smaller[row]
    outwards = of_edge[other] < of_edge[edge]
    pairs = pd.DataFrame({"edge": edge[outwards], "other": other[outwards]})
    pairs["length_m"] = shapely.distance(network.lines[pairs["edge"]], network.lines[pairs["other"]])
    pairs["from"], pairs["to"] = of_edge[pairs["other"]], of_edge[pairs["edge"]]
    pairs = pairs[pairs["length_m"] > 0].sort_values(["length_m", "other", "edge"]).drop_duplicates(["from", "to"])
    pairs = pairs.sort_values(["from", "to"])
    ends = pairs[["other", "edge"]].to_numpy(dtype=np.int64).reshape(-1, 2)
    lines = shapely.shortest_line(network.lines[ends[:, 0]], network.lines[ends[:, 1]])
    return Gaps(lines, ends, pairs[["from", "to"]].to_numpy(dtype=np.int64).reshape(-1, 2))


def gains(network: Network, gaps: Gaps, entrances: gpd.GeoDataFrame, area_m2: pd.Series, *, median_m: float) -> Floats:
    """Return dPC of each candidate link for the parks, by distances along the network.

    Parameters
    ----------
    network
        The graph.
    gaps
        Of `candidate_links`.
    entrances
        Points with `park_id`; the step from one to the nearest way counts as walked straight.
    area_m2
        Of each park, by id. Square metres; NaN counts as 0.
    median_m
        How far half the visitors of a park would go on. Metres.

    Returns
    -------
    Per cent of PC, shape (links,); NaN where no park has an area.
    """
    ends = shapely.points(np.concatenate([shapely.get_coordinates(shapely.get_point(gaps.lines, n)) for n in (0, -1)]))
    along_m = shapely.line_locate_point(network.lines[gaps.edges.T.ravel()], ends)
    doors = locate(network, entrances.geometry.to_numpy())
    edge = np.concatenate([gaps.edges.T.ravel(), doors.edge])
    none = np.empty((0, 2))
    cut, node = attach(network, Places(edge, np.concatenate([along_m, doors.along_m]), np.empty(0), none))
    number = len(gaps.lines)
    to_all = park_distances(cut, node[2 * number :], doors.offset_m, owners(entrances, area_m2), median_m * FAR_MEDIANS)
    to_doors = to_all[:, node[2 * number :]] + doors.offset_m
    between = np.full((len(area_m2), len(area_m2)), np.inf)
    np.minimum.at(between.T, owners(entrances, area_m2), to_doors.T)
    strongest = strongest_paths(connection_probability(np.minimum(between, between.T), median_m=median_m))
    links = Links(
        connection_probability(to_all[:, node[:number]].T, median_m=median_m),
        connection_probability(to_all[:, node[number : 2 * number]].T, median_m=median_m),
        connection_probability(shapely.length(gaps.lines), median_m=median_m),
    )
    return link_gain(area_m2.fillna(0).to_numpy(dtype=np.float64), strongest, links)


def owners(entrances: gpd.GeoDataFrame, area_m2: pd.Series) -> Ints:
    """Return the row of each entrance's park among the areas."""
    rows: Ints = pd.Index(area_m2.index).get_indexer(entrances["park_id"]).astype(np.int64)
    return rows


def park_distances(network: Network, door: Ints, step_m: Floats, park: Ints, limit_m: float) -> Floats:
    """Return the distance from each park, by the best of its doors, to every node. Metres, shape (parks, nodes)."""
    best = np.full((int(park.max()) + 1, len(network.nodes)), np.inf)
    for one in np.unique(park):
        mine = park == one
        found = distances(network, door[mine], limit_m=limit_m) + step_m[mine, None]
        best[one] = found.min(axis=0)
    return best


def cheapest_chain(gaps: Gaps, parts: int, doors: pd.DataFrame) -> Joined:
    """Return the shortest set of candidate links that joins the large parks, as far as they can be joined.

    Walking along what exists costs nothing; the step from a park to the network costs its straight length.

    Parameters
    ----------
    gaps
        Of `candidate_links`.
    parts
        Number of components.
    doors
        One row an entrance: `large_park` as a number from 0, `part` (component), `network_m`.
    """
    terminals = parts + np.unique(doors["large_park"].to_numpy(dtype=np.int64))
    steps = np.column_stack([parts + doors["large_park"].to_numpy(dtype=np.int64), doors["part"].to_numpy()])
    ends = np.concatenate([gaps.parts, steps.astype(np.int64)])
    cost = np.concatenate([shapely.length(gaps.lines), doors["network_m"].to_numpy(dtype=np.float64)])
    number = int(max(parts, terminals.max(initial=-1) + 1))
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(number, number))
    _, group = connected_components(graph, directed=False)
    chosen = np.zeros(len(ends), dtype=bool)
    lower_m = 0.0
    for one in np.unique(group[terminals]):
        nodes = np.flatnonzero(group == one)
        rows = np.flatnonzero(group[ends[:, 0]] == one)
        inside = Graph(len(nodes), np.searchsorted(nodes, ends[rows]), cost[rows])
        tree = cheapest_tree(inside, np.searchsorted(nodes, terminals[group[terminals] == one]))
        chosen[rows[tree.links]] = True
        lower_m += tree.lower_bound
    groups = len(np.unique(group[terminals]))
    return Joined(chosen[: len(gaps.lines)], groups, float(cost[chosen].sum()), lower_m)
