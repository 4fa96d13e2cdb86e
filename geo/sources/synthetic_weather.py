"""A made-up year for the territory, so that everything runs without network; labelled as such wherever it is used."""

from typing import Final

import numpy as np
import pandas as pd
from pvlib import clearsky, irradiance

from geo.kernels.sun import Floats, sun_path
from geo.weather import Weather

ANNUAL_GHI_KWH_M2: Final = 1148.0
"""Mean of 60 communes of the Pôle Métropolitain de l'Artois, PVGIS 2005-2020."""

MONTH_SHARES: Final = (
    0.021, 0.035, 0.075, 0.117, 0.137, 0.144, 0.143, 0.125, 0.094, 0.061, 0.029, 0.019,
)  # fmt: skip
"""Part of the year's horizontal energy in each month: the climate of northern France, rounded."""

DAY_CLEARNESS: Final = (0.55, 1.25, 0.30, 0.95, 1.45, 0.70, 1.10, 0.40, 1.35, 0.80)
"""Sky of ten days in turn, relative to its month: with equal days there would be no clear sky, too much diffuse."""

MAX_CLEARNESS: Final = 1.0
"""No day is brighter than the clear sky."""

SUN_MINUTE: Final = 30
AEROSOL_DEPTH: Final = 0.12
WATER_CM: Final = 1.6
YEAR: Final = 2019


def year(latitude_deg: float, longitude_deg: float) -> Weather:
    """Return a synthetic year at a place, whose horizontal sum is 1,148 kWh/m².

    A clear sky (simplified Solis) is dimmed day by day so that each month holds its share of the year; the Erbs
    relation splits what remains into beam and diffuse.

    References
    ----------
    Ineichen (2008), https://doi.org/10.1016/j.solener.2007.09.006; Erbs, Klein and Duffie (1982),
    https://doi.org/10.1016/0038-092X(82)90302-4; both through pvlib.
    """
    time_utc = pd.date_range(f"{YEAR}-01-01", periods=8760, freq="h", tz="UTC")
    sun = sun_path(time_utc, latitude_deg=latitude_deg, longitude_deg=longitude_deg, minute=SUN_MINUTE)
    clear = clearsky.simplified_solis(sun.elevation_deg, AEROSOL_DEPTH, WATER_CM, dni_extra=1361.0)
    clear_ghi = np.where(sun.elevation_deg > 0, np.nan_to_num(np.asarray(clear["ghi"])), 0.0)
    ghi = _dim(clear_ghi, time_utc)
    day_of_year = np.asarray(time_utc.day_of_year)
    split = irradiance.erbs(ghi, 90.0 - sun.elevation_deg, day_of_year, max_zenith=89.0)
    dhi = np.minimum(np.nan_to_num(np.asarray(split["dhi"])), ghi)
    sine = np.sin(np.radians(sun.elevation_deg))
    dni = np.divide(ghi - dhi, sine, out=np.zeros_like(ghi), where=sine > np.sin(np.radians(1.0)))
    return Weather(
        time_utc=time_utc,
        ghi_w_m2=ghi,
        dni_w_m2=dni,
        dhi_w_m2=ghi - dni * np.maximum(sine, 0.0),
        source="année synthétique (non mesurée ; ciel clair pvlib ramené à 1\u202f148 kWh/m²)",
        period="moyenne 2005-2020",
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        sun_minute=SUN_MINUTE,
    ).validate()


def _dim(clear_ghi: Floats, time_utc: pd.DatetimeIndex) -> Floats:
    """Return the clear sky times a daily clearness, scaled in each month to that month's share of the year."""
    target_w = np.array(MONTH_SHARES) / sum(MONTH_SHARES) * ANNUAL_GHI_KWH_M2 * 1000.0
    relative = np.array(DAY_CLEARNESS)[(time_utc.day_of_year - 1) % len(DAY_CLEARNESS)]
    ghi = np.zeros_like(clear_ghi)
    for month in range(1, 13):
        here = np.asarray(time_utc.month == month)
        ghi[here] = _reach(clear_ghi[here], relative[here], target_w[month - 1])
    return np.asarray(ghi * (ANNUAL_GHI_KWH_M2 * 1000.0 / ghi.sum()), dtype=np.float64)


def _reach(clear: Floats, relative: Floats, target_w: float) -> Floats:
    """Return clear x min(scale x relative, 1) with the scale, found by halving, that makes the sum."""
    low, high = 0.0, 10.0
    for _ in range(60):
        scale = (low + high) / 2
        total = (clear * np.minimum(scale * relative, MAX_CLEARNESS)).sum()
        low, high = (scale, high) if total < target_w else (low, scale)
    return clear * np.minimum(low * relative, MAX_CLEARNESS)
