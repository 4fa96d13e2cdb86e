"""Straight lines between the planes of a roof, and which cells lie in a polygon.

Coordinates are those of `geo.kernels.roof_fits`: metres to the east and north of a patch's north-west corner.
"""

import math

import numpy as np
from numba import njit

from geo.kernels.roof_fits import Bools, Floats, Ints
from geo.kernels.roof_refine import shared_sides

Point = tuple[float, float]
Line = tuple[float, float, float]
"""(a, b, c) of a·x + b·y = c, (a, b) of length 1."""

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
FAN = 24
"""Directions tried besides those of the footprint."""
FAVOUR = 1.2
"""How much better one of these must be."""


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
def label_inside(sides: Floats, labels: Ints, planes: int, point_m: Point, cell_m: float) -> int:
    """Return the label that most cells inside an outline bear; that of the cell nearest to a point if none is inside.

    Parameters
    ----------
    sides
        As in `cells_inside`.
    labels
        Shape (rows, cols); only those above 0 count.
    planes
        The highest label.
    point_m
        (x, y) inside the outline. Metres.
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
    counts = np.zeros(planes + 1, np.int64)
    for row in range(north, south):
        for col in range(west, east):
            if inside[row - north, col - west] and labels[row, col] > 0:
                counts[labels[row, col]] += 1
    if counts.max() > 0:
        return int(counts.argmax())
    return _nearest_label(labels, point_m[0] / cell_m - 0.5, -point_m[1] / cell_m - 0.5)


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
    pairs, middles = shared_sides(labels, len(planes))
    points_m = np.empty((len(pairs), 2))
    for place in range(len(pairs)):
        points_m[place, 0] = (middles[place, 0] + 0.5) * cell_m
        points_m[place, 1] = -(middles[place, 1] + 0.5) * cell_m
    lines = np.empty((len(pairs), 4))
    count, first = 0, 0
    while first < len(pairs):
        last = first
        while last < len(pairs) and pairs[last] == pairs[first]:
            last += 1
        gap = planes[pairs[first] // len(planes)] - planes[pairs[first] % len(planes)]
        count = _lines_of_pair(points_m[first:last], gap, directions_rad, cell_m, lines, count)
        first = last
    return _longer(lines[:count], overshoot_m)


@njit(cache=True, nogil=True)
def _longer(lines: Floats, by_m: float) -> Floats:
    """Return the lines, longer at both ends."""
    longer = lines.copy()
    for line in range(len(lines)):
        east, north = lines[line, 2] - lines[line, 0], lines[line, 3] - lines[line, 1]
        scale = by_m / math.hypot(east, north)
        longer[line, 0] -= scale * east
        longer[line, 1] -= scale * north
        longer[line, 2] += scale * east
        longer[line, 3] += scale * north
    return longer


@njit(cache=True, nogil=True)
def _lines_of_pair(
    points: Floats, gap: Floats, directions_rad: Floats, cell_m: float, lines: Floats, count: int
) -> int:
    """Add the lines between two planes to the table; return its new length."""
    turn = math.hypot(gap[0], gap[1])
    if turn > CREASE_TURN:
        # n·p = d is the line where both planes have one height
        line = (gap[0] / turn, gap[1] / turn, -gap[2] / turn)
        near, far = _parted(points, line, CREASE_REACH * cell_m)
        if len(near) >= max(2, 0.25 * len(points)):
            count = _add_runs(near, line, cell_m, lines, count)
            points = far
    for _ in range(MOST_LINES):
        if len(points) < LEAST_SIDES:
            break
        line, support = _best_strip(points, directions_rad, cell_m)
        if support < LEAST_SIDES:
            break
        near, points = _parted(points, line, STRIP * cell_m)
        count = _add_runs(near, line, cell_m, lines, count)
    return count


@njit(cache=True, nogil=True)
def _parted(points: Floats, line: Line, reach_m: float) -> tuple[Floats, Floats]:
    """Return the points near a line, and the others."""
    near, far = np.empty((len(points), 2)), np.empty((len(points), 2))
    count = 0
    for place in range(len(points)):
        x_m, y_m = points[place, 0], points[place, 1]
        held, at = far, place - count
        if abs(x_m * line[0] + y_m * line[1] - line[2]) <= reach_m:
            held, at = near, count
            count += 1
        held[at, 0], held[at, 1] = x_m, y_m
    return near[:count], far[: len(points) - count]


@njit(cache=True, nogil=True)
def _best_strip(points: Floats, directions_rad: Floats, cell_m: float) -> tuple[Line, int]:
    """Return the middle of the strip that holds most points, and their count; footprint's directions come first."""
    best, most, highest = (1.0, 0.0, 0.0), 0, 0.0
    offsets_m = np.empty(len(points))
    for number in range(len(directions_rad) + FAN):
        known = number < len(directions_rad)
        angle = directions_rad[number] if known else math.pi * (number - len(directions_rad)) / FAN
        normal = (-math.sin(angle), math.cos(angle))
        for place in range(len(points)):
            offsets_m[place] = points[place, 0] * normal[0] + points[place, 1] * normal[1]
        offsets_m.sort()
        first = 0
        for last in range(len(points)):
            while offsets_m[last] - offsets_m[first] > 2.0 * STRIP * cell_m:
                first += 1
            held = last - first + 1
            score = held * (FAVOUR if known else 1.0)
            if score > highest:
                trimmed = offsets_m[first + held // 4 : last + 1 - held // 4]  # sides round the corner pull at the ends
                best, most, highest = (normal[0], normal[1], trimmed.mean()), held, score
    return best, most


@njit(cache=True, nogil=True)
def _add_runs(points: Floats, line: Line, cell_m: float, lines: Floats, count: int) -> int:
    """Add the stretches of one line that have points near them; return the table's new length."""
    along_m = points[:, 1] * line[0] - points[:, 0] * line[1]
    along_m.sort()
    start = 0
    for last in range(len(along_m)):
        if last + 1 < len(along_m) and along_m[last + 1] - along_m[last] <= GAP * cell_m:
            continue
        if count < len(lines):
            for end, place in ((0, along_m[start] - HALF_SIDE * cell_m), (2, along_m[last] + HALF_SIDE * cell_m)):
                lines[count, end] = line[0] * line[2] - line[1] * place
                lines[count, end + 1] = line[1] * line[2] + line[0] * place
            count += 1
        start = last + 1
    return count
