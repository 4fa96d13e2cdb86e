"""How a perimeter is shared out: among communes and intercommunalities, and by protection."""

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.vector import MIN_SHARE, shares

PROTECTED: Final = {
    "inscribed_share": "bien inscrit",
    "buffer_share": "zone tampon",
    "classified_share": "site classé",
}
"""Columns of protection, and the words of `protections`."""


def shared_by(shapes: gpd.GeoSeries, areas: gpd.GeoDataFrame, label: str) -> pd.Series:
    """Return by which areas each shape is held, such as "62498:62 %|62528:38 %", by falling share.

    Areas of the same `label` count together; a share under `MIN_SHARE` is left out; missing where no area holds it.
    """
    drawn, outlines = shapes.to_numpy(), areas.geometry.to_numpy()
    row, hit = shapely.STRtree(outlines).query(drawn, predicate="intersects")
    pairs = pd.DataFrame(
        {"row": row, "label": areas[label].to_numpy()[hit], "share": shares(drawn[row], outlines[hit])}
    )
    is_point = shapely.get_dimensions(drawn)[row] == 0
    pairs = pairs[~is_point | ~pd.Series(row).duplicated().to_numpy()]  # a point on a border belongs to one
    held = pairs.groupby(["row", "label"])["share"].sum().reset_index()
    held = held[held["share"] >= MIN_SHARE].sort_values(["row", "share", "label"], ascending=[True, False, True])
    text = held["label"].astype("string") + ":" + (100 * held["share"]).round().astype(int).astype("string") + " %"
    joined: pd.Series = text.groupby(held["row"]).agg("|".join)
    return joined.reindex(range(len(drawn))).set_axis(shapes.index).astype("string")


def without_shares(shared: pd.Series) -> pd.Series:
    """Return only the labels of a column of shares.

    >>> without_shares(pd.Series(["CALL:62 %|CAHC:38 %"], dtype="string")).tolist()
    ['CALL|CAHC']
    """
    return shared.str.replace(r":\d+ %", "", regex=True)


def protected(shapes: gpd.GeoSeries, areas: Mapping[str, gpd.GeoSeries | None]) -> pd.DataFrame:
    """Return which part (0 to 1) of each shape each protection holds, and `protections`, the same in words.

    Unknown for a point, whose perimeter is not known, and for a protection whose source is absent.
    """
    is_area = shapely.get_dimensions(shapes.to_numpy()) > 1
    parts = pd.DataFrame(index=shapes.index)
    for column in PROTECTED:
        zone = areas.get(column)
        if zone is None:
            parts[column] = np.nan
            continue
        whole = shapely.union_all(zone.to_numpy())
        shapely.prepare(whole)
        inside = shares(shapes.to_numpy(), np.full(len(shapes), whole, dtype=object))
        parts[column] = np.where(is_area, np.clip(inside, 0.0, 1.0), np.nan)
    return parts.assign(protections=in_words(parts))


def in_words(parts: pd.DataFrame) -> pd.Series:
    """Return the protections of each row in words; missing where no part is known."""
    words = [
        ", ".join(f"{PROTECTED[name]} {100 * row[name]:.0f} %" for name in PROTECTED if row[name] >= MIN_SHARE)
        for row in parts.to_dict("records")
    ]
    known = parts.notna().any(axis=1)
    texts = [text or "aucune" if is_known else pd.NA for text, is_known in zip(words, known, strict=True)]
    return pd.Series(texts, index=parts.index, dtype="string")
