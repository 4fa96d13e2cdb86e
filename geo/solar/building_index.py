"""Where the buildings of a run are, without holding them all: ids and bounds; rows are read when their turn comes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from geo.crs import require_metric
from geo.errors import CrsError, GeoError, MissingDataError, SourceError
from geo.sources import bdtopo

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

HEIGHTS: Final = {name: ours for name, ours in bdtopo.COLUMNS.items() if ours in {"height_m", *bdtopo.HEIGHTS.values()}}
HEIGHT_NAMES: Final = HEIGHTS | {bdtopo.NATIVE[name]: ours for name, ours in HEIGHTS.items()}
"""Heights under BD TOPO's names, of Shapefiles and of GeoPackages."""
ID_COLUMNS: Final = ("id", "building_id", "ID", "cleabs", "fid")
"""Where footprints keep their id: ours, then BD TOPO's; else the row's number."""
LAYER_NAMES: Final = ("buildings", "batiment", "building", "batiments", "footprints")
"""Which layer of a file is taken when it has several."""
DAMAGED: Final = (ValueError, OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)


@dataclass(frozen=True)
class BuildingIndex:
    """One entry per row of the footprints.

    Attributes
    ----------
    crs
        Of bounds and of the tables that are read.
    ids
        Text, shape (rows,). Rows share an id only if their bounds meet: the same id elsewhere is given a suffix, ~2.
    repeated
        Ids that stood more than once, suffixed ones included.
    bounds
        West, south, east, north, shape (rows, 4); NaN where a row has no geometry.
    read
        Returns some rows, in their order, with the `id` above.
    """

    crs: CRS
    ids: NDArray[np.object_]
    repeated: frozenset[str]
    bounds: Floats
    read: Callable[[Rows], gpd.GeoDataFrame]

    def first_rows(self) -> Rows:
        """Return the first row that has each row's id, shape (rows,)."""
        codes, _ = pd.factorize(self.ids)
        _, first = np.unique(codes, return_index=True)
        return np.asarray(first[codes], dtype=np.intp)


def of_table(buildings: gpd.GeoDataFrame) -> BuildingIndex:
    """Return a table in memory as an index.

    Raises
    ------
    SourceError
        If there is no column `id`.
    """
    if "id" not in buildings.columns:
        raise SourceError(f"buildings have columns {list(buildings.columns)}; expected `id`; rename the one that names")
    table = buildings.reset_index(drop=True)
    bounds = table.geometry.bounds.to_numpy()
    ids, repeated = distinct(table["id"], bounds)
    crs = require_metric(table.crs, what="buildings")
    return BuildingIndex(crs, ids, repeated, bounds, lambda rows: table.iloc[rows].assign(id=ids[rows]))


