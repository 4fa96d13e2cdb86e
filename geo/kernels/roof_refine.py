"""Planes of a roof set right: each cell to the neighbouring plane that fits it best, planes fitted again, twins merged.

Labels: 1 + plane of a cell, 0 where the cell is known but on no plane, -1 outside.
"""

import math

import numpy as np
from numba import njit

from geo.kernels.roof_fits import Bools, Floats, Ints, refit_planes, solve_plane
from geo.kernels.roof_growth import Order

OUTLIER = 4.0
"""A cell farther than this from every neighbouring plane is on none of them; standard deviations of the noise."""
BOND = 0.7
"""What a cell pays for each side neighbour on another plane (half for a corner), in halves of squared deviations."""
SWEEPS = 12
MERGE_TURN = math.cos(math.radians(7.0))
"""Planes whose normals stand at a larger angle are not one."""
MERGE_OFF = 0.8
"""How much worse the smaller of two twins may fit a common plane: root mean square, in standard deviations."""
SMALL_OBSTACLE_M2 = 9.0
STEP_M = 0.3
"""A plane smaller than this that stands a step above what surrounds it is a thing on the roof."""
STEP_SHARE = 0.5
AROUND_SHARE = 0.4
"""Shares of its border with larger planes, and of the outline of a square of its size, along which it does so."""


@njit(cache=True, nogil=True)
def compete(heights_m: Floats, labels: Ints, planes: Floats, noise_m: float, cell_m: float) -> None:
    """Move cells, in place, to the neighbouring plane that fits them and their neighbourhood best, until none moves.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols).
    labels
        Changed in place.
    planes
        Shape (planes, 3).
    noise_m
        Standard deviation of the heights. Metres.
    cell_m
        Width of a cell. Metres.

    References
    ----------
    Besag (1986), iterated conditional modes, https://doi.org/10.1111/j.2517-6161.1986.tb01412.x.
    """
    rows, cols = labels.shape
    scaled = np.empty((len(planes), 3))
    for plane in range(len(planes)):
        scaled[plane, 0] = planes[plane, 0] * cell_m / noise_m
        scaled[plane, 1] = planes[plane, 1] * cell_m / noise_m
        scaled[plane, 2] = planes[plane, 2] / noise_m
    for sweep in range(SWEEPS):
        moved = 0
        for place in range(rows * cols):
            cell = place if sweep % 2 == 0 else rows * cols - 1 - place
            row, col = cell // cols, cell % cols
            if labels[row, col] < 0:
                continue
            best = _best_label(heights_m[row, col] / noise_m, labels, scaled, row, col)
            if best != labels[row, col]:
                labels[row, col] = best
                moved += 1
        if moved == 0:
            break


@njit(cache=True, nogil=True)
def _best_label(height_m: float, labels: Ints, scaled: Floats, row: int, col: int) -> int:
    """Return the label of least cost among those of a cell's eight neighbours, its own, and none.

    Height and planes are in noises; planes rise per cell.
    """
    rows, cols = labels.shape
    x, y = col + 0.5, -(row + 0.5)
    best, least = 0, 0.5 * OUTLIER**2 + BOND * _strangers(labels, row, col, 0)
    for near_row in range(max(0, row - 1), min(rows, row + 2)):
        for near_col in range(max(0, col - 1), min(cols, col + 2)):
            label = labels[near_row, near_col]
            if label <= 0 or label == best:
                continue
            off = height_m - scaled[label - 1, 0] * x - scaled[label - 1, 1] * y - scaled[label - 1, 2]
            if abs(off) > OUTLIER:
                continue
            cost = 0.5 * off * off + BOND * _strangers(labels, row, col, label)
            if cost < least:
                best, least = label, cost
    return best


@njit(cache=True, nogil=True)
def _strangers(labels: Ints, row: int, col: int, label: int) -> float:
    """Return how many neighbours inside bear another label; a corner counts half."""
    rows, cols = labels.shape
    count = 0.0
    for near_row in range(max(0, row - 1), min(rows, row + 2)):
        for near_col in range(max(0, col - 1), min(cols, col + 2)):
            other = labels[near_row, near_col]
            if other >= 0 and other != label:
                count += 1.0 if near_row == row or near_col == col else 0.5
    return count - (1.0 if labels[row, col] >= 0 and labels[row, col] != label else 0.0)


