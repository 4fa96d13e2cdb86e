"""The network that signs speak of: greenways, entrances of parks, and the shortest ways from everywhere to each park.

An entrance that stands off the ways is joined to the nearest by a straight leg, up to a set length; farther ones are
out of reach. Distances are those of this network: along the ways, plus the leg.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from geo.errors import MissingDataError
from geo.network.graph import adjacency, attach, locate, shortest_edges
from geo.network.noding import Network
from geo.network.table import network_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LEG: Final = -1
"""`way` of a straight leg to an entrance."""
SAME_PLACE_M: Final = 1.0
LOOK_M: Final = 20.0
"""How far along a way its direction is taken."""
OFF_M: Final = 30.0
"""A sign that stands farther from every way stands on none."""
AT_JUNCTION_M: Final = 15.0
"""A sign that stands nearer to a junction is that junction's: posts stand beside ways, and GPS errs by metres."""
JUNCTION_DEGREE: Final = 3


class SignNet(NamedTuple):
    """Ways with a node at each entrance that is in reach.

    Attributes
    ----------
    network
        Edges in Lambert-93; legs have the way `LEG`.
    entrance_node
        Node of each entrance; -1 where it is out of reach. Shape (entrances,).
    park
        Row in `parks` of each entrance.
    parks
        Ids of the destinations that have an entrance, sorted: parks, and belvederes where they are known.
    """

    network: Network
    entrance_node: Ints
    park: Ints
    parks: tuple[str, ...]


class Trees(NamedTuple):
    """From every node to every park: metres, the next node on the way, and the node of the entrance that it leads to.

    Infinite and -1 where there is none; all of shape (parks, nodes).
    """

    distance_m: Floats
    onward: Ints
    door: Ints


def sign_net(greenways: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame, *, most_leg_m: float) -> SignNet:
    """Return the network of the noded greenways with the entrances on it.

    Parameters
    ----------
    greenways
        Edges with `from_node`, `to_node` and `length_m`, at least one. Lambert-93.
    entrances
        Points with `park_id`.
    most_leg_m
        The longest leg. Metres.

    Raises
    ------
    MissingDataError
        If no way is a line.
    """
    network = network_of(greenways)
    if len(network.edges) == 0:
        raise MissingDataError(
            "greenways holds no line; expected ways to stand signs on; put some into osm/ or greenways/"
        )
    parks = tuple(sorted(set(entrances["park_id"])))
    owner = entrances["park_id"].map({park: row for row, park in enumerate(parks)}).to_numpy(dtype=np.int64)
    node = np.full(len(entrances), -1)
    if len(entrances) == 0:
        return SignNet(network, node, owner, parks)
    points = entrances.geometry.to_numpy()
    near = locate(network, points).offset_m <= most_leg_m
    network, foot = with_nodes_at(network, points[near])
    network, node[near] = with_legs(network, foot, points[near])
    return SignNet(network, node, owner, parks)


def with_nodes_at(network: Network, points: NDArray[np.object_]) -> tuple[Network, Ints]:
    """Return the network with a node where each point comes onto it; a node within `SAME_PLACE_M` of there serves."""
    if len(points) == 0:
        return network, np.empty(0, dtype=np.int64)
    places = locate(network, points)
    along = np.where(places.to_nodes_m[:, 0] <= SAME_PLACE_M, 0.0, places.along_m)
    whole = network.length_m[places.edge]
    along = np.where((along > 0) & (places.to_nodes_m[:, 1] <= SAME_PLACE_M), whole, along)
    return attach(network, places._replace(along_m=along))


def with_legs(network: Network, foot: Ints, points: NDArray[np.object_]) -> tuple[Network, Ints]:
    """Return the network with a straight edge from each foot to its point, and the points' nodes."""
    there = shapely.get_coordinates(points)
    gap_m = np.hypot(*(there - network.nodes[foot]).T)
    far = np.flatnonzero(gap_m > SAME_PLACE_M)
    node = foot.copy()
    node[far] = len(network.nodes) + np.arange(len(far))
    lines = shapely.linestrings(np.stack([network.nodes[foot[far]], there[far]], axis=1))
    longer = Network(
        np.vstack([network.nodes, there[far]]),
        np.vstack([network.edges, np.column_stack([foot[far], node[far]])]),
        np.concatenate([network.lines, np.atleast_1d(lines)]),
        np.concatenate([network.length_m, gap_m[far]]),
        np.concatenate([network.way, np.full(len(far), LEG)]),
    )
    return longer, node


