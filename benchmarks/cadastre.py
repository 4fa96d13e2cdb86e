"""How long 5,656 buildings take, step by step: `python -m benchmarks.cadastre`.

The synthetic quarter, four times side by side; the irradiation sweep is one line of its own.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.raster import Raster, read_raster
from geo.sample import make_sample
from geo.solar import cadastre
from geo.sources import synthetic_weather

STEPS = (
    "rates_at",
    "segment_roofs",
    "roof_cells",
    "plane_light",
    "find_obstacles",
    "lay_out_all",
    "rate_segments",
    "panel_table",
    "sum_buildings",
)


def timed(function: Callable[..., Any], seconds: dict[str, float], name: str) -> Callable[..., Any]:
    """Return the function, its time added to a table."""

    def run(*arguments: object, **options: object) -> object:
        start = time.perf_counter()
        result = function(*arguments, **options)
        seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - start
        return result

    return run


def town(folder: Path, sides: int = 2) -> tuple[Raster, gpd.GeoDataFrame]:
    """Return sides x sides quarters as one surface, and their buildings."""
    quarter = read_raster(folder / "dsm.tif")
    houses = gpd.read_parquet(folder / "buildings.parquet").rename(columns={"building_id": "id"})
    side_m = quarter.values.shape[0] * quarter.cell_m
    copies = [
        houses.assign(id=houses["id"] + f"-{east}-{south}", geometry=houses.translate(east * side_m, -south * side_m))
        for east in range(sides)
        for south in range(sides)
    ]
    surface = Raster(np.tile(quarter.values, (sides, sides)), quarter.transform, quarter.crs)
    return surface, gpd.GeoDataFrame(pd.concat(copies, ignore_index=True), crs=houses.crs)


def main() -> None:
    """Rate a small part first, so that nothing is compiled in the timed run; then time every step."""
    with tempfile.TemporaryDirectory() as folder:
        surface, buildings = town(make_sample(Path(folder) / "sample"))
    weather = synthetic_weather.year(50.44, 2.78)
    cadastre.compute_cadastre(surface, buildings.iloc[:20], weather)
    seconds: dict[str, float] = {}
    for name in STEPS:
        setattr(cadastre, name, timed(getattr(cadastre, name), seconds, name))
    start = time.perf_counter()
    done = cadastre.compute_cadastre(surface, buildings, weather)
    whole = time.perf_counter() - start
    print(f"{len(done.buildings)} buildings, {len(done.segments)} planes, {len(done.panels)} panels: {whole:.1f} s")
    print(f"without the irradiation sweep: {whole - seconds['plane_light']:.1f} s")
    for name, value in seconds.items():
        print(f"{name:16s}{value:8.1f} s")


if __name__ == "__main__":
    main()
