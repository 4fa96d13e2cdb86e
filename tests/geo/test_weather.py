"""A year of weather is refused when it cannot be one, and tells where its sun stands."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import SourceError
from geo.kernels.sun import sun_path
from geo.weather import Weather, fill_unknown

PLACE = {"latitude_deg": 50.43, "longitude_deg": 2.83}
HOURS = pd.date_range("2019-01-01", periods=8760, freq="h", tz="UTC")


def clear_year(minute: int = 30) -> Weather:
    """A year of the same clear beam, with the sun a fixed minute past each stamp."""
    sun = sun_path(HOURS, minute=minute, **PLACE)
    sine = np.maximum(np.sin(np.radians(sun.elevation_deg)), 0.0)
    dni, dhi = np.where(sine > 0.02, 600.0, 0.0), np.where(sine > 0.02, 60.0, 0.0)
    return Weather(HOURS, dhi + dni * sine, dni, dhi, source="test", period="2019", **PLACE)


@pytest.mark.parametrize("minute", [0, 11, 30, 52])
def test_the_minute_of_the_sun_is_found(minute: int) -> None:
    assert clear_year(minute).validate().find_sun_minute(**PLACE) == minute


def test_the_year_adds_up() -> None:
    weather = clear_year()
    assert weather.annual_ghi_kwh_m2 == pytest.approx(weather.ghi_w_m2.sum() / 1000)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ghi_w_m2": np.full(8760, -1.0)}, "GHI -1 W/m²"),
        ({"dni_w_m2": np.full(8760, np.nan)}, "DNI nan"),
        ({"dhi_w_m2": np.full(8760, 900.0)}, "DHI 900 above GHI"),
        ({"ghi_w_m2": np.zeros(7)}, "7 values of GHI"),
        ({"time_utc": HOURS[:-1]}, "8759 hours"),
        ({"time_utc": HOURS.tz_localize(None)}, "without a time zone"),
        ({"time_utc": HOURS[:-1].append(HOURS[:1])}, "01-01 00h twice"),
        ({"temp_air_c": np.full(8760, 61.0)}, "air temperature 61 °C at 01-01 00:00; expected -60 to 60"),
        ({"temp_air_c": np.full(8760, np.nan)}, "air temperature nan °C"),
        ({"temp_air_c": np.zeros(8784)}, "8784 values of air temperature; expected 8760"),
        ({"wind_m_s": np.full(8760, -1.0)}, "wind speed -1 m/s"),
        ({"wind_m_s": np.full(8760, 76.0)}, "wind speed 76 m/s at 01-01 00:00; expected 0 to 75"),
    ],
)
def test_what_cannot_be_a_year_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        replace(clear_year(), **change).validate()  # type: ignore[arg-type]


def test_the_air_may_be_known_or_not() -> None:
    assert (clear_year().validate().temp_air_c, clear_year().validate().wind_m_s) == (None, None)
    air = replace(clear_year(), temp_air_c=np.full(8760, -59.0), wind_m_s=np.full(8760, 74.0))
    assert air.validate() is air


@given(st.floats(-50, 50), st.floats(-0.01, 0.01), st.sets(st.integers(1, 8758), max_size=876))
def test_unknown_hours_lie_on_the_line_between_known_ones(start: float, step: float, unknown: set[int]) -> None:
    line = start + step * np.arange(8760)
    holed = line.copy()
    holed[list(unknown)] = np.nan
    filled = fill_unknown(holed)
    assert filled is not None
    np.testing.assert_allclose(filled, line, atol=1e-9)
    np.testing.assert_array_equal(filled[~np.isnan(holed)], line[~np.isnan(holed)])


def test_the_year_is_a_ring_for_unknown_hours() -> None:
    values = np.full(8760, 5.0)
    values[[8758, 8759, 0]] = np.nan
    values[8757], values[1] = 2.0, 6.0
    filled = fill_unknown(values)
    assert filled is not None
    np.testing.assert_allclose(filled[[8757, 8758, 8759, 0, 1]], [2.0, 3.0, 4.0, 5.0, 6.0])


@pytest.mark.parametrize(("unknown", "enough"), [(0, True), (876, True), (877, False), (8760, False)])
def test_a_column_with_too_many_unknown_hours_is_none_at_all(unknown: int, enough: bool) -> None:
    values = np.ones(8760)
    values[:unknown] = np.nan
    assert (fill_unknown(values) is not None) == enough


def test_local_time_is_found_out_by_light_at_night() -> None:
    weather = clear_year()
    with pytest.raises(SourceError, match="local time"):
        weather.check_night(latitude_deg=50.43, longitude_deg=120.0)
    assert weather.check_night(**PLACE) is weather


def test_a_dark_year_has_no_minute() -> None:
    dark = np.zeros(8760)
    with pytest.raises(SourceError, match="no light"):
        replace(clear_year(), ghi_w_m2=dark, dni_w_m2=dark, dhi_w_m2=dark).find_sun_minute(**PLACE)
