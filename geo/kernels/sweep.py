"""One direction over a whole raster: the horizon of each cell, and at once the energy that comes in above it.

Everything the compiler sees is in this file: its cache does not notice a change made elsewhere.
"""

# ruff: noqa: PLR0913, PLR0917 - compiled loops take plain arrays and numbers, not objects

import numpy as np
from numba import config, njit, prange, set_num_threads
from numpy.typing import NDArray

from geo.kernels.rays import BLIND, EIGHTHS, GROUP, LANES, MARGIN, Flat, Grid, Places

BAND = 8
"""Rows a thread works before it takes others."""


def set_threads(wanted: int | None) -> None:
    """Use that many processors, all of them by default, never more than there are."""
    most = int(vars(config)["NUMBA_NUM_THREADS"])
    set_num_threads(most if wanted is None else min(wanted, most))


@njit(cache=True, fastmath=True, parallel=True)
def sweep(
    padded: Grid, pyramid: Grid, observers: Grid, gradient: tuple[Grid, Grid], first_column: int,
    direction: tuple[np.float32, np.float32], samples: tuple[Places, Places, NDArray[np.float32], Places],
    ceiling: np.float32, far: Grid, tables: NDArray[np.float32], total: NDArray[np.float32],
) -> None:  # fmt: skip
    """Add one azimuth's energy to every observer.

    Parameters
    ----------
    padded, pyramid
        Obstacles and their blocks, flat rows of the same width.
    observers
        Heights of the cells that ask, `BLIND` where none does, shape (rows, cols) of the window.
    gradient
        Rise towards the east and north, shape of the observers.
    first_column
        Column of the observers' first in the raster that was padded.
    direction
        Sine and cosine of the azimuth.
    samples
        From `rays.plan_samples`.
    ceiling
        The highest obstacle.
    far
        Tangents that are known to be hidden, shape of the observers; or empty.
    tables, total
        Energy above each horizon, shape (layers, 2, bins + 1), and where to add it, shape (layers, rows, cols).
    """
    spots, offsets, weights, counts = samples
    rows, cols = observers.shape
    bands = ((rows + BAND - 1) // BAND) | 1
    flat, mips, asked = padded.ravel(), pyramid.ravel(), observers.ravel()
    bits = mips.view(np.int32)
    easts, norths = gradient[0].ravel(), gradient[1].ravel()
    sums, table, distant = total.ravel(), tables.ravel(), far.ravel()
    edge = tables.shape[2]
    last = padded.shape[1] - 2 * MARGIN
    for turn in prange(bands):
        band = (2 * turn) % bands  # odd count: neighbours go to different threads, which so share dense quarters
        heights, tangents, rise = np.empty(LANES, np.float32), np.empty(LANES, np.float32), np.empty(LANES, np.float32)
        bins = np.empty(LANES, np.uint32)
        for row in range(band * BAND, min(rows, (band + 1) * BAND)):
            plan = (spots[row], offsets[row], weights[row], counts[row, 0], counts[row, 1])
            first = 0
            while first < cols:
                first = _next_asked(asked, row * cols, first, cols)
                size = min(LANES, cols - first)
                place = row * cols + first
                if size <= 0:
                    break
                _load(asked, easts, norths, place, size, direction, heights, tangents, rise)
                if distant.size > 0:
                    _lift(distant, place, size, tangents)
                _raise_horizon(flat, mips, bits, plan, first_column + first, last, ceiling, heights, tangents)
                _find_bins(tangents, bins, np.float32(edge - 1))
                for layer in range(tables.shape[0]):
                    at = layer * 2 * edge
                    _collect(table, at, at + edge, bins, rise, sums, layer * rows * cols + place, size)
                first += LANES


@njit(cache=True, fastmath=True)
def _next_asked(observers: Flat, start: int, first: int, cols: int) -> int:
    """Return the next column whose cell asks."""
    while first < cols and observers[start + first] >= BLIND:
        first += 1
    return first


@njit(cache=True, fastmath=True)
def _load(
    observers: Flat, east: Flat, north: Flat, place: int, size: int, direction: tuple[np.float32, np.float32],
    heights: Flat, tangents: Flat, rise: Flat,
) -> None:  # fmt: skip
    """Fill a chunk's heights, rise towards the azimuth, and first tangents."""
    sine, cosine = direction
    start = np.uint64(place)
    for i in range(np.uint64(size)):
        heights[i] = observers[start + i]
        towards = east[start + i] * sine + north[start + i] * cosine
        rise[i] = towards
        tangents[i] = towards if towards > np.float32(0) else np.float32(0)
    for i in range(size, LANES):
        heights[i] = BLIND
        rise[i] = np.float32(0)
        tangents[i] = np.float32(0)


@njit(cache=True, fastmath=True)
def _lift(distant: Flat, place: int, size: int, tangents: Flat) -> None:
    """Lift the tangents to the far terrain."""
    for i in range(size):
        tangents[i] = max(tangents[i], distant[place + i])


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


@njit(cache=True, fastmath=True)
def _raise_horizon(
    padded: Flat, pyramid: Flat, bits: NDArray[np.int32], plan: tuple[Places, Places, Grid, int, int], column: int,
    last: int, ceiling: np.float32, heights: Flat, tangents: Flat,
) -> None:  # fmt: skip
    """Lift a chunk's tangents to the highest sample of its rays.

    `heights` and `tangents` have `LANES` values; rays stop when the whole chunk has left the columns up to `last`, or
    when nothing as high as `ceiling` could rise above what is found.
    """
    spots, offsets, weights, singles, count = plan
    for group in range(0, count, GROUP):
        far = column + offsets[group + GROUP - 1]
        if group >= singles and not _rises(ceiling, weights[2, group], heights, tangents):
            return
        if far + LANES <= 0 or far > last:
            _leave(
                padded if group < singles else pyramid,
                bits,
                group < singles,
                plan,
                group,
                column,
                last,
                heights,
                tangents,
            )
            return
        if group < singles:
            _eight_samples(padded, spots, weights, group, column, heights, tangents)
        else:
            _eight_blocks(pyramid, bits, spots, weights, group, column, heights, tangents)


@njit(cache=True, fastmath=True)
def _leave(
    source: Flat, bits: NDArray[np.int32], single: bool, plan: tuple[Places, Places, Grid, int, int], group: int,
    column: int, last: int, heights: Flat, tangents: Flat,
) -> None:  # fmt: skip
    """Take the last samples of a chunk one by one, until all of it has left the raster."""
    spots, offsets, weights, _, _ = plan
    for sample in range(group, group + GROUP):
        shift = column + offsets[sample]
        if shift + LANES <= 0 or shift > last:
            return
        left, right, inverse = weights[0, sample], weights[1, sample], weights[2, sample]
        before, after = np.uint64(spots[0, sample] + column), np.uint64(spots[1, sample] + column)
        for i in range(np.uint64(LANES)):
            if single:
                tangent = source[before + i] * left + source[after + i] * right - heights[i] * inverse
            else:
                eighth = np.float32(bits[before + i] & np.int32(EIGHTHS))
                tangent = (source[before + i] - heights[i]) * (inverse - left * eighth)
            tangents[i] = max(tangents[i], tangent)


@njit(cache=True, fastmath=True)
def _eight_samples(
    source: Flat, spots: Places, weights: Grid, first: int, column: int, heights: Flat, tangents: Flat
) -> None:
    """Lift the tangents to the highest of eight samples: the tangents are read and written once."""
    p0, p1, p2, p3 = (
        np.uint64(spots[0, first + 0] + column),
        np.uint64(spots[0, first + 1] + column),
        np.uint64(spots[0, first + 2] + column),
        np.uint64(spots[0, first + 3] + column),
    )
    p4, p5, p6, p7 = (
        np.uint64(spots[0, first + 4] + column),
        np.uint64(spots[0, first + 5] + column),
        np.uint64(spots[0, first + 6] + column),
        np.uint64(spots[0, first + 7] + column),
    )
    q0, q1, q2, q3 = (
        np.uint64(spots[1, first + 0] + column),
        np.uint64(spots[1, first + 1] + column),
        np.uint64(spots[1, first + 2] + column),
        np.uint64(spots[1, first + 3] + column),
    )
    q4, q5, q6, q7 = (
        np.uint64(spots[1, first + 4] + column),
        np.uint64(spots[1, first + 5] + column),
        np.uint64(spots[1, first + 6] + column),
        np.uint64(spots[1, first + 7] + column),
    )
    a0, a1, a2, a3 = weights[0, first + 0], weights[0, first + 1], weights[0, first + 2], weights[0, first + 3]
    a4, a5, a6, a7 = weights[0, first + 4], weights[0, first + 5], weights[0, first + 6], weights[0, first + 7]
    b0, b1, b2, b3 = weights[1, first + 0], weights[1, first + 1], weights[1, first + 2], weights[1, first + 3]
    b4, b5, b6, b7 = weights[1, first + 4], weights[1, first + 5], weights[1, first + 6], weights[1, first + 7]
    c0, c1, c2, c3 = weights[2, first + 0], weights[2, first + 1], weights[2, first + 2], weights[2, first + 3]
    c4, c5, c6, c7 = weights[2, first + 4], weights[2, first + 5], weights[2, first + 6], weights[2, first + 7]
    for i in range(np.uint64(LANES)):
        own = heights[i]
        t0 = source[p0 + i] * a0 + source[q0 + i] * b0 - own * c0
        t1 = source[p1 + i] * a1 + source[q1 + i] * b1 - own * c1
        t2 = source[p2 + i] * a2 + source[q2 + i] * b2 - own * c2
        t3 = source[p3 + i] * a3 + source[q3 + i] * b3 - own * c3
        t4 = source[p4 + i] * a4 + source[q4 + i] * b4 - own * c4
        t5 = source[p5 + i] * a5 + source[q5 + i] * b5 - own * c5
        t6 = source[p6 + i] * a6 + source[q6 + i] * b6 - own * c6
        t7 = source[p7 + i] * a7 + source[q7 + i] * b7 - own * c7
        t0 = t0 if t0 > t1 else t1
        t2 = t2 if t2 > t3 else t3
        t4 = t4 if t4 > t5 else t5
        t6 = t6 if t6 > t7 else t7
        t0 = t0 if t0 > t2 else t2
        t4 = t4 if t4 > t6 else t6
        t0 = t0 if t0 > t4 else t4
        known = tangents[i]
        tangents[i] = t0 if t0 > known else known


@njit(cache=True, fastmath=True)
def _eight_blocks(
    source: Flat, bits: NDArray[np.int32], spots: Places, weights: Grid, first: int, column: int, heights: Flat,
    tangents: Flat,
) -> None:  # fmt: skip
    """Lift the tangents to the highest of eight blocks, each at the distance of its highest point."""
    e = np.int32(EIGHTHS)
    p0, p1, p2, p3 = (
        np.uint64(spots[0, first + 0] + column),
        np.uint64(spots[0, first + 1] + column),
        np.uint64(spots[0, first + 2] + column),
        np.uint64(spots[0, first + 3] + column),
    )
    p4, p5, p6, p7 = (
        np.uint64(spots[0, first + 4] + column),
        np.uint64(spots[0, first + 5] + column),
        np.uint64(spots[0, first + 6] + column),
        np.uint64(spots[0, first + 7] + column),
    )
    k0, k1, k2, k3 = weights[0, first + 0], weights[0, first + 1], weights[0, first + 2], weights[0, first + 3]
    k4, k5, k6, k7 = weights[0, first + 4], weights[0, first + 5], weights[0, first + 6], weights[0, first + 7]
    c0, c1, c2, c3 = weights[2, first + 0], weights[2, first + 1], weights[2, first + 2], weights[2, first + 3]
    c4, c5, c6, c7 = weights[2, first + 4], weights[2, first + 5], weights[2, first + 6], weights[2, first + 7]
    for i in range(np.uint64(LANES)):
        own = heights[i]
        t0 = (source[p0 + i] - own) * (c0 - k0 * np.float32(bits[p0 + i] & e))
        t1 = (source[p1 + i] - own) * (c1 - k1 * np.float32(bits[p1 + i] & e))
        t2 = (source[p2 + i] - own) * (c2 - k2 * np.float32(bits[p2 + i] & e))
        t3 = (source[p3 + i] - own) * (c3 - k3 * np.float32(bits[p3 + i] & e))
        t4 = (source[p4 + i] - own) * (c4 - k4 * np.float32(bits[p4 + i] & e))
        t5 = (source[p5 + i] - own) * (c5 - k5 * np.float32(bits[p5 + i] & e))
        t6 = (source[p6 + i] - own) * (c6 - k6 * np.float32(bits[p6 + i] & e))
        t7 = (source[p7 + i] - own) * (c7 - k7 * np.float32(bits[p7 + i] & e))
        t0 = t0 if t0 > t1 else t1
        t2 = t2 if t2 > t3 else t3
        t4 = t4 if t4 > t5 else t5
        t6 = t6 if t6 > t7 else t7
        t0 = t0 if t0 > t2 else t2
        t4 = t4 if t4 > t6 else t6
        t0 = t0 if t0 > t4 else t4
        known = tangents[i]
        tangents[i] = t0 if t0 > known else known


@njit(cache=True, fastmath=True)
def _rises(ceiling: np.float32, inverse: np.float32, heights: Flat, tangents: Flat) -> bool:
    """Return whether something that high, no nearer than that, would lift any tangent of the chunk."""
    lifted = np.uint32(0)
    for i in range(np.uint64(LANES)):
        lifted += np.uint32((ceiling - heights[i]) * inverse > tangents[i])
    return bool(lifted > np.uint32(0))
