"""Surface models of any size: windows of a raster in memory, of a file, or of many files on one grid."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from affine import Affine
from rasterio.errors import RasterioError
from rasterio.merge import merge

from geo.errors import SourceError
from geo.raster import Grid, Raster, read_grid, read_window

SAME_CELL: Final = 1e-6
"""How far the cells of two files may differ, relative to their width."""


@dataclass(frozen=True)
class Mosaic:
    """A grid whose cells are read window by window.

    Attributes
    ----------
    grid
        Where the cells are.
    read
        Returns the cells of some rows and columns of the grid; NaN is unknown.
    """

    grid: Grid
    read: Callable[[slice, slice], Raster]


def of_raster(raster: Raster) -> Mosaic:
    """Return a raster in memory as a mosaic."""
    rows, cols = raster.values.shape
    return Mosaic(Grid(rows, cols, raster.transform, raster.crs), lambda down, across: cut(raster, down, across))


def of_file(path: Path) -> Mosaic:
    """Return a file as a mosaic.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If GDAL cannot open it.
    """
    return Mosaic(read_grid(path), lambda down, across: read_window(path, down, across))


def of_files(paths: Sequence[Path]) -> Mosaic:
    """Return files of one CRS and cell as one mosaic; where they overlap, the first that knows a cell gives it.

    Raises
    ------
    MissingDataError
        If a file is absent.
    SourceError
        If GDAL cannot open one, or their cells differ.
    """
    if len(paths) == 1:
        return of_file(paths[0])
    grids = [read_grid(path) for path in paths]
    first = grids[0]
    for path, grid in zip(paths, grids, strict=True):
        if abs(grid.transform.a - first.transform.a) > SAME_CELL * first.transform.a or grid.crs != first.crs:
            raise SourceError(
                f"{path} has cells of {grid.transform.a:g} in {grid.crs and grid.crs.name}; expected "
                f"{first.transform.a:g} in {first.crs and first.crs.name} as {paths[0].name}; warp it first"
            )
    boxes = np.array([grid.bounds for grid in grids])
    (west, south), (east, north) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    cell_m = first.transform.a
    whole = Grid(
        round((north - south) / cell_m), round((east - west) / cell_m), Affine(cell_m, 0, west, 0, -cell_m, north),
        first.crs,
    )  # fmt: skip

    def read(down: slice, across: slice) -> Raster:
        part = Grid(
            down.stop - down.start, across.stop - across.start,
            whole.transform @ Affine.translation(across.start, down.start), whole.crs,
        )  # fmt: skip
        left, bottom, right, top = part.bounds
        meets = (boxes[:, 0] < right) & (boxes[:, 2] > left) & (boxes[:, 1] < top) & (boxes[:, 3] > bottom)
        return read_part([path for path, near in zip(paths, meets, strict=True) if near], part)

    return Mosaic(whole, read)


def read_part(paths: Sequence[Path], part: Grid) -> Raster:
    """Return the cells of a grid from the files that meet it."""
    if not paths:
        return Raster(np.full((part.rows, part.cols), np.nan, np.float32), part.transform, part.crs)
    try:
        values, _ = merge(
            list(paths), bounds=part.bounds, res=part.transform.a, nodata=np.nan, dtype="float32",
        )  # fmt: skip
    except RasterioError as error:
        names = ", ".join(path.name for path in paths)
        raise SourceError(f"{names} cannot be read ({error}); are they whole? fetch or export them again") from error
    return Raster(values[0, : part.rows, : part.cols], part.transform, part.crs)


def cut(raster: Raster, rows: slice, cols: slice) -> Raster:
    """Return a part of a raster, as a raster."""
    shift = Affine.translation(cols.start, rows.start)
    return Raster(raster.values[rows, cols], raster.transform @ shift, raster.crs)
