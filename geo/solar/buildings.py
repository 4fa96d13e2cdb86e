"""Buildings with the mean irradiation of their roof: the first answer to "what does my roof receive?"."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize

from geo.catalogue import BUILDINGS
from geo.errors import MissingDataError
from geo.pipeline import NoParams, Outcome
from geo.provenance import Note
from geo.raster import Raster
from geo.raw import RawFolder
from geo.sources import bdtopo, lidar, quarter
from geo.vector import placed, require_lambert93

LAYER = BUILDINGS
Params = NoParams


class Inputs(NamedTuple):
    """Footprints, the irradiation raster with the weather year behind it, and the communes."""

    buildings: gpd.GeoDataFrame
    irradiation: Raster
    weather: str
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the footprints under the irradiation raster, the raster, and the communes."""
    raster, tags = raw.raster_product("irradiation")
    return Inputs(read_footprints(raw, raster), raster, tags.get("weather", ""), raw.product("communes"))


def read_footprints(raw: RawFolder, raster: Raster) -> gpd.GeoDataFrame:
    """Return BD TOPO's footprints where they meet the raster, else the mask's outlines, else the synthetic ones."""
    if bdtopo.present(raw):
        footprints = bdtopo.read(raw)
        under = footprints[footprints.intersects(shapely.box(*raster.bounds))]
        if not under.empty:
            return under
        raw.note(Note(action="dropped", reason="BD TOPO building off the irradiation raster", count=len(footprints)))
    if lidar.present(raw) and (outlines := lidar.read_mask_outlines(raw)) is not None:
        return outlines
    if quarter.present(raw):
        return quarter.read("buildings", raw).rename(columns={"building_id": "id"})
    raise MissingDataError(
        f"{raw.folder} holds no building under the irradiation raster; expected bdtopo/ or lidarhd/*_bldg.tif; "
        "fetch one or run `artois sample`"
    )


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per building; those under which no cell is known are dropped and reported."""
    buildings = require_lambert93(inputs.buildings, "buildings").reset_index(drop=True)
    for column in ("name", "kind", "height_m"):
        if column not in buildings.columns:
            buildings = buildings.assign(**{column: pd.NA})
    mean = zonal_mean(buildings.geometry, inputs.irradiation)
    rated = buildings.assign(
        irradiation_kwh_m2=mean.round(1), footprint_m2=buildings.area.round(1), weather=inputs.weather
    )
    known = placed(rated[~np.isnan(mean)], inputs.communes)
    return Outcome(known, notes(len(buildings) - len(known), known))


def notes(dark: int, known: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return how many buildings have no cell, and how many lie outside the territory."""
    outside = int(known["insee"].isna().sum())
    found = (
        ("dropped", "building without a known cell under it", dark),
        ("flagged", "building outside the territory", outside),
    )
    return tuple(Note(action=action, reason=reason, count=count) for action, reason, count in found if count)


def zonal_mean(shapes: gpd.GeoSeries, raster: Raster) -> NDArray[np.float64]:
    """Return the mean of the cells whose centre lies in each shape; NaN where none does. Later shapes win overlaps."""
    labels = rasterize(
        ((shape, number) for number, shape in enumerate(shapes, start=1)),
        out_shape=raster.values.shape,
        transform=raster.transform,
        dtype="int32",
    )
    held = (labels > 0) & np.isfinite(raster.values)
    counts = np.bincount(labels[held], minlength=len(shapes) + 1)[1:]
    sums = np.bincount(labels[held], weights=raster.values[held], minlength=len(shapes) + 1)[1:]
    mean: NDArray[np.float64] = np.divide(sums, counts, out=np.full(len(shapes), np.nan), where=counts > 0)
    return mean
