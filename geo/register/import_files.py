"""Files of signs as rows to import: CSV, GeoJSON and GeoPackage with our columns, OpenStreetMap guideposts.

Our columns: `code` (required), `name`, `type`, `status`, `date` (or `status_on`), `park`, `organisation`, `sealing`,
`condition`, `visibility_m`, `road_permission`, `languages`, `notes`, `source`, `certainty`, `draft`; in a CSV also
`lon`, `lat` (WGS84 degrees). Other columns are left out. An empty cell says nothing: it never erases what the register
knows.
"""

import csv
import logging
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from geo.errors import MissingDataError, SourceError
from geo.sources.files import UNREADABLE, open_vector, read_csv, require_columns, to_lambert93

logger = logging.getLogger(__name__)

TEXTS: Final = (
    *("code", "name", "type", "status", "park", "organisation", "sealing", "condition", "visibility_m"),
    *("road_permission", "languages", "notes", "source", "certainty", "draft"),
)
DATES: Final = ("date", "status_on")
MOST_ROWS: Final = 100_000
DISARMED: Final = re.compile(r"'+[=+\-@\t\r\n]")
"""How our own CSV begins a text that a spreadsheet would run: read back without the first apostrophe."""

OSM_SOURCE: Final = "© les contributeurs d'OpenStreetMap, ODbL 1.0"
GUIDEPOST_TYPE: Final = "Mât directionnel / jalonnement"
GUIDEPOST: Final = MappingProxyType({
    "type": GUIDEPOST_TYPE, "status": "unknown", "source": OSM_SOURCE, "certainty": "unverified"
})  # fmt: skip
"""What a guidepost of OpenStreetMap is taken for until somebody has seen it."""


class Row(NamedTuple):
    """One row of a file: where it stands, what it says (only cells that are filled), what makes it unusable.

    `presumed` is what the file's kind lets suppose of a new sign; it says nothing of a known one.
    """

    place: str
    given: dict[str, str]
    xy: tuple[float, float] | None
    fault: str | None = None
    presumed: Mapping[str, str] = MappingProxyType({})


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file.

    Raises
    ------
    MissingDataError
        If there is no such file.
    SourceError, CrsError
        If it cannot be read, lacks the code or the position, is of no known kind, or is longer than 100,000 rows.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected a file of signs; check the name")
    kind = path.suffix.lower()
    if kind not in (".csv", ".geojson", ".json", ".gpkg"):
        raise SourceError(f"{path} ends in {kind!r}; expected .csv, .geojson or .gpkg; export the signs as one of them")
    rows = csv_rows(path) if kind == ".csv" else vector_rows(path)
    if len(rows) > MOST_ROWS:
        raise SourceError(f"{path} has {len(rows):,} rows; expected at most {MOST_ROWS:,}; split it")
    return rows


def csv_rows(path: Path) -> list[Row]:
    """Return the rows of a CSV; a position that is no number makes its own row unusable, not the file."""
    needed = ("code", "lon", "lat")
    read_csv(path, {name: name for name in needed})
    header = header_of(path)
    table = read_csv(path, {name: name for name in (*TEXTS, *DATES, "lon", "lat") if name in header})
    degrees = [degrees_of(table[name]) for name in needed[1:]]
    located = gpd.GeoSeries(gpd.points_from_xy(*degrees), index=table.index, crs="EPSG:4326")
    usable = degrees[0].between(-180, 180) & degrees[1].between(-90, 90)
    placed = located.where(usable).to_crs("EPSG:2154")
    typed = zip(usable, table["lon"], table["lat"], strict=True)
    faults = (None if ok else f"found {degrees_name(lon, lat)}; expected WGS84 degrees" for ok, lon, lat in typed)
    return [
        Row(f"line {number}", filled(record, from_csv=True), xy_of(point), fault)
        for number, record, point, fault in zip(
            range(2, len(table) + 2), table.to_dict("records"), placed, faults, strict=True
        )
    ]


def degrees_of(texts: pd.Series) -> pd.Series:
    """Return a column of text as numbers (decimal point or comma); NaN for what is none."""
    plain = texts.str.replace(",", ".", regex=False)
    return pd.to_numeric(plain, errors="coerce").astype("float64")


def degrees_name(lon: Any, lat: Any) -> str:  # noqa: ANN401 - a text, or what pandas puts for none
    """Return what was typed for degrees."""
    return "no longitude or latitude" if pd.isna(lon) or pd.isna(lat) else f"lon {lon!r:.40}, lat {lat!r:.40}"


