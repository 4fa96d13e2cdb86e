"""A service over three small layers kept in memory, of which one is a raster."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import orjson
import pytest
import shapely
from affine import Affine
from fastapi.testclient import TestClient
from pyproj import CRS

from api.main import create_app
from geo.config import Settings
from geo.errors import MissingDataError, UnknownNameError
from geo.raster import Raster, write_cog
from geo.store import BBox, Page, Published

BUILT: datetime = datetime(2026, 3, 12, 9, 30, tzinfo=UTC)
LENS: BBox = (2.80, 50.40, 2.90, 50.50)


def sign(number: int) -> dict[str, object]:
    """Return a sign; they stand on a line, 0.01 degrees apart, in two communes."""
    properties = {
        "id": f"S{number}",
        "name": f"Panneau {number}",
        "insee": "62498" if number % 2 == 0 else "62427|2A004",
    }
    at = {"type": "Point", "coordinates": [2.80 + number / 100, 50.4296]}
    return {"type": "Feature", "id": f"S{number}", "geometry": at, "properties": properties}


class MemoryStore:
    """Five signs, one park and the irradiation raster."""

    def __init__(self) -> None:
        park = {
            "type": "Feature",
            "id": "P1",
            "geometry": shapely.geometry.mapping(shapely.box(2.80, 50.40, 2.85, 50.45)),
            "properties": {"id": "P1", "name": "Parc des Îles", "insee": "62427"},
        }
        self.tables = {"signs": [sign(number) for number in range(5)], "parks": [park]}

    def published(self) -> dict[str, Published]:
        rows = {"signs": 5, "parks": 1, "irradiation": 4}
        return {
            name: Published(name, count, LENS, f"Crédit {name}", name != "parks", BUILT) for name, count in rows.items()
        }

    def features(
        self, name: str, *, bbox: BBox | None = None, insee: str | None = None, limit: int, offset: int = 0
    ) -> Page:
        if name not in self.tables:
            raise UnknownNameError(f"no layer {name}")
        found = self.tables[name]
        if bbox is not None:
            box = shapely.box(*bbox)
            found = [one for one in found if shapely.geometry.shape(one["geometry"]).intersects(box)]
        if insee is not None:
            found = [one for one in found if insee in str(one["properties"]["insee"]).split("|")]  # type: ignore[index]
        return Page([orjson.dumps(one).decode() for one in found[offset : offset + limit]], len(found))


class EmptyStore(MemoryStore):
    """A store that has not been built."""

    def published(self) -> dict[str, Published]:
        raise MissingDataError("/secret/place/store.gpkg is absent; run `artois build`")


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings over a folder that holds a raster of 64 m by 64 m: 300 in the west, 1,200 in the east."""
    processed = tmp_path_factory.mktemp("processed")
    values = np.full((64, 64), 300.0, np.float32)
    values[:, 32:] = 1200.0
    values[:8] = np.nan
    write_cog(
        processed / "irradiation.tif",
        Raster(values, Affine(1, 0, 685_000, 0, -1, 7_036_000), CRS.from_epsg(2154)),
    )
    return Settings(processed=processed)


@pytest.fixture
def memory_store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(scope="session")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, MemoryStore())) as found:
        yield found


@pytest.fixture
def unbuilt(tmp_path: Path) -> TestClient:
    return TestClient(create_app(Settings(processed=tmp_path), EmptyStore()))
