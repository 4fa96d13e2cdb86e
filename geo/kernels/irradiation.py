"""A year of sun on every cell: the horizon of each direction, and at once the energy that comes in above it."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from geo.kernels.horizon import (
    BLIND,
    LANES,
    MARGIN,
    Flat,
    Grid,
    build_pyramid,
    level_starts,
    pad,
    plan_row,
    raise_horizon,
    steep_ray,
)
from geo.kernels.sky import Tables, sector_azimuths
from geo.kernels.terrain import Gradient, horn_gradient

BAND = 8
"""Rows a thread works before it takes others."""
MAX_SAMPLES = 4096


class Window(NamedTuple):
    """The cells whose energy is wanted, inside the raster that shades them: slices of rows and of columns."""

    rows: slice
    cols: slice


def accumulate(
    heights_m: Grid, tables: Tables, *, cell_m: float, window: Window | None = None,
    wanted: NDArray[np.bool_] | None = None, origin: tuple[int, int] = (0, 0),
) -> NDArray[np.float32]:  # fmt: skip
    """Return the energy above each cell's horizon, summed over all directions, for a unit of its own surface.

    Parameters
    ----------
    heights_m
        Surface model. Metres, shape (rows, cols), row 0 north; NaN is unknown, hides nothing.
    tables
        From `sky.energy_tables`, shape (layers, directions, 2, bins + 1).
    cell_m
        Width of a cell. Metres.
    window
        Cells to answer for; all by default.
    wanted
        False where no answer is needed, shape of the window.
    origin
        Row and column of this raster's first cell in the whole it was cut from, so that all cuts agree.

    Returns
    -------
    Shape (layers, rows, cols) of the window, in the unit of the tables; NaN where unknown or not wanted.
    """
    rows, cols = heights_m.shape
    area = window or Window(slice(0, rows), slice(0, cols))
    known = ~np.isnan(heights_m[area.rows, area.cols])
    asked = known if wanted is None else known & wanted
    slope = _window_gradient(heights_m, area, cell_m)
    level = (
        np.float32(np.nanmedian(heights_m[:: max(1, rows // 64), :: max(1, cols // 64)]))
        if asked.any()
        else np.float32(0)
    )
    level = level if np.isfinite(level) else np.float32(0)
    lowered = heights_m - level
    observers = np.where(asked, lowered[area.rows, area.cols], BLIND).astype(np.float32)
    total = np.zeros((tables.shape[0], *asked.shape), np.float32)
    azimuths = sector_azimuths(tables.shape[1])
    steep = np.abs(np.cos(azimuths)) >= np.abs(np.sin(azimuths)) - 1e-12
    if asked.any():
        start = (area.rows.start, area.cols.start)
        _sweep_all(lowered, observers, slope, start, origin[0], cell_m, azimuths[steep], tables[:, steep], total)
        twin = np.zeros((tables.shape[0], *asked.shape[::-1]), np.float32)
        # the transposed raster's north is the raster's west, its east the raster's south
        turned = Gradient(east=-slope.north.T, north=-slope.east.T)
        _sweep_all(
            lowered.T, np.ascontiguousarray(observers.T), Gradient(*map(np.ascontiguousarray, turned)), start[::-1],
            origin[1], cell_m, -0.5 * np.pi - azimuths[~steep], tables[:, ~steep], twin,
        )  # fmt: skip
        total += twin.transpose(0, 2, 1)
    upright = 1.0 / np.sqrt(1.0 + slope.east**2 + slope.north**2)
    return np.where(asked, total * upright, np.float32(np.nan)).astype(np.float32)


def _window_gradient(heights_m: Grid, area: Window, cell_m: float) -> Gradient:
    """Return the gradient in the window, its edges seeing the cells around it."""
    top, left = max(0, area.rows.start - 1), max(0, area.cols.start - 1)
    slope = horn_gradient(heights_m[top : area.rows.stop + 1, left : area.cols.stop + 1], cell_m=cell_m)
    rows = slice(area.rows.start - top, area.rows.stop - top)
    cols = slice(area.cols.start - left, area.cols.stop - left)
    return Gradient(
        *(np.ascontiguousarray(np.nan_to_num(part[rows, cols], nan=0.0)) for part in (slope.east, slope.north))
    )


def _sweep_all(
    heights: Grid, observers: Grid, slope: Gradient, start: tuple[int, int], first_row: int, cell_m: float,
    azimuths: NDArray[np.float64], tables: Tables, total: NDArray[np.float32],
) -> None:  # fmt: skip
    """Add the energy of every given azimuth, all of them nearer to north-south."""
    padded = pad(heights)
    starts = level_starts(padded.shape[0], first_row)
    pyramid = np.empty((int(starts[-1]), padded.shape[1]), np.float32)
    ceiling = np.float32(padded.max())
    for index, azimuth in enumerate(azimuths):
        ray = steep_ray(float(azimuth), cell_m=cell_m)
        build_pyramid(padded, first_row, ray.down, ray.drift, starts, pyramid)
        _sweep(
            padded, pyramid, starts, observers, slope.east, slope.north, start, first_row,
            (ray.down, ray.drift, ray.step_m, np.float32(np.sin(azimuth)), np.float32(np.cos(azimuth))),
            ceiling, np.ascontiguousarray(tables[:, index]), total,
        )  # fmt: skip


@njit(cache=True, fastmath=True, parallel=True)
def _sweep(
    padded: Grid, pyramid: Grid, starts: NDArray[np.int64], observers: Grid, east: Grid, north: Grid,
    start: tuple[int, int], first_row: int, ray: tuple[int, float, float, np.float32, np.float32],
    ceiling: np.float32, tables: Tables, total: NDArray[np.float32],
) -> None:  # fmt: skip
    """Add one azimuth's energy to every observer."""
    down, drift, step_m, sine, cosine = ray
    rows, cols = observers.shape
    bands = ((rows + BAND - 1) // BAND) | 1
    flat, mips, asked, easts, norths = padded.ravel(), pyramid.ravel(), observers.ravel(), east.ravel(), north.ravel()
    sums, table = total.ravel(), tables.ravel()
    bins_count = tables.shape[2]
    stride = padded.shape[1]
    last = stride - 2 * MARGIN
    for turn in prange(bands):
        band = (2 * turn) % bands  # odd count: neighbours go to different threads, which so share dense quarters
        spots, offsets = np.empty(MAX_SAMPLES, np.int64), np.empty(MAX_SAMPLES, np.int64)
        weights = np.empty((3, MAX_SAMPLES), np.float32)
        heights, tangents, rise = np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32)
        bins = np.empty(LANES, np.uint32)
        for row in range(band * BAND, min(rows, (band + 1) * BAND)):
            count = -1
            singles = 0
            for first in range(0, cols, LANES):
                size = min(LANES, cols - first)
                place = row * cols + first
                if not _load(asked, easts, norths, place, size, sine, cosine, heights, tangents, rise):
                    continue
                if count < 0:
                    singles, count = plan_row(
                        row + start[0], padded.shape[0], first_row, down, drift, step_m, stride, starts, spots, offsets, weights
                    )
                plan = (spots, offsets, weights, singles, count)
                raise_horizon(flat, mips, plan, start[1] + first, last, ceiling, heights, tangents)
                _find_bins(tangents, bins, np.float32(bins_count - 1))
                for layer in range(tables.shape[0]):
                    at = layer * 2 * bins_count
                    _collect(table, at, at + bins_count, bins, rise, sums, layer * rows * cols + place, size)


