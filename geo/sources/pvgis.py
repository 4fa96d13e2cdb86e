"""PVGIS (Joint Research Centre): typical and real years of irradiance and air, as CSV or JSON."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import SourceError
from geo.sources.files import read_air, read_text
from geo.weather import Floats, Weather

COLUMNS = ("G(h)", "Gb(n)", "Gd(h)")
"""Global horizontal, direct normal, diffuse horizontal, W/m²."""
AIR_C, WIND_M_S = "T2m", "WS10m"
"""Air temperature at 2 m, °C; wind at 10 m, m/s. A file may lack them."""
TIME = "time(UTC)"


def read(path: Path) -> Weather:
    """Return the year of a PVGIS TMY file: CSV with or without its header block, or JSON.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If it is not such a file, or its year does not hold together.
    """
    text = read_text(path, expected="a PVGIS TMY (CSV or JSON)")
    if text.lstrip().startswith("{"):
        return _from_json(text, path.name)
    return _from_csv(text, path.name)


def _from_csv(text: str, name: str) -> Weather:
    """Read the hourly block, which starts at its column names and ends at the first line without a stamp."""
    lines = text.splitlines()
    start = next((row for row, line in enumerate(lines) if line.startswith(TIME)), None)
    if start is None:
        raise SourceError(f"{name} has no line starting with {TIME}; expected a PVGIS TMY CSV; fetch it again")
    stop = next((row for row in range(start + 1, len(lines)) if not lines[row][:8].isdigit()), len(lines))
    try:
        table = pd.read_csv(io.StringIO("\n".join(lines[start:stop])))
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise SourceError(f"{name} breaks off or has ragged rows ({error}); fetch it again") from error
    head = [line.split(":", 1) for line in lines[:start] if ":" in line]
    facts = {key.strip().lower(): value.strip() for key, value in head}
    return _weather(
        table,
        name=name,
        latitude_deg=_first_number(facts.get("latitude (decimal degrees)")),
        longitude_deg=_first_number(facts.get("longitude (decimal degrees)")),
        period=None,
    )


def _from_json(text: str, name: str) -> Weather:
    """Read `outputs.tmy_hourly` and the place and years of `inputs`."""
    try:
        document: dict[str, Any] = json.loads(text)
        table = pd.DataFrame(document["outputs"]["tmy_hourly"])
        place = document["inputs"]["location"]
        years = document["inputs"].get("meteo_data", {})
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise SourceError(
            f"{name} is not a PVGIS TMY JSON ({error!r}); fetch it again with outputformat=json"
        ) from error
    first, last = years.get("year_min"), years.get("year_max")
    return _weather(
        table,
        name=name,
        latitude_deg=float(place["latitude"]),
        longitude_deg=float(place["longitude"]),
        period=f"{first}-{last}" if first and last else None,
    )


def _weather(
    table: pd.DataFrame, *, name: str, latitude_deg: float | None, longitude_deg: float | None, period: str | None
) -> Weather:
    """Rename the columns into ours, and check the year."""
    if missing := {TIME, *COLUMNS} - set(table.columns):
        raise SourceError(f"{name} lacks {sorted(missing)}; expected the columns of a PVGIS TMY; fetch it again")
    try:
        time_utc = pd.DatetimeIndex(pd.to_datetime(table[TIME], format="%Y%m%d:%H%M", utc=True))
        ghi, dni, dhi = (table[column].to_numpy(dtype=np.float64) for column in COLUMNS)
        air_c, wind_m_s = (_air(table, column, name) for column in (AIR_C, WIND_M_S))
    except ValueError as error:
        raise SourceError(f"{name} has a value that is no number or stamp ({error}); fetch it again") from error
    return Weather(
        time_utc=time_utc,
        ghi_w_m2=ghi,
        dni_w_m2=dni,
        dhi_w_m2=dhi,
        source=f"PVGIS TMY ({name})",
        period=period or f"{time_utc.year.min()}-{time_utc.year.max()}",
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        temp_air_c=air_c,
        wind_m_s=wind_m_s,
    ).validate()


def _air(table: pd.DataFrame, column: str, name: str) -> Floats | None:
    """Return a column of air or wind where the file has it."""
    return read_air(table[column].to_numpy(dtype=np.float64), column, name=name) if column in table.columns else None


def _first_number(text: str | None) -> float | None:
    """Return the number a header line starts with, if any."""
    if not text:
        return None
    try:
        return float(text.split()[0])
    except ValueError:
        return None
