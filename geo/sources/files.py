"""Opening other people's files: what every reader refuses, repairs and reports in the same way."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from shapely import box

from geo.crs import LAMBERT93
from geo.errors import CrsError, MissingDataError, SourceError
from geo.products import DAMAGED
from geo.provenance import Note
from geo.raw import RawFolder
from geo.weather import fill_unknown

logger = logging.getLogger(__name__)

WORLD: Final = (-180.0, -90.0, 180.0, 90.0)

UNREADABLE: Final = (DataSourceError, DataLayerError, UnicodeDecodeError, shapely.errors.GEOSException, IndexError)
"""What pyogrio raises on a damaged file; IndexError when it holds no layer at all."""


def read_vector(path: Path, columns: Mapping[str, str], raw: RawFolder) -> gpd.GeoDataFrame:
    """Return a vector file in Lambert-93 with our column names; rows without geometry dropped, invalid ones repaired.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, Shapefile or FlatGeobuf.
    columns
        From the provider's names to ours; others are left out.
    raw
        Where dropped and repaired rows are reported.

    Raises
    ------
    SourceError
        If the file cannot be read, lacks a column, or holds no row with a geometry.
    CrsError
        If it states no projection, or coordinates that cannot belong to the stated one.
    """
    table = open_vector(path)
    require_columns(table, columns, path)
    table = gpd.GeoDataFrame(table[list(columns)].rename(columns=dict(columns)), geometry=table.geometry)
    return clean(to_lambert93(table, path), path, raw)


def open_vector(path: Path) -> gpd.GeoDataFrame:
    """Return the file as geopandas reads it."""
    try:
        table = gpd.read_file(path, **only_layer(path))
    except UNREADABLE as error:
        raise SourceError(
            f"{path} cannot be read ({first_line(error)}); is it whole? fetch or export it again"
        ) from error
    if not isinstance(table, gpd.GeoDataFrame):
        raise SourceError(f"{path} has no geometry; expected a vector layer; export it with its geometry")
    require_geometry(table.geometry, path)
    return table


def only_layer(path: Path) -> dict[str, str]:
    """Return the layer to read where only one has geometry: a GeoPackage may also hold its style."""
    names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    return {"layer": names[0]} if len(names) == 1 else {}


def read_parquet(path: Path) -> gpd.GeoDataFrame:
    """Return a GeoParquet file in Lambert-93."""
    try:
        return gpd.read_parquet(path).to_crs(LAMBERT93)
    except DAMAGED as error:
        raise SourceError(f"{path} cannot be read ({first_line(error)}); make it again") from error


def read_csv(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return a table of text in UTF-8 with our column names; empty cells are missing, nothing else is.

    The separator is a comma or, when the header has more of them, a semicolon.
    """
    try:
        with path.open(encoding="utf-8-sig") as stream:
            header = stream.readline()
        separator = ";" if header.count(";") > header.count(",") else ","
        table = pd.read_csv(
            path, sep=separator, dtype="string", encoding="utf-8-sig", keep_default_na=False, na_values=[""]
        )
    except FileNotFoundError as error:
        raise MissingDataError(f"{path} is absent; expected a CSV in UTF-8; put the file there") from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is not UTF-8 (byte 0x{error.object[error.start]:02x} at position {error.start}); expected UTF-8; "
            "convert it, for instance with `iconv -f latin1 -t utf-8`"
        ) from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SourceError(f"{path} is not a table ({first_line(error)}); expected CSV; export it again") from error
    if not isinstance(table.index, pd.RangeIndex):  # pandas took the first cells for row names
        raise SourceError(
            f"{path}: rows have more cells than the header's {len(table.columns)}; expected as many; "
            'put cells that hold a separator between double quotes (")'
        )
    require_columns(table, columns, path)
    if table.empty:
        raise SourceError(f"{path} has a header but no row; expected at least one; fill it or remove the file")
    return table[list(columns)].rename(columns=dict(columns))


def read_text(path: Path, *, expected: str, undecodable: Literal["strict", "replace"] = "strict") -> str:
    """Return a whole text file in UTF-8.

    Parameters
    ----------
    path
        The file.
    expected
        What it should be, for the message, such as "an EPW file".
    undecodable
        Refuse bytes that are not UTF-8, or put U+FFFD in their place where only names can hold them.

    Raises
    ------
    MissingDataError
        If there is no such file.
    SourceError
        If it is not text and `undecodable` is strict.
    """
    try:
        return path.read_text(encoding="utf-8-sig", errors=undecodable)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingDataError(
            f"{path} is absent or a folder; expected {expected}; check the name or fetch it"
        ) from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{path} is not text ({error.reason}); expected {expected}; fetch it again") from error


