"""The irradiation raster as a layer: surface model and weather year in, yearly energy per cell out."""

from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, Field

from geo.catalogue import IRRADIATION
from geo.light import irradiation
from geo.pipeline import RasterOutcome
from geo.raster import Raster
from geo.raw import RawFolder
from geo.sources import lidar, weather_years
from geo.weather import Weather

LAYER = IRRADIATION


class Inputs(NamedTuple):
    """The surface model in Lambert-93, and an hourly weather year."""

    surface: Raster
    weather: Weather


class Params(BaseModel, frozen=True, extra="forbid"):
    """Directions of the horizon sweep, and the share of light that the ground reflects."""

    directions: int = Field(default=64, ge=8, le=720)
    albedo: float = Field(default=0.2, ge=0, le=1)


def load(raw: RawFolder) -> Inputs:
    """Read the surface model, and the weather file where there is one (else the synthetic year)."""
    return Inputs(lidar.read_surface(raw), weather_years.read(raw))


def compute(inputs: Inputs, params: Params) -> RasterOutcome:
    """Return the yearly irradiation of every cell, kWh/m²."""
    settings = irradiation.Settings(directions=params.directions, albedo=params.albedo)
    raster = irradiation.irradiate(inputs.surface, inputs.weather, settings=settings)
    tags = {
        "unit": "kWh/m2/yr",
        "weather": f"{inputs.weather.source} {inputs.weather.period}",
        "mean": f"{np.nanmean(raster.values):.1f}",
    }
    return RasterOutcome(raster, tags)
