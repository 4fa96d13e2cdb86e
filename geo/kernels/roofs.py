"""The planes of a roof, from a patch of heights and the cells of its footprint.

Regions are grown strictly from the smoothest places; then each cell goes to the neighbouring plane that fits it best,
planes are fitted again, twins are merged, slivers and things that stand on the roof are dropped.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.roof_fits import Bools, Floats, Ints, refit_planes
from geo.kernels.roof_growth import Ground, grow_planes, seeds, survey
from geo.kernels.roof_leftovers import find_leftovers
from geo.kernels.roof_refine import OUTLIER, compete, drop_obstacles, fill, merge_twins, rename, split_apart

NOISE_M = (0.03, 0.10)
"""The noise of a surface model is taken to lie between these. Metres."""
ROUGH = 1.5
"""A plane whose cells spread more than this about it, in standard deviations of the noise, is a crown."""
ROUNDS = 3
CORE = 3
"""A region may start with this fraction (one over) of the cells that a plane needs in the end."""
CORE_CELLS = 5


class RoofPlanes(NamedTuple):
    """The planes of a patch.

    Attributes
    ----------
    labels
        1 + plane of each cell, 0 where a cell is on no plane (chimney, tree, unknown height), -1 outside the mask.
        Shape (rows, cols).
    filled
        The same with each 0 replaced by the label of the nearest plane; 0 only where there is no plane at all.
    planes
        (slope_east, slope_north, height_m) with the height at the patch's north-west corner; shape (planes, 3).
    rmse_m
        Root mean square of the heights about each plane. Metres, shape (planes,).
    cells
        Cells on each plane; shape (planes,).
    noise_m
        Standard deviation of the heights that was read from the patch. Metres.
    """

    labels: Ints
    filled: Ints
    planes: Floats
    rmse_m: Floats
    cells: Ints
    noise_m: float


def segment_planes(heights_m: Floats, mask: Bools, *, cell_m: float, least_m2: float = 4.0) -> RoofPlanes:
    """Return the planes of the roof under a mask.

    Parameters
    ----------
    heights_m
        Surface heights. Metres, shape (rows, cols), row 0 north; NaN is unknown.
    mask
        Cells of the footprint, shape (rows, cols).
    cell_m
        Width of a cell. Metres, > 0.
    least_m2
        Planes smaller than this, seen from above, are dropped. Square metres, > 0.

    Raises
    ------
    ValueError
        If shapes differ, or a width or an area is not positive.
    """
    if heights_m.shape != mask.shape:
        raise ValueError(f"heights {heights_m.shape} and mask {mask.shape} must have one shape")
    if cell_m <= 0 or least_m2 <= 0:
        raise ValueError(f"cell_m and least_m2 must be positive, got {cell_m} and {least_m2}")
    least_cells = max(CORE_CELLS, math.ceil(least_m2 / cell_m**2))
    known = mask & np.isfinite(heights_m)
    base_m = float(heights_m[known].mean()) if known.any() else 0.0  # counted from there, sums stay small
    ground = survey(np.where(known, heights_m - base_m, np.nan), known, cell_m, NOISE_M)
    labels, planes = _find(ground, least_cells)
    planes = _settle(ground, labels, planes, least_cells)
    rmse_m, cells = misfit(ground.heights_m, labels, planes, cell_m)
    labels[mask & ~known] = 0
    return RoofPlanes(labels, fill(labels), planes + np.array([0.0, 0.0, base_m]), rmse_m, cells, ground.noise_m)


def _find(ground: Ground, least_cells: int) -> tuple[Ints, Floats]:
    """Return labels (-1 where unknown) and planes, before obstacles and slivers are dropped."""
    labels, planes = grow_planes(ground, *seeds(ground), max(CORE_CELLS, least_cells // CORE))
    labels[~ground.known] = -1
    for _ in range(ROUNDS):
        _improve(ground, labels, planes)
        planes = split_apart(labels, planes, CORE_CELLS)
        narrow = find_leftovers(ground.heights_m, labels, ground.noise_m, ground.cell_m, least_cells // 2 + 1)
        planes = np.concatenate([planes, narrow])
    return labels, planes


def _improve(ground: Ground, labels: Ints, planes: Floats) -> None:
    """Give each cell, in place, to the plane that fits it best, fit the planes again, and merge twins."""
    noise_m, cell_m = ground.noise_m, ground.cell_m
    compete(ground.heights_m, labels, planes, noise_m, cell_m)
    refit_planes(ground.heights_m, labels, planes, OUTLIER * noise_m, cell_m)
    merge_twins(ground.heights_m, labels, planes, noise_m, cell_m)


def _settle(ground: Ground, labels: Ints, planes: Floats, least_cells: int) -> Floats:
    """Drop obstacles, slivers and crowns, let the others take their cells, and return the planes that are left."""
    drop_obstacles(labels, planes, ground.cell_m)
    for _ in range(2):
        planes = split_apart(labels, planes, least_cells)
        _improve(ground, labels, planes)
    planes = split_apart(labels, planes, least_cells)
    rmse_m, _ = misfit(ground.heights_m, labels, planes, ground.cell_m)
    rename(labels, np.where(np.r_[0.0, rmse_m] > ROUGH * ground.noise_m, 0, np.arange(len(planes) + 1)))
    planes = split_apart(labels, planes, least_cells)
    refit_planes(ground.heights_m, labels, planes, OUTLIER * ground.noise_m, ground.cell_m)
    return planes


@njit(cache=True, nogil=True)
def misfit(heights_m: Floats, labels: Ints, planes: Floats, cell_m: float) -> tuple[Floats, Ints]:
    """Return the root mean square of the heights about each plane, and its count of cells."""
    squares = np.zeros(len(planes))
    cells = np.zeros(len(planes), np.int32)
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            label = labels[row, col] - 1
            if label >= 0:
                plane = planes[label]
                off_m = heights_m[row, col] - plane[0] * (col + 0.5) * cell_m + plane[1] * (row + 0.5) * cell_m
                squares[label] += (off_m - plane[2]) ** 2
                cells[label] += 1
    return np.sqrt(squares / np.maximum(cells, 1)), cells
