from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from pvlib import atmosphere, inverter, irradiance, pvsystem, solarposition, temperature
from pydantic import ValidationError

from geo.light.production import (
    MONTHLY_AIR_C,
    ProductionSettings,
    Uncertainty,
    YieldTable,
    by_month,
    calendar_months,
    hourly_yield,
    p90,
    shaded,
)
from geo.sources import pvgis, synthetic_weather
from geo.weather import Weather

PLACE = {"latitude_deg": 50.5, "longitude_deg": 2.8}


@pytest.fixture(scope="module")
def year() -> Weather:
    return synthetic_weather.year(50.5, 2.8)


@pytest.fixture(scope="module")
def table(year: Weather) -> YieldTable:
    return YieldTable.compute(year, **PLACE)


@pytest.fixture(scope="module")
def airy(year: Weather, tmp_path_factory: pytest.TempPathFactory) -> Weather:
    """The same light in a PVGIS file, with air that changes with day and season and blows up to 8 m/s at 10 m."""
    hours = np.arange(8760)
    season, day = np.cos(2 * np.pi * (hours / 8760 - 0.55)), np.cos(2 * np.pi * (hours - 15) / 24)
    air_c, wind_m_s = 11 + 8 * season + 4 * day, 4 + 2 * day - 2 * season
    columns = {"T2m": air_c, "G(h)": year.ghi_w_m2, "Gb(n)": year.dni_w_m2, "Gd(h)": year.dhi_w_m2, "WS10m": wind_m_s}
    path = tmp_path_factory.mktemp("pvgis") / "tmy.csv"
    pd.DataFrame({"time(UTC)": year.time_utc.strftime("%Y%m%d:%H%M"), **columns}).to_csv(path, index=False)
    return replace(pvgis.read(path), sun_minute=30)


def air_of(year: Weather) -> tuple[NDArray[np.float64], NDArray[np.float64] | float]:
    """Return the file's own air, its wind at 5 m by the power law of 0.2, or what is stated to stand for it."""
    if year.temp_air_c is None or year.wind_m_s is None:
        return np.array(MONTHLY_AIR_C)[np.asarray(year.time_utc.month) - 1], 1.0
    return year.temp_air_c, year.wind_m_s * 0.5**0.2


def by_pvlib(
    year: Weather, tilt_deg: float, azimuth_deg: float, *, place: tuple[float, float] = (50.5, 2.8), minute: int = 30
) -> NDArray[np.float64]:
    """Return the same chain with pvlib's own functions alone, one after the other."""
    instants = year.time_utc + pd.Timedelta(minutes=minute)
    sun = solarposition.get_solarposition(instants, *place)
    light = irradiance.get_total_irradiance(
        tilt_deg, azimuth_deg, sun["apparent_zenith"].to_numpy(), sun["azimuth"].to_numpy(),
        year.dni_w_m2, year.ghi_w_m2, year.dhi_w_m2,
        dni_extra=irradiance.get_extra_radiation(np.asarray(instants.day_of_year)),
        airmass=atmosphere.get_relative_airmass(sun["apparent_zenith"].to_numpy()), albedo=0.2, model="perez",
    )  # fmt: skip
    plane = np.nan_to_num(np.asarray(light["poa_global"]))
    cell_c = temperature.faiman(plane, *air_of(year))
    return np.asarray(inverter.pvwatts(pvsystem.pvwatts_dc(plane, cell_c, 1.0, -0.0035) * 0.86, 1.0))


@pytest.mark.parametrize(("tilt_deg", "azimuth_deg"), [(35, 180), (0, 180), (20, 95), (60, 300), (90, 10)])
def test_every_hour_is_that_of_pvlib(year: Weather, tilt_deg: float, azimuth_deg: float) -> None:
    ours = hourly_yield(year, tilt_deg=tilt_deg, azimuth_deg=azimuth_deg, **PLACE)
    theirs = by_pvlib(year, tilt_deg, azimuth_deg)
    assert ours.sum() == pytest.approx(theirs.sum(), rel=5e-4)
    np.testing.assert_allclose(ours, theirs, atol=5e-3)


