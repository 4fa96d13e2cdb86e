"""Production: what a kilowatt-peak gives on any plane, hour by hour, month by month, likely and prudent.

The chain is PVWatts': light on the plane (Perez sky), cell temperature (Faiman), direct current, losses, inverter.
Glossary: yield = productible (kWh/kWc); P90 = reached nine years in ten; irradiation = irradiation (kWh/m²).
"""

from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pvlib import atmosphere, inverter, pvsystem, temperature
from pydantic import BaseModel, Field
from scipy.interpolate import RectBivariateSpline

from geo.kernels.perez import perez_sky
from geo.kernels.sun import Floats, SunPath, sun_path
from geo.weather import Weather

P90_SIGMAS: Final = 1.2816
"""A normal variable is above its mean less so many standard deviations nine times in ten."""

MONTHS: Final = 12
DAYS: Final = {8760: 28, 8784: 29}
"""Length of February, by the hours of the year."""

TILTS_DEG: Final = np.arange(0.0, 90.1, 2.0)
AZIMUTHS_DEG: Final = np.arange(0.0, 360.0, 3.0)
WRAP: Final = 4
"""Azimuths repeated beyond north on both sides, so that the spline is smooth there."""

MONTHLY_AIR_C: Final = (
    4.4, 4.9, 7.6, 16.7, 14.8, 19.0, 17.8, 20.7, 18.1, 12.7, 8.2, 10.2,
)  # fmt: skip
"""Air temperature by day where the weather file has none: PVGIS typical year 2005-2020 at 50.811 N 3.310 E, mean of T2m
weighted by global irradiance."""

WEATHER_WIND_HEIGHT_M: Final = 10.0
"""Where weather files give the wind."""


class Uncertainty(BaseModel, frozen=True, extra="forbid"):
    """Relative standard deviations behind P90, independent of each other.

    The values are those of the case study of Thevenard and Pelland (2013), which treats a system in Toronto; the
    reference gives no set for northern France.

    References
    ----------
    Thevenard and Pelland, Solar Energy 91 (2013), https://doi.org/10.1016/j.solener.2011.05.006, abstract.
    """

    year_to_year: float = Field(default=0.039, ge=0, lt=0.5)
    irradiation_data: float = Field(default=0.05, ge=0, lt=0.5)
    plane_of_array: float = Field(default=0.03, ge=0, lt=0.5)
    module_rating: float = Field(default=0.03, ge=0, lt=0.5)
    soiling: float = Field(default=0.02, ge=0, lt=0.5)
    other: float = Field(default=0.05, ge=0, lt=0.5)

    @property
    def sigma(self) -> float:
        """Return the relative standard deviation of a year's yield: the root of the sum of squares."""
        parts = [value for _, value in self]
        return float(np.sqrt(np.square(parts).sum()))


class ProductionSettings(BaseModel, frozen=True, extra="forbid"):
    """The system between light and grid.

    Attributes
    ----------
    system_loss
        Share lost to soiling, wiring, mismatch, ageing in the first weeks, outages: PVGIS's default.
    temperature_per_c
        Change of power per °C above 25: PVWatts' premium module.
    inverter_efficiency
        At nominal power: PVWatts' default.
    dc_ac_ratio
        Peak power of the modules over the nominal power of the inverter's DC side; above it the inverter clips.
    albedo
        Share of light that the ground sends back.
    wind_m_s
        At the modules, where the weather has none: pvlib's default, a prudent 1 m/s.
    module_height_m
        Above ground, where the weather's wind at 10 m is brought down to: PVWatts' default.
    wind_exponent
        Of the power law that does so: Fuentes, as in PVWatts.
    sun_minute
        Minute past each stamp at which the sun stands for the hour; None to let the weather tell.
    uncertainty
        Components of P90.

    References
    ----------
    Dobos (2014), PVWatts version 5 manual, https://doi.org/10.2172/1158421, tables 3 and 7; wind: Fuentes (1987),
    SAND85-0330, equation 22, as `pvlib.temperature.fuentes` has it.
    """

    system_loss: float = Field(default=0.14, ge=0, lt=1)
    temperature_per_c: float = Field(default=-0.0035, gt=-0.02, le=0)
    inverter_efficiency: float = Field(default=0.96, gt=0.5, le=1)
    dc_ac_ratio: float = Field(default=1.0, gt=0.2, le=3)
    albedo: float = Field(default=0.2, ge=0, le=1)
    wind_m_s: float = Field(default=1.0, ge=0)
    module_height_m: float = Field(default=5.0, gt=0, le=100)
    wind_exponent: float = Field(default=0.2, ge=0, le=1)
    sun_minute: int | None = Field(default=None, ge=0, le=59)
    uncertainty: Uncertainty = Uncertainty()


