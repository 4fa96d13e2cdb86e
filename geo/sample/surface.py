"""The surface a laser would see: ground, roofs cell by cell from their planes, what stands on them, crowns, noise."""

import numpy as np
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely import Polygon

from geo.sample.roofs import Building, Plane
from geo.sample.square import CELLS, LOCAL, Floats, cell_centres
from geo.sample.trees import Tree, raise_crowns


def surface(ground_m: Floats, buildings: list[Building], trees: list[Tree], *, texture: Floats) -> Floats:
    """Return the altitude of the surface without noise, shape (rows, cols)."""
    roofed_m = with_obstacles(with_roofs(ground_m, buildings), buildings)
    return raise_crowns(roofed_m, ground_m, trees, texture)


def with_roofs(ground_m: Floats, buildings: list[Building]) -> Floats:
    """Return the ground with each cell whose centre is under a plane raised to that plane."""
    planes = [plane for building in buildings for plane in building.planes]
    index = _index([plane.polygon for plane in planes])
    rows, cols = np.nonzero(index)
    x_m, y_m = cell_centres()
    terms = np.array([_terms(plane) for plane in planes])[index[rows, cols] - 1]
    raised_m = ground_m.copy()
    raised_m[rows, cols] = (
        terms[:, 0] + terms[:, 1] * (x_m[0, cols] - terms[:, 3]) + terms[:, 2] * (y_m[rows, 0] - terms[:, 4])
    )
    return raised_m


def with_obstacles(surface_m: Floats, buildings: list[Building]) -> Floats:
    """Return the surface raised to the level tops of chimneys, dormers and parapets."""
    obstacles = [obstacle for building in buildings for obstacle in building.obstacles]
    index = _index([obstacle.polygon for obstacle in obstacles])
    rows, cols = np.nonzero(index)
    tops_m = np.array([obstacle.top_m for obstacle in obstacles])[index[rows, cols] - 1]
    raised_m = surface_m.copy()
    raised_m[rows, cols] = np.maximum(surface_m[rows, cols], tops_m)
    return raised_m


def _index(polygons: list[Polygon]) -> NDArray[np.int32]:
    """Return 1 + the number of the polygon that holds each cell's centre, 0 where none does."""
    numbered = [(polygon, number) for number, polygon in enumerate(polygons, start=1)]
    index: NDArray[np.int32] = rasterize(numbered, out_shape=(CELLS, CELLS), transform=LOCAL, dtype="int32")
    return index


def _terms(plane: Plane) -> tuple[float, float, float, float, float]:
    """Return (altitude, dz/dx, dz/dy, x, y) at the plane's centroid."""
    centroid = plane.polygon.centroid
    return (plane.altitude_m, *plane.gradient, centroid.x, centroid.y)
