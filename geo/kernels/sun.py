"""Where the sun stands: apparent positions for many instants at one place."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pvlib import solarposition

Floats = NDArray[np.float64]


class SunPath(NamedTuple):
    """Directions of the sun, one per instant.

    Attributes
    ----------
    azimuth_deg
        Clockwise from true north. Degrees in [0, 360), shape (hours,).
    elevation_deg
        Above the horizontal, lifted by refraction. Degrees, shape (hours,); negative at night.
    """

    azimuth_deg: Floats
    elevation_deg: Floats


def sun_path(time_utc: pd.DatetimeIndex, *, latitude_deg: float, longitude_deg: float, minute: float = 0.0) -> SunPath:
    """Return the apparent sun a fixed number of minutes past each instant.

    Parameters
    ----------
    time_utc
        Instants with a time zone, shape (hours,).
    latitude_deg, longitude_deg
        WGS84 position. Degrees.
    minute
        Added to every instant. Minutes.

    References
    ----------
    Reda and Andreas (2004), https://doi.org/10.1016/j.solener.2003.12.003, through pvlib.
    """
    instants = time_utc + pd.Timedelta(minutes=minute)
    table = solarposition.get_solarposition(instants, latitude_deg, longitude_deg)
    return SunPath(
        table["azimuth"].to_numpy(dtype=np.float64) % 360.0,
        table["apparent_elevation"].to_numpy(dtype=np.float64),
    )