def of_file(path: Path, crs: CRS | None) -> BuildingIndex:
    """Return a file of footprints as an index, in the CRS of a surface model. GeoParquet is read whole.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If it cannot be read or holds nothing.
    CrsError
        If it states no CRS, or the surface model has none.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected footprints; check --buildings")
    try:
        return _of_parquet(path, crs) if path.suffix == ".parquet" else _of_vector(path, crs)
    except GeoError:
        raise
    except DAMAGED as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise SourceError(f"{path} cannot be read ({reason}); is it whole? export it again") from error


def _of_parquet(path: Path, crs: CRS | None) -> BuildingIndex:
    """Return a GeoParquet file as an index."""
    table = gpd.read_parquet(path)
    if not len(table):
        raise SourceError(f"{path} holds no footprint; expected polygons; export it again")
    target = _target(path, table.crs, crs)
    return of_table(_named(table, _numbers(len(table))).to_crs(target))


def _of_vector(path: Path, crs: CRS | None) -> BuildingIndex:
    """Return a file that GDAL reads by row numbers as an index."""
    layer = layer_of(path)
    info = pyogrio.read_info(path, layer=layer)
    if not info["features"] or info["geometry_type"] is None:
        raise SourceError(f"{path} holds no footprint; expected polygons; export it again")
    target = _target(path, CRS.from_user_input(info["crs"]) if info["crs"] else None, crs)
    column = next((name for name in ID_COLUMNS if name in info["fields"]), None)
    fids, bounds = pyogrio.read_bounds(path, layer=layer)
    there = _moved(bounds.T, CRS.from_user_input(info["crs"]), target)
    named = pyogrio.read_dataframe(path, layer=layer, columns=[column], read_geometry=False) if column else None
    column_ids = named[column] if named is not None else _numbers(len(fids))
    ids, repeated = distinct(column_ids, there)

    def read(rows: Rows) -> gpd.GeoDataFrame:
        table = pyogrio.read_dataframe(path, layer=layer, fids=fids[rows], fid_as_index=True)
        table = table.loc[fids[rows]].reset_index(drop=True)
        return _named(table, pd.Series(ids[rows])).assign(id=ids[rows]).to_crs(target)

    return BuildingIndex(target, ids, repeated, there, read)


def layer_of(path: Path) -> str:
    """Return the layer that holds the buildings: the only one with geometry, else the one that is named so."""
    names = [str(name) for name, kind in pyogrio.list_layers(path) if kind is not None]
    if len(names) == 1:
        return names[0]
    chosen = next((name for wanted in LAYER_NAMES for name in names if name.lower() == wanted), None)
    if chosen is None:
        found = ", ".join(names) or "no layer with geometry"
        raise SourceError(f"{path} holds {found}; expected one layer, or one named {LAYER_NAMES[0]}; export it alone")
    return chosen


def distinct(column: pd.Series, bounds: Floats) -> tuple[NDArray[np.object_], frozenset[str]]:
    """Return ids as text, the same id on another place made another one, and those that stood more than once."""
    ids = np.array(column.astype("string"), dtype=object)
    lacking = column.isna().to_numpy(dtype=bool)
    ids[lacking] = [f"row-{row + 1}" for row in np.flatnonzero(lacking)]
    again = pd.Series(ids).duplicated(keep=False).to_numpy()
    repeated = set(ids[again])
    places: dict[str, list[Floats]] = {}
    for row in np.flatnonzero(again):
        name, known = ids[row], places.setdefault(ids[row], [])
        number = next((k for k, there in enumerate(known) if meets(there, bounds[row])), len(known))
        if number == len(known):
            known.append(bounds[row])
        if number:
            ids[row] = f"{name}~{number + 1}"
            repeated.add(ids[row])
    return ids, frozenset(repeated)


def meets(one: Floats, other: Floats) -> bool:
    """Tell whether two bounds have a point in common."""
    return bool((one[:2] <= other[2:]).all() and (other[:2] <= one[2:]).all())


def _target(path: Path, own: CRS | None, surface: CRS | None) -> CRS:
    """Return the horizontal CRS of the surface, in which the footprints are wanted."""
    if own is None or surface is None:
        lacking = path if own is None else "the surface model"
        raise CrsError(f"{lacking} states no CRS; expected a projected one in metres; assign it first")
    return surface.sub_crs_list[0] if surface.is_compound else surface


def _named(table: gpd.GeoDataFrame, otherwise: pd.Series) -> gpd.GeoDataFrame:
    """Return the table with a text `id` and our names of heights."""
    column = next((name for name in ID_COLUMNS if name in table.columns), None)
    ids = table[column].astype("string") if column else otherwise.astype("string")
    return table.rename(columns=HEIGHT_NAMES).assign(id=ids.to_numpy())


def _numbers(count: int) -> pd.Series:
    """Return 1, 2, 3… as text."""
    return pd.Series(np.arange(1, count + 1)).astype("string")


def _moved(bounds: Floats, own: CRS, target: CRS) -> Floats:
    """Return bounds in another CRS."""
    if own.equals(target, ignore_axis_order=True):
        return bounds
    known = np.isfinite(bounds).all(axis=1)
    moved = np.full_like(bounds, np.nan)
    west, south, east, north = bounds[known].T
    corners = Transformer.from_crs(own, target, always_xy=True).transform(
        np.stack([west, east, east, west]), np.stack([south, south, north, north])
    )
    x, y = np.asarray(corners)
    moved[known] = np.stack([x.min(axis=0), y.min(axis=0), x.max(axis=0), y.max(axis=0)], axis=1)
    return moved
