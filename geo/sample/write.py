"""Build the quarter and write it as a provider would have delivered it: whole or not at all."""

import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from geopandas import GeoDataFrame
from shapely import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from geo.crs import LAMBERT93
from geo.errors import ConfigError
from geo.raster import Raster, write_cog
from geo.sample import furniture, houses, plan, roofs, tables, trees
from geo.sample.ground import HEAP_WAVES, heap_foot, natural_ground, with_heap
from geo.sample.network import node_lines
from geo.sample.readme import README
from geo.sample.square import TRANSFORM, Floats
from geo.sample.surface import surface

NOISE_M: Final = 0.05
MARK: Final = "roof_planes.parquet"
"""A folder that holds this file is an older sample and may be replaced."""


def make_sample(folder: Path, *, seed: int = 62, noise_m: float = NOISE_M) -> Path:
    """Write the synthetic quarter into a folder, in place of an older one, and return the folder.

    Parameters
    ----------
    folder
        Made if absent; replaced whole if it holds an older sample.
    seed
        Same seed, same bytes.
    noise_m
        Standard deviation of the height noise of the surface model. Metres, >= 0; the truth tables have none.

    Raises
    ------
    ConfigError
        If the folder is a file or holds something else than a sample, or `noise_m` is negative.
    """
    if noise_m < 0:
        raise ConfigError(f"noise_m is {noise_m}; expected zero or more metres; choose another value")
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file; expected a folder; name another one")
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise ConfigError(f"{folder} holds files that are not a sample; expected an empty folder; name another one")
    surface_m, ground_m, layers = build_quarter(seed, noise_m=noise_m)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as scratch:
        made = Path(scratch) / "new"
        made.mkdir()
        _write_raster(made / "dsm.tif", surface_m, what="surface", noise_m=noise_m)
        _write_raster(made / "dtm.tif", ground_m, what="bare ground", noise_m=0.0)
        for name, table in layers.items():
            table.to_parquet(made / f"{name}.parquet", index=False)
        (made / "README.md").write_text(README, encoding="utf-8")
        if folder.exists():
            folder.replace(Path(scratch) / "old")
        made.replace(folder)
    return folder


def build_quarter(seed: int, *, noise_m: float) -> tuple[Floats, Floats, dict[str, GeoDataFrame]]:
    """Return the surface and the bare ground, metres, shape (rows, cols), and every table by its name."""
    phases = _dice(seed, 1).uniform(0.0, 2.0 * np.pi, len(HEAP_WAVES))
    natural_m = natural_ground(_dice(seed, 2))
    ground_m = with_heap(natural_m, phases)
    streets = plan.streets()
    paths = plan.greenways(streets)
    buildings = _buildings(streets, [line for _, _, line in paths], ground_m=ground_m, seed=seed)
    rows = list({id(building.row): building.row for building in buildings if building.row is not None}.values())
    grown = trees.plant(
        rows,
        streets,
        [line for _, _, line in paths],
        footprints=[building.footprint for building in buildings],
        rng=_dice(seed, 5),
    )
    texture = _dice(seed, 6).normal(0.0, 1.0, ground_m.shape)
    surface_m = surface(ground_m, buildings, grown, texture=texture)
    noise = _dice(seed, 7).normal(0.0, noise_m, ground_m.shape)
    return surface_m + noise, ground_m, _tables(streets, paths, buildings, grown, heap_foot(natural_m, phases))


def _dice(seed: int, purpose: int) -> np.random.Generator:
    """Return random numbers of their own for each purpose, so that one does not move another."""
    return np.random.default_rng([seed, purpose])


def _buildings(
    streets: list[plan.Street], paths: list[LineString], *, ground_m: Floats, seed: int
) -> list[roofs.Building]:
    """Return the school, the hall and every house that finds room along the streets."""
    public = [roofs.school(ground_m), roofs.hall(ground_m)]
    sites: list[BaseGeometry] = [site for *_, site in (*plan.PARKS, *plan.BROWNFIELDS)]
    taken: list[BaseGeometry] = [
        *sites, plan.CANAL.buffer(20.0), plan.CAR_PARK.buffer(4.0), plan.SCHOOL_YARD, plan.CAVALIER.buffer(9.0),
        *(path.buffer(3.0) for path in paths), *(building.footprint.buffer(6.0) for building in public),
    ]  # fmt: skip
    rows = houses.lay_rows(streets, taken=taken, ground_m=ground_m, rng=_dice(seed, 3))
    rng = _dice(seed, 4)
    return [*(house for row in rows for house in roofs.houses_of(row, rng)), *public]


def _tables(
    streets: list[plan.Street], paths: list[tuple[str, str, LineString]],
    buildings: list[roofs.Building], grown: list[trees.Tree], heap: Polygon,
) -> dict[str, GeoDataFrame]:  # fmt: skip
    """Return every table by the name of its file."""
    gates = furniture.entrances(paths)
    street_pieces = node_lines([street.line for street in streets], [])
    path_pieces = node_lines([line for _, _, line in paths], [gate.point for gate in gates])
    posts = furniture.signs(gates, path_pieces, paths)
    return {
        **tables.building_tables(buildings),
        **tables.address_tables(buildings),
        **tables.way_tables(streets, street_pieces, paths, path_pieces),
        **tables.site_tables(heap),
        **tables.point_tables(gates, posts, grown),
    }


def _write_raster(path: Path, values_m: Floats, *, what: str, noise_m: float) -> None:
    tags = {
        "source": tables.SOURCE,
        "synthetic": "true",
        "content": f"{what}, altitude in metres",
        "noise_m": str(noise_m),
    }
    write_cog(path, Raster(values_m.astype(np.float32), TRANSFORM, LAMBERT93), tags)
