"""What is wrong with a layer of areas: found and measured, nothing changed.

How a gap is told from ground that is rightly empty
---------------------------------------------------
* A **gap** is ground of nobody that rows enclose on all sides and that is nowhere wider than `width_m` (diameter of the
  largest circle inside it). Wider, it is a **hole**: perhaps another territory, so it is reported and never closed.
* A **slit** is ground of nobody between two rows or more that is open to the outside: what a morphological closing of
  the filled union adds to it (dilation, then erosion, by half of `width_m`). Corners are mitred in both steps, so that
  they come back as they were, and a wedge between two outlines is left open unless it is sharper than 11.5° or its
  mouth is narrower than `width_m`. What the closing adds along one row alone is that row's own shape. Slits that are
  nowhere wider than 2 cm are not found.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import require_metric
from geo.errors import SourceError

Kind = Literal["overlap", "gap", "slit", "hole", "sliver", "invalid", "missing", "duplicate", "spike"]
Geometries = NDArray[np.object_]

LEAST_M2: Final = 1.0
"""Smaller flaws are closed with the others but not counted."""
WIDTH_M: Final = 20.0
"""Ground of nobody that is wider is not taken for an error of digitising."""
TOUCH_M: Final = 1e-3
"""Two borders that are nearer run along each other: below what any survey resolves, above the noise of overlays."""
MITRE: Final = 10.0
"""Limit of a mitred corner: 1 / sin(5.7°), hence wedges under 11.5°; on clean communes, 5 finds one slit, 10 none."""

STEP_M: Final = 0.5
"""GEOS leaves bays shallower than 1 % of a buffer's distance out: a closing by steps fills 5 mm of them, not 10 cm."""
THIN_M: Final = 0.02
"""What is narrower is such a bay, unless it is the pointed end of a slit and hence lies between rows."""

NOISE_M: Final = 1e-5
"""Two borders that are nearer are one, up to the rounding of overlays."""
LINED: Final = 0.75
"""Share of its border along rows that tells the pointed end of a slit (nearly 1) from such a bay (nearly 1/2)."""


