"""What a plan stands on: the network, who walks on it, what signs are needed for."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat

from geo.crs import LAMBERT93
from geo.raw import RawFolder
from geo.signage.candidates import ASKED, CLOSED, TYPES
from geo.signage.content import speaks
from geo.signage.flows import Flows, arrivals, attraction, flows, residents, shares, with_visitors
from geo.signage.needs import Wishes, needs
from geo.signage.steps import Step, Tell, silent
from geo.signage.unreached import with_unreached
from geo.signage.ways import SignNet, Trees, sign_net, trees, with_posts
from geo.sources import places


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What a planner may choose; distances in metres, shares from 0 to 1."""

    region_rate: float = Field(default=0.5, ge=0, le=1)
    owner_rate: float = Field(default=0.0, ge=0, le=1)
    least_epci_share: dict[str, float] = Field(default_factory=dict)
    discount: float = Field(default=0.9, gt=0, le=1)
    priorities: dict[str, float] = Field(default_factory=dict)
    assume_open: bool = False
    rules_everywhere: bool = False
    information: float = Field(default=0.5, ge=0, le=10)
    sight_m: PositiveFloat = 25.0
    gap_m: PositiveFloat = 1_000.0
    most_leg_m: NonNegativeFloat = 300.0
    home_m: PositiveFloat = 1_000.0
    cell_m: PositiveFloat = 500.0
    scale_m: PositiveFloat = 3_000.0
    most_walk_m: PositiveFloat = 15_000.0
    optimality_gap: float = Field(default=0.001, ge=0, lt=1)
    time_limit_s: PositiveFloat = 60.0


class Inputs(NamedTuple):
    """Layers as they were built, and the prices of sign types; `squares` and `places` where they are known.

    `squares` are those of `geo.sources.insee_squares`, `places` those of `geo.sources.places`.
    """

    parks: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    greenways: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    signs: gpd.GeoDataFrame
    types: pd.DataFrame
    squares: gpd.GeoDataFrame | None = None
    places: gpd.GeoDataFrame | None = None


class Study(NamedTuple):
    """The network and what walks on it.

    `signs` are the known ones with `node`, where a requested mast would stand (-1: nowhere that it has something to
    say, and for other signs); `people_from` tells where people are known to live; `names` are those of destinations.
    """

    net: SignNet
    trees: Trees
    flow: Flows
    needs: gpd.GeoDataFrame
    signs: gpd.GeoDataFrame
    people_from: str
    names: pd.Series


def study(inputs: Inputs, settings: Settings, *, tell: Tell = silent) -> Study:
    """Return the network, the shortest ways, the flows and the needs."""
    tell(Step("network", 0.0))
    views = views_of(inputs.places)
    doors = doors_of(inputs.entrances, views)
    net = sign_net(inputs.greenways, doors, most_leg_m=settings.most_leg_m)
    net, signs = with_requested_masts(net, inputs.signs)
    tell(Step("shortest ways", 0.1, f"{len(net.network.edges)} edges, {len(net.parks)} destinations"))
    found = trees(net)
    people, people_from = residents(inputs.communes, inputs.squares, inputs.places, cell_m=settings.cell_m)
    tell(Step("flows", 0.2, f"{len(people)} places where people live, from {people_from}"))
    home = arrivals(net, people, most_offset_m=settings.home_m)
    came = with_visitors(home, net, inputs.places, most_offset_m=settings.home_m)
    draw = attraction(inputs.parks, views).reindex(net.parks).to_numpy(dtype=np.float64)
    visits = shares(found, draw, came, scale_m=settings.scale_m, most_m=settings.most_walk_m)
    flow = flows(net, found, came, visits)
    tell(Step("needs", 0.3))
    table = with_unreached(needs(net, found, doors, flow, wishes(inputs, settings)), net, came)
    states = inputs.parks.set_index("id")["state"]
    table = table.assign(closed=table["park_id"].map(states).isin(CLOSED))
    says = speaks(found)[signs["node"].to_numpy()]
    signs = signs.assign(node=signs["node"].where(says, -1))
    return Study(net, found, flow, table, signs, people_from, names_of(inputs.parks, views))


def network_of_layers(raw: RawFolder, *, most_leg_m: float) -> tuple[SignNet, pd.Series]:
    """Return today's network from the layers as they were built, and the names of its destinations, by id."""
    views = views_of(places.read(raw))
    doors = doors_of(raw.product("park_entrances"), views)
    net = sign_net(raw.product("greenways"), doors, most_leg_m=most_leg_m)
    return net, names_of(raw.product("parks"), views)


def views_of(known: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Return the belvederes among the places."""
    if known is None:
        return gpd.GeoDataFrame({name: [] for name in ("id", "name", "weight")}, geometry=[], crs=LAMBERT93)
    return gpd.GeoDataFrame(known[known["kind"] == "belvedere"].reset_index(drop=True))


def doors_of(entrances: gpd.GeoDataFrame, views: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return where destinations are reached: the entrances of parks, then belvederes; park_id, kind, point."""
    gates = entrances[["park_id", "geometry"]].assign(kind="entrance")
    sights = views[["id", "geometry"]].rename(columns={"id": "park_id"}).assign(kind="view")
    return gpd.GeoDataFrame(pd.concat([gates, sights], ignore_index=True), crs=entrances.crs)


def names_of(parks: gpd.GeoDataFrame, views: gpd.GeoDataFrame) -> pd.Series:
    """Return the name of each destination, by id."""
    every = pd.concat([parks[["id", "name"]], views[["id", "name"]]], ignore_index=True)
    return pd.Series(every["name"].to_numpy(), index=every["id"].to_numpy())


def wishes(inputs: Inputs, settings: Settings) -> Wishes:
    """Return what the planner wishes for beside turns and entrances."""
    told = inputs.parks["state"].isin(open_states(assume_open=settings.assume_open)) & settings.rules_everywhere
    parking = np.empty(0, dtype=object)
    if inputs.places is not None:
        parking = inputs.places.geometry[inputs.places["kind"] == "parking"].to_numpy()
    return Wishes(settings.gap_m, settings.information, tuple(inputs.parks["id"][told]), parking)


def open_states(*, assume_open: bool) -> tuple[str, ...]:
    """Return the states of the parks that are to be signed first."""
    return ("open", "unknown") if assume_open else ("open",)


def with_requested_masts(net: SignNet, signs: gpd.GeoDataFrame) -> tuple[SignNet, gpd.GeoDataFrame]:
    """Return the network with a node at each mast that is asked for, and the signs with that `node`, else -1."""
    masts = (signs["status"].isin(ASKED) & (signs["type"] == TYPES["decision"])).to_numpy(dtype=bool)
    net, at = with_posts(net, signs.geometry.to_numpy()[masts])
    node = np.full(len(signs), -1)
    node[masts] = at
    return net, gpd.GeoDataFrame(signs.assign(node=node))
