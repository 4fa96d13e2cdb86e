"""A year on real planes against pvlib; files, tiles and what is refused, through the command line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from pvlib import irradiance, solarposition
from pyproj import CRS
from typer.testing import CliRunner

from geo.cli.solar import app
from geo.errors import ConfigError, CrsError, GeoError, ProductError
from geo.light.irradiation import Settings, irradiate, place_of
from geo.raster import Raster, read_raster, write_cog
from geo.solar import tiles
from geo.sources import synthetic_weather
from geo.weather import Weather

LAT, LON = 50.43, 2.83
PLACE = Affine(0.5, 0, 687000, 0, -0.5, 7037000)
LAMBERT = CRS.from_epsg(2154)


@pytest.fixture(scope="module")
def weather() -> Weather:
    return synthetic_weather.year(LAT, LON)


def plane(tilt_deg: float, azimuth_deg: float, size: int = 7) -> Raster:
    row, col = np.mgrid[:size, :size] * 0.5
    towards = col * np.sin(np.radians(azimuth_deg)) - row * np.cos(np.radians(azimuth_deg))
    return Raster((-np.tan(np.radians(tilt_deg)) * towards).astype(np.float32), PLACE, LAMBERT)


def town(size: int = 130) -> Raster:
    heights = np.zeros((size, size), np.float32)
    for at in range(8, size - 20, 30):
        heights[at : at + 14, at % 37 : at % 37 + 60] = 8.0
    heights[50, 30:40] = np.nan
    return Raster(heights, PLACE, LAMBERT)


def by_pvlib(weather: Weather, tilt_deg: float, azimuth_deg: float, sky: str, albedo: float) -> float:
    times = weather.time_utc + pd.Timedelta(minutes=30)
    sun = solarposition.get_solarposition(times, LAT, LON)
    total = irradiance.get_total_irradiance(
        tilt_deg, azimuth_deg, sun["apparent_zenith"], sun["azimuth"], weather.dni_w_m2, weather.ghi_w_m2,
        weather.dhi_w_m2, albedo=albedo, model=sky,
        dni_extra=irradiance.get_extra_radiation(np.asarray(times.day_of_year)),
    )  # fmt: skip
    return float(np.nansum(total["poa_global"])) / 1000


@pytest.mark.parametrize(("sky", "tolerance"), [("isotropic", 0.003), ("perez", 0.005)])
@pytest.mark.parametrize(("tilt_deg", "azimuth_deg"), [(0, 0), (10, 0), (35, 180), (35, 100), (60, 300), (80, 0)])
def test_open_planes_agree_with_pvlib(
    weather: Weather, sky: str, tolerance: float, tilt_deg: float, azimuth_deg: float
) -> None:
    settings = Settings(sky=sky, sun_minute=30, latitude_deg=LAT, longitude_deg=LON)  # type: ignore[arg-type]
    ours = irradiate(plane(tilt_deg, azimuth_deg), weather, settings=settings).values
    np.testing.assert_allclose(ours, by_pvlib(weather, tilt_deg, azimuth_deg, sky, 0.2), rtol=tolerance)


def test_the_place_is_the_centre_turned_by_its_convergence() -> None:
    brest = Raster(np.zeros((3, 3), np.float32), Affine(1, 0, 150000, 0, -1, 6840000), LAMBERT)
    place = place_of(brest, Settings())
    assert place.convergence_deg == pytest.approx((place.longitude_deg - 3.0) * 0.7256, abs=0.02)
    assert place_of(brest, Settings(latitude_deg=1.0, longitude_deg=2.0)).convergence_deg == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"directions": 2}, {"albedo": 1.5}, {"sky": "blue"}, {"sun_minute": 60}, {"latitude_deg": 50.0},
        {"latitude_deg": 91.0, "longitude_deg": 0.0},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        Settings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("crs", "transform", "error", "message"),
    [
        (None, PLACE, CrsError, "no CRS"),
        (CRS.from_epsg(4326), Affine(1e-5, 0, 2.8, 0, -1e-5, 50.4), CrsError, "degrees"),
        (CRS.from_epsg(2225), PLACE, CrsError, "US survey foot"),
        (CRS.from_user_input("EPSG:2154+6360"), PLACE, CrsError, "heights"),
        (LAMBERT, PLACE @ Affine.rotation(10), ProductError, "rotated"),
        (LAMBERT, Affine(0.5, 0, 0, 0, -0.6, 0), ProductError, "squares"),
        (LAMBERT, Affine(0.5, 0, 0, 0, 0.5, 0), ProductError, "flipped"),
    ],
)
def test_grids_that_would_give_wrong_numbers_are_refused(
    weather: Weather, crs: CRS | None, transform: Affine, error: type[GeoError], message: str
) -> None:
    with pytest.raises(error, match=message):
        irradiate(Raster(np.zeros((4, 4), np.float32), transform, crs), weather)


def test_compound_crs_whole_numbers_and_undeclared_no_data_are_handled(weather: Weather) -> None:
    dutch = CRS.from_epsg(7415)
    values = np.zeros((12, 12), np.float32)
    values[6, 6] = -9999.0
    ours = irradiate(Raster(values, Affine(0.5, 0, 73410, 0, -0.5, 451653), dutch), weather).values
    assert np.isnan(ours[6, 6])
    assert np.isfinite(ours).sum() == 143
    np.testing.assert_allclose(ours[np.isfinite(ours)], np.nanmedian(ours), rtol=1e-3)


def test_a_mask_of_another_shape_is_refused(weather: Weather) -> None:
    with pytest.raises(ProductError, match="shape"):
        irradiate(town(), weather, mask=np.ones((3, 3), bool))


def files(folder: Path, raster: Raster) -> tuple[Path, Path]:
    return write_cog(folder / "dsm.tif", raster), folder / "out.tif"


def command(*words: object) -> str:
    result = CliRunner().invoke(app, ["irradiation", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_the_command_writes_year_months_and_sky_with_their_tags(tmp_path: Path) -> None:
    dsm, out = files(tmp_path, town())
    months, sky = tmp_path / "m.tif", tmp_path / "s.tif"
    assert "out.tif" in command(dsm, "--out", out, "--monthly-out", months, "--svf-out", sky, "--directions", 16)
    with rasterio.open(out) as file:
        tags, year = file.tags(), file.read(1)
        assert (file.dtypes, file.crs.to_epsg(), file.transform) == (("float32",), 2154, PLACE)
    assert tags["unit"] == "kWh/m2/yr"
    assert "synthétique" in tags["weather"]
    assert {"period", "method", "version", "sun_minute", "sky", "albedo"} <= tags.keys()
    np.testing.assert_array_equal(np.isnan(year), np.isnan(town().values))
    with rasterio.open(months) as file:
        assert file.count == 12
        np.testing.assert_allclose(file.read().sum(axis=0), year, rtol=1e-5)
    view = read_raster(sky).values
    assert 0 < np.nanmin(view) < np.nanmax(view) <= 1.0001
    assert {path.name for path in tmp_path.iterdir()} == {"dsm.tif", "out.tif", "m.tif", "s.tif"}


def test_the_file_is_what_memory_gives_whatever_the_tiles(tmp_path: Path, weather: Weather) -> None:
    dsm, out = files(tmp_path, town())
    settings = Settings(directions=16)
    whole = irradiate(town(), weather, settings=settings).values
    for side in (48, 61, 500):
        tiles.run(tiles.Job(dsm, out, tile=side, halo_m=60.0, settings=settings), weather)
        np.testing.assert_allclose(read_raster(out).values, whole, rtol=1e-3)


def test_cuts_under_a_halo_that_covers_everything_are_identical(tmp_path: Path, weather: Weather) -> None:
    """Each tile of a hillside has a lowest point of its own; heights must be rounded from the same one all the same."""
    flat = town()
    rise_m = np.float32(0.137) * np.arange(flat.values.shape[0], dtype=np.float32)[:, None]
    dsm, out = files(tmp_path, Raster(flat.values + rise_m, flat.transform, flat.crs))
    found = []
    for side in (48, 500):
        tiles.run(tiles.Job(dsm, out, tile=side, halo_m=1_000.0, settings=Settings(directions=64)), weather)
        found.append(read_raster(out).values)
    np.testing.assert_array_equal(found[0], found[1])


def test_a_mask_file_limits_the_answer(tmp_path: Path, weather: Weather) -> None:
    dsm, out = files(tmp_path, town())
    roofs = np.where(town().values > 5, np.float32(1), np.float32(0))
    mask = write_cog(tmp_path / "mask.tif", Raster(roofs, PLACE, LAMBERT))
    tiles.run(tiles.Job(dsm, out, mask=mask, settings=Settings(directions=16)), weather)
    np.testing.assert_array_equal(np.isfinite(read_raster(out).values), roofs == 1)
    other = write_cog(tmp_path / "other.tif", Raster(roofs[1:], PLACE, LAMBERT))
    with pytest.raises(ProductError, match="expected the grid of the surface"):
        tiles.run(tiles.Job(dsm, out, mask=other), weather)


def test_far_hills_darken(tmp_path: Path, weather: Weather) -> None:
    dsm, out = files(tmp_path, plane(0, 0, 40))
    hills = np.zeros((100, 100), np.float32)
    hills[60:, :] = 300.0  # a ridge to the south
    terrain = write_cog(tmp_path / "dtm.tif", Raster(hills, Affine(25, 0, 685750, 0, -25, 7038250), LAMBERT))
    settings = Settings(directions=16)
    tiles.run(tiles.Job(dsm, out, settings=settings), weather)
    bright = read_raster(out).values.mean()
    tiles.run(tiles.Job(dsm, out, terrain=terrain, settings=settings), weather)
    assert read_raster(out).values.mean() < 0.85 * bright


def test_a_run_that_was_stopped_goes_on(tmp_path: Path, weather: Weather, monkeypatch: pytest.MonkeyPatch) -> None:
    dsm, out = files(tmp_path, town())
    job = tiles.Job(dsm, out, tile=50, settings=Settings(directions=16))
    done: list[tiles.Tile] = []

    def stop_after_four(todo: list[tiles.Tile]) -> list[tiles.Tile]:
        return todo[:4]

    monkeypatch.setattr(tiles, "_write_outputs", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        tiles.run(job, weather, track=stop_after_four)
    assert not out.exists()
    monkeypatch.undo()

    def count(todo: list[tiles.Tile]) -> list[tiles.Tile]:
        done.extend(todo)
        return todo

    tiles.run(job, weather, track=count)
    assert len(done) == 9 - 4
    again = tiles.Job(dsm, out, tile=50, settings=Settings(directions=20))
    done.clear()
    tiles.run(again, weather, track=count)
    assert len(done) == 9


@pytest.mark.parametrize(
    "words", [("--tile", "0"), ("--halo", "-1"), ("--workers", "0"), ("--sun-minute", "noon"), ("--directions", "3")]
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, words: tuple[str, str]) -> None:
    dsm, out = files(tmp_path, town())
    with pytest.raises(ConfigError, match="expected"):
        command(dsm, "--out", out, *words)


def heights_of(values: NDArray[np.float32]) -> Raster:
    return Raster(values, PLACE, LAMBERT)


def test_a_surface_without_any_height_gives_no_numbers(weather: Weather) -> None:
    assert np.isnan(irradiate(heights_of(np.full((5, 5), np.nan, np.float32)), weather).values).all()