class Flaw(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    kind
        What: ground held twice (overlap), ground of nobody (gap, slit, hole), a narrow detached part of a row (sliver),
        or a row whose geometry breaks the rules (invalid), is absent (missing), equals another's (duplicate) or folds
        back on itself (spike).
    geometry
        The ground concerned, in the CRS of the table; None where the row has none.
    area_m2
        Its area.
    width_m
        Diameter of the largest circle inside it; NaN where it has no area.
    rows
        Identifiers of the rows concerned, sorted.
    note
        More, for people.
    """

    kind: Kind
    geometry: shapely.Geometry | None
    area_m2: float
    width_m: float
    rows: tuple[str, ...]
    note: str = ""


def find_flaws(
    table: gpd.GeoDataFrame, *, id: str, least_m2: float = LEAST_M2, width_m: float = WIDTH_M, gaps: bool = True
) -> list[Flaw]:
    """Return every flaw of a coverage: areas that ought to share edges, without overlap or gap.

    Parameters
    ----------
    table
        Valid polygons (see `repair`) in a CRS in metres.
    id
        Column that names a row.
    least_m2
        Smaller overlaps, gaps, slits, holes and detached parts are left out.
    width_m
        Widest gap, slit or detached part that counts as an error. Metres, > 0.
    gaps
        Whether ground of nobody is looked for.

    Returns
    -------
    Flaws in a stable order that does not depend on the order of the rows. An overlap is counted for each pair of rows
    and each of its parts, so that ground held by three rows is counted three times.

    Raises
    ------
    CrsError
        If the CRS is not in metres.
    SourceError
        If a row is not a valid polygon, or there is no column `id`.
    """
    shapes, ids = polygons(table, id=id)
    return flaws_between(shapes, ids, least_m2=least_m2, width_m=width_m, gaps=gaps)


def flaws_between(
    shapes: Geometries, ids: Geometries, *, least_m2: float, width_m: float, gaps: bool = True
) -> list[Flaw]:
    """Return the flaws of valid polygons in the order of their identifiers."""
    found = chain(
        duplicates(shapes, ids),
        overlaps(shapes, ids, least_m2=least_m2),
        slivers(shapes, ids, least_m2=least_m2, width_m=width_m),
        ground_of_nobody(shapes, ids, least_m2=least_m2, width_m=width_m) if gaps else (),
    )
    return ordered(found)


def check_layer(
    table: gpd.GeoDataFrame, *, id: str, overlaps_allowed: bool = False, least_m2: float = LEAST_M2
) -> list[Flaw]:
    """Return the flaws of a layer whose rows need not share edges, such as parks: points, lines or areas.

    Parameters
    ----------
    table
        Any geometries in a CRS in metres.
    id
        Column that names a row.
    overlaps_allowed
        Whether two areas may hold the same ground.
    least_m2
        Smaller overlaps are left out.

    Raises
    ------
    CrsError
        If the CRS is not in metres.
    SourceError
        If there is no column `id`.
    """
    shapes, ids = named(table, id=id)
    broken = list(broken_rows(shapes, ids))
    whole = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    shapes, ids = shapes[whole], ids[whole]
    is_area = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004 - an area has two
    held_twice = () if overlaps_allowed else overlaps(shapes[is_area], ids[is_area], least_m2=least_m2)
    return ordered(chain(broken, duplicates(shapes, ids), held_twice))


def named(table: gpd.GeoDataFrame, *, id: str) -> tuple[Geometries, Geometries]:
    """Return the geometries of a table and its identifiers as text."""
    require_metric(table.crs, what="the layer")
    if id not in table.columns:
        raise SourceError(f"found no column {id!r}; expected one of {sorted(map(str, table.columns))}; name another")
    return table.geometry.to_numpy(), table[id].astype(str).to_numpy(dtype=object)


def polygons(table: gpd.GeoDataFrame, *, id: str) -> tuple[Geometries, Geometries]:
    """Return the geometries and identifiers of a table of valid polygons, in the order of the identifiers."""
    shapes, ids = named(table, id=id)
    areas = np.isin(shapely.get_type_id(shapes), (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON))
    right = areas & shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    if not right.all():
        first = shapes[~right][0]
        found = "no geometry" if first is None else f"{first.geom_type} ({shapely.is_valid_reason(first)})"
        raise SourceError(f"row {ids[~right][0]}: found {found}; expected a valid polygon; repair or remove it first")
    order = np.argsort(ids, kind="stable")  # the overlay of the same shapes in another order differs in the last digits
    return shapely.force_2d(shapes[order]), ids[order]


def broken_rows(shapes: Geometries, ids: Geometries) -> Iterator[Flaw]:
    """Yield the rows without geometry and those whose geometry is invalid."""
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    for row in ids[absent]:
        yield Flaw("missing", None, 0.0, np.nan, (row,), "no geometry")
    for shape, row in zip(shapes[~absent], ids[~absent], strict=True):
        if not shape.is_valid:
            yield Flaw("invalid", shape, float(shape.area), np.nan, (row,), shapely.is_valid_reason(shape))


def duplicates(shapes: Geometries, ids: Geometries) -> Iterator[Flaw]:
    """Yield each geometry that several rows have, vertex for vertex."""
    holders: dict[bytes, list[int]] = {}
    for row, text in enumerate(shapely.to_wkb(shapely.normalize(shapes))):
        holders.setdefault(text, []).append(row)
    for rows in holders.values():
        if len(rows) > 1:
            yield measured("duplicate", shapes[rows[0]], ids[rows], note=f"the same geometry {len(rows)} times")


def overlaps(shapes: Geometries, ids: Geometries, *, least_m2: float) -> Iterator[Flaw]:
    """Yield each piece of ground that two rows hold, but for rows that are equal: they are duplicates."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pair = (one < other) & ~shapely.equals_exact(shapely.normalize(shapes[one]), shapely.normalize(shapes[other]))
    one, other = one[pair], other[pair]
    pieces, index = shapely.get_parts(shapely.intersection(shapes[one], shapes[other]), return_index=True)
    for piece, k in zip(pieces, index, strict=True):
        if piece.area >= least_m2 and piece.area > 0:  # neighbours share lines
            yield measured("overlap", piece, (ids[one[k]], ids[other[k]]))


def slivers(shapes: Geometries, ids: Geometries, *, least_m2: float, width_m: float) -> Iterator[Flaw]:
    """Yield each part of a row that is detached from its largest one and narrow."""
    for shape, row in zip(shapes, ids, strict=True):
        parts = shapely.get_parts(shape)
        for part in parts[np.argsort(shapely.area(parts))[:-1]]:
            flaw = measured("sliver", part, (row,), note="detached part")
            if flaw.width_m <= width_m and flaw.area_m2 >= least_m2:
                yield flaw


def ground_of_nobody(shapes: Geometries, ids: Geometries, *, least_m2: float, width_m: float) -> Iterator[Flaw]:
    """Yield the gaps, holes and slits of a coverage."""
    held = shapely.union_all(shapes)
    filled = without_holes(held)
    tree = shapely.STRtree(shapes)
    for piece in large(shapely.difference(filled, held), least_m2):
        flaw = measured("gap", piece, ids[beside(piece, tree)])
        wide = flaw.width_m > width_m
        yield flaw._replace(kind="hole", note="wider than the limit: left open") if wide else flaw
    for piece in large(slits(filled, least_m2=least_m2, width_m=width_m), least_m2):
        if (rows := beside(piece, tree)).size > 1:
            yield measured("slit", piece, ids[rows])


def slits(filled: shapely.Geometry, *, least_m2: float, width_m: float) -> shapely.Geometry:
    """Return what a closing adds to the ground, without what is thin and lies along one row alone."""
    whole = []
    for piece in large(closing(filled, width_m).difference(filled), least_m2):
        core = piece.buffer(-THIN_M / 2, join_style="mitre").buffer(THIN_M, join_style="mitre").intersection(piece)
        bays = [end for end in large(piece.difference(core), 0.0) if not is_lined(end, filled)]
        if core.area > 0:
            whole.append(piece.difference(shapely.union_all(bays)))
    return shapely.union_all(whole)


def is_lined(end: shapely.Geometry, filled: shapely.Geometry) -> bool:
    """Return whether a thin piece has ground on both sides, and not on one alone."""
    lined_m = float(border_m(end, np.array([filled]), touch_m=NOISE_M)[0])
    return lined_m > LINED * float(end.length) and end.area > NOISE_M * end.length


def closing(ground: shapely.Geometry, width_m: float) -> shapely.Geometry:
    """Return the ground dilated, then eroded, by half of the width."""
    steps = math.ceil(width_m / 2 / STEP_M)
    for reach_m in [width_m / 2 / steps] * steps + [-width_m / 2 / steps] * steps:
        ground = ground.buffer(reach_m, join_style="mitre", mitre_limit=MITRE)
    return ground


def without_holes(ground: shapely.Geometry) -> shapely.Geometry:
    """Return the ground with all that it encloses."""
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(ground)])


