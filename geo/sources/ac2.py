"""Classified and listed sites (servitude AC2, DREAL Hauts-de-France): `env/sites_classes_inscrits_ac2.geojson`.

The file repeats polygons under two ids, and names its area column `surfdclha` (declared area, hectares) although its
figures are square metres. Both are recognised from the geometry, file by file, and noted.

Glossary: site classé = classified site; site inscrit = listed site; idsup = id of the protected site.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources.files import numbers, read_vector

FILE: Final = "env/sites_classes_inscrits_ac2.geojson"
CREDIT: Final = Credit(holder="DREAL Hauts-de-France, servitude AC2", licence="Licence Ouverte 2.0 (à vérifier)")
COLUMNS: Final = {
    "id": "id",
    "idsup": "site_id",
    "nomgen": "name",
    "typesite": "kind",
    "surfdclha": "declared",
    "datecrea": "dated",
}
KINDS: Final = {"Site classé": "classified", "Site inscrit": "listed"}
SQUARE_M_PER_HA: Final = 10_000.0
UNIT_FACTOR: Final = 10.0
"""A declared area within this factor of the drawn one, in some unit, is taken to be in that unit."""


def read(raw: RawFolder, within: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return the protected polygons that touch the areas of `within`, each once; None if the file is absent.

    Columns: `id`, `site_id` (polygons of one protection share it), `name`, `kind` (classified, listed, other), `dated`,
    `stated_area_m2` (of the whole protected site, which may reach beyond the file), `also` (ids merged into this row).
    """
    if not raw.has(FILE):
        return None
    path = raw.file(FILE, CREDIT)
    table = read_vector(path, COLUMNS, raw)
    table = table[table.intersects(shapely.union_all(within.geometry.to_numpy()))]
    declared = numbers(table["declared"].astype("string"), path)
    merged = merge_repeated(table.assign(declared=declared), raw)
    kinds = merged["kind"].map(KINDS).fillna("other")
    return with_stated_area(merged.assign(kind=kinds), raw)


def merge_repeated(table: gpd.GeoDataFrame, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return each polygon once, the ids of its repetitions beside; how many were merged is noted.

    Polygons are the same when their vertices are, wherever their rings start.
    """
    shape = pd.Series(shapely.to_wkb(shapely.normalize(table.geometry.to_numpy())), index=table.index)
    key = shape + table["name"].fillna("").str.encode("utf-8")
    repeated = key.duplicated()
    also = table["id"][repeated].groupby(key[repeated]).agg("|".join)
    once = table[~repeated].assign(also=key[~repeated].map(also))
    if repeated.any():
        raw.note(
            Note(
                action="repaired",
                reason=f"protected sites: same polygon under two ids, merged ({len(table)} records, {len(once)} kept)",
                count=int(repeated.sum()),
                example=f"{table['id'][repeated].iloc[0]}: {table['name'][repeated].iloc[0]}",
            )
        )
    return once.reset_index(drop=True)


def with_stated_area(table: gpd.GeoDataFrame, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the table with `stated_area_m2` instead of `declared`, its unit recognised for each protected site.

    The figure is that of the whole site, repeated on each of its polygons: it is compared with their sum.
    """
    drawn_m2 = table.area.groupby(table["site_id"]).transform("sum")
    unit_m2 = area_units(table["declared"], drawn_m2)
    misnamed, unclear = table[unit_m2 == 1.0], table[unit_m2.isna() & table["declared"].notna()]
    if not misnamed.empty:
        note(raw, "repaired", "protected sites: surfdclha is in m² although named ha, taken as m²", misnamed)
    if not unclear.empty:
        note(raw, "flagged", "protected sites: surfdclha fits neither m² nor ha, left out", unclear)
    return table.assign(stated_area_m2=table["declared"] * unit_m2).drop(columns="declared")


def area_units(declared: pd.Series, drawn_m2: pd.Series) -> pd.Series:
    """Return what one unit of each declared figure is worth in m²: 1, 10,000, or missing when neither fits.

    A unit fits when the declared area is within `UNIT_FACTOR` of the drawn one; 10,000 is farther than twice that, so
    at most one fits.
    """
    ratio = (declared / drawn_m2).where(lambda value: value > 0)
    square_m = ratio.between(1 / UNIT_FACTOR, UNIT_FACTOR)
    hectares = (ratio * SQUARE_M_PER_HA).between(1 / UNIT_FACTOR, UNIT_FACTOR)
    return pd.Series(np.select([square_m, hectares], [1.0, SQUARE_M_PER_HA], np.nan), index=declared.index)


def note(raw: RawFolder, action: str, reason: str, rows: gpd.GeoDataFrame) -> None:
    """Note a reason on some polygons, the first as the example."""
    example = f"{rows['name'].iloc[0]}: {rows['declared'].iloc[0]:.0f}"
    raw.note(Note.model_validate({"action": action, "reason": reason, "count": len(rows), "example": example}))
