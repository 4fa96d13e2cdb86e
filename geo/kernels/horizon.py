"""How high the ground stands against the sky, from every cell, towards one azimuth.

Rays start at the very centre of each cell. The next `NEAR` rows are sampled one by one, heights interpolated across the
ray. Farther rows are taken in blocks of 2, 4, 8... rows, `PER_OCTAVE` blocks for each doubling of the distance; a block
is known by its highest point along the ray. Cells of one row share every offset and weight, so a row is worked in chunks
of `LANES` cells side by side, which the processor does 8 or 16 at a time.

Only rays nearer to north-south than to east-west are walked; for the others give the transposed raster.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Grid = NDArray[np.float32]
Flat = NDArray[np.float32]

LANES = 64
MARGIN = LANES + 48
"""Columns of nothing on both sides of a padded raster: a chunk that leaves it never reads the next row."""
NEAR = 16
GROUP = 8
"""Samples taken together."""
PER_OCTAVE = 8
LEVELS = 8
"""Blocks up to 2**8 rows: NEAR * 2**LEVELS rows of reach and more."""
NOTHING = np.float32(-1.0e5)
"""Height of an unknown cell as an obstacle: it hides nothing."""
BLIND = np.float32(1.0e5)
"""Height of a cell as an observer when its answer is not wanted: nothing rises above it."""


class Ray(NamedTuple):
    """A direction as the sweep walks it.

    Attributes
    ----------
    down
        +1 if the ray goes to higher rows, -1 to lower ones.
    drift
        Columns per row, in [-1, 1].
    step_m
        Length of the ray from one row to the next. Metres.
    """

    down: int
    drift: float
    step_m: float


def steep_ray(azimuth_rad: float, *, cell_m: float) -> Ray:
    """Return the walk towards an azimuth within 45° of north or south.

    Raises
    ------
    ValueError
        If the azimuth is nearer to east or west: transpose the raster first.
    """
    east, north = round(math.sin(azimuth_rad), 12), round(math.cos(azimuth_rad), 12)
    if abs(east) > abs(north):
        raise ValueError(f"azimuth {math.degrees(azimuth_rad):.3f}° is nearer to east-west than to north-south")
    return Ray(down=-1 if north > 0 else 1, drift=east / abs(north), step_m=cell_m / abs(north))


def pad(heights_m: Grid) -> Grid:
    """Return the obstacles: heights with margins on the sides, unknown cells far below everything."""
    known = np.where(np.isnan(heights_m), NOTHING, heights_m).astype(np.float32)
    return np.pad(known, ((0, 0), (MARGIN, MARGIN)), constant_values=NOTHING)


def level_starts(rows: int, first_row: int) -> NDArray[np.int64]:
    """Return where each level of the pyramid starts, in rows of one tall array; the last entry is its height."""
    sizes = [((first_row + rows - 1) >> level) - (first_row >> level) + 1 for level in range(1, LEVELS + 1)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


@njit(cache=True, fastmath=True, parallel=True)
def build_pyramid(
    padded: Grid, first_row: int, down: int, drift: float, starts: NDArray[np.int64], pyramid: Grid
) -> None:
    """Fill the highest points, along one ray, of blocks of 2, 4, 8... rows, seen from each column of their near row.

    Blocks start at multiples of their size counted from `first_row`, so every tile of a raster cuts them alike.
    """
    for level in range(1, LEVELS + 1):
        skew = ((first_row >> level) << 1) - (first_row >> (level - 1))
        shift = math.floor(drift * (1 << (level - 1)) + 0.5)
        count = starts[level] - starts[level - 1]
        for block in prange(count):
            near = 2 * block + skew + (0 if down > 0 else 1)
            if level == 1:
                _join(padded, 0, padded.shape[0], near, near + down, shift, pyramid, block)
            else:
                below = starts[level - 2]
                _join(pyramid, below, starts[level - 1] - below, near, near + down, shift, pyramid, starts[level - 1] + block)


@njit(cache=True, fastmath=True)
def _join(
    source: Grid, start: int, count: int, near: int, far: int, shift: int, target: Grid, place: int
) -> None:
    """Write the higher of a near row and the far row behind it, shifted along the ray to the nearest column."""
    width = source.shape[1]
    near_here, far_here = 0 <= near < count, 0 <= far < count
    low, high = max(0, -shift), min(width, width - shift)
    for col in range(width):
        target[place, col] = source[start + near, col] if near_here else NOTHING
    if far_here and high > low:
        first, after = np.uint64(low), np.uint64(low + shift)
        row, out = source[start + far], target[place]
        for i in range(np.uint64(high - low)):
            known, height = out[first + i], row[after + i]
            out[first + i] = height if height > known else known


@njit(cache=True)
def plan_row(
    row: int, rows: int, first_row: int, down: int, drift: float, step_m: float, stride: int,
    starts: NDArray[np.int64], spots: NDArray[np.int64], offsets: NDArray[np.int64], weights: Grid,
) -> tuple[int, int]:  # fmt: skip
    """List the samples a row's rays take, near to far; return how many are single rows and how many in all.

    `spots` receives the place of each sample for column 0 in the flat heights (single rows) or pyramid (blocks),
    `offsets` the columns it is shifted by, and `weights` (left, right, own height), each divided by the distance. Both
    counts are multiples of `GROUP`: the rest is filled with samples of no weight.
    """
    step, count, singles = 1, 0, 0
    while 0 <= row + down * step < rows:
        here = row + down * step
        level = 0
        if step > NEAR:
            anchor = first_row + here + (0 if down > 0 else 1)
            while level < LEVELS and (2 << level) * PER_OCTAVE <= step and anchor % (2 << level) == 0:
                level += 1
        if level > 0 and singles == 0:
            singles = count = _fill_group(count, spots, offsets, weights)
        line = here if level == 0 else starts[level - 1] + ((first_row + here) >> level) - (first_row >> level)
        whole = math.floor(drift * step + (0.0 if level == 0 else 0.5))
        right = drift * step - whole if level == 0 else 0.0
        inverse = 1.0 / ((step + 0.5 * ((1 << level) - 1)) * step_m)
        spots[count] = line * stride + MARGIN + whole
        offsets[count] = whole
        weights[0, count], weights[1, count], weights[2, count] = (1.0 - right) * inverse, right * inverse, inverse
        count += 1
        step += 1 << level
    count = _fill_group(count, spots, offsets, weights)
    return (count if singles == 0 else singles), count


@njit(cache=True)
def _fill_group(count: int, spots: NDArray[np.int64], offsets: NDArray[np.int64], weights: Grid) -> int:
    """Complete the last group with samples that weigh nothing, at the place of the one before."""
    while count % GROUP:
        spots[count], offsets[count] = spots[count - 1], offsets[count - 1]
        weights[:, count] = np.float32(0)
        count += 1
    return count


@njit(cache=True, fastmath=True)
def raise_horizon(
    padded: Flat, pyramid: Flat, plan: tuple[NDArray[np.int64], NDArray[np.int64], Grid, int, int], column: int,
    last: int, ceiling: np.float32, heights: Flat, tangents: Flat,
) -> None:  # fmt: skip
    """Lift a chunk's tangents to the highest sample of its rays.

    `heights` and `tangents` have `LANES` values; rays stop when the whole chunk has left the columns up to `last`, or
    when nothing as high as `ceiling` could rise above what is found.
    """
    spots, offsets, weights, singles, count = plan
    for group in range(0, count, GROUP):
        far = column + offsets[group + GROUP - 1]
        if far + LANES <= 0 or far > last:
            _leave(padded if group < singles else pyramid, plan, group, column, last, heights, tangents)
            return
        if group < singles:
            _eight_samples(padded, spots, weights, group, column, heights, tangents)
        elif _rises(ceiling, weights[2, group], heights, tangents):
            _eight_blocks(pyramid, spots, weights, group, column, heights, tangents)
        else:
            return


@njit(cache=True, fastmath=True)
def _leave(
    source: Flat, plan: tuple[NDArray[np.int64], NDArray[np.int64], Grid, int, int], group: int, column: int, last: int,
    heights: Flat, tangents: Flat,
) -> None:  # fmt: skip
    """Take the last samples of a chunk one by one, until all of it has left the raster."""
    spots, offsets, weights, _, _ = plan
    for sample in range(group, group + GROUP):
        shift = column + offsets[sample]
        if shift + LANES <= 0 or shift > last:
            return
        left, right, inverse = weights[0, sample], weights[1, sample], weights[2, sample]
        before = np.uint64(spots[sample] + column)
        after = before + np.uint64(1)
        for i in range(np.uint64(LANES)):
            tangent = source[before + i] * left + source[after + i] * right - heights[i] * inverse
            known = tangents[i]
            tangents[i] = tangent if tangent > known else known


@njit(cache=True, fastmath=True)
def _eight_samples(
    source: Flat, spots: NDArray[np.int64], weights: Grid, first: int, column: int, heights: Flat, tangents: Flat
) -> None:
    """Lift the tangents to the highest of eight samples: the tangents are read and written once."""
    p0, p1, p2, p3 = (np.uint64(spots[first + 0] + column), np.uint64(spots[first + 1] + column), np.uint64(spots[first + 2] + column), np.uint64(spots[first + 3] + column))
    p4, p5, p6, p7 = (np.uint64(spots[first + 4] + column), np.uint64(spots[first + 5] + column), np.uint64(spots[first + 6] + column), np.uint64(spots[first + 7] + column))
    q0, q1, q2, q3 = p0 + np.uint64(1), p1 + np.uint64(1), p2 + np.uint64(1), p3 + np.uint64(1)
    q4, q5, q6, q7 = p4 + np.uint64(1), p5 + np.uint64(1), p6 + np.uint64(1), p7 + np.uint64(1)
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
    source: Flat, spots: NDArray[np.int64], weights: Grid, first: int, column: int, heights: Flat, tangents: Flat
) -> None:
    """Lift the tangents to the highest of eight blocks."""
    p0, p1, p2, p3 = (np.uint64(spots[first + 0] + column), np.uint64(spots[first + 1] + column), np.uint64(spots[first + 2] + column), np.uint64(spots[first + 3] + column))
    p4, p5, p6, p7 = (np.uint64(spots[first + 4] + column), np.uint64(spots[first + 5] + column), np.uint64(spots[first + 6] + column), np.uint64(spots[first + 7] + column))
    c0, c1, c2, c3 = weights[2, first + 0], weights[2, first + 1], weights[2, first + 2], weights[2, first + 3]
    c4, c5, c6, c7 = weights[2, first + 4], weights[2, first + 5], weights[2, first + 6], weights[2, first + 7]
    for i in range(np.uint64(LANES)):
        own = heights[i]
        t0 = (source[p0 + i] - own) * c0
        t1 = (source[p1 + i] - own) * c1
        t2 = (source[p2 + i] - own) * c2
        t3 = (source[p3 + i] - own) * c3
        t4 = (source[p4 + i] - own) * c4
        t5 = (source[p5 + i] - own) * c5
        t6 = (source[p6 + i] - own) * c6
        t7 = (source[p7 + i] - own) * c7
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
    return lifted > np.uint32(0)
