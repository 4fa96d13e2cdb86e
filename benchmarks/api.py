"""How long the nearest building takes over 100,000: `python -m benchmarks.api`."""

import http.client
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
import uvicorn

from api.main import create_app
from geo.config import Settings
from geo.store import Published
from geo.store.geopackage import publication

BUILDINGS = 100_000
ASKED = 500


def main() -> None:
    """Publish a town of squares, ask for the building at random places, print the median and the 95th percentile."""
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(2.3, 3.0, BUILDINGS), rng.uniform(50.4, 50.6, BUILDINGS)
    ids = [f"B{number}" for number in range(BUILDINGS)]
    shapes = shapely.box(lon, lat, lon + 1e-4, lat + 1e-4)
    months = {f"yield_month_kwh_{month:02d}": 100.0 for month in range(1, 13)}
    facts = {"insee": "62498", "quality": "ok", "synthetic": True, "yield_p50_kwh": 1200.0, **months}
    buildings = gpd.GeoDataFrame({"id": ids, **facts}, geometry=shapes, crs="EPSG:4326")
    segments = buildings.assign(building_id=ids, segment_id=ids)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(processed=Path(folder))
        with publication(settings.store) as store:
            for name, table in (("buildings", buildings), ("roof_segments", segments)):
                box = tuple(float(side) for side in table.total_bounds)
                store.add_table(table, Published(name, len(table), box, "essai", True, datetime.now(UTC)))
        with served(settings) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            times_ms = [
                asked_ms(connection, f"/solar/buildings?lon={lon[place] + 5e-5}&lat={lat[place] + 5e-5}")
                for place in rng.integers(0, BUILDINGS, ASKED)
            ]
    print(f"{BUILDINGS} buildings, {ASKED} questions: p50 {statistics.median(times_ms):.1f} ms, "
          f"p95 {np.percentile(times_ms, 95):.1f} ms")  # fmt: skip


@contextmanager
def served(settings: Settings) -> Iterator[int]:
    """Serve on a free port of this machine until the block ends; give the port."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def asked_ms(connection: http.client.HTTPConnection, path: str) -> float:
    """Return the milliseconds until the whole answer is there."""
    start = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.HTTPStatus.OK:
        raise RuntimeError(f"{path}: {answer.status}")
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
