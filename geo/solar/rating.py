"""What light and panels make of roof planes and buildings: yield, suitability, sums.

Glossary: suitability = aptitude; kWc = kilowatt-crête; P90 = reached nine years in ten.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from geo.light.irradiation import Place, Settings, YearTables, year_tables
from geo.light.production import ProductionSettings, YieldTable, p90
from geo.solar.layout import Laid
from geo.solar.panels import PanelSettings
from geo.solar.plane_light import PlaneLight
from geo.weather import Weather

Floats = NDArray[np.float64]

MONTHS: Final = tuple(f"{month:02d}" for month in range(1, 13))
IRRADIATION_MONTHS: Final = tuple(f"irradiation_month_kwh_m2_{month}" for month in MONTHS)
YIELD_MONTHS: Final = tuple(f"yield_month_kwh_{month}" for month in MONTHS)
SUMMED: Final = ("usable_area_m2", "panels", "kwp", "yield_p50_kwh", "yield_p90_kwh", *YIELD_MONTHS)
"""Columns of a building that are sums over its planes."""
RACKS_BETWEEN_DEG: Final = (24.0, 60.0)
"""Latitudes for which the solstice sun gives a distance between racks."""


class CadastreSettings(BaseModel, frozen=True, extra="forbid"):
    """What a town may choose.

    Attributes
    ----------
    directions, albedo
        Of the irradiation sweep.
    poor_below_kwh_m2, good_from_kwh_m2
        Limits of the suitability classes: the thresholds of Geneva's solar cadastre. Nothing is laid on poor planes.
    panels, production
        Module, setbacks and racks; the chain from light to grid.
    """

    directions: int = Field(default=64, ge=8, le=720)
    albedo: float = Field(default=0.2, ge=0, le=1)
    poor_below_kwh_m2: float = Field(default=700.0, ge=0)
    good_from_kwh_m2: float = Field(default=1000.0, ge=0)
    panels: PanelSettings = PanelSettings()
    production: ProductionSettings = ProductionSettings()


class Rates(NamedTuple):
    """What all roofs of a run share: the year's light and yields at their place, and the town's choices."""

    sky: YearTables
    table: YieldTable
    settings: CadastreSettings
    panels: PanelSettings


def rates_at(place: Place, weather: Weather, settings: CadastreSettings) -> Rates:
    """Return a weather year made ready to rate roofs at a place."""
    sky = year_tables(
        weather, place, settings=Settings(directions=settings.directions, albedo=settings.albedo), monthly=True
    )
    table = YieldTable.compute(
        weather, latitude_deg=place.latitude_deg, longitude_deg=place.longitude_deg, settings=settings.production
    )
    latitude_deg = float(np.clip(place.latitude_deg, *RACKS_BETWEEN_DEG))
    return Rates(sky, table, settings, settings.panels.model_copy(update={"latitude_deg": latitude_deg}))


def suitability(irradiation_kwh_m2: Floats, settings: CadastreSettings) -> NDArray[np.object_]:
    """Return the class of each plane: good, fair, poor; unknown where no light is known."""
    classes = np.where(
        irradiation_kwh_m2 >= settings.good_from_kwh_m2,
        "good",
        np.where(irradiation_kwh_m2 >= settings.poor_below_kwh_m2, "fair", "poor"),
    ).astype(object)
    classes[np.isnan(irradiation_kwh_m2)] = "unknown"
    return classes


def rate_segments(
    segments: gpd.GeoDataFrame, light: PlaneLight, laid: Laid, yields: Floats, rates: Rates
) -> gpd.GeoDataFrame:
    """Return the planes with their light, suitability, usable area, panels and yield.

    `yields` are the monthly kWh per kWc of each panel, as `panel_yields` returns them.
    """
    irradiation = light.shaded.sum(axis=1)
    counts, module_kwp = laid.counts, rates.panels.module_wp / 1000.0
    monthly = np.zeros(light.shaded.shape)
    np.add.at(monthly, laid.owner, yields * module_kwp)
    total = monthly.sum(axis=1)
    return segments.assign(
        id=segments["segment_id"],
        irradiation_kwh_m2=irradiation,
        **dict(zip(IRRADIATION_MONTHS, light.shaded.T, strict=True)),
        suitability=suitability(irradiation, rates.settings),
        usable_area_m2=laid.usable_m2,
        panels=counts,
        kwp=counts * module_kwp,
        yield_p50_kwh=total,
        yield_p90_kwh=p90(total, rates.settings.production.uncertainty),
        **dict(zip(YIELD_MONTHS, monthly.T, strict=True)),
    )


def panel_yields(light: PlaneLight, laid: Laid, table: YieldTable) -> Floats:
    """Return the monthly kWh per kWc of each panel, shape (panels, 12): its tilt and azimuth, its plane's shading."""
    if laid.owner.size == 0:
        return np.zeros((0, len(MONTHS)))
    faces, back = np.unique(
        np.stack([laid.owner, laid.tilt_deg, laid.azimuth_deg], axis=1), axis=0, return_inverse=True
    )
    ratio = light.month_ratio()[faces[:, 0].astype(np.intp)]
    per_face = table.monthly_yield_kwh_per_kwp(faces[:, 1], faces[:, 2], ratio)
    return per_face[back.ravel()]


