"""Signs that could be put up: a type at a place, what it costs, and which needs it meets.

A mast meets the need of its junction and of those within sight along the ways; any other sign that of its own place.
What an owner asked for meets the owner's request; where it is of the type that a need there calls for, it meets that
need too, and no second sign is put beside it.
"""

import logging
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from geo.crs import LAMBERT93
from geo.errors import SourceError
from geo.network.graph import adjacency
from geo.network.noding import Network
from geo.raw import RawFolder
from geo.signage.ways import SignNet
from geo.sources.facts import CREDIT
from geo.sources.files import numbers, read_csv

logger = logging.getLogger(__name__)

TYPES: Final = {
    "entrance": "Totem",
    "decision": "Mât directionnel / jalonnement",
    "reassurance": "Jalon / borne",
    "information": "Relais d\u2019information service (RIS)",
    "rules": "Panneau réglementaire",
    "view": "Table de lecture / d\u2019orientation",
}
"""The type of the guide that meets each kind of need, by what the guide says of its place and use."""
NEEDED: Final = ("entrance", "decision", "reassurance")
"""Kinds whose type must have a price; the others are planned where theirs has one."""
STANDING: Final = ("designed", "manufactured", "installed", "to_repair", "repaired")
"""States of signs that stand, or are on their way."""
ASKED: Final = ("requested", "validated")
BATCH: Final = 256
"""Nodes whose sight is looked for at once."""
CLOSED: Final = ("project",)
"""States of parks at whose entrances no totem stands yet."""


class Candidates(NamedTuple):
    """Needs (with those of owners), candidates, and which candidate meets which need.

    `table` has kind, type, park_id, node, asked (id of the request), cost_low_eur, cost_high_eur, cost_eur.
    """

    needs: gpd.GeoDataFrame
    table: gpd.GeoDataFrame
    covers: csr_array


def read_types(raw: RawFolder) -> pd.DataFrame:
    """Return the price range of each type before tax, by type, with its status; types without price are left out.

    Raises
    ------
    SourceError
        If a range is upside down, or a type that the plan needs has no price.
    """
    path = raw.facts("sign_types", CREDIT)
    columns = {"type": "type", "unit_cost_low_eur_ht": "low_eur", "unit_cost_high_eur_ht": "high_eur"}
    table = read_csv(path, columns | {"cost_status": "cost_status"})
    table = table.assign(**{name: numbers(table[name], path) for name in ("low_eur", "high_eur")})
    table = table.dropna(subset=["low_eur", "high_eur"]).set_index("type")
    if missing := sorted({TYPES[kind] for kind in NEEDED} - set(table.index)):
        raise SourceError(f"{path} has no price for {', '.join(missing)}; expected a range; add it")
    if (bad := (table["low_eur"] > table["high_eur"]) | (table["low_eur"] < 0)).any():
        raise SourceError(f"{path}: the range of {table.index[bad][0]} is upside down or negative; correct it")
    return table


def candidates(
    net: SignNet, needs: gpd.GeoDataFrame, signs: gpd.GeoDataFrame, types: pd.DataFrame, *, sight_m: float
) -> Candidates:
    """Return the candidates and what each meets; needs that a standing sign of the type meets are left out.

    Parameters
    ----------
    net
        The network.
    needs
        As `geo.signage.needs` returns them, with `closed` where no sign may stand yet.
    signs
        Known signs with id, type, status, park and, for requested masts, `node`, -1 where they would have nothing to
        say; requests are candidates and needs of their own.
    types
        Price ranges, by type.
    sight_m
        How far along the ways a mast is seen, and how near a standing sign must be to count. Metres.
    """
    priced = needs["kind"].map(TYPES).isin(types.index)
    left = needs[~met(needs, signs, sight_m=sight_m) & ~needs["closed"] & priced].reset_index(drop=True)
    heaviest = float(left["weight"].max()) if len(left) else 1.0
    asked = requests(signs, types, weight=heaviest)
    own = taken_over(left.assign(type=left["kind"].map(TYPES), asked=None), asked, sight_m=sight_m)
    asked = asked[~asked["asked"].isin(own["asked"].dropna())]
    every = gpd.GeoDataFrame(pd.concat([own, asked], ignore_index=True), geometry="geometry", crs=LAMBERT93)
    price = types.reindex(every["type"])
    low, high = price["low_eur"].to_numpy(), price["high_eur"].to_numpy()
    table = every[["kind", "type", "park_id", "node", "asked", "geometry"]].assign(
        cost_low_eur=low, cost_high_eur=high, cost_eur=np.round((low + high) / 2, 2)
    )
    return Candidates(every, gpd.GeoDataFrame(table), sightings(net, every, sight_m=sight_m))


