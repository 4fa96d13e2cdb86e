"""Irradiation of a file of any size: tile by tile, each with what shades it around, resumed where it was stopped.

Finished tiles wait in a hidden folder beside the output, which appears only when all of them are there.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rasterio.transform import Affine

from geo import unfinished
from geo.errors import ConfigError, ProductError
from geo.kernels.far import FarGround
from geo.kernels.irradiation import Scene, Window, accumulate
from geo.kernels.sky import view_table
from geo.kernels.sweep import set_threads
from geo.light.irradiation import (
    Place,
    Settings,
    YearTables,
    known_heights,
    place_of,
    require_grid,
    sun_minute,
    year_tables,
)
from geo.raster import Grid, Raster, read_grid, read_onto, read_window, write_cog_pieces
from geo.weather import Weather

MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
FAR_CELL_M = 20.0
FAR_NEAREST_M = 100.0
METHOD = (
    "hourly sun over exact near rays and a far-ray pyramid; diffuse over the visible sky; on the cell's own surface"
)


@dataclass(frozen=True)
class Job:
    """What to read and what to write.

    Attributes
    ----------
    surface
        Surface model, a raster file in a projected CRS in metres.
    out, monthly_out, svf_out
        COGs to write: the year, its twelve months, the visible-sky factor of the tilted cells; None to leave out.
    mask
        Raster file of the same grid, zero or no data where no answer is wanted.
    terrain
        Coarse ground around, any CRS, for hills beyond the halo.
    terrain_reach_m
        How far that ground is looked at. Metres.
    tile
        Side of a tile, in cells.
    halo_m
        Width of the surroundings that each tile sees. Metres.
    workers
        Threads; None for one per processor.
    """

    surface: Path
    out: Path
    monthly_out: Path | None = None
    svf_out: Path | None = None
    mask: Path | None = None
    terrain: Path | None = None
    terrain_reach_m: float = 5000.0
    tile: int = 2000
    halo_m: float = 300.0
    workers: int | None = None
    settings: Settings = field(default_factory=Settings)


class Tile(NamedTuple):
    """A part of the raster."""

    rows: slice
    cols: slice

    @property
    def name(self) -> str:
        """Return its file name among the finished tiles."""
        return f"{self.rows.start}_{self.cols.start}.npy"


class Plan(NamedTuple):
    """All that the tiles of a job share."""

    job: Job
    grid: Grid
    sky: YearTables
    folder: Path
    lowest_m: float


Track = Callable[[list[Tile]], Iterable[Tile]]


def run(job: Job, weather: Weather, *, track: Track = iter) -> Path:
    """Compute what a job asks for and return the file of the year.

    A run that was stopped goes on with the tiles that are missing, if nothing that counts has changed meanwhile.

    Raises
    ------
    GeoError
        If an input is absent, is not what it should be, or does not fit the others.
    """
    grid = read_grid(job.surface)
    require_grid(grid)
    _check(job, grid)
    place = place_of(grid, job.settings)
    plan = Plan(job, grid, _tables(job, weather, place), _folder(job, weather), lowest_height_m(job, grid))
    todo = [tile for tile in tiles(grid, job.tile) if not (plan.folder / tile.name).exists()]
    set_threads(job.workers)
    for tile in track(todo):
        _save(compute_tile(plan, tile), plan.folder / tile.name)
    _write_outputs(plan, tags_of(job, weather, place))
    shutil.rmtree(plan.folder)
    return job.out


def place_of_file(surface: Path, settings: Settings) -> Place:
    """Return where the sun is computed for a surface model."""
    grid = read_grid(surface)
    require_grid(grid)
    return place_of(grid, settings)


def tiles(grid: Grid, side: int) -> Iterator[Tile]:
    """Yield the tiles of a grid, row by row."""
    for top in range(0, grid.rows, side):
        for left in range(0, grid.cols, side):
            yield Tile(slice(top, min(top + side, grid.rows)), slice(left, min(left + side, grid.cols)))


def lowest_height_m(job: Job, grid: Grid) -> float:
    """Return the lowest known height of the surface, 0 where none is known: all tiles round heights from it."""
    lowest = np.inf
    for tile in tiles(grid, job.tile):
        heights = known_heights(read_window(job.surface, tile.rows, tile.cols).values)
        lowest = min(lowest, float(np.min(heights, where=np.isfinite(heights), initial=np.inf)))
    return lowest if np.isfinite(lowest) else 0.0


def compute_tile(plan: Plan, tile: Tile) -> NDArray[np.float32]:
    """Return one tile of every layer asked for, shape (layers, rows, cols)."""
    job, grid = plan.job, plan.grid
    halo = int(np.ceil(job.halo_m / grid.transform.a))
    top, left = max(0, tile.rows.start - halo), max(0, tile.cols.start - halo)
    around = slice(top, min(grid.rows, tile.rows.stop + halo)), slice(left, min(grid.cols, tile.cols.stop + halo))
    raster = read_window(job.surface, *around)
    wanted = None
    if job.mask is not None:
        values = read_window(job.mask, tile.rows, tile.cols).values
        wanted = ~np.isnan(values) & (values != 0)
    scene = Scene(
        heights_m=known_heights(raster.values),
        cell_m=raster.cell_m,
        window=Window(
            slice(tile.rows.start - top, tile.rows.stop - top), slice(tile.cols.start - left, tile.cols.stop - left)
        ),
        wanted=wanted,
        lowest_m=plan.lowest_m,
        origin=(top, left),
        far=None if job.terrain is None else far_ground(job, raster),
    )
    total = accumulate(scene, plan.sky.tables)
    return total + plan.sky.ground_kwh_m2.astype(np.float32)[:, None, None]


def tags_of(job: Job, weather: Weather, place: Place) -> dict[str, str]:
    """Return what a reader must know of the numbers."""
    chosen = job.settings
    return {
        "unit": "kWh/m2/yr",
        "weather": weather.source,
        "period": weather.period,
        "method": METHOD,
        "version": version("artois"),
        "sky": chosen.sky,
        "albedo": f"{chosen.albedo:g}",
        "directions": str(chosen.directions),
        "sun_minute": str(sun_minute(weather, place, chosen)),
        "latitude": f"{place.latitude_deg:.4f}",
        "longitude": f"{place.longitude_deg:.4f}",
    }


def _check(job: Job, grid: Grid) -> None:
    """Refuse sizes that make no sense, and a mask of another grid."""
    if job.tile < 1 or job.halo_m < 0 or job.terrain_reach_m <= 0:
        raise ConfigError(
            f"tile {job.tile}, halo {job.halo_m} m, reach {job.terrain_reach_m} m; expected positive sizes"
        )
    if job.workers is not None and job.workers < 1:
        raise ConfigError(f"workers is {job.workers}; expected 1 or more")
    for path in (job.out, job.monthly_out, job.svf_out):
        if path is not None and not path.parent.is_dir():
            raise ConfigError(f"{path.parent} is no folder; expected one to write {path.name} into; make it first")
    if job.mask is None:
        return
    mask = read_grid(job.mask)
    same = (mask.rows, mask.cols) == (grid.rows, grid.cols) and mask.transform.almost_equals(grid.transform, 1e-6)
    if not same:
        raise ProductError(
            f"{job.mask} has {mask.rows} x {mask.cols} cells from {mask.transform.c:g} {mask.transform.f:g}; expected "
            f"the grid of the surface, {grid.rows} x {grid.cols} from {grid.transform.c:g} {grid.transform.f:g}"
        )


def _tables(job: Job, weather: Weather, place: Place) -> YearTables:
    """Return the year's tables, or its months', and last the visible sky's if it is asked for."""
    sky = year_tables(weather, place, settings=job.settings, monthly=job.monthly_out is not None)
    if job.svf_out is None:
        return sky
    view = view_table(directions=job.settings.directions)
    return YearTables(np.concatenate([sky.tables, view]), np.append(sky.ground_kwh_m2, 0.0))


