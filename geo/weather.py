"""A year of weather, hour by hour, whoever measured it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import SourceError
from geo.kernels.sun import sun_path

Floats = NDArray[np.float64]

YEAR_HOURS = (8760, 8784)
MAX_GHI_W_M2 = 1500.0
DIFFUSE_EXCESS_W_M2 = 10.0
"""DHI may pass GHI by rounding and by instruments, not by more than this and 5 %."""
NIGHT_DEG = -6.0
"""Below this the sun lights nothing that a solar map counts."""
MINUTE_STEP = 1

AIR_C = (-60.0, 60.0)
WIND_M_S = (0.0, 75.0)
"""Wide limits: beyond them a unit or a missing-value code has been misread."""
MAX_UNKNOWN_SHARE = 0.1
"""With more of its hours unknown, a column of air or wind says too little about the year to be filled."""


@dataclass(frozen=True)
class Weather:
    """Irradiance of every hour of one year, real or typical, and the air where the maker gives it.

    Attributes
    ----------
    time_utc
        Stamp of each hour, shape (hours,). Months of a typical year may come from different years.
    ghi_w_m2, dni_w_m2, dhi_w_m2
        Global horizontal, direct normal, diffuse horizontal irradiance. W/m², shape (hours,).
    source
        Who made the data, for people to read.
    period
        Years it stands for, such as "2005-2020".
    latitude_deg, longitude_deg
        Where it holds; None when the file does not say.
    sun_minute
        Minute past each stamp at which the sun stands for the hour, when the maker states it.
    temp_air_c
        Air temperature in the shade, at 2 m. °C, shape (hours,); None where the source has none.
    wind_m_s
        Wind speed at 10 m. m/s, shape (hours,); None where the source has none.
    """

    time_utc: pd.DatetimeIndex
    ghi_w_m2: Floats
    dni_w_m2: Floats
    dhi_w_m2: Floats
    source: str
    period: str
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    sun_minute: int | None = None
    temp_air_c: Floats | None = None
    wind_m_s: Floats | None = None

    @property
    def annual_ghi_kwh_m2(self) -> float:
        """Return the year's energy on the horizontal, in kWh/m²."""
        return float(self.ghi_w_m2.sum()) / 1000.0

    def arrays(self) -> list[Floats]:
        """Return every number of the year: two years with the same ones answer alike."""
        stamps = self.time_utc.asi8.astype(np.float64)
        air = [values for values in (self.temp_air_c, self.wind_m_s) if values is not None]
        return [stamps, self.ghi_w_m2, self.dni_w_m2, self.dhi_w_m2, *air]

    def validate(self) -> "Weather":
        """Return the weather itself once its hours and values make sense.

        Raises
        ------
        SourceError
            If hours are missing or repeated, or a value is absent, negative, or impossible.
        """
        _check_hours(self.time_utc, self.source)
        light = (0.0, MAX_GHI_W_M2)
        self._check_values("GHI", self.ghi_w_m2, unit="W/m²", limits=light)
        self._check_values("DNI", self.dni_w_m2, unit="W/m²", limits=light)
        self._check_values("DHI", self.dhi_w_m2, unit="W/m²", limits=light)
        if self.temp_air_c is not None:
            self._check_values("air temperature", self.temp_air_c, unit="°C", limits=AIR_C)
        if self.wind_m_s is not None:
            self._check_values("wind speed", self.wind_m_s, unit="m/s", limits=WIND_M_S)
        excess = self.dhi_w_m2 - np.maximum(1.05 * self.ghi_w_m2, self.ghi_w_m2 + DIFFUSE_EXCESS_W_M2)
        if (excess > 0).any():
            worst = int(np.argmax(excess))
            raise SourceError(
                f"{self.source} has DHI {self.dhi_w_m2[worst]:.0f} above GHI {self.ghi_w_m2[worst]:.0f} W/m² at "
                f"{self.time_utc[worst]:%m-%d %H:%M}; expected DHI ≤ GHI; are the columns swapped?"
            )
        return self

    def check_night(self, *, latitude_deg: float, longitude_deg: float) -> "Weather":
        """Return the weather itself if nothing shines at that place while the sun is well below the horizon.

        Raises
        ------
        SourceError
            If more than a whisper of the year's energy falls at night: the stamps are then not UTC.
        """
        sun = sun_path(self.time_utc, latitude_deg=latitude_deg, longitude_deg=longitude_deg, minute=30)
        before = sun_path(self.time_utc, latitude_deg=latitude_deg, longitude_deg=longitude_deg, minute=-30)
        highest_deg = np.maximum(sun.elevation_deg, before.elevation_deg)
        night = highest_deg < NIGHT_DEG
        shining = night & (self.ghi_w_m2 > DIFFUSE_EXCESS_W_M2)
        if shining.any():
            first = int(np.argmax(shining))
            raise SourceError(
                f"{self.source} has GHI {self.ghi_w_m2[first]:.0f} W/m² at {self.time_utc[first]:%m-%d %H:%M} UTC, "
                f"the sun {-highest_deg[first]:.0f}° under the horizon of {latitude_deg:.2f} N {longitude_deg:.2f} E; "
                "expected darkness; are the stamps in local time, or the file of another place?"
            )
        return self

    def closure_w_m2(self, minute: float, *, latitude_deg: float, longitude_deg: float) -> float:
        """Return the mean |GHI - DHI - DNI sin(elevation)| by day, with the sun `minute` past each stamp. W/m²."""
        sun = sun_path(self.time_utc, latitude_deg=latitude_deg, longitude_deg=longitude_deg, minute=minute)
        sine = np.sin(np.radians(np.maximum(sun.elevation_deg, 0.0)))
        day = self.ghi_w_m2 > 0
        if not day.any():
            raise SourceError(f"{self.source} has no light at all; expected a year of GHI in W/m²; check its columns")
        return float(np.abs(self.ghi_w_m2 - self.dhi_w_m2 - self.dni_w_m2 * sine)[day].mean())

    def find_sun_minute(self, *, latitude_deg: float, longitude_deg: float) -> int:
        """Return the minute (0-59) past the stamps at which beam, diffuse and global agree best.

        PVGIS gives instants some minutes past the hour, other makers means of the hour: the file itself tells which.
        Searched by tens of minutes, then by single ones.
        """

        def closure(minute: int) -> float:
            return self.closure_w_m2(minute, latitude_deg=latitude_deg, longitude_deg=longitude_deg)

        coarse = min(range(0, 60, 10), key=closure)
        return min(range(max(0, coarse - 9), min(59, coarse + 9) + 1, MINUTE_STEP), key=closure)

    def _check_values(self, name: str, values: Floats, *, unit: str, limits: tuple[float, float]) -> None:
        """Refuse values that are absent or beyond what can be."""
        hours = len(self.time_utc)
        if values.shape != (hours,):
            raise SourceError(f"{self.source} has {values.size} values of {name}; expected {hours}, one per hour")
        low, high = limits
        bad = ~((values >= low) & (values <= high))
        if bad.any():
            first = int(np.argmax(bad))
            raise SourceError(
                f"{self.source} has {name} {values[first]:g} {unit} at {self.time_utc[first]:%m-%d %H:%M}; expected "
                f"{low:.0f} to {high:.0f}; repair the file ({int(bad.sum())} such hours)"
            )


