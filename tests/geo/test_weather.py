"""A year of weather is refused when it cannot be one, and tells where its sun stands."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geo.errors import SourceError
from geo.kernels.sun import sun_path
from geo.weather import Weather

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
    ],
)
def test_what_cannot_be_a_year_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        replace(clear_year(), **change).validate()  # type: ignore[arg-type]


def test_local_time_is_found_out_by_light_at_night() -> None:
    weather = clear_year()
    with pytest.raises(SourceError, match="local time"):
        weather.check_night(latitude_deg=50.43, longitude_deg=120.0)
    assert weather.check_night(**PLACE) is weather


def test_a_dark_year_has_no_minute() -> None:
    dark = np.zeros(8760)
    with pytest.raises(SourceError, match="no light"):
        replace(clear_year(), ghi_w_m2=dark, dni_w_m2=dark, dhi_w_m2=dark).find_sun_minute(**PLACE)
