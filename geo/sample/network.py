"""Lines cut where they meet, so that a path network can be walked from piece to piece."""

from itertools import combinations, pairwise

import shapely
from shapely import LineString, Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

GRID_M = 0.001
"""Crossings are placed on whole millimetres, so that the pieces that meet there share one point exactly."""


def node_lines(lines: list[LineString], at: list[Point]) -> list[tuple[int, LineString]]:
    """Return (number of the line, piece) for every piece between two meeting points or `at` points."""
    lines = [shapely.set_precision(line, GRID_M, mode="pointwise") for line in lines]
    cuts: list[list[Point]] = [[point for point in at if line.distance(point) < GRID_M] for line in lines]
    for first, second in combinations(range(len(lines)), 2):
        for point in meeting_points(lines[first], lines[second]):
            cuts[first].append(point)
            cuts[second].append(point)
    return [(number, piece) for number, line in enumerate(lines) for piece in _pieces(line, cuts[number])]


def meeting_points(line: LineString, other: BaseGeometry) -> list[Point]:
    """Return the points where a line crosses or touches another shape's line, on the millimetre grid."""
    met = line.intersection(other)
    ends = [end for end in (Point(line.coords[0]), Point(line.coords[-1])) if end.distance(other) < GRID_M]
    if isinstance(other, LineString):
        ends += [end for end in (Point(other.coords[0]), Point(other.coords[-1])) if end.distance(line) < GRID_M]
    crossings = [part for part in getattr(met, "geoms", [met]) if isinstance(part, Point) and not part.is_empty]
    return list({(point.x, point.y): point for point in (on_grid(point) for point in crossings + ends)}.values())


def on_grid(point: Point) -> Point:
    """Return a point moved to the nearest whole millimetre."""
    moved: Point = shapely.set_precision(point, GRID_M)
    return moved


def _pieces(line: LineString, cuts: list[Point]) -> list[LineString]:
    """Return the line cut at points on it, each piece beginning and ending exactly on its cut."""
    marks = {round(line.project(point), 3): (point.x, point.y) for point in cuts}
    marks.setdefault(0.0, line.coords[0])
    marks.setdefault(round(line.length, 3), line.coords[-1])
    stops = sorted(marks)
    pieces = []
    for start, end in pairwise(stops):
        if end - start < 10 * GRID_M:
            continue
        inner = substring(line, start, end).coords[1:-1]
        pieces.append(LineString([marks[start], *inner, marks[end]]))
    return pieces
