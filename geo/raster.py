"""Rasters as a user of the house meets them: values, transform and CRS together; files read and written whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from geo.errors import CrsError, MissingDataError, SourceError

CACHE_MB = 128


@dataclass(frozen=True)
class Raster:
    """A grid of values on the ground.

    Attributes
    ----------
    values
        Shape (rows, cols), row 0 north, float32; NaN where nothing is known.
    transform
        From (column, row) to the CRS's (x, y).
    crs
        Projection of the grid; None when the file states none.
    """

    values: NDArray[np.float32]
    transform: Affine
    crs: CRS | None

    @property
    def cell_m(self) -> float:
        """Width of a cell, in the CRS's unit."""
        return float(self.transform.a)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return (west, south, east, north) in the CRS."""
        rows, cols = self.values.shape
        west, north = self.transform.c, self.transform.f
        east, south = west + cols * self.transform.a, north + rows * self.transform.e
        return west, south, east, north


def read_raster(path: Path) -> Raster:
    """Return the first band of a file as float32, its no-data cells as NaN.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If GDAL cannot open it, or it breaks off before its end.
    """
    with opened(path) as source:
        values = source.read(1, masked=True).astype(np.float32).filled(np.nan)
        crs = CRS.from_user_input(source.crs) if source.crs else None
        return Raster(values, source.transform, crs)


@dataclass(frozen=True)
class Grid:
    """Where the cells of a raster file are, without their values."""

    rows: int
    cols: int
    transform: Affine
    crs: CRS | None

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return (west, south, east, north) in the CRS."""
        west, north = self.transform.c, self.transform.f
        return west, north + self.rows * self.transform.e, west + self.cols * self.transform.a, north


def read_grid(path: Path) -> Grid:
    """Return the shape, transform and CRS of a file.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If GDAL cannot open it.
    """
    with opened(path) as source:
        crs = CRS.from_user_input(source.crs) if source.crs else None
        return Grid(source.height, source.width, source.transform, crs)


def read_window(path: Path, rows: slice, cols: slice) -> Raster:
    """Return a part of the first band as float32, its no-data cells as NaN.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If GDAL cannot read it.
    """
    window = Window.from_slices(rows, cols)
    with opened(path) as source:
        values = source.read(1, window=window, masked=True).astype(np.float32).filled(np.nan)
        crs = CRS.from_user_input(source.crs) if source.crs else None
        grid = source.transform
        west, north = grid.c + cols.start * grid.a, grid.f + rows.start * grid.e
        return Raster(values, Affine(grid.a, grid.b, west, grid.d, grid.e, north), crs)


def read_onto(path: Path, grid: Grid) -> Raster:
    """Return the mean of the first band on another grid, in any CRS; NaN outside the file.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If GDAL cannot read it.
    CrsError
        If the file or the grid has no CRS.
    """
    with opened(path) as source:
        if source.crs is None or grid.crs is None:
            raise CrsError(f"{path} or the grid it is read onto has no CRS; expected both to have one; assign it first")
        options = {"crs": grid.crs.to_wkt(), "transform": grid.transform, "height": grid.rows, "width": grid.cols}
        with WarpedVRT(source, **options, resampling=Resampling.average, nodata=np.nan, dtype="float32") as warped:
            return Raster(warped.read(1), grid.transform, grid.crs)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open a raster file, GDAL's errors turned into ours."""
    if not path.exists():
        raise MissingDataError(f"{path} is absent; expected a GeoTIFF; check the name or fetch it")
    try:
        with rasterio.open(path) as source:
            yield source
    except (RasterioIOError, RasterioError) as error:
        raise SourceError(
            f"{path} cannot be read as a raster ({error}); is it whole? fetch or export it again"
        ) from error


def write_cog_pieces(
    path: Path, grid: Grid, pieces: Iterable[tuple[slice, slice, NDArray[np.float32]]], tags: Mapping[str, str],
    bands: Sequence[str],
) -> Path:  # fmt: skip
    """Write a Cloud Optimised GeoTIFF from pieces of shape (bands, rows, cols), whole or not at all.

    `bands` are the bands' descriptions. One piece is held in memory at a time.
    """
    plain, part = path.with_name(f".{path.name}.plain.tif"), path.with_name(f".{path.name}.part")
    profile: dict[str, Any] = {
        "driver": "GTiff", "dtype": "float32", "count": len(bands), "height": grid.rows, "width": grid.cols,
        "nodata": float("nan"), "crs": grid.crs, "transform": grid.transform, "tiled": True, "bigtiff": "IF_SAFER",
        "sparse_ok": True, "interleave": "band",
    }  # fmt: skip
    try:
        with rasterio.Env(GDAL_CACHEMAX=CACHE_MB):
            with rasterio.open(plain, "w", **profile) as target:
                for rows, cols, values in pieces:
                    target.write(values, window=Window.from_slices(rows, cols))
                target.update_tags(**tags)
                target.descriptions = tuple(bands)
            copy_raster(plain, part, driver="COG", compress="DEFLATE", predictor=3, bigtiff="IF_SAFER")
        part.replace(path)
    finally:
        plain.unlink(missing_ok=True)
        part.unlink(missing_ok=True)
    return path


def write_cog(path: Path, raster: Raster, tags: Mapping[str, str] | None = None) -> Path:
    """Write a Cloud Optimised GeoTIFF, whole or not at all, and return its path."""
    rows, cols = raster.values.shape
    profile: dict[str, Any] = {
        "driver": "GTiff", "dtype": "float32", "count": 1, "height": rows, "width": cols, "nodata": float("nan"),
        "crs": raster.crs, "transform": raster.transform,
    }  # fmt: skip
    part = path.with_name(f".{path.name}.part")
    try:
        with MemoryFile() as memory:
            with memory.open(**profile) as target:
                target.write(raster.values.astype(np.float32), 1)
                target.update_tags(**(tags or {}))
            with memory.open() as source:
                copy_raster(source, part, driver="COG", compress="DEFLATE", predictor=3, overview_resampling="average")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path
