"""Brownfields in the CNIG Friches standard: `cnig/*.csv`, `*.geojson`, `*.gpkg`, of v1.0.6 or with 50 columns.

Owners' and producers' names, addresses and comments are never kept; a site's name that may be a person's is replaced.
Each point tells its order of axes, since no place of France is in France with its axes swapped.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from geo.crs import WGS84
from geo.errors import SourceError
from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources.cnig_forms import MISSING, Pair, as_told, axis_order, read_date, read_items, read_point
from geo.sources.files import (
    UNREADABLE,
    clean,
    first_line,
    numbers,
    open_vector,
    read_csv,
    reported,
    require_columns,
    row_name,
    to_lambert93,
)
from geo.sources.perimeters import as_text
from geo.sources.person_names import may_name_a_person, published_name

CREDIT: Final = Credit(
    holder="Inventaires de friches au standard CNIG fournis par les collectivités",
    licence="à préciser par le producteur",
)
PATTERNS: Final = ("cnig/*.csv", "cnig/*.geojson", "cnig/*.gpkg")
COLUMNS: Final = {
    "site_id": "id",
    "site_nom": "name",
    "site_type": "kind",
    "site_statut": "status",
    "site_identif_date": "identified",
    "site_actu_date": "updated",
    "site_occupation": "occupation",
    "activite_libelle": "activity",
    "activite_fin_annee": "activity_ended",
    "comm_nom": "commune_declared",
    "comm_insee": "insee_declared",
    "bati_nombre": "buildings",
    "bati_surface": "floor_area_m2",
    "bati_pollution": "building_pollution",
    "bati_patrimoine": "heritage",
    "bati_etat": "building_state",
    "proprio_type": "owner_codes",
    "proprio_personne": "owner_kind",
    "sol_pollution_existe": "pollution",
    "unite_fonciere_surface": "area_m2",
    "unite_fonciere_refcad": "parcels",
    "urba_zone_type": "zone_type",
    "urba_zone_lib": "zoning",
    "urba_doc_type": "planning_document",
    "source_nom": "source",
}
LATEST: Final = {"urba_zaer": "renewables_zone"}
GEOMETRIES: Final = {"geompoint": "geompoint", "geomsurf": "geomsurf"}
MEASURES: Final = ("area_m2", "floor_area_m2", "buildings")
LISTS: Final = ("parcels", "owner_codes", "owner_kind")
DATES: Final = ("identified", "updated")
AREA_TYPES: Final = ("Polygon", "MultiPolygon")
POTENTIAL: Final = "friche potentielle"


def present(raw: RawFolder) -> bool:
    """Tell whether there is a file of the standard."""
    return bool(files_of(raw))


def files_of(raw: RawFolder) -> list[str]:
    """Return the names of the files of the standard, sorted."""
    return sorted({name for pattern in PATTERNS for name in raw.find(pattern)})


def read(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the sites of every file in Lambert-93, areas where they are drawn, else points; each id once.

    Columns: those of `COLUMNS` and `LATEST` with our names, `certainty`, `synthetic`. Areas are in m²; dates in
    ISO 8601; several values are joined by "|"; what a file does not tell is missing.

    Raises
    ------
    SourceError
        If a file cannot be read, lacks a column, or puts no site in France.
    CrsError
        If a GeoPackage or GeoJSON states no projection, or one that its coordinates contradict.
    """
    names = files_of(raw)
    if not names:
        raise SourceError(f"{raw.folder}/cnig holds no CSV, GeoJSON or GeoPackage; expected one; put the file there")
    sites = gpd.GeoDataFrame(pd.concat([read_file(name, raw) for name in names], ignore_index=True))
    again = sites["id"].duplicated()
    if again.any():
        raw.note(reported("dropped", "site told before under the same site_id", sites[again]))
    return gpd.GeoDataFrame(sites[~again].reset_index(drop=True))


