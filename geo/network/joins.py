"""Ends that stop short of the middle of a line: where they join it, and the line cut there."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Geometries = NDArray[np.object_]


class Pieces(NamedTuple):
    """Single lines, each with the row of its way, its level, its part of the way, and its place along that part."""

    lines: Geometries
    way: Ints
    level: Ints
    part: Ints
    position_m: Floats


class Segments(NamedTuple):
    """The straight runs of all pieces: as lines, the piece of each, and how far along it each begins."""

    lines: Geometries
    piece: Ints
    start_m: Floats


def joined(pieces: Pieces, parts: Pieces, *, snap_m: float, same: Floats) -> tuple[Pieces, Floats]:
    """Return the pieces cut where ends of parts join their middle, and the pairs of places that thereby meet.

    Parameters
    ----------
    pieces
        The lines after noding, whose middles may be joined.
    parts
        The lines before noding, whose ends may join.
    snap_m
        How near an end must come. Metres, > 0. A join nearer than this to the end of a piece is made with that end.
    same
        Pairs of places that are one node already. Shape (pairs, 2, 2).

    Returns
    -------
    The pieces, and the pairs of places, shape (joins, 2, 2).
    """
    if len(parts.lines) == 0:
        return pieces, np.empty((0, 2, 2))
    ends, level, count = free_ends(parts)
    short = pieces.lines[shapely.length(pieces.lines) < 2 * snap_m]
    known = np.concatenate([same, np.stack([line_ends(short, index) for index in (0, -1)], axis=1)])
    hits = near_middles(ends, pieces, snap_m=snap_m, group=groups(ends, pieces, known))
    stops = stops_here(groups(ends, pieces, same)[0], level, count)
    hits = hits[may_meet(level[hits["end"]], stops[hits["end"]], pieces.level[hits["piece"]])]
    piece, along_m = hits["piece"].to_numpy(), hits["along_m"].to_numpy()
    whole_m = shapely.length(pieces.lines[piece])
    along_m = np.where(along_m <= snap_m, 0.0, np.where(along_m >= whole_m - snap_m, whole_m, along_m))
    inside = (along_m > 0) & (along_m < whole_m)
    cuts = pd.DataFrame({"piece": piece[inside], "along_m": along_m[inside]}).drop_duplicates()
    target = shapely.get_coordinates(shapely.line_interpolate_point(pieces.lines[piece], along_m))
    last = along_m == whole_m
    target[last] = line_ends(pieces.lines[piece[last]], -1)
    return cut_at(pieces, cuts), np.stack([ends[hits["end"].to_numpy()], target], axis=1)


def free_ends(parts: Pieces) -> tuple[Floats, Ints, Ints]:
    """Return the places where parts end, each once per level, that level, and how many parts of it end there."""
    ends = np.concatenate([line_ends(parts.lines, index) for index in (0, -1)])
    table, count = np.unique(np.column_stack([ends, np.tile(parts.level, 2)]), axis=0, return_counts=True)
    return table[:, :2], table[:, 2].astype(np.int64), count


def line_ends(lines: Geometries, index: int) -> Floats:
    """Return the first (0) or last (-1) point of each line. Shape (lines, 2)."""
    points: Floats = shapely.get_coordinates(shapely.get_point(lines, index))
    return points


def groups(ends: Floats, pieces: Pieces, same: Floats) -> tuple[Ints, Ints, Ints]:
    """Return the node-to-be of each end, and of each piece's first and last point."""
    number = len(pieces.lines)
    sides = [line_ends(pieces.lines, index) for index in (0, -1)]
    places, index = np.unique(np.concatenate([ends, *sides, same.reshape(-1, 2)]), axis=0, return_inverse=True)
    index = index.ravel()
    first, second = index[len(ends) + 2 * number :].reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(places), len(places)))
    group = connected_components(graph, directed=False)[1].astype(np.int64)[index]
    return group[: len(ends)], group[len(ends) : len(ends) + number], group[len(ends) + number :][:number]