def with_posts(net: SignNet, points: NDArray[np.object_]) -> tuple[SignNet, Ints]:
    """Return the network with a node where each sign stands, and that node; -1 where a sign stands on no way.

    That is the nearest junction within `AT_JUNCTION_M`, else the nearest place of a way within `OFF_M`.
    """
    node = np.full(len(points), -1)
    if len(points) == 0:
        return net, node
    junctions = np.flatnonzero(degrees(net.network) >= JUNCTION_DEGREE)
    at = junction_near(net.network.nodes[junctions], shapely.get_coordinates(points))
    node[at >= 0] = junctions[at[at >= 0]]
    beside = (at < 0) & (locate(net.network, points).offset_m <= OFF_M)
    network, node[beside] = with_nodes_at(net.network, points[beside])
    return net._replace(network=network), node


def junction_near(junctions: Floats, points: Floats) -> Ints:
    """Return the row of the nearest junction within `AT_JUNCTION_M` of each point, -1 where there is none."""
    if len(junctions) == 0:
        return np.full(len(points), -1)
    distance_m, row = KDTree(junctions).query(points)
    return np.where(distance_m <= AT_JUNCTION_M, row, -1).astype(np.int64)


def trees(net: SignNet) -> Trees:
    """Return the shortest ways from every node to the nearest entrance of every park."""
    graph, number = adjacency(net.network), len(net.network.nodes)
    distance_m = np.full((len(net.parks), number), np.inf)
    onward, door = np.full((2, len(net.parks), number), -1)
    for park in range(len(net.parks)):
        doors = np.unique(net.entrance_node[(net.park == park) & (net.entrance_node >= 0)])
        if doors.size:
            distance_m[park], before, reached = dijkstra(
                graph, directed=False, indices=doors, min_only=True, return_predecessors=True
            )
            onward[park], door[park] = np.maximum(before, -1), np.maximum(reached, -1)
    return Trees(distance_m, onward, door)


def legs_m(network: Network) -> Floats:
    """Return the length of the straight leg at whose end each node stands, 0 for others. Metres, shape (nodes,)."""
    found = np.zeros(len(network.nodes))
    legs = network.way == LEG
    found[network.edges[legs, 1]] = network.length_m[legs]
    return found


def degrees(network: Network) -> Ints:
    """Return how many ends of edges meet at each node."""
    found: Ints = np.bincount(network.edges.ravel(), minlength=len(network.nodes)).astype(np.int64)
    return found


def bearing_table(network: Network) -> pd.Series:
    """Return the directions in which the shortest edges leave their nodes, by node and neighbour; see `bearings_of`."""
    table = shortest_edges(network)
    pairs = table.index.to_frame().to_numpy(dtype=np.int64).reshape(-1, 2)
    edge = table.to_numpy(dtype=np.int64)
    length_m = network.length_m[edge]
    look_m = np.minimum(LOOK_M, length_m / 2)
    forward = network.edges[edge, 0] == pairs[:, 0]
    lines = network.lines[edge]
    near_first = shapely.get_coordinates(shapely.line_interpolate_point(lines, look_m))
    near_last = shapely.get_coordinates(shapely.line_interpolate_point(lines, length_m - look_m))
    start, end = (
        shapely.get_coordinates(shapely.get_point(lines, 0)),
        shapely.get_coordinates(shapely.get_point(lines, -1)),
    )
    leave, arrive = bearing(near_first - start), bearing(near_last - end)
    low = np.where(forward, leave, arrive)
    high = np.where(forward, arrive, leave)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    index = pd.MultiIndex.from_arrays([both[:, 0], both[:, 1]])
    return pd.Series(np.concatenate([low, high]), index=index).sort_index()


def bearings_of(table: pd.Series, start: Ints, end: Ints) -> Floats:
    """Return the bearing from each start towards its neighbour, in degrees clockwise from north."""
    if len(start) == 0:
        return np.empty(0)
    found: Floats = table.reindex(pd.MultiIndex.from_arrays([start, end])).to_numpy(dtype=np.float64)
    return found


def bearing(step: Floats) -> Floats:
    """Return the direction of steps (x, y), shape (steps, 2), in degrees clockwise from north."""
    degrees: Floats = np.degrees(np.arctan2(step[:, 0], step[:, 1])) % 360
    return degrees


def turn(towards: Floats, onwards: Floats) -> Floats:
    """Return how far one turns, in degrees from -180 (left) to 180 (right), 0 straight on.

    Parameters
    ----------
    towards, onwards
        Bearing back to where one comes from, and of the way taken, both seen from the junction.
    """
    change: Floats = (onwards - (towards + 180) + 180) % 360 - 180
    return change
