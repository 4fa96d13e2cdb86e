"""The solar cadastre: from a surface model, footprints and a weather year to what every roof can do.

Glossary: roof plane = pan de toit; usable area = surface utile; kWc = kilowatt-crête.
"""

from concurrent.futures import ProcessPoolExecutor
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, Field
from rasterio.features import shapes

from geo.raster import Raster
from geo.solar.coarse import coarse_planes
from geo.solar.irradiation import Settings, place_of, year_tables
from geo.solar.panels import Panel, PanelSettings, lay_out
from geo.solar.plane_light import OBSTACLE_M, FarFinder, PlaneLight, centres, plane_light
from geo.solar.production import ProductionSettings, YieldTable, p90
from geo.solar.roofs import Roofs, RoofSettings, label_cells, plane_heights, segment_roofs
from geo.weather import Weather

Floats = NDArray[np.float64]

MONTHS: Final = tuple(f"{month:02d}" for month in range(1, 13))
IRRADIATION_MONTHS: Final = tuple(f"irradiation_month_kwh_m2_{month}" for month in MONTHS)
YIELD_MONTHS: Final = tuple(f"yield_month_kwh_{month}" for month in MONTHS)
LEAST_OBSTACLE_M2: Final = 0.25
CHUNK: Final = 200
"""Roof planes that one process lays out at a time."""


class CadastreSettings(BaseModel, frozen=True, extra="forbid"):
    """What a town may choose.

    Attributes
    ----------
    directions, albedo
        Of the irradiation sweep.
    poor_below_kwh_m2, good_from_kwh_m2
        Limits of the suitability classes: the thresholds of Geneva's solar cadastre.
    panels, production
        Module, setbacks and racks; the chain from light to grid.
    """

    directions: int = Field(default=64, ge=8, le=720)
    albedo: float = Field(default=0.2, ge=0, le=1)
    poor_below_kwh_m2: float = Field(default=700.0, ge=0)
    good_from_kwh_m2: float = Field(default=1000.0, ge=0)
    panels: PanelSettings = PanelSettings()
    production: ProductionSettings = ProductionSettings()


class Cadastre(NamedTuple):
    """Roof planes, buildings and panels; ids of buildings and segments join them."""

    segments: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    panels: gpd.GeoDataFrame


def compute_cadastre(
    surface: Raster,
    buildings: gpd.GeoDataFrame,
    weather: Weather,
    *,
    settings: CadastreSettings | None = None,
    far: FarFinder | None = None,
    workers: int = 2,
) -> Cadastre:
    """Return what every roof can do.

    Parameters
    ----------
    surface
        Heights. Metres, in a projected CRS in metres; NaN is unknown.
    buildings
        Columns `id` and `geometry` in the surface's CRS, and `height_m` where it is known; others are kept.
    far
        Finds the coarse terrain around a window, for hills beyond the surface.
    workers
        Processors to use.

    Raises
    ------
    GeoError
        If surface, buildings and weather do not fit together. One bad building is flagged, and raises nothing.
    """
    chosen = settings or CadastreSettings()
    roofs = segment_roofs(surface, buildings, settings=RoofSettings(), workers=workers)
    roofs = with_coarse(roofs, buildings)
    place = place_of(surface, Settings())
    sky = year_tables(
        weather, place, settings=Settings(directions=chosen.directions, albedo=chosen.albedo), monthly=True
    )
    light = plane_light(roofs.segments, surface, sky, far=far)
    table = YieldTable.compute(
        weather, latitude_deg=place.latitude_deg, longitude_deg=place.longitude_deg, settings=chosen.production
    )
    panel_settings = chosen.panels.model_copy(update={"latitude_deg": float(np.clip(place.latitude_deg, 24, 60))})
    obstacles = find_obstacles(roofs.segments, surface)
    laid = lay_out_all(roofs.segments, obstacles, panel_settings, workers=workers)
    usable_m2 = usable_area_m2(roofs.segments, obstacles, chosen.panels)
    rated = rate_segments(roofs.segments.assign(usable_area_m2=usable_m2), light, laid, table, chosen)
    panels = panel_table(roofs.segments, laid, rated)
    return Cadastre(rated, sum_buildings(buildings, rated, roofs), panels)


def with_coarse(roofs: Roofs, buildings: gpd.GeoDataFrame) -> Roofs:
    """Return the roofs with coarse planes for buildings off the surface model whose height is known."""
    unseen = set(roofs.quality.loc[roofs.quality["quality"] == "coarse", "building_id"])
    rows = buildings.assign(id=buildings["id"].astype(str)).drop_duplicates("id")
    planes = coarse_planes(rows[rows["id"].isin(unseen)])
    if planes.empty:
        return roofs
    segments = gpd.GeoDataFrame(pd.concat([roofs.segments, planes], ignore_index=True), crs=buildings.crs)
    return roofs._replace(segments=segments)


