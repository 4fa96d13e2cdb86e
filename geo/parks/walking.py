"""Walking to parks: from any place, along the ways that are known, to the entrances of parks."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network.graph import attach, distances, locate
from geo.network.noding import Network
from geo.network.table import network_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class WalkingNet(NamedTuple):
    """A network with a node at each entrance.

    Attributes
    ----------
    network
        Edges in Lambert-93.
    entrance_node
        Node of each entrance, shape (entrances,).
    entrance_leg_m
        From each entrance to its node, straight. Metres, shape (entrances,).
    park
        Park of each entrance as a number in `parks`, shape (entrances,).
    parks
        Ids of the parks that have an entrance.
    """

    network: Network
    entrance_node: Ints
    entrance_leg_m: Floats
    park: Ints
    parks: tuple[str, ...]


class Start(NamedTuple):
    """Places put on a network: nodes at both ends of the nearest edge, metres to each along it, metres to the edge."""

    nodes: Ints
    to_nodes_m: Floats
    offset_m: Floats


def walking_net(greenways: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame) -> WalkingNet:
    """Return the network of the ways, with the entrances on it.

    Parameters
    ----------
    greenways
        The finished layer: noded ways with `from_node` and `to_node`; areas are left out. Lambert-93.
    entrances
        Points with `park_id`.

    Raises
    ------
    ValueError
        If no way is a line.
    """
    network = network_of(greenways)
    parks = tuple(sorted(set(entrances["park_id"])))
    number = {park: row for row, park in enumerate(parks)}
    if entrances.empty:
        none = np.empty(0, dtype=np.int64)
        return WalkingNet(network, none, np.empty(0), none, parks)
    places = locate(network, entrances.geometry.to_numpy())
    network, nodes = attach(network, places)
    owner = entrances["park_id"].map(number).to_numpy(dtype=np.int64)
    return WalkingNet(network, nodes, places.offset_m, owner, parks)


def start_from(net: WalkingNet, points: Floats) -> Start:
    """Return where places, shape (points, 2), come onto the network."""
    places = locate(net.network, shapely.points(points))
    return Start(net.network.edges[places.edge], places.to_nodes_m, places.offset_m)


def park_distances(net: WalkingNet, *, limit_m: float) -> Floats:
    """Return the way from every node to every park's nearest entrance. Metres, shape (parks, nodes); else infinite."""
    found = np.full((len(net.parks), len(net.network.nodes)), np.inf)
    for park in range(len(net.parks)):
        mine = net.park == park
        from_doors = distances(net.network, net.entrance_node[mine], limit_m=limit_m)
        found[park] = (from_doors + net.entrance_leg_m[mine][:, None]).min(axis=0)
    return found


def walks(start: Start, to_parks: Floats, *, detour: float, most_offset_m: float) -> Floats:
    """Return the walk from every place to every park. Metres, shape (parks, places); infinite where there is none.

    Parameters
    ----------
    start
        Places on the network.
    to_parks
        As `park_distances` returns it.
    detour
        Metres walked per metre as the crow flies, from a place to the network.
    most_offset_m
        Places farther from the network have no walk.
    """
    both = np.minimum(
        to_parks[:, start.nodes[:, 0]] + start.to_nodes_m[:, 0], to_parks[:, start.nodes[:, 1]] + start.to_nodes_m[:, 1]
    )
    reached: Floats = np.where(start.offset_m <= most_offset_m, both + start.offset_m * detour, np.inf)
    return reached
