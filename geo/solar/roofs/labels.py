"""Which cells each roof plane holds, and how high it stands there."""

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize

Floats = NDArray[np.float64]
INSIDE_M = 0.2
"""A centroid nearer to the outline than this is not taken for the middle of a plane."""


def label_cells(segments: gpd.GeoDataFrame, transform: Affine, shape: tuple[int, int]) -> NDArray[np.int32]:
    """Return, for the cells of a window, k where the centre lies in the k-th row of the segments, 0 where in none.

    Parameters
    ----------
    segments
        Roof planes, as `segment_roofs` returns them; rows are counted from 1 whatever the index.
    transform
        From (column, row) of the window to the segments' CRS.
    shape
        (rows, cols) of the window.

    Notes
    -----
    Chimneys and dormers on a plane are among its cells; they stand out by their height from `plane_heights`.
    """
    corners = [transform * corner for corner in ((0, 0), (shape[1], shape[0]))]
    (west, north), (east, south) = corners
    near = np.sort(segments.sindex.query(shapely.box(west, south, east, north), predicate="intersects"))
    if near.size == 0:
        return np.zeros(shape, np.int32)
    numbered = zip(segments.geometry.array[near], (near + 1).tolist(), strict=True)
    labels: NDArray[np.int32] = rasterize(numbered, out_shape=shape, transform=transform, dtype="int32")
    return labels


def plane_centres(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the middle of each polygon: its centroid, or a point inside where the centroid is not well inside."""
    middles = shapely.centroid(polygons)
    inside = shapely.contains(polygons, middles) & (shapely.distance(shapely.boundary(polygons), middles) > INSIDE_M)
    centres: NDArray[np.object_] = np.where(inside, middles, shapely.point_on_surface(polygons))
    return centres


def plane_heights(segments: gpd.GeoDataFrame, rows: NDArray[np.intp], x_m: Floats, y_m: Floats) -> Floats:
    """Return the height of fitted planes at points.

    Parameters
    ----------
    segments
        Roof planes, as `segment_roofs` returns them.
    rows
        Place of the plane of each point in the table, counted from 0; shape (points,).
    x_m, y_m
        Points in the segments' CRS. Metres, shape (points,).

    Returns
    -------
    Metres in the surface's datum, shape (points,).
    """
    east, north = segments["slope_east"].to_numpy(), segments["slope_north"].to_numpy()
    named, place = np.unique(rows, return_inverse=True)
    centres = plane_centres(np.asarray(segments.geometry.array, dtype=object)[named])
    rise_m = east[rows] * (x_m - shapely.get_x(centres)[place]) + north[rows] * (y_m - shapely.get_y(centres)[place])
    heights_m: Floats = segments["plane_height_m"].to_numpy()[rows] + rise_m
    return heights_m
