"""Who walks where: people on their shortest ways from home, station or car park to parks, and through which junctions.

A gravity model, an estimate by nature: the people of each arrival are shared among the parks in reach in proportion to
attraction times exp(-distance / scale). Attraction is the square root of a park's area in hectares (a park four times
as large draws twice as many); parks of unknown area count as the median of the known. Reference: D. L. Huff (1964), A
probabilistic solution of shopping center trade area; exponential deterrence after A. G. Wilson (1967).
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.network.graph import locate
from geo.signage.ways import Floats, Ints, SignNet, Trees, bearing_table, bearings_of, turn

SQUARE_M_PER_HA: Final = 10_000.0
STOPS: Final = ("station", "parking")
"""Kinds of places where visitors arrive who live elsewhere."""
UNKNOWN_TURN_DEG: Final = 90.0
"""Of those who come onto the network at the junction itself."""


class Arrivals(NamedTuple):
    """Where people come onto the network: node, people, and metres from where they live to that node."""

    node: Ints
    people: Floats
    leg_m: Floats


class Flows(NamedTuple):
    """People who pass, one visit each: by node, by edge (as pairs of nodes), by turn, and by entrance.

    `turns` has the columns back, node, onward, people, turn_deg; `steps` has node, onward, people; `to_node` is the
    people whose way ends at each node.
    """

    at_node: Floats
    to_node: Floats
    steps: pd.DataFrame
    turns: pd.DataFrame


def cells(communes: gpd.GeoDataFrame, *, cell_m: float) -> gpd.GeoDataFrame:
    """Return points on a grid, each with its equal share of its commune's people: an estimate, evenly spread.

    A commune that holds no point of the grid has one inside it; one whose people are unknown has none.
    """
    west, south, east, north = communes.total_bounds
    x, y = np.meshgrid(np.arange(west + cell_m / 2, east, cell_m), np.arange(south + cell_m / 2, north, cell_m))
    points = shapely.points(x.ravel(), y.ravel())
    outlines = communes.geometry.to_numpy()
    commune, point = shapely.STRtree(points).query(outlines, predicate="intersects")
    empty = np.setdiff1d(np.arange(len(communes)), commune)
    owner = np.concatenate([commune, empty])
    places = np.concatenate([points[point], shapely.point_on_surface(outlines[empty])])
    people = communes["population"].fillna(0).to_numpy(dtype=np.float64) / np.bincount(owner, minlength=len(communes))
    return gpd.GeoDataFrame({"people": people[owner]}, geometry=places, crs=communes.crs)


def residents(
    communes: gpd.GeoDataFrame, squares: gpd.GeoDataFrame | None, places: gpd.GeoDataFrame | None, *, cell_m: float
) -> tuple[gpd.GeoDataFrame, str]:
    """Return points where people live, and what tells it.

    That is the settlements of `places` where there are any, else INSEE's squares, else the communes, evenly spread.
    """
    if places is not None and len(settled := places[places["kind"] == "settlement"]):
        return gpd.GeoDataFrame({"people": settled["weight"]}, geometry=settled.geometry), "settlements"
    if squares is not None:
        return gpd.GeoDataFrame({"people": squares["people"]}, geometry=squares.geometry.centroid), "squares"
    return cells(communes, cell_m=cell_m), "communes"


def with_visitors(home: Arrivals, net: SignNet, places: gpd.GeoDataFrame | None, *, most_offset_m: float) -> Arrivals:
    """Return the arrivals with those at stations and car parks.

    One whose weight is unknown counts as the mean place where residents come onto the network.
    """
    if places is None or not len(stops := places[places["kind"].isin(STOPS)]):
        return home
    usual = float(home.people.mean()) if len(home.people) else 1.0
    people = gpd.GeoDataFrame({"people": stops["weight"].fillna(usual)}, geometry=stops.geometry)
    came = arrivals(net, people, most_offset_m=most_offset_m)
    return Arrivals(*(np.concatenate(both) for both in zip(home, came, strict=True)))


def arrivals(net: SignNet, people: gpd.GeoDataFrame, *, most_offset_m: float) -> Arrivals:
    """Return where people come onto the network: the nearer node of the nearest edge, within a distance of home."""
    places = locate(net.network, people.geometry.to_numpy())
    near = places.offset_m <= most_offset_m
    side = places.to_nodes_m.argmin(axis=1)
    rows = np.arange(len(side))
    node = net.network.edges[places.edge, side]
    leg_m = places.offset_m + places.to_nodes_m[rows, side]
    return Arrivals(node[near], people["people"].to_numpy(dtype=np.float64)[near], leg_m[near])


def attraction(parks: gpd.GeoDataFrame, views: gpd.GeoDataFrame) -> pd.Series:
    """Return how strongly each park and belvedere draws, by its id: the square root of its hectares.

    A belvedere's are its weight: those of a park that draws as much.
    """
    area_m2 = parks["area_m2"].astype("float64").fillna(parks["stated_area_m2"].astype("float64"))
    known = area_m2[area_m2 > 0]
    every = np.concatenate([area_m2.to_numpy(), views["weight"].to_numpy(dtype=np.float64) * SQUARE_M_PER_HA])
    every = np.where(every > 0, every, known.median() if len(known) else SQUARE_M_PER_HA)
    return pd.Series(np.sqrt(every / SQUARE_M_PER_HA), index=[*parks["id"], *views["id"]])


def shares(found: Trees, draw: Floats, came: Arrivals, *, scale_m: float, most_m: float) -> Floats:
    """Return the people of each arrival who go to each park, shape (parks, arrivals)."""
    way_m = found.distance_m[:, came.node] + came.leg_m
    pull = np.where(way_m <= most_m, draw[:, None] * np.exp(-np.minimum(way_m, most_m) / scale_m), 0.0)
    total = pull.sum(axis=0)
    share: Floats = np.divide(pull, total, out=np.zeros_like(pull), where=total > 0) * came.people
    return share


def flows(net: SignNet, found: Trees, came: Arrivals, visits: Floats) -> Flows:
    """Return the people who pass each node and take each turn, all on their shortest ways.

    Parameters
    ----------
    net, found
        The network, and the shortest ways to each park.
    came
        Where people start.
    visits
        People who go from each arrival to each park, shape (parks, arrivals).
    """
    number = len(net.network.nodes)
    at_node, to_node, parts = np.zeros(number), np.zeros(number), []
    for park in range(len(net.parks)):
        own: Floats = np.bincount(came.node, visits[park], minlength=number).astype(np.float64)
        passing = own.copy()
        onward, way_m = found.onward[park], found.distance_m[park]
        order = np.argsort(-np.where(np.isfinite(way_m), way_m, -1.0), kind="stable")
        for node in order[np.isfinite(way_m[order])]:
            if onward[node] >= 0:
                passing[onward[node]] += passing[node]
        at_node += passing
        to_node += np.where(onward < 0, passing, 0.0)
        parts.append(steps_of(onward, passing, own))
    empty = pd.DataFrame({name: pd.Series(dtype="float64") for name in ("back", "node", "onward", "people")})
    walked = pd.concat(parts, ignore_index=True) if parts else empty
    walked = walked.groupby(["back", "node", "onward"])[["people"]].sum().reset_index()
    steps = walked.groupby(["node", "onward"])[["people"]].sum().reset_index()
    return Flows(at_node, to_node, steps, with_turns(walked, bearing_table(net.network)))


def steps_of(onward: Ints, passing: Floats, own: Floats) -> pd.DataFrame:
    """Return the turns on the ways to one park: back, node, onward, people; back is -1 for those who start there."""
    node = np.flatnonzero((onward >= 0) & (passing > 0))
    through = pd.DataFrame({"back": node, "node": onward[node], "people": passing[node]})
    through = through.assign(onward=onward[through["node"].to_numpy(dtype=np.int64)])
    start = np.flatnonzero((onward >= 0) & (own > 0))
    begun = pd.DataFrame({"back": -1, "node": start, "people": own[start], "onward": onward[start]})
    return pd.concat([through[through["onward"] >= 0], begun], ignore_index=True)


def with_turns(walked: pd.DataFrame, bearings: pd.Series) -> pd.DataFrame:
    """Return the table with `turn_deg`, from -180 to 180; `UNKNOWN_TURN_DEG` for those who start there."""
    node, back, onward = (walked[name].to_numpy(dtype=np.int64) for name in ("node", "back", "onward"))
    come = back >= 0
    angle = np.full(len(walked), UNKNOWN_TURN_DEG)
    angle[come] = turn(bearings_of(bearings, node[come], back[come]), bearings_of(bearings, node[come], onward[come]))
    return walked.assign(turn_deg=angle)
