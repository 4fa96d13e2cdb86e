"""From labelled cells to polygons: footprints cut along straight lines, each piece given to the plane that holds it."""

from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.kernels.roof_edges import border_lines, label_inside
from geo.kernels.roof_refine import fill
from geo.kernels.roofs import RoofPlanes

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]

STRAIGHT_M: Final = 1e-5
"""Corners that turn by less are taken out."""
OVERSHOOTS: Final = (2.5, 1000.0)
"""How far lines go on beyond the border that they follow, in cells: first, and where that loses a plane."""
MOST_ACROSS: Final = 12
"""Lines right across a footprint of more planes than this would cut it into too many faces."""
DIRECTIONS: Final = 6
"""Longest walls whose directions steps may follow."""
MISFIT_SHARE: Final = 0.35
MISFIT_M2: Final = 3.0
"""Polygons whose area differs from their cells' by more than both are drawn again from the cells."""
STAIRS: Final = 1.5
"""Width of the triangles cut off a staircase of cells, in cells."""


class Patch(NamedTuple):
    """A building's window of the surface and the planes found in it.

    Attributes
    ----------
    west_m, north_m
        Corner of the window in the CRS.
    cell_m
        Width of a cell. Metres.
    roof
        The planes.
    """

    west_m: float
    north_m: float
    cell_m: float
    roof: RoofPlanes


class Pieces(NamedTuple):
    """Polygons of planes.

    Attributes
    ----------
    polygons
        One part each.
    owner
        Place of its building among those given.
    plane
        Place of its plane in that building's patch.
    """

    polygons: Shapes
    owner: Places
    plane: Places


def cut_footprints(shapes: Shapes, patches: list[Patch], *, least_m2: float) -> Pieces:
    """Return the polygons of every plane: a partition of each footprint that has planes.

    Parameters
    ----------
    shapes
        Valid footprints.
    patches
        One for each footprint.
    least_m2
        A smaller part of a plane that has a larger one goes to the neighbour with the longest common border. Square
        metres.
    """
    planes = np.array([len(patch.roof.planes) for patch in patches], dtype=np.intp)
    whole = np.flatnonzero(planes == 1)
    several = np.flatnonzero(planes > 1)
    cut = _cut_along_lines(shapes[several], [patches[place] for place in several])
    pieces = Pieces(
        np.concatenate([shapes[whole], cut.polygons]),
        np.concatenate([whole, several[cut.owner]]),
        np.concatenate([np.zeros(len(whole), np.intp), cut.plane]),
    )
    return _without_slivers(_single_parts(pieces), least_m2)


def _cut_along_lines(shapes: Shapes, patches: list[Patch]) -> Pieces:
    """Return the pieces of footprints that hold several planes.

    Lines are first drawn a little beyond the border they follow; where that loses a plane because they do not meet,
    right across the footprint; where that does not help either, the cells' outlines are taken.
    """
    left = np.arange(len(shapes))
    planes = np.array([len(patch.roof.planes) for patch in patches])
    done: list[Pieces] = []
    for overshoot in OVERSHOOTS:
        pieces = _cut_once(shapes[left], [patches[place] for place in left], overshoot)
        lost = _misdrawn(pieces, [patches[place] for place in left])
        keep = ~np.isin(pieces.owner, lost)
        done.append(Pieces(pieces.polygons[keep], left[pieces.owner[keep]], pieces.plane[keep]))
        outlined, left = left[lost], left[lost[planes[left[lost]] <= MOST_ACROSS]]
        done += [_from_cells(shapes[place], patches[place], place) for place in np.setdiff1d(outlined, left).tolist()]
    done += [_from_cells(shapes[place], patches[place], place) for place in left.tolist()]
    return Pieces(*(np.concatenate(part) for part in zip(*done, strict=True)))


