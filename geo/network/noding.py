"""Lines become a graph: cut where they cross or join, their ends snapped together.

The rules, in order:

1. Ends of lines closer than the snap distance share a node, and so do all that a chain of such steps links.
2. Lines cross in a node, touch in a node, and where they lie on each other count once, for the line given first.
   A line of another level (a bridge, a tunnel) is neither crossed nor touched on its way.
3. An end that stops short of the middle of a line by less than the snap distance joins it there.

Snapping moves no line: a node stands in the middle of the ends that it holds, edges keep the course and the length of
their source, and the steps across the gaps, each shorter than the snap distance, count as nothing.
"""

from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from geo.network.joins import Pieces, joined, line_ends

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Geometries = NDArray[np.object_]

GRID_M: Final = 0.001
"""Coordinates are rounded to a millimetre, so that two lines drawn on each other are found to be so."""


class Network(NamedTuple):
    """A graph laid out on the ground, in Lambert-93.

    `nodes` are places in metres, shape (nodes, 2), sorted by x, then y; `edges` the two nodes of each edge, shape
    (edges, 2), in the direction of its line; `lines` the courses; `length_m` their lengths; `way` the row of the
    source line that each is part of. Edges are in the order of their sources, then along them.
    """

    nodes: Floats
    edges: Ints
    lines: Geometries
    length_m: Floats
    way: Ints


def build_network(
    lines: Geometries, *, snap_m: float, crossings: bool = True, joins: bool = True, level: Ints | None = None
) -> Network:
    """Return the graph of some lines.

    Parameters
    ----------
    lines
        LineStrings and MultiLineStrings in metres, shape (ways,); what has no length (None, empty) gives no edge.
    snap_m
        How far apart ends may lie that are meant to meet. Metres, >= 0; 0 joins only what touches.
    crossings
        Whether lines that cross, touch or overlap are cut there and joined.
    joins
        Whether ends join the middle of lines within `snap_m`.
    level
        Height rank of each line: 0 on the ground, above for bridges, below for tunnels. Shape (ways,); None: all 0.

    Returns
    -------
    Its edges' lengths add up to that of the union of the lines (of the lines, without `crossings`), but for rounding
    to the millimetre.

    Raises
    ------
    ValueError
        If `snap_m` is negative or no number, a geometry is no line, or the levels are not as many as the lines.
    """
    if not (np.isfinite(snap_m) and snap_m >= 0):
        raise ValueError(f"snap_m must be 0 or more, got {snap_m}")
    parts = line_parts(np.asarray(lines, dtype=object), level)
    pieces = noded(parts) if crossings else parts
    ends = end_points(parts.lines)
    links = [close_pairs(ends, snap_m)]
    if joins:
        pieces, touching = joined(pieces, parts, snap_m=max(snap_m, GRID_M), same=links[0])
        links.append(touching)
    return laid_out(pieces, np.concatenate(links), parts.way)


def line_parts(lines: Geometries, level: Ints | None) -> Pieces:
    """Return the single lines, on the millimetre grid and without height; those without length are left out."""
    if level is not None and len(level) != len(lines):
        raise ValueError(f"found {len(level)} levels for {len(lines)} lines; expected one each")
    kinds = shapely.get_type_id(lines)
    if (strange := ~np.isin(kinds, (-1, 1, 2, 5))).any():
        raise ValueError(f"found a {lines[strange][0].geom_type}; expected lines")
    single, way = shapely.get_parts(shapely.force_2d(lines), return_index=True)
    single = shapely.set_precision(single, GRID_M, mode="pointwise")
    kept = shapely.length(single) > 0
    levels = np.zeros(len(lines), dtype=np.int64) if level is None else np.asarray(level, dtype=np.int64)
    number = int(kept.sum())
    return Pieces(single[kept], way[kept].astype(np.int64), levels[way[kept]], np.arange(number), np.zeros(number))