@pytest.mark.parametrize(("tilt_deg", "azimuth_deg"), [(35, 180), (20, 95)])
def test_every_hour_is_that_of_pvlib_with_the_air_of_the_file(
    year: Weather, airy: Weather, tilt_deg: float, azimuth_deg: float
) -> None:
    ours = hourly_yield(airy, tilt_deg=tilt_deg, azimuth_deg=azimuth_deg, **PLACE)
    theirs = by_pvlib(airy, tilt_deg, azimuth_deg)
    assert ours.sum() == pytest.approx(theirs.sum(), rel=5e-4)
    np.testing.assert_allclose(ours, theirs, atol=5e-3)
    still = hourly_yield(year, tilt_deg=tilt_deg, azimuth_deg=azimuth_deg, **PLACE)
    assert ours.sum() > still.sum() * 1.005, "more wind than the prudent 1 m/s must show"


@pytest.mark.real_data
def test_a_real_year_is_that_of_pvlib(real_data: Path) -> None:
    files = sorted(real_data.glob("pvgis/*.csv"))
    if not files:
        pytest.skip("no PVGIS file in the raw folder")
    place = {"latitude_deg": 50.811, "longitude_deg": 3.310}
    weather = pvgis.read(files[0])
    ours = hourly_yield(weather, tilt_deg=35, azimuth_deg=180, **place)
    minute = weather.find_sun_minute(**place)
    theirs = by_pvlib(weather, 35, 180, place=(50.811, 3.310), minute=minute)
    assert ours.sum() == pytest.approx(theirs.sum(), rel=5e-4)
    as_given = replace(weather, wind_m_s=weather.wind_m_s * 2**0.2)  # undoes what `air_of` does
    other_choices = by_pvlib(as_given, 35, 180, place=(50.811, 3.310))
    assert ours.sum() == pytest.approx(other_choices.sum(), rel=0.03), "wind of 10 m, sun at half past"
    months = by_month(ours, time_utc=weather.time_utc)
    assert months.sum() == pytest.approx(ours.sum(), rel=1e-12)


def test_the_wind_is_brought_down_to_the_modules(airy: Weather) -> None:
    """At 10 m the file's own wind, by a zero exponent too; lower modules have less and are warmer."""
    plane = {"tilt_deg": 35.0, "azimuth_deg": 180.0, **PLACE}
    yields = {
        height_m: hourly_yield(airy, settings=ProductionSettings(module_height_m=height_m), **plane)
        for height_m in (2.0, 5.0, 10.0)
    }
    level = hourly_yield(airy, settings=ProductionSettings(wind_exponent=0.0), **plane)
    np.testing.assert_allclose(level, yields[10.0])
    assert yields[2.0].sum() < yields[5.0].sum() < yields[10.0].sum()
    unused = hourly_yield(airy, settings=ProductionSettings(wind_m_s=9.0), **plane)
    np.testing.assert_array_equal(unused, yields[5.0])


def test_a_south_plane_gives_what_the_region_knows(year: Weather) -> None:
    assert 950 < hourly_yield(year, tilt_deg=35, azimuth_deg=180, **PLACE).sum() < 1100


def test_one_hour_by_hand(year: Weather) -> None:
    """A flat module sees GHI itself: 800 W/m² at 20 °C and 1 m/s."""
    noon = int(np.argmax(year.ghi_w_m2))
    hour = {name: np.zeros(8760) for name in ("ghi_w_m2", "dni_w_m2", "dhi_w_m2")}
    hour["ghi_w_m2"][noon] = hour["dhi_w_m2"][noon] = 800.0
    made = hourly_yield(replace(year, **hour), tilt_deg=0, azimuth_deg=0, **PLACE)
    air_c = MONTHLY_AIR_C[year.time_utc[noon].month - 1]
    cell_c = air_c + 800.0 / (25.0 + 6.84)
    dc_kw = 0.8 * (1 - 0.0035 * (cell_c - 25)) * 0.86
    efficiency = 0.96 / 0.9637 * (-0.0162 * dc_kw - 0.0059 / dc_kw + 0.9858)
    assert made[noon] == pytest.approx(dc_kw * efficiency, rel=1e-6)
    assert np.count_nonzero(made) == 1


def test_warm_still_air_costs_energy_and_a_small_inverter_clips(year: Weather) -> None:
    plane = {"tilt_deg": 35.0, "azimuth_deg": 180.0, **PLACE}
    usual = hourly_yield(year, **plane)
    windy = hourly_yield(year, settings=ProductionSettings(wind_m_s=5.0), **plane)
    clipped = hourly_yield(year, settings=ProductionSettings(dc_ac_ratio=2.0), **plane)
    assert windy.sum() > usual.sum() > clipped.sum()
    assert clipped.max() == pytest.approx(0.5 * 0.96)


