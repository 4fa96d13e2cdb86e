"""What GDAL cannot write is one line, and nothing is left of it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely.geometry import Point

from geo.errors import ProductError
from geo.products import replaced
from geo.signage.geopackage import require_whole, steady


@contextmanager
def room_of(size: int) -> Iterator[None]:
    """Let no file grow past a size, as a disk does that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def points(number: int) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": range(number)}, geometry=[Point(row, 0) for row in range(number)], crs=2154)


@pytest.mark.parametrize("size", [8_000, 50_000, 90_000, 100_000, 110_000])
def test_without_room_an_earlier_file_stays(tmp_path: Path, size: int) -> None:
    target = tmp_path / "a.gpkg"
    target.write_text("mine")
    with room_of(size), pytest.raises(ProductError, match="make room"), replaced(target) as part, steady("a.gpkg"):
        pyogrio.write_dataframe(points(400), part, layer="signs", driver="GPKG")
        require_whole(part, ("signs",))
    assert [path.name for path in tmp_path.iterdir()] == ["a.gpkg"]
    assert target.read_text() == "mine"


def test_a_layer_of_no_points_is_whole(tmp_path: Path) -> None:
    with steady("a.gpkg"):
        pyogrio.write_dataframe(points(0), tmp_path / "a.gpkg", layer="signs", driver="GPKG", geometry_type="Point")
        require_whole(tmp_path / "a.gpkg", ("signs",))
    assert pyogrio.read_info(tmp_path / "a.gpkg")["features"] == 0


def test_a_layer_without_index_is_not_whole(tmp_path: Path) -> None:
    options = {"SPATIAL_INDEX": "NO"}
    pyogrio.write_dataframe(points(2), tmp_path / "a.gpkg", layer="signs", driver="GPKG", layer_options=options)
    with pytest.raises(ProductError, match="spatial index of signs"):
        require_whole(tmp_path / "a.gpkg", ("signs",))
