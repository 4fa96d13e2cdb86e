"""The chain of parks on the network: how far they are from each other, what links would gain, what joins them all."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.kernels.connectivity import Links, connection_probability, link_gain, strongest_paths
from geo.kernels.steiner import Graph, Tree, cheapest_tree
from geo.network.graph import Places, attach, distances, locate
from geo.network.noding import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FAR_MEDIANS: Final = 20
"""Beyond as many median distances the probability is below one in a million: it is taken for none."""


class Gaps(NamedTuple):
    """Candidate links: their lines, the edges and the components at both ends; shapes (links,) and (links, 2)."""

    lines: NDArray[np.object_]
    edges: Ints
    parts: Ints


class Doors(NamedTuple):
    """Entrances of the sites of large parks: site and large park by number from 0, component, step to it in metres."""

    site: Ints
    large_park: Ints
    part: Ints
    step_m: Floats


class Chain(NamedTuple):
    """The links that join the large parks: which, and their length with the steps to sites, with a lower bound of it.

    `groups` is 1 where all large parks are joined; `jumps` counts passages between sites of one large park that no
    link could replace.
    """

    chosen: Bools
    length_m: float
    lower_bound_m: float
    groups: int
    jumps: int


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


def cheapest_chain(gaps: Gaps, parts: int, doors: Doors) -> Chain:
    """Return the shortest set of candidate links that joins the large parks, as far as they can be joined.

    Walking along what exists and across a site costs nothing, a link its length, the step between a site and the
    network its straight length. A large park is joined when one of its sites is. That its sites are one park on paper
    joins nothing on the ground: passing from one to another that way is dearer than all links together.
    """
    sites, parks = int(doors.site.max(initial=-1)) + 1, int(doors.large_park.max(initial=-1)) + 1
    step = np.column_stack([parts + doors.site, doors.part])
    member = np.unique(np.column_stack([parts + sites + doors.large_park, parts + doors.site]), axis=0)
    gap_m = shapely.length(gaps.lines)
    paper = float(gap_m.sum() + doors.step_m.sum()) + 1.0
    ends = np.concatenate([gaps.parts, step, member]).astype(np.int64)
    cost = np.concatenate([gap_m, doors.step_m, np.full(len(member), paper)])
    terminals = parts + sites + np.arange(parks)
    graph = Graph(parts + sites + parks, ends, cost)
    groups = connected_groups(graph, terminals)
    trees = [tree_within(graph, *group) for group in groups]
    chosen = np.unique(np.concatenate([tree.links for tree in trees])) if trees else np.empty(0, np.int64)
    on_paper = int((chosen >= len(gap_m) + len(step)).sum())
    joined = sum(len(wanted) for _, wanted in groups if len(wanted) > 1)
    return Chain(
        np.isin(np.arange(len(gap_m)), chosen),
        float(cost[chosen].sum() - paper * on_paper),
        max(sum(tree.lower_bound for tree in trees) - paper * on_paper, 0.0),
        len(trees),
        on_paper - joined,
    )


def connected_groups(graph: Graph, terminals: Ints) -> list[tuple[Ints, Ints]]:
    """Return the connected parts of a graph that hold terminals: their nodes, and their terminals."""
    first, last = graph.links.T
    shape = (graph.number, graph.number)
    _, group = connected_components(coo_array((np.ones(len(first)), (first, last)), shape=shape), directed=False)
    return [(np.flatnonzero(group == one), terminals[group[terminals] == one]) for one in np.unique(group[terminals])]


def tree_within(graph: Graph, nodes: Ints, terminals: Ints) -> Tree:
    """Return the cheapest tree of one connected part of a graph, its links by their row in the whole."""
    rows = np.flatnonzero(np.isin(graph.links[:, 0], nodes))
    inside = Graph(len(nodes), np.searchsorted(nodes, graph.links[rows]), graph.cost[rows])
    tree = cheapest_tree(inside, np.searchsorted(nodes, terminals))
    return tree._replace(links=rows[tree.links])