def noded(parts: Pieces) -> Pieces:
    """Return the lines cut wherever lines of their level cross, touch or part; what is drawn twice stands once."""
    found = [noded_level(parts, level) for level in np.unique(parts.level)]
    if not found:
        return parts
    part, position_m = (np.concatenate([one[index] for one in found]) for index in (1, 2))
    order = np.lexsort((position_m, part))
    cut, part, position_m = np.concatenate([one[0] for one in found])[order], part[order], position_m[order]
    return Pieces(cut, parts.way[part], parts.level[part], part, position_m)


def noded_level(parts: Pieces, level: int) -> tuple[Geometries, Ints, Floats]:
    """Return the pieces of one level, the part that each comes from, and how far along it their middle lies."""
    rows = np.flatnonzero(parts.level == level)
    lines = parts.lines[rows]
    pieces = shapely.get_parts(shapely.unary_union(lines, grid_size=GRID_M))
    source = first_cover(pieces, lines)
    quarter, middle, third = (
        shapely.line_locate_point(lines[source], shapely.line_interpolate_point(pieces, share, normalized=True))
        for share in (0.25, 0.5, 0.75)
    )
    turned = quarter > third
    pieces[turned] = shapely.reverse(pieces[turned])
    return pieces, rows[source], middle


def first_cover(pieces: Geometries, lines: Geometries) -> Ints:
    """Return, for each piece, the first of the lines that runs along the whole of it."""
    middle = shapely.line_interpolate_point(pieces, 0.5, normalized=True)
    tree = shapely.STRtree(lines)
    piece, line = tree.query(middle, predicate="dwithin", distance=2 * GRID_M)
    coordinates, pair = shapely.get_coordinates(pieces[piece], return_index=True)
    off_m = np.zeros(len(piece))
    np.maximum.at(off_m, pair, shapely.distance(shapely.points(coordinates), lines[line[pair]]))
    source: Ints = tree.nearest(middle).astype(np.int64)
    along = off_m <= 2 * GRID_M
    first = np.full(len(pieces), len(lines))
    np.minimum.at(first, piece[along], line[along])
    return np.where(first < len(lines), first, source)


def end_points(lines: Geometries) -> Floats:
    """Return the first point of every line, then the last of every line. Shape (2 lines, 2)."""
    return np.concatenate([line_ends(lines, index) for index in (0, -1)])


def close_pairs(ends: Floats, snap_m: float) -> Floats:
    """Return the pairs of different places among the ends that lie within the snap distance. Shape (pairs, 2, 2)."""
    places = np.unique(ends, axis=0)
    if snap_m == 0:
        return np.empty((0, 2, 2))
    pairs: Floats = places[KDTree(places).query_pairs(snap_m, output_type="ndarray")]
    return pairs


def laid_out(pieces: Pieces, links: Floats, way_of_part: Ints) -> Network:
    """Return the network of pieces whose ends meet where they are equal or linked by pairs of places."""
    number = len(pieces.lines)
    if number == 0:
        nothing = np.empty(0)
        return Network(np.empty((0, 2)), np.empty((0, 2), np.int64), pieces.lines, nothing, nothing.astype(np.int64))
    ends = end_points(pieces.lines)
    places, index = np.unique(np.concatenate([ends, links.reshape(-1, 2)]), axis=0, return_inverse=True)
    index = index.ravel()
    first, second = index[2 * number :].reshape(-1, 2).T
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(len(places), len(places)))
    _, group = connected_components(graph, directed=False)
    used = np.unique(index[: 2 * number])
    held, node_of_used = np.unique(group[used], return_inverse=True)
    share = np.bincount(node_of_used)
    nodes = np.column_stack([np.bincount(node_of_used, places[used, axis]) / share for axis in (0, 1)])
    order = np.lexsort((nodes[:, 1], nodes[:, 0]))
    rank = np.empty(len(held), dtype=np.int64)
    rank[order] = np.arange(len(held))
    node = rank[np.searchsorted(held, group[index[: 2 * number]])]
    edges = np.column_stack([node[:number], node[number:]])
    return Network(nodes[order], edges, pieces.lines, shapely.length(pieces.lines), way_of_part[pieces.part])
