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
    rows = padded.shape[0]
    for level in range(1, LEVELS + 1):
        count = starts[level] - starts[level - 1]
        below = rows if level == 1 else starts[level - 1] - starts[level - 2]
        skew = ((first_row >> level) << 1) - (first_row >> (level - 1))
        shift = drift * (1 << (level - 1))
        for block in prange(count):
            near = 2 * block + skew + (0 if down > 0 else 1)
            far = near + down
            target = pyramid[starts[level - 1] + block]
            if level == 1:
                _join(padded, 0, below, near, far, shift, target)
            else:
                _join(pyramid, starts[level - 2], below, near, far, shift, target)


@njit(cache=True, fastmath=True)
def _join(source: Grid, start: int, count: int, near: int, far: int, shift: float, target: Flat) -> None:
    """Write the higher of a near row and the far row behind it, shifted along the ray."""
    whole = math.floor(shift)
    right = np.float32(shift - whole)
    left = np.float32(1) - right
    width = source.shape[1]
    if 0 <= near < count:
        target[:] = source[start + near]
    else:
        target[:] = NOTHING
    if not 0 <= far < count:
        return
    row = source[start + far]
    low, high = max(0, -whole), min(width, width - whole - 1)
    inside, one, two = target[low:high], row[low + whole : high + whole], row[low + whole + 1 : high + whole + 1]
    for i in range(inside.size):
        height = left * one[i] + right * two[i]
        inside[i] = height if height > inside[i] else inside[i]


@njit(cache=True)
def plan_row(
    row: int, rows: int, first_row: int, down: int, drift: float, step_m: float, starts: NDArray[np.int64],
    places: NDArray[np.int64], offsets: NDArray[np.int64], weights: Grid,
) -> tuple[int, int]:  # fmt: skip
    """List the samples a row's rays take, near to far; return how many are single rows and how many in all.

    `places` receives the row of the heights or of the pyramid, `offsets` the columns to its left sample, and `weights`
    (left, right, own height) each divided by the distance.
    """
    step, count, singles = 1, 0, 0
    while 0 <= row + down * step < rows:
        here = row + down * step
        anchor = first_row + here + (0 if down > 0 else 1)
        level = 0
        if step > NEAR:
            while level < LEVELS and (2 << level) * PER_OCTAVE <= step and anchor % (2 << level) == 0:
                level += 1
        if level == 0:
            places[count] = here
            singles += 1
        else:
            places[count] = starts[level - 1] + ((first_row + here) >> level) - (first_row >> level)
        size = 1 << level
        inverse = 1.0 / ((step + 0.5 * (size - 1)) * step_m)
        whole = math.floor(drift * step)
        right = drift * step - whole
        offsets[count] = whole
        weights[0, count] = (1.0 - right) * inverse
        weights[1, count] = right * inverse
        weights[2, count] = inverse
        count += 1
        step += size
    return singles, count


@njit(cache=True, fastmath=True)
def raise_horizon(
    padded: Flat, pyramid: Flat, plan: tuple[NDArray[np.int64], NDArray[np.int64], Grid, int, int], stride: int,
    column: int, last: int, ceiling: np.float32, heights: Flat, tangents: Flat,
) -> None:  # fmt: skip
    """Lift a chunk's tangents to the highest sample of its rays.

    `heights` and `tangents` have `LANES` values; rays stop when the whole chunk has left the columns up to `last`, or
    when nothing as high as `ceiling` could rise above what is found.
    """
    places, offsets, weights, singles, count = plan
    four = 0
    while four < count:
        end = min(four + 4, count)
        far = column + offsets[end - 1]
        inside = end - four == 4 and far + LANES > 0 and far <= last and (four >= singles or end <= singles)
        if inside:
            source = padded if four < singles else pyramid
            _four_samples(source, places, offsets, weights, four, stride, column, heights, tangents)
            four += 4
        else:
            shift = column + offsets[four]
            if shift + LANES <= 0 or shift > last:
                return
            source = padded if four < singles else pyramid
            start = np.uint64(places[four] * stride + MARGIN + shift)
            _one_sample(source, start, weights[0, four], weights[1, four], weights[2, four], heights, tangents)
            four += 1
        if four >= singles and four < count and not _rises(ceiling, weights[2, four], heights, tangents):
            return


@njit(cache=True, fastmath=True)
def _four_samples(
    source: Flat, places: NDArray[np.int64], offsets: NDArray[np.int64], weights: Grid, first: int, stride: int,
    column: int, heights: Flat, tangents: Flat,
) -> None:  # fmt: skip
    """Lift the tangents to the highest of four samples (one read and write of the tangents for four)."""
    start = MARGIN + column
    one = np.uint64(1)
    p0 = np.uint64(places[first] * stride + start + offsets[first])
    p1 = np.uint64(places[first + 1] * stride + start + offsets[first + 1])
    p2 = np.uint64(places[first + 2] * stride + start + offsets[first + 2])
    p3 = np.uint64(places[first + 3] * stride + start + offsets[first + 3])
    a0, a1, a2, a3 = weights[0, first], weights[0, first + 1], weights[0, first + 2], weights[0, first + 3]
    b0, b1, b2, b3 = weights[1, first], weights[1, first + 1], weights[1, first + 2], weights[1, first + 3]
    c0, c1, c2, c3 = weights[2, first], weights[2, first + 1], weights[2, first + 2], weights[2, first + 3]
    q0, q1, q2, q3 = p0 + one, p1 + one, p2 + one, p3 + one
    for i in range(np.uint64(LANES)):
        own = heights[i]
        t0 = source[p0 + i] * a0 + source[q0 + i] * b0 - own * c0
        t1 = source[p1 + i] * a1 + source[q1 + i] * b1 - own * c1
        t2 = source[p2 + i] * a2 + source[q2 + i] * b2 - own * c2
        t3 = source[p3 + i] * a3 + source[q3 + i] * b3 - own * c3
        t0 = t0 if t0 > t1 else t1
        t2 = t2 if t2 > t3 else t3
        t0 = t0 if t0 > t2 else t2
        known = tangents[i]
        tangents[i] = t0 if t0 > known else known


@njit(cache=True, fastmath=True)
def _one_sample(
    source: Flat, start: np.uint64, left: np.float32, right: np.float32, inverse: np.float32, heights: Flat,
    tangents: Flat,
) -> None:  # fmt: skip
    """Lift the tangents to one sample."""
    after = start + np.uint64(1)
    for i in range(np.uint64(LANES)):
        tangent = source[start + i] * left + source[after + i] * right - heights[i] * inverse
        known = tangents[i]
        tangents[i] = tangent if tangent > known else known


@njit(cache=True, fastmath=True)
def _rises(ceiling: np.float32, inverse: np.float32, heights: Flat, tangents: Flat) -> bool:
    """Return whether something that high, no nearer than that, would lift any tangent of the chunk."""
    most = np.float32(-1)
    for i in range(np.uint64(LANES)):
        gain = (ceiling - heights[i]) * inverse - tangents[i]
        most = gain if gain > most else most
    return most > np.float32(0)
