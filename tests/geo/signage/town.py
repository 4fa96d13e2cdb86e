"""A small town whose ways, flows and costs are known by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point, box

from geo.crs import LAMBERT93
from geo.network.noding import build_network
from geo.signage.study import Inputs

MAST = "Mât directionnel / jalonnement"
RIS = "Relais d\u2019information service (RIS)"
RULES = "Panneau réglementaire"
TABLE = "Table de lecture / d\u2019orientation"
TYPES = pd.DataFrame(
    {"low_eur": [2500.0, 350.0, 80.0], "high_eur": [6500.0, 1100.0, 350.0], "cost_status": "essai"},
    index=["Totem", MAST, "Jalon / borne"],
)
MORE_TYPES = pd.concat(
    [
        TYPES,
        pd.DataFrame(
            {"low_eur": [1500.0, 120.0, 1200.0], "high_eur": [4000.0, 400.0, 4500.0], "cost_status": "essai"},
            index=[RIS, RULES, TABLE],
        ),
    ]
)
LINES = [
    LineString([(0, 0), (1000, 0)]),  # west to the junction
    LineString([(1000, 0), (4000, 0)]),  # on to the east: a long stretch
    LineString([(1000, 0), (1000, 800)]),  # north
    LineString([(4000, 0), (4000, -500)]),
    LineString([(4000, 0), (4500, 0)]),
]


def greenways(lines: list[LineString] = LINES) -> gpd.GeoDataFrame:
    """Return ways as the layer holds them."""
    net = build_network(np.array(lines, dtype=object), snap_m=1.0)
    table = {"length_m": net.length_m, "from_node": net.edges[:, 0], "to_node": net.edges[:, 1]}
    return gpd.GeoDataFrame(table, geometry=net.lines, crs=LAMBERT93)


def town(**changed: object) -> Inputs:
    """Return the layers of the town: parks N (open), E (unknown), S (project); 900 people west, 100 east."""
    parks = {"id": ["N", "E", "S"], "name": ["Nord", "Est", "Sud"], "state": ["open", "unknown", "project"]}
    areas = {"area_m2": [40_000.0, 10_000.0, np.nan], "stated_area_m2": [np.nan, np.nan, 90_000.0]}
    spots = [Point(1000, 800), Point(4500, 0), Point(4000, -500)]
    communes = {"id": ["1", "2"], "name": ["Ouest", "Est"], "epci": ["A", "B"], "population": [900.0, 100.0]}
    outlines = [box(-500, -600, 2000, 900), box(2000, -600, 5000, 900)]
    plain = {
        "parks": gpd.GeoDataFrame(parks | areas, geometry=spots, crs=LAMBERT93),
        "entrances": entrances(("N", 1000, 800), ("E", 4500, 0), ("S", 4000, -500)),
        "greenways": greenways(),
        "communes": gpd.GeoDataFrame(communes | {"certainty": "surveyed"}, geometry=outlines, crs=LAMBERT93),
        "signs": signs(),
        "types": TYPES,
    }
    return Inputs(**(plain | changed))


def entrances(*doors: tuple[str, float, float]) -> gpd.GeoDataFrame:
    """Return entrances from park, x and y."""
    table = {"id": [f"{park}{row}" for row, (park, *_) in enumerate(doors)], "park_id": [park for park, *_ in doors]}
    return gpd.GeoDataFrame(table, geometry=[Point(x, y) for _, x, y in doors], crs=LAMBERT93)


def signs(*known: tuple[str, str, Point]) -> gpd.GeoDataFrame:
    """Return signs X1, X2, ... of park N from type, status and place."""
    table = {
        "id": [f"X{row}" for row in range(1, len(known) + 1)],
        "type": [kind for kind, *_ in known],
        "status": [status for _, status, _ in known],
        "park": ["N"] * len(known),
    }
    return gpd.GeoDataFrame(table, geometry=[place for *_, place in known], crs=LAMBERT93)


def places(*known: tuple[str, str | None, float, float, float]) -> gpd.GeoDataFrame:
    """Return places from kind, name, weight, x and y."""
    kind, name, weight, x, y = zip(*known, strict=True)
    table = {"id": [f"{one}-{row}" for row, one in enumerate(kind)], "kind": kind, "name": name, "weight": weight}
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(x, y), crs=LAMBERT93)
