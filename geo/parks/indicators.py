"""Indicators of the Chaîne des Parcs: who lives near an entrance, how much park and way each commune has.

Two measures stand side by side: as the crow flies, and along the ways that are known (cavaliers, greenways, imported
paths). Without streets the second is a lower bound. Glossary: dPC = the part of the probability of connectivity that
is lost with one park.
"""

from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from geo.catalogue.access import COMMUNE_ACCESS
from geo.kernels.connectivity import connection_probability, patch_importance
from geo.parks import population
from geo.parks.population import Population, points_of
from geo.parks.walking import Start, WalkingNet, park_distances, start_from, walking_net, walks
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

LAYER = COMMUNE_ACCESS
CLOSED = ("project", "works")
"""States of parks that nobody can visit yet."""
ESTIMATED = ("circle", "point")
METRES_PER_MINUTE = 1000.0 / 60.0


class Inputs(NamedTuple):
    """The products of the parks, their entrances and ways, the communes, and where people live."""

    parks: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    greenways: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    people: Population


class Params(BaseModel, frozen=True, extra="forbid"):
    """What counts as near.

    Attributes
    ----------
    near_m
        As the crow flies: the distance within which the World Health Organization's regional office for Europe (Urban
        green spaces: a brief for action, 2017) wants green space near homes.
    minutes, speed_km_h
        Of a walk. The speed is an assumption for people of all ages.
    detour
        Metres walked per metre as the crow flies, from a home to the nearest known way. An assumption.
    most_offset_m
        Homes farther from every known way have no walk along them.
    median_m
        Way between two parks that half of the walkers make: for the connectivity. An assumption.
    """

    near_m: float = Field(default=300.0, gt=0, le=5000)
    minutes: float = Field(default=10.0, gt=0, le=120)
    speed_km_h: float = Field(default=4.5, gt=0, le=10)
    detour: float = Field(default=1.3, ge=1, le=3)
    most_offset_m: float = Field(default=300.0, ge=0, le=5000)
    median_m: float = Field(default=1000.0, gt=0)

    @property
    def walk_m(self) -> float:
        """Return how far one walks in the minutes."""
        return self.minutes * self.speed_km_h * METRES_PER_MINUTE


class Served(NamedTuple):
    """Part of each cell, 0 to 1, that each park serves; all of shape (parks, cells)."""

    near: Floats
    straight: Floats
    network: Floats


def load(raw: RawFolder) -> Inputs:
    """Read the finished layers, and the squares of population where they are present."""
    communes = raw.product("communes")
    return Inputs(
        parks=raw.product("parks"),
        entrances=raw.product("park_entrances"),
        greenways=raw.product("greenways"),
        communes=communes,
        people=population.read(raw, communes),
    )


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per commune; one per park beside it."""
    parks = inputs.parks.sort_values("id").reset_index(drop=True)
    doors = inputs.entrances[inputs.entrances["park_id"].isin(parks["id"])]
    net = walking_net(inputs.greenways, doors)
    served = serve(parks, doors, net, inputs.people, params)
    open_to_all = ~parks["state"].isin(CLOSED).to_numpy()
    union = Served(*(part[open_to_all].max(axis=0, initial=0.0) for part in served))
    by_commune = commune_rows(inputs, parks[open_to_all], doors, union)
    by_park = park_rows(inputs, parks, doors, served, params.near_m).assign(dpc=connectivity(parks, net, params))
    return Outcome(by_commune, notes(inputs.people, parks), {"park_access": by_park})


def serve(
    parks: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, net: WalkingNet, people: Population, params: Params
) -> Served:
    """Return which part of each cell lives near each park."""
    cells = people.cells.geometry.to_numpy()
    tree = shapely.STRtree(cells)
    near, straight, network = (np.zeros((len(parks), len(cells))) for _ in range(3))
    for row, park in enumerate(parks["id"]):
        points = doors.geometry[doors["park_id"] == park].to_numpy()
        if len(points):
            near[row] = covered(cells, tree, points, params.near_m)
            straight[row] = covered(cells, tree, points, params.walk_m)
    if net.parks:
        place = points_of(people.cells)
        start = start_from(net, place.reshape(-1, 2))
        known = {park: row for row, park in enumerate(parks["id"])}
        for park, distance in zip(net.parks, each_park(net, start, params), strict=True):
            network[known[park]] = (distance <= params.walk_m).reshape(place.shape[:2]).mean(axis=1)
    return Served(near, straight, network)


def each_park(net: WalkingNet, start: Start, params: Params) -> Floats:
    """Return the walk from every place to every park; infinite beyond the minutes."""
    to_parks = park_distances(net, limit_m=params.walk_m)
    return walks(start, to_parks, detour=params.detour, most_offset_m=params.most_offset_m)


def covered(cells: Geometries, tree: shapely.STRtree, points: Geometries, reach_m: float) -> Floats:
    """Return the part of each cell's area within a distance of the points."""
    area = shapely.union_all(shapely.buffer(points, reach_m, quad_segs=16))
    part = np.zeros(len(cells))
    hit = tree.query(area, predicate="intersects")
    part[hit] = shapely.area(shapely.intersection(cells[hit], area)) / shapely.area(cells[hit])
    return part


