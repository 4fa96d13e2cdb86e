"""The planes of a roof, from a patch of heights and the cells of its footprint.

Regions are grown strictly from the smoothest places; then each cell goes to the neighbouring plane that fits it best,
planes are fitted again, twins are merged, slivers and things that stand on the roof are dropped.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from geo.kernels.roof_fits import Bools, Floats, Ints, refit_planes
from geo.kernels.roof_growth import grow_planes, survey
from geo.kernels.roof_leftovers import find_leftovers
from geo.kernels.roof_refine import OUTLIER, compete, drop_obstacles, drop_rough, fill, merge_twins, split_apart

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
    return RoofPlanes(*_segment(heights_m.astype(np.float64), mask, cell_m, least_cells))


@njit(cache=True, nogil=True)
def _segment(
    heights_m: Floats, mask: Bools, cell_m: float, least_cells: int
) -> tuple[Ints, Ints, Floats, Floats, Ints, float]:
    """Return the fields of `RoofPlanes`."""
    known = mask & ~np.isnan(heights_m)
    base_m = _base(heights_m, known)
    above_m = heights_m - base_m
    ground = survey(above_m, known, cell_m, NOISE_M[0], NOISE_M[1])
    labels, planes = grow_planes(ground, max(CORE_CELLS, least_cells // CORE))
    noise_m = ground.noise_m
    _keep_known(labels, known)
    for _ in range(ROUNDS):
        compete(above_m, labels, planes, noise_m, cell_m)
        refit_planes(above_m, labels, planes, OUTLIER * noise_m, cell_m)
        while merge_twins(above_m, labels, planes, noise_m, cell_m):
            pass
        planes = split_apart(labels, planes, CORE_CELLS)
        planes = np.concatenate((planes, find_leftovers(above_m, labels, noise_m, cell_m, least_cells // 2 + 1)))
    planes = _settle(above_m, labels, planes, noise_m, cell_m, least_cells)
    rmse_m, cells = _misfit(above_m, labels, planes, cell_m)
    planes[:, 2] += base_m
    _keep_mask(labels, mask)
    return labels, fill(labels), planes, rmse_m, cells, noise_m


@njit(cache=True, nogil=True)
def _settle(heights_m: Floats, labels: Ints, planes: Floats, noise_m: float, cell_m: float, least_cells: int) -> Floats:
    """Drop obstacles and slivers, let the others take their cells, and return the planes that are left."""
    drop_obstacles(labels, planes, cell_m)
    for _ in range(2):
        planes = split_apart(labels, planes, least_cells)
        compete(heights_m, labels, planes, noise_m, cell_m)
        refit_planes(heights_m, labels, planes, OUTLIER * noise_m, cell_m)
        while merge_twins(heights_m, labels, planes, noise_m, cell_m):
            pass
    planes = split_apart(labels, planes, least_cells)
    rmse_m, _ = _misfit(heights_m, labels, planes, cell_m)
    if (rmse_m > ROUGH * noise_m).any():
        drop_rough(labels, rmse_m, ROUGH * noise_m)
        planes = split_apart(labels, planes, least_cells)
    refit_planes(heights_m, labels, planes, OUTLIER * noise_m, cell_m)
    return planes


@njit(cache=True, nogil=True)
def _base(heights_m: Floats, known: Bools) -> float:
    """Return a known height to count from, so that sums stay small; 0 where none is known."""
    for row in range(known.shape[0]):
        for col in range(known.shape[1]):
            if known[row, col]:
                return float(heights_m[row, col])
    return 0.0


@njit(cache=True, nogil=True)
def _keep_known(labels: Ints, known: Bools) -> None:
    """Mark, in place, what is not to be labelled."""
    for row in range(known.shape[0]):
        for col in range(known.shape[1]):
            if not known[row, col]:
                labels[row, col] = -1


@njit(cache=True, nogil=True)
def _keep_mask(labels: Ints, mask: Bools) -> None:
    """Mark, in place, unknown cells of the footprint as being on no plane."""
    for row in range(mask.shape[0]):
        for col in range(mask.shape[1]):
            if mask[row, col] and labels[row, col] < 0:
                labels[row, col] = 0


@njit(cache=True, nogil=True)
def _misfit(heights_m: Floats, labels: Ints, planes: Floats, cell_m: float) -> tuple[Floats, Ints]:
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
