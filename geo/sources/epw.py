"""EnergyPlus weather files (EPW): a typical or real year, each value the mean of the hour that ends at its stamp."""

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from geo.errors import SourceError
from geo.sources.files import read_air, read_text
from geo.weather import Weather

HEADER_LINES: Final = 8
YEAR, MONTH, DAY, HOUR = 0, 1, 2, 3
DRY_BULB, GHI, DNI, DHI, WIND = 6, 13, 14, 15, 21
"""Columns of the data dictionary (EnergyPlus, Auxiliary Programs, "EnergyPlus Weather File (EPW) Data Dictionary")."""
MISSING: Final = 9999.0
"""Code of an unknown irradiance, or more."""
MISSING_AIR: Final = 99.9
"""Code of an unknown temperature, or more; that of wind is 999, and no wind is between the two."""
LOCATION_FIELDS: Final = 10
MIDDLE_OF_HOUR: Final = 30


def read(path: Path) -> Weather:
    """Return the year of an EPW file, each hour stamped with its beginning in UTC.

    Dry-bulb temperature and wind (at 10 m by the standard of stations) come with it, a few unknown hours interpolated.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If it is not such a file, or its year does not hold together.
    """
    lines = read_text(path, expected="an EPW file", undecodable="replace").splitlines()
    if not lines or not lines[0].upper().startswith("LOCATION,"):
        raise SourceError(f"{path.name} does not start with LOCATION; expected an EPW file; fetch it again")
    latitude_deg, longitude_deg, zone_h, town = _location(lines[0], path.name)
    try:
        rows = [line.split(",") for line in lines[HEADER_LINES:] if line.strip()]
        table = np.array([[float(row[column]) for column in (YEAR, MONTH, DAY, HOUR, GHI, DNI, DHI)] for row in rows])
        air_c, wind_m_s = (_air([row[column] for row in rows]) for column in (DRY_BULB, WIND))
    except (ValueError, IndexError) as error:
        raise SourceError(f"{path.name} has a broken row ({error}); expected 35 columns of numbers") from error
    if table.size == 0:
        raise SourceError(f"{path.name} has no hours; expected 8760; fetch it again")
    if (table[:, 4:] >= MISSING).any():
        raise SourceError(f"{path.name} has missing irradiance (9999); expected a full year; take another file")
    return Weather(
        time_utc=_stamps(table, zone_h, path.name),
        ghi_w_m2=table[:, 4],
        dni_w_m2=table[:, 5],
        dhi_w_m2=table[:, 6],
        source=f"EPW {town} ({path.name})",
        period=f"{table[:, 0].min():.0f}-{table[:, 0].max():.0f}",
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        sun_minute=MIDDLE_OF_HOUR,
        temp_air_c=read_air(air_c, "air temperature", name=path.name),
        wind_m_s=read_air(wind_m_s, "wind", name=path.name),
    ).validate()


def _air(cells: list[str]) -> np.ndarray:
    """Return a column of air or wind; a missing-value code or an empty cell is NaN."""
    values = np.array([float(cell) if cell.strip() else np.nan for cell in cells])
    return np.where(values >= MISSING_AIR, np.nan, values)


def _location(line: str, name: str) -> tuple[float, float, float, str]:
    """Return latitude, longitude, hours ahead of UTC and the town of the LOCATION line."""
    parts = line.split(",")
    try:
        return float(parts[6]), float(parts[7]), float(parts[8]), parts[1].strip()
    except (ValueError, IndexError) as error:
        raise SourceError(f"{name} has no latitude, longitude and time zone in its LOCATION line ({error})") from error


def _stamps(table: np.ndarray, zone_h: float, name: str) -> pd.DatetimeIndex:
    """Return the beginning of each hour, in UTC, the year kept: hours that leave it come in at its other end."""
    dates = pd.DataFrame({"year": table[:, 0], "month": table[:, 1], "day": table[:, 2]}).astype(int)
    try:
        local = pd.DatetimeIndex(pd.to_datetime(dates)) + pd.to_timedelta(table[:, 3] - 1.0, unit="h")
    except ValueError as error:
        raise SourceError(f"{name} has a date that does not exist ({error})") from error
    moved = local - pd.Timedelta(hours=zone_h)
    years = pd.Series(moved.year - local.year)
    back = [stamp.replace(year=stamp.year - int(step)) for stamp, step in zip(moved, years, strict=True)]
    return pd.DatetimeIndex(back).tz_localize("UTC")
