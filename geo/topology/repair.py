"""Geometries made valid, without spikes; rows without geometry dropped; all of it reported."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.topology.flaws import Flaw, broken_rows, duplicates, measured, named, ordered

Floats = NDArray[np.float64]

SPIKE_DEG: Final = 1.0
"""A corner sharper than this, whose triangle is smaller than `SPIKE_M2`, is a slip of the pen."""
SPIKE_M2: Final = 1.0
TRIANGLE: Final = 3
"""Corners of the smallest ring."""


class Repaired(NamedTuple):
    """A table whose geometries are valid, and what was wrong: repaired, dropped (missing) or kept (duplicate)."""

    table: gpd.GeoDataFrame
    flaws: tuple[Flaw, ...]


def repair(table: gpd.GeoDataFrame, *, id: str) -> Repaired:
    """Return the table with valid geometries, and one flaw for each row that was not as it should be.

    Invalid geometries are made valid by structure (rings are holes or shells as they were drawn; parts without area
    vanish), spikes are cut off, rows without geometry dropped, equal geometries reported and kept. A row that is right
    keeps its geometry, byte for byte.

    Parameters
    ----------
    table
        Any geometries in a CRS in metres.
    id
        Column that names a row.

    Raises
    ------
    CrsError
        If the CRS is not in metres.
    SourceError
        If there is no column `id`.

    References
    ----------
    GEOS, `MakeValid` with the structure method, https://libgeos.org.
    """
    shapes, ids = named(table, id=id)
    broken = list(broken_rows(shapes, ids))
    invalid = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    valid = shapes.copy()
    valid[invalid] = shapely.make_valid(shapes[invalid], method="structure", keep_collapsed=False)
    found = [flaw for flaw in broken if flaw.kind == "missing"]
    bad = (flaw for flaw in broken if flaw.kind == "invalid")
    found += [repaired(flaw, shape) for flaw, shape in zip(bad, valid[invalid], strict=True)]
    kept = ~(shapely.is_missing(valid) | shapely.is_empty(valid))
    sharp, ids = valid[kept], ids[kept]
    smooth = np.array([without_spikes(shape) for shape in sharp], dtype=object)
    for before, now, row in zip(sharp, smooth, ids, strict=True):
        if now is not before:
            found.append(measured("spike", shapely.symmetric_difference(before, now), (row,), note="cut off"))
    found.extend(duplicates(smooth, ids))
    rows = table[kept]
    return Repaired(rows.set_geometry(gpd.GeoSeries(smooth, rows.index, table.crs)), tuple(ordered(found)))


def repaired(flaw: Flaw, shape: shapely.Geometry) -> Flaw:
    """Return an invalid row's flaw with what became of it."""
    if shape.is_empty:
        return flaw._replace(kind="missing", geometry=None, area_m2=0.0, note=f"{flaw.note}: nothing left")
    return flaw._replace(geometry=shape, area_m2=float(shape.area))


def without_spikes(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the area without spikes; the very same object when it has none, or would not be valid without."""
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        return shape
    parts = shapely.get_parts(shape)
    rings = [[ring_without_spikes(ring) for ring in (part.exterior, *part.interiors)] for part in parts]
    if sum(len(ring) + 1 for part in rings for ring in part) == shapely.get_num_coordinates(shape):
        return shape
    smooth = [shapely.Polygon(shell, holes) for shell, *holes in rings]
    whole = smooth[0] if len(smooth) == 1 else shapely.MultiPolygon(smooth)
    return whole if whole.is_valid else shape


def ring_without_spikes(ring: shapely.LinearRing) -> Floats:
    """Return the corners of a ring without its spikes, shape (corners, 2), the first not repeated."""
    corners: Floats = shapely.get_coordinates(ring)[:-1]
    while len(corners) > TRIANGLE and (sharp := spikes(corners)).any():
        corners = np.delete(corners, int(sharp.argmax()), axis=0)
    return corners


def spikes(corners: Floats) -> NDArray[np.bool_]:
    """Return which corners of an open ring, shape (corners, 2), fold back on themselves. Shape (corners,)."""
    back, ahead = np.roll(corners, 1, axis=0) - corners, np.roll(corners, -1, axis=0) - corners
    cross = np.abs(back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0])
    dot = (back * ahead).sum(axis=1)
    folded: NDArray[np.bool_] = (cross <= np.tan(np.radians(SPIKE_DEG)) * dot) & (cross / 2 < SPIKE_M2) & (dot > 0)
    return folded
