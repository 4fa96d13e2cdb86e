"""What is known of each brownfield: one row a site and criterion, with its source, date, and whether it is read.

`observed` is read in an inventory, `derived` computed from a layer, `unknown` neither: a layer that is not there tells
nothing, and nothing is filled in. Criteria are those of `criteria.toml`, and the capacity that the nearest substation
has left. Glossary: net area = surface nette; substation = poste source.
"""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, Field

from geo.brownfields import told
from geo.brownfields.criteria import criteria
from geo.brownfields.surroundings import covered, nearest, share_within, strongest
from geo.catalogue import BROWNFIELD_FACTS
from geo.light.production import hourly_yield
from geo.pipeline import Outcome
from geo.raw import RawFolder
from geo.sources import (
    ac2,
    georisques,
    grid,
    inpn,
    polluted,
    roads,
    town_centres,
    unesco,
    weather_years,
)
from geo.weather import Weather

LAYER = BROWNFIELD_FACTS
REMAINING: Final = "remaining_capacity_mw"
HERITAGE: Final = ("classified_site", "unesco_property", "registered_site", "unesco_buffer")
NATURE: Final = ("reserve", "natura_2000", "znieff_1", "znieff_2")
FLOOD: Final = ("high", "medium", "low")
M2_PER_HA: Final = 10_000.0
SUBSTATION_MARGIN_M: Final = 20_000.0
"""Substations are far apart: their layer still tells the nearest one that far beyond its box."""
M_PER_KM: Final = 1000.0
SOUTH_DEG: Final = 180.0
GREENWAY_HALF_WIDTH_M: Final = 5.0
"""Ground that a way needs on each side of its line: a project's own figure."""
PARK_LAYERS: Final = "Chaîne des Parcs (parks, greenways)"


class Layers(NamedTuple):
    """What is around sites, in Lambert-93; None where no provider's data is there.

    Heritage, nature, flood: zones with `kind`. Lines, substations (`remaining_mw`), roads, centres, polluted sites;
    parks and greenways as areas. The weather year and the place (longitude, latitude) that it stands for.
    """

    heritage: gpd.GeoDataFrame | None = None
    nature: gpd.GeoDataFrame | None = None
    flood: gpd.GeoDataFrame | None = None
    lines: gpd.GeoDataFrame | None = None
    substations: gpd.GeoDataFrame | None = None
    roads: gpd.GeoDataFrame | None = None
    centres: gpd.GeoDataFrame | None = None
    polluted: gpd.GeoDataFrame | None = None
    chain: gpd.GeoDataFrame | None = None
    weather: Weather | None = None
    center: tuple[float, float] = (0.0, 0.0)


class Inputs(NamedTuple):
    """The inventory, and what is around its sites."""

    sites: gpd.GeoDataFrame
    layers: Layers


class Params(BaseModel, frozen=True, extra="forbid"):
    """How near counts. No official distance is known for any: they are the project's own.

    Attributes
    ----------
    near_nature_m
        From a protected zone, for a site to be near it.
    polluted_m
        From the point of a polluted site, for a brownfield to be that site.
    town_centre_m
        From a town centre, for a site to be in it.
    rack_tilt_deg
        Of the modules, which face south.
    planning_mwc_per_ha
        Power that net ground carries, to compare with what a substation has left.
    """

    near_nature_m: float = Field(default=500.0, ge=0)
    polluted_m: float = Field(default=50.0, ge=0)
    town_centre_m: float = Field(default=300.0, ge=0)
    rack_tilt_deg: float = Field(default=25.0, ge=0, le=60)
    planning_mwc_per_ha: float = Field(default=1.0, gt=0, le=2)


class Column(NamedTuple):
    """One criterion of all sites: values (missing is unknown), source and date of each, observed or derived."""

    criterion: str
    values: pd.Series
    source: pd.Series | str
    date: pd.Series | str
    status: str = "derived"


def load(raw: RawFolder) -> Inputs:
    """Read the finished layers and every optional source."""
    communes = raw.product("communes")
    layers = Layers(
        heritage=heritage_of(unesco.read_protections(raw), ac2.read(raw, communes)),
        nature=inpn.read(raw),
        flood=georisques.read(raw),
        lines=grid.read_lines(raw),
        substations=grid.read_substations(raw),
        roads=roads.read(raw),
        centres=town_centres.read(raw),
        polluted=polluted.read(raw),
        chain=chain_of(raw.product("parks"), raw.product("greenways")),
        weather=weather_years.read(raw),
        center=raw.territory.center,
    )
    return Inputs(raw.product("brownfields"), layers)


