"""The solar cadastre: from a surface model, footprints and a weather year to what every roof can do.

Work goes part by part, each with what stands around it, so that memory does not grow with the town.
Glossary: roof plane = pan de toit; usable area = surface utile; kWc = kilowatt-crête.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.kernels.far import FarGround
from geo.light.irradiation import Settings, known_heights, place_of, require_grid
from geo.mosaic import Mosaic, of_raster
from geo.raster import Grid, Raster
from geo.solar.building_index import BuildingIndex, Rows, of_table
from geo.solar.coarse import coarse_planes
from geo.solar.layout import Laid, Site, lay_out_all, light_at
from geo.solar.plane_light import PlaneLight, plane_light
from geo.solar.rating import (
    CadastreSettings,
    Rates,
    panel_energy,
    panel_table,
    panel_yields,
    rate_segments,
    rates_at,
    suitability,
    sum_buildings,
)
from geo.solar.roofs import RoofCells, Roofs, RoofSettings, find_obstacles, roof_cells, segment_roofs
from geo.weather import Weather

FarFinder = Callable[[Raster], FarGround]

TILE: Final = 2000
"""Side of a part, in cells."""
HALO_M: Final = 300.0
"""Width of the surroundings that each part sees. Metres."""
NEAR_M: Final = 10.0
"""Buildings this near to a part's own are segmented with them: they share ridges, and shade from their planes."""


class Cadastre(NamedTuple):
    """Roof planes, buildings and panels; ids of buildings and segments join them."""

    segments: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    panels: gpd.GeoDataFrame


class Part(NamedTuple):
    """Some buildings, and the window of the surface that they are worked in.

    Attributes
    ----------
    name
        Of its tile: first row and column.
    own, around
        Rows of the buildings that it answers for; those and their neighbours.
    rows, cols
        The window, surroundings included; empty where all its buildings lie off the surface.
    """

    name: str
    own: Rows
    around: Rows
    rows: slice
    cols: slice


def compute_cadastre(
    surface: Raster | Mosaic,
    buildings: gpd.GeoDataFrame,
    weather: Weather,
    *,
    settings: CadastreSettings | None = None,
    far: FarFinder | None = None,
    workers: int = 2,
) -> Cadastre:
    """Return what every roof can do.

    Parameters
    ----------
    surface
        Heights. Metres, in a projected CRS in metres; NaN is unknown.
    buildings
        Columns `id` and `geometry` in the surface's CRS, and `height_m` where it is known; others are kept.
    far
        Finds the coarse terrain around a window, for hills beyond the surface.
    workers
        Threads, at least 1. The result does not depend on it.

    Raises
    ------
    GeoError
        If surface, buildings and weather do not fit together. One bad building is flagged, and raises nothing.
    """
    mosaic = of_raster(surface) if isinstance(surface, Raster) else surface
    require_grid(mosaic.grid)
    rates = rates_at(place_of(mosaic.grid, Settings()), weather, settings or CadastreSettings())
    index = of_table(buildings)
    parts = parts_of(index, mosaic.grid)
    return joined([rate_part(part, mosaic, index, rates, far=far, workers=workers) for part in parts])


def parts_of(index: BuildingIndex, grid: Grid, *, tile: int = TILE) -> list[Part]:
    """Return the parts of a run, from north-west to south-east: the buildings of each tile and their window.

    A building belongs to the tile that holds the middle of its bounds, one off the surface to the nearest tile.
    """
    if not len(index.ids):
        return [Part("0_0", np.empty(0, np.intp), np.empty(0, np.intp), slice(0, 0), slice(0, 0))]
    west, south, east, north = np.nan_to_num(index.bounds).T
    first, cell_m = index.first_rows(), grid.transform.a
    x, y = ((west + east) / 2)[first], ((south + north) / 2)[first]
    col = np.clip((x - grid.transform.c) / cell_m, 0, grid.cols - 1).astype(np.intp) // tile * tile
    row = np.clip((grid.transform.f - y) / cell_m, 0, grid.rows - 1).astype(np.intp) // tile * tile
    corners, owner = np.unique(np.stack([row, col], axis=1), axis=0, return_inverse=True)
    return [
        part_of(f"{top}_{left}", np.flatnonzero(owner.ravel() == number), index, grid)
        for number, (top, left) in enumerate(corners.tolist())
    ]


