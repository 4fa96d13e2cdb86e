"""The promise of every product: its geometry, columns, units and look; check() holds a table to it.

This file says what kinds of promise there are; `geo/catalogue/` makes one for each layer.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.crs import LAMBERT93
from geo.errors import CrsError, ProductError


class Text(NamedTuple):
    """One sentence or label in the interface's two languages."""

    fr: str
    en: str


@dataclass(frozen=True)
class Column:
    """One column of a layer: type, unit ("" for none), label, and labels of coded values."""

    dtype: Literal["string", "float64", "Int64", "boolean"]
    unit: str
    label: Text
    values: Mapping[str, Text] = field(default_factory=dict)
    shown: bool = True


class Ramp(NamedTuple):
    """A colour scale: a column (or a raster's values), and (value, colour) stops in rising order."""

    column: str
    stops: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Style:
    """How a layer looks: its colour (#rrggbb), a scale where there is one, and whether it is on at first."""

    color: str
    ramp: Ramp | None = None
    on: bool = True
    fill: bool = True
    min_zoom: int = 0


class Quiet(NamedTuple):
    """Rows that the map leaves out until the reader asks for them: those whose column has one of the values."""

    column: str
    values: tuple[str, ...]
    label: Text


@dataclass(frozen=True)
class Layer:
    """A table that users see: name, title, geometry types allowed, columns, look.

    `may_be_empty` is for lists of what is wrong: no row is then the best news.
    """

    name: str
    title: Text
    summary: Text
    geometry: tuple[str, ...]
    columns: Mapping[str, Column]
    style: Style
    quiet: Quiet | None = None
    may_be_empty: bool = False


@dataclass(frozen=True)
class RasterLayer:
    """A raster that users see: name, title, unit of its values, look."""

    name: str
    title: Text
    summary: Text
    unit: str
    style: Style


def check(table: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """Return the table with exactly the layer's columns, typed, in order.

    Raises
    ------
    CrsError
        If the table is not in Lambert-93.
    ProductError
        If a column is missing, ids repeat or lack, a geometry is absent, invalid or of another type, or no row is left
        in a layer that may not be empty.
    """
    if table.crs != LAMBERT93:
        raise CrsError(f"{layer.name}: table is in {table.crs}; expected EPSG:2154; reproject it in its source")
    if missing := [name for name in layer.columns if name not in table.columns]:
        raise ProductError(
            f"{layer.name}: columns {missing} lack; expected all of {list(layer.columns)}; add them in the pipeline"
        )
    if table.empty and not layer.may_be_empty:
        raise ProductError(f"{layer.name}: no row is left; expected at least one; look at the dropped rows above")
    check_ids(table["id"], layer.name)
    check_geometry(table.geometry, layer)
    typed = {name: as_dtype(table[name], column.dtype, layer.name) for name, column in layer.columns.items()}
    return gpd.GeoDataFrame(typed, geometry=table.geometry, crs=LAMBERT93).reset_index(drop=True)


def check_ids(ids: pd.Series, name: str) -> None:
    """Refuse missing or repeated ids."""
    if ids.isna().any():
        raise ProductError(f"{name}: {ids.isna().sum()} rows have no id; expected one each; give one in the source")
    if ids.duplicated().any():
        example = ids[ids.duplicated()].iloc[0]
        raise ProductError(f"{name}: id {example!r} stands twice; expected unique ids; merge the rows in the pipeline")


def check_geometry(geometry: gpd.GeoSeries, layer: Layer) -> None:
    """Refuse absent, empty, invalid or unexpected geometries."""
    if (bad := geometry.isna() | geometry.is_empty).any():
        raise ProductError(
            f"{layer.name}: {bad.sum()} rows have no geometry; expected one each; drop or repair them in the source"
        )
    if (bad := ~geometry.is_valid).any():
        raise ProductError(
            f"{layer.name}: {bad.sum()} geometries are invalid; expected valid ones; repair them in the source"
        )
    if others := sorted(set(geometry.geom_type) - set(layer.geometry)):
        raise ProductError(
            f"{layer.name}: found geometry {others}; expected one of {list(layer.geometry)}; convert it in the source"
        )


def as_dtype(values: pd.Series, dtype: Any, name: str) -> pd.Series:  # noqa: ANN401 - what pandas itself takes
    """Return the values in the column's type; text that is no number is refused."""
    try:
        if dtype == "float64":
            return values.astype(object).where(values.notna(), math.nan).astype(dtype)
        return values.astype(dtype)
    except (TypeError, ValueError) as error:
        raise ProductError(f"{name}.{values.name}: {error}; expected {dtype}; convert it in the source") from error
