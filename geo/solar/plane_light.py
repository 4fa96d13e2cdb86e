"""Light on roof planes: the yearly tables evaluated with each fitted plane's own slope, shaded by the surface model.

On a roof, the surface model's cells are replaced by the fitted plane, so that the noise of their heights shades
nothing; chimneys, trees and neighbours stay as they are and shade.
"""

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.kernels.far import FarGround
from geo.kernels.irradiation import Scene, Window, accumulate
from geo.kernels.sky import BINS, Tables, sector_azimuths
from geo.kernels.terrain import Gradient
from geo.light.irradiation import YearTables
from geo.raster import Raster
from geo.solar.roofs import RoofCells

Floats = NDArray[np.float64]


class PlaneLight(NamedTuple):
    """Irradiation of each segment, month by month. kWh/m², shape (segments, 12).

    Attributes
    ----------
    shaded
        Mean over the plane's cells, as the surroundings shade them; NaN where no cell is known.
    unshaded
        Of the same plane alone under the whole sky.
    year
        Of each cell in a year, shape of the surface; NaN where no plane is asked about.
    """

    shaded: Floats
    unshaded: Floats
    year: NDArray[np.float32]

    def of(self, segments: NDArray[np.bool_]) -> "PlaneLight":
        """Return the light on some of the planes."""
        return self._replace(shaded=self.shaded[segments], unshaded=self.unshaded[segments])

    def month_ratio(self) -> Floats:
        """Return shaded over unshaded, 0 to 1; 1 where a plane gets nothing anyway or no cell is known."""
        ratio: Floats = np.divide(self.shaded, self.unshaded, out=np.ones_like(self.shaded), where=self.unshaded > 0)
        known: Floats = np.clip(np.nan_to_num(ratio, nan=1.0), 0.0, 1.0)
        return known


def plane_light(
    segments: gpd.GeoDataFrame,
    cells: RoofCells,
    surface: Raster,
    sky: YearTables,
    *,
    wanted: NDArray[np.bool_] | None = None,
    far: FarGround | None = None,
) -> PlaneLight:
    """Return the monthly light on roof planes.

    Parameters
    ----------
    segments
        Roof planes, as `segment_roofs` returns them, in the surface's CRS.
    cells
        Their cells on the surface.
    surface
        Heights of the roofs and of what stands around them. Metres; NaN is unknown and hides nothing.
    sky
        Twelve monthly tables for the place.
    wanted
        Planes to answer for, shape (segments,); the others are surroundings, and NaN in the answer. All by default.
    far
        Coarse terrain around; none by default.
    """
    asked = np.ones(len(segments), dtype=bool) if wanted is None else wanted
    shaded, year = cell_means(segments, cells, surface, sky, asked=asked, far=far)
    unshaded = open_planes(segments, sky)
    unseen = segments["cells"].to_numpy() == 0  # coarse planes, off the surface model: nothing is known to shade them
    shaded[unseen] = unshaded[unseen]
    return PlaneLight(shaded, unshaded, year)


def cell_means(
    segments: gpd.GeoDataFrame,
    cells: RoofCells,
    surface: Raster,
    sky: YearTables,
    *,
    asked: NDArray[np.bool_],
    far: FarGround | None,
) -> tuple[Floats, NDArray[np.float32]]:
    """Return the mean light over each plane's cells, shape (segments, months), and the year of each cell."""
    months = sky.tables.shape[0]
    mine = cells.on_plane & asked[cells.segment]
    means = np.full((len(segments), months), np.nan)
    year = np.full(surface.values.shape, np.nan, dtype=np.float32)
    if not mine.any():
        return means, year
    row, col, owner = cells.row[mine], cells.col[mine], cells.segment[mine]
    window = Window(slice(int(row.min()), int(row.max()) + 1), slice(int(col.min()), int(col.max()) + 1))
    place = row - window.rows.start, col - window.cols.start
    shape = window.rows.stop - window.rows.start, window.cols.stop - window.cols.start
    scene = Scene(
        heights_m=smoothed(cells, surface),
        cell_m=surface.cell_m,
        window=window,
        wanted=spread(np.ones(owner.size, dtype=bool), place, shape),
        slope=Gradient(
            *(
                spread(segments[name].to_numpy()[owner].astype(np.float32), place, shape)
                for name in ("slope_east", "slope_north")
            )
        ),
        far=far,
    )
    light = accumulate(scene, sky.tables)
    counts = np.bincount(owner, minlength=len(segments))
    seen = counts > 0
    for month in range(months):
        sums = np.bincount(owner, weights=light[month][place], minlength=len(segments))
        means[seen, month] = sums[seen] / counts[seen] + sky.ground_kwh_m2[month]
    year[row, col] = light.sum(axis=0)[place] + sky.ground_kwh_m2.sum()
    return means, year


def smoothed(cells: RoofCells, surface: Raster) -> NDArray[np.float32]:
    """Return the heights with roof cells on their fitted plane; obstacles stay."""
    heights, near = surface.values.copy(), cells.on_plane
    heights[cells.row[near], cells.col[near]] = cells.plane_m[near]
    return heights


def spread(values: NDArray[Any], place: tuple[NDArray[np.intp], ...], shape: tuple[int, ...]) -> NDArray[Any]:
    """Return a grid that holds the values at their places, zero elsewhere."""
    grid = np.zeros(shape, dtype=values.dtype)
    grid[place] = values
    return grid


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
