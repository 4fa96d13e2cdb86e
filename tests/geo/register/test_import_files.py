"""Files of points as other programs write them: one layer, one point a row, or a line that says what was found."""

import logging
from pathlib import Path

import geopandas as gpd
import pytest
from pyproj import Transformer
from shapely import Geometry, LineString, MultiPoint, Point

from geo.errors import SourceError
from geo.register.import_files import read_rows

PLACE = Point(686_000, 7_037_000)
OFFSET_OF_APPLICATION_ID = 68
"""SQLite's file format, 1.3: a big-endian integer, "GPKG" in a GeoPackage."""


def write(path: Path, *shapes: Geometry | None, layer: str = "panneaux") -> Path:
    codes = [f"SOU-{number:03d}" for number in range(1, len(shapes) + 1)]
    gpd.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=2154).to_file(path, layer=layer)
    return path


def patch(path: Path, offset: int, patched: bytes) -> Path:
    whole = path.read_bytes()
    path.write_bytes(whole[:offset] + patched + whole[offset + len(patched) :])
    return path


@pytest.mark.parametrize(
    ("shape", "fault"),
    [
        (Point(), "found an empty Point; expected a point"),
        (MultiPoint(), "found an empty MultiPoint; expected a point"),
        (None, "found no geometry; expected a point"),
        (MultiPoint([PLACE, Point(0, 0)]), "found MultiPoint of 2 parts; expected a point"),
        (LineString([(0, 0), (1, 1)]), "found LineString; expected a point"),
    ],
)
def test_what_is_no_point_is_named(tmp_path: Path, shape: Geometry | None, fault: str) -> None:
    good, bad = read_rows(write(tmp_path / "a.gpkg", PLACE, shape))
    assert (good.xy, good.fault) == ((686_000, 7_037_000), None)
    assert (bad.xy, bad.fault) == (None, fault)


@pytest.mark.parametrize("suffix", ["gpkg", "geojson"])
def test_a_multipoint_of_one_is_its_point(tmp_path: Path, suffix: str) -> None:
    (row,) = read_rows(write(tmp_path / f"a.{suffix}", MultiPoint([PLACE])))
    assert row.fault is None
    assert row.xy == pytest.approx((686_000, 7_037_000), abs=0.01)


def test_several_layers_are_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", PLACE, layer="neufs")
    write(path, PLACE, layer="anciens")
    with pytest.raises(SourceError, match=r"a\.gpkg has 2 layers \(neufs, anciens\); expected one"):
        read_rows(path)


def test_what_gdal_finds_odd_is_logged_and_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = patch(write(tmp_path / "a.gpkg", PLACE), OFFSET_OF_APPLICATION_ID, b"\x01" * 4)
    with caplog.at_level(logging.WARNING):
        assert len(read_rows(path)) == 1
    assert ["bad application_id" in line for line in caplog.messages] == [True]


def test_what_is_damaged_is_one_error_and_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = patch(write(tmp_path / "a.gpkg", PLACE), OFFSET_OF_APPLICATION_ID, b"\x01" * 4)
    path.write_bytes(path.read_bytes()[:6_000])
    with caplog.at_level(logging.WARNING), pytest.raises(SourceError, match="is it whole"):
        read_rows(path)
    assert caplog.messages == []


def test_degrees_keep_their_millimetre(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("code,lon,lat\nSOU-001,2.78,50.45\n", encoding="utf-8")
    expected = Transformer.from_crs(4326, 2154, always_xy=True).transform(2.78, 50.45)
    assert read_rows(path)[0].xy == pytest.approx(expected, abs=0.001)