def part_of(name: str, own: Rows, index: BuildingIndex, grid: Grid) -> Part:
    """Return the part that answers for some buildings."""
    left, bottom, right, top = grid.bounds
    bounds = index.bounds[own]
    on = (bounds[:, 0] < right) & (bounds[:, 2] > left) & (bounds[:, 1] < top) & (bounds[:, 3] > bottom)
    if not on.any():
        return Part(name, own, own, slice(0, 0), slice(0, 0))
    west, south = np.maximum(bounds[on, :2].min(axis=0), (left, bottom)) - NEAR_M
    east, north = np.minimum(bounds[on, 2:].max(axis=0), (right, top)) + NEAR_M
    every = index.bounds
    near = (every[:, 0] < east) & (every[:, 2] > west) & (every[:, 1] < north) & (every[:, 3] > south)
    near[own] = True
    cell_m = grid.transform.a
    halo = HALO_M - NEAR_M
    rows = slice(max(0, int((top - north - halo) // cell_m)), min(grid.rows, int(-((south - halo - top) // cell_m))))
    cols = slice(max(0, int((west - halo - left) // cell_m)), min(grid.cols, int(-((left - east - halo) // cell_m))))
    return Part(name, own, np.flatnonzero(near), rows, cols)


def rate_part(
    part: Part,
    mosaic: Mosaic,
    index: BuildingIndex,
    rates: Rates,
    *,
    far: FarFinder | None = None,
    workers: int = 2,
) -> Cadastre:
    """Return what the roofs of a part can do."""
    surface = read_surface(mosaic, part)
    around = index.read(part.around)
    own = around[np.isin(part.around, part.own)]
    roofs = segment_roofs(surface, around, settings=RoofSettings(), workers=workers)
    roofs = flag_repeated(with_coarse(roofs, own), index.repeated)
    mine = roofs.segments["building_id"].isin(own["id"]).to_numpy(dtype=bool)
    cells = roof_cells(roofs.segments, surface)
    hills = far(surface) if far is not None and cells.row.size else None
    light = plane_light(roofs.segments, cells, surface, rates.sky, wanted=mine, far=hills)
    laid = lay_out_part(roofs.segments[mine], cells.of(mine), surface, light.of(mine), rates)
    yields = panel_yields(light.of(mine), laid, rates.table)
    rated = rate_segments(roofs.segments[mine].reset_index(drop=True), light.of(mine), laid, yields, rates)
    local = light_at(laid, Raster(light.year, surface.transform, surface.crs))
    energy = panel_energy(laid, yields, local, rates.panels.module_wp)
    return Cadastre(rated, sum_buildings(own, rated, roofs.quality), panel_table(rated, laid, energy))


def read_surface(mosaic: Mosaic, part: Part) -> Raster:
    """Return the surface of a part; one unknown cell where all its buildings lie off the surface."""
    if part.rows.start == part.rows.stop or part.cols.start == part.cols.stop:
        return Raster(np.full((1, 1), np.nan, np.float32), mosaic.grid.transform, mosaic.grid.crs)
    raster = mosaic.read(part.rows, part.cols)
    return Raster(known_heights(raster.values), raster.transform, raster.crs)


def with_coarse(roofs: Roofs, buildings: gpd.GeoDataFrame) -> Roofs:
    """Return the roofs with coarse planes for buildings off the surface model whose height is known."""
    unseen = set(roofs.quality.loc[roofs.quality["quality"] == "coarse", "building_id"])
    rows = buildings.assign(id=buildings["id"].astype(str)).drop_duplicates("id")
    planes = coarse_planes(rows[rows["id"].isin(unseen)])
    if planes.empty:
        return roofs
    tables = [table for table in (roofs.segments, planes) if len(table)]
    segments = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=buildings.crs)
    return roofs._replace(segments=segments)


def flag_repeated(roofs: Roofs, repeated: frozenset[str]) -> Roofs:
    """Return the roofs with buildings flagged whose id stands on several places, unless something worse is known."""
    quality = roofs.quality
    rows = quality["building_id"].isin(repeated) & quality["quality"].isin(["ok", "invalid_repaired", "overlapping"])
    note = (quality["notes"] + "; id stands more than once").str.removeprefix("; ")
    flagged = quality.assign(
        quality=quality["quality"].mask(rows, "duplicate_id"), notes=quality["notes"].mask(rows, note)
    )
    return roofs._replace(quality=flagged)


def lay_out_part(
    segments: gpd.GeoDataFrame,
    cells: RoofCells,
    surface: Raster,
    light: PlaneLight,
    rates: Rates,
) -> Laid:
    """Return the panels of the planes that get enough light."""
    standing = find_obstacles(cells, surface, len(segments))
    classes = suitability(light.shaded.sum(axis=1), rates.settings)
    columns = segments.geometry, segments["pitch_deg"], segments["azimuth_deg"], standing, classes
    sites = [
        None if kind == "poor" else Site(outline, pitch, azimuth, obstacles)
        for outline, pitch, azimuth, obstacles, kind in zip(*columns, strict=True)
    ]
    return lay_out_all(sites, rates.panels)


def joined(done: list[Cadastre]) -> Cadastre:
    """Return the parts as one."""
    return Cadastre(*(concatenated(list(tables)) for tables in zip(*done, strict=True)))


def concatenated(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return tables of the same columns as one; empty ones would spoil the types."""
    full = [table for table in tables if len(table)] or tables[:1]
    return gpd.GeoDataFrame(pd.concat(full, ignore_index=True), geometry="geometry", crs=full[0].crs)