def near_middles(ends: Floats, pieces: Pieces, *, snap_m: float, group: tuple[Ints, Ints, Ints]) -> pd.DataFrame:
    """Return the joins: `end`, `piece` and `along_m`, the nearest place on the piece, one row per end and piece.

    A piece that already meets the end's node, be it over a piece shorter than twice the snap distance, is joined only
    where it comes back: at least that far along its course. So a line that overshoots a crossing makes no second join.
    """
    runs = segments(pieces.lines)
    points = shapely.points(ends)
    end, run = shapely.STRtree(runs.lines).query(points, predicate="dwithin", distance=snap_m)
    piece = runs.piece[run]
    along_m = runs.start_m[run] + shapely.line_locate_point(runs.lines[run], points[end])
    end_group, first_group, last_group = group
    from_first = (first_group[piece] != end_group[end]) | (along_m >= 2 * snap_m)
    left_m = shapely.length(pieces.lines)[piece] - along_m
    from_last = (last_group[piece] != end_group[end]) | (left_m >= 2 * snap_m)
    hits = pd.DataFrame(
        {"end": end, "piece": piece, "along_m": along_m, "off_m": shapely.distance(runs.lines[run], points[end])}
    )[from_first & from_last]
    nearest: pd.DataFrame = hits.sort_values(["end", "piece", "off_m", "along_m"]).drop_duplicates(["end", "piece"])
    return nearest


def stops_here(group: Ints, level: Ints, count: Ints) -> Bools:
    """Tell which ends are where a bridge or tunnel stops: no other part of their level ends in the same node."""
    table = pd.DataFrame({"group": group, "level": level, "count": count})
    together = table.groupby(["group", "level"])["count"].transform("sum").to_numpy()
    stops: Bools = (level != 0) & (together == 1)
    return stops


def may_meet(level: Ints, stops: Bools, piece_level: Ints) -> Bools:
    """Tell which ends may join a middle: one of their level, or of the ground where a bridge or tunnel stops."""
    allowed: Bools = (level == piece_level) | (stops & (piece_level == 0))
    return allowed


def segments(lines: Geometries) -> Segments:
    """Return the straight runs of lines."""
    coordinates, index = shapely.get_coordinates(lines, return_index=True)
    inside = index[1:] == index[:-1]
    ends = np.stack([coordinates[:-1], coordinates[1:]], axis=1)[inside]
    length_m = np.hypot(*(ends[:, 1] - ends[:, 0]).T)
    piece = index[1:][inside].astype(np.int64)
    before_m = np.cumsum(length_m) - length_m
    first = np.searchsorted(piece, piece)
    return Segments(shapely.linestrings(ends), piece, before_m - before_m[first])


def cut_at(pieces: Pieces, cuts: pd.DataFrame) -> Pieces:
    """Return the pieces with those of the table cut at `along_m` of their course, in the same order."""
    if cuts.empty:
        return pieces
    table = cuts.sort_values(["piece", "along_m"])
    touched, first = np.unique(table["piece"].to_numpy(), return_index=True)
    places = np.split(table["along_m"].to_numpy(), first[1:])
    number = np.ones(len(pieces.lines), dtype=np.int64)
    number[touched] = [len(along_m) + 1 for along_m in places]
    row = np.repeat(np.arange(len(pieces.lines)), number)
    lines = pieces.lines[row]
    halves = [
        half for piece, along_m in zip(touched, places, strict=True) for half in cut(pieces.lines[piece], along_m)
    ]
    lines[number[row] > 1] = halves
    return Pieces(lines, pieces.way[row], pieces.level[row], pieces.part[row], pieces.position_m[row])


def cut(line: shapely.LineString, along_m: Floats) -> list[shapely.LineString]:
    """Return a line cut at rising places of its course, none of them an end."""
    coordinates = shapely.get_coordinates(line)
    course_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(coordinates, axis=0).T))])
    points = shapely.get_coordinates(shapely.line_interpolate_point(line, along_m))
    bounds = [coordinates[0], *points, coordinates[-1]]
    limits_m = [-1.0, *along_m, course_m[-1] + 1.0]
    inner = [coordinates[1:-1][(course_m[1:-1] > a) & (course_m[1:-1] < b)] for a, b in pairwise(limits_m)]
    return [
        shapely.LineString(np.vstack([start, middle, end]))
        for start, middle, end in zip(bounds[:-1], inner, bounds[1:], strict=True)
    ]