def panel_energy(laid: Laid, yields: Floats, light_kwh_m2: Floats, module_wp: float) -> Floats:
    """Return the yearly kWh of each panel: of its face, in proportion to the light where it lies.

    Parameters
    ----------
    laid
        Panels of some planes.
    yields
        Monthly kWh per kWc of each panel, shape (panels, 12).
    light_kwh_m2
        Yearly light where each panel lies; NaN for its plane's mean.
    module_wp
        Peak power of a panel. Wc.

    Notes
    -----
    The panels of a plane add up to its yield, to which the monthly shading of the whole plane gave its size.
    """
    planes = laid.usable_m2.size
    even = yields.sum(axis=1) * module_wp / 1000.0
    known = np.isfinite(light_kwh_m2)
    seen = np.bincount(laid.owner[known], minlength=planes)
    sums = np.bincount(laid.owner[known], weights=light_kwh_m2[known], minlength=planes)
    mean = np.divide(sums, seen, out=np.ones(planes), where=seen > 0)[laid.owner]
    share = even * np.where(known, np.nan_to_num(light_kwh_m2), mean)
    whole, parts = (np.bincount(laid.owner, weights=values, minlength=planes)[laid.owner] for values in (even, share))
    energy: Floats = np.divide(share * whole, parts, out=even.copy(), where=parts > 0)
    return energy


def panel_table(rated: gpd.GeoDataFrame, laid: Laid, energy_kwh: Floats) -> gpd.GeoDataFrame:
    """Return one point per panel with its yearly energy."""
    counts, owner = laid.counts, laid.owner
    number = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    segment_id = rated["segment_id"].astype("string").to_numpy(dtype=object)[owner]
    return gpd.GeoDataFrame(
        {
            "id": [f"{segment}-{n}" for segment, n in zip(segment_id, number.tolist(), strict=True)],
            "building_id": rated["building_id"].to_numpy()[owner],
            "segment_id": segment_id,
            "orientation": np.where(laid.portrait, "portrait", "landscape").astype(object),
            "tilt_deg": laid.tilt_deg,
            "azimuth_deg": laid.azimuth_deg,
            "yearly_energy_kwh": energy_kwh,
        },
        geometry=gpd.points_from_xy(laid.centres[:, 0], laid.centres[:, 1]),
        crs=rated.crs,
    )


def sum_buildings(buildings: gpd.GeoDataFrame, rated: gpd.GeoDataFrame, quality: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return one row per building: the sums of its planes, its best one, and how sure this is.

    `quality` has building_id, quality and notes, as `segment_roofs` returns it.
    """
    flags = quality.drop_duplicates("building_id").set_index("building_id")
    table = buildings.assign(id=buildings["id"].astype("string")).drop_duplicates("id").set_index("id", drop=False)
    weighted = rated.assign(energy=rated["irradiation_kwh_m2"] * rated["area_m2"])
    group = weighted.groupby("building_id", sort=False)
    sums = group[["area_m2", "energy", *SUMMED]].sum().reindex(table.index)
    first = weighted.sort_values(["yield_p50_kwh", "irradiation_kwh_m2"], ascending=False, kind="stable")
    best = first.drop_duplicates("building_id").set_index("building_id")
    summed = table.assign(
        footprint_m2=table.area,
        segments=group.size().reindex(table.index).fillna(0).astype(int),
        roof_area_m2=sums["area_m2"],
        irradiation_kwh_m2=sums["energy"] / sums["area_m2"],
        best_segment=best["segment_id"].reindex(table.index),
        best_irradiation_kwh_m2=best["irradiation_kwh_m2"].reindex(table.index),
        suitability=best["suitability"].reindex(table.index).fillna("unknown"),
        quality=flags["quality"].reindex(table.index),
        quality_note=flags["notes"].reindex(table.index),
        **{name: sums[name] for name in SUMMED},
    )
    return gpd.GeoDataFrame(summed.reset_index(drop=True), geometry="geometry", crs=buildings.crs)
