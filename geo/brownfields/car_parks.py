"""Outdoor car parks over 1,500 m²: what the APER act asks of them, by when, and what canopies over one half could give.

Act no 2023-175 of 10 March 2023 (APER), article 40: car parks outdoors of more than 1,500 m² that exist on 1 July 2023
bear shading devices with a renewable source over half of their area: by 1 July 2026 from 10,000 m² on, by 1 July 2028
for the others. Who is exempt (technical, heritage, cost, trees, removal) depends on each place and stays unknown; so
does whether the mapped outline is the area that the act counts. Everything here is an estimate. Glossary: canopy =
ombrière; kWc = kilowatt-crête.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, Field

from geo.catalogue import CAR_PARKS
from geo.crs import LAMBERT93
from geo.light.production import hourly_yield
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import parking, weather_years
from geo.vector import placed, require_lambert93
from geo.weather import Weather

LAYER = CAR_PARKS
OVER_M2: Final = 1_500.0
LARGE_M2: Final = 10_000.0
CANOPY_SHARE: Final = 0.5
DUE_LARGE: Final = "2026-07-01"
DUE_OTHERS: Final = "2028-07-01"
EXEMPTIONS: Final = ("technical", "heritage", "cost", "trees", "removal")
KWH_PER_MWH: Final = 1000.0
NORTH_DEG, EAST_DEG, SOUTH_DEG, WEST_DEG = 0.0, 90.0, 180.0, 270.0
COLUMNS: Final = ("id", "name", "source", "synthetic", "geometry")


class Inputs(NamedTuple):
    """Car parks as areas in Lambert-93 (None where no source is there), communes, a weather year and its place."""

    parks: gpd.GeoDataFrame | None
    communes: gpd.GeoDataFrame
    weather: Weather
    center: tuple[float, float]


class Params(BaseModel, frozen=True, extra="forbid"):
    """What canopies are taken to be. Both are assumptions of the project.

    Attributes
    ----------
    kwp_per_m2
        Power that a square metre of canopy bears: modules of 0.21 kWc/m² over nine tenths of it.
    tilt_deg
        Of the canopies, whose direction follows the rows and is not known: the range of energy goes from all facing
        north to all facing south, its middle is half east and half west.
    """

    kwp_per_m2: float = Field(default=0.19, gt=0, le=0.3)
    tilt_deg: float = Field(default=5.0, ge=0, le=30)


def load(raw: RawFolder) -> Inputs:
    """Read the car parks that are there, the communes and the weather."""
    communes = raw.product("communes")
    return Inputs(parking.read(raw), communes, weather_years.read(raw), raw.territory.center)


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per car park over 1,500 m² in the territory; none, and a note, where no source is there."""
    if inputs.parks is None:
        absent = "no file of car parks (osm_parking/*, bdtopo/EQUIPEMENT_DE_TRANSPORT.*): the layer tells nothing"
        return Outcome(rated(empty(), inputs, params), (Note(action="flagged", reason=absent, count=1),))
    parks = require_lambert93(inputs.parks, "car_parks")
    large = parks[parks.area > OVER_M2].sort_values("id").reset_index(drop=True)
    table = rated(large, inputs, params)
    outside = table["insee"].isna()
    notes = [
        Note(action="dropped", reason=reason, count=int(rows.sum()), example=str(example))
        for reason, rows, example in (
            ("car park of 1,500 m² or less", parks.area <= OVER_M2, parks["id"].min()),
            ("car park outside the territory", outside, table["id"][outside].min()),
        )
        if rows.any()
    ]
    return Outcome(table[~outside].reset_index(drop=True), tuple(notes))


def empty() -> gpd.GeoDataFrame:
    """Return no car park, with the columns of one."""
    return gpd.GeoDataFrame({name: [] for name in COLUMNS}, geometry="geometry", crs=LAMBERT93)


def rated(parks: gpd.GeoDataFrame, inputs: Inputs, params: Params) -> gpd.GeoDataFrame:
    """Return the car parks with their obligation and potential."""
    area_m2 = parks.area
    canopy_m2 = CANOPY_SHARE * area_m2
    kwp = params.kwp_per_m2 * canopy_m2
    low, mid, high = specific_yields(inputs.weather, inputs.center, params.tilt_deg) if len(parks) else (0.0, 0.0, 0.0)
    table = parks[list(COLUMNS)].assign(
        area_m2=area_m2,
        obligation="obliged",
        due=np.where(area_m2 >= LARGE_M2, DUE_LARGE, DUE_OTHERS),
        canopy_area_m2=canopy_m2,
        kwp=kwp,
        energy_low_mwh=kwp * low / KWH_PER_MWH,
        energy_mwh=kwp * mid / KWH_PER_MWH,
        energy_high_mwh=kwp * high / KWH_PER_MWH,
        weather=f"{inputs.weather.source} {inputs.weather.period}".strip(),
        certainty=pd.Series("estimated", index=parks.index).mask(parks["synthetic"].astype(bool), "synthetic"),
        **{f"exempt_{reason}": "unknown" for reason in EXEMPTIONS},
    )
    return placed(table, inputs.communes)


def specific_yields(weather: Weather, center: tuple[float, float], tilt_deg: float) -> tuple[float, float, float]:
    """Return low, mid and high kWh/kWc a year of unshaded canopies whose direction is unknown."""
    longitude_deg, latitude_deg = center
    north, east, south, west = (
        float(
            hourly_yield(
                weather, tilt_deg=tilt_deg, azimuth_deg=azimuth_deg, latitude_deg=latitude_deg,
                longitude_deg=longitude_deg,
            ).sum()
        )
        for azimuth_deg in (NORTH_DEG, EAST_DEG, SOUTH_DEG, WEST_DEG)
    )  # fmt: skip
    return min(north, south), (east + west) / 2, max(north, south)
