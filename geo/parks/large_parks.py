"""Large parks: the sites of each joined, beside what the schemes of 2015 and 2019 announced.

One more row, of level `network`, is the whole chain: the schemes' totals speak of it alone.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geo.catalogue import LARGE_PARKS
from geo.crs import LAMBERT93
from geo.parks.events import listed, of_park, scopes
from geo.pipeline import NoParams, Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import facts
from geo.vector import placed

LAYER = LARGE_PARKS
Params = NoParams
NETWORK: Final = "network"
WITHOUT_OUTLINE: Final = ("circle", "point")


class Inputs(NamedTuple):
    """The parks product, what the schemes state (`facts.read_schemes`), dated facts, and communes."""

    parks: gpd.GeoDataFrame
    schemes: pd.DataFrame
    events: pd.DataFrame
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the parks product and the fact tables."""
    return Inputs(raw.product("parks"), facts.read_schemes(raw), facts.read_events(raw), raw.product("communes"))


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per large park that has sites, and one for the whole chain; the others are noted."""
    parks = inputs.parks[~inputs.parks["synthetic"].astype(bool)]
    schemes = inputs.schemes.set_index("id", drop=False)
    stated = dict(schemes.iterrows())
    with_sites = [key for key in schemes.index if key != NETWORK and (parks["large_park_id"] == key).any()]
    rows = [joined(parks[parks["large_park_id"] == key], stated[key], inputs.events) for key in with_sites]
    if NETWORK in schemes.index:
        whole = joined(parks, stated[NETWORK], inputs.events)
        rows.append({**whole, "level": NETWORK, "named_parks": len(with_sites)})
    table = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=LAMBERT93)
    told = schemes[[*FIGURES, "scheme", "source", "certainty"]].reindex(table["id"]).set_axis(table.index)
    table = placed(table.assign(**told, synthetic=False), inputs.communes)
    without = schemes[~schemes["id"].isin([*with_sites, NETWORK])]
    if without.empty:
        return Outcome(table)
    reason = f"large park of a scheme without a known site ({len(with_sites)} have some)"
    note = Note(action="dropped", reason=reason, count=len(without), example=str(without["name"].iloc[0]))
    return Outcome(table, (note,))


FIGURES: Final = ("parks_2019", "area_2019_m2", "route_2019_km", "parks_2015", "area_2015_m2", "route_2015_km")


def joined(parks: gpd.GeoDataFrame, scheme: pd.Series, events: pd.DataFrame) -> dict[str, object]:
    """Return the sites of one large park as one row; an area that two of them share counts once."""
    is_area = parks.geometry.geom_type != "Point"
    outlined = ~parks["perimeter_source"].isin(WITHOUT_OUTLINE)
    drawn = shapely.union_all(parks.geometry[is_area].to_numpy())
    points = shapely.union_all(parks.geometry[~is_area].to_numpy())
    whole = scheme["id"] == NETWORK
    mine = (
        events[scopes(events) == NETWORK].sort_values(["starts", "id"])
        if whole
        else of_park(events, scheme["id"], "large_parks")
    )
    return {
        "id": scheme["id"],
        "name": scheme["name"],
        "level": "park",
        "sites": len(parks),
        "sites_outlined": int(outlined.sum()),
        "area_m2": shapely.area(drawn),
        "outlined_area_m2": shapely.area(shapely.union_all(parks.geometry[outlined].to_numpy())),
        "named_parks": pd.NA,
        "events": listed(mine),
        "geometry": points if drawn.is_empty else drawn,
    }