class Sky(NamedTuple):
    """The lit hours of a year, made ready for any plane; all of shape (lit,) unless said otherwise.

    Attributes
    ----------
    hours
        Length of the year.
    lit
        Index of each lit hour in the year.
    month
        1 to 12.
    sun
        Unit vectors (east, north, up), shape (3, lit).
    beam_w_m2
        Direct and circumsolar light on a plane that faces the sun.
    dome_w_m2, ring_w_m2
        Diffuse light of the even sky, and of the horizon band.
    ground_w_m2
        Light that the ground sends back.
    air_c, wind_m_s
        Air around the modules.
    """

    hours: int
    lit: NDArray[np.int64]
    month: NDArray[np.int64]
    sun: Floats
    beam_w_m2: Floats
    dome_w_m2: Floats
    ring_w_m2: Floats
    ground_w_m2: Floats
    air_c: Floats
    wind_m_s: Floats


def hourly_yield(
    weather: Weather,
    *,
    tilt_deg: float,
    azimuth_deg: float,
    latitude_deg: float,
    longitude_deg: float,
    settings: ProductionSettings | None = None,
) -> Floats:
    """Return the unshaded yield of every hour, kWh of alternating current per kWc, shape (hours,).

    Parameters
    ----------
    weather
        A year of irradiance; its air temperature and wind are used where it has them, the wind brought down from
        10 m to the modules. pvlib asks for the wind at the height of Faiman's measurements, for which its pages name
        both heights; less wind is warmer modules, hence the prudent choice.
    tilt_deg, azimuth_deg
        From the horizontal; clockwise from north, the way the modules face.
    latitude_deg, longitude_deg
        WGS84, for the sun.
    settings
        The system.

    References
    ----------
    PVWatts: Dobos (2014), https://doi.org/10.2172/1158421; sky: Perez et al. (1990),
    https://doi.org/10.1016/0038-092X(90)90055-H; temperature: Faiman (2008), https://doi.org/10.1002/pip.813; all
    through pvlib.
    """
    chosen = settings or ProductionSettings()
    sky = read_sky(weather, latitude_deg=latitude_deg, longitude_deg=longitude_deg, settings=chosen)
    lit_kw = _power_kw_per_kwp(sky, _on_plane(sky, tilt_deg, azimuth_deg), chosen)
    hourly = np.zeros(sky.hours)
    hourly[sky.lit] = lit_kw
    return hourly


def shaded(hourly: Floats, *, month_ratio: Floats, time_utc: pd.DatetimeIndex | None = None) -> Floats:
    """Return hourly values times their month's share of light left by the surroundings.

    Parameters
    ----------
    hourly
        Any energy per hour, shape (hours,).
    month_ratio
        Shaded over unshaded irradiation of the plane, month by month, shape (12,); at least 0.
    time_utc
        Stamps of the hours; without them the year starts on 1 January.

    Raises
    ------
    ValueError
        If shapes are wrong or a ratio is negative or unknown.
    """
    if month_ratio.shape != (MONTHS,) or not (month_ratio >= 0).all():
        raise ValueError(f"month_ratio is {month_ratio}; expected 12 numbers of at least 0")
    month = calendar_months(hourly.size) if time_utc is None else np.asarray(time_utc.month, dtype=np.int64)
    return hourly * month_ratio[month - 1]


def by_month(hourly: Floats, *, time_utc: pd.DatetimeIndex | None = None) -> Floats:
    """Return the sum of each month, shape (12,); without stamps the year starts on 1 January."""
    month = calendar_months(hourly.size) if time_utc is None else np.asarray(time_utc.month, dtype=np.int64)
    return np.asarray(np.bincount(month - 1, weights=hourly, minlength=MONTHS), dtype=np.float64)


