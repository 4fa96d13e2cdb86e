"""What each directional sign says: a blade for each way out, a line for each park, computed from the network.

Distances are those of the network, to the park's nearest entrance, printed to 100 m, below 100 m to 10 m. Times: 4 km/h
on foot, 15 km/h by bicycle.
"""

from typing import Final

import numpy as np
import pandas as pd

from geo.signage.flows import Flows
from geo.signage.ways import Bools, Floats, Ints, SignNet, Trees, bearing_table, bearings_of, legs_m, turn

WALK_KM_H: Final = 4.0
CYCLE_KM_H: Final = 15.0
NEAR_M: Final = 1_000.0
NEXT_M: Final = 5_000.0
FAR_M: Final = 15_000.0
"""Farther parks are not named."""
MOST_LINES: Final = 4
"""Lines on one blade."""
HERE_M: Final = 1.0
"""A park that is nearer is reached: it needs no blade."""
SHORT_M: Final = 100.0
"""Below this, distances are printed to 10 m, else to 100 m."""
STRAIGHT_DEG: Final = 45.0
BACK_DEG: Final = 135.0
COLUMNS: Final = (
    *("sign", "blade", "line", "park_id", "destination", "level", "bearing_deg", "turn", "distance_m"),
    *("distance_km", "walk_min", "cycle_min", "text", "leg_m"),
)
"""Columns of the lines; `leg_m` is the part of `distance_m` that is straight, from the ways to an entrance off them."""


def blades(net: SignNet, found: Trees, nodes: Ints, names: pd.Series, came_from: pd.Series) -> pd.DataFrame:
    """Return a row per line of each sign: `sign` is the row in `nodes`; blades clockwise from north, lines by distance.

    Parameters
    ----------
    net, found
        The network, and the shortest ways from every node to every park.
    nodes
        Where signs stand.
    names
        Name of each park, by id.
    came_from
        For a node, the neighbour from which most people come; `turn` is as seen from there.
    """
    park, sign = np.nonzero(named(found)[:, nodes])
    node = nodes[sign]
    onward, way_m = found.onward[park, node], found.distance_m[park, node]
    bearings = bearing_table(net.network)
    back = came_from.reindex(node).fillna(-1).to_numpy(dtype=np.int64)
    bearing = bearings_of(bearings, node, onward)
    table = pd.DataFrame(
        {
            "sign": sign,
            "onward": onward,
            "park_id": np.array(net.parks, dtype=object)[park],
            "bearing_deg": np.round(bearing),
            "turn": turns(bearings, node, back, bearing),
            "distance_m": way_m,
            "leg_m": legs_m(net.network)[found.door[park, node]],
            "level": levels(way_m),
        }
    )
    return worded(chosen(table), names)


def named(found: Trees) -> Bools:
    """Tell which parks a sign at each node could name: neither here nor too far. Shape (parks, nodes)."""
    way_m = found.distance_m
    return (way_m > HERE_M) & (way_m <= FAR_M) & (found.onward >= 0)


def speaks(found: Trees) -> Bools:
    """Tell at which nodes a directional sign has a line at all. Shape (nodes,)."""
    return np.asarray(named(found).any(axis=0), dtype=np.bool_)


def turns(bearings: pd.Series, node: Ints, back: Ints, bearing: Floats) -> list[str | None]:
    """Return straight, left, right or back for each line, None where it is not known from where people come."""
    known = back >= 0
    angle = np.full(len(node), np.nan)
    angle[known] = turn(bearings_of(bearings, node[known], back[known]), bearing[known])
    return [turn_word(one) for one in angle]


def turn_word(angle_deg: float) -> str | None:
    """Return the word for a turn.

    >>> turn_word(-90.0), turn_word(10.0), turn_word(180.0)
    ('left', 'straight', 'back')
    """
    if np.isnan(angle_deg):
        return None
    if abs(angle_deg) <= STRAIGHT_DEG:
        return "straight"
    if abs(angle_deg) > BACK_DEG:
        return "back"
    return "right" if angle_deg > 0 else "left"


def levels(way_m: Floats) -> list[str]:
    """Return near, next or far for each distance."""
    return ["near" if one <= NEAR_M else "next" if one <= NEXT_M else "far" for one in way_m]


def chosen(table: pd.DataFrame) -> pd.DataFrame:
    """Return the lines that a blade holds: the nearest of each level first, then by distance; numbered."""
    table = table.assign(millimetre=(table["distance_m"] * 1000).round())
    ordered = table.sort_values(["sign", "onward", "millimetre", "park_id"])
    first = ordered.groupby(["sign", "onward", "level"]).cumcount() > 0
    ranked = ordered.assign(first=first).sort_values(["sign", "onward", "first", "millimetre", "park_id"])
    kept = ranked[ranked.groupby(["sign", "onward"]).cumcount() < MOST_LINES]
    kept = kept.sort_values(["sign", "bearing_deg", "onward", "millimetre", "park_id"])
    new_blade = kept[["sign", "onward"]].ne(kept[["sign", "onward"]].shift()).any(axis=1)
    blade = new_blade.astype("int64").groupby(kept["sign"]).cumsum()
    numbered = kept.assign(blade=blade)
    return numbered.assign(line=numbered.groupby(["sign", "blade"]).cumcount() + 1).reset_index(drop=True)


def worded(table: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the lines with what is printed: name, kilometres, minutes."""
    way_m = table["distance_m"]
    short = way_m < SHORT_M
    km = (way_m / 1000).round(1).mask(short, (way_m / 1000).round(2))
    walk = (way_m / 1000 / WALK_KM_H * 60).round().clip(lower=1).astype("int64")
    cycle = (way_m / 1000 / CYCLE_KM_H * 60).round().clip(lower=1).astype("int64")
    name = names.reindex(table["park_id"]).to_numpy()
    shown = km.map(printed).astype("string")
    table = table.assign(
        destination=name,
        distance_m=way_m.round(1),
        leg_m=table["leg_m"].round(1),
        distance_km=km,
        walk_min=walk,
        cycle_min=cycle,
        text=pd.Series(name, index=table.index, dtype="object").astype("string") + " " + shown,
    )
    return table[list(COLUMNS)]


def printed(km: float) -> str:
    """Return a distance as signs print it.

    >>> printed(0.03), printed(0.1), printed(12.0)
    ('30 m', '0,1 km', '12,0 km')
    """
    return f"{km * 1000:.0f} m" if km < SHORT_M / 1000 else f"{km:.1f} km".replace(".", ",")


def main_arrival(flow: Flows) -> pd.Series:
    """Return, for each node, the neighbour from which most people come."""
    come = flow.turns[flow.turns["back"] >= 0]
    ordered = come.groupby(["node", "back"])[["people"]].sum().reset_index()
    ordered = ordered.sort_values(["node", "people", "back"], ascending=[True, False, True])
    heaviest = ordered.drop_duplicates("node")
    return pd.Series(heaviest["back"].to_numpy(dtype=np.int64), index=heaviest["node"].to_numpy(dtype=np.int64))
