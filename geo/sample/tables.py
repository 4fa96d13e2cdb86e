"""The quarter as tables in Lambert-93, with plain columns and every row marked as synthetic."""

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely import LineString, Point
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from geo.crs import LAMBERT93
from geo.sample import plan
from geo.sample.furniture import Entrance, Sign, house_numbers
from geo.sample.roofs import Building, Plane
from geo.sample.square import SOUTH_M, WEST_M
from geo.sample.trees import Tree

SOURCE = "Quartier synthétique"


def building_tables(buildings: list[Building]) -> dict[str, gpd.GeoDataFrame]:
    """Return the footprints, the truth about every roof plane, and what stands on the roofs."""
    names = [f"SYN-B{number:04d}" for number in range(1, len(buildings) + 1)]
    named = list(zip(names, buildings, strict=True))
    footprints = [
        (
            {
                "building_id": name, "kind": building.kind, "roof": building.roof, "storeys": building.storeys,
                "height_m": building.ridge_m - building.base_m, "base_altitude_m": building.base_m,
            },
            building.footprint,
        )
        for name, building in named
    ]  # fmt: skip
    planes = [
        (_plane_row(name, number, building, plane), plane.polygon)
        for name, building in named
        for number, plane in enumerate(building.planes, start=1)
    ]
    obstacles = [
        ({"building_id": name, "kind": obstacle.kind, "altitude_m": obstacle.top_m}, obstacle.polygon)
        for name, building in named
        for obstacle in building.obstacles
    ]
    return {"buildings": _table(footprints), "roof_planes": _table(planes), "roof_obstacles": _table(obstacles)}


def _plane_row(name: str, number: int, building: Building, plane: Plane) -> dict[str, Any]:
    plan_m2 = plane.polygon.area
    return {
        "building_id": name,
        "plane_id": f"{name}-{number}",
        "pitch_deg": plane.pitch_deg,
        "azimuth_deg": plane.azimuth_deg,
        "area_m2": plan_m2 / float(np.cos(np.radians(plane.pitch_deg))),
        "area_plan_m2": plan_m2,
        "altitude_m": plane.altitude_m,
        "height_m": plane.altitude_m - building.base_m,
    }


def address_tables(buildings: list[Building]) -> dict[str, gpd.GeoDataFrame]:
    """Return one address per house, on the middle of its front."""
    numbers = house_numbers(buildings)
    rows = []
    for place, building in enumerate(buildings):
        if building.row is not None and building.front is not None:
            name = f"SYN-B{place + 1:04d}"
            row = {"number": numbers[place], "street": building.row.street, "building_id": name}
            rows.append((row, Point(building.front)))
    return {"addresses": _table(sorted(rows, key=lambda row: (row[0]["street"], row[0]["number"])))}


def way_tables(
    streets: list[plan.Street], street_pieces: list[tuple[int, LineString]],
    paths: list[tuple[str, str, LineString]], path_pieces: list[tuple[int, LineString]],
) -> dict[str, gpd.GeoDataFrame]:  # fmt: skip
    """Return streets and greenways, cut at crossings; a piece keeps the name of its line."""
    roads = [
        ({"id": f"SYN-R{order:03d}", "name": streets[number].name, "width_m": streets[number].width_m}, piece)
        for order, (number, piece) in enumerate(street_pieces, start=1)
    ]
    ways = [
        ({"id": f"SYN-G{order:03d}", "name": paths[number][0], "surface": paths[number][1]}, piece)
        for order, (number, piece) in enumerate(path_pieces, start=1)
    ]
    return {"streets": _table(roads), "greenways": _table(ways)}


def site_tables(heap: BaseGeometry) -> dict[str, gpd.GeoDataFrame]:
    """Return parks, disused sites, the car park, the spoil heap and the canal."""
    parks = [
        ({"id": park_id, "name": name, "kind": kind, "area_m2": site.area}, site)
        for park_id, name, kind, site in plan.PARKS
    ]
    disused = [
        ({"id": site_id, "name": name, "status": status, "area_m2": site.area}, site)
        for site_id, name, status, site in plan.BROWNFIELDS
    ]
    car_park = ({"id": "SYN-C1", "name": "Parking inventé de la halle", "area_m2": plan.CAR_PARK.area}, plan.CAR_PARK)
    spoil = {"number": "SYN-1", "name": "Terril inventé", "height_m": plan.HEAP_HEIGHT_M, "area_m2": heap.area}
    canal = {"id": "SYN-W1", "name": "Canal inventé", "width_m": plan.CANAL_WIDTH_M}
    return {
        "parks": _table(parks),
        "brownfields": _table(disused),
        "car_parks": _table([car_park]),
        "spoil_heaps": _table([(spoil, heap)]),
        "canals": _table([(canal, plan.CANAL)]),
    }


def point_tables(gates: list[Entrance], signs: list[Sign], trees: list[Tree]) -> dict[str, gpd.GeoDataFrame]:
    """Return park entrances, signs and trees."""
    entrances = [
        ({"id": f"SYN-E{order:02d}", "park_id": gate.park_id, "name": f"Entrée {gate.path}"}, gate.point)
        for order, gate in enumerate(gates, start=1)
    ]
    posts = [
        (
            {
                "code": f"QRT-{order:03d}", "type": sign.kind, "park_id": sign.park_id, "status": sign.status,
                "name": sign.name, "date": sign.day.isoformat(),
            },
            sign.point,
        )
        for order, sign in enumerate(signs, start=1)
    ]  # fmt: skip
    grown = [
        ({"id": f"SYN-T{order:04d}", "height_m": tree.height_m, "crown_m": tree.crown_m}, Point(tree.x_m, tree.y_m))
        for order, tree in enumerate(trees, start=1)
    ]
    return {"park_entrances": _table(entrances), "signs": _table(posts), "trees": _table(grown)}


def _table(rows: Iterable[tuple[Mapping[str, Any], BaseGeometry]]) -> gpd.GeoDataFrame:
    """Return rows and local shapes as a table in Lambert-93."""
    records, shapes = zip(*rows, strict=True)
    marked = [{**record, "source": SOURCE, "synthetic": True} for record in records]
    placed: NDArray[np.object_] = np.array([translate(shape, WEST_M, SOUTH_M) for shape in shapes], dtype=object)
    return gpd.GeoDataFrame(marked, geometry=placed, crs=LAMBERT93)