def calendar_months(hours: int) -> NDArray[np.int64]:
    """Return the month (1-12) of each hour of a year that starts on 1 January, shape (hours,)."""
    if hours not in DAYS:
        raise ValueError(f"a year of {hours} hours; expected 8760 or 8784")
    days = [31, DAYS[hours], 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return np.repeat(np.arange(1, MONTHS + 1), np.array(days) * 24)


def p90(p50: Floats, uncertainty: Uncertainty | None = None) -> Floats:
    """Return what is reached nine years in ten, if what is reached one year in two is `p50`, in its unit."""
    return p50 * (1.0 - P90_SIGMAS * (uncertainty or Uncertainty()).sigma)


class YieldTable:
    """Monthly yields of a grid of planes under one weather, to rate thousands of planes at once.

    Bicubic splines over tilt (every 2°) and azimuth (every 3°). Against the direct computation, over 1,500 random
    planes of a PVGIS typical year, the largest error of a year is 0.02 %, that of a month 0.4 %.
    """

    def __init__(self, monthly: Floats) -> None:
        """Take the yields at the grid's planes. kWh per kWc, shape (tilts, azimuths, 12)."""
        expected = (TILTS_DEG.size, AZIMUTHS_DEG.size, MONTHS)
        if monthly.shape != expected:
            raise ValueError(f"yields of shape {monthly.shape}; expected {expected}")
        step = AZIMUTHS_DEG[1]
        around = np.arange(-WRAP, AZIMUTHS_DEG.size + WRAP)
        wrapped = monthly[:, around % AZIMUTHS_DEG.size]
        self._splines = [RectBivariateSpline(TILTS_DEG, around * step, wrapped[:, :, month]) for month in range(MONTHS)]

    @classmethod
    def compute(
        cls,
        weather: Weather,
        *,
        latitude_deg: float,
        longitude_deg: float,
        settings: ProductionSettings | None = None,
    ) -> "YieldTable":
        """Return the table of a weather year at a place."""
        chosen = settings or ProductionSettings()
        sky = read_sky(weather, latitude_deg=latitude_deg, longitude_deg=longitude_deg, settings=chosen)
        starts, order = _month_blocks(sky.month)
        monthly = np.zeros((TILTS_DEG.size, AZIMUTHS_DEG.size, MONTHS))
        for row, tilt_deg in enumerate(TILTS_DEG):
            for column, azimuth_deg in enumerate(AZIMUTHS_DEG):
                power = _power_kw_per_kwp(sky, _on_plane(sky, tilt_deg, azimuth_deg), chosen)
                monthly[row, column, sky.month[order[starts]] - 1] = np.add.reduceat(power[order], starts)
        return cls(monthly)

    def monthly_yield_kwh_per_kwp(
        self, tilt_deg: Floats, azimuth_deg: Floats, month_ratio: Floats | None = None
    ) -> Floats:
        """Return the P50 of each month for many planes, shape (planes, 12); the year is their sum.

        Parameters
        ----------
        tilt_deg
            Degrees in [0, 90], shape (planes,).
        azimuth_deg
            Clockwise from north. Degrees, shape (planes,); may be NaN where the tilt is 0.
        month_ratio
            Shaded over unshaded irradiation, shape (planes, 12); nothing shades by default.

        Raises
        ------
        ValueError
            If a tilt is outside [0, 90] or an azimuth unknown.
        """
        tilt, azimuth = np.atleast_1d(tilt_deg).astype(np.float64), np.atleast_1d(azimuth_deg).astype(np.float64)
        azimuth = np.where(tilt == 0.0, 0.0, azimuth)
        if not ((tilt >= 0) & (tilt <= TILTS_DEG[-1]) & np.isfinite(azimuth)).all():
            raise ValueError("a tilt outside 0 to 90°, or an unknown azimuth; expected planes one can build on")
        monthly = np.stack([spline.ev(tilt, azimuth % 360.0) for spline in self._splines], axis=1)
        unshaded: Floats = np.maximum(monthly, 0.0)
        return unshaded if month_ratio is None else unshaded * month_ratio


def read_sky(weather: Weather, *, latitude_deg: float, longitude_deg: float, settings: ProductionSettings) -> Sky:
    """Return the lit hours of a weather year at a place."""
    where = {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg}
    sun = sun_path(weather.time_utc, minute=_sun_minute(weather, settings, **where), **where)
    lit = np.flatnonzero((sun.elevation_deg > 0) & (weather.ghi_w_m2 + weather.dni_w_m2 + weather.dhi_w_m2 > 0))
    shares = perez_sky(weather.time_utc, sun, dni_w_m2=weather.dni_w_m2, dhi_w_m2=weather.dhi_w_m2)
    month = np.asarray(weather.time_utc.month, dtype=np.int64)
    circumsolar = shares.circumsolar * weather.dhi_w_m2
    air_c, wind_m_s = _air(weather, month, settings)
    return Sky(
        hours=len(weather.time_utc),
        lit=lit,
        month=month[lit],
        sun=_unit_vectors(sun)[:, lit],
        beam_w_m2=(weather.dni_w_m2 + circumsolar / shares.projection)[lit],
        dome_w_m2=(weather.dhi_w_m2 - circumsolar)[lit],
        ring_w_m2=(weather.dhi_w_m2 * shares.horizon)[lit],
        ground_w_m2=settings.albedo * weather.ghi_w_m2[lit],
        air_c=air_c[lit],
        wind_m_s=wind_m_s[lit],
    )


def _sun_minute(weather: Weather, settings: ProductionSettings, *, latitude_deg: float, longitude_deg: float) -> int:
    """Return the minute past the stamps that the user, the weather's maker, or else the data themselves give."""
    if settings.sun_minute is not None:
        return settings.sun_minute
    if weather.sun_minute is not None:
        return weather.sun_minute
    if weather.latitude_deg is not None and weather.longitude_deg is not None:
        latitude_deg, longitude_deg = weather.latitude_deg, weather.longitude_deg
    return weather.find_sun_minute(latitude_deg=latitude_deg, longitude_deg=longitude_deg)


def _air(weather: Weather, month: NDArray[np.int64], settings: ProductionSettings) -> tuple[Floats, Floats]:
    """Return air temperature, and wind at the modules, of every hour: the weather's own, else the assumptions."""
    air_c = np.array(MONTHLY_AIR_C)[month - 1] if weather.temp_air_c is None else weather.temp_air_c
    if weather.wind_m_s is None:
        return air_c, np.full(month.size, settings.wind_m_s)
    wind_m_s = atmosphere.windspeed_powerlaw(
        weather.wind_m_s, WEATHER_WIND_HEIGHT_M, settings.module_height_m, exponent=settings.wind_exponent
    )
    return air_c, np.asarray(wind_m_s, dtype=np.float64)


def _unit_vectors(sun: SunPath) -> Floats:
    """Return where the sun stands as (east, north, up)."""
    azimuth, elevation = np.radians(sun.azimuth_deg), np.radians(sun.elevation_deg)
    level = np.cos(elevation)
    return np.stack([level * np.sin(azimuth), level * np.cos(azimuth), np.sin(elevation)])


def _on_plane(sky: Sky, tilt_deg: float, azimuth_deg: float) -> Floats:
    """Return the light on a plane in every lit hour, W/m²: Perez et al. (1990), equation 9, and the ground."""
    tilt, azimuth = np.radians(tilt_deg), np.radians(azimuth_deg)
    rise, level = np.sin(tilt), np.cos(tilt)
    normal = np.array([rise * np.sin(azimuth), rise * np.cos(azimuth), level])
    diffuse = sky.dome_w_m2 * (1.0 + level) / 2.0 + sky.ring_w_m2 * rise
    direct = sky.beam_w_m2 * np.maximum(normal @ sky.sun, 0.0)
    ground = sky.ground_w_m2 * (1.0 - level) / 2.0
    return np.asarray(direct + np.maximum(diffuse, 0.0) + ground, dtype=np.float64)


def _power_kw_per_kwp(sky: Sky, light_w_m2: Floats, settings: ProductionSettings) -> Floats:
    """Return alternating current per kWc in every lit hour, in kW: temperature, modules, losses, inverter."""
    cell_c = temperature.faiman(light_w_m2, sky.air_c, sky.wind_m_s)
    dc_kw = pvsystem.pvwatts_dc(light_w_m2, cell_c, pdc0=1.0, gamma_pdc=settings.temperature_per_c)
    delivered_kw = np.maximum(dc_kw, 0.0) * (1.0 - settings.system_loss)
    limit_kw = 1.0 / settings.dc_ac_ratio
    return np.asarray(inverter.pvwatts(delivered_kw, limit_kw, eta_inv_nom=settings.inverter_efficiency))


def _month_blocks(month: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each month starts once hours are put in the order of months, and that order."""
    order = np.argsort(month, kind="stable")
    starts = np.flatnonzero(np.diff(month[order], prepend=0))
    return starts, order
