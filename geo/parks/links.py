"""Missing links of the greenway network: short gaps between its parts, ranked by what they gain for the parks.

A candidate is the shortest line between two components, no longer than a reach. Nothing is known of what lies there:
it says where to look, not what to build. Its gain is dPC, the growth of the probability of connectivity of the parks
(Saura and Pascual-Hortal 2007) by that link alone, with distances along the network. The median distance that sets how
fast the probability falls is a choice, 1 km by default: a quarter of an hour on foot at 4 km/h.
"""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, Field, PositiveFloat

from geo.catalogue import GREENWAY_LINKS
from geo.network.graph import components
from geo.network.noding import Network
from geo.network.table import network_of
from geo.parks.chain import Chain, Doors, Gaps, candidate_links, cheapest_chain, gains
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.vector import placed, require_lambert93

LAYER = GREENWAY_LINKS
Ints = NDArray[np.int64]


class Inputs(NamedTuple):
    """Edges of the network, entrances of parks, the parks with their areas and large parks, communes."""

    greenways: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    parks: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


class Params(BaseModel, frozen=True, extra="forbid"):
    """How long a link may be, how far half the visitors go on (both in metres), and a price, if one is known."""

    link_reach_m: float = Field(default=400.0, gt=0.0, le=5_000.0)
    median_m: PositiveFloat = 1_000.0
    eur_per_m: PositiveFloat | None = None


def load(raw: RawFolder) -> Inputs:
    """Read the products that the links are found in."""
    return Inputs(*(raw.product(name) for name in ("greenways", "park_entrances", "parks", "communes")))


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per candidate link, by falling gain, and notes on the set that joins the large parks."""
    ways = require_lambert93(inputs.greenways, "greenways")
    entrances = inputs.entrances.sort_values("id").reset_index(drop=True)
    network = network_of(ways)
    part = components(network)
    gaps = candidate_links(network, part, reach_m=params.link_reach_m)
    area_m2 = park_areas(inputs.parks)
    if len(gaps.lines) and len(entrances):
        gain = gains(network, gaps, entrances, area_m2, median_m=params.median_m)
    else:
        gain = np.full(len(gaps.lines), np.nan)
    chain = cheapest_chain(gaps, int(part.max(initial=-1)) + 1, doors_of(entrances, inputs.parks, part))
    table = link_rows(gaps, ways, network).assign(dpc_percent=gain, in_tree=chain.chosen)
    table = ranked(table.assign(cost_eur=table["length_m"] * (params.eur_per_m or np.nan)))
    return Outcome(placed(table, inputs.communes), chain_notes(chain))


def park_areas(parks: gpd.GeoDataFrame) -> pd.Series:
    """Return the area of each park by id: as drawn, else as stated, else missing. Square metres."""
    areas: pd.Series = parks["area_m2"].fillna(parks["stated_area_m2"]).set_axis(parks["id"]).sort_index()
    return areas


def doors_of(entrances: gpd.GeoDataFrame, parks: gpd.GeoDataFrame, part: Ints) -> Doors:
    """Return the entrances of the sites that belong to a large park."""
    large = entrances["park_id"].map(parks.set_index("id")["large_park"])
    known = large.notna().to_numpy()
    return Doors(
        site=pd.factorize(entrances["park_id"][known], sort=True)[0].astype(np.int64),
        large_park=pd.factorize(large[known], sort=True)[0].astype(np.int64),
        part=part[entrances["node"][known].to_numpy(dtype=np.int64)],
        step_m=entrances["network_m"][known].to_numpy(dtype=np.float64),
    )


def link_rows(gaps: Gaps, ways: gpd.GeoDataFrame, network: Network) -> gpd.GeoDataFrame:
    """Return the links with what their two ends tell of them."""
    first, last = (ways.iloc[network.way[gaps.edges[:, end]]].reset_index(drop=True) for end in (0, 1))
    low, high = (pd.Series(gaps.parts[:, end] + 1, dtype="int64") for end in (0, 1))
    both = pd.concat([first["source"], last["source"]], axis=1)
    return gpd.GeoDataFrame(
        {
            "id": first["id"] + "~" + last["id"],
            "name": "Entre les morceaux " + low.astype(str) + " et " + high.astype(str),
            "kind": "unknown",
            "from_component": low,
            "to_component": high,
            "length_m": shapely.length(gaps.lines),
            "source": [" ; ".join(dict.fromkeys(pair)) for pair in both.itertuples(index=False)],
            "certainty": "estimated",
            "synthetic": (first["synthetic"] | last["synthetic"]).astype("boolean"),
        },
        geometry=list(gaps.lines),
        crs=ways.crs,
    )


def ranked(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the links by falling gain, the shorter first among equals, with their rank."""
    order = links.assign(worth=links["dpc_percent"].round(9)).sort_values(
        ["worth", "length_m", "id"], ascending=[False, True, True]
    )
    return order.assign(rank=np.arange(1, len(order) + 1)).drop(columns="worth").reset_index(drop=True)


def chain_notes(chain: Chain) -> tuple[Note, ...]:
    """Return notes on the links that join the large parks, and on what they cannot join."""
    notes = []
    if number := int(chain.chosen.sum()):
        exact = np.isclose(chain.length_m, chain.lower_bound_m)
        bound = "exact" if exact else f"no less than {chain.lower_bound_m:.0f} m"
        length = f"{chain.length_m:.0f} m with the steps from sites to ways, {bound}"
        reason = f"links of the shortest set that joins the large parks ({length})"
        notes.append(Note(action="flagged", reason=reason, count=number))
    if chain.groups > 1:
        notes.append(Note(action="flagged", reason="groups of large parks that no links join", count=chain.groups))
    if chain.jumps:
        reason = "sites of one large park that are joined on paper alone: no links lead from one to the other"
        notes.append(Note(action="flagged", reason=reason, count=chain.jumps))
    return tuple(notes)
