"""Net area of a site: its outline without buildings, excluded zones, slopes and shade.

Each part is deducted once, in this order; the last two need a surface model under the whole site. Where a layer lacks,
nothing is deducted for it and the method says so: the figure is then an upper bound. A site without outline has no net
area. No official limit of slope or shade is known: the limits are the project's own. Vegetation stands as it is in the
surface model. Glossary: net area = surface nette; surface model = modèle numérique de surface.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, Field

from geo.brownfields.lie import Lie, Limits, Sky, lie_of, sky_over
from geo.mosaic import Mosaic
from geo.raw import RawFolder
from geo.sources import ac2, bdtopo, exclusions, inpn, lidar, quarter, weather_years
from geo.weather import Weather

COLUMNS: Final = ("drawn_area_m2", "net_area_m2", "built_area_m2", "excluded_area_m2", "steep_area_m2",
                  "shaded_area_m2", "slope_deg", "light_share")  # fmt: skip
UNSEEN: Final = Lie(np.nan, np.nan, np.nan, np.nan)


class Grounds(NamedTuple):
    """What is on and around sites, in Lambert-93; None where no provider's data is there."""

    buildings: gpd.GeoDataFrame | None = None
    excluded: gpd.GeoDataFrame | None = None
    surface: Mosaic | None = None
    terrain: Mosaic | None = None
    weather: Weather | None = None


class NetArea(BaseModel, frozen=True, extra="forbid"):
    """What is deducted.

    Attributes
    ----------
    building_buffer_m
        Kept free around buildings.
    limits
        Of slope and shade.
    """

    building_buffer_m: float = Field(default=5.0, ge=0, le=100)
    limits: Limits = Limits()


def load(raw: RawFolder, communes: gpd.GeoDataFrame) -> Grounds:
    """Read what is there of buildings, excluded zones, surface model and weather."""
    synthetic = quarter.present(raw)
    buildings = None
    if bdtopo.present(raw):
        buildings = bdtopo.read(raw)
    elif synthetic:
        buildings = quarter.read("buildings", raw)
    excluded = read_excluded(raw, communes)
    if not (lidar.present(raw) or synthetic):
        return Grounds(buildings, excluded)
    return Grounds(buildings, excluded, lidar.surface(raw), lidar.terrain(raw), weather_years.read(raw))


def read_excluded(raw: RawFolder, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return where nothing may be built: classified sites, nature reserves, and zones that planners exclude."""
    classified, nature, excluded = ac2.read(raw, communes), inpn.read(raw), exclusions.read(raw)
    found = [
        None if classified is None else classified[classified["kind"] == "classified"],
        None if nature is None else nature[nature["kind"] == "reserve"],
        excluded,
    ]
    tables = [table[["geometry"]] for table in found if table is not None]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True)) if tables else None


def with_net_area(sites: gpd.GeoDataFrame, grounds: Grounds, settings: NetArea) -> gpd.GeoDataFrame:
    """Return the sites with the columns of `COLUMNS`, `area_status`, `net_area_status` and `net_area_method`."""
    outlined = (sites.geometry.geom_type != "Point").to_numpy()
    sky = sky_over(grounds.surface, grounds.weather) if outlined.any() else None
    drawn = pd.DataFrame(
        [figures_of(shape, grounds, sky, settings) for shape in sites.geometry.to_numpy()[outlined]],
        columns=list(COLUMNS), index=sites.index[outlined], dtype="float64",
    )  # fmt: skip
    figures = drawn.reindex(sites.index)
    stated = np.where(sites["area_m2"].notna(), "stated", "unknown")
    return sites.assign(
        **{column: figures[column] for column in COLUMNS},
        area_status=np.where(outlined, "drawn", stated),
        net_area_status=np.where(outlined, "derived", "unknown"),
        net_area_method=methods(figures, grounds).where(outlined),
    )


def figures_of(shape: shapely.Geometry, grounds: Grounds, sky: Sky | None, settings: NetArea) -> tuple[float, ...]:
    """Return the figures of one outline in the order of `COLUMNS`; NaN where a layer lacks."""
    built = grounds.buildings if covers(grounds.buildings, shape) else None
    free = minus(shape, built, settings.building_buffer_m)
    usable = minus(free, grounds.excluded, 0.0)
    area_m2, free_m2, usable_m2 = (float(each) for each in shapely.area([shape, free, usable]))
    lie = lie_of(usable, grounds.surface, grounds.terrain, sky, settings.limits) or UNSEEN
    return (
        area_m2,
        usable_m2 * (1.0 - float(np.nansum(lie[:2]))),
        np.nan if built is None else area_m2 - free_m2,
        np.nan if grounds.excluded is None else free_m2 - usable_m2,
        usable_m2 * lie.steep_share,
        usable_m2 * lie.shaded_share,
        lie.slope_deg,
        lie.light_share,
    )


def minus(shape: shapely.Geometry, layer: gpd.GeoDataFrame | None, buffer_m: float) -> shapely.Geometry:
    """Return an outline without the shapes of a layer, widened by a distance."""
    if layer is None or shape.is_empty:
        return shape
    near = layer.geometry.to_numpy()[layer.sindex.query(shape, predicate="dwithin", distance=buffer_m)]
    return shapely.difference(shape, shapely.union_all(shapely.buffer(near, buffer_m)))


def covers(buildings: gpd.GeoDataFrame | None, shape: shapely.Geometry) -> bool:
    """Tell whether a site lies in the box of the buildings: beyond it, their absence tells nothing."""
    return buildings is not None and shapely.box(*buildings.total_bounds).intersects(shape)


def methods(figures: pd.DataFrame, grounds: Grounds) -> pd.Series:
    """Return in French what was deducted from each site and what could not be."""
    built = figures["built_area_m2"].notna().map({True: "bâti : déduit", False: "bâti : non déduit, données absentes"})
    excluded = "non déduites, données absentes" if grounds.excluded is None else "déduites"
    seen = figures["slope_deg"].notna().map({True: "pente et ombre déduites", False: "pente et ombre inconnues"})
    return (built + f" ; zones exclues : {excluded} ; " + seen).astype("string")