def fill_unknown(values: Floats) -> Floats | None:
    """Return hours of air or wind without gaps, or None when too little is known.

    Parameters
    ----------
    values
        One value per hour of a year, shape (hours,), in the order of time; NaN is unknown.

    Returns
    -------
    The same with each gap on a straight line between the hours around it, the end of the year followed by its
    beginning; None when more than a tenth of the hours is unknown.
    """
    known = np.isfinite(values)
    if not known.any() or known.mean() < 1.0 - MAX_UNKNOWN_SHARE:
        return None
    hours = np.arange(values.size)
    return np.where(known, values, np.interp(hours, hours[known], values[known], period=values.size))


def _check_hours(time_utc: pd.DatetimeIndex, source: str) -> None:
    """Refuse a year with holes or doubles; the years themselves may differ from month to month."""
    if len(time_utc) not in YEAR_HOURS:
        raise SourceError(f"{source} has {len(time_utc)} hours; expected one year of 8760 or 8784; cut or complete it")
    if time_utc.tz is None:
        raise SourceError(f"{source} has stamps without a time zone; expected UTC; localise them first")
    hour_of_year = pd.Index(time_utc.strftime("%m%d%H"))
    if hour_of_year.has_duplicates:
        double = hour_of_year[hour_of_year.duplicated()][0]
        raise SourceError(
            f"{source} has the hour {double[:2]}-{double[2:4]} {double[4:]}h twice; expected each hour of a year once"
        )