def read_file(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the sites of one file of the raw folder; see `read`."""
    path = raw.file(name, CREDIT)
    table = read_text_table(path, raw) if path.suffix == ".csv" else read_layer(path, raw)
    table = with_ids(table, path, raw)
    table = with_dates(table, path, raw)
    measures = {column: numbers(table[column], path) for column in MEASURES}
    lists = {column: table[column].map(joined, na_action="ignore").astype("string") for column in LISTS}
    table = with_published_names(table.assign(**measures, **lists), path, raw)
    potential = table["status"].eq(POTENTIAL).fillna(value=False)
    certainty = pd.Series("sourced", index=table.index).mask(potential, "unverified")
    return table.assign(certainty=certainty, synthetic=False, source=table["source"].fillna(path.name))


def read_text_table(path: Path, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return a CSV as texts with a geometry in Lambert-93."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        latest = {name: ours for name, ours in LATEST.items() if name in stream.readline()}
    table = without_missing(read_csv(path, COLUMNS | latest | GEOMETRIES), latest)
    shapes = [shape_of(point, area) for point, area in zip(table["geompoint"], table["geomsurf"], strict=True)]
    note_shapes(table, shapes, path, raw)
    sites = gpd.GeoDataFrame(table.drop(columns=list(GEOMETRIES)), geometry=shapes, crs=WGS84)
    if sites.geometry.isna().all():
        found = table["geompoint"].dropna().head(1).tolist()
        raise SourceError(
            f"{path}: no point is in France in either order of axes, such as {found}; "
            "expected POINT(longitude latitude) or POINT(latitude longitude) in WGS84 degrees; reproject them"
        )
    return clean(to_lambert93(sites, path), path, raw)


def read_layer(path: Path, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return a GeoJSON or GeoPackage as texts with its own geometry in Lambert-93."""
    try:
        fields = set(pyogrio.read_info(path)["fields"])
    except UNREADABLE as error:
        raise SourceError(f"{path} cannot be read ({first_line(error)}); is it whole? export it again") from error
    latest = {name: ours for name, ours in LATEST.items() if name in fields}
    columns = COLUMNS | latest
    table = open_vector(path)
    require_columns(table, columns, path)
    texts = pd.DataFrame({ours: as_text(table[theirs]) for theirs, ours in columns.items()})
    sites = gpd.GeoDataFrame(without_missing(texts, latest), geometry=table.geometry)
    return clean(to_lambert93(sites, path), path, raw)


def without_missing(table: pd.DataFrame, latest: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of text in which the standard's words for a missing value are missing, with all our columns."""
    told = {name: table[name].astype("string").str.strip() for name in table.columns}
    texts = pd.DataFrame(
        {
            name: text.mask(text.isin(MISSING)).map(as_told, na_action="ignore").astype("string")
            for name, text in told.items()
        },
        index=table.index,
    )
    return texts.assign(**{ours: pd.Series(pd.NA, index=table.index) for ours in LATEST.values() if not latest})


def shape_of(point: str | None, area: str | None) -> shapely.Geometry | None:
    """Return the area of a site, else its point, longitude first; None when neither is readable and in France."""
    shape = None if area is None or pd.isna(area) else shapely.from_wkt(area, on_invalid="ignore")
    if shape is None or shape.is_empty or shape.geom_type not in AREA_TYPES:
        pair = None if point is None or pd.isna(point) else read_point(point)
        shape = None if pair is None else shapely.Point(pair)
    if shape is None or shape.is_empty:
        return None
    order = axis_order(Pair(*shapely.get_coordinates(shape)[0]))
    if order is None:
        return None
    return shape if order == "lon lat" else shapely.transform(shape, lambda xy: xy[:, ::-1])


def note_shapes(table: pd.DataFrame, shapes: list[shapely.Geometry | None], path: Path, raw: RawFolder) -> None:
    """Report areas that could not be read, and points in another order of axes than the most."""
    told = table["geomsurf"].notna().to_numpy()
    lost = [
        bool(area) and (shape is None or shape.geom_type == "Point") for area, shape in zip(told, shapes, strict=True)
    ]
    if any(lost):
        reason = f"{path.name}: geomsurf not readable, the point is kept"
        raw.note(Note(action="flagged", reason=reason, count=sum(lost), example=row_name(table[lost])))
    pairs = [read_point(text) if pd.notna(text) else None for text in table["geompoint"]]
    orders = pd.Series([axis_order(pair) if pair else None for pair in pairs], index=table.index, dtype="object")
    counts = orders.value_counts()
    if len(counts) > 1:
        fewer = table[(orders == counts.index[-1]).to_numpy()]
        raw.note(reported("repaired", f"{path.name}: axes in another order than the rest of the file", fewer))


def with_ids(table: gpd.GeoDataFrame, path: Path, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the sites that have an id; the others are reported."""
    known = table["id"].notna()
    if not known.all():
        note = Note(action="dropped", reason=f"{path.name}: no site_id", count=int((~known).sum()))
        raw.note(note)
    return table[known]


def with_dates(table: gpd.GeoDataFrame, path: Path, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the table with dates in ISO 8601, from either form; what is no date is reported and left out."""
    for column in DATES:
        read_as = table[column].map(read_date, na_action="ignore")
        iso = read_as.map(lambda day: day.isoformat() if day else pd.NA, na_action="ignore").astype("string")
        lost = table[column].notna() & iso.isna()
        if lost.any():
            reason = f"{path.name}: {column} is neither AAAA-MM-JJ nor JJ/MM/AAAA, left out"
            raw.note(Note(action="flagged", reason=reason, count=int(lost.sum()), example=table[column][lost].iloc[0]))
        table = table.assign(**{column: iso})
    return table


def with_published_names(table: gpd.GeoDataFrame, path: Path, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the table without the names of sites that may be persons'; their count is reported, no name is.

    Needs the columns id, name, owner_kind, commune_declared.
    """
    told = ["name", "owner_kind", "commune_declared", "id"]
    rows = table[told].astype("string").fillna("").itertuples(index=False, name=None)
    asked = [(name, owner, commune, site) for name, owner, commune, site in rows]
    hidden = [bool(name) and may_name_a_person(name, owner, commune=commune) for name, owner, commune, _ in asked]
    names = [
        published_name(name, owner, site=site, commune=commune) if name else None
        for name, owner, commune, site in asked
    ]
    if any(hidden):
        reason = f"{path.name}: name of site that may be a person's, not published"
        example = str(table["id"][hidden].iloc[0])
        raw.note(Note(action="repaired", reason=reason, count=sum(hidden), example=example))
    return table.assign(name=pd.Series(names, index=table.index, dtype="string"))


def joined(text: str) -> str | None:
    """Return several values joined by "|", from either way of writing them."""
    return "|".join(read_items(text)) or None