def find_obstacles(segments: gpd.GeoDataFrame, surface: Raster) -> list[list[shapely.Polygon]]:
    """Return what stands on each plane, seen from above: chimneys, dormers, branches."""
    labels = label_cells(segments, surface.transform, surface.values.shape)
    row, col = np.nonzero((labels > 0) & np.isfinite(surface.values))
    plane = plane_heights(segments, labels[row, col].astype(np.intp) - 1, *centres(surface, row, col))
    high = surface.values[row, col] - plane > OBSTACLE_M
    standing = np.zeros(labels.shape, dtype=np.int32)
    standing[row[high], col[high]] = labels[row[high], col[high]]
    found: list[list[shapely.Polygon]] = [[] for _ in range(len(segments))]
    for outline, label in shapes(standing, mask=standing > 0, transform=surface.transform):
        polygon = shapely.geometry.shape(outline)
        if polygon.area >= LEAST_OBSTACLE_M2:
            found[int(label) - 1].append(polygon)
    return found


def lay_out_all(
    segments: gpd.GeoDataFrame, obstacles: list[list[shapely.Polygon]], settings: PanelSettings, *, workers: int
) -> list[list[Panel]]:
    """Return the panels of every plane, in order."""
    pitch_deg, azimuth_deg = segments["pitch_deg"].to_numpy(), segments["azimuth_deg"].to_numpy()
    jobs = list(zip(segments.geometry, pitch_deg, azimuth_deg, obstacles, strict=True))
    chunks = [(jobs[start : start + CHUNK], settings) for start in range(0, len(jobs), CHUNK)]
    if workers <= 1 or len(chunks) <= 1:
        return [panels for chunk in chunks for panels in lay_out_chunk(chunk)]
    with ProcessPoolExecutor(workers) as pool:
        return [panels for done in pool.map(lay_out_chunk, chunks) for panels in done]


def lay_out_chunk(
    chunk: tuple[list[tuple[shapely.Polygon, float, float, list[shapely.Polygon]]], PanelSettings],
) -> list[list[Panel]]:
    """Return the panels of some planes; none on what is too steep to build on."""
    jobs, settings = chunk
    return [
        lay_out(polygon, pitch_deg=pitch, azimuth_deg=azimuth, obstacles=standing, settings=settings)
        if pitch < 75.0  # noqa: PLR2004 - a wall, not a roof
        else []
        for polygon, pitch, azimuth, standing in jobs
    ]


def rate_segments(
    segments: gpd.GeoDataFrame,
    light: PlaneLight,
    laid: list[list[Panel]],
    table: YieldTable,
    settings: CadastreSettings,
) -> gpd.GeoDataFrame:
    """Return the planes with their light, suitability, panels and yield."""
    irradiation = light.shaded.sum(axis=1)
    counts = np.array([len(panels) for panels in laid])
    kwp = counts * settings.panels.module_wp / 1000.0
    monthly = kwp[:, None] * yields(segments, light, laid, table)
    total = monthly.sum(axis=1)
    return segments.assign(
        id=segments["segment_id"],
        irradiation_kwh_m2=irradiation,
        **dict(zip(IRRADIATION_MONTHS, light.shaded.T, strict=True)),
        suitability=suitability(irradiation, settings),
        panels=counts,
        kwp=kwp,
        yield_p50_kwh=total,
        yield_p90_kwh=p90(total, settings.production.uncertainty),
        **dict(zip(YIELD_MONTHS, monthly.T, strict=True)),
    )


def yields(segments: gpd.GeoDataFrame, light: PlaneLight, laid: list[list[Panel]], table: YieldTable) -> Floats:
    """Return the monthly kWh per kWc of each plane's panels, shape (segments, 12); zero where there are none."""
    monthly = np.zeros((len(segments), len(MONTHS)))
    ratio = light.month_ratio()
    owner = np.repeat(np.arange(len(segments)), [len(panels) for panels in laid])
    if owner.size == 0:
        return monthly
    tilt = np.array([panel.tilt_deg for panels in laid for panel in panels])
    azimuth = np.array([panel.azimuth_deg for panels in laid for panel in panels])
    faces, back = np.unique(np.stack([owner, tilt, azimuth], axis=1), axis=0, return_inverse=True)
    places = faces[:, 0].astype(np.intp)
    per_face = table.monthly_yield_kwh_per_kwp(faces[:, 1], faces[:, 2], ratio[places])
    np.add.at(monthly, owner, per_face[back.ravel()])
    counts = np.bincount(owner, minlength=len(segments))
    mean: Floats = monthly / np.maximum(counts, 1)[:, None]
    return mean


