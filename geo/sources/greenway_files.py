"""Greenways from anyone's file: lines in `greenways/*`, in any French projection that the file states."""

from typing import Final

import geopandas as gpd
import pandas as pd

from geo.errors import SourceError
from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources.files import clean, open_vector, to_lambert93
from geo.sources.osm_ways import course_marks

CREDIT: Final = Credit(holder="Fichier de voies fourni", licence="à préciser par le producteur")
PATTERNS: Final = ("greenways/*.geojson", "greenways/*.gpkg", "greenways/*.fgb", "greenways/*.shp")
ALIASES: Final = {
    "number": ("id", "number", "numero", "code", "gid", "fid", "objectid"),
    "name": ("name", "nom", "libelle"),
    "kind": ("kind", "nature", "type"),
    "surface": ("surface", "revetement", "revet"),
    "state": ("state", "etat", "statut"),
    "level": ("level", "layer", "niveau"),
    "bridge": ("bridge", "pont"),
}
"""Columns that are looked for, whatever the case of their names; all may lack."""

STATES: Final = {
    "existant": "existing", "existante": "existing", "realise": "existing", "réalisé": "existing", "ouvert": "existing",
    "existing": "existing", "projet": "project", "en projet": "project", "project": "project", "prevu": "project",
    "prévu": "project", "desaffecte": "disused", "désaffecté": "disused", "disused": "disused",
}  # fmt: skip
NO: Final = ("", "0", "no", "non", "false", "faux", "nan", "none")


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the ways of every file: number, name, kind, surface, state, level, bridge, origin, lines; None if none."""
    names = [name for pattern in PATTERNS for name in raw.find(pattern)]
    if not names:
        return None
    return gpd.GeoDataFrame(pd.concat([read_file(name, raw) for name in names], ignore_index=True))


def read_file(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the ways of one file; rows that are no lines are reported."""
    path = raw.file(name, CREDIT)
    table = clean(to_lambert93(open_vector(path), path), path, raw)
    lines = table[table.geom_type.isin(["LineString", "MultiLineString"])]
    if lines.empty:
        raise SourceError(f"{path} holds {sorted(set(table.geom_type))}; expected lines; export the ways as lines")
    if left := len(table) - len(lines):
        raw.note(Note(action="dropped", reason=f"{path.name}: no line", count=left))
    return translated(lines, path.stem)


def translated(lines: gpd.GeoDataFrame, stem: str) -> gpd.GeoDataFrame:
    """Return ways with our columns; what the file does not tell is unknown."""
    told = {column: text_of(lines, names) for column, names in ALIASES.items()}
    number = told["number"].fillna(course_marks(lines.geometry))
    level = pd.to_numeric(told["level"], errors="coerce")
    bridge = ~told["bridge"].fillna("").str.lower().isin(NO)
    return gpd.GeoDataFrame(
        {
            "number": stem + "-" + number,
            "name": told["name"],
            "kind": told["kind"].fillna("greenway"),
            "surface": told["surface"],
            "state": told["state"].str.lower().map(STATES).fillna("unknown"),
            "level": level.fillna(bridge.astype(int)).astype("int64"),
            "bridge": bridge,
            "source": f"{CREDIT.holder} ({stem})",
            "certainty": "unverified",
            "synthetic": False,
        },
        geometry=lines.geometry,
        crs=lines.crs,
    )


def text_of(table: gpd.GeoDataFrame, names: tuple[str, ...]) -> pd.Series:
    """Return the first column of one of these names as text, missing where there is none."""
    columns = {str(column).lower(): column for column in reversed(table.columns) if column != table.geometry.name}
    found = next((columns[name] for name in names if name in columns), None)
    if found is None:
        return pd.Series(pd.NA, index=table.index, dtype="string")
    text = table[found].astype("string").str.strip()
    filled: pd.Series = text.where(text != "")
    return filled
