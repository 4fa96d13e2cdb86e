"""Where the rays of one direction take their samples: near rows one by one, far ones in blocks of the pyramid.

Rays start at the very centre of each cell. The next `NEAR` rows are sampled one by one, heights interpolated across the
ray. Farther rows are taken in blocks of 2, 4, 8... rows, `PER_OCTAVE` blocks for each doubling of the distance; a block
is known by its highest point along the ray. All cells of a row share every offset and weight.

Only rays nearer to north-south than to east-west are planned; for the others give the transposed raster.
"""

# ruff: noqa: PLR0913, PLR0917 - compiled loops take plain arrays and numbers, not objects

import math
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Grid = NDArray[np.float32]
Flat = NDArray[np.float32]
Places = NDArray[np.int64]

LANES = 64
"""Cells of a row that are worked together."""
MARGIN = LANES + 48
"""Columns of nothing on both sides of a padded raster: a chunk that leaves it never reads the next row."""
NEAR = 14
PER_OCTAVE = 4
"""A block is as long as a quarter of its distance at most."""
LEVELS = 8
"""Blocks up to 2**8 rows: from 2,048 rows away they grow no more."""
GROUP = 8
"""Samples taken together."""
EIGHTHS = 7
"""Mask of the three lowest bits of a block's height: in which eighth of the block its highest point stands."""
FIRST = 0.5
"""Distance of the first sample, in steps: between a cell and its neighbours the surface is a twisted square."""
NOTHING = np.float32(-1.0e5)
"""Height of an unknown cell as an obstacle: it hides nothing."""
LOWEST = np.float32(NOTHING).view(np.int32)
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
    rows, cols = heights_m.shape
    padded = np.full((rows, cols + 2 * MARGIN), NOTHING, np.float32)  # in C order, which np.pad would not promise
    np.copyto(padded[:, MARGIN : MARGIN + cols], heights_m, where=~np.isnan(heights_m))
    return padded


class Samples(NamedTuple):
    """The samples of every row's rays, near to far.

    Attributes
    ----------
    spots
        Places of the two heights of each sample for column 0, in the flat raster (single rows) or pyramid (blocks),
        shape (rows, 2, samples).
    offsets
        Columns by which the farther of the two is shifted, shape (rows, samples).
    weights
        Of single rows: of the two heights and of the own height, each divided by the distance. Of blocks: fall of the
        inverse distance with each eighth, nothing, and inverse distance of the first. Shape (rows, 3, samples).
    counts
        Single rows, and all samples, of each row's rays; multiples of `GROUP`, shape (rows, 2).
    """

    spots: Places
    offsets: Places
    weights: NDArray[np.float32]
    counts: Places


def level_starts(rows: int, first_row: int) -> NDArray[np.int64]:
    """Return where each level of the pyramid starts, in rows of one tall array; the last entry is its height."""
    sizes = [((first_row + rows - 1) >> level) - (first_row >> level) + 1 for level in range(1, LEVELS + 1)]
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def empty_pyramid(padded: Grid, first_row: int) -> Grid:
    """Return the room for all levels of a padded raster's pyramid."""
    return np.empty((int(level_starts(padded.shape[0], first_row)[-1]), padded.shape[1]), np.float32)


def fill_pyramid(padded: Grid, pyramid: Grid, ray: Ray, *, first_row: int) -> None:
    """Fill the pyramid for one ray: the highest points of blocks of 2, 4, 8... rows along it."""
    _fill_pyramid(padded, first_row, ray.down, ray.drift, level_starts(padded.shape[0], first_row), pyramid)


@njit(cache=True, parallel=True)
def _fill_pyramid(padded: Grid, first_row: int, down: int, drift: float, starts: Places, pyramid: Grid) -> None:
    """Fill the highest points, along one ray, of blocks of 2, 4, 8... rows, seen from each column of their near row.

    Blocks start at multiples of their size counted from `first_row`, so every tile of a raster cuts them alike.
    """
    bits = pyramid.view(np.int32)
    for top in prange(starts[LEVELS] - starts[LEVELS - 1]):
        for level in range(1, LEVELS + 1):
            skew = ((first_row >> level) << 1) - (first_row >> (level - 1))
            shift = math.floor(drift * (1 << (level - 1)) + 0.5)
            whole = (((first_row >> LEVELS) + top) << (LEVELS - level)) - (first_row >> level)
            count = starts[level] - starts[level - 1]
            for block in range(max(0, whole), min(count, whole + (1 << (LEVELS - level)))):
                near = 2 * block + skew + (0 if down > 0 else 1)
                target = bits[starts[level - 1] + block]
                if level == 1:
                    _join(padded, padded.view(np.int32), 0, padded.shape[0], near, near + down, shift, 0, target)
                else:
                    start, below = starts[level - 2], starts[level - 1] - starts[level - 2]
                    _join(pyramid, bits, start, below, near, near + down, shift, EIGHTHS, target)


