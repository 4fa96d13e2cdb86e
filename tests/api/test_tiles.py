import io
import math
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from pyproj import Transformer

from api.main import create_app
from geo.config import Settings

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's


def tile_over(x: float, y: float, z: int) -> str:
    """Return the tile over a point of Lambert-93 (Web Mercator grid, closed form)."""
    lon, lat = Transformer.from_crs(2154, 4326, always_xy=True).transform(x, y)
    column = int((lon + 180) / 360 * 2**z)
    row = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)
    return f"/tiles/irradiation/{z}/{column}/{row}.png"


def picture(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGBA"))


def test_a_tile_shows_the_colours_of_the_ends_of_the_scale(client: TestClient) -> None:
    answer = client.get(tile_over(685_032, 7_035_960, 17))
    shown = picture(answer.content)
    assert answer.headers["content-type"] == "image/png"
    assert shown.shape == (256, 256, 4)
    colours = {tuple(pixel) for pixel in shown.reshape(-1, 4)}
    assert (0x2C, 0x2A, 0x6B, 255) in colours
    assert (0xFB, 0xD3, 0x4D, 255) in colours
    assert shown[..., 3].min() == 0


def test_a_tile_elsewhere_is_transparent(client: TestClient) -> None:
    answer = client.get("/tiles/irradiation/5/1/1.png")
    assert answer.status_code == 200
    assert picture(answer.content)[..., 3].max() == 0


def test_an_unchanged_tile_is_304(client: TestClient) -> None:
    address = tile_over(685_032, 7_035_960, 16)
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert "max-age" in first.headers["cache-control"]


@pytest.mark.parametrize("name", ["nowhere", "signs", "..", "%2Fetc%2Fpasswd", "vsicurl"])
def test_only_named_rasters_have_tiles(client: TestClient, name: str) -> None:
    assert client.get(f"/tiles/{name}/1/0/0.png").status_code == 404


@pytest.mark.parametrize("place", ["-1/0/0", "25/0/0", "1/2/0", "1/0/-1", "a/0/0", "1/0/0.5", f"{10**30}/0/0"])
def test_a_tile_outside_the_grid_is_400(client: TestClient, place: str) -> None:
    answer = client.get(f"/tiles/irradiation/{place}.png")
    assert answer.status_code == 400
    assert "expected" in answer.json()["detail"]


def test_an_unknown_parameter_is_400(client: TestClient) -> None:
    assert client.get("/tiles/irradiation/1/0/0.png?url=http://example.org/a.tif").status_code == 400


def test_a_raster_that_is_not_built_is_503(tmp_path: Path) -> None:
    from api.main import create_app

    answer = TestClient(create_app(Settings(processed=tmp_path))).get("/tiles/irradiation/1/0/0.png")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text


def test_a_damaged_raster_is_our_fault_and_its_place_is_not_told(tmp_path: Path, memory_store: object) -> None:
    (tmp_path / "irradiation.tif").write_bytes(b"II*\0 but no more")
    client = TestClient(create_app(Settings(processed=tmp_path), memory_store))  # type: ignore[arg-type]
    answer = client.get("/tiles/irradiation/5/1/1.png")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