def test_the_sun_minute_comes_from_user_then_maker_then_data(year: Weather) -> None:
    plane = {"tilt_deg": 35.0, "azimuth_deg": 90.0, **PLACE}
    stated = hourly_yield(year, **plane)
    forced = hourly_yield(year, settings=ProductionSettings(sun_minute=10), **plane)
    found = hourly_yield(replace(year, sun_minute=None), **plane)
    np.testing.assert_allclose(found.sum(), stated.sum(), rtol=2e-3)
    assert abs(forced.sum() / stated.sum() - 1) > 2e-3


def test_leap_years_and_calendar_months() -> None:
    assert np.bincount(calendar_months(8760))[1:].tolist() == [
        24 * d for d in (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    ]
    assert np.bincount(calendar_months(8784))[2] == 29 * 24
    with pytest.raises(ValueError, match="expected 8760 or 8784"):
        calendar_months(24)


def test_shading_enters_month_by_month(year: Weather) -> None:
    hourly = hourly_yield(year, tilt_deg=35, azimuth_deg=180, **PLACE)
    ratio = np.linspace(0.5, 1.0, 12)
    dimmed = shaded(hourly, month_ratio=ratio)
    np.testing.assert_allclose(by_month(dimmed), by_month(hourly) * ratio)
    np.testing.assert_array_equal(dimmed, shaded(hourly, month_ratio=ratio, time_utc=year.time_utc))
    assert by_month(dimmed).sum() == pytest.approx(dimmed.sum(), rel=1e-12)
    for wrong in (np.ones(11), np.full(12, -0.1), np.full(12, np.nan)):
        with pytest.raises(ValueError, match="12 numbers"):
            shaded(hourly, month_ratio=wrong)


def test_the_table_agrees_with_the_direct_computation(year: Weather, table: YieldTable) -> None:
    rng = np.random.default_rng(4)
    tilt_deg, azimuth_deg = rng.uniform(0, 90, 40), rng.uniform(-180, 540, 40)
    fast = table.monthly_yield_kwh_per_kwp(tilt_deg, azimuth_deg)
    direct = np.array(
        [
            by_month(hourly_yield(year, tilt_deg=t, azimuth_deg=a, **PLACE))
            for t, a in zip(tilt_deg, azimuth_deg, strict=True)
        ]
    )
    np.testing.assert_allclose(fast.sum(axis=1), direct.sum(axis=1), rtol=1e-3)
    np.testing.assert_allclose(fast, direct, rtol=5e-3)


def test_the_table_goes_round_north_and_ignores_the_azimuth_of_the_flat(table: YieldTable) -> None:
    around = table.monthly_yield_kwh_per_kwp(np.full(3, 30.0), np.array([-0.5, 359.5, 719.5]))
    np.testing.assert_allclose(around, np.tile(around[0], (3, 1)), rtol=1e-9)
    flat = table.monthly_yield_kwh_per_kwp(np.zeros(3), np.array([0.0, 123.4, np.nan]))
    np.testing.assert_allclose(flat, np.tile(flat[0], (3, 1)), rtol=1e-9)


def test_the_table_takes_shares_and_refuses_walls_that_lean_over(table: YieldTable) -> None:
    planes = (np.array([30.0, 40.0]), np.array([180.0, 90.0]))
    half = table.monthly_yield_kwh_per_kwp(*planes, np.full((2, 12), 0.5))
    np.testing.assert_allclose(half, 0.5 * table.monthly_yield_kwh_per_kwp(*planes))
    for tilt_deg, azimuth_deg in ((95.0, 0.0), (np.nan, 0.0), (30.0, np.nan)):
        with pytest.raises(ValueError, match="expected planes"):
            table.monthly_yield_kwh_per_kwp(np.array([tilt_deg]), np.array([azimuth_deg]))
    with pytest.raises(ValueError, match="expected"):
        YieldTable(np.zeros((2, 2, 12)))


def test_p90_from_its_components() -> None:
    one = Uncertainty(year_to_year=0.03, irradiation_data=0.04, plane_of_array=0, module_rating=0, soiling=0, other=0)
    assert one.sigma == pytest.approx(0.05)
    assert p90(np.array([1000.0]), one)[0] == pytest.approx(1000 * (1 - 1.2816 * 0.05))
    assert Uncertainty().sigma == pytest.approx(0.0934, abs=1e-4)


@pytest.mark.parametrize("wrong", [{"system_loss": 1.0}, {"sun_minute": 60}, {"gamma": 1}, {"inverter_efficiency": 2}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProductionSettings.model_validate(wrong)
