"""What signs are needed for: turns that could be taken wrongly, entrances to be found, long stretches without a word.

The weight of a decision point is the sum over turns of the people who take it, times how ambiguous it is:
(k - 1) / k · (1 + |turn| / 180°) / 2, with k the ways that one could take. So a way straight on with one other counts a
quarter, a turn back among many almost 1. The weight of an entrance or a belvedere is the people who end there; that of
a stretch without decision, their number times `REASSURANCE`; that of a map at a park's entrance, the people of that
entrance times `Wishes.information`. All are estimates, as the flows are.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import LAMBERT93
from geo.signage.content import speaks
from geo.signage.flows import Flows
from geo.signage.ways import JUNCTION_DEGREE, Floats, Ints, SignNet, Trees, degrees

REASSURANCE: Final = 0.2
"""What a passer-by without a word on a long stretch weighs beside one at a wholly ambiguous turn."""
PARKED_M: Final = 300.0
"""An entrance this near to a car park, as the crow flies, is where its visitors come in."""
COLUMNS: Final = ("kind", "node", "park_id", "people", "weight", "length_m", "geometry")


class Wishes(NamedTuple):
    """What is wished for beside turns and entrances.

    Attributes
    ----------
    gap_m
        Longer stretches without decision get markers. Metres.
    information
        What a map, rules and services at a park's entrance weigh beside its name; 0: not wished.
    rules
        Ids of the parks whose rules are told at every entrance.
    parking
        Points of car parks, shape (car parks,).
    """

    gap_m: float
    information: float
    rules: tuple[str, ...]
    parking: NDArray[np.object_]


def needs(net: SignNet, found: Trees, doors: gpd.GeoDataFrame, flow: Flows, wishes: Wishes) -> gpd.GeoDataFrame:
    """Return one row per need: kind, node (-1: none), park_id, people, weight, length_m.

    Kinds: decision, entrance, view (a belvedere), information (a map at one entrance of each park), rules (of the park,
    at each of its entrances), reassurance.
    """
    arrived = door_needs(net, doors, flow)
    parts = [
        decisions(net, found, flow),
        arrived,
        maps(arrived, wishes),
        regulations(arrived, wishes.rules),
        reassurances(net, flow, gap_m=wishes.gap_m),
    ]
    table = pd.concat([part[list(COLUMNS)] for part in parts], ignore_index=True)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=LAMBERT93)


def ambiguity(degree: Ints, turn_deg: Floats) -> Floats:
    """Return how ambiguous turns are, from 0 (no choice) to almost 1 (back, among many)."""
    choices = np.maximum(degree - 1, 1)
    unsure: Floats = (choices - 1) / choices * (1 + np.abs(turn_deg) / 180) / 2
    return unsure


def decisions(net: SignNet, found: Trees, flow: Flows) -> gpd.GeoDataFrame:
    """Return the junctions on somebody's way at which a sign has something to say."""
    degree = degrees(net.network)
    node = flow.turns["node"].to_numpy(dtype=np.int64)
    doubt = flow.turns["people"].to_numpy(dtype=np.float64) * ambiguity(degree[node], flow.turns["turn_deg"].to_numpy())
    weight = np.bincount(node, doubt, minlength=len(degree))
    rows = np.flatnonzero((degree >= JUNCTION_DEGREE) & (weight > 0) & speaks(found))
    return gpd.GeoDataFrame(
        {"kind": "decision", "node": rows, "park_id": None, "people": flow.at_node[rows], "weight": weight[rows]},
        geometry=shapely.points(net.network.nodes[rows]),
        crs=LAMBERT93,
    ).assign(length_m=np.nan)


def door_needs(net: SignNet, doors: gpd.GeoDataFrame, flow: Flows) -> gpd.GeoDataFrame:
    """Return every entrance and belvedere, in the order of the table; those out of reach have no people."""
    node = net.entrance_node
    people = np.where(node >= 0, flow.to_node[np.maximum(node, 0)], 0.0) / shared(node)
    table = {"kind": doors["kind"].to_numpy(), "node": node, "park_id": doors["park_id"].to_numpy(), "people": people}
    return gpd.GeoDataFrame(
        table | {"weight": people, "length_m": np.nan}, geometry=doors.geometry.to_numpy(), crs=LAMBERT93
    )


