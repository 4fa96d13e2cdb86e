import io
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from PIL import Image
from pyproj import CRS

from geo.catalogue import IRRADIATION
from geo.errors import MissingDataError, RequestError, SourceError
from geo.layers import Ramp
from geo.raster import Raster, write_cog
from geo.tiles import Tile, empty_png, paint, png, require_tile, rgb, tile_png

GREY = Ramp("", ((0.0, "#000000"), (100.0, "#c86432"), (200.0, "#ffffff")))


def test_colours_at_the_stops_are_the_stops_and_blend_between_them() -> None:
    painted = paint(np.array([[0, 50, 100, 200]], np.float32), GREY)
    np.testing.assert_array_equal(painted[:3, 0].T, [[0, 0, 0], [100, 50, 25], [200, 100, 50], [255, 255, 255]])


def test_values_beyond_the_ends_keep_the_end_colours() -> None:
    painted = paint(np.array([[-10, 1e9]], np.float32), GREY)
    np.testing.assert_array_equal(painted[:3, 0].T, [[0, 0, 0], [255, 255, 255]])


def test_unknown_cells_are_transparent() -> None:
    painted = paint(np.array([[np.nan, 5, np.inf]], np.float32), GREY)
    np.testing.assert_array_equal(painted[3, 0], [0, 255, 0])


def test_a_colour_is_three_numbers() -> None:
    assert rgb("#fbd34d") == (251, 211, 77)


def test_a_picture_written_as_png_is_read_back_by_another_program() -> None:
    rgba = np.random.default_rng(1).integers(0, 256, (4, 5, 7), dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png(rgba))))  # Pillow
    np.testing.assert_array_equal(np.moveaxis(read, -1, 0), rgba)


@pytest.mark.parametrize("tile", [Tile(-1, 0, 0), Tile(25, 0, 0), Tile(0, 1, 0), Tile(3, 0, 8), Tile(3, -1, 0)])
def test_a_tile_outside_the_grid_is_refused(tile: Tile) -> None:
    with pytest.raises(RequestError, match="expected"):
        require_tile(tile)


def test_a_tile_far_from_the_raster_is_empty(tmp_path: Path) -> None:
    raster = Raster(np.ones((4, 4), np.float32), Affine(1, 0, 685_000, 0, -1, 7_036_000), CRS.from_epsg(2154))
    path = write_cog(tmp_path / "irradiation.tif", raster)
    assert tile_png(path, IRRADIATION, Tile(3, 0, 0)) == empty_png()


def test_an_absent_raster_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="artois build"):
        tile_png(tmp_path / "irradiation.tif", IRRADIATION, Tile(0, 0, 0))


def test_a_file_of_another_format_is_not_opened(tmp_path: Path) -> None:
    raster = Raster(np.ones((4, 4), np.float32), Affine(1, 0, 685_000, 0, -1, 7_036_000), CRS.from_epsg(2154))
    write_cog(tmp_path / "other.tif", raster)
    disguised = tmp_path / "irradiation.tif"
    disguised.write_text(
        f'<VRTDataset rasterXSize="4" rasterYSize="4"><VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        f"<SourceFilename>{tmp_path / 'other.tif'}</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(SourceError, match="GeoTIFF"):
        tile_png(disguised, IRRADIATION, Tile(0, 0, 0))