def met(needs: gpd.GeoDataFrame, signs: gpd.GeoDataFrame, *, sight_m: float) -> pd.Series:
    """Tell which needs a standing sign of their type meets already."""
    found = pd.Series(False, index=needs.index)
    standing = signs[signs["status"].isin(STANDING)]
    for kind, name in TYPES.items():
        there = standing.geometry[standing["type"] == name].to_numpy()
        rows = needs.index[needs["kind"] == kind]
        if len(there) and len(rows):
            near = shapely.STRtree(there).query(needs.geometry[rows].to_numpy(), predicate="dwithin", distance=sight_m)[
                0
            ]
            found[rows[np.unique(near)]] = True
    return found


def requests(signs: gpd.GeoDataFrame, types: pd.DataFrame, *, weight: float) -> gpd.GeoDataFrame:
    """Return owners' requests as needs, each as heavy as the heaviest other; what cannot be planned is told."""
    asked = signs[signs["status"].isin(ASKED)].sort_values("id")
    priced = asked["type"].isin(types.index)
    mute = (asked["type"] == TYPES["decision"]) & (asked["node"] < 0)
    for left, why in ((~priced, "are of a type without a price"), (priced & mute, "are masts with nothing to say")):
        if left.any():
            logger.warning(
                "%d requests %s and are not planned (such as %s)", left.sum(), why, asked["id"][left].iloc[0]
            )
    kept = asked[priced & ~mute]
    table = {"kind": "request", "node": kept["node"].to_numpy(), "park_id": kept["park"].to_numpy(), "people": np.nan}
    table |= {"type": kept["type"].to_numpy(), "asked": kept["id"].to_numpy(), "length_m": np.nan, "closed": False}
    return gpd.GeoDataFrame(table | {"weight": weight}, geometry=kept.geometry.to_numpy(), crs=LAMBERT93)


def taken_over(own: gpd.GeoDataFrame, asked: gpd.GeoDataFrame, *, sight_m: float) -> gpd.GeoDataFrame:
    """Return the needs with the request that calls for the same sign at the same place, and with its weight.

    The nearest request of the need's type within sight; each request is taken over once.
    """
    if own.empty or asked.empty:
        return own
    need, request = shapely.STRtree(asked.geometry.to_numpy()).query(
        own.geometry.to_numpy(), predicate="dwithin", distance=sight_m
    )
    same = own["type"].to_numpy()[need] == asked["type"].to_numpy()[request]
    need, request = need[same], request[same]
    gap_m = shapely.distance(own.geometry.to_numpy()[need], asked.geometry.to_numpy()[request])
    pairs = pd.DataFrame({"need": need, "request": request, "gap_m": gap_m}).sort_values(["gap_m", "need", "request"])
    pairs = pairs.drop_duplicates("need").drop_duplicates("request")
    name, weight = own["asked"].to_numpy(dtype=object, copy=True), own["weight"].to_numpy(copy=True)
    name[pairs["need"]] = asked["asked"].to_numpy()[pairs["request"]]
    weight[pairs["need"]] += asked["weight"].to_numpy()[pairs["request"]]
    return gpd.GeoDataFrame(own.assign(asked=name, weight=weight))


def sightings(net: SignNet, needs: gpd.GeoDataFrame, *, sight_m: float) -> csr_array:
    """Return which need (rows) the candidate made for each need (columns) meets: its own, and junctions in sight."""
    number = len(needs)
    nodes = needs["node"].to_numpy(dtype=np.int64)
    turns = np.flatnonzero((needs["kind"] == "decision").to_numpy())
    masts = np.flatnonzero((needs["type"] == TYPES["decision"]).to_numpy() & (nodes >= 0))
    near = in_sight(net.network, sight_m=sight_m)[nodes[turns]][:, nodes[masts]].tocoo()
    row = np.concatenate([np.arange(number), turns[near.row]])
    column = np.concatenate([np.arange(number), masts[near.col]])
    pairs = np.unique(np.column_stack([row, column]), axis=0)
    return csr_array(coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(number, number)))


def in_sight(network: Network, *, sight_m: float) -> csr_array:
    """Return which nodes (rows) lie within a distance of which (columns) along the ways; each sees itself.

    Only edges no longer than that can be on such a way, and few are: the search is kept to their nodes.
    """
    short = coo_array(adjacency(network))
    kept = short.data <= sight_m
    touched = np.unique([short.row[kept], short.col[kept]])
    number = len(network.nodes)
    ends = np.searchsorted(touched, [short.row[kept], short.col[kept]])
    graph = csr_array((short.data[kept], (ends[0], ends[1])), shape=(len(touched), len(touched)))
    rows, columns = [np.arange(number)], [np.arange(number)]
    for first in range(0, len(touched), BATCH):
        source = np.arange(first, min(first + BATCH, len(touched)))
        found = dijkstra(graph, directed=False, indices=source, limit=sight_m)
        here, there = np.nonzero((found > 0) & (found <= sight_m))
        rows.append(touched[source[here]])
        columns.append(touched[there])
    row, column = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.ones(len(row)), (row, column)), shape=(number, number))