def maps(arrived: gpd.GeoDataFrame, wishes: Wishes) -> gpd.GeoDataFrame:
    """Return the entrance of each park where a map helps most: near a car park if one is, else that of most people."""
    entrances = arrived[arrived["kind"] == "entrance"]
    if wishes.information <= 0 or entrances.empty:
        return arrived.iloc[:0]
    parked = np.zeros(len(entrances), dtype=bool)
    if len(wishes.parking):
        parked[
            shapely.STRtree(entrances.geometry.to_numpy()).query(
                wishes.parking, predicate="dwithin", distance=PARKED_M
            )[1]
        ] = True
    ranked = entrances.assign(parked=parked).sort_values(["parked", "people"], ascending=False, kind="stable")
    first = ranked.drop_duplicates("park_id").sort_index()
    return gpd.GeoDataFrame(first.assign(kind="information", weight=first["people"] * wishes.information))


def regulations(arrived: gpd.GeoDataFrame, parks: tuple[str, ...]) -> gpd.GeoDataFrame:
    """Return the entrances of the parks whose rules are told; they weigh nothing, because they are no choice."""
    mine = arrived[(arrived["kind"] == "entrance") & arrived["park_id"].isin(parks)]
    return gpd.GeoDataFrame(mine.assign(kind="rules", weight=0.0))


def shared(node: Ints) -> Floats:
    """Return how many entrances stand at the node of each."""
    _, index, count = np.unique(node, return_inverse=True, return_counts=True)
    return count[index].astype(np.float64)


def reassurances(net: SignNet, flow: Flows, *, gap_m: float) -> gpd.GeoDataFrame:
    """Return points that cut used stretches without decision into pieces no longer than `gap_m`."""
    steps = flow.steps
    pairs = np.sort(steps[["node", "onward"]].to_numpy(dtype=np.int64).reshape(-1, 2), axis=1)
    used = pd.Series(steps["people"].to_numpy(dtype=np.float64)).groupby([pairs[:, 0], pairs[:, 1]]).sum()
    ends = np.sort(net.network.edges, axis=1)
    people = used.reindex(pd.MultiIndex.from_arrays([ends[:, 0], ends[:, 1]])).fillna(0.0).to_numpy()
    rows = []
    for edges in stretches(net):
        length_m, number = float(net.network.length_m[edges].sum()), float(people[edges].max())
        pieces = int(np.ceil(length_m / gap_m))
        course = shapely.line_merge(shapely.multilinestrings([net.network.lines[edge] for edge in edges]))
        if number <= 0 or pieces < 2 or course.geom_type != "LineString":  # noqa: PLR2004 - a short stretch
            continue
        spots = shapely.line_interpolate_point(course, np.arange(1, pieces) / pieces, normalized=True)
        rows += [(number, length_m, spot) for spot in spots]
    table = pd.DataFrame(rows, columns=["people", "length_m", "geometry"])
    table = table.assign(
        kind="reassurance", node=-1, park_id=None, weight=table["people"].astype("float64") * REASSURANCE
    )
    return gpd.GeoDataFrame(table, geometry="geometry", crs=LAMBERT93)


def stretches(net: SignNet) -> list[Ints]:
    """Return the edges of each stretch from decision to decision or end: joined at nodes where just two meet."""
    edges, degree = net.network.edges, degrees(net.network)
    number = len(edges)
    if number == 0:
        return []
    table = pd.DataFrame({"node": edges.ravel(), "edge": np.repeat(np.arange(number), 2)})
    door = np.isin(table["node"], net.entrance_node)
    table = table[(degree[table["node"]] == 2) & ~door].sort_values(["node", "edge"])  # noqa: PLR2004
    first, second = table["edge"].to_numpy().reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(number, number))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