def _folder(job: Job, weather: Weather) -> Path:
    """Return the folder of finished tiles, emptied if they answer another question."""
    chosen = asdict(job) | {"workers": None}
    inputs = [path for path in (job.surface, job.mask, job.terrain) if path is not None]
    return unfinished.folder(job.out, question=chosen, inputs=inputs, arrays=weather.arrays())


def _save(values: NDArray[np.float32], path: Path) -> None:
    """Write a tile, whole or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, values)
    part.replace(path)


def far_ground(job: Job, raster: Raster) -> FarGround:
    """Return the coarse terrain around a window of the surface."""
    if job.terrain is None:
        raise ValueError("the job has no terrain")
    west, south, east, north = raster.bounds
    cell, reach = max(FAR_CELL_M, raster.cell_m), job.terrain_reach_m
    left, top = np.floor((west - reach) / cell) * cell, np.ceil((north + reach) / cell) * cell
    rows, cols = int(np.ceil((top - south + reach) / cell)), int(np.ceil((east + reach - left) / cell))
    ground = read_onto(job.terrain, Grid(rows, cols, Affine(cell, 0, left, 0, -cell, top), raster.crs))
    nearest = max(min(job.halo_m, FAR_NEAREST_M), 4 * cell)
    return FarGround(known_heights(ground.values), cell, float(left - west), float(top - north), nearest, reach)


def _write_outputs(plan: Plan, tags: dict[str, str]) -> None:
    """Assemble the finished tiles into the files asked for, the year's own last."""
    job = plan.job
    layers = plan.sky.tables.shape[0] - (job.svf_out is not None)

    def pieces(
        pick: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    ) -> Iterator[tuple[slice, slice, NDArray[np.float32]]]:
        for tile in tiles(plan.grid, job.tile):
            yield tile.rows, tile.cols, pick(np.load(plan.folder / tile.name))

    if job.svf_out is not None:
        facts = tags | {"unit": "1"}
        write_cog_pieces(job.svf_out, plan.grid, pieces(lambda all_: all_[-1:]), facts, ["visible-sky factor"])
    if job.monthly_out is not None:
        facts = tags | {"unit": "kWh/m2/month"}
        write_cog_pieces(job.monthly_out, plan.grid, pieces(lambda all_: all_[:layers]), facts, MONTHS)
    year = pieces(lambda all_: all_[:layers].sum(axis=0, keepdims=True))
    write_cog_pieces(job.out, plan.grid, year, tags, ["irradiation"])
