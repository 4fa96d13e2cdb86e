"""Slope of a surface model: how fast each cell's own plane rises towards the east and the north."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Grid = NDArray[np.float32]


class Gradient(NamedTuple):
    """Rise of the surface, dimensionless (metres per metre), shape (rows, cols); NaN where the cell is unknown."""

    east: Grid
    north: Grid


def horn_gradient(heights_m: Grid, *, cell_m: float) -> Gradient:
    """Return the slope of each cell by Horn's 3 by 3 window.

    A neighbour that is unknown, or outside the raster, is taken on the straight line through the cell and the opposite
    neighbour; if that is unknown too, level with the cell or, for corners, on the plane of the sides. So a plane stays
    a plane up to its edges, and unknown cells do not spread.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols), row 0 north; NaN is unknown.
    cell_m
        Width of a cell. Metres, > 0.

    Raises
    ------
    ValueError
        If `cell_m` is not positive.

    References
    ----------
    Horn (1981), https://doi.org/10.1109/PROC.1981.11918.
    """
    if cell_m <= 0:
        raise ValueError(f"cell_m must be positive, got {cell_m}")
    ringed = np.pad(heights_m, 1, constant_values=np.nan).astype(np.float32)
    return Gradient(*_horn(ringed, np.float32(1.0 / (8.0 * cell_m))))


@njit(parallel=True, cache=True)
def _horn(ringed: Grid, scale: np.float32) -> tuple[Grid, Grid]:
    """Return the gradient inside a ring of unknown cells."""
    rows, cols = ringed.shape[0] - 2, ringed.shape[1] - 2
    east = np.empty((rows, cols), np.float32)
    north = np.empty((rows, cols), np.float32)
    for row in prange(rows):
        for col in range(cols):
            window = ringed[row : row + 3, col : col + 3]
            centre = window[1, 1]
            n, s = _pair(window[0, 1], window[2, 1], centre, centre, centre)
            e, w = _pair(window[1, 2], window[1, 0], centre, centre, centre)
            nw, se = _pair(window[0, 0], window[2, 2], centre, n + w - centre, s + e - centre)
            ne, sw = _pair(window[0, 2], window[2, 0], centre, n + e - centre, s + w - centre)
            east[row, col] = (ne + np.float32(2) * e + se - nw - np.float32(2) * w - sw) * scale
            north[row, col] = (nw + np.float32(2) * n + ne - sw - np.float32(2) * s - se) * scale
    return east, north


@njit(cache=True)
def _pair(
    one: np.float32, opposite: np.float32, centre: np.float32, else_one: np.float32, else_opposite: np.float32
) -> tuple[np.float32, np.float32]:
    """Return two opposite neighbours, one that is unknown completed from the other, or both as given."""
    if np.isnan(one):
        if np.isnan(opposite):
            return else_one, else_opposite
        return np.float32(2) * centre - opposite, opposite
    if np.isnan(opposite):
        return one, np.float32(2) * centre - one
    return one, opposite
