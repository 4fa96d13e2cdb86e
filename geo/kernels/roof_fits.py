"""Planes through height cells by least squares, from sums that can be added and compared.

A plane is (slope_east, slope_north, height_m): height at x = y = 0, x metres to the east and y metres to the north of
the patch's north-west corner. Cell (row, col) has its centre at x = (col + 0.5) · cell, y = -(row + 0.5) · cell.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Plane = tuple[float, float, float]

SUMS = 10
"""n, Σx, Σy, Σz, Σxx, Σxy, Σyy, Σxz, Σyz, Σzz."""
FLAT = 1e-9
"""Spread of cells below which they lie on one line and carry no slope."""


class Local(NamedTuple):
    """What the cells around each cell say of it; shape (rows, cols), NaN where they are too few.

    Attributes
    ----------
    level_m
        Height at the cell on the plane through the window. Metres.
    east, north
        Slope of that plane, metres per metre.
    spread_m
        Standard deviation of the heights about that plane, freedom accounted for. Metres.
    """

    level_m: Floats
    east: Floats
    north: Floats
    spread_m: Floats


@njit(cache=True, nogil=True)
def add_point(sums: Floats, x_m: float, y_m: float, z_m: float) -> None:
    """Add one cell to the sums of a plane, in place."""
    sums[0] += 1.0
    sums[1] += x_m
    sums[2] += y_m
    sums[3] += z_m
    sums[4] += x_m * x_m
    sums[5] += x_m * y_m
    sums[6] += y_m * y_m
    sums[7] += x_m * z_m
    sums[8] += y_m * z_m
    sums[9] += z_m * z_m


@njit(cache=True, nogil=True)
def solve_plane(sums: Floats) -> tuple[float, float, float, float]:
    """Return (slope_east, slope_north, height_m, sum of squared residuals) of the least-squares plane.

    Parameters
    ----------
    sums
        The ten sums of `add_point`, n >= 1. Cells on one line give a level plane.
    """
    n = sums[0]
    x_m, y_m, z_m = sums[1] / n, sums[2] / n, sums[3] / n
    xx, xy, yy = sums[4] - sums[1] * x_m, sums[5] - sums[1] * y_m, sums[6] - sums[2] * y_m
    xz, yz, zz = sums[7] - sums[1] * z_m, sums[8] - sums[2] * z_m, sums[9] - sums[3] * z_m
    determinant = xx * yy - xy * xy
    east, north = 0.0, 0.0
    if determinant > FLAT * n * n:
        east = (yy * xz - xy * yz) / determinant
        north = (xx * yz - xy * xz) / determinant
    squares = max(0.0, zz - east * xz - north * yz)
    return east, north, z_m - east * x_m - north * y_m, squares


@njit(cache=True, nogil=True)
def local_fits(heights_m: Floats, known: Bools, reach: int, cell_m: float) -> Local:
    """Return the plane through the window of (2 · reach + 1)² cells around each cell.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols).
    known
        Cells that may be used; the others get NaN. A window needs two thirds of its cells.
    reach
        Cells on each side.
    cell_m
        Width of a cell. Metres, > 0.
    """
    rows, cols = heights_m.shape
    shape = (rows, cols)
    fits = Local(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan))
    least = (2 * reach + 1) ** 2 * 2 // 3
    sums = np.zeros(SUMS)
    for row in range(rows):
        for col in range(cols):
            if not known[row, col]:
                continue
            _sum_window(heights_m, known, row, col, reach, sums)
            if sums[0] < least:
                continue
            east, north, level, squares = solve_plane(sums)
            fits.level_m[row, col] = level
            fits.east[row, col] = east / cell_m
            fits.north[row, col] = north / cell_m
            fits.spread_m[row, col] = math.sqrt(squares / (sums[0] - 3.0))
    return fits


@njit(cache=True, nogil=True)
def _sum_window(heights_m: Floats, known: Bools, row: int, col: int, reach: int, sums: Floats) -> None:
    """Fill the sums with the known cells around one, in cells from it."""
    rows, cols = heights_m.shape
    sums[:] = 0.0
    for near_row in range(max(0, row - reach), min(rows, row + reach + 1)):
        for near_col in range(max(0, col - reach), min(cols, col + reach + 1)):
            if known[near_row, near_col]:
                add_point(sums, near_col - col, row - near_row, heights_m[near_row, near_col])


@njit(cache=True, nogil=True)
def refit_planes(heights_m: Floats, labels: Ints, planes: Floats, reach_m: float, cell_m: float) -> Floats:
    """Return the sums of each plane's cells that lie within `reach_m` of it, and set each plane to their fit.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols).
    labels
        1 + plane of each cell, <= 0 where none, shape (rows, cols).
    planes
        Shape (planes, 3); changed in place. Planes that hold fewer than three cells are left as they are.
    reach_m
        How far a cell may be from its plane to count. Metres.
    cell_m
        Width of a cell. Metres.
    """
    sums = np.zeros((len(planes), SUMS))
    rows, cols = heights_m.shape
    for row in range(rows):
        for col in range(cols):
            label = labels[row, col] - 1
            if label < 0:
                continue
            x_m, y_m = (col + 0.5) * cell_m, -(row + 0.5) * cell_m
            off_m = heights_m[row, col] - planes[label, 0] * x_m - planes[label, 1] * y_m - planes[label, 2]
            if abs(off_m) <= reach_m:
                add_point(sums[label], x_m, y_m, heights_m[row, col])
    for label in range(len(planes)):
        if sums[label, 0] >= 3:  # noqa: PLR2004 - three points carry a plane
            planes[label, 0], planes[label, 1], planes[label, 2], _ = solve_plane(sums[label])
    return sums
