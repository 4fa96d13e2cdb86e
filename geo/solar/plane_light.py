"""Light on roof planes: the yearly tables evaluated with each fitted plane's own slope, shaded by the surface model.

On a roof, the surface model's cells are replaced by the fitted plane, so that the noise of their heights shades
nothing; chimneys, trees and neighbours stay as they are and shade.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
from affine import Affine
from numpy.typing import NDArray

from geo.kernels.far import FarGround
from geo.kernels.irradiation import Scene, Window, accumulate
from geo.kernels.sky import BINS, Tables, sector_azimuths
from geo.kernels.terrain import Gradient
from geo.raster import Raster
from geo.solar.irradiation import YearTables
from geo.solar.roofs import label_cells, plane_heights

Floats = NDArray[np.float64]
FarFinder = Callable[[Raster], FarGround]

TILE = 2000
"""Side of a tile, in cells."""
OBSTACLE_M = 0.3
"""What stands higher than this over its plane is an obstacle, not the plane."""


class PlaneLight(NamedTuple):
    """Irradiation of each segment, month by month. kWh/m², shape (segments, 12).

    Attributes
    ----------
    shaded
        Mean over the plane's cells, as the surroundings shade them; NaN where no cell is known.
    unshaded
        Of the same plane alone under the whole sky.
    """

    shaded: Floats
    unshaded: Floats

    def month_ratio(self) -> Floats:
        """Return shaded over unshaded, 0 to 1; 1 where a plane gets nothing anyway or no cell is known."""
        ratio: Floats = np.divide(self.shaded, self.unshaded, out=np.ones_like(self.shaded), where=self.unshaded > 0)
        known: Floats = np.clip(np.nan_to_num(ratio, nan=1.0), 0.0, 1.0)
        return known


def plane_light(
    segments: gpd.GeoDataFrame, surface: Raster, sky: YearTables, *, halo_m: float = 300.0, far: FarFinder | None = None
) -> PlaneLight:
    """Return the monthly light on every roof plane, tile by tile.

    Parameters
    ----------
    segments
        Roof planes, as `segment_roofs` returns them, in the surface's CRS.
    surface
        Heights. Metres; NaN is unknown and hides nothing.
    sky
        Twelve monthly tables for the place.
    halo_m
        Width of the surroundings that each tile sees. Metres.
    far
        Finds the coarse terrain around a window; none by default.
    """
    months = sky.tables.shape[0]
    sums, counts = np.zeros((len(segments), months)), np.zeros(len(segments))
    halo = int(np.ceil(halo_m / surface.cell_m))
    for tile, around in windows(surface.values.shape, halo):
        window = cut(surface, around)
        hills = far(window) if far else None
        add_tile(
            segments, window, Scene(window.values, window.cell_m, inside(tile, around), far=hills), sky, (sums, counts)
        )
    shaded: Floats = np.divide(sums, counts[:, None], out=np.full_like(sums, np.nan), where=counts[:, None] > 0)
    unshaded = open_planes(segments, sky)
    unseen = segments["cells"].to_numpy() == 0  # coarse planes, off the surface model: nothing is known to shade them
    shaded[unseen] = unshaded[unseen]
    return PlaneLight(shaded, unshaded)


def windows(shape: tuple[int, ...], halo: int) -> Iterator[tuple[Window, Window]]:
    """Yield each tile of a raster, and the window that it is computed in."""
    for top in range(0, shape[0], TILE):
        for left in range(0, shape[1], TILE):
            bottom, right = min(top + TILE, shape[0]), min(left + TILE, shape[1])
            rows = slice(max(0, top - halo), min(shape[0], bottom + halo))
            cols = slice(max(0, left - halo), min(shape[1], right + halo))
            yield Window(slice(top, bottom), slice(left, right)), Window(rows, cols)


def inside(tile: Window, around: Window) -> Window:
    """Return a tile's place within the window around it."""
    top, left = around.rows.start, around.cols.start
    return Window(
        slice(tile.rows.start - top, tile.rows.stop - top), slice(tile.cols.start - left, tile.cols.stop - left)
    )


def cut(surface: Raster, window: Window) -> Raster:
    """Return a window of a raster, as a raster."""
    shift = Affine.translation(window.cols.start, window.rows.start)
    return Raster(surface.values[window.rows, window.cols], surface.transform @ shift, surface.crs)


def add_tile(
    segments: gpd.GeoDataFrame, surface: Raster, scene: Scene, sky: YearTables, totals: tuple[Floats, Floats]
) -> None:
    """Add the cells of a scene's window to the segments' sums and counts, in place."""
    tile = scene.window or Window(slice(0, surface.values.shape[0]), slice(0, surface.values.shape[1]))
    labels = label_cells(segments, surface.transform, surface.values.shape)
    if not (labels[tile.rows, tile.cols] > 0).any():
        return
    smooth, on_plane = with_planes(segments, surface, labels)
    own = np.where(on_plane, labels, 0)[tile.rows, tile.cols]
    rows = np.maximum(own - 1, 0)
    slope = Gradient(
        *(
            np.where(own > 0, segments[name].to_numpy()[rows], 0.0).astype(np.float32)
            for name in ("slope_east", "slope_north")
        )
    )
    planes = scene._replace(heights_m=smooth, wanted=own > 0, slope=slope)
    light = accumulate(planes, sky.tables)[:, own > 0] + sky.ground_kwh_m2[:, None]
    sums, counts = totals
    found = own[own > 0] - 1
    np.add.at(counts, found, 1.0)
    for month in range(light.shape[0]):
        sums[:, month] += np.bincount(found, weights=light[month], minlength=len(segments))


def with_planes(
    segments: gpd.GeoDataFrame, surface: Raster, labels: NDArray[np.int32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the heights with roof cells on their fitted plane, and which cells those are; obstacles stay."""
    row, col = np.nonzero((labels > 0) & np.isfinite(surface.values))
    plane = plane_heights(segments, labels[row, col].astype(np.intp) - 1, *centres(surface, row, col))
    near = np.abs(surface.values[row, col] - plane) <= OBSTACLE_M
    heights, on_plane = surface.values.copy(), np.zeros(labels.shape, dtype=bool)
    heights[row[near], col[near]] = plane[near]
    on_plane[row[near], col[near]] = True
    return heights, on_plane


def open_planes(segments: gpd.GeoDataFrame, sky: YearTables) -> Floats:
    """Return the monthly light on each plane with nothing around it. kWh/m², shape (segments, months)."""
    east, north = segments["slope_east"].to_numpy(), segments["slope_north"].to_numpy()
    return open_light(east, north, sky.tables) + sky.ground_kwh_m2[None, :]


def open_light(east: Floats, north: Floats, tables: Tables) -> Floats:
    """Return what the tables give above planes that only their own slope shades, shape (planes, layers)."""
    total = np.zeros((east.size, tables.shape[0]))
    for sector, azimuth in enumerate(sector_azimuths(tables.shape[1])):
        rise = east * np.sin(azimuth) + north * np.cos(azimuth)
        ahead = np.maximum(rise, 0.0)
        bins = np.rint(ahead / np.sqrt(1.0 + ahead**2) * BINS).astype(np.intp)
        total += (tables[:, sector, 0, bins] - rise * tables[:, sector, 1, bins]).T
    upright: Floats = total / np.sqrt(1.0 + east**2 + north**2)[:, None]
    return upright


def centres(surface: Raster, row: NDArray[np.intp], col: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return x and y of the middles of cells."""
    step = surface.transform
    return step.c + (col.astype(np.float64) + 0.5) * step.a, step.f + (row.astype(np.float64) + 0.5) * step.e
