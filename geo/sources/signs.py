"""Signs from a surveyor's file or from OpenStreetMap guideposts: `signage/*.csv` and `signage/*.geojson`."""

from typing import Final

import geopandas as gpd
import pandas as pd

from geo.errors import SourceError
from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources.files import clean, open_vector, points, read_csv, require_columns, to_lambert93

SURVEY: Final = Credit(holder="Relevé de signalétique", licence="à préciser par le producteur")
OSM: Final = Credit(
    holder="© les contributeurs d'OpenStreetMap", licence="ODbL 1.0", url="https://www.openstreetmap.org/copyright"
)
COLUMNS: Final = {
    "code": "id",
    "name": "name",
    "type": "type",
    "status": "status",
    "park": "park",
    "date": "dated",
}


def present(raw: RawFolder) -> bool:
    """Tell whether there is any file of signs."""
    return bool(raw.find("signage/*.csv") or raw.find("signage/*.geojson"))


def read(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return every sign of every file: id, name, type, status, park, dated, source, certainty, point."""
    tables = [read_survey_csv(name, raw) for name in raw.find("signage/*.csv")]
    tables += [read_geojson(name, raw) for name in raw.find("signage/*.geojson")]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True)).assign(synthetic=False)


def read_survey_csv(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the signs of a CSV with columns code, name, type, status, park, date, lon, lat (WGS84)."""
    path = raw.file(name, SURVEY)
    table = read_csv(path, COLUMNS | {"lon": "lon", "lat": "lat"})
    located = points(table, path)
    if lost := len(table) - len(located):
        raw.note(Note(action="dropped", reason=f"{name}: no longitude or latitude", count=lost))
    return located.assign(source=SURVEY.holder, certainty="surveyed")


def read_geojson(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the signs of a GeoJSON: our own columns, or OpenStreetMap guideposts."""
    path = raw.folder / name
    table = open_vector(path)
    guideposts = "information" in table.columns and "@id" in table.columns
    raw.file(name, OSM if guideposts else SURVEY)
    if not guideposts:
        require_columns(table, COLUMNS, path)
    translated = from_guideposts(table) if guideposts else table[[*COLUMNS, "geometry"]].rename(columns=COLUMNS)
    located = clean(to_lambert93(gpd.GeoDataFrame(translated, crs=table.crs), path), path, raw)
    if not (located.geom_type == "Point").all():
        raise SourceError(f"{path} holds {sorted(set(located.geom_type))}; expected points; export the signs as points")
    credit = OSM if guideposts else SURVEY
    return located.assign(source=credit.holder, certainty="unverified" if guideposts else "surveyed")


def from_guideposts(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return `information=guidepost` nodes with our columns; OpenStreetMap tells no status."""
    posts = table[table["information"] == "guidepost"]
    named = posts["name"] if "name" in posts.columns else pd.Series(pd.NA, index=posts.index)
    return gpd.GeoDataFrame(
        {
            "id": posts["@id"].astype("string").str.replace("node/", "OSM-", regex=False),
            "name": named,
            "type": "Mât directionnel / jalonnement",
            "status": "unknown",
            "park": pd.NA,
            "dated": pd.NA,
        },
        geometry=posts.geometry,
        index=posts.index,
    )
