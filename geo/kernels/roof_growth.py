"""First planes of a roof: regions grown from the smoothest places, strictly, so that each starts clean."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.kernels.roof_fits import SUMS, Bools, Floats, Ints, Local, Plane, add_point, local_fits, solve_plane

Order = NDArray[np.int64]

ROUNDS = 8
"""A region is grown again from its seed, on the plane fitted to what it held, until it stays the same."""
OWN_REACH = 3.0
LEVEL_REACH = 1.7
SMOOTH = 2.0
"""In standard deviations of the noise: how far a cell, and the mean of its window, may be from the plane that takes it;
and how rough a seed may be."""
SLOPE_REACH = 5.0
"""In standard deviations of a 3 x 3 slope: how far a cell's slope may be from the plane's."""
SLOPE_ANYWAY = 0.15
"""A difference of slope that is always accepted, metres per metre."""
CALM = 0.2
"""The noise is read where a roof is smoothest: this share of its windows."""
CALM_WIDE, CALM_NEAR = 1.1, 1.4
"""Noise over the spread of these windows, 5 x 5 and 3 x 3: chance makes small ones calmer."""


class Ground(NamedTuple):
    """A roof as the growth sees it.

    Attributes
    ----------
    heights_m
        Metres, shape (rows, cols).
    known
        Cells inside the footprint whose height is known.
    near, wide
        Planes through the 3 x 3 and the 5 x 5 windows.
    noise_m
        Standard deviation of the heights about smooth planes. Metres.
    cell_m
        Width of a cell. Metres.
    """

    heights_m: Floats
    known: Bools
    near: Local
    wide: Local
    noise_m: float
    cell_m: float


class _Work(NamedTuple):
    """What the growth writes on.

    Attributes
    ----------
    labels
        1 + plane of each cell, 0 where none, shape (rows, cols).
    planes
        Shape (room, 3).
    stamps
        Number of the last region tried that reached each cell; the last entry counts the regions.
    region
        Cells of the region at hand.
    """

    labels: Ints
    planes: Floats
    stamps: Ints
    region: Order


def survey(heights_m: Floats, known: Bools, cell_m: float, bounds_m: tuple[float, float]) -> Ground:
    """Return a roof with its local planes and its noise, read from the smoothest windows.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols).
    known
        Cells to use, shape (rows, cols).
    cell_m
        Width of a cell. Metres.
    bounds_m
        Least and most that the noise may be. Metres.
    """
    near = local_fits(heights_m, known, 1, cell_m)
    wide = local_fits(heights_m, known, 2, cell_m)
    calm_m = min(CALM_WIDE * _calm(wide.spread_m), CALM_NEAR * _calm(near.spread_m))
    return Ground(heights_m, known, near, wide, min(bounds_m[1], max(bounds_m[0], calm_m)), cell_m)


def _calm(spread_m: Floats) -> float:
    """Return the spread under which the calmest share of the windows lie; infinity when there is none."""
    flat = np.sort(spread_m[~np.isnan(spread_m)])
    return float(flat[int(CALM * (flat.size - 1))]) if flat.size else np.inf


def seeds(ground: Ground) -> tuple[Order, Order]:
    """Return the cells whose 5 x 5 window, and those whose 3 x 3 window, is smooth, the smoothest first."""
    most_m = SMOOTH * ground.noise_m
    wide, near = (
        np.argsort(spread_m, kind="stable")[: np.count_nonzero(spread_m <= most_m)]
        for spread_m in (ground.wide.spread_m.ravel(), ground.near.spread_m.ravel())
    )
    return wide, near


@njit(cache=True, nogil=True)
def grow_planes(ground: Ground, wide: Order, near: Order, least_cells: int) -> tuple[Ints, Floats]:
    """Return 1 + plane of each cell (0 where none), shape (rows, cols), and the planes, shape (planes, 3).

    Parameters
    ----------
    ground
        The roof.
    wide, near
        What `seeds` gives.
    least_cells
        A region smaller than this is no plane.

    References
    ----------
    Vo et al. (2015), octree-based region growing, https://doi.org/10.1016/j.isprsjprs.2015.01.011, on a grid.
    """
    size = ground.heights_m.size
    labels, planes = np.zeros(ground.heights_m.shape, np.int32), np.zeros((size // least_cells + 1, 3))
    work = _Work(labels, planes, np.zeros(size + 1, np.int32), np.empty(size, np.int64))
    count = _grow_from(ground, ground.wide, wide, work, 0, least_cells)
    count = _grow_from(ground, ground.near, near, work, count, least_cells)
    return labels, planes[:count].copy()


@njit(cache=True, nogil=True)
def _grow_from(ground: Ground, local: Local, order: Order, work: _Work, count: int, least_cells: int) -> int:
    """Grow a region from each free seed, in order; return the count of planes."""
    cols = work.labels.shape[1]
    for seed in order:
        if work.labels[seed // cols, seed % cols] != 0:
            continue
        held, plane = _grow_one(ground, local, work, seed)
        if held < least_cells or count >= len(work.planes):
            continue
        work.planes[count, 0], work.planes[count, 1], work.planes[count, 2] = plane
        count += 1
        for cell in work.region[:held]:
            work.labels[cell // cols, cell % cols] = count
    return count


@njit(cache=True, nogil=True)
def _grow_one(ground: Ground, local: Local, work: _Work, seed: int) -> tuple[int, Plane]:
    """Return how many cells the region of a seed holds and its plane."""
    cols = work.labels.shape[1]
    row, col = seed // cols, seed % cols
    east, north = local.east[row, col], local.north[row, col]
    x_m, y_m = (col + 0.5) * ground.cell_m, -(row + 0.5) * ground.cell_m
    plane = (east, north, local.level_m[row, col] - east * x_m - north * y_m)
    held = 0
    for _ in range(ROUNDS):
        before = held
        held = _flood(ground, plane, work, seed)
        if held <= before or held < 4:  # noqa: PLR2004 - too few for a fit
            break
        plane = _fit_region(ground, work.region[:held])
    return held, plane


@njit(cache=True, nogil=True)
def _fit_region(ground: Ground, region: Order) -> Plane:
    """Return the plane through the cells of a region."""
    cols = ground.heights_m.shape[1]
    sums = np.zeros(SUMS)
    for cell in region:
        row, col = cell // cols, cell % cols
        add_point(sums, (col + 0.5) * ground.cell_m, -(row + 0.5) * ground.cell_m, ground.heights_m[row, col])
    east, north, height, _ = solve_plane(sums)
    return east, north, height


@njit(cache=True, nogil=True)
def _flood(ground: Ground, plane: Plane, work: _Work, seed: int) -> int:
    """Fill the region with the free cells that agree with a plane, from the seed on; return their count."""
    labels, stamps, region = work.labels, work.stamps, work.region
    rows, cols = labels.shape
    if not _agrees(ground, plane, seed // cols, seed % cols):
        return 0
    stamps[-1] += 1
    region[0] = seed
    stamps[seed] = stamps[-1]
    held, done = 1, 0
    while done < held:
        row, col = region[done] // cols, region[done] % cols
        done += 1
        for step in range(4):
            near_row, near_col = row + (step == 0) - (step == 1), col + (step == 2) - (step == 3)  # noqa: PLR2004
            if near_row < 0 or near_col < 0 or near_row >= rows or near_col >= cols:
                continue
            near = near_row * cols + near_col
            if labels[near_row, near_col] != 0 or stamps[near] == stamps[-1]:
                continue
            if _agrees(ground, plane, near_row, near_col):
                stamps[near] = stamps[-1]
                region[held] = near
                held += 1
    return held


@njit(cache=True, nogil=True)
def _agrees(ground: Ground, plane: Plane, row: int, col: int) -> bool:
    """Return whether a cell, the mean of its window and its slope all fit a plane."""
    level_m = ground.near.level_m[row, col]
    if math.isnan(level_m):
        return False
    here_m = plane[0] * (col + 0.5) * ground.cell_m - plane[1] * (row + 0.5) * ground.cell_m + plane[2]
    if abs(ground.heights_m[row, col] - here_m) > OWN_REACH * ground.noise_m:
        return False
    if abs(level_m - here_m) > LEVEL_REACH * ground.noise_m:
        return False
    turn = math.hypot(ground.near.east[row, col] - plane[0], ground.near.north[row, col] - plane[1])
    return turn <= max(SLOPE_ANYWAY, SLOPE_REACH * ground.noise_m / (math.sqrt(6.0) * ground.cell_m))