def read_air(values: NDArray[np.float64], quantity: str, *, name: str) -> NDArray[np.float64] | None:
    """Return a column of a weather file without its gaps, or None when too little of it is known; both are reported.

    Parameters
    ----------
    values
        Air temperature or wind of each hour, shape (hours,), in the order of time; NaN is unknown.
    quantity
        What it is, for the report.
    name
        The name of the weather file.
    """
    filled = fill_unknown(values)
    if unknown := int((~np.isfinite(values)).sum()):
        done = "left out" if filled is None else "interpolated"
        logger.warning("%s: %s unknown at %d of %d hours: %s", name, quantity, unknown, values.size, done)
    return filled


def points(table: pd.DataFrame, path: Path) -> gpd.GeoDataFrame:
    """Return the table with a point in Lambert-93 from its text columns `lon` and `lat` (WGS84 degrees)."""
    lon, lat = numbers(table["lon"], path), numbers(table["lat"], path)
    frame = gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(lon, lat), crs="EPSG:4326")
    frame = frame[lon.notna() & lat.notna()]
    if frame.empty:
        raise SourceError(f"{path}: no row has a longitude and a latitude; expected lon, lat in WGS84 degrees")
    return to_lambert93(frame, path)


def numbers(values: pd.Series, path: Path) -> pd.Series:
    """Return a text column as numbers (decimal point or comma); missing stays missing, other text is refused."""
    text = values.str.strip().str.replace(",", ".", regex=False)
    parsed = pd.to_numeric(text, errors="coerce")
    if (bad := text.notna() & parsed.isna()).any():
        row = int(bad.to_numpy().argmax()) + 2
        raise SourceError(f"{path}, line {row}, column {values.name}: found {values[bad].iloc[0]!r}; expected a number")
    return parsed.astype("float64")


def require_columns(table: pd.DataFrame, columns: Mapping[str, str], path: Path) -> None:
    """Refuse a table that lacks one of the provider's columns."""
    if missing := sorted(columns.keys() - set(table.columns)):
        raise SourceError(
            f"{path} lacks the columns {missing}; found {sorted(map(str, table.columns))}; "
            "has the provider's format changed?"
        )


def to_lambert93(table: gpd.GeoDataFrame, path: Path) -> gpd.GeoDataFrame:
    """Return the table in Lambert-93; a stated projection that its coordinates contradict is refused."""
    if table.crs is None:
        raise CrsError(f"{path} states no CRS; expected one, such as EPSG:2154; assign it before importing")
    west, south, *_ = table.total_bounds
    could_be_degrees = box(*WORLD).contains(box(*table.total_bounds))
    if table.crs.is_geographic != could_be_degrees:
        expected = "degrees" if table.crs.is_geographic else "metres"
        raise CrsError(
            f"{path} says {table.crs.name} but has coordinates such as ({west:.0f}, {south:.0f}); expected {expected}; "
            "state the CRS it really has (EPSG:2154, EPSG:4326?) or reproject it"
        )
    return table.to_crs(LAMBERT93)


def clean(table: gpd.GeoDataFrame, path: Path, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the table with invalid geometries repaired, without absent or collapsed ones; both are reported."""
    valid = table.geometry.is_valid
    shapes = table.geometry.copy()
    shapes[~valid] = shapely.make_valid(shapes[~valid].to_numpy(), method="structure", keep_collapsed=False)
    require_geometry(shapes, path)
    absent = shapes.isna() | shapes.is_empty
    if absent.any():
        raw.note(reported("dropped", f"{path.name}: no geometry", table[absent]))
    if (repaired := ~valid & ~absent).any():
        raw.note(reported("repaired", f"{path.name}: invalid geometry", table[repaired]))
    return table.set_geometry(shapes)[~absent].reset_index(drop=True)


def require_geometry(shapes: gpd.GeoSeries, path: Path) -> None:
    """Refuse a table in which no row has a geometry."""
    if (shapes.isna() | shapes.is_empty).all():
        raise SourceError(f"{path} holds no row with a geometry; expected at least one; fetch or export it again")


def reported(action: Literal["repaired", "dropped"], reason: str, rows: pd.DataFrame) -> Note:
    """Return the note on some rows, the first of them as the example."""
    return Note(action=action, reason=reason, count=len(rows), example=row_name(rows))


def row_name(rows: pd.DataFrame) -> str:
    """Return the first text of the first row, to name it in a report."""
    values = [str(value) for value in rows.drop(columns="geometry", errors="ignore").iloc[0] if pd.notna(value)]
    return values[0] if values else f"row {rows.index[0]}"


def first_line(error: Exception) -> str:
    """Return the first line of an error's text."""
    return (str(error).splitlines() or [type(error).__name__])[0]
