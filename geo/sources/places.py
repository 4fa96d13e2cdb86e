"""Where people arrive and what they come to see, beside parks: `places/*.geojson`, `places/*.gpkg`.

Either our own columns (kind, name, weight), or OpenStreetMap's tags railway, amenity, tourism and name. An area is
taken at a point inside it. Glossary: station = gare, halte; car park = parking; belvedere = belvédère, point de vue;
settlement = lieu habité.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.errors import SourceError
from geo.names import slug
from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import clean, open_vector, reported, to_lambert93
from geo.sources.perimeters import as_text
from geo.sources.signs import OSM

CREDIT: Final = Credit(holder="Fichier de lieux fourni", licence="à préciser par le producteur")
PATTERNS: Final = ("places/*.geojson", "places/*.gpkg")
KINDS: Final = ("station", "parking", "belvedere", "settlement")
TAGS: Final = {
    ("railway", "station"): "station",
    ("railway", "halt"): "station",
    ("amenity", "parking"): "parking",
    ("tourism", "viewpoint"): "belvedere",
}
"""What OpenStreetMap's tags (key, value) are here."""


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the places of every file: id, kind, name, weight, point, in Lambert-93; None where there is no file.

    `weight` is people for arrivals, hectares of a park that draws as much for belvederes; missing where unknown.

    Raises
    ------
    SourceError
        If a file holds neither our columns nor tags, a kind that is none, or a weight that makes no sense.
    """
    names = [name for pattern in PATTERNS for name in raw.find(pattern)]
    if not names:
        return None
    return numbered(gpd.GeoDataFrame(pd.concat([read_file(name, raw) for name in names], ignore_index=True)), raw)


def read_file(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the places of one file: kind, name, weight, point."""
    path = raw.folder / name
    table = open_vector(path)
    own = "kind" in table.columns
    raw.file(name, CREDIT if own else OSM)
    if not own and not {key for key, _ in TAGS} & set(table.columns):
        raise SourceError(
            f"{path} has neither kind nor a tag railway, amenity or tourism; expected places; see data/raw/README.md"
        )
    told = gpd.GeoDataFrame(
        {
            "kind": as_text(table["kind"]) if own else kinds_of_tags(table),
            "name": as_text(table["name"]) if "name" in table.columns else pd.NA,
            "weight": weights(table["weight"], str(path)) if "weight" in table.columns else np.nan,
        },
        geometry=table.geometry,
        crs=table.crs,
    )
    if own and (strange := sorted(set(told["kind"].fillna("")) - set(KINDS))):
        raise SourceError(f"{path} has the kind {strange[0]!r:.40}; expected {', '.join(KINDS)}; correct the file")
    if ((told["kind"] == "settlement") & told["weight"].isna()).any():
        raise SourceError(f"{path} has a settlement without weight; expected its people; fill the column in")
    if told["kind"].isna().all():
        tags = ", ".join(f"{key}={value}" for key, value in TAGS)
        raise SourceError(f"{path} holds none of {tags}; expected at least one; export them with their tags")
    located = clean(to_lambert93(gpd.GeoDataFrame(told[told["kind"].notna()]), path), path, raw)
    return located.set_geometry(shapely.point_on_surface(located.geometry.to_numpy()), crs=located.crs)


def kinds_of_tags(table: pd.DataFrame) -> pd.Series:
    """Return the kind that the tags of each row say, missing where they say none."""
    kind = pd.Series(pd.NA, index=table.index, dtype="string")
    for (key, value), ours in TAGS.items():
        if key in table.columns:
            kind = kind.mask(kind.isna() & (table[key] == value), ours)
    return kind


def weights(column: pd.Series, path: str) -> pd.Series:
    """Return weights as numbers; missing stays missing."""
    told = pd.to_numeric(column, errors="coerce").astype("float64")
    if (bad := column.notna() & ~(np.isfinite(told) & (told >= 0))).any():
        raise SourceError(f"{path} has the weight {column[bad].iloc[0]!r:.40}; expected a number of 0 or more, or none")
    return told


def numbered(table: gpd.GeoDataFrame, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the places with ids; belvederes are known by their names, and left out without one."""
    nameless = (table["kind"] == "belvedere") & table["name"].isna()
    if nameless.any():
        raw.note(reported("dropped", "belvedere without a name, which no sign can say", table[nameless]))
    kept = table[~nameless].assign(x=table.geometry.x, y=table.geometry.y)
    kept = kept.sort_values(["kind", "name", "x", "y"], ignore_index=True).drop(columns=["x", "y"])
    stem = (kept["kind"] + "-" + kept["name"].fillna("").map(slug)).str.rstrip("-")
    repeat = stem.groupby(stem).cumcount()
    return gpd.GeoDataFrame(kept.assign(id=stem + ("-" + (repeat + 1).astype(str)).where(repeat > 0, "")))
