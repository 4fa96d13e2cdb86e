"""Outlines of brownfields that planners bring: `sites/*.gpkg`, `*.shp`, `*.geojson`, in any projection they state.

Columns are known by several names (`COLUMNS`), as for parks; only an id or a name is needed. Owners are never read, and
a name that may be a person's is replaced.
"""

from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from geo.errors import SourceError
from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.cnig import with_published_names
from geo.sources.files import clean, numbers, open_vector, to_lambert93
from geo.sources.perimeters import as_text, known_columns, require_areas, require_one_layer, whole_file

CREDIT: Final = Credit(
    holder="Contours de friches fournis par les collectivités", licence="à préciser par le producteur"
)
PATTERNS: Final = ("sites/*.gpkg", "sites/*.shp", "sites/*.geojson")
COLUMNS: Final = {
    "id": ("site_id", "id_site", "identifiant", "code", "id"),
    "name": ("site_nom", "name", "nom", "libelle", "intitule", "nom_site"),
    "status": ("site_statut", "statut", "status", "etat"),
    "parcels": ("unite_fonciere_refcad", "refcad", "parcelles"),
    "area_m2": ("unite_fonciere_surface", "surface_m2", "area_m2"),
    "insee_declared": ("comm_insee", "insee", "code_insee"),
    "updated": ("site_actu_date", "date", "maj"),
}


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the outlines of every file with the keys of `COLUMNS`, in Lambert-93; None when there is no file.

    Raises
    ------
    CrsError
        If a file states no projection, or coordinates that cannot belong to it.
    SourceError
        If a file cannot be read, has neither ids nor names, or holds something else than areas.
    """
    files = sorted({name for pattern in PATTERNS for name in raw.find(pattern)})
    if not files:
        return None
    table = gpd.GeoDataFrame(pd.concat([read_file(name, raw) for name in files], ignore_index=True))
    again = table["id"].duplicated()
    return table.assign(id=table["id"].where(~again, table["id"] + "-" + table.groupby("id").cumcount().astype(str)))


def read_file(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the outlines of one file; a row without id is named after its file and number."""
    path = whole_file(name, CREDIT, raw)
    require_one_layer(path)
    table = open_vector(path)
    known = known_columns([str(column) for column in table.columns if column != table.geometry.name], COLUMNS)
    require_id_or_name(known, table, path)
    texts = {ours: as_text(table[known[ours]]) if ours in known else pd.NA for ours in COLUMNS}
    told = gpd.GeoDataFrame(texts, index=table.index, geometry=table.geometry, crs=table.crs).astype(
        dict.fromkeys(COLUMNS, "string")
    )
    numbered = pd.Series([f"{path.stem}-{row}" for row in range(1, len(told) + 1)], index=told.index, dtype="string")
    sites = clean(to_lambert93(told.assign(id=told["id"].fillna(numbered)), path), path, raw)
    require_areas(sites, path)
    sites = with_published_names(sites.assign(owner_kind=pd.NA, commune_declared=pd.NA), path, raw)
    return sites.assign(
        area_m2=numbers(sites["area_m2"], path),
        geometry=sites.geometry.map(shapely.force_2d),
        source=f"{CREDIT.holder} ({path.name})",
        certainty="declared",
        synthetic=False,
    ).drop(columns=["owner_kind", "commune_declared"])


def require_id_or_name(known: dict[str, str], table: gpd.GeoDataFrame, path: Path) -> None:
    """Refuse a file whose rows cannot be told apart."""
    if not {"id", "name"} & known.keys():
        raise SourceError(
            f"{path} has no column of ids or names; found {sorted(map(str, table.columns))}; "
            f"expected one of {', '.join(COLUMNS['id'] + COLUMNS['name'])}; rename the column that tells the site"
        )
