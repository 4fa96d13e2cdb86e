"""What stands far away: a coarse terrain's horizon, seen from a coarse grid of places.

From one place the horizon is the highest of (height - own height) / distance over what stands around. Seen from a
little higher or lower, the same obstacle still makes it; so each place keeps, for each azimuth, the tangent from the
ground and the inverse distance of the obstacle that makes it.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Grid = NDArray[np.float32]


class FarGround(NamedTuple):
    """A coarse terrain around a finer raster.

    Attributes
    ----------
    heights_m
        Metres, shape (rows, cols), row 0 north; NaN hides nothing.
    cell_m
        Width of its cells. Metres.
    west_m, north_m
        Its corner, from that of the finer raster's window, to the east and to the north. Metres.
    nearest_m, reach_m
        Distances between which it is looked at. Metres.
    """

    heights_m: Grid
    cell_m: float
    west_m: float
    north_m: float
    nearest_m: float
    reach_m: float


@njit(cache=True, parallel=True)
def far_horizon(  # noqa: PLR0913, PLR0917 - compiled loops take plain arrays and numbers
    heights: Grid, azimuth_rad: float, first: float, last: float, cell_m: float, corner: tuple[int, int],
    shape: tuple[int, int],
) -> tuple[Grid, Grid, Grid]:  # fmt: skip
    """Return for some coarse cells the far horizon's tangent, its inverse distance, and the height it is seen from.

    The cells are `shape` from `corner` on. `first` and `last` are distances in cells. Tangents are at least -1; unknown
    places see nothing.
    """
    rows, cols = shape
    tangent = np.full((rows, cols), np.float32(-1))
    inverse = np.zeros((rows, cols), np.float32)
    ground = np.zeros((rows, cols), np.float32)
    east, south = math.sin(azimuth_rad), -math.cos(azimuth_rad)
    steps = int(last - first) + 1
    for row in prange(rows):
        for col in range(cols):
            here, there = row + corner[0], col + corner[1]
            own = heights[here, there]
            if np.isnan(own):
                continue
            ground[row, col] = own
            for step in range(steps):
                distance = first + step
                height = _between(heights, here + south * distance, there + east * distance)
                rise = (height - own) / (distance * cell_m)
                if rise > tangent[row, col]:
                    tangent[row, col] = rise
                    inverse[row, col] = 1.0 / (distance * cell_m)
    return tangent, inverse, ground


@njit(cache=True)
def _between(heights: Grid, row: float, col: float) -> float:
    """Return the height between four cells; NaN outside or beside an unknown one."""
    top, left = math.floor(row), math.floor(col)
    if top < 0 or left < 0 or top + 1 >= heights.shape[0] or left + 1 >= heights.shape[1]:
        return math.nan
    down, right = row - top, col - left
    upper = heights[top, left] * (1 - right) + heights[top, left + 1] * right
    lower = heights[top + 1, left] * (1 - right) + heights[top + 1, left + 1] * right
    return float(upper * (1 - down) + lower * down)


@njit(cache=True, parallel=True)
def spread_far(
    tangent: Grid, inverse: Grid, ground: Grid, observers: Grid, place: tuple[float, float, float], target: Grid
) -> None:
    """Fill each fine observer's far tangent, linear between the coarse places around it.

    `place` is the coarse row and column of the first observer's centre, and coarse cells per fine one; `target` has the
    observers' shape.
    """
    start_row, start_col, ratio = place
    for row in prange(observers.shape[0]):
        down = min(max(start_row + row * ratio, 0.0), tangent.shape[0] - 1.001)
        top = int(down)
        down -= top
        for col in range(observers.shape[1]):
            across = min(max(start_col + col * ratio, 0.0), tangent.shape[1] - 1.001)
            left = int(across)
            across -= left
            total = 0.0
            for corner in range(4):
                r, c = top + corner // 2, left + corner % 2
                share = (down if corner // 2 else 1 - down) * (across if corner % 2 else 1 - across)
                total += share * (tangent[r, c] - (observers[row, col] - ground[r, c]) * inverse[r, c])
            target[row, col] = total
