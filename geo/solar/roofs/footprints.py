"""Footprints as they come: repaired where they can be, and what is wrong with each said."""

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.crs import require_metric
from geo.errors import CrsError, SourceError
from geo.raster import Raster

Shapes = NDArray[np.object_]

SAME: Final = 0.5
"""A later row with a known id that shares this much of its area with the earlier one is the same building again."""
SQUARE: Final = 1e-6
"""How far cells may be from square, relative to their width."""


@dataclass(frozen=True)
class Footprints:
    """One entry per row of the table.

    Attributes
    ----------
    ids
        The building's id as text.
    shapes
        Valid polygons or multipolygons; None where there is nothing to segment.
    remarks
        (quality, note) pairs of each row; empty where nothing is wrong.
    """

    ids: NDArray[np.object_]
    shapes: Shapes
    remarks: tuple[tuple[tuple[str, str], ...], ...]


def read_footprints(buildings: gpd.GeoDataFrame, surface: Raster, *, overlap_share: float) -> Footprints:
    """Return every row's footprint, repaired, with remarks on what was wrong.

    Parameters
    ----------
    buildings
        Columns `id` and `geometry`, in the surface's CRS.
    surface
        Heights, north up, square cells.
    overlap_share
        Two footprints overlap if they share more than this of the smaller one's area.

    Raises
    ------
    SourceError
        If there is no column `id`, or the surface is not north up with square cells.
    CrsError
        If the projections differ or are not in metres.
    """
    require_same_grid(buildings, surface)
    remarks: list[list[tuple[str, str]]] = [[] for _ in range(len(buildings))]
    ids = _ids(buildings["id"], remarks)
    shapes = _repaired(np.asarray(buildings.geometry.array, dtype=object), remarks)
    pairs = _overlaps(shapes, overlap_share)
    shapes = _once(ids, shapes, pairs, remarks)
    for one, other in pairs:
        if ids[one] != ids[other]:
            remarks[one].append(("overlapping", f"shares ground with {ids[other]}"))
            remarks[other].append(("overlapping", f"shares ground with {ids[one]}"))
    _place(shapes, surface, remarks)
    return Footprints(ids, shapes, tuple(tuple(row) for row in remarks))


def require_same_grid(buildings: gpd.GeoDataFrame, surface: Raster) -> None:
    """Refuse tables and surfaces that cannot be laid on each other."""
    if "id" not in buildings.columns:
        raise SourceError(f"buildings have columns {list(buildings.columns)}; expected `id`; rename the one that names")
    step = surface.transform
    if step.b or step.d or step.a <= 0 or abs(step.a + step.e) > SQUARE * step.a:
        raise SourceError(
            f"the surface's transform is {tuple(step)[:6]}; expected north up, square cells; warp it first"
        )
    here = require_metric(buildings.crs, what="buildings")
    there = require_metric(surface.crs, what="the surface") if surface.crs is not None else here
    flat = [crs.sub_crs_list[0] if crs.is_compound else crs for crs in (here, there)]
    if not flat[0].equals(flat[1], ignore_axis_order=True):
        raise CrsError(
            f"buildings are in {here.name}, the surface in {there.name}; expected one; reproject the buildings"
        )


def _ids(column: pd.Series, remarks: list[list[tuple[str, str]]]) -> NDArray[np.object_]:
    """Return ids as text; a row without one gets its number."""
    ids = np.array([str(value) for value in column], dtype=object)
    for row in np.flatnonzero(column.isna().to_numpy()):
        ids[row] = f"row-{row + 1}"
        remarks[row].append(("ok", "had no id"))
    return ids


def _repaired(shapes: Shapes, remarks: list[list[tuple[str, str]]]) -> Shapes:
    """Return valid polygons; None where no area is left."""
    shapes = np.array(shapely.force_2d(shapes), dtype=object)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    shapes[~finite] = None
    bad = finite & ~shapely.is_valid(shapes)
    for row in np.flatnonzero(bad):
        remarks[row].append(("invalid_repaired", shapely.is_valid_reason(shapes[row])))
        shapes[row] = _areal(shapely.make_valid(shapes[row]))
    kinds = shapely.get_type_id(shapes)
    for row in np.flatnonzero(finite & ~np.isin(kinds, (3, 6))):
        shapes[row] = _areal(shapes[row])
    empty = ~(shapely.area(shapes) > 0)
    for row in np.flatnonzero(empty):
        remarks[row].append(("no_cells", "has no area"))
    shapes[empty] = None
    return shapes


def _areal(shape: BaseGeometry | None) -> BaseGeometry:
    """Return the polygons among the parts of a shape."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    union: BaseGeometry = shapely.union_all(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    return union


def _overlaps(shapes: Shapes, share: float) -> list[tuple[int, int]]:
    """Return pairs of rows, in order, that share more than a share of the smaller one's area."""
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    areas = shapely.area(shapes)
    found = common > share * np.minimum(areas[one], areas[other])
    return sorted(zip(one[found].tolist(), other[found].tolist(), strict=True))


def _once(
    ids: NDArray[np.object_], shapes: Shapes, pairs: list[tuple[int, int]], remarks: list[list[tuple[str, str]]]
) -> Shapes:
    """Return the shapes without those that repeat an earlier row of the same id; flag every repeated id."""
    for row in np.flatnonzero(pd.Series(ids).duplicated(keep=False)):
        remarks[row].append(("duplicate_id", "id stands more than once"))
    kept = shapes.copy()
    for one, other in pairs:
        if ids[one] != ids[other] or kept[one] is None:
            continue
        if shapely.area(shapely.intersection(shapes[one], shapes[other])) > SAME * shapely.area(shapes[other]):
            kept[other] = None
            remarks[other].append(("duplicate_id", f"repeats row {one + 1}; not segmented again"))
    return kept


def _place(shapes: Shapes, surface: Raster, remarks: list[list[tuple[str, str]]]) -> None:
    """Remark, in place, on footprints that the surface does not cover."""
    ground = shapely.box(*surface.bounds)
    off = shapely.disjoint(shapes, ground)
    for row in np.flatnonzero(off):
        remarks[row].append(("coarse", "lies off the surface"))
    part = shapely.intersects(shapes, ground) & ~shapely.covered_by(shapes, ground)
    for row in np.flatnonzero(part):
        remarks[row].append(("partial", "reaches beyond the surface"))
