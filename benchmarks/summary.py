"""How long the territory figures take: `python -m benchmarks.summary`. The towns are made up, in the real sizes.

Each answer is asked in a process of its own, so that its peak memory is that of the answer and not of the making.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from fastapi.testclient import TestClient

from api.main import create_app
from geo import export, products
from geo.catalogue import BUILDINGS, LAYERS, ROOF_SEGMENTS
from geo.config import Settings
from geo.crs import LAMBERT93
from geo.layers import Layer
from geo.provenance import Provenance
from geo.raw import sha256
from geo.solar import figures, summary

COMMUNES = 150
EPCI = 3
SUITABILITY = ("good", "fair", "poor")
KINDS = ("Résidentiel", "Annexe", "Sportif", "Commercial et services", None)


def main() -> None:
    """Write the products, then ask for the figures in another process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--buildings", type=int, default=250_000)
    parser.add_argument("--planes", type=int, default=1_500_000)
    parser.add_argument("--ask", type=Path, help="folder of products: only ask")
    chosen = parser.parse_args()
    if chosen.ask is not None:
        ask(chosen.ask)
        return
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), chosen.buildings, chosen.planes)
        for path in sorted(Path(folder).glob("*.parquet")):
            print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")
        subprocess.run([sys.executable, "-m", "benchmarks.summary", "--ask", folder], check=True)


def ask(processed: Path) -> None:
    """Print how long the first and the following answers take, and what they cost in memory."""
    before_mb = peak_mb()
    first_s, answer = timed(processed)
    print(f"first answer: {first_s * 1000:.0f} ms; peak memory {peak_mb():.0f} MB, {before_mb:.0f} MB before it")
    print(f"second answer: {min(timed(processed)[0] for _ in range(5)) * 1000:.1f} ms")
    commune = frozenset({next(iter(answer["by_commune"]))})
    print(f"one commune: {min(timed(processed, commune)[0] for _ in range(5)) * 1000:.1f} ms")
    body_s, size = over_http(processed)
    print(f"the whole answer over HTTP: {body_s * 1000:.0f} ms, {size / 1e3:.0f} kB")
    start = time.perf_counter()
    table = export.summary_csv(answer)
    print(f"its CSV: {(time.perf_counter() - start) * 1000:.0f} ms, {len(table) / 1e3:.0f} kB")
    found = figures.figures(processed)
    kept = sum(cube.values.nbytes for cube in (found.suitability, found.size, found.public))
    kept += int(found.top.memory_usage(deep=True).sum() + found.communes.memory_usage(deep=True).sum())
    print(f"kept in memory: {kept / 1e3:.0f} kB")
    print(f"{answer['totals']['roofs']} roofs; power by planes over power by roofs: {ratio(answer):.9f}")


def timed(processed: Path, codes: frozenset[str] | None = None) -> tuple[float, summary.Area]:
    """Return the seconds until the answer is there, and the answer."""
    start = time.perf_counter()
    answer = summary.summarise(processed, codes=codes)
    return time.perf_counter() - start, answer


def over_http(processed: Path) -> tuple[float, int]:
    """Return the seconds and the uncompressed bytes of the whole answer, asked of the service in this process."""
    client = TestClient(create_app(Settings(processed=processed)))
    times = []
    for _ in range(5):
        start = time.perf_counter()
        body = client.get("/solar/summary").raise_for_status().content
        times.append(time.perf_counter() - start)
    return min(times), len(body)


def ratio(answer: summary.Area) -> float:
    """Return the sum over suitability classes by the total: 1 but for rounding."""
    return sum(one["power_mwp"] for one in answer["by_suitability"].values()) / float(answer["totals"]["power_mwp"])


def peak_mb() -> float:
    """Return the largest memory that this process has held (Linux), that of the process that started it left out."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def write(folder: Path, buildings: int, planes: int) -> None:
    """Write made-up communes, planes and the buildings they add up to, with every column of their layers."""
    rng = np.random.default_rng(1)
    codes = np.array([f"{62001 + number}" for number in range(COMMUNES)])
    communes = pd.DataFrame({"id": codes, "name": codes}).assign(
        epci=[f"E{number % EPCI}" for number in range(COMMUNES)],
        epci_siren=[f"{number % EPCI:09d}" for number in range(COMMUNES)],
    )
    products.write_table(placed(communes), "communes", folder)
    owner = np.sort(rng.integers(0, buildings, planes))
    count = np.where(rng.random(planes) < 0.6, rng.integers(1, 60, planes), 0)
    segments = filled(ROOF_SEGMENTS, planes).assign(
        insee=rng.choice(codes, buildings)[owner],
        suitability=rng.choice(SUITABILITY, planes),
        building_id=pd.Series(owner).astype("string"),
        **measures(count, rng.uniform(5, 200, planes)),
    )
    products.write_table(placed(segments), "roof_segments", folder)
    sums = segments.groupby("building_id")[list(figures.PLANE_MEASURES)].sum().rename(
        columns={"area_m2": "roof_area_m2"}
    )  # fmt: skip
    one = segments.drop_duplicates("building_id").set_index("building_id")[["insee", "suitability"]]
    roofs = filled(BUILDINGS, len(sums)).assign(
        kind=rng.choice(KINDS, len(sums)), weather="made up", synthetic=True,
        **sums.reset_index(drop=True), **one.reindex(sums.index).reset_index(drop=True),
    )  # fmt: skip
    provenance(products.write_table(placed(roofs), "buildings", folder), len(roofs))


def filled(layer: Layer, rows: int) -> pd.DataFrame:
    """Return random numbers in every column of measures, so that the file is as large as a real one."""
    rng = np.random.default_rng(2)
    columns = {
        name: rng.uniform(0, 1000, rows)
        if column.dtype in ("float64", "Int64")
        else pd.array(["text"] * rows, "string")
        for name, column in LAYERS[layer.name].columns.items()
    }
    return pd.DataFrame(columns).assign(id=pd.Series(np.arange(rows)).astype("string"))


def measures(count: np.ndarray, area_m2: np.ndarray) -> dict[str, np.ndarray]:
    """Return the measures of planes that hold so many panels."""
    kwp = count * 0.45
    energy = {"yield_p50_kwh": kwp * 950, "yield_p90_kwh": kwp * 850}
    return {"area_m2": area_m2, "usable_area_m2": area_m2 * 0.7, "panels": count, "kwp": kwp, **energy}


def placed(table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the table with a square in each row."""
    x_m = 684_000 + 10.0 * np.arange(len(table))
    return gpd.GeoDataFrame(table, geometry=shapely.box(x_m, 7_038_000, x_m + 8, 7_038_008), crs=LAMBERT93)


def provenance(path: Path, rows: int) -> None:
    """Write the provenance of the buildings."""
    told = Provenance(
        layer="buildings", rows=rows, synthetic=True, built_at=datetime.now(UTC), software="benchmark",
        recipe_sha256="", params={}, credits=(), inputs=(), lookups={}, notes=(), product_sha256=sha256(path),
    )  # fmt: skip
    products.write_provenance(told, path)


if __name__ == "__main__":
    main()
