"""A way of two kilometres with a park at its east end, and people on a grid: every figure can be had by hand."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, Polygon, box

from geo.catalogue.access import COMMUNE_ACCESS, PARK_ACCESS
from geo.crs import LAMBERT93
from geo.layers import check
from geo.parks.indicators import Inputs, Params, compute
from geo.parks.population import Population, points_of, spread, within
from geo.pipeline import Outcome

EAST, NORTH = 690_000.0, 7_040_000.0
ORIGIN = {"source": "essai", "certainty": "surveyed", "synthetic": False}
PLACE = {"insee": "62001", "commune": "Essai"}


def table(columns: dict[str, Any], shapes: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns | ORIGIN, geometry=shapes, crs=LAMBERT93)


def at(x: float, y: float) -> Point:
    return Point(EAST + x, NORTH + y)


def square(x: float, y: float, side: float) -> Polygon:
    return box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side)


def scene(*, state: str = "open", people: list[tuple[float, float, float]] | None = None) -> Inputs:
    """A park of 10 ha entered at (2000, 0), its way, two communes of 16 km², people as (x, y, count)."""
    communes = table(
        {
            "id": ["62001", "62002"], "name": ["Ouest", "Est"], "epci": ["CA", "CA"], "epci_siren": ["1", "1"],
            "insee": ["62001", "62002"], "population": [1000, 0],
        },
        [square(-2000, -2000, 4000), square(2000, -2000, 4000)],
    )  # fmt: skip
    park = {"id": ["P1"], "name": ["Parc"], "state": [state], "perimeter_source": ["surveyed"], "area_m2": [100_000.0]}
    parks = table(park | PLACE, [box(EAST + 2000, NORTH - 100, EAST + 3000, NORTH)])
    doors = table({"id": ["P1-1"], "park_id": ["P1"]} | PLACE, [at(2000, 0)])
    way = LineString([(EAST, NORTH), (EAST + 2000, NORTH)])
    network = {"component": [1], "length_m": [2000.0], "from_node": [0], "to_node": [1]}
    ways = table({"id": ["G1"]} | network | PLACE, [way])
    if people is None:
        return Inputs(parks, doors, ways, communes, Population(spread(communes), "communes"))
    cells = table(
        {
            "id": [f"C{k}" for k in range(len(people))], "people": [float(count) for _, _, count in people],
            "households": 1.0, "poor_households": [1.0 if x < 0 else 0.0 for x, _, _ in people],
            "living_standards_eur": [20_000.0 * count if x > 0 else 10_000.0 * count for x, _, count in people],
        },
        [square(x - 100, y - 100, 200) for x, y, _ in people],
    )  # fmt: skip
    return Inputs(parks, doors, ways, communes, Population(within(cells, communes), "squares"))


def commune(outcome: Outcome, code: str = "62001") -> pd.Series:
    return check(outcome.table, COMMUNE_ACCESS).set_index("id").loc[code]


def test_people_beside_the_entrance_are_near_in_every_way() -> None:
    row = commune(compute(scene(people=[(1900, 0, 100), (-1500, 0, 300)]), Params()))
    assert row["population"] == 400
    assert row["people_300m"] == pytest.approx(100)  # the farthest corner of the cell stands 224 m away
    assert row["people_10min_straight"] == row["people_10min_network"] == pytest.approx(100)
    assert row["share_300m"] == pytest.approx(25)


def test_a_cell_half_within_reach_counts_half() -> None:
    params = Params(near_m=1000.0)
    row = commune(compute(scene(people=[(1000, 0, 100)]), params))
    circle = Point(0, 0).buffer(1000, quad_segs=64)
    wanted = 100 * box(-1100, -100, -900, 100).intersection(circle).area / 200**2
    assert row["people_300m"] == pytest.approx(wanted, rel=0.01)


def test_the_way_round_is_longer_than_the_straight_line() -> None:
    """From (1400, 200): 632 m as the crow flies; 150 to 250 m of leg times 1.3 and 550 to 650 m of way on foot."""
    people = [(1400.0, 200.0, 100.0)]
    row = commune(compute(scene(people=people), Params()))
    assert row["people_10min_straight"] == pytest.approx(100, rel=0.1)
    assert row["people_10min_network"] == pytest.approx(25)  # of four points, the one at (1450, 150): 195 + 550 m
    assert commune(compute(scene(people=people), Params(most_offset_m=100)))["people_10min_network"] == 0


def test_half_the_points_of_a_cell_within_the_walk_count_half() -> None:
    """Points of the cell at (1200, 0) stand 50 m off the way: 65 + 750 and 65 + 850 m of walk."""
    params = Params(minutes=10, speed_km_h=4.95)  # 825 m
    row = commune(compute(scene(people=[(1200, 0, 100)]), params))
    assert row["people_10min_network"] == pytest.approx(50)


def test_parks_that_are_not_open_serve_nobody() -> None:
    for state in ("project", "works"):
        outcome = compute(scene(state=state, people=[(1900, 0, 100)]), Params())
        assert commune(outcome)["people_300m"] == 0
        assert commune(outcome, "62002")["park_m2"] == 0
        assert check(outcome.also["park_access"], PARK_ACCESS)["people_300m"].iloc[0] == pytest.approx(100)


def test_areas_lengths_and_counts_by_commune() -> None:
    outcome = compute(scene(), Params())
    west, east = commune(outcome), commune(outcome, "62002")
    assert (west["park_m2"], east["park_m2"]) == (0, 100_000)
    assert west["greenway_m"] == pytest.approx(2000)
    assert east["greenway_m"] == 0
    assert west["entrances"] == 1
    assert west["park_m2_per_head"] == 0
    assert np.isnan(east["park_m2_per_head"])  # nobody lives there


def test_people_of_a_commune_are_spread_by_area_and_marked() -> None:
    outcome = compute(scene(), Params())
    row = commune(outcome)
    half_circle = np.pi * 300**2 / 2
    assert row["people_300m"] == pytest.approx(1000 * half_circle / 4000**2, rel=0.005)
    assert row["population"] == pytest.approx(1000)
    assert row["population_origin"] == "communes"
    assert "spread by area" in outcome.notes[0].reason


def test_income_of_those_near_and_beyond() -> None:
    row = commune(compute(scene(people=[(1900, 0, 100), (-1500, 0, 300)]), Params()))
    assert row["living_standard_300m_eur"] == pytest.approx(20_000)
    assert row["living_standard_beyond_eur"] == pytest.approx(10_000)
    assert (row["poor_households"], row["poor_households_300m"]) == (1, 0)


def test_a_lone_park_is_all_of_the_connectivity() -> None:
    park = check(compute(scene(), Params()).also["park_access"], PARK_ACCESS).iloc[0]
    assert park["dpc"] == pytest.approx(100)
    assert park["m2_per_head_10min"] > 0


def test_points_of_a_cell_stand_in_its_quarters() -> None:
    cells = table({"id": ["a"]}, [square(0, 0, 200)])
    found = sorted(map(tuple, (points_of(cells)[0] - [EAST, NORTH]).tolist()))
    assert found == [(50, 50), (50, 150), (150, 50), (150, 150)]
