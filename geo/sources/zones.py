"""Outlines of zones in files that are told apart by their names; every provider's own file of rules uses this."""

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import pandas as pd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import clean, open_vector, to_lambert93
from geo.sources.perimeters import as_text, known_columns, whole_file

SUFFIXES: Final = ("geojson", "gpkg", "shp")
NAMES: Final = {"name": ("nom", "name", "sitename", "nom_site", "libelle", "nom_zone", "codezone")}


def names_of(patterns: tuple[str, ...], raw: RawFolder) -> list[str]:
    """Return the vector files that match any of some patterns without their ending, each once, sorted."""
    return sorted({name for pattern in patterns for end in SUFFIXES for name in raw.find(f"{pattern}.{end}")})


def read_zones(
    kinds: Mapping[str, tuple[str, ...]],
    credit: Credit,
    raw: RawFolder,
    *,
    columns: Mapping[str, tuple[str, ...]] | None = None,
) -> gpd.GeoDataFrame | None:
    """Return the shapes of every file in Lambert-93 with `kind`, `name` and `file`; None when there is no file.

    Parameters
    ----------
    kinds
        Patterns of file names, without their ending, by kind; a file belongs to the first kind that it matches.
    columns
        Further columns to read as texts, by our name: the names that providers give them.
    """
    tables, seen = [], set()
    for kind, patterns in kinds.items():
        for name in names_of(patterns, raw):
            if name not in seen:
                seen.add(name)
                tables.append(read_one(name, credit, raw, dict(NAMES) | dict(columns or {})).assign(kind=kind))
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True)) if tables else None


def read_one(name: str, credit: Credit, raw: RawFolder, columns: Mapping[str, tuple[str, ...]]) -> gpd.GeoDataFrame:
    """Return the shapes of one file, with the columns that it has as texts."""
    path = whole_file(name, credit, raw)
    table = open_vector(path)
    known = known_columns([str(column) for column in table.columns if column != table.geometry.name], columns)
    texts = {ours: as_text(table[known[ours]]) if ours in known else pd.NA for ours in columns}
    told = gpd.GeoDataFrame(texts, index=table.index, geometry=table.geometry, crs=table.crs)
    told = told.astype(dict.fromkeys(columns, "string"))
    return clean(to_lambert93(told, path), path, raw).assign(file=path.name)