@njit(cache=True, fastmath=True)
def _load(
    observers: Flat, east: Flat, north: Flat, place: int, size: int, sine: np.float32, cosine: np.float32,
    heights: Flat, tangents: Flat, rise: Flat,
) -> bool:  # fmt: skip
    """Fill a chunk's heights, rise towards the azimuth, and first tangents; return whether anybody asks."""
    asked = BLIND
    start = np.uint64(place)
    for i in range(np.uint64(size)):
        height = observers[start + i]
        heights[i] = height
        asked = height if height < asked else asked
    if asked >= BLIND:
        return False
    for i in range(np.uint64(size)):
        towards = east[start + i] * sine + north[start + i] * cosine
        rise[i] = towards
        tangents[i] = towards if towards > np.float32(0) else np.float32(0)
    for i in range(size, LANES):
        heights[i] = BLIND
        rise[i] = np.float32(0)
        tangents[i] = np.float32(0)
    return True


@njit(cache=True, fastmath=True)
def _find_bins(tangents: Flat, bins: NDArray[np.uint32], steps: np.float32) -> None:
    """Turn tangents into places in the tables: round(sin h * steps)."""
    for i in range(np.uint64(LANES)):
        tangent = tangents[i]
        bins[i] = np.uint32(tangent / np.sqrt(np.float32(1) + tangent * tangent) * steps + np.float32(0.5))


@njit(cache=True, fastmath=True)
def _collect(
    table: Flat, vertical: int, horizontal: int, bins: NDArray[np.uint32], rise: Flat, sums: Flat, place: int, size: int
) -> None:
    """Add what comes in above the tangents."""
    up, side, start = np.uint64(vertical), np.uint64(horizontal), np.uint64(place)
    for i in range(np.uint64(size)):
        index = np.uint64(bins[i])
        sums[start + i] += table[up + index] - rise[i] * table[side + index]