@njit(cache=True, fastmath=True)
def _join(
    heights: Grid, bits: NDArray[np.int32], start: int, count: int, near: int, far: int, shift: int, inner: int,
    target: NDArray[np.int32],
) -> None:  # fmt: skip
    """Write the higher of a near row and the far row behind it, shifted along the ray to the nearest column.

    Where the highest point stands in its half block (the bits `inner`) becomes where it stands in the whole one. Those
    bits move the height itself by less than a millimetre.
    """
    high, half, own = np.int32(~EIGHTHS), np.int32((EIGHTHS + 1) // 2), np.int32(inner)
    one, width = np.int32(1), target.size
    if not 0 <= near < count:
        target[:] = LOWEST
        return
    near_bits, near_heights = bits[start + near], heights[start + near]
    for i in range(np.uint64(width)):
        target[i] = (near_bits[i] & high) | ((near_bits[i] & own) >> one)
    if not 0 <= far < count:
        return
    far_bits, far_heights = bits[start + far], heights[start + far]
    first, last = max(0, -shift), min(width, width - shift)
    start_near, start_far = np.uint64(first), np.uint64(first + shift)
    for i in range(np.uint64(max(0, last - first))):
        here, behind = near_bits[start_near + i], far_bits[start_far + i]
        closer = (here & high) | ((here & own) >> one)
        farther = (behind & high) | half | ((behind & own) >> one)
        target[start_near + i] = farther if far_heights[start_far + i] > near_heights[start_near + i] else closer


def plan_samples(ray: Ray, observers: range, *, rows: int, stride: int, first_row: int) -> Samples:
    """Return the samples of the rays that start in some rows of a padded raster.

    Parameters
    ----------
    observers
        Rows whose rays are wanted.
    rows, stride
        Shape of the padded raster.
    first_row
        Row of its first row in the whole it was cut from.
    """
    most = 128 + (rows >> LEVELS)
    count = len(observers)
    plan = Samples(
        spots=np.empty((count, 2, most), np.int64),
        offsets=np.empty((count, most), np.int64),
        weights=np.empty((count, 3, most), np.float32),
        counts=np.zeros((count, 2), np.int64),
    )
    starts = level_starts(rows, first_row)
    _plan_rows(observers.start, rows, first_row, stride, (ray.down, ray.drift, ray.step_m), starts, *plan)
    return plan


@njit(cache=True, parallel=True)
def _plan_rows(
    start: int, rows: int, first_row: int, stride: int, ray: tuple[int, float, float], starts: Places, spots: Places,
    offsets: Places, weights: NDArray[np.float32], counts: Places,
) -> None:  # fmt: skip
    """Fill the samples of each row."""
    down, drift, step_m = ray
    for index in prange(counts.shape[0]):
        row = start + index
        step, singles = 1, 0
        spot, offset, weight = spots[index], offsets[index], weights[index]
        count = _first_sample(row, rows, stride, ray, spot, offset, weight)
        while 0 <= row + down * step < rows:
            here = row + down * step
            level = _level(step, first_row + here + (0 if down > 0 else 1))
            if level > 0 and singles == 0:
                singles = count = _fill_group(count, spot, offset, weight)
            line = here if level == 0 else starts[level - 1] + ((first_row + here) >> level) - (first_row >> level)
            whole = math.floor(drift * step + (0.0 if level == 0 else 0.5))
            right = drift * step - whole if level == 0 else 0.0
            inverse = 1.0 / (step * step_m)
            spot[0, count] = line * stride + MARGIN + whole
            spot[1, count] = spot[0, count] + 1
            offset[count] = whole
            weight[2, count] = inverse
            if level == 0:
                weight[0, count], weight[1, count] = (1.0 - right) * inverse, right * inverse
            else:
                weight[0, count], weight[2, count] = _decline(step, level, step_m)
            count += 1
            step += 1 << level
        count = _fill_group(count, spot, offset, weight)
        counts[index, 0], counts[index, 1] = (count if singles == 0 else singles), count


@njit(cache=True)
def _decline(step: int, level: int, step_m: float) -> tuple[float, float]:
    """Return how the inverse distance falls with each eighth of a block, and what it is in the first.

    The straight line that errs alike, by some thousandths, at both ends and in the middle.
    """
    eighth = 0.125 * (1 << level)
    start = step + 0.5 * (max(eighth, 1.0) - 1.0)
    near, middle, far = 1.0 / start, 1.0 / (start + 3.5 * eighth), 1.0 / (start + 7.0 * eighth)
    slope = (near - far) / EIGHTHS
    sag = 0.5 * (0.5 * (near + far) - middle)
    return slope / step_m, (near - sag) / step_m


@njit(cache=True)
def _level(step: int, anchor: int) -> int:
    """Return the largest block that may start there: a quarter of its distance at most, at a multiple of its size."""
    level = 0
    if step > NEAR:
        while level < LEVELS and (2 << level) * PER_OCTAVE <= step + 1 and anchor & ((2 << level) - 1) == 0:
            level += 1
    return level


@njit(cache=True)
def _first_sample(
    row: int, rows: int, stride: int, ray: tuple[int, float, float], spot: Places, offset: Places, weight: Grid
) -> int:
    """Begin with a sample inside the square of four centres where a ray starts; return how many there are.

    Of the four heights the farthest, which weighs least there, is left out for the two beside the cell.
    """
    down, drift, step_m = ray
    if not 0 <= row + down < rows:
        return 0
    along, across = FIRST, FIRST * abs(drift)
    offset[0] = 0
    spot[0, 0] = (row + down) * stride + MARGIN
    spot[1, 0] = row * stride + MARGIN + (1 if drift > 0 else -1)
    inverse = 1.0 / (FIRST * step_m)
    weight[0, 0], weight[1, 0] = along * (1.0 - across) * inverse, across * (1.0 - along) * inverse
    weight[2, 0] = weight[0, 0] + weight[1, 0]
    return 1


@njit(cache=True)
def _fill_group(count: int, spot: Places, offset: Places, weight: Grid) -> int:
    """Complete the last group with samples that weigh nothing, at the place of the one before."""
    while count % GROUP:
        spot[:, count], offset[count] = spot[:, count - 1], offset[count - 1]
        weight[:, count] = np.float32(0)
        count += 1
    return count
