"""A real Chromium, and a real server over a small town in which every text column is under control."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import uvicorn
from affine import Affine
from playwright.sync_api import Browser, Page, Route, sync_playwright
from pyproj import CRS
from shapely import LineString, Point, box
from shapely.geometry.base import BaseGeometry

from api.main import create_app
from geo.catalogue import LAYERS
from geo.config import Settings
from geo.layers import Column, Layer
from geo.raster import Raster, write_cog
from geo.store import Published
from geo.store.geopackage import publication

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"width": 1280, "height": 800}
WEST, SOUTH = 2.800, 50.430
"""Corner of the town, WGS84 degrees."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = os.environ.get("ARTOIS_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.skip(f"no Chromium: none of {', '.join(CHROMIUM)} is on the PATH and ARTOIS_CHROMIUM is not set")
    if not (Settings().assets / "leaflet" / "dist" / "leaflet.js").is_file():
        pytest.skip("no Leaflet on this machine: node_modules/leaflet is absent; run npm install")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield started
        started.close()


@pytest.fixture(params=[DESK], ids=["desk"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that reaches this machine only; no script of it may fail."""
    faults: list[str] = []
    context = browser.new_context(viewport=request.param, locale="fr-FR")
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.route("**/*", own_only)
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: ARTOIS_SCREENSHOTS, or a passing folder."""
    folder = Path(os.environ.get("ARTOIS_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def own_only(route: Route) -> None:
    own = route.request.url.startswith(("http://127.0.0.1", "data:"))
    route.continue_() if own else route.abort()


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service over the small town."""
    with served(publish(tmp_path_factory.mktemp("town"), lambda layer, name: f"{layer.name} {name}")) as address:
        yield address


@pytest.fixture(scope="session")
def publish_town() -> Callable[[Path, Callable[[Layer, str], str], str], Settings]:
    """The way to publish a town whose texts a test chooses."""
    return publish


@pytest.fixture(scope="session")
def serve_town() -> Callable[[Settings], AbstractContextManager[str]]:
    """The way to serve it."""
    return served


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Serve on a free port until the block ends; give the address."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    with ExitStack() as stack:
        thread.start()
        stack.callback(thread.join)
        stack.callback(setattr, server, "should_exit", True)
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"


def publish(folder: Path, write: Callable[[Layer, str], str], credit: str = "Crédit d'essai") -> Settings:
    """Publish two rows of every layer and the irradiation raster; `write` gives each text cell."""
    settings = Settings(processed=folder, register_file=folder / "register.gpkg")
    built = datetime(2026, 3, 12, tzinfo=UTC)
    with publication(settings.store) as store:
        for number, layer in enumerate(LAYERS.values()):
            table = rows(layer, write, number)
            west, south, east, north = (float(side) for side in table.total_bounds)
            synthetic = layer.name == "buildings"
            store.add_table(
                table, Published(layer.name, len(table), (west, south, east, north), credit, synthetic, built)
            )
        bounds = (WEST, SOUTH, WEST + 0.0135, SOUTH + 0.009)
        store.add_raster(Published("irradiation", 256**2, bounds, credit, True, built))
    values = np.tile(np.linspace(300, 1200, 256, dtype=np.float32), (256, 1))
    transform = Affine(4, 0, 685_800, 0, -4, 7_037_600)
    write_cog(folder / "irradiation.tif", Raster(values, transform, CRS.from_epsg(2154)))
    return settings


def rows(layer: Layer, write: Callable[[Layer, str], str], number: int) -> gpd.GeoDataFrame:
    """Return two rows with every column filled: the first sourced, the second quiet where the layer has quiet rows."""
    cells = {name: [cell(layer, name, column, write)] * 2 for name, column in layer.columns.items()}
    cells["id"] = [f"{cells['id'][0]} 1", f"{cells['id'][0]} 2"]
    cells["certainty"] = ["sourced", "unverified" if layer.quiet else "estimated"]
    cells["synthetic"] = [layer.name == "buildings"] * 2
    table = pd.DataFrame(cells).astype({name: column.dtype for name, column in layer.columns.items()})
    shapes = [shape(layer, number, row) for row in range(2)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def cell(layer: Layer, name: str, column: Column, write: Callable[[Layer, str], str]) -> str | float | bool:
    """Return a value of the column's type: 1234.5, true, a text."""
    if column.dtype == "string":
        return write(layer, name)
    return {"float64": 1234.5, "Int64": 1234, "boolean": True}[column.dtype]


def shape(layer: Layer, number: int, row: int) -> BaseGeometry:
    """Return a geometry of the layer's own kind, apart from all others but for the communes and the EPCI."""
    if not layer.style.fill:
        side = 0.02 if layer.name == "epci" else 0.015
        return box(WEST - side + row, SOUTH - side, WEST + 2 * side + row, SOUTH + 2 * side)
    west, south = WEST + 0.001 * number, SOUTH + 0.002 * row
    if "LineString" in layer.geometry:
        return LineString([(west, south), (west + 0.0006, south)])
    return Point(west, south) if set(layer.geometry) == {"Point"} else box(west, south, west + 0.0006, south + 0.0006)
