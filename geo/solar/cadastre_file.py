"""The cadastre as a file: surface model and footprints in, a GeoPackage out, part by part.

Finished parts wait in a hidden folder beside the output: a run that was stopped goes on with those that are missing.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

import geopandas as gpd
import pyogrio

from geo import mosaic, unfinished
from geo.errors import ConfigError
from geo.kernels.sweep import set_threads
from geo.light.irradiation import Settings, place_of, require_grid
from geo.products import replaced
from geo.solar import building_index
from geo.solar.cadastre import TILE, Cadastre, FarFinder, Part, parts_of, rate_part
from geo.solar.rating import CadastreSettings, rates_at
from geo.solar.tiles import Job as SurfaceJob
from geo.solar.tiles import far_ground
from geo.weather import Weather

Track = Callable[[list[Part]], Iterable[Part]]

LAYERS: Final = ("roof_segments", "panels", "buildings")
"""In the order in which a part's files are written: the last one tells that the part is whole."""
SHAPES: Final = {"roof_segments": "Polygon", "panels": "Point"}


@dataclass(frozen=True)
class Job:
    """What to read and what to write.

    Attributes
    ----------
    surface
        Surface model, a raster file in a projected CRS in metres.
    buildings
        Footprints: GeoPackage, Shapefile, GeoJSON, FlatGeobuf or GeoParquet.
    out
        GeoPackage to write.
    terrain
        Coarse ground around, any CRS, for hills beyond the surroundings that each part sees.
    workers
        Processors to use, at least 1.
    tile
        Side of a part, in cells: memory grows with it, and the result does not depend on it.
    """

    surface: Path
    buildings: Path
    out: Path
    terrain: Path | None = None
    workers: int = 2
    tile: int = TILE
    settings: CadastreSettings = field(default_factory=CadastreSettings)


class Written(NamedTuple):
    """What was written: rows of each layer, and buildings of each quality."""

    rows: dict[str, int]
    quality: dict[str, int]


def run(job: Job, weather: Weather, *, track: Track = iter) -> Written:
    """Rate every roof of a job and write the GeoPackage, whole or not at all.

    Raises
    ------
    GeoError
        If an input is absent, is not what it should be, or does not fit the others. A bad building is only flagged.
    """
    if not job.out.parent.is_dir():
        raise ConfigError(f"{job.out.parent} is no folder; expected one to write {job.out.name} into; make it first")
    surface = mosaic.of_file(job.surface)
    require_grid(surface.grid)
    index = building_index.of_file(job.buildings, surface.grid.crs)
    parts = parts_of(index, surface.grid, tile=job.tile)
    pieces = open_pieces(job, weather)
    todo = [part for part in parts if not piece(pieces, part, LAYERS[-1]).is_file()]
    if todo:
        rates = rates_at(place_of(surface.grid, Settings()), weather, job.settings)
        set_threads(job.workers)
        for part in track(todo):
            done = rate_part(part, surface, index, rates, far=far_finder(job), workers=job.workers)
            save(done, part, pieces)
    written = write(job, weather, parts, pieces)
    shutil.rmtree(pieces)
    return written


def far_finder(job: Job) -> FarFinder | None:
    """Return what finds the coarse terrain around a window, if there is any."""
    if job.terrain is None:
        return None
    ground = SurfaceJob(surface=job.surface, out=job.out, terrain=job.terrain)
    return lambda window: far_ground(ground, window)


def open_pieces(job: Job, weather: Weather) -> Path:
    """Return the folder of finished parts, emptied if they answer another question."""
    question = {"out": job.out, "tile": job.tile, "settings": job.settings.model_dump_json(), "weather": weather.source}
    inputs = [path for path in (job.surface, job.buildings, job.terrain) if path is not None]
    return unfinished.folder(job.out, question=question, inputs=inputs, arrays=weather.arrays())


def piece(pieces: Path, part: Part, layer: str) -> Path:
    """Return the file of one layer of a finished part."""
    return pieces / f"{part.name}.{layer}.parquet"


def save(done: Cadastre, part: Part, pieces: Path) -> None:
    """Write a part, each file whole, the one that tells of the others last."""
    tables = {"roof_segments": done.segments.drop(columns="id"), "panels": done.panels, "buildings": done.buildings}
    for layer in LAYERS:
        with replaced(piece(pieces, part, layer)) as path:
            tables[layer].to_parquet(path, schema_version="1.1.0")


def write(job: Job, weather: Weather, parts: list[Part], pieces: Path) -> Written:
    """Assemble the finished parts into the GeoPackage, one at a time in memory."""
    credit = f"{weather.source} {weather.period}; artois {version('artois')}"
    rows, quality = dict.fromkeys(sorted(LAYERS), 0), Counter[str]()
    with replaced(job.out) as path:
        for part in parts:
            for layer in LAYERS:
                table = gpd.read_parquet(piece(pieces, part, layer))
                append(finished(table, layer, credit), layer, path)
                rows[layer] += len(table)
                if layer == "buildings":
                    quality.update(table["quality"].tolist())
    return Written(rows, dict(quality.most_common()))


def finished(table: gpd.GeoDataFrame, layer: str, credit: str) -> gpd.GeoDataFrame:
    """Return a layer's rows as its readers expect them."""
    if layer == "panels":
        return table
    named = table.assign(building_id=table["id"]) if layer == "buildings" else table
    flat = named.set_geometry(named.geometry.force_2d())
    return gpd.GeoDataFrame(flat.assign(credit=credit))


def append(table: gpd.GeoDataFrame, layer: str, path: Path) -> None:
    """Add rows to a layer of a GeoPackage; the first call makes it."""
    new = not path.exists() or layer not in {name for name, _ in pyogrio.list_layers(path)}
    if not (len(table) or new):
        return
    plain = table[own_names(table)]
    shape = SHAPES.get(layer, "MultiPolygon")
    pyogrio.write_dataframe(
        plain, path, layer=layer, driver="GPKG", append=path.exists(), promote_to_multi=shape == "MultiPolygon",
        geometry_type=shape,
    )  # fmt: skip


def own_names(table: gpd.GeoDataFrame) -> list[str]:
    """Return the columns that a GeoPackage can hold: of names that differ by case alone the last, and no `fid`."""
    last = {str(column).lower(): str(column) for column in table.columns}
    return [column for column in map(str, table.columns) if last[column.lower()] == column and column.lower() != "fid"]
