"""Straight lines between the planes of a roof, and which cells lie in a polygon.

Coordinates are those of `geo.kernels.roof_fits`: metres to the east and north of a patch's north-west corner.
"""

import math

import numpy as np
from numba import njit

from geo.kernels.roof_fits import Bools, Floats, Ints

CREASE_TURN = 0.05
"""Planes whose slopes differ by less have no line of intersection worth the name, metres per metre."""
CREASE_REACH = 1.8
"""Cell sides this near to the intersection of two planes, in cells, are its staircase."""
STRIP = 0.8
"""Half of the width of the strip that a straight step fills with its staircase, in cells."""
GAP = 4.0
"""A line is broken where no cell side is near it for this many cells."""
HALF_SIDE = 0.5
"""A line reaches beyond the middle of its last cell side; in cells."""
LEAST_SIDES = 3
MOST_LINES = 12


@njit(cache=True, nogil=True)
def cells_inside(sides: Floats, rows: int, cols: int, cell_m: float) -> Bools:
    """Return the cells whose centre lies inside an outline.

    Parameters
    ----------
    sides
        (x, y, x, y) of each side of every ring, in any order. Metres, shape (sides, 4).
    rows, cols
        Shape of the patch.
    cell_m
        Width of a cell. Metres.

    References
    ----------
    Even-odd rule; holes are rings like others.
    """
    odd = np.zeros((rows, cols + 1), np.bool_)
    for side in range(len(sides)):
        x0, y0, x1, y1 = sides[side] / cell_m
        if y0 == y1:
            continue
        top, bottom = max(y0, y1), min(y0, y1)
        # Row r has its centre at y = -(r + 0.5); a side holds its lower end, not its upper one.
        for row in range(max(0, math.ceil(-top - 0.5)), min(rows, math.ceil(-bottom - 0.5) + 1)):
            y = -(row + 0.5)
            if bottom <= y < top:
                first = math.ceil(x0 + (y - y0) / (y1 - y0) * (x1 - x0) - 0.5)
                odd[row, min(max(first, 0), cols)] ^= True
    inside = np.zeros((rows, cols), np.bool_)
    for row in range(rows):
        within = False
        for col in range(cols):
            within ^= odd[row, col]
            inside[row, col] = within
    return inside


@njit(cache=True, nogil=True)
def label_inside(sides: Floats, labels: Ints, x_m: float, y_m: float, cell_m: float) -> int:
    """Return the label that most cells inside an outline bear; that of the cell nearest to a point if none is inside.

    Parameters
    ----------
    sides
        As in `cells_inside`.
    labels
        Shape (rows, cols); only those above 0 count.
    x_m, y_m
        A point inside the outline. Metres.
    cell_m
        Width of a cell. Metres.

    Returns
    -------
    0 where no cell inside, and none within four cells of the point, has a label.
    """
    rows, cols = labels.shape
    west = max(0, math.floor(min(sides[:, 0].min(), sides[:, 2].min()) / cell_m) - 1)
    east = min(cols, math.ceil(max(sides[:, 0].max(), sides[:, 2].max()) / cell_m) + 1)
    north = max(0, math.floor(-max(sides[:, 1].max(), sides[:, 3].max()) / cell_m) - 1)
    south = min(rows, math.ceil(-min(sides[:, 1].min(), sides[:, 3].min()) / cell_m) + 1)
    if east <= west or south <= north:
        return 0
    origin = np.array([west, -north, west, -north]) * cell_m
    inside = cells_inside(sides - origin, south - north, east - west, cell_m)
    counts = np.zeros(labels.max() + 2, np.int64)
    for row in range(north, south):
        for col in range(west, east):
            if inside[row - north, col - west] and labels[row, col] > 0:
                counts[labels[row, col]] += 1
    if counts.max() > 0:
        return int(counts.argmax())
    return _nearest_label(labels, x_m / cell_m - 0.5, -y_m / cell_m - 0.5)


@njit(cache=True, nogil=True)
def _nearest_label(labels: Ints, col: float, row: float) -> int:
    """Return the label of the nearest cell that has one, at most four cells away; 0 if there is none."""
    rows, cols = labels.shape
    best, least = 0, 16.0
    for near_row in range(max(0, int(row) - 4), min(rows, int(row) + 6)):
        for near_col in range(max(0, int(col) - 4), min(cols, int(col) + 6)):
            away = (near_row - row) ** 2 + (near_col - col) ** 2
            if labels[near_row, near_col] > 0 and away < least:
                best, least = labels[near_row, near_col], away
    return best