def header_of(path: Path) -> list[str]:
    """Return the column names of a CSV that `read_csv` has accepted."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
    return next(csv.reader([first], delimiter=";" if first.count(";") > first.count(",") else ","))


def vector_rows(path: Path) -> list[Row]:
    """Return the rows of a vector file, in Lambert-93."""
    table = open_one_layer(path)
    if "type_id" in table.columns:
        raise SourceError(
            f"{path} is a register; expected an export; use `artois register restore`, or write one with "
            "`artois register export`"
        )
    table = gpd.GeoDataFrame(table, geometry=to_lambert93(table, path).geometry)
    osm = "information" in table.columns and bool({"@id", "id"} & set(table.columns))
    if not osm:
        require_columns(table, {"code": "code"}, path)
    known = [name for name in (*TEXTS, *DATES) if name in table.columns]
    records = guideposts(table) if osm else table[known].to_dict("records")
    return [
        Row(f"row {number}", filled(record), xy_of(shape), fault_of(record, shape), GUIDEPOST if osm else {})
        for number, (record, shape) in enumerate(zip(records, table.geometry, strict=True), start=1)
    ]


def open_one_layer(path: Path) -> gpd.GeoDataFrame:
    """Return the only layer of a vector file; what GDAL finds odd in a file that it reads all the same is logged."""
    with warnings.catch_warnings(record=True) as odd:
        warnings.simplefilter("always", RuntimeWarning)
        refuse_several_layers(path)
        table = open_vector(path)
    for message in dict.fromkeys(str(one.message) for one in odd):
        logger.warning("%s", message)
    return table


def refuse_several_layers(path: Path) -> None:
    """Refuse a file in which more than one layer has a geometry: nothing tells which one holds the signs."""
    try:
        layers = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    except UNREADABLE:
        return  # told better by who reads it
    if len(layers) > 1:
        raise SourceError(
            f"{path} has {len(layers)} layers ({', '.join(layers):.200}); expected one; export the layer of the signs "
            "alone"
        )


def guideposts(table: gpd.GeoDataFrame) -> list[dict[str, object]]:
    """Return OpenStreetMap nodes with our columns; what is no guidepost has no code."""
    key = table["@id"] if "@id" in table.columns else table["id"]
    names = table["name"] if "name" in table.columns else pd.Series(pd.NA, index=table.index)
    post = table["information"] == "guidepost"
    code = key.astype("string").str.extract(r"^node/(\d{3,13})$")[0].radd("OSM-").where(post)
    return [{"code": code, "name": name} for code, name in zip(code, names, strict=True)]


def filled(record: Mapping[Any, Any], *, from_csv: bool = False) -> dict[str, str]:
    """Return the cells that say something, as text (notes keep their blanks); `status_on` under the name `date`."""
    texts = {name: str(value) for name, value in record.items() if pd.notna(value)}
    texts = {name: text if name == "notes" else text.strip() for name, text in texts.items() if text.strip()}
    if from_csv:
        texts = {name: text[1:] if DISARMED.match(text) else text for name, text in texts.items()}
    if "status_on" in texts:
        texts["date"] = texts.pop("status_on")[:10]
    return {name: text for name, text in texts.items() if text}


def xy_of(shape: shapely.Geometry | None) -> tuple[float, float] | None:
    """Return the coordinates of a point, or of a MultiPoint of one, which is how QGIS writes many; else None."""
    points = shapely.get_parts(shape)
    if len(points) != 1 or points[0].geom_type != "Point" or points[0].is_empty:
        return None
    return round(float(points[0].x), 3), round(float(points[0].y), 3)


def fault_of(record: Mapping[Any, Any], shape: shapely.Geometry | None) -> str | None:
    """Return why a row cannot be a sign, if so."""
    if xy_of(shape) is None:
        return f"found {shape_name(shape)}; expected a point"
    if pd.isna(record["code"]):
        return "found no code; expected one such as SOU-012, or a guidepost of OpenStreetMap"
    return None


def shape_name(shape: shapely.Geometry | None) -> str:
    """Return what a geometry is, so that a point that is none is told from one."""
    if shape is None:
        return "no geometry"
    if shape.is_empty:
        return f"an empty {shape.geom_type}"
    parts = shapely.get_num_geometries(shape)
    return f"{shape.geom_type} of {parts} parts" if parts > 1 else str(shape.geom_type)
