"""What people add to the quarter: house numbers, park entrances and the thirty signs. Local metres.

Glossary: sign = panneau; entrance = entrée; statuses follow the life of a sign.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import shapely
from shapely import LineString, Point

from geo.sample.network import meeting_points
from geo.sample.plan import HEAP_X_M, HEAP_Y_M, PARKS
from geo.sample.roofs import Building

TOTEM: Final = "Totem"
RIS: Final = "Relais d\u2019information service (RIS)"
DIRECTION: Final = "Mât directionnel / jalonnement"
MARKER: Final = "Jalon / borne"
VIEW: Final = "Table de lecture / d\u2019orientation"
RULES: Final = "Panneau réglementaire"
STATUSES: Final = (
    "installed",
    "installed",
    "validated",
    "designed",
    "manufactured",
    "installed",
    "requested",
    "to_repair",
)
SIGNS: Final = 30
FIRST_DAY: Final = date(2025, 1, 13)
JUNCTION: Final = 3
"""Where this many pieces of path meet, people need to be told the way."""
ASIDE_M: Final = 1.6
"""A sign stands this far from the middle of its path."""


@dataclass(frozen=True)
class Entrance:
    """Where a path enters a park."""

    park_id: str
    path: str
    point: Point


@dataclass(frozen=True)
class Sign:
    """One sign of the register; `name` is what it says in short."""

    kind: str
    park_id: str
    status: str
    name: str
    day: date
    point: Point


def entrances(paths: list[tuple[str, str, LineString]]) -> list[Entrance]:
    """Return every place where a path crosses the edge of a park, park by park."""
    return [
        Entrance(park_id, name, point)
        for park_id, _, _, perimeter in PARKS
        for name, _, line in paths
        for point in meeting_points(line, LineString(perimeter.exterior.coords))
    ]


def signs(
    gates: list[Entrance], pieces: list[tuple[int, LineString]], paths: list[tuple[str, str, LineString]]
) -> list[Sign]:
    """Return thirty signs: two at each entrance, masts at junctions, a table on the top, markers along the paths."""
    wanted = [_at_gate(number, gate) for number, gate in enumerate(gates)]
    wanted += [(RULES, gate.park_id, f"Règles, {gate.path}", _aside(gate.point, -ASIDE_M)) for gate in gates[::2]]
    wanted.append((VIEW, PARKS[0][0], "Vue du haut du terril", Point(HEAP_X_M, HEAP_Y_M)))
    wanted += [
        (DIRECTION, _park_of(point), "Croisement de chemins", _aside(point, ASIDE_M))
        for point in _junctions(pieces)[:7]
    ]
    markers = [line.interpolate(part, normalized=True) for _, _, line in paths[:4] for part in (0.2, 0.4, 0.6, 0.8)]
    wanted += [(MARKER, _park_of(point), "Jalon de distance", _aside(point, ASIDE_M)) for point in markers]
    return [
        Sign(kind, park_id, STATUSES[number % len(STATUSES)], name, FIRST_DAY + timedelta(days=9 * number), point)
        for number, (kind, park_id, name, point) in enumerate(wanted[:SIGNS])
    ]


def _at_gate(number: int, gate: Entrance) -> tuple[str, str, str, Point]:
    kind = (TOTEM, RIS)[number % 2]
    return kind, gate.park_id, f"Entrée, {gate.path}", _aside(gate.point, ASIDE_M)


def _aside(point: Point, metres: float) -> Point:
    return Point(point.x + metres, point.y + metres / 2)


def _junctions(pieces: list[tuple[int, LineString]]) -> list[Point]:
    """Return the points where three pieces or more meet, from south to north."""
    ends = [end for _, piece in pieces for end in (piece.coords[0], piece.coords[-1])]
    return [Point(end) for end in sorted(set(ends), key=lambda end: (end[1], end[0])) if ends.count(end) >= JUNCTION]


def _park_of(point: Point) -> str:
    """Return the park a point is in, or the nearest one."""
    nearest = min(PARKS, key=lambda park: float(shapely.distance(park[3], point)))
    return nearest[0]


def house_numbers(houses: list[Building]) -> dict[int, int]:
    """Return the number of each house by its place in the list: odd on the left of its street, even on the right."""
    sides: dict[tuple[str, int], list[tuple[float, int]]] = {}
    for place, house in enumerate(houses):
        if house.row is None or house.front is None:
            continue
        frame, (x_m, y_m) = house.row.frame, house.front
        inward_m = (x_m - frame.x_m) * frame.ux + (y_m - frame.y_m) * frame.uy
        along_m = house.row.along_m + inward_m
        side = sides.setdefault((house.row.street, house.row.side), [])
        side.append((along_m if house.row.side == 0 else -along_m, place))
    return {
        place: 2 * rank + 1 + side
        for (_, side), found in sides.items()
        for rank, (_, place) in enumerate(sorted(found))
    }
