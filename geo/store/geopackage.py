"""The embedded serving store: one GeoPackage that QGIS opens and the API reads.

Each layer is an ordinary GeoPackage table in WGS84 with its R-tree. Beside it stands what a page of features needs,
made once at publication: the GeoJSON text of every feature (`artois_feature`), and one row per layer
(`artois_layer`). Neither is registered as contents, and `HIDE_TABLES` says so, so QGIS lists the layers alone.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import pyogrio
import shapely

from geo.catalogue import LAYERS
from geo.crs import GEOD, WGS84
from geo.errors import MissingDataError, ProductError, UnknownNameError
from geo.products import replaced
from geo.qgis_style import add_style
from geo.store import BBox, Page, Published

DECIMALS: Final = 7
"""Of a degree: about one centimetre."""

PROPERTY_DECIMALS: Final = 4
"""Of any measure; the products keep them all."""

PARENTS: Final = ("building_id", "park_id", "site_id")
"""Columns that say whose part a feature is."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS artois_layer (
    name TEXT PRIMARY KEY, rows INTEGER NOT NULL, west REAL, south REAL, east REAL, north REAL,
    credit TEXT NOT NULL, synthetic INTEGER NOT NULL, built_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS artois_feature (
    layer TEXT NOT NULL, fid INTEGER NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL, insee TEXT NOT NULL,
    body TEXT NOT NULL, PRIMARY KEY (layer, fid)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS artois_by_id ON artois_feature (layer, id);
CREATE INDEX IF NOT EXISTS artois_by_parent ON artois_feature (layer, parent);
"""

HIDE_TABLES: Final = """
INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope)
VALUES (NULL, NULL, 'gdal_aspatial', 'http://gdal.org/geopackage_aspatial.html', 'read-write');
"""
"""GDAL lists every table that it finds, registered or not, unless a GeoPackage declares this extension."""


class Publication:
    """A GeoPackage being made: add layers, then it takes the old one's place."""

    def __init__(self, path: Path) -> None:
        """Start an empty GeoPackage at a path that no reader sees yet."""
        self.path = path

    def add_table(self, table: gpd.GeoDataFrame, published: Published) -> None:
        """Add a vector layer; `published.rows` and `.bbox` are those of the table in WGS84."""
        pyogrio.write_dataframe(
            table, self.path, layer=published.name, driver="GPKG", append=self.path.exists(), promote_to_multi=False,
            geometry_type=one_type(table), SPATIAL_INDEX="YES", FID="fid",
        )  # fmt: skip
        if published.name in LAYERS:
            add_style(self.path, published.name, LAYERS[published.name], table.geom_type.tolist())
        with self.connect() as database:
            database.executemany(
                "INSERT INTO artois_feature VALUES (?, ?, ?, ?, ?, ?)", feature_rows(table, published.name)
            )
        self.add_raster(published)

    def add_raster(self, published: Published) -> None:
        """Add what is known of a raster layer; its cells stay in their own file."""
        name, rows, bbox, credit, synthetic, built_at = published
        with self.connect() as database:
            database.execute(
                "INSERT INTO artois_layer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (name, rows, *bbox, credit, int(synthetic), built_at.isoformat()),
            )

    def finish(self) -> None:
        """Leave a store that a reader can open, its own tables hidden from other programs."""
        with self.connect() as database:
            if has_table(database, "gpkg_extensions"):
                database.executescript(HIDE_TABLES)

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that has our tables, and commit at the end."""
        with closing(sqlite3.connect(self.path)) as database, database:
            database.executescript(SCHEMA)
            yield database


@contextmanager
def publication(path: Path) -> Iterator[Publication]:
    """Give a publication to fill; it replaces the store at `path` when the block ends well."""
    with replaced(path.with_suffix(".gpkg")) as part:
        made = Publication(part)
        yield made
        made.finish()


def one_type(table: gpd.GeoDataFrame) -> str:
    """Return the table's single geometry type, or "Unknown" for a mixture."""
    types = set(table.geometry.geom_type)
    return types.pop() if len(types) == 1 else "Unknown"


def feature_rows(table: gpd.GeoDataFrame, name: str) -> Iterator[tuple[str, int, str, str, str, str]]:
    """Yield one row of `artois_feature` for each row of the table, numbered from 1 as GDAL numbers them."""
    parent = next((column for column in PARENTS if column in table.columns), None)
    parents = table[parent].fillna("") if parent else pd.Series("", index=table.index)
    insee = table["insee"].fillna("") if "insee" in table.columns else pd.Series("", index=table.index)
    columns = zip(table["id"], parents, insee, feature_bodies(table), strict=True)
    for fid, (key, parent, codes, body) in enumerate(columns, start=1):
        yield name, fid, key, parent, f"|{codes}|", body


