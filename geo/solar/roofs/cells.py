"""The cells of roofs, and how far each stands over its fitted plane."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import shapes

from geo.raster import Raster
from geo.solar.roofs.labels import label_cells, plane_heights

Floats = NDArray[np.float64]

OBSTACLE_M: Final = 0.3
"""What stands higher than this over its plane is an obstacle, not the plane."""
LEAST_OBSTACLE_M2: Final = 0.25


class RoofCells(NamedTuple):
    """Cells of a surface whose height is known and that lie in a segment; all of shape (cells,).

    Attributes
    ----------
    row, col
        Place in the surface.
    segment
        Place of its plane in the table of segments, counted from 0.
    plane_m
        Height of the plane there. Metres.
    above_m
        Height of the surface over it. Metres.
    """

    row: NDArray[np.intp]
    col: NDArray[np.intp]
    segment: NDArray[np.intp]
    plane_m: Floats
    above_m: Floats

    def of(self, segments: NDArray[np.bool_]) -> "RoofCells":
        """Return the cells of some segments, which are counted anew."""
        kept = segments[self.segment]
        number = np.cumsum(segments) - 1
        segment = number[self.segment[kept]]
        return RoofCells(self.row[kept], self.col[kept], segment, self.plane_m[kept], self.above_m[kept])

    @property
    def on_plane(self) -> NDArray[np.bool_]:
        """Tell which cells are roof, not a chimney, a dormer or a branch."""
        return np.asarray(np.abs(self.above_m) <= OBSTACLE_M)


def roof_cells(segments: gpd.GeoDataFrame, surface: Raster) -> RoofCells:
    """Return the cells of the segments on a surface.

    Parameters
    ----------
    segments
        Roof planes, as `segment_roofs` returns them, in the surface's CRS.
    surface
        Heights. Metres; NaN is unknown.
    """
    labels = label_cells(segments, surface.transform, surface.values.shape)
    row, col = np.nonzero((labels > 0) & np.isfinite(surface.values))
    segment = labels[row, col].astype(np.intp) - 1
    plane_m = plane_heights(segments, segment, *centres(surface, row, col))
    return RoofCells(row, col, segment, plane_m, surface.values[row, col] - plane_m)


def find_obstacles(cells: RoofCells, surface: Raster, count: int) -> list[list[shapely.Polygon]]:
    """Return what stands on each of `count` planes, seen from above: chimneys, dormers, branches."""
    found: list[list[shapely.Polygon]] = [[] for _ in range(count)]
    high = cells.above_m > OBSTACLE_M
    if not high.any():
        return found
    row, col = cells.row[high], cells.col[high]
    top, left = int(row.min()), int(col.min())
    standing = np.zeros((int(row.max()) - top + 1, int(col.max()) - left + 1), dtype=np.int32)
    standing[row - top, col - left] = cells.segment[high] + 1
    corner = surface.transform @ Affine.translation(left, top)
    for outline, label in shapes(standing, mask=standing > 0, transform=corner):
        polygon = shapely.geometry.shape(outline)
        if polygon.area >= LEAST_OBSTACLE_M2:
            found[int(label) - 1].append(polygon)
    return found


def centres(surface: Raster, row: NDArray[np.intp], col: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return x and y of the middles of cells."""
    step = surface.transform
    return step.c + (col.astype(np.float64) + 0.5) * step.a, step.f + (row.astype(np.float64) + 0.5) * step.e
