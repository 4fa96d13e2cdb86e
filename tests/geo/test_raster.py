"""Rasters in parts: read by windows, written by pieces, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS

from geo.errors import CrsError, MissingDataError, SourceError
from geo.raster import Grid, Raster, read_grid, read_onto, read_raster, read_window, write_cog, write_cog_pieces

LAMBERT = CRS.from_epsg(2154)
PLACE = Affine(0.5, 0, 680000, 0, -0.5, 7040000)


def ramp(rows: int = 40, cols: int = 60) -> NDArray[np.float32]:
    return np.arange(rows * cols, dtype=np.float32).reshape(rows, cols)


def test_a_window_is_a_part_with_its_own_corner(tmp_path: Path) -> None:
    path = write_cog(tmp_path / "a.tif", Raster(ramp(), PLACE, LAMBERT))
    part = read_window(path, slice(10, 20), slice(30, 60))
    np.testing.assert_array_equal(part.values, ramp()[10:20, 30:60])
    assert part.bounds == (680015.0, 7039990.0, 680030.0, 7039995.0)
    assert read_grid(path).bounds == read_raster(path).bounds


def test_whole_numbers_and_their_no_data_become_floats_and_nan(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    values = np.array([[1, -99], [3, 4]], np.int16)
    profile = {"driver": "GTiff", "dtype": "int16", "count": 1, "height": 2, "width": 2, "nodata": -99}
    with rasterio.open(path, "w", crs="EPSG:2154", transform=PLACE, **profile) as file:
        file.write(values, 1)
    np.testing.assert_array_equal(read_window(path, slice(0, 2), slice(0, 2)).values, [[1, np.nan], [3, 4]])


def test_pieces_make_one_file(tmp_path: Path) -> None:
    grid = Grid(40, 60, PLACE, LAMBERT)
    whole = np.stack([ramp(), -ramp()])
    parts = ((slice(r, r + 20), slice(c, c + 30), whole[:, r : r + 20, c : c + 30]) for r in (0, 20) for c in (0, 30))
    path = write_cog_pieces(tmp_path / "a.tif", grid, parts, {"unit": "m"}, ["up", "down"])
    with rasterio.open(path) as file:
        np.testing.assert_array_equal(file.read(), whole)
        assert file.tags()["unit"] == "m"
        assert file.descriptions == ("up", "down")
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_a_piece_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[tuple[slice, slice, NDArray[np.float32]]]:
        yield slice(0, 40), slice(0, 30), ramp(40, 30)[None]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_cog_pieces(tmp_path / "a.tif", Grid(40, 60, PLACE, LAMBERT), pieces(), {}, ["one"])
    assert list(tmp_path.iterdir()) == []


def test_a_raster_read_onto_another_grid_is_its_mean(tmp_path: Path) -> None:
    path = write_cog(tmp_path / "a.tif", Raster(ramp(), PLACE, LAMBERT))
    coarse = read_onto(path, Grid(2, 3, Affine(10, 0, 680000, 0, -10, 7040000), LAMBERT))
    np.testing.assert_allclose(coarse.values, ramp().reshape(2, 20, 3, 20).mean(axis=(1, 3)))


def test_onto_a_grid_without_crs_is_refused(tmp_path: Path) -> None:
    path = write_cog(tmp_path / "a.tif", Raster(ramp(), PLACE, LAMBERT))
    with pytest.raises(CrsError, match="no CRS"):
        read_onto(path, Grid(2, 3, PLACE, None))


def test_absent_and_broken_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "b.tif").write_bytes(b"II*\x00 not whole")
    with pytest.raises(MissingDataError, match=r"a\.tif is absent"):
        read_grid(tmp_path / "a.tif")
    with pytest.raises(SourceError, match=r"b\.tif cannot be read"):
        read_raster(tmp_path / "b.tif")
