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
def contacts(labels: Ints, planes: Floats, cell_m: float) -> Floats:
    """Return, for each pair of planes, how they meet; shape (planes, planes, 3).

    Parameters
    ----------
    labels, planes
        As above.
    cell_m
        Width of a cell. Metres.

    Returns
    -------
    [i, j] = (cell sides shared, sum over these of how much higher plane i is than j there, sum of its square). Metres.
    """
    rows, cols = labels.shape
    meets = np.zeros((len(planes), len(planes), 3))
    for row in range(rows):
        for col in range(cols):
            for step in range(2):
                near_row, near_col = row + step, col + 1 - step
                if near_row >= rows or near_col >= cols:
                    continue
                one, other = labels[row, col] - 1, labels[near_row, near_col] - 1
                if one < 0 or other < 0 or one == other:
                    continue
                x_m, y_m = (0.5 * (col + near_col) + 0.5) * cell_m, -(0.5 * (row + near_row) + 0.5) * cell_m
                rise_m = planes[one, 2] - planes[other, 2]
                rise_m += (planes[one, 0] - planes[other, 0]) * x_m + (planes[one, 1] - planes[other, 1]) * y_m
                for first, second, sign in ((one, other, 1.0), (other, one, -1.0)):
                    meets[first, second, 0] += 1.0
                    meets[first, second, 1] += sign * rise_m
                    meets[first, second, 2] += rise_m * rise_m
    return meets


@njit(cache=True, nogil=True)
def merge_twins(heights_m: Floats, labels: Ints, planes: Floats, noise_m: float, cell_m: float) -> None:
    """Merge, in place, neighbours that are one plane, the likest first.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols).
    labels, planes
        Changed in place; the plane that goes stays in the table and holds no cell.
    noise_m
        Standard deviation of the heights. Metres.
    cell_m
        Width of a cell. Metres.
    """
    while _merge_likest(heights_m, labels, planes, noise_m, cell_m):
        pass


@njit(cache=True, nogil=True)
def _merge_likest(heights_m: Floats, labels: Ints, planes: Floats, noise_m: float, cell_m: float) -> bool:
    """Merge the two neighbours that are most nearly one plane; return whether there were any."""
    meets = contacts(fill(labels), planes, cell_m)
    sums = refit_planes(heights_m, labels, planes, OUTLIER * noise_m, cell_m)
    best, keep, gone = MERGE_OFF**2, -1, -1
    for one in range(len(planes)):
        for other in range(one + 1, len(planes)):
            if meets[one, other, 0] < 1 or min(sums[one, 0], sums[other, 0]) < 1:
                continue
            if _cosine(planes[one], planes[other]) < MERGE_TURN:
                continue
            worse = _cost_of_merging(sums[one], sums[other], noise_m)
            if worse < best:
                best, keep, gone = worse, one, other
    if keep < 0:
        return False
    _relabel(labels, gone + 1, keep + 1)
    east, north, height, _ = solve_plane(sums[keep] + sums[gone])
    planes[keep, 0], planes[keep, 1], planes[keep, 2] = east, north, height
    return True


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
    meets = contacts(fill(labels), planes, cell_m)
    cells = np.bincount(np.maximum(labels, 0).ravel(), minlength=len(planes) + 1)
    for small in range(len(planes)):
        if cells[small + 1] * cell_m * cell_m > SMALL_OBSTACLE_M2:
            continue
        touched, above = 0.0, 0.0
        for other in range(len(planes)):
            sides = meets[small, other, 0]
            if sides > 0 and cells[other + 1] > cells[small + 1]:
                touched += sides
                above += sides if meets[small, other, 1] > STEP_M * sides else 0.0
        around = 4.0 * math.sqrt(cells[small + 1])
        if above > STEP_SHARE * touched and above > 0.4 * around:
            _relabel(labels, small + 1, 0)


@njit(cache=True, nogil=True)
def drop_rough(labels: Ints, rmse_m: Floats, most_m: float) -> None:
    """Take off, in place, planes whose cells spread more than `most_m` about them: crowns. Metres."""
    for label in range(len(rmse_m)):
        if rmse_m[label] > most_m:
            _relabel(labels, label + 1, 0)


@njit(cache=True, nogil=True)
def _relabel(labels: Ints, old: int, new: int) -> None:
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            if labels[row, col] == old:
                labels[row, col] = new


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
