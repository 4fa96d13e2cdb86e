"""Signs that could be put up: a type at a place, what it costs, and which needs it meets.

A totem meets the need of its entrance; a mast that of its junction and of those within sight along the ways; a marker
that of its point on a long stretch; what an owner asked for meets the owner's request.
"""

import logging
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array

from geo.crs import LAMBERT93
from geo.errors import SourceError
from geo.network.graph import distances
from geo.raw import RawFolder
from geo.signage.ways import SignNet
from geo.sources.facts import CREDIT
from geo.sources.files import numbers, read_csv

logger = logging.getLogger(__name__)

TYPES: Final = {"entrance": "Totem", "decision": "Mât directionnel / jalonnement", "reassurance": "Jalon / borne"}
"""The type of the guide that meets each kind of need."""
STANDING: Final = ("installed", "to_repair", "repaired")
ASKED: Final = ("requested", "validated")
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
    if missing := sorted(set(TYPES.values()) - set(table.index)):
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
        Known signs with id, type, status, park; requests are candidates and needs of their own.
    types
        Price ranges, by type.
    sight_m
        How far along the ways a mast is seen, and how near a standing sign must be to count. Metres.
    """
    left = needs[~met(needs, signs, sight_m=sight_m) & ~needs["closed"]].reset_index(drop=True)
    own = left.assign(type=left["kind"].map(TYPES), asked=None)
    asked = requests(signs, types, weight=float(left["weight"].max()) if len(left) else 1.0)
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
    """Return owners' requests as needs, each as heavy as the heaviest other; without a price they cannot be planned."""
    asked = signs[signs["status"].isin(ASKED)].sort_values("id")
    priced = asked["type"].isin(types.index)
    if not priced.all():
        logger.warning(
            "%d requests are of a type without a price and are not planned (such as %s)",
            int((~priced).sum()),
            asked["id"][~priced].iloc[0],
        )
    kept = asked[priced]
    table = {"kind": "request", "node": -1, "park_id": kept["park"].to_numpy(), "people": np.nan, "weight": weight}
    table |= {"type": kept["type"].to_numpy(), "asked": kept["id"].to_numpy(), "length_m": np.nan, "closed": False}
    return gpd.GeoDataFrame(table, geometry=kept.geometry.to_numpy(), crs=LAMBERT93)


def sightings(net: SignNet, needs: gpd.GeoDataFrame, *, sight_m: float) -> csr_array:
    """Return which need (rows) the candidate made for each need (columns) meets: its own, and junctions in sight."""
    number = len(needs)
    rows, columns = [np.arange(number)], [np.arange(number)]
    turns = np.flatnonzero((needs["kind"] == "decision").to_numpy())
    if turns.size:
        node = needs["node"].to_numpy(dtype=np.int64)[turns]
        seen, from_here = np.nonzero(distances(net.network, node, limit_m=sight_m)[:, node] <= sight_m)
        rows.append(turns[seen])
        columns.append(turns[from_here])
    row, column = np.concatenate(rows), np.concatenate(columns)
    return csr_array(coo_array((np.ones(len(row)), (row, column)), shape=(number, number)))
