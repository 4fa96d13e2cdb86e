"""How the ground of a site lies: which part of it is too steep or too shaded for modules, seen on a surface model.

Slope is that of the terrain where a terrain model is there, else of the surface model, in which trees are steep. Light
is that of level cells at the height of the surface model, under the horizon that it makes.
"""

from typing import Final, NamedTuple

import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from rasterio.features import geometry_mask

from geo.kernels.irradiation import Scene, Window, accumulate
from geo.kernels.terrain import Gradient, horn_gradient
from geo.light.irradiation import Settings, YearTables, known_heights, place_of, require_grid, year_tables
from geo.mosaic import Mosaic
from geo.raster import Grid
from geo.weather import Weather

Heights = NDArray[np.float32]
Bools = NDArray[np.bool_]
LIGHT: Final = Settings(directions=32)
COVERED: Final = 0.95
"""A site lies on the surface model when this part of its cells is known there."""


class Limits(BaseModel, frozen=True, extra="forbid"):
    """From when on ground is left aside.

    Attributes
    ----------
    max_slope_deg
        Steepest ground built on. No official limit found.
    min_light_share
        Least part of the open level irradiation that a cell must receive in a year. No official limit found.
    cell_m
        Cells in which slope and shade are seen: finer ones of the surface model are averaged.
    halo_m
        Surroundings that shade a site.
    """

    max_slope_deg: float = Field(default=15.0, gt=0, le=90)
    min_light_share: float = Field(default=0.8, ge=0, le=1)
    cell_m: float = Field(default=2.0, ge=0.5, le=10)
    halo_m: float = Field(default=200.0, ge=0, le=1000)


class Sky(NamedTuple):
    """A year of light, and what an open level cell receives of it, kWh/m²."""

    year: YearTables
    open_kwh_m2: float


class Lie(NamedTuple):
    """How a site lies.

    Parts of it too steep, and too shaded though not too steep (0 to 1); its median slope in degrees; the mean of what
    the rest receives over what open level ground does (NaN where nothing is left).
    """

    steep_share: float
    shaded_share: float
    slope_deg: float
    light_share: float


class Cells(NamedTuple):
    """Averaged heights of a window (metres), which of its cells are the site's, and the width of a cell in metres."""

    surface_m: Heights
    terrain_m: Heights
    site: Bools
    cell_m: float


def sky_over(surface: Mosaic | None, weather: Weather | None) -> Sky | None:
    """Return the light of a weather year over a surface model; None where either lacks."""
    if surface is None or weather is None:
        return None
    require_grid(surface.grid)
    year = year_tables(weather, place_of(surface.grid, LIGHT), settings=LIGHT)
    flat = Cells(np.zeros((3, 3), np.float32), np.zeros((3, 3), np.float32), np.ones((3, 3), np.bool_), 1.0)
    return Sky(year, float(light_on(flat, flat.site, year)[1, 1]))


def lie_of(
    site: shapely.Geometry, surface: Mosaic | None, terrain: Mosaic | None, sky: Sky | None, limits: Limits
) -> Lie | None:
    """Return how a site lies; None where there is no surface model under it.

    Parameters
    ----------
    site
        What is left of its outline, in the projection of the models.
    terrain
        Bare ground; None to take the surface model's own slope.
    """
    if surface is None or sky is None or site.is_empty:
        return None
    window = window_around(site, surface.grid, limits)
    if window is None:
        return None
    cells = cells_of(site, surface, terrain, window, limits)
    known = cells.site & np.isfinite(cells.surface_m) & np.isfinite(cells.terrain_m)
    if known.sum() < COVERED * max(cells.site.sum(), 1):
        return None
    gradient = horn_gradient(cells.terrain_m, cell_m=cells.cell_m)
    slope_deg = np.degrees(np.arctan(np.hypot(gradient.east, gradient.north)))
    steep = known & (slope_deg > limits.max_slope_deg)
    light = light_on(cells, known & ~steep, sky.year)
    shaded = known & ~steep & (light < limits.min_light_share * sky.open_kwh_m2)
    count, rest = float(known.sum()), known & ~steep & ~shaded
    share = float(light[rest].mean()) / sky.open_kwh_m2 if rest.any() else np.nan
    return Lie(float(steep.sum()) / count, float(shaded.sum()) / count, float(np.median(slope_deg[known])), share)


def window_around(site: shapely.Geometry, grid: Grid, limits: Limits) -> Window | None:
    """Return the rows and columns around a site; None where the site reaches beyond the surface model."""
    west, south, east, north = site.bounds
    left, bottom, right, top = grid.bounds
    if west < left or east > right or south < bottom or north > top:
        return None
    halo_m = limits.halo_m
    edges = np.array([top - north - halo_m, top - south + halo_m, west - halo_m - left, east + halo_m - left])
    first_row, last_row, first_col, last_col = np.floor(edges / grid.transform.a).astype(int).tolist()
    rows = slice(max(0, first_row), min(grid.rows, last_row + 1))
    return Window(rows, slice(max(0, first_col), min(grid.cols, last_col + 1)))


def cells_of(site: shapely.Geometry, surface: Mosaic, terrain: Mosaic | None, window: Window, limits: Limits) -> Cells:
    """Return the averaged cells of a window; those that a terrain model of another grid does not know stay unknown."""
    raster = surface.read(window.rows, window.cols)
    times = max(1, round(limits.cell_m / raster.cell_m))
    heights = coarse(known_heights(raster.values), times)
    cell_m = raster.cell_m * times
    grid = raster.transform @ Affine.scale(times)
    inside = ~geometry_mask([site], out_shape=heights.shape, transform=grid)
    same = terrain is not None and terrain.grid == surface.grid
    ground = heights
    if terrain is not None and same:
        ground = coarse(known_heights(terrain.read(window.rows, window.cols).values), times)
    return Cells(heights, ground, inside, cell_m)


def coarse(values: Heights, times: int) -> Heights:
    """Return the means of square blocks of cells, of their known ones; what is left over at the ends is left out."""
    rows, cols = (size // times for size in values.shape)
    blocks = values[: rows * times, : cols * times].reshape(rows, times, cols, times)
    known = np.isfinite(blocks)
    count = known.sum(axis=(1, 3))
    total = np.where(known, blocks, 0.0).sum(axis=(1, 3), dtype=np.float64)
    mean = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return np.asarray(mean, dtype=np.float32)


def light_on(cells: Cells, wanted: Bools, year: YearTables) -> Heights:
    """Return what level ground receives in a year in each wanted cell, kWh/m²; NaN elsewhere."""
    level = np.zeros(cells.surface_m.shape, np.float32)
    scene = Scene(cells.surface_m, cells.cell_m, wanted=wanted, slope=Gradient(level, level))
    total: Heights = accumulate(scene, year.tables)[0] + np.float32(year.ground_kwh_m2[0])
    return total
