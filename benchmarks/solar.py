"""Speed of the irradiation engine: `python benchmarks/solar.py [DSM.tif] [--size 2000] [--directions 64]`.

Prints million cell-azimuths per second, seconds per million cells and peak memory, for the horizon alone and for the
whole year, with and without a mask; beside GRASS r.sun when `grass` is installed. Compare lines of one run only.
"""

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.kernels.irradiation import Scene, accumulate
from geo.kernels.sky import view_table
from geo.light.irradiation import Place, Settings, year_tables
from geo.raster import read_raster
from geo.sources import synthetic_weather

CELL_M = 0.5
RUNS = 3
ROOF_SHARE = 0.2
WEST_M, SOUTH_M = 684_000, 7_038_000
"""Where GRASS is told that the scene lies: near Lens, in Lambert-93."""


def main() -> None:
    """Time every case and print a table."""
    options = parse()
    heights, roofs = town(options.size) if options.dsm is None else surface(options.dsm)
    place = Place(50.43, 2.83, 0.0)
    weather = synthetic_weather.year(place.latitude_deg, place.longitude_deg)
    year = year_tables(weather, place, settings=Settings(directions=options.directions)).tables
    months = year_tables(weather, place, settings=Settings(directions=options.directions), monthly=True).tables
    horizon = view_table(directions=options.directions)
    warm = Scene(heights[:200, :200], CELL_M)
    accumulate(warm, year)
    share = f"{100 * roofs.mean():.0f} % mask"
    print(f"{heights.shape[0]} x {heights.shape[1]} cells, {options.directions} azimuths, {os.cpu_count()} processors")
    print(f"{'case':34s}{'s':>8s}{'M cell-az/s':>13s}{'s per M cells':>15s}{'processor s':>13s}")
    for name, tables, mask in (
        ("horizon (visible sky)", horizon, None),
        (f"horizon, {share}", horizon, roofs),
        ("year, horizon and energy", year, None),
        (f"year, {share}", year, roofs),
        (f"twelve months, {share}", months, roofs),
    ):
        seconds, processor = best(Scene(heights, CELL_M, wanted=mask), tables)
        rate = heights.size * options.directions / seconds / 1e6
        print(f"{name:34s}{seconds:8.2f}{rate:13.0f}{seconds / heights.size * 1e6:15.2f}{processor:13.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")
    if shutil.which("grass"):
        print(f"GRASS r.sun, one day at 0.5 h: {grass_day(heights):.2f} s per M cells and day")
    else:
        print("GRASS is not installed: no comparison")


def parse() -> argparse.Namespace:
    """Return the command's options."""
    parser = argparse.ArgumentParser(description="Speed of the irradiation engine.")
    parser.add_argument("dsm", nargs="?", type=Path, help="surface model; a made-up town by default")
    parser.add_argument("--size", type=int, default=2000, help="side of the made-up town, cells")
    parser.add_argument("--directions", type=int, default=64)
    return parser.parse_args()


def best(scene: Scene, tables: NDArray[np.float32]) -> tuple[float, float]:
    """Return the shortest time of a few runs, and the processor time of the same run."""
    times = []
    for _ in range(RUNS):
        start, used = time.perf_counter(), time.process_time()
        accumulate(scene, tables)
        times.append((time.perf_counter() - start, time.process_time() - used))
    return min(times)


def surface(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return the heights of a file, and its highest fifth for a mask."""
    heights = read_raster(path).values
    return heights, heights > np.nanquantile(heights, 0.8)


def town(size: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return pitched roofs on rough ground, and where a fifth of the cells is roof."""
    rng = np.random.default_rng(0)
    heights = (rng.normal(size=(size, size)) * 0.03).astype(np.float32)
    roofs = np.zeros((size, size), bool)
    while roofs.mean() < ROOF_SHARE:
        for _ in range(max(1, size // 20)):
            middle, half, turn = rng.uniform(0, size, 2), rng.uniform((10, 6), (30, 14)), rng.uniform(0, np.pi)
            reach = int(half.sum())
            rows, cols = (slice(max(0, int(at) - reach), int(at) + reach) for at in middle)
            row, col = np.mgrid[rows.start : min(rows.stop, size), cols.start : min(cols.stop, size)]
            along = (col - middle[1]) * np.cos(turn) + (row - middle[0]) * np.sin(turn)
            across = (row - middle[0]) * np.cos(turn) - (col - middle[1]) * np.sin(turn)
            inside = (np.abs(along) < half[0]) & (np.abs(across) < half[1])
            roof = rng.uniform(3, 9) + (half[1] - np.abs(across)) * CELL_M * rng.uniform(0, 1.1)
            heights[rows, cols] = np.where(inside, np.maximum(heights[rows, cols], roof), heights[rows, cols])
            roofs[rows, cols] |= inside
    return heights, roofs


def grass_day(heights: NDArray[np.float32]) -> float:
    """Return the seconds per million cells that GRASS r.sun takes for a midsummer day with its own shadows."""
    with tempfile.TemporaryDirectory() as folder:
        raw, rows, cols = Path(folder) / "dsm.bin", *heights.shape
        heights.astype("<f4").tofile(raw)
        read = f"r.in.bin -f input={raw} output=dsm bytes=4 rows={rows} cols={cols} "
        read += f"north={SOUTH_M + rows * CELL_M} south={SOUTH_M} east={WEST_M + cols * CELL_M} west={WEST_M}"
        day = "r.sun elevation=dsm day=172 step=0.5 glob_rad=glob nprocs=2"
        script = f"{read} && g.region raster=dsm && r.slope.aspect elevation=dsm"
        script += f" slope=slope aspect=aspect && date +%s.%N && {day} slope=slope aspect=aspect && date +%s.%N"
        grass = ["grass", "--tmp-location", "EPSG:2154", "--exec", "sh", "-c", script]
        lines = subprocess.run(grass, check=True, capture_output=True, text=True).stdout.split()
    return (float(lines[-1]) - float(lines[-2])) / heights.size * 1e6


if __name__ == "__main__":
    main()
