"""Equal rectangles in rows inside a polygon: how many fit, and where."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SLACK_M: Final = 1e-6
"""A row may touch an edge; rounding must not cost it a rectangle."""
UNIFORM_PHASES: Final = 8
MAX_CORNERS: Final = 40
"""Beyond so many corners the outline is a curve, and none of them is worth trying a row at."""


class Rows(NamedTuple):
    """The pattern to lay.

    Attributes
    ----------
    width_m, depth_m
        Size of a rectangle along and across the rows. Metres, > 0.
    gap_m
        Between two rectangles of a row. Metres, at least 0.
    pitch_m
        From the foot of one row to the foot of the next. Metres, at least `depth_m`.
    """

    width_m: float
    depth_m: float
    gap_m: float
    pitch_m: float


def pack_rows(edges_m: Floats, rows: Rows) -> Floats:
    """Return the lower left corners of the rectangles that fit in a polygon, rows along x.

    The foot of the first row is tried at regular phases, and where a row starts or ends at a corner of the polygon. For
    a given foot, every row is filled exactly: the vertical segments of its height that lie in the polygon form spans,
    and a span of length L holds floor((L + gap) / (width + gap)) rectangles. Columns line up where this costs nothing.

    Parameters
    ----------
    edges_m
        Edges (x1, y1, x2, y2) of all rings, holes included, in any order. Metres, shape (edges, 4).
    rows
        Size and spacing of the rectangles.

    Returns
    -------
    Metres, shape (rectangles, 2), row by row from below; the first of the best phases.
    """
    if edges_m.shape[0] == 0:
        return np.empty((0, 2))
    feet = _phases(edges_m, rows)
    return np.asarray(_best(np.ascontiguousarray(edges_m), feet, rows), dtype=np.float64)


def _phases(edges_m: Floats, rows: Rows) -> Floats:
    """Return the heights at which a first row is tried, all within one pitch above the lowest point."""
    heights = np.unique(edges_m[:, 1::2])
    lowest = heights[0]
    tried = lowest + np.arange(UNIFORM_PHASES) * rows.pitch_m / UNIFORM_PHASES
    if heights.size <= MAX_CORNERS:
        corners = np.concatenate([heights, heights - rows.depth_m])
        tried = np.concatenate([lowest + (corners - lowest) % rows.pitch_m, tried])
    return np.unique(tried)


@njit(cache=True)
def _best(edges: Floats, feet: Floats, rows: Rows) -> Floats:
    """Return the corners of the fullest arrangement."""
    most, best_foot = 0, feet[0]
    for foot in feet:
        count = _count(edges, foot, rows)
        if count > most:
            most, best_foot = count, foot
    return _place(edges, best_foot, most, rows)


@njit(cache=True)
def _count(edges: Floats, foot: float, rows: Rows) -> int:
    """Return how many rectangles fit when the first row stands at `foot`."""
    top = max(edges[:, 1].max(), edges[:, 3].max()) + SLACK_M
    count, low = 0, foot
    while low + rows.depth_m <= top:
        spans = _spans(edges, low, low + rows.depth_m)
        for i in range(spans.shape[0]):
            count += int((spans[i, 1] - spans[i, 0] + rows.gap_m + SLACK_M) / (rows.width_m + rows.gap_m))
        low += rows.pitch_m
    return count


@njit(cache=True)
def _place(edges: Floats, foot: float, count: int, rows: Rows) -> Floats:
    """Return the corners of `count` rectangles, columns on one lattice where the span leaves room for it."""
    corners = np.empty((count, 2))
    step = rows.width_m + rows.gap_m
    column = np.nan
    done, low = 0, foot
    while done < count:
        spans = _spans(edges, low, low + rows.depth_m)
        for i in range(spans.shape[0]):
            length = spans[i, 1] - spans[i, 0]
            here = int((length + rows.gap_m + SLACK_M) / step)
            if here == 0:
                continue
            play = max(length - (here * step - rows.gap_m), 0.0)
            start = spans[i, 0] + play / 2.0
            if np.isnan(column):
                column = start
            on_lattice = column + np.ceil((spans[i, 0] - column) / step - SLACK_M) * step
            if on_lattice <= spans[i, 0] + play:
                start = on_lattice
            for k in range(here):
                corners[done, 0] = start + k * step
                corners[done, 1] = low
                done += 1
        low += rows.pitch_m
    return corners


@njit(cache=True)
def _spans(edges: Floats, low: float, high: float) -> Floats:
    """Return the stretches [x1, x2] over which the whole height from low to high lies in the polygon.

    Where an edge enters the open band, its part in there blocks the x it covers; between two blocked stretches all is
    inside, or all is outside, as a ray cast to the left tells.
    """
    blocked = _blocked(edges, low + SLACK_M, high - SLACK_M)
    order = np.argsort(blocked[:, 0])
    spans = np.empty((max(blocked.shape[0], 1), 2))
    found, reach = 0, np.nan
    middle = (low + high) / 2.0
    for i in order:
        start, end = blocked[i, 0], blocked[i, 1]
        if start > reach and _inside(edges, (start + reach) / 2.0, middle):
            spans[found, 0], spans[found, 1] = reach, start
            found += 1
        reach = end if np.isnan(reach) else max(reach, end)
    return spans[:found]


@njit(cache=True)
def _blocked(edges: Floats, low: float, high: float) -> Floats:
    """Return the stretch of x that each edge covers between two heights, for the edges that pass there."""
    covered = np.empty((edges.shape[0], 2))
    found = 0
    for i in range(edges.shape[0]):
        x1, y1, x2, y2 = edges[i]
        if max(y1, y2) <= low or min(y1, y2) >= high:
            continue
        first, last = x1, x2
        if y1 != y2:
            first = x1 + (min(max(y1, low), high) - y1) / (y2 - y1) * (x2 - x1)
            last = x1 + (min(max(y2, low), high) - y1) / (y2 - y1) * (x2 - x1)
        covered[found, 0], covered[found, 1] = min(first, last), max(first, last)
        found += 1
    return covered[:found]


@njit(cache=True)
def _inside(edges: Floats, x: float, y: float) -> bool:
    """Return whether a point lies in the polygon: an odd number of edges to its left."""
    odd = False
    for i in range(edges.shape[0]):
        x1, y1, x2, y2 = edges[i]
        if (y1 > y) != (y2 > y) and x1 + (y - y1) / (y2 - y1) * (x2 - x1) < x:
            odd = not odd
    return odd