def commune_rows(inputs: Inputs, parks: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, union: Served) -> gpd.GeoDataFrame:
    """Return the indicators of every commune; `union` is of shape (cells,)."""
    communes = inputs.communes.sort_values("id").reset_index(drop=True)
    sums = commune_sums(inputs.people, union).reindex(communes["id"])
    people = sums["people"].to_numpy()
    estimated = parks["perimeter_source"].isin(ESTIMATED)
    park_m2 = area_within(parks.geometry, communes.geometry)
    counts = doors["insee"].fillna("").str.split("|").str[0].value_counts()
    beyond = sums["people"] - sums["people_300m"]
    return communes.assign(
        population=people,
        population_origin=inputs.people.origin,
        **{name: sums[name].to_numpy() for name in ("people_300m", "people_10min_straight", "people_10min_network")},
        share_300m=percent(sums["people_300m"], people),
        share_10min_straight=percent(sums["people_10min_straight"], people),
        share_10min_network=percent(sums["people_10min_network"], people),
        living_standard_300m_eur=ratio(sums["living_300m"], sums["people_300m"]),
        living_standard_beyond_eur=ratio(sums["living"] - sums["living_300m"], beyond),
        poor_households_300m=sums["poor_300m"].to_numpy(),
        poor_households=sums["poor"].to_numpy(),
        park_m2=park_m2,
        park_estimated_m2=area_within(parks.geometry[estimated], communes.geometry),
        park_m2_per_head=ratio(pd.Series(park_m2), people),
        greenway_m=length_within(inputs.greenways, communes.geometry),
        entrances=communes["id"].map(counts).fillna(0).astype("Int64"),
        source=inputs.communes["source"].iloc[0],
        certainty="estimated",
    )


def commune_sums(people: Population, union: Served) -> pd.DataFrame:
    """Return people, and those served, by commune."""
    cells = people.cells
    known = {name: cells[name].astype("float64") for name in ("people", "poor_households", "living_standards_eur")}
    columns = {
        "people": known["people"],
        "people_300m": known["people"] * union.near,
        "people_10min_straight": known["people"] * union.straight,
        "people_10min_network": known["people"] * union.network,
        "living": known["living_standards_eur"],
        "living_300m": known["living_standards_eur"] * union.near,
        "poor": known["poor_households"],
        "poor_300m": known["poor_households"] * union.near,
    }
    return pd.DataFrame(columns).groupby(cells["insee"].to_numpy()).sum(min_count=1)


def park_rows(
    inputs: Inputs, parks: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, served: Served, near_m: float
) -> gpd.GeoDataFrame:
    """Return the indicators of every park."""
    people = inputs.people.cells["people"].to_numpy(dtype=np.float64)
    counts = doors["park_id"].value_counts()
    around = parks.geometry.buffer(near_m)
    area_m2 = parks["area_m2"].astype("float64")
    within = served.straight @ people
    return parks.assign(
        people_300m=served.near @ people,
        people_10min_straight=within,
        people_10min_network=served.network @ people,
        population_origin=inputs.people.origin,
        m2_per_head_10min=ratio(area_m2, within),
        entrances=parks["id"].map(counts).fillna(0).astype("Int64"),
        greenway_near_m=length_within(inputs.greenways, around),
    )


def connectivity(parks: gpd.GeoDataFrame, net: WalkingNet, params: Params) -> Floats:
    """Return the percentage of the probability of connectivity that goes with each park."""
    area_m2 = parks["area_m2"].astype("float64").fillna(0.0).to_numpy()
    return patch_importance(area_m2, chances(parks, net, params))


def chances(parks: gpd.GeoDataFrame, net: WalkingNet, params: Params) -> Floats:
    """Return the probability of going from each park to each other along known ways, shape (parks, parks)."""
    way_m = np.full((len(parks), len(parks)), np.inf)
    rows = [int(np.flatnonzero(parks["id"] == park)[0]) for park in net.parks]
    if rows:
        to_parks = park_distances(net, limit_m=np.inf)
        for number, row in enumerate(rows):
            mine = net.park == number
            way_m[row, rows] = (to_parks[:, net.entrance_node[mine]] + net.entrance_leg_m[mine]).min(axis=1)
    np.fill_diagonal(way_m, 0.0)
    return connection_probability(np.minimum(way_m, way_m.T), median_m=params.median_m)


def area_within(areas: gpd.GeoSeries, outlines: gpd.GeoSeries) -> Floats:
    """Return how much of some areas, overlaps counted once, lies in each outline. Square metres."""
    union = shapely.union_all(areas[shapely.get_dimensions(areas.to_numpy()) == 2].to_numpy())  # noqa: PLR2004
    return np.asarray(shapely.area(shapely.intersection(outlines.to_numpy(), union)))


def length_within(ways: gpd.GeoDataFrame, outlines: gpd.GeoSeries) -> Floats:
    """Return the length of the lines in each outline. Metres."""
    lines = ways.geometry[shapely.get_dimensions(ways.geometry.to_numpy()) == 1].to_numpy()
    outline, line = shapely.STRtree(lines).query(outlines.to_numpy(), predicate="intersects")
    cut = shapely.length(shapely.intersection(lines[line], outlines.to_numpy()[outline]))
    return np.bincount(outline, weights=cut, minlength=len(outlines)).astype(np.float64)


def percent(part: pd.Series, whole: Any) -> Floats:  # noqa: ANN401 - array or series
    """Return 100 x part / whole; NaN where there is nothing."""
    return 100.0 * ratio(part, whole)


def ratio(part: pd.Series, whole: Any) -> Floats:  # noqa: ANN401 - array or series
    """Return part / whole; NaN where the whole is nothing."""
    above, below = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def notes(people: Population, parks: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return what a reader must know of these figures."""
    found = []
    if people.origin == "communes":
        reason = "people of communes spread by area for want of INSEE's squares: access is an estimate"
        found.append(Note(action="flagged", reason=reason, count=len(people.cells)))
    unknown = int((parks["state"].isna() | (parks["state"] == "unknown")).sum())
    if unknown:
        found.append(Note(action="flagged", reason="park of unknown state counted as open", count=unknown))
    return tuple(found)