def usable_area_m2(
    segments: gpd.GeoDataFrame, obstacles: list[list[shapely.Polygon]], settings: PanelSettings
) -> Floats:
    """Return the sloped area of each plane inside its setbacks, without obstacles and the strip around them."""
    inner = shapely.buffer(segments.geometry.to_numpy(), -settings.setback_m)
    standing = np.array([shapely.union_all(polygons) for polygons in obstacles], dtype=object)
    free = shapely.difference(inner, shapely.buffer(standing, settings.clearance_m))
    usable: Floats = shapely.area(free) / np.cos(np.radians(segments["pitch_deg"].to_numpy()))
    return usable


def suitability(irradiation_kwh_m2: Floats, settings: CadastreSettings) -> NDArray[np.object_]:
    """Return the class of each plane: good, fair, poor; unknown where no light is known."""
    classes = np.where(
        irradiation_kwh_m2 >= settings.good_from_kwh_m2,
        "good",
        np.where(irradiation_kwh_m2 >= settings.poor_below_kwh_m2, "fair", "poor"),
    ).astype(object)
    classes[np.isnan(irradiation_kwh_m2)] = "unknown"
    return classes


def panel_table(segments: gpd.GeoDataFrame, laid: list[list[Panel]], rated: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one point per panel with its yearly energy: its plane's, shared equally."""
    owner = np.repeat(np.arange(len(segments)), [len(panels) for panels in laid])
    panels = [panel for group in laid for panel in group]
    each = np.divide(
        rated["yield_p50_kwh"].to_numpy(),
        rated["panels"].to_numpy(),
        out=np.zeros(len(rated)),
        where=rated["panels"].to_numpy() > 0,
    )
    return gpd.GeoDataFrame(
        {
            "id": [
                f"{segments['segment_id'].iloc[k]}-{n}"
                for k, group in enumerate(laid)
                for n in range(1, len(group) + 1)
            ],
            "building_id": segments["building_id"].to_numpy()[owner],
            "segment_id": segments["segment_id"].to_numpy()[owner],
            "orientation": [panel.orientation for panel in panels],
            "tilt_deg": [panel.tilt_deg for panel in panels],
            "azimuth_deg": [panel.azimuth_deg for panel in panels],
            "yearly_energy_kwh": each[owner],
        },
        geometry=gpd.points_from_xy([panel.centre[0] for panel in panels], [panel.centre[1] for panel in panels]),
        crs=segments.crs,
    )


def sum_buildings(buildings: gpd.GeoDataFrame, rated: gpd.GeoDataFrame, roofs: Roofs) -> gpd.GeoDataFrame:
    """Return one row per building: the sums of its planes, its best one, and how sure this is."""
    flags = roofs.quality.drop_duplicates("building_id").set_index("building_id")
    table = buildings.assign(id=buildings["id"].astype("string")).drop_duplicates("id").set_index("id", drop=False)
    weighted = rated.assign(energy=rated["irradiation_kwh_m2"] * rated["area_m2"])
    group = weighted.groupby("building_id", sort=False)
    sums = group[
        ["area_m2", "usable_area_m2", "panels", "kwp", "yield_p50_kwh", "yield_p90_kwh", "energy", *YIELD_MONTHS]
    ].sum()
    best = (
        weighted.sort_values("yield_p50_kwh", ascending=False).drop_duplicates("building_id").set_index("building_id")
    )
    counted = sums.reindex(table.index)
    summed = table.assign(
        footprint_m2=table.area,
        segments=group.size().reindex(table.index).fillna(0).astype(int),
        roof_area_m2=counted["area_m2"],
        irradiation_kwh_m2=counted["energy"] / counted["area_m2"],
        best_segment=best["segment_id"].reindex(table.index),
        best_irradiation_kwh_m2=best["irradiation_kwh_m2"].reindex(table.index),
        suitability=best["suitability"].reindex(table.index).fillna("unknown"),
        quality=flags["quality"].reindex(table.index),
        quality_note=flags["notes"].reindex(table.index),
        **{
            name: counted[name]
            for name in ("usable_area_m2", "panels", "kwp", "yield_p50_kwh", "yield_p90_kwh", *YIELD_MONTHS)
        },
    )
    return gpd.GeoDataFrame(summed.reset_index(drop=True), geometry="geometry", crs=buildings.crs)
