"""Rasters as a user of the house meets them: values, transform and CRS together; files read and written whole."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS
from rasterio.errors import RasterioError, RasterioIOError
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster

from geo.errors import MissingDataError, SourceError


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
    if not path.exists():
        raise MissingDataError(f"{path} is absent; expected a GeoTIFF; check the name or fetch it")
    try:
        with rasterio.open(path) as source:
            values = source.read(1, masked=True).astype(np.float32).filled(np.nan)
            crs = CRS.from_user_input(source.crs) if source.crs else None
            return Raster(values, source.transform, crs)
    except (RasterioIOError, RasterioError) as error:
        raise SourceError(
            f"{path} cannot be read as a raster ({error}); is it whole? fetch or export it again"
        ) from error


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
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
