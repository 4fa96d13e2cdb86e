"""Planes too narrow for a smooth window: steep strips of mansards, looked for in what no plane has taken.

Three cells of the same leftover patch make a plane; the one that most cells of the patch agree with is kept if these
hang together. The draws come from a fixed sequence: same roof, same planes.
"""

import math

import numpy as np
from numba import njit

from geo.kernels.roof_fits import SUMS, Floats, Ints, Plane, add_point, solve_plane
from geo.kernels.roof_growth import Order
from geo.kernels.roof_refine import part_of

DRAWS = 60
REACH = 3.0
"""How far a cell may be from a plane that takes it; standard deviations of the noise."""
SPAN = 5
"""The second and third cell of a draw are at most so many cells from the first."""
STEEPEST = math.tan(math.radians(75.0))
"""What is steeper is a wall or the side of a tree, metres per metre."""
DENSE = 2.6
"""Sides that the cells of a plane must share on average with others of it; scattered cells of a tree share fewer."""


@njit(cache=True, nogil=True)
def find_leftovers(heights_m: Floats, labels: Ints, noise_m: float, cell_m: float, least_cells: int) -> Floats:
    """Return planes found among cells on none, and give these cells labels that follow those in use, in place.

    Parameters
    ----------
    heights_m
        Metres, shape (rows, cols).
    labels
        1 + plane of each cell, 0 where none, -1 outside; changed in place.
    noise_m
        Standard deviation of the heights. Metres.
    cell_m
        Width of a cell. Metres.
    least_cells
        Smaller planes are not looked for.

    References
    ----------
    Fischler & Bolles (1981), https://doi.org/10.1145/358669.358692.
    """
    seen = np.ones(labels.shape, np.bool_)
    first, count = 0, 0
    for row in range(labels.shape[0]):
        for col in range(labels.shape[1]):
            seen[row, col] = labels[row, col] != 0
            first = max(first, labels[row, col])
    region, marks = np.empty(labels.size, np.int64), np.zeros(labels.shape, np.int32)
    found = np.empty((labels.size // least_cells + 1, 3))
    for start in range(labels.size):
        row, col = start // labels.shape[1], start % labels.shape[1]
        if seen[row, col]:
            continue
        held = part_of(labels, seen, region, row, col)
        cells = region[:held].copy()
        while len(cells) >= least_cells and count < len(found):
            plane = _best_plane(heights_m, cells, noise_m, cell_m)
            taken = _dense_part(_agreeing(heights_m, cells, plane, noise_m, cell_m), marks, least_cells)
            if len(taken) == 0:
                break
            found[count] = _fit(heights_m, taken, cell_m)
            count += 1
            for cell in taken:
                labels[cell // labels.shape[1], cell % labels.shape[1]] = first + count
            cells = _free(cells, labels)
    return found[:count].copy()


@njit(cache=True, nogil=True)
def _best_plane(heights_m: Floats, cells: Order, noise_m: float, cell_m: float) -> Plane:
    """Return the plane through three cells that most cells agree with, fitted again to these."""
    best, most = (0.0, 0.0, np.inf), 0
    state = np.int64(12345)
    triple, cols = np.empty(3, np.int64), heights_m.shape[1]
    for _ in range(DRAWS):
        for corner in range(3):
            state = (state * 1103515245 + 12345) % 2147483648  # Park & Miller's sequence, as in C's rand
            triple[corner] = cells[(state >> 8) % len(cells)]
        if _apart(triple[0], triple[1], cols) > SPAN or _apart(triple[0], triple[2], cols) > SPAN:
            continue
        east, north, height = _fit(heights_m, triple, cell_m)
        if math.hypot(east, north) > STEEPEST:
            continue
        agreeing = _agreeing(heights_m, cells, (east, north, height), noise_m, cell_m)
        if len(agreeing) > most:
            best, most = _fit(heights_m, agreeing, cell_m), len(agreeing)
    return best


@njit(cache=True, nogil=True)
def _apart(one: int, other: int, cols: int) -> int:
    """Return how many rows or columns, whichever is more, lie between two cells."""
    return max(abs(one // cols - other // cols), abs(one % cols - other % cols))


@njit(cache=True, nogil=True)
def _fit(heights_m: Floats, cells: Order, cell_m: float) -> Plane:
    """Return the least-squares plane of some cells."""
    cols = heights_m.shape[1]
    sums = np.zeros(SUMS)
    for cell in cells:
        row, col = cell // cols, cell % cols
        add_point(sums, (col + 0.5) * cell_m, -(row + 0.5) * cell_m, heights_m[row, col])
    east, north, height, _ = solve_plane(sums)
    return east, north, height


@njit(cache=True, nogil=True)
def _agreeing(heights_m: Floats, cells: Order, plane: Plane, noise_m: float, cell_m: float) -> Order:
    """Return the cells near a plane."""
    cols = heights_m.shape[1]
    near = np.empty(len(cells), np.int64)
    count = 0
    for cell in cells:
        row, col = cell // cols, cell % cols
        off_m = heights_m[row, col] - plane[0] * (col + 0.5) * cell_m + plane[1] * (row + 0.5) * cell_m - plane[2]
        if abs(off_m) <= REACH * noise_m:
            near[count] = cell
            count += 1
    return near[:count].copy()


@njit(cache=True, nogil=True)
def _dense_part(cells: Order, marks: Ints, least_cells: int) -> Order:
    """Return the largest part of some cells that hangs together; none if it is small or scattered. Marks stay clear."""
    cols = marks.shape[1]
    for cell in cells:
        marks[cell // cols, cell % cols] = 1
    region = np.empty(len(cells), np.int64)
    largest = region[:0].copy()
    shared = 0
    for cell in cells:
        if marks[cell // cols, cell % cols] == 1:
            held = _take_part(marks, region, cell)
            if held > len(largest):
                largest = region[:held].copy()
    if len(largest) >= least_cells:
        for cell in largest:
            marks[cell // cols, cell % cols] = 3
        shared = _shared_sides(largest, marks)
    for cell in cells:
        marks[cell // cols, cell % cols] = 0
    if len(largest) < least_cells or shared < DENSE * len(largest):
        return largest[:0].copy()
    return largest


@njit(cache=True, nogil=True)
def _take_part(marks: Ints, region: Order, start: int) -> int:
    """Fill `region` with the cells marked 1 that hang together with one, mark them 2, and return their count."""
    rows, cols = marks.shape
    region[0] = start
    marks[start // cols, start % cols] = 2
    held, done = 1, 0
    while done < held:
        row, col = region[done] // cols, region[done] % cols
        done += 1
        for step in range(4):
            near_row, near_col = row + (step == 0) - (step == 1), col + (step == 2) - (step == 3)  # noqa: PLR2004
            if near_row < 0 or near_col < 0 or near_row >= rows or near_col >= cols or marks[near_row, near_col] != 1:
                continue
            marks[near_row, near_col] = 2
            region[held] = near_row * cols + near_col
            held += 1
    return held


@njit(cache=True, nogil=True)
def _shared_sides(cells: Order, marks: Ints) -> int:
    """Return how many sides cells marked 3 share with each other, each counted from both."""
    rows, cols = marks.shape
    count = 0
    for cell in cells:
        row, col = cell // cols, cell % cols
        count += row > 0 and marks[row - 1, col] == 3  # noqa: PLR2004 - the mark of `_dense_part`
        count += row + 1 < rows and marks[row + 1, col] == 3  # noqa: PLR2004
        count += col > 0 and marks[row, col - 1] == 3  # noqa: PLR2004
        count += col + 1 < cols and marks[row, col + 1] == 3  # noqa: PLR2004
    return count


@njit(cache=True, nogil=True)
def _free(cells: Order, labels: Ints) -> Order:
    """Return the cells that are on no plane, in order."""
    rest = np.empty(len(cells), np.int64)
    count = 0
    for cell in cells:
        if labels[cell // labels.shape[1], cell % labels.shape[1]] == 0:
            rest[count] = cell
            count += 1
    return rest[:count].copy()
