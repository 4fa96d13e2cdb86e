"""Perimeters that planners bring: `perimeters/*.gpkg`, `*.shp`, `*.geojson`, in any projection they state.

Columns are known by several names (`COLUMNS`), whatever their case and accents; Shapefiles cut names to ten letters.
Only the name is needed. A file without a projection is refused: CC50 and Lambert-93 metres look alike in a table.
"""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from geo.errors import SourceError
from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources.files import UNREADABLE, clean, open_vector, to_lambert93

CREDIT: Final = Credit(holder="Périmètres fournis par les collectivités", licence="à préciser par le producteur")
PATTERNS: Final = ("perimeters/*.gpkg", "perimeters/*.shp", "perimeters/*.geojson")
SIDECARS: Final = (".dbf", ".prj", ".shx", ".cpg")
COLUMNS: Final = {
    "name": ("name", "nom", "libelle", "intitule", "nom_site", "nom_parc"),
    "site_id": ("id_site", "site_id", "code", "identifiant", "id"),
    "kind": ("kind", "nature", "type"),
    "owner": ("owner", "proprietaire", "proprio"),
    "manager": ("manager", "gestionnaire"),
    "state": ("state", "etat", "statut", "avancement"),
    "opening_year": ("opening_year", "opened", "annee", "annee_ouverture", "ouverture"),
    "large_park": ("large_park", "grand_parc"),
}
STATES: Final = {
    "project": ("project", "projet", "etude", "en projet", "programme"),
    "works": ("works", "travaux", "en travaux", "en cours", "chantier"),
    "open": ("open", "ouvert", "ouverte", "amenage", "realise", "existant"),
}
SHAPEFILE_NAME: Final = 10
YEAR: Final = re.compile(r"\b(1[89]\d\d|20\d\d|21\d\d)\b")
AREAS: Final = ("Polygon", "MultiPolygon")


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return every perimeter of every file with the keys of `COLUMNS`, `file` and `row`; None when there is no file.

    What a file does not tell is missing.

    Raises
    ------
    CrsError
        If a file states no projection, or coordinates that cannot belong to it.
    SourceError
        If a file cannot be read, has no column of names, or holds something else than areas.
    """
    files = sorted({name for pattern in PATTERNS for name in raw.find(pattern)})
    if not files:
        return None
    return gpd.GeoDataFrame(pd.concat([read_file(name, raw) for name in files], ignore_index=True))


def read_file(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the perimeters of one file, in Lambert-93."""
    path = whole_file(name, CREDIT, raw)
    require_one_layer(path)
    table = open_vector(path)
    known = known_columns([str(column) for column in table.columns if column != table.geometry.name])
    if "name" not in known:
        raise SourceError(
            f"{path} has no column of names; found {sorted(map(str, table.columns))}; "
            f"expected one of {', '.join(COLUMNS['name'])}; rename the column that holds the park's name"
        )
    texts = {ours: as_text(table[known[ours]]) if ours in known else pd.NA for ours in COLUMNS}
    told = gpd.GeoDataFrame(texts, index=table.index, geometry=table.geometry, crs=table.crs)
    told = told.astype(dict.fromkeys(COLUMNS, "string")).assign(row=range(1, len(told) + 1))
    areas = clean(to_lambert93(told, path), path, raw)
    require_areas(areas, path)
    return with_known_values(areas, path, raw).assign(file=path.name, geometry=areas.geometry.map(shapely.force_2d))


def known_columns(
    columns: list[str], known: Mapping[str, tuple[str, ...]] = MappingProxyType(COLUMNS)
) -> dict[str, str]:
    """Return which of a file's columns holds what, by our names; the first alias that the file has is taken.

    >>> known_columns(["NOM", "Propriétaire", "AREA"])
    {'name': 'NOM', 'owner': 'Propriétaire'}
    >>> known_columns(["libelle", "annee_ouve"])
    {'name': 'libelle', 'opening_year': 'annee_ouve'}
    """
    given = {folded(column): column for column in reversed(columns)}
    found = {
        ours: next(
            (given[alias[:cut]] for alias in aliases for cut in (None, SHAPEFILE_NAME) if alias[:cut] in given), ""
        )
        for ours, aliases in known.items()
    }
    return {ours: column for ours, column in found.items() if column}


def folded(text: str) -> str:
    """Return a column's name or a word in small letters without accents."""
    letters = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(sign for sign in letters if not unicodedata.combining(sign))


def as_text(values: pd.Series) -> pd.Series:
    """Return any column as text: whole numbers without decimals, dates in ISO 8601, blanks missing."""
    if pd.api.types.is_float_dtype(values):
        values = values.where(values.isna() | (values % 1 != 0), values.round().astype("Int64").astype("object"))
    text = values.astype("string").str.strip()
    return text.mask(text == "")


def whole_file(name: str, credit: Credit, raw: RawFolder) -> Path:
    """Return the path of a file, its Shapefile companions recorded with it."""
    path = raw.file(name, credit)
    for suffix in SIDECARS:
        if path.suffix == ".shp" and raw.has(other := name.removesuffix(".shp") + suffix):
            raw.file(other, credit)
    return path


def require_one_layer(path: Path) -> None:
    """Refuse a GeoPackage of several maps, of which only the first would be read; a damaged one is told on reading."""
    try:
        maps = [str(name) for name, geometry in pyogrio.list_layers(path) if geometry is not None]
    except UNREADABLE:
        return
    if len(maps) > 1:
        raise SourceError(f"{path} holds the layers {maps}; expected one; export each to a file of its own")


def require_areas(table: gpd.GeoDataFrame, path: Path) -> None:
    """Refuse points and lines: a perimeter is an area."""
    if others := sorted(set(table.geom_type) - set(AREAS)):
        raise SourceError(f"{path} holds {others}; expected areas; export the perimeters as polygons")


def with_known_values(table: gpd.GeoDataFrame, path: Path, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the table with states among `STATES` and years of four digits; other words are noted and left out."""
    words = {word: state for state, aliases in STATES.items() for word in aliases}
    state = table["state"].map(lambda text: words.get(folded(text)), na_action="ignore").astype("string")
    year = table["opening_year"].str.extract(YEAR)[0].astype("string")
    for column, read_as, expected in (
        ("state", state, "/".join(STATES)),
        ("opening_year", year, "a year such as 2019"),
    ):
        lost = table[column][table[column].notna() & read_as.isna()]
        if not lost.empty:
            reason = f"{path.name}: {column} not understood, left out; expected {expected}"
            raw.note(Note(action="flagged", reason=reason, count=len(lost), example=str(lost.iloc[0])))
    return table.assign(state=state, opening_year=year)
