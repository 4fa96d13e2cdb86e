"""The square the quarter stands on, and the grid laid over it.

Everything is drawn in local metres, (0, 0) at the south-west corner, and moved to Lambert-93 when it is written.
"""

from typing import Final

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely import box
from shapely.geometry.base import BaseGeometry

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

WEST_M: Final = 684_000.0
SOUTH_M: Final = 7_038_000.0
SIDE_M: Final = 1024.0
CELL_M: Final = 0.5
CELLS: Final = 2048
SQUARE: Final = box(0.0, 0.0, SIDE_M, SIDE_M)
LOCAL: Final = Affine(CELL_M, 0.0, 0.0, 0.0, -CELL_M, SIDE_M)
"""From (column, row) to local metres."""
TRANSFORM: Final = Affine(CELL_M, 0.0, WEST_M, 0.0, -CELL_M, SOUTH_M + SIDE_M)
"""From (column, row) to Lambert-93."""


def cell_centres() -> tuple[Floats, Floats]:
    """Return x of every column, shape (1, cols), and y of every row, shape (rows, 1). Local metres."""
    middle_m: Floats = (np.arange(CELLS, dtype=np.float64) + 0.5) * CELL_M
    south_up_m: Floats = SIDE_M - middle_m
    return middle_m[None, :], south_up_m[:, None]


def cell_of(x_m: float, y_m: float) -> tuple[int, int]:
    """Return (row, column) of the cell that holds a local point; points outside fall on the nearest edge."""
    row, col = int((SIDE_M - y_m) // CELL_M), int(x_m // CELL_M)
    return min(max(row, 0), CELLS - 1), min(max(col, 0), CELLS - 1)


def covered(shapes: list[BaseGeometry]) -> Mask:
    """Tell which cells have their centre inside one of the shapes. Shape (rows, cols)."""
    grid: NDArray[np.uint8] = rasterize(shapes, out_shape=(CELLS, CELLS), transform=LOCAL, dtype="uint8")
    return grid.astype(bool)