def large(ground: shapely.Geometry, least_m2: float) -> Geometries:
    """Return the parts of the ground that are large enough to count."""
    parts = shapely.get_parts(ground)
    found: Geometries = parts[(shapely.area(parts) >= least_m2) & (shapely.area(parts) > 0)]
    return found


def beside(piece: shapely.Geometry, tree: shapely.STRtree) -> NDArray[np.int64]:
    """Return the rows that a piece of ground touches along a line, not at a point alone."""
    near = tree.query(piece, predicate="dwithin", distance=TOUCH_M)
    along = border_m(piece, tree.geometries[near])
    return np.sort(near[along > 10 * TOUCH_M])


def border_m(piece: shapely.Geometry, shapes: Geometries, *, touch_m: float = TOUCH_M) -> NDArray[np.float64]:
    """Return how long the border of a piece runs along each shape. Metres, shape (shapes,)."""
    around = shapely.clip_by_rect(shapes, *piece.buffer(1.0).bounds) if shapes.size else shapes
    length_m: NDArray[np.float64] = shapely.length(
        shapely.intersection(shapely.boundary(piece), shapely.buffer(around, touch_m, quad_segs=1))
    )
    return length_m


def measured(kind: Kind, piece: shapely.Geometry, rows: Iterable[str], *, note: str = "") -> Flaw:
    """Return a flaw with its area and its width."""
    return Flaw(kind, piece, float(piece.area), width(piece), tuple(sorted(map(str, rows))), note)


def width(piece: shapely.Geometry) -> float:
    """Return the diameter of the largest circle inside an area, to a hundredth of its own size at most; else NaN."""
    if piece.area == 0:
        return float("nan")
    return 2 * float(shapely.length(widest(piece)))


def widest(piece: shapely.Geometry) -> shapely.LineString:
    """Return the radius of the largest circle inside an area, as a line from its centre."""
    return shapely.maximum_inscribed_circle(piece, tolerance=min(0.01, 0.005 * np.sqrt(piece.area)))


def ordered(flaws: Iterable[Flaw]) -> list[Flaw]:
    """Return the flaws by kind, rows and place."""
    return sorted(flaws, key=lambda flaw: (flaw.kind, flaw.rows, -flaw.area_m2, place(flaw.geometry)))


def place(geometry: shapely.Geometry | None) -> tuple[float, ...]:
    """Return the bounds of a geometry, to sort by."""
    return () if geometry is None else geometry.bounds