def feature_bodies(table: gpd.GeoDataFrame) -> list[str]:
    """Return each row as the text of a GeoJSON Feature, coordinates rounded to `DECIMALS`."""
    rounded = shapely.transform(table.geometry.to_numpy(), lambda xy: np.round(xy, DECIMALS))
    plain = table.drop(columns="geometry").round(PROPERTY_DECIMALS)
    records = plain.astype(object).where(plain.notna(), None)
    return [
        orjson.dumps(
            {
                "type": "Feature",
                "id": record["id"],
                "geometry": shapely.geometry.mapping(shape),
                "properties": record,
            },
            option=orjson.OPT_SERIALIZE_NUMPY,
        ).decode()
        for record, shape in zip(records.to_dict("records"), rounded, strict=True)
    ]


class GeoPackageStore:
    """Reads a published GeoPackage, one connection per thread; a new publication is seen at once."""

    def __init__(self, path: Path) -> None:
        """Remember the file; it is opened when it is first asked."""
        self.path = path
        self.opened = threading.local()

    def published(self) -> dict[str, Published]:
        """Return every layer that the store holds, by name."""
        with self.connect() as database:
            rows = database.execute("SELECT * FROM artois_layer").fetchall()
        return {
            name: Published(name, count, (w, s, e, n), credit, bool(synthetic), datetime.fromisoformat(built_at))
            for name, count, w, s, e, n, credit, synthetic, built_at in rows
        }

    def features(
        self, name: str, *, bbox: BBox | None = None, insee: str | None = None, limit: int, offset: int = 0
    ) -> Page:
        """Return the features that intersect the box and touch the commune, in the order of publication."""
        with self.connect() as database:
            known = database.execute("SELECT rows FROM artois_layer WHERE name = ?", (name,)).fetchone()
            if known is None or not has_table(database, name):
                raise UnknownNameError(f"no layer is named {name!r}; expected one of those that /layers lists")
            if bbox is None and insee is None:
                return Page(read_range(database, name, limit, offset), int(known[0]))
            fids = in_commune(database, name, insee) if insee is not None else None
            if bbox is not None:
                inside = intersecting(database, name, bbox)
                fids = sorted(inside) if fids is None else [fid for fid in fids if fid in inside]
            return Page(read_bodies(database, name, (fids or [])[offset : offset + limit]), len(fids or []))

    def feature(self, name: str, key: str) -> str:
        """Return one feature by its id."""
        query = "SELECT body FROM artois_feature INDEXED BY artois_by_id WHERE layer = ? AND id = ?"
        with self.connect() as database:
            row = database.execute(query, (name, key)).fetchone()
        if row is None:
            raise UnknownNameError(f"{name} has no {key!r}; expected the id of one of its features")
        return str(row[0])

    def children(self, name: str, parent: str) -> list[str]:
        """Return the features of a building, a park or a brownfield, in the order of publication."""
        query = (
            "SELECT body FROM artois_feature INDEXED BY artois_by_parent WHERE layer = ? AND parent = ? ORDER BY fid"
        )
        if not parent:
            return []
        with self.connect() as database:
            return [row[0] for row in database.execute(query, (name, parent))]

    def nearest(self, name: str, lon: float, lat: float, *, within_m: float) -> str | None:
        """Return the feature nearest to a place, None when all are farther than `within_m`."""
        with self.connect() as database:
            if not has_features(database, name):
                return None
            found = nearest_row(database, name, (lon, lat), within_m)
            return read_bodies(database, name, [found])[0] if found is not None else None

    @contextmanager
    def connect(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's read-only connection, or say that nothing has been published."""
        try:
            state = self.path.stat()
        except FileNotFoundError as error:
            raise MissingDataError(f"{self.path} is absent; expected published layers; run `artois build`") from error
        try:
            yield self.connection((state.st_ino, state.st_mtime_ns))
        except sqlite3.DatabaseError as error:
            self.opened.state = None
            raise ProductError(
                f"{self.path} cannot be read ({error}); expected published layers; delete it and run `artois build`"
            ) from error

    def connection(self, state: tuple[int, int]) -> sqlite3.Connection:
        """Return this thread's connection to the file in that state; a new publication gets a new connection."""
        if getattr(self.opened, "state", None) != state:
            if old := getattr(self.opened, "database", None):
                old.close()
            self.opened.database = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
            self.opened.state = state
        found: sqlite3.Connection = self.opened.database
        return found


def has_table(database: sqlite3.Connection, name: str) -> bool:
    """Tell whether the database has a table of that name."""
    return database.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def nearest_row(database: sqlite3.Connection, name: str, place: tuple[float, float], within_m: float) -> int | None:
    """Return the row nearest to a place, by distance on a plane tangent there; None when there is none so near."""
    lon, lat = place
    lat_m = GEOD.a * np.pi / 180.0
    lon_m = lat_m * np.cos(np.radians(lat))
    reach_lon, reach_lat = within_m / lon_m, within_m / lat_m
    rows = database.execute(
        f'SELECT t.fid, t.geom FROM "{name}" t JOIN "rtree_{name}_geom" r ON r.id = t.fid '
        "WHERE r.maxx >= ? AND r.minx <= ? AND r.maxy >= ? AND r.miny <= ?",
        (lon - reach_lon, lon + reach_lon, lat - reach_lat, lat + reach_lat),
    ).fetchall()
    if not rows:
        return None
    shapes = shapely.from_wkb([without_header(blob) for _, blob in rows])
    flat = shapely.transform(shapes, lambda xy: (xy - (lon, lat)) * (lon_m, lat_m))
    distance_m = shapely.distance(flat, shapely.Point(0, 0))
    best = int(np.argmin(distance_m))
    return int(rows[best][0]) if distance_m[best] <= within_m else None


def has_features(database: sqlite3.Connection, name: str) -> bool:
    """Tell whether the layer is a table of features (a raster is not)."""
    query = "SELECT 1 FROM artois_feature WHERE layer = ? LIMIT 1"
    return database.execute(query, (name,)).fetchone() is not None


def in_commune(database: sqlite3.Connection, name: str, insee: str) -> list[int]:
    """Return the rows whose communes include the code, in order."""
    query = "SELECT fid FROM artois_feature WHERE layer = ? AND instr(insee, ?) > 0 ORDER BY fid"
    return [row[0] for row in database.execute(query, (name, f"|{insee}|"))]


def read_range(database: sqlite3.Connection, name: str, limit: int, offset: int) -> list[str]:
    """Return the text of a run of features in the order of publication; rows are numbered from 1 without gaps."""
    query = "SELECT body FROM artois_feature WHERE layer = ? AND fid > ? ORDER BY fid LIMIT ?"
    return [row[0] for row in database.execute(query, (name, offset, limit))]


def intersecting(database: sqlite3.Connection, name: str, bbox: BBox) -> set[int]:
    """Return the rows whose geometry, not only its box, meets the box: R-tree first, then shapely."""
    west, south, east, north = bbox
    rows = database.execute(
        f'SELECT t.fid, t.geom, r.minx >= ? AND r.maxx <= ? AND r.miny >= ? AND r.maxy <= ? FROM "{name}" t '
        f'JOIN "rtree_{name}_geom" r ON r.id = t.fid '
        "WHERE r.maxx >= ? AND r.minx <= ? AND r.maxy >= ? AND r.miny <= ?",
        (west, east, south, north, west, east, south, north),
    ).fetchall()
    inside = {fid for fid, _, within in rows if within}
    doubtful = [(fid, blob) for fid, blob, within in rows if not within]
    if not doubtful:
        return inside
    shapes = shapely.from_wkb([without_header(blob) for _, blob in doubtful])
    meets = shapely.intersects(shapes, shapely.box(*bbox))
    return inside | {fid for (fid, _), meet in zip(doubtful, meets, strict=True) if meet}


def without_header(blob: bytes) -> bytes:
    """Return the WKB inside a GeoPackage geometry (OGC 12-128r18, 2.1.3: header of 8 bytes and an envelope)."""
    envelope = (0, 32, 48, 48, 64)[(blob[3] >> 1) & 0b111]
    return blob[8 + envelope :]


def read_bodies(database: sqlite3.Connection, name: str, fids: Sequence[int]) -> list[str]:
    """Return the text of those features, in the order of `fids` (which rise)."""
    if not fids:
        return []
    marks = "SELECT value FROM json_each(?)"
    query = f"SELECT body FROM artois_feature WHERE layer = ? AND fid IN ({marks}) ORDER BY fid"
    return [row[0] for row in database.execute(query, (name, orjson.dumps(list(fids)).decode()))]


def wgs84(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table in WGS84, as the store keeps it."""
    return table.to_crs(WGS84)
