"""Which parks are near a place, and how far one walks to them."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo import products
from geo.crs import LAMBERT93, WGS84
from geo.errors import UnknownNameError
from geo.network.graph import distances
from geo.parks.indicators import METRES_PER_MINUTE, Params
from geo.parks.walking import WalkingNet, start_from, walking_net

Floats = NDArray[np.float64]

MOST: Final = 5
"""Parks in an answer."""
FARTHEST_M: Final = 20_000.0
TO_LAMBERT93: Final = Transformer.from_crs(WGS84, LAMBERT93, always_xy=True)
LAYERS: Final = ("parks", "park_entrances", "greenways")


class Ground(NamedTuple):
    """What is kept in memory until it is built again: entrances, parks by id, the network of the ways."""

    entrances: gpd.GeoDataFrame
    parks: gpd.GeoDataFrame
    net: WalkingNet


def nearest(processed: Path, lon: float, lat: float, params: Params) -> dict[str, Any]:
    """Return the parks nearest to a place on foot, with the straight line beside the walk.

    The walk goes straight to the nearest known way, along known ways, and straight to the entrance. Where no known way
    leads there, it is the straight line times the detour factor, and `by` says so.

    Raises
    ------
    MissingDataError
        If the layers have not been built.
    UnknownNameError
        If there is no park within 20 km.
    """
    ground = read_ground(processed, mark(processed))
    place = np.array(TO_LAMBERT93.transform(lon, lat))
    straight = shapely.distance(ground.entrances.geometry.to_numpy(), shapely.Point(place))
    if not len(straight) or not straight.min() <= FARTHEST_M:
        raise UnknownNameError("found no park entrance within 20 km, expected a place in the territory, move the point")
    by_network = walks_to_entrances(ground.net, place, params)
    guessed = straight * params.detour
    walk = np.minimum(by_network, guessed)
    table = ground.entrances.assign(
        straight_m=straight, walk_m=walk, by=np.where(by_network <= guessed, "network", "estimate")
    )
    first = table.sort_values(["walk_m", "id"], kind="stable").drop_duplicates("park_id").head(MOST)
    found = [described(row, ground.parks, params) for _, row in first.iterrows()]
    walking = {"speed_km_h": params.speed_km_h, "detour": params.detour, "estimate": True}
    return {"nearest": found[0], "parks": found, "walking": walking}


def walks_to_entrances(net: WalkingNet, place: Floats, params: Params) -> Floats:
    """Return the walk from a place to every entrance along known ways. Metres; infinite where there is none."""
    start = start_from(net, place[None, :])
    if start.offset_m[0] > params.most_offset_m:
        return np.full(len(net.entrance_node), np.inf)
    from_ends = distances(net.network, start.nodes[0])[:, net.entrance_node]
    along: Floats = (from_ends + start.to_nodes_m[0][:, None]).min(axis=0)
    walk_m: Floats = along + net.entrance_leg_m + start.offset_m[0] * params.detour
    return walk_m


def described(row: Any, parks: gpd.GeoDataFrame, params: Params) -> dict[str, Any]:  # noqa: ANN401 - a row
    """Return one park of the answer."""
    lon, lat = TO_LAMBERT93.transform(row.geometry.x, row.geometry.y, direction="INVERSE")
    minutes = row["walk_m"] / (params.speed_km_h * METRES_PER_MINUTE)
    park = parks.loc[row["park_id"]]
    return {
        "id": str(row["park_id"]),
        "name": park["name"],
        "state": park["state"] if isinstance(park["state"], str) else "unknown",
        "entrance": {"id": str(row["id"]), "lon": round(lon, 6), "lat": round(lat, 6)},
        "straight_m": round(float(row["straight_m"]), 1),
        "walk_m": round(float(row["walk_m"]), 1),
        "walk_min": round(float(minutes), 1),
        "by": str(row["by"]),
    }


def mark(processed: Path) -> tuple[int, ...]:
    """Return a mark that changes when a layer is built again."""
    paths = [products.table_path(name, processed) for name in LAYERS]
    return tuple(path.stat().st_mtime_ns for path in paths if path.is_file())


@lru_cache(maxsize=2)
def read_ground(processed: Path, _: tuple[int, ...]) -> Ground:
    """Return parks, entrances and network, read once."""
    parks, entrances, greenways = (products.read_table(name, processed) for name in LAYERS)
    table = entrances.sort_values("id").reset_index(drop=True)
    return Ground(table, parks.set_index("id"), walking_net(greenways, table))
