"""Peak memory of `artois solar roofs` on one, four and sixteen quarters: `python -m benchmarks.memory [SIDES]`.

The synthetic quarter (1,414 buildings) side by side, 1 x 1, 2 x 2, 4 x 4: as many buildings as square metres. Each
run is a process of its own. A flat memory is a ratio near 1.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.cadastre import town
from geo.raster import write_cog
from geo.sample import make_sample

SIDES = (1, 2, 4)


def measure(folder: Path, side: int) -> tuple[int, float, float]:
    """Return buildings, peak memory in GB and seconds of one run."""
    surface, buildings = town(folder / "sample", side)
    write_cog(folder / "dsm.tif", surface)
    buildings.to_file(folder / "buildings.gpkg")
    out = folder / "roofs.gpkg"
    command = [
        sys.executable, "-m", "geo", "solar", "roofs",
        "--dsm", folder / "dsm.tif", "--buildings", folder / "buildings.gpkg", "--out", out, "--quiet",
    ]  # fmt: skip
    start = time.perf_counter()
    child = subprocess.Popen(list(map(str, command)))
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"side {side}: exit {status}")
    return len(buildings), usage.ru_maxrss / 1e6, time.perf_counter() - start


def main() -> None:
    """Print a line for each size."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_sample(folder / "sample")
        first = None
        for side in map(int, sys.argv[1:] or SIDES):
            count, peak_gb, seconds = measure(folder, side)
            first = first or peak_gb
            print(f"{count:7d} buildings: {peak_gb:.2f} GB ({peak_gb / first:.2f} times), {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    main()
