"""Entrances to which nobody comes on the known ways, why, and how far the next way is."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.network.graph import components
from geo.signage.flows import Arrivals
from geo.signage.ways import LEG, Floats, SignNet

REASONS: Final = ("off_network", "apart", "behind")
"""Too far from every way; in a part of the network where nobody arrives; another entrance is nearer to all."""


def with_unreached(table: gpd.GeoDataFrame, net: SignNet, came: Arrivals) -> gpd.GeoDataFrame:
    """Return the needs with `unreached` (one of `REASONS`, missing where people come) and `gap_m`.

    `gap_m` is the straight distance in metres from an entrance off the network to the nearest way; from the part of
    the network of one that is apart, to the nearest way of a part where people arrive. Missing elsewhere.
    """
    lonely = table["kind"].isin(["entrance", "view"]).to_numpy() & ~(table["people"] > 0).to_numpy()
    node = table["node"].to_numpy(dtype=np.int64)
    label = components(net.network)
    peopled = np.zeros(int(label.max()) + 1, dtype=bool)
    peopled[label[came.node]] = True
    off = lonely & (node < 0)
    apart = lonely & (node >= 0) & ~peopled[label[np.maximum(node, 0)]]
    reason = np.select([off, apart, lonely], list(REASONS), default="")
    gap_m = np.full(len(table), np.nan)
    ways = net.network.way != LEG
    part = label[net.network.edges[:, 0]]
    gap_m[off] = gaps(table.geometry.to_numpy()[off], net.network.lines[ways])
    parts = [shapely.multilinestrings(net.network.lines[ways & (part == one)].tolist()) for one in label[node[apart]]]
    gap_m[apart] = gaps(np.array(parts, dtype=object), net.network.lines[ways & peopled[part]])
    told = pd.Series(reason, index=table.index, dtype="string")
    return table.assign(unreached=told.mask(told == ""), gap_m=np.round(gap_m, 1))


def gaps(shapes: np.ndarray, ways: np.ndarray) -> Floats:
    """Return the distance of each shape to the nearest of the ways; unknown where there is none."""
    if len(shapes) == 0 or len(ways) == 0:
        return np.full(len(shapes), np.nan)
    nearest: Floats = shapely.distance(shapes, ways[shapely.STRtree(ways).nearest(shapes)])
    return nearest