@njit(cache=True, nogil=True)
def border_lines(labels: Ints, planes: Floats, directions_rad: Floats, overshoot_m: float, cell_m: float) -> Floats:
    """Return straight lines that separate the planes of a roof.

    Where two planes meet, the line is their intersection. Where there is a step, it is fitted to the staircase of
    cell sides, along one of the footprint's directions if these fit nearly as well as any.

    Parameters
    ----------
    labels
        1 + plane of each cell, <= 0 where none, shape (rows, cols).
    planes
        (slope_east, slope_north, height_m), shape (planes, 3).
    directions_rad
        Directions of the footprint's walls, counter-clockwise from east, shape (directions,).
    overshoot_m
        How far a line goes on beyond its last cell side, so that it meets the next. Metres.
    cell_m
        Width of a cell. Metres.

    Returns
    -------
    (x, y, x, y) of the ends. Metres, shape (lines, 4).
    """
    pairs, sides = _shared_sides(labels, cell_m)
    order = np.argsort(pairs, kind="mergesort")
    lines = np.empty((len(sides), 4))
    count, first = 0, 0
    while first < len(order):
        last = first
        while last < len(order) and pairs[order[last]] == pairs[order[first]]:
            last += 1
        points = sides[order[first:last]]
        pair = pairs[order[first]]
        gap = planes[pair // len(planes)] - planes[pair % len(planes)]
        count = _lines_of_pair(points, gap, directions_rad, cell_m, lines, count)
        first = last
    return _longer(lines[:count], overshoot_m)


@njit(cache=True, nogil=True)
def _longer(lines: Floats, by_m: float) -> Floats:
    """Return the lines, longer at both ends."""
    run = lines[:, 2:] - lines[:, :2]
    unit = run / np.sqrt((run**2).sum(axis=1)).reshape(-1, 1)
    return np.concatenate((lines[:, :2] - by_m * unit, lines[:, 2:] + by_m * unit), axis=1)


@njit(cache=True, nogil=True)
def _shared_sides(labels: Ints, cell_m: float) -> tuple[Ints, Floats]:
    """Return, for each cell side between two planes, the pair's number and the middle of the side."""
    rows, cols = labels.shape
    planes = labels.max()
    pairs = np.empty(2 * labels.size, np.int32)
    middles = np.empty((2 * labels.size, 2))
    count = 0
    for row in range(rows):
        for col in range(cols):
            for step in range(2):
                near_row, near_col = row + step, col + 1 - step
                if near_row >= rows or near_col >= cols:
                    continue
                one, other = labels[row, col] - 1, labels[near_row, near_col] - 1
                if one < 0 or other < 0 or one == other:
                    continue
                pairs[count] = min(one, other) * planes + max(one, other)
                middles[count, 0] = (0.5 * (col + near_col) + 0.5) * cell_m
                middles[count, 1] = -(0.5 * (row + near_row) + 0.5) * cell_m
                count += 1
    return pairs[:count].copy(), middles[:count].copy()


@njit(cache=True, nogil=True)
def _lines_of_pair(
    points: Floats, gap: Floats, directions_rad: Floats, cell_m: float, lines: Floats, count: int
) -> int:
    """Add the lines between two planes to the table; return its new length."""
    turn = math.hypot(gap[0], gap[1])
    if turn > CREASE_TURN:
        # n·p = d is the line where both planes have one height
        normal, off_m = np.array([gap[0] / turn, gap[1] / turn]), -gap[2] / turn
        near = np.abs(points @ normal - off_m) <= CREASE_REACH * cell_m
        if near.sum() >= max(2, 0.25 * len(points)):
            count = _add_runs(points[near], normal, off_m, cell_m, lines, count)
            points = points[~near]
    for _ in range(MOST_LINES):
        if len(points) < LEAST_SIDES:
            break
        normal, off_m, support = _best_strip(points, directions_rad, cell_m)
        if support < LEAST_SIDES:
            break
        near = np.abs(points @ normal - off_m) <= STRIP * cell_m
        count = _add_runs(points[near], normal, off_m, cell_m, lines, count)
        points = points[~near]
    return count


@njit(cache=True, nogil=True)
def _best_strip(points: Floats, directions_rad: Floats, cell_m: float) -> tuple[Floats, float, int]:
    """Return the normal, the offset and the count of points of the strip that holds most of them."""
    best_normal, best_off_m, best_held, best_score = np.array([1.0, 0.0]), 0.0, 0, 0.0
    angles = np.concatenate((directions_rad, np.arange(0.0, np.pi, np.pi / 24)))
    for number in range(len(angles)):
        normal = np.array([-math.sin(angles[number]), math.cos(angles[number])])
        offsets = np.sort(points @ normal)
        first = 0
        for last in range(len(offsets)):
            while offsets[last] - offsets[first] > 2.0 * STRIP * cell_m:
                first += 1
            held = last - first + 1
            score = held * (1.2 if number < len(directions_rad) else 1.0)
            if score > best_score:
                best_score, best_held = score, held
                best_normal, best_off_m = normal, offsets[first : last + 1].mean()
    return best_normal, best_off_m, best_held


@njit(cache=True, nogil=True)
def _add_runs(points: Floats, normal: Floats, off_m: float, cell_m: float, lines: Floats, count: int) -> int:
    """Add the stretches of one line that have points near them; return the table's new length."""
    along = np.sort(points[:, 1] * normal[0] - points[:, 0] * normal[1])
    start = 0
    for last in range(len(along)):
        if last + 1 < len(along) and along[last + 1] - along[last] <= GAP * cell_m:
            continue
        if count < len(lines):
            for end, place in ((0, along[start] - HALF_SIDE * cell_m), (2, along[last] + HALF_SIDE * cell_m)):
                lines[count, end] = normal[0] * off_m - normal[1] * place
                lines[count, end + 1] = normal[1] * off_m + normal[0] * place
            count += 1
        start = last + 1
    return count