@njit(cache=True, nogil=True)
def split_apart(labels: Ints, planes: Floats, least_cells: int) -> Floats:
    """Give each separate part of a plane its own label, in place; parts of few cells lose theirs. Return the planes.

    Parameters
    ----------
    labels
        Changed in place. Parts hang together by their sides; cells on no plane count with the nearest, so that a
        chimney does not cut a plane in two.
    planes
        Shape (planes, 3).
    least_cells
        Smaller parts are dropped.
    """
    rows, cols = labels.shape
    full = fill(labels)
    seen = np.zeros(labels.shape, np.bool_)
    region = np.empty(labels.size, np.int64)
    kept = np.empty((labels.size // max(1, least_cells) + 1, 3))
    count = 0
    for row in range(rows):
        for col in range(cols):
            if seen[row, col] or full[row, col] <= 0:
                continue
            held = part_of(full, seen, region, row, col)
            own = 0
            for cell in region[:held]:
                own += labels[cell // cols, cell % cols] > 0
            if own >= least_cells:
                kept[count] = planes[full[row, col] - 1]
                count += 1
            for cell in region[:held]:
                if labels[cell // cols, cell % cols] > 0:
                    labels[cell // cols, cell % cols] = count if own >= least_cells else 0
    return kept[:count].copy()


@njit(cache=True, nogil=True)
def part_of(labels: Ints, seen: Bools, region: Order, row: int, col: int) -> int:
    """Fill `region` with the cells of one label that hang together with a cell; return their count."""
    rows, cols = labels.shape
    label = labels[row, col]
    region[0] = row * cols + col
    seen[row, col] = True
    held, done = 1, 0
    while done < held:
        here_row, here_col = region[done] // cols, region[done] % cols
        done += 1
        for step in range(4):
            near_row = here_row + (step == 0) - (step == 1)
            near_col = here_col + (step == 2) - (step == 3)  # noqa: PLR2004
            if near_row < 0 or near_col < 0 or near_row >= rows or near_col >= cols or seen[near_row, near_col]:
                continue
            if labels[near_row, near_col] == label:
                seen[near_row, near_col] = True
                region[held] = near_row * cols + near_col
                held += 1
    return held


@njit(cache=True, nogil=True)
def shared_sides(labels: Ints, planes: int) -> tuple[Order, Floats]:
    """Return the cell sides between two planes, sides of one pair together.

    Parameters
    ----------
    labels
        1 + plane of each cell, <= 0 where none, shape (rows, cols).
    planes
        How many planes there are.

    Returns
    -------
    The pair of each side, as lower plane times `planes` plus higher plane, rising, shape (sides,); and the middle of
    each side as (column, row), where the first cell is centred on (0, 0), shape (sides, 2).
    """
    rows, cols = labels.shape
    pairs, middles = np.empty(2 * labels.size, np.int64), np.empty((2 * labels.size, 2))
    count = 0
    for row in range(rows):
        for col in range(cols):
            for step in range(2):
                near_row, near_col = row + step, col + 1 - step
                if near_row >= rows or near_col >= cols:
                    continue
                one, other = labels[row, col] - 1, labels[near_row, near_col] - 1
                if one >= 0 and other >= 0 and one != other:
                    pairs[count] = min(one, other) * planes + max(one, other)
                    middles[count, 0], middles[count, 1] = 0.5 * (col + near_col), 0.5 * (row + near_row)
                    count += 1
    order = np.argsort(pairs[:count], kind="mergesort")
    sorted_middles = np.empty((count, 2))
    for place in range(count):
        sorted_middles[place, 0], sorted_middles[place, 1] = middles[order[place], 0], middles[order[place], 1]
    return pairs[:count][order], sorted_middles


@njit(cache=True, nogil=True)
def merge_twins(heights_m: Floats, labels: Ints, planes: Floats, noise_m: float, cell_m: float) -> None:
    """Merge, in place, neighbours that are one plane.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols).
    labels, planes
        Changed in place; a plane that goes stays in the table and holds no cell.
    noise_m
        Standard deviation of the heights. Metres.
    cell_m
        Width of a cell. Metres.
    """
    while _merge_likest(heights_m, labels, planes, noise_m, cell_m):
        pass


@njit(cache=True, nogil=True)
def _merge_likest(heights_m: Floats, labels: Ints, planes: Floats, noise_m: float, cell_m: float) -> bool:
    """Merge each two neighbours of which each is the other's likest twin; return whether there were any."""
    pairs, _ = shared_sides(fill(labels), len(planes))
    sums = refit_planes(heights_m, labels, planes, OUTLIER * noise_m, cell_m)
    twin = np.full(len(planes), -1, np.int64)
    least = np.full(len(planes), MERGE_OFF**2)
    for place in range(len(pairs)):
        one, other = pairs[place] // len(planes), pairs[place] % len(planes)
        if (place > 0 and pairs[place] == pairs[place - 1]) or min(sums[one, 0], sums[other, 0]) < 1:
            continue
        if _cosine(planes[one], planes[other]) < MERGE_TURN:
            continue
        worse = _cost_of_merging(sums[one], sums[other], noise_m)
        for here, there in ((one, other), (other, one)):
            if worse < least[here]:
                least[here], twin[here] = worse, there
    names = np.arange(len(planes) + 1)
    merged = False
    for one in range(len(planes)):
        other = twin[one]
        if other > one and twin[other] == one:
            planes[one, 0], planes[one, 1], planes[one, 2], _ = solve_plane(sums[one] + sums[other])
            names[other + 1] = one + 1
            merged = True
    if merged:
        rename(labels, names)
    return merged


@njit(cache=True, nogil=True)
def _cosine(one: Floats, other: Floats) -> float:
    """Return the cosine of the angle between the normals of two planes."""
    dot = one[0] * other[0] + one[1] * other[1] + 1.0
    lengths = math.sqrt((one[0] ** 2 + one[1] ** 2 + 1.0) * (other[0] ** 2 + other[1] ** 2 + 1.0))
    cosine: float = dot / lengths
    return cosine


@njit(cache=True, nogil=True)
def _cost_of_merging(one: Floats, other: Floats, noise_m: float) -> float:
    """Return by how much squares grow in a common plane, for each cell of the smaller, in those of the misfit."""
    apart = solve_plane(one)[3] + solve_plane(other)[3]
    together = solve_plane(one + other)[3]
    misfit = max(noise_m * noise_m, apart / (one[0] + other[0]))
    cost: float = (together - apart) / (min(one[0], other[0]) * misfit)
    return cost


@njit(cache=True, nogil=True)
def drop_obstacles(labels: Ints, planes: Floats, cell_m: float) -> None:
    """Take off, in place, small planes that stand a step above what surrounds them: dormers, chimneys, crowns.

    Parameters
    ----------
    labels
        Changed in place: cells of obstacles become 0.
    planes
        Shape (planes, 3).
    cell_m
        Width of a cell. Metres.
    """
    pairs, middles = shared_sides(fill(labels), len(planes))
    cells = _count_cells(labels, len(planes))
    touched, above = np.zeros(len(planes)), np.zeros(len(planes))
    first = 0
    while first < len(pairs):
        one, other = pairs[first] // len(planes), pairs[first] % len(planes)
        rise_m, last = 0.0, first
        while last < len(pairs) and pairs[last] == pairs[first]:
            x_m, y_m = (middles[last, 0] + 0.5) * cell_m, -(middles[last, 1] + 0.5) * cell_m
            rise_m += (planes[one, 0] - planes[other, 0]) * x_m + (planes[one, 1] - planes[other, 1]) * y_m
            rise_m += planes[one, 2] - planes[other, 2]
            last += 1
        small = one if cells[one] < cells[other] else other
        touched[small] += last - first
        if (rise_m if small == one else -rise_m) > STEP_M * (last - first):
            above[small] += last - first
        first = last
    names = np.arange(len(planes) + 1)
    for plane in range(len(planes)):
        stands = above[plane] > STEP_SHARE * touched[plane] and above[plane] > AROUND_SHARE * 4 * math.sqrt(
            cells[plane]
        )
        if stands and cells[plane] * cell_m * cell_m <= SMALL_OBSTACLE_M2:
            names[plane + 1] = 0
    rename(labels, names)


@njit(cache=True, nogil=True)
def _count_cells(labels: Ints, planes: int) -> Order:
    """Return how many cells each plane holds."""
    cells = np.zeros(planes, np.int64)
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            if labels[row, col] > 0:
                cells[labels[row, col] - 1] += 1
    return cells


@njit(cache=True, nogil=True)
def rename(labels: Ints, names: Order) -> None:
    """Give each label above 0, in place, the name that stands at its place."""
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            if labels[row, col] > 0:
                labels[row, col] = names[labels[row, col]]


@njit(cache=True, nogil=True)
def fill(labels: Ints) -> Ints:
    """Return the labels with each cell on no plane given that of the nearest cell that has one, by steps inside."""
    rows, cols = labels.shape
    full = labels.copy()
    queue = np.empty(labels.size, np.int64)
    held = 0
    for place in range(labels.size):
        if full[place // cols, place % cols] > 0:
            queue[held] = place
            held += 1
    done = 0
    while done < held:
        row, col = queue[done] // cols, queue[done] % cols
        done += 1
        for step in range(4):
            near_row, near_col = row + (step == 0) - (step == 1), col + (step == 2) - (step == 3)  # noqa: PLR2004
            if near_row < 0 or near_col < 0 or near_row >= rows or near_col >= cols or full[near_row, near_col] != 0:
                continue
            full[near_row, near_col] = full[row, col]
            queue[held] = near_row * cols + near_col
            held += 1
    return full