def _cut_once(shapes: Shapes, patches: list[Patch], overshoot: float) -> Pieces:
    """Return the pieces of footprints cut along lines of a given overshoot, in cells."""
    if len(shapes) == 0:
        return Pieces(np.empty(0, object), np.empty(0, np.intp), np.empty(0, np.intp))
    faces, owner = _faces(shapes, patches, overshoot)
    label = _face_labels(faces, owner, patches)
    return _dissolve(faces[label > 0], owner[label > 0], label[label > 0] - 1)


def _faces(shapes: Shapes, patches: list[Patch], overshoot: float) -> tuple[Shapes, Places]:
    """Return the faces into which border lines cut each footprint."""
    ends, owner = [], []
    walls = _walls(shapes)
    for place, patch in enumerate(patches):
        lines = border_lines(patch.roof.filled, patch.roof.planes, walls[place], overshoot * patch.cell_m, patch.cell_m)
        ends.append(lines + np.array([patch.west_m, patch.north_m, patch.west_m, patch.north_m]))
        owner.append(np.full(len(lines), place))
    lines = shapely.linestrings(np.concatenate(ends).reshape(-1, 2, 2))
    bundles = np.full(len(shapes), None, dtype=object)
    owners = np.concatenate(owner).astype(np.intp)
    shapely.multilinestrings(lines, indices=owners, out=bundles)
    noded = shapely.union_all(np.column_stack([shapely.boundary(shapes), bundles]), axis=1)
    faces, face_owner = shapely.get_parts(shapely.polygonize(noded[:, None]), return_index=True)
    shapely.prepare(shapes)
    inside = shapely.contains(shapes[face_owner], shapely.point_on_surface(faces))
    return faces[inside], face_owner[inside]


def _walls(shapes: Shapes) -> list[Floats]:
    """Return the directions of the longest walls of each footprint, counter-clockwise from east, in radians."""
    sides, offsets = outline_sides(shapes)
    found = []
    for place in range(len(shapes)):
        run = sides[offsets[place] : offsets[place + 1]]
        length = np.hypot(run[:, 2] - run[:, 0], run[:, 3] - run[:, 1])
        longest = np.argsort(-length, kind="stable")[:DIRECTIONS]
        found.append(np.arctan2(run[longest, 3] - run[longest, 1], run[longest, 2] - run[longest, 0]))
    return found


def outline_sides(shapes: Shapes) -> tuple[Floats, Places]:
    """Return the sides (x, y, x, y) of all rings of all shapes, and where those of each shape begin."""
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_owner = shapely.get_rings(parts, return_index=True)
    points, point_owner = shapely.get_coordinates(rings, return_index=True)
    same = point_owner[1:] == point_owner[:-1]
    sides = np.column_stack([points[:-1], points[1:]])[same]
    owner = part_owner[ring_owner[point_owner[:-1][same]]]
    return sides, np.searchsorted(owner, np.arange(len(shapes) + 1))


def _face_labels(faces: Shapes, owner: Places, patches: list[Patch]) -> Places:
    """Return, for each face, 1 + the plane that holds most of its cells; 0 where none does."""
    sides, offsets = outline_sides(faces)
    points = shapely.get_coordinates(shapely.point_on_surface(faces))
    labels = np.zeros(len(faces), np.intp)
    for place, patch in enumerate(patches[building] for building in owner):
        corner = np.array([patch.west_m, patch.north_m, patch.west_m, patch.north_m])
        run = sides[offsets[place] : offsets[place + 1]] - corner
        point_m = (points[place, 0] - patch.west_m, points[place, 1] - patch.north_m)
        labels[place] = label_inside(run, patch.roof.filled, len(patch.roof.planes), point_m, patch.cell_m)
    return labels