def heritage_of(unesco_zones: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Return protected zones with the codes of the criterion; None unless both providers are there to say "none"."""
    if unesco_zones is None or sites is None:
        return None
    world = unesco_zones["protection"].map({"inscribed": "unesco_property", "buffer": "unesco_buffer"})
    listed = sites["kind"].map({"classified": "classified_site", "listed": "registered_site"})
    tables = [unesco_zones[["geometry"]].assign(kind=world), sites[["geometry"]].assign(kind=listed)]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True))


def chain_of(parks: gpd.GeoDataFrame, greenways: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """Return parks with a drawn outline, and greenways widened to their ground; None when there is none.

    Circles of a stated area show no ground, so they are left out.
    """
    drawn = parks[(parks.geom_type != "Point") & (parks["perimeter_source"] != "circle")]
    ways = greenways.geometry.buffer(GREENWAY_HALF_WIDTH_M)
    areas = pd.concat([drawn.geometry, ways], ignore_index=True)
    return gpd.GeoDataFrame(geometry=areas, crs=parks.crs) if len(areas) else None


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per site and criterion, unknown ones included."""
    sites = inputs.sites.reset_index(drop=True)
    columns = {column.criterion: column for column in known(sites, inputs.layers, params)}
    units = {each.id: each.unit for each in criteria()} | {REMAINING: "MW"}
    return Outcome(long_table(sites, (columns.get(name) or nothing(name, sites) for name in units), units))


def known(sites: gpd.GeoDataFrame, layers: Layers, params: Params) -> Iterator[Column]:
    """Yield every criterion that an inventory or a layer tells."""
    yield from of_inventories(sites)
    yield from of_the_ground(sites, layers, params)
    yield pollution(sites, layers.polluted, params)
    yield from of_zones(sites, layers, params)
    yield from of_the_grid(sites, layers, params)
    if layers.roads is not None and len(layers.roads):
        yield Column("road_m", distance(sites, layers.roads), roads.BDTOPO.holder, "")
    if layers.centres is not None:
        inside = strongest(sites, layers.centres.assign(kind="yes"), ["yes"], within_m=params.town_centre_m)
        yield Column("town_centre", silent(inside, "no", sites, layers.centres), town_centres.CREDIT.holder, "")
    if layers.chain is not None:
        share = share_within(sites, layers.chain, sites["area_m2"])
        yield Column("park_share", pd.Series(share, index=sites.index), PARK_LAYERS, "")


def of_inventories(sites: gpd.GeoDataFrame) -> Iterator[Column]:
    """Yield what inventories tell."""
    observed = {
        "zoning": told.coded(sites["zone_type"], told.ZONES),
        "owner": sites["owner"],
        "building_state": told.building_state(sites),
        "acceleration_zone": told.coded(sites["renewables_zone"].str.lower(), told.ACCELERATION),
    }
    for criterion, values in observed.items():
        yield Column(criterion, values, sites["source"], sites["updated"], "observed")


def of_the_ground(sites: gpd.GeoDataFrame, layers: Layers, params: Params) -> Iterator[Column]:
    """Yield area, slope, buildings and yield; a stated area stands for an unknown net one and says so."""
    drawn = sites["area_status"].eq("drawn")
    area_ha = sites["net_area_m2"].where(drawn, sites["area_m2"]) / M2_PER_HA
    how = sites["net_area_method"].where(drawn, "surface déclarée, rien n'est déduit (majorant)")
    method = sites["source"] + " : " + how
    yield Column("net_area_ha", area_ha, method, sites["updated"])
    yield Column("slope_deg", sites["slope_deg"], "modèle de terrain ou de surface", "")
    yield Column("built_share", sites["built_area_m2"] / sites["drawn_area_m2"], "emprises bâties et abords", "")
    if layers.weather is not None:
        share = sites["light_share"].astype("float64")
        plain = open_yield(layers.weather, layers.center, params.rack_tilt_deg) if share.notna().any() else np.nan
        source = f"{layers.weather.source} ; part de la lumière reçue par un sol plat, sur le modèle de surface"
        yield Column("yield_kwh_per_kwp", share * plain, source, layers.weather.period)


def open_yield(weather: Weather, center: tuple[float, float], tilt_deg: float) -> float:
    """Return the yearly yield of unshaded modules that face south. kWh/kWc."""
    longitude_deg, latitude_deg = center
    hours = hourly_yield(
        weather, tilt_deg=tilt_deg, azimuth_deg=SOUTH_DEG, latitude_deg=latitude_deg, longitude_deg=longitude_deg
    )
    return float(hours.sum())


def pollution(sites: gpd.GeoDataFrame, near: gpd.GeoDataFrame | None, params: Params) -> Column:
    """Return pollution as inventories tell it; where they do not, that of a polluted site at the place."""
    observed = told.pollution(sites)
    if near is None:
        return Column("pollution", observed, sites["source"], sites["updated"], "observed")
    found = strongest(sites, near.assign(kind="proven"), ["proven"], within_m=params.polluted_m)
    source = sites["source"].where(observed.notna(), polluted.CREDIT.holder)
    return Column("pollution", observed.fillna(found), source, sites["updated"].where(observed.notna()), "observed")


def of_zones(sites: gpd.GeoDataFrame, layers: Layers, params: Params) -> Iterator[Column]:
    """Yield protections and flood: "outside" only where the layer is there to say so."""
    if layers.heritage is not None:
        source = f"{unesco.CREDIT.holder} ; {ac2.CREDIT.holder} (abords des monuments non fournis)"
        yield Column(
            "heritage", silent(strongest(sites, layers.heritage, HERITAGE), "none", sites, layers.heritage), source, ""
        )
    if layers.nature is not None:
        near = layers.nature.assign(kind="near")
        around = silent(strongest(sites, near, ["near"], within_m=params.near_nature_m), "outside", sites, near)
        yield Column("nature", strongest(sites, layers.nature, NATURE).fillna(around), inpn.CREDIT.holder, "")
    if layers.flood is not None:
        found = strongest(sites, layers.flood, FLOOD)
        yield Column("flood", silent(found, "outside", sites, layers.flood), georisques.CREDIT.holder, "")


def of_the_grid(sites: gpd.GeoDataFrame, layers: Layers, params: Params) -> Iterator[Column]:
    """Yield distances to the grid and the nearest substation, and what that one can still take."""
    if layers.lines is not None and len(layers.lines):
        yield Column("grid_km", distance(sites, layers.lines) / M_PER_KM, grid.LINES.holder, "")
    if layers.substations is not None and len(layers.substations):
        row, metres = nearest(sites, layers.substations)
        there = covered(sites, layers.substations, margin_m=SUBSTATION_MARGIN_M)
        left = pd.Series(layers.substations["remaining_mw"].to_numpy()[row], index=sites.index).where(there)
        area_ha = sites["net_area_m2"].fillna(sites["area_m2"]) / M2_PER_HA
        power_mwc = (area_ha * params.planning_mwc_per_ha).where(lambda value: value > 0)
        holder = grid.SUBSTATIONS.holder
        yield Column("substation_km", pd.Series(metres, index=sites.index).where(there) / M_PER_KM, holder, "")
        yield Column(REMAINING, left, holder, "", "observed")
        yield Column("capacity_ratio", left / power_mwc, f"{holder} ; {params.planning_mwc_per_ha:g} MWc/ha", "")


def distance(sites: gpd.GeoDataFrame, things: gpd.GeoDataFrame) -> pd.Series:
    """Return how far the nearest thing is, in metres; unknown beyond the layer."""
    return pd.Series(nearest(sites, things)[1], index=sites.index).where(covered(sites, things))


def silent(found: pd.Series, otherwise: str, sites: gpd.GeoDataFrame, layer: gpd.GeoDataFrame) -> pd.Series:
    """Return what was found, and what the layer's silence means where the layer reaches."""
    return found.mask(found.isna() & covered(sites, layer), otherwise)


def nothing(criterion: str, sites: gpd.GeoDataFrame) -> Column:
    """Return a criterion of which nothing is known."""
    return Column(criterion, pd.Series(pd.NA, index=sites.index, dtype="string"), "", "", "unknown")


def long_table(sites: gpd.GeoDataFrame, columns: Iterable[Column], units: dict[str, str]) -> gpd.GeoDataFrame:
    """Return the criteria below each other, sites in their order, each with its criteria in theirs."""
    points = sites.geometry.representative_point()
    about = sites[["name", "insee", "commune", "certainty", "synthetic"]].assign(site_id=sites["id"])
    tables = []
    for place, column in enumerate(columns):
        given = column.values.notna()
        tables.append(
            about.assign(
                id=sites["id"] + ":" + column.criterion,
                criterion=column.criterion,
                value=as_text(column.values),
                unit=units[column.criterion],
                source=pd.Series(column.source, index=sites.index, dtype="string").where(given),
                date=pd.Series(column.date, index=sites.index, dtype="string").where(given).replace("", pd.NA),
                status=np.where(given, column.status, "unknown"),
                geometry=points,
                place=place,
                row=range(len(sites)),
            )
        )
    table = pd.concat(tables, ignore_index=True).sort_values(["row", "place"], kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(table.drop(columns=["row", "place"]), geometry="geometry", crs=sites.crs)


def as_text(values: pd.Series) -> pd.Series:
    """Return codes as they are, numbers with up to eight figures; missing stays missing."""
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64").map(lambda value: f"{value:.8g}", na_action="ignore").astype("string")
    return values.astype("string")
