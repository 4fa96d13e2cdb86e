"""How bright the sky is around the sun and along the horizon."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pvlib import atmosphere, irradiance

from geo.kernels.sun import Floats, SunPath


class PerezSky(NamedTuple):
    """Shares of the diffuse light, one per hour; the rest of it comes evenly from the whole sky.

    Attributes
    ----------
    circumsolar
        Part that comes from the sun's own direction, F1 of the reference. Shape (hours,), at least 0.
    horizon
        Part of the horizon band, F2 of the reference; negative when the horizon is darker. Shape (hours,).
    projection
        Cosine by which the circumsolar part is divided, max(cos 85°, sin elevation). Shape (hours,).
    """

    circumsolar: Floats
    horizon: Floats
    projection: Floats


def perez_sky(time_utc: pd.DatetimeIndex, sun: SunPath, *, dni_w_m2: Floats, dhi_w_m2: Floats) -> PerezSky:
    """Return the sky's shares for each hour; those of an even sky while the sun is down or nothing shines.

    References
    ----------
    Perez et al. (1990), equation 9 and table 6, https://doi.org/10.1016/0038-092X(90)90055-H, through pvlib, whose
    components on a vertical plane that faces the sun give back F1 and F2.
    """
    lit: NDArray[np.bool_] = (dhi_w_m2 > 0) & (sun.elevation_deg > 0)
    zenith_deg, diffuse = 90.0 - sun.elevation_deg[lit], dhi_w_m2[lit]
    parts = irradiance.perez(
        90.0, sun.azimuth_deg[lit], diffuse, dni_w_m2[lit],
        irradiance.get_extra_radiation(np.asarray(time_utc.day_of_year))[lit],
        zenith_deg, sun.azimuth_deg[lit], atmosphere.get_relative_airmass(zenith_deg), return_components=True,
    )  # fmt: skip
    circumsolar, horizon = np.zeros_like(dhi_w_m2), np.zeros_like(dhi_w_m2)
    circumsolar[lit] = np.nan_to_num(1.0 - 2.0 * parts["poa_isotropic"] / diffuse)
    horizon[lit] = np.nan_to_num(parts["poa_horizon"] / diffuse)
    sine = np.sin(np.radians(sun.elevation_deg))
    return PerezSky(circumsolar, horizon, projection=np.maximum(sine, np.cos(np.radians(85.0))))
