"""Signs whose words no longer hold: their distances, directions and destinations against today's network."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.network.graph import locate
from geo.signage.content import FAR_M, blades
from geo.signage.ways import SignNet, Trees, bearing_table, bearings_of, trees, with_posts

COLUMNS: Final = (
    *("sign", "park_id", "destination", "reason", "old_m", "new_m", "difference_m", "old_deg", "new_deg"),
)


class Tolerances(NamedTuple):
    """Differences up to these hold: metres and degrees, >= 0."""

    distance_m: float = 50.0
    direction_deg: float = 30.0


def recheck(
    net: SignNet,
    signs: gpd.GeoDataFrame,
    lines: pd.DataFrame,
    names: pd.Series,
    *,
    tolerances: Tolerances = Tolerances(),  # noqa: B008 - a frozen value
    content: bool = True,
) -> pd.DataFrame:
    """Return one row per line and reason that it no longer holds: `COLUMNS`.

    Reasons: `off_network` (the sign stands on no way; `new_m` is how far the next one is; one row a sign),
    `unknown_park` (no such park, or none of its entrances is known), `renamed` (the park has another name today),
    `unreachable` (no way leads there, or it is farther than signs say), `distance`, `direction` (they differ by more
    than the tolerance) and, of `content`, `unnamed` (the sign should name this park today) and `outranked` (others come
    before this park today).

    Parameters
    ----------
    net
        Today's network.
    signs
        Points with `id`. Lambert-93.
    lines
        `sign` (an id of `signs`), `park_id`, `distance_m`, `bearing_deg` and, if told, `destination`, as they are on
        the sign; missing where unknown.
    names
        Name of each park, by id.
    tolerances
        Differences that still hold.
    content
        Whether the signs are to name what `geo.signage.content` would have them name today.
    """
    if len(signs) == 0:
        return pd.DataFrame(columns=list(COLUMNS))
    placed, node = with_posts(net, signs.geometry.to_numpy())
    today = trees(placed)
    off = node < 0
    lost = pd.DataFrame({"sign": signs["id"].to_numpy()[off], "reason": "off_network"})
    lost = lost.assign(new_m=locate(net.network, signs.geometry.to_numpy()[off]).offset_m)
    stands = pd.Series(node, index=signs["id"].to_numpy())[~off]
    told = with_today(lines[lines["sign"].isin(stands.index)], stands, placed, today)
    parts = [lost, *changed(told, names, tolerances)]
    if content:
        parts += reworded(told, stands[stands.index.isin(told["sign"])], placed, today, names)
    return in_order(pd.concat(parts, ignore_index=True), signs, names)


def with_today(lines: pd.DataFrame, stands: pd.Series, net: SignNet, today: Trees) -> pd.DataFrame:
    """Return the lines with what the network says today: `known`, `new_m`, `new_deg`, and `old_m`, `old_deg`."""
    row = {park: number for number, park in enumerate(net.parks)}
    park = lines["park_id"].map(row).fillna(-1).to_numpy(dtype=np.int64)
    node = stands.reindex(lines["sign"]).to_numpy(dtype=np.int64)
    known = park >= 0
    new_m, onward = np.full(len(lines), np.nan), np.full(len(lines), -1)
    way_m = today.distance_m[park[known], node[known]]
    new_m[known] = np.where(way_m <= FAR_M + Tolerances().distance_m, way_m, np.nan)
    onward[known] = today.onward[park[known], node[known]]
    new_deg = np.full(len(lines), np.nan)
    led = (onward >= 0) & np.isfinite(new_m)
    new_deg[led] = bearings_of(bearing_table(net.network), node[led], onward[led])
    return lines.assign(
        known=known, new_m=new_m, new_deg=new_deg,
        old_m=lines["distance_m"].astype("float64"), old_deg=lines["bearing_deg"].astype("float64"),
    )  # fmt: skip


def changed(told: pd.DataFrame, names: pd.Series, tolerances: Tolerances) -> list[pd.DataFrame]:
    """Return the lines whose park, its name, distance or direction has changed, a table a reason."""
    today = told["park_id"].map(names.to_dict())
    said = told["destination"] if "destination" in told.columns else today
    reached = told["new_m"].notna()
    turned = ((told["new_deg"] - told["old_deg"] + 180) % 360 - 180).abs()
    wrong = {
        "unknown_park": ~told["known"],
        "renamed": told["known"] & said.notna() & today.notna() & (said != today),
        "unreachable": told["known"] & ~reached,
        "distance": (told["new_m"] - told["old_m"]).abs() > tolerances.distance_m,
        "direction": turned > tolerances.direction_deg,
    }
    return [told[rows].assign(reason=reason) for reason, rows in wrong.items()]


def reworded(told: pd.DataFrame, stands: pd.Series, net: SignNet, today: Trees, names: pd.Series) -> list[pd.DataFrame]:
    """Return the parks that signs should name today and do not, and those that they name in place of others."""
    nodes = stands.to_numpy(dtype=np.int64)
    best = blades(net, today, nodes, names, pd.Series(dtype="int64"))
    best = best.assign(sign=stands.index.to_numpy()[best["sign"].to_numpy(dtype=np.int64)])
    best = best.rename(columns={"distance_m": "new_m", "bearing_deg": "new_deg"})
    both = [pd.MultiIndex.from_frame(table[["sign", "park_id"]]) for table in (best, told)]
    unnamed = best[~both[0].isin(both[1])][["sign", "park_id", "new_m", "new_deg"]]
    outranked = told[told["new_m"].notna() & ~both[1].isin(both[0])]
    return [unnamed.assign(reason="unnamed"), outranked.assign(reason="outranked")]


def in_order(rows: pd.DataFrame, signs: gpd.GeoDataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the rows by sign, as the signs are given, then by park; rounded, with the names of the parks."""
    place = {sign: number for number, sign in enumerate(signs["id"])}
    rows = rows.assign(place=rows["sign"].map(place)).sort_values(["place", "park_id"], kind="stable")
    rows = rows.reindex(columns=[*COLUMNS]).reset_index(drop=True)
    rounded = {name: rows[name].astype("float64").round(1) for name in ("old_m", "new_m", "old_deg", "new_deg")}
    rows = rows.assign(**rounded, destination=rows["park_id"].map(names.to_dict()))
    return rows.assign(difference_m=(rows["new_m"] - rows["old_m"]).round(1))