def _dissolve(faces: Shapes, owner: Places, plane: Places) -> Pieces:
    """Return the union of the faces of each plane, straight edges without needless corners."""
    if len(faces) == 0:
        return Pieces(faces, owner, plane)
    order = np.lexsort((plane, owner))
    faces, owner, plane = faces[order], owner[order], plane[order]
    new = np.flatnonzero(np.r_[True, (np.diff(owner) != 0) | (np.diff(plane) != 0)])
    counts = np.diff(np.r_[new, len(faces)])
    table = np.full((len(new), counts.max()), None, dtype=object)
    row = np.repeat(np.arange(len(new)), counts)
    table[row, np.arange(len(faces)) - new[row]] = faces
    merged = shapely.coverage_union_all(table, axis=1)
    return Pieces(shapely.simplify(merged, STRAIGHT_M), owner[new], plane[new])


def _misdrawn(pieces: Pieces, patches: list[Patch]) -> Places:
    """Return the buildings with a plane whose polygon is far from its cells."""
    lost = []
    for place, patch in enumerate(patches):
        here = pieces.owner == place
        drawn = np.bincount(pieces.plane[here], shapely.area(pieces.polygons[here]), minlength=len(patch.roof.planes))
        cells = np.bincount(np.maximum(patch.roof.filled, 0).ravel(), minlength=len(drawn) + 1)[1:] * patch.cell_m**2
        if (np.abs(drawn - cells) > np.maximum(MISFIT_M2, MISFIT_SHARE * cells)).any() or (drawn == 0).any():
            lost.append(place)
    return np.array(lost, dtype=np.intp)


def _from_cells(shape: shapely.Geometry, patch: Patch, place: int) -> Pieces:
    """Return the pieces of one footprint along simplified outlines of the cells."""
    spread = fill(np.maximum(patch.roof.filled, 0))
    rows, cols = np.indices(spread.shape)
    west_m, north_m = patch.west_m + cols * patch.cell_m, patch.north_m - rows * patch.cell_m
    east_m, south_m = patch.west_m + (cols + 1) * patch.cell_m, patch.north_m - (rows + 1) * patch.cell_m
    cells = shapely.box(west_m, south_m, east_m, north_m)
    plane = np.unique(spread[spread > 0]).astype(np.intp) - 1
    drawn = np.array([shapely.coverage_union_all(cells[spread == number + 1]) for number in plane], dtype=object)
    smooth = shapely.coverage_simplify(drawn, STAIRS * patch.cell_m)
    kept = shapely.intersection(smooth, shape)
    areal = shapely.area(kept) > 0
    return Pieces(kept[areal], np.full(int(areal.sum()), place, np.intp), plane[areal])


def _single_parts(pieces: Pieces) -> Pieces:
    """Return pieces of one polygon each."""
    parts, index = shapely.get_parts(pieces.polygons, return_index=True)
    areal = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & (shapely.area(parts) > 0)
    return Pieces(parts[areal], pieces.owner[index[areal]], pieces.plane[index[areal]])


def _without_slivers(pieces: Pieces, least_m2: float) -> Pieces:
    """Return the pieces with each small part of a plane that has a larger one united with a neighbour."""
    polygons, keep = pieces.polygons.copy(), np.ones(len(pieces.polygons), dtype=bool)
    area_m2 = shapely.area(polygons)
    for place in np.flatnonzero(area_m2 < least_m2):
        family = np.flatnonzero((pieces.owner == pieces.owner[place]) & keep)
        plane = family[pieces.plane[family] == pieces.plane[place]]
        others = family[family != place]
        if area_m2[place] >= area_m2[plane].max() or len(others) == 0:
            continue
        shared_m = shapely.length(shapely.intersection(polygons[others], polygons[place]))
        neighbour = others[shared_m.argmax()]
        union = shapely.union(polygons[neighbour], polygons[place])
        if shapely.get_type_id(union) == shapely.GeometryType.POLYGON:
            polygons[neighbour], keep[place] = shapely.simplify(union, STRAIGHT_M), False
    return Pieces(polygons[keep], pieces.owner[keep], pieces.plane[keep])
