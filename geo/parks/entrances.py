"""Park entrances: where the known ways meet the perimeters of parks.

A way enters where it crosses or touches the perimeter, or comes to a dead end near it. A way that runs along the
perimeter, on it or to and fro across it, gives the two ends of that stretch. Places of one park that are close to each
other are one entrance. A park that no way meets has one assumed entrance: the point of its perimeter nearest to the
network. Entrances that are assumed, or stand on a perimeter which is itself a guess (a circle, a point), are estimates.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, NonNegativeFloat, PositiveFloat

from geo.catalogue import PARK_ENTRANCES
from geo.errors import MissingDataError
from geo.network.graph import locate
from geo.network.noding import Network
from geo.network.table import network_of
from geo.parks.meetings import Meeting, meetings, merged, nearest_place, perimeter, ways_of
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.vector import placed, require_lambert93

LAYER = PARK_ENTRANCES

GUESSED: Final = ("circle", "point")
"""Perimeters that are drawn from a stated area or a position alone."""


class Inputs(NamedTuple):
    """Parks with id, name, perimeter_source and origin; edges of the network; communes."""

    parks: gpd.GeoDataFrame
    greenways: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


class Params(BaseModel, frozen=True, extra="forbid"):
    """How near a way must end to reach a perimeter, and how near two places are one entrance. Metres."""

    reach_m: PositiveFloat = 15.0
    merge_m: NonNegativeFloat = 30.0


def load(raw: RawFolder) -> Inputs:
    """Read the parks, the greenways and the communes, as they were built."""
    return Inputs(raw.product("parks"), raw.product("greenways"), raw.product("communes"))


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per entrance, and a note on the parks that no known way meets."""
    parks = require_lambert93(inputs.parks, "parks").sort_values("id").reset_index(drop=True)
    ways = require_lambert93(inputs.greenways, "greenways")
    network = network_of(ways)
    if len(network.edges) == 0:
        raise MissingDataError("greenways holds no line; expected ways to enter from; put some into osm/ or greenways/")
    found = entrances(parks, network, params)
    table = on_network(found, network)
    return Outcome(placed(with_origin(table, ways), inputs.communes), unmet(found))


def entrances(parks: gpd.GeoDataFrame, network: Network, params: Params) -> gpd.GeoDataFrame:
    """Return the entrances of each park in clockwise order from the north, with the park's columns."""
    ways, edges = ways_of(network), shapely.STRtree(network.lines)
    rows, places = [], []
    for row, area in enumerate(parks.geometry):
        met = merged(meetings(area, ways, reach_m=params.reach_m), params.merge_m)
        if not met:
            outline = perimeter(area)
            met = [Meeting(nearest_place(outline, network.lines[edges.nearest(outline)]), "assumed")]
        around = clockwise(met, area)
        places += around
        rows += [(row, number) for number in range(1, len(around) + 1)]
    owner, ordinal = np.array(rows).T
    table = parks.iloc[owner].reset_index(drop=True)
    counter = pd.Series(ordinal).astype(str)
    return table.assign(
        park_id=table["id"],
        id=table["id"] + "-E" + counter,
        name=table["name"] + ", entrée " + counter,
        kind=[place.kind for place in places],
    ).set_geometry([place.point for place in places], crs=parks.crs)


def clockwise(met: list[Meeting], area: shapely.Geometry) -> list[Meeting]:
    """Return meetings by bearing from the middle of the area, from north through east."""
    middle = area.centroid
    turn = [np.degrees(np.arctan2(one.point.x - middle.x, one.point.y - middle.y)) % 360 for one in met]
    return [met[row] for row in np.lexsort(([one.point.distance(middle) for one in met], np.round(turn, 6)))]


def on_network(table: gpd.GeoDataFrame, network: Network) -> gpd.GeoDataFrame:
    """Return the entrances with the nearer node of their nearest edge, the distance to it, and that edge's row."""
    places = locate(network, table.geometry.to_numpy())
    nearer = places.to_nodes_m.argmin(axis=1)
    return table.assign(
        node=network.edges[places.edge, nearer], network_m=places.offset_m.round(3), way=network.way[places.edge]
    )


def with_origin(table: gpd.GeoDataFrame, ways: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the entrances with the origin of park and way together; what is assumed or guessed is an estimate."""
    beside = ways.iloc[table["way"]].reset_index(drop=True)
    guessed = (table["kind"] == "assumed") | table["perimeter_source"].isin(GUESSED)
    same = table["source"] == beside["source"]
    synthetic = table["synthetic"].astype(bool) | beside["synthetic"].astype(bool)
    certainty = table["certainty"].mask(guessed, "estimated").mask(synthetic, "synthetic")
    source = table["source"].where(same, table["source"] + " ; " + beside["source"])
    return table.assign(source=source, certainty=certainty, synthetic=synthetic)


def unmet(table: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return a note on the parks whose entrance is assumed."""
    assumed = table[table["kind"] == "assumed"]
    if assumed.empty:
        return ()
    reason = "no known way meets the park; one entrance is assumed where its perimeter is nearest to the network"
    return (Note(action="flagged", reason=reason, count=len(assumed), example=str(assumed["park_id"].iloc[0])),)
