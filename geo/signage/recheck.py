"""Signs whose words no longer hold: their distances and destinations against today's network."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.network.graph import locate
from geo.signage.content import FAR_M
from geo.signage.ways import SignNet, Trees, trees, with_nodes_at

OFF_M: Final = 30.0
"""A sign that stands farther from every way is off the network."""
TOLERANCE_M: Final = 50.0
COLUMNS: Final = ("sign", "park_id", "reason", "old_m", "new_m", "difference_m")


def recheck(
    net: SignNet, signs: gpd.GeoDataFrame, lines: pd.DataFrame, *, tolerance_m: float = TOLERANCE_M
) -> pd.DataFrame:
    """Return one row per line that no longer holds: sign, park_id, reason, old_m, new_m, difference_m.

    Reasons: `distance` (differs by more than the tolerance), `unreachable` (no way leads there, or it is farther than
    signs say), `unknown_park` (no such park, or none of its entrances is known), `off_network` (the sign stands on no
    way).

    Parameters
    ----------
    net
        Today's network.
    signs
        Points with `id`. Lambert-93.
    lines
        `sign` (an id of `signs`), `park_id` and `distance_m` as it stands on the sign.
    tolerance_m
        Differences up to this hold. Metres, >= 0.
    """
    points = signs.geometry.to_numpy()
    if len(points) == 0 or len(lines) == 0:
        return pd.DataFrame(columns=list(COLUMNS))
    off_m = pd.Series(locate(net.network, points).offset_m, index=signs["id"].to_numpy())
    network, node = with_nodes_at(net.network, points)
    today = trees(net._replace(network=network))
    table = lines.assign(
        node=pd.Series(node, index=signs["id"].to_numpy()).reindex(lines["sign"]).to_numpy(),
        off_m=off_m.reindex(lines["sign"]).to_numpy(),
    )
    table = table.assign(new_m=new_distances(net, today, table), old_m=table["distance_m"].astype("float64"))
    table = table.assign(difference_m=(table["new_m"] - table["old_m"]).round(1), reason=None)
    known = table["park_id"].isin(net.parks)
    wrong = table["difference_m"].abs() > tolerance_m
    reason = np.select(
        [table["off_m"] > OFF_M, ~known, table["new_m"].isna(), wrong],
        ["off_network", "unknown_park", "unreachable", "distance"],
        default="",
    )
    told = table.assign(reason=reason, new_m=table["new_m"].round(1))[reason != ""]
    answer: pd.DataFrame = told[list(COLUMNS)].reset_index(drop=True)
    return answer


def new_distances(net: SignNet, today: Trees, table: pd.DataFrame) -> pd.Series:
    """Return the distance of each line's park from its sign's node; missing where it is unknown or out of reach."""
    row = table["park_id"].map({park: number for number, park in enumerate(net.parks)})
    found = np.full(len(table), np.nan)
    known = row.notna().to_numpy()
    found[known] = today.distance_m[row[known].to_numpy(dtype=np.int64), table["node"][known].to_numpy(dtype=np.int64)]
    return pd.Series(np.where(found <= FAR_M + TOLERANCE_M, found, np.nan), index=table.index)
