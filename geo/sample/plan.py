"""The drawn part of the quarter: streets, canal, heap, parks, disused sites. Local metres.

Glossary: miners' estate = cité minière; terrace = coron; spoil heap = terril; mine railway turned path = cavalier;
towpath = chemin de halage; pit yard = carreau de fosse.
"""

import math
from dataclasses import dataclass
from typing import Final

from shapely import LineString, MultiLineString, Point, Polygon
from shapely.affinity import rotate, translate
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points, split, unary_union

from geo.sample.square import SQUARE

CANAL_LINE: Final = LineString([(-20, 66), (180, 70), (360, 84), (700, 62), (1044, 78)])
CANAL_WIDTH_M: Final = 26.0
CANAL: Final = CANAL_LINE.buffer(CANAL_WIDTH_M / 2).intersection(SQUARE)

HEAP_X_M: Final = 800.0
HEAP_Y_M: Final = 812.0
HEAP_HEIGHT_M: Final = 90.0
HEAP_TOP_RADIUS_M: Final = 15.0

MAIN_ROAD: Final = LineString([(0, 515), (150, 535), (420, 578), (560, 552), (760, 505), (1024, 462)])
SCHOOL_STREET: Final = LineString([(445, 580), (458, 500), (474, 380), (484, 240), (487, 118)])
CAVALIER: Final = LineString([
    (652, 85), (642, 230), (628, 380), (610, 500), (596, 600), (600, 720), (636, 880), (712, 985), (860, 1002),
    (975, 985),
])  # fmt: skip


@dataclass(frozen=True)
class Street:
    """A street to be lined with houses in one of the styles of `houses.STYLES`."""

    name: str
    line: LineString
    style: str
    width_m: float = 8.0


@dataclass(frozen=True)
class Estate:
    """A miners' estate: parallel streets and the cross streets that join them.

    Attributes
    ----------
    centre, angle_deg
        Local origin, metres, and direction of the parallel streets, degrees anticlockwise from east.
    along_m
        Where the parallel streets start and end, measured from the centre.
    offsets_m
        Distance of each parallel street from the centre line, left positive.
    crossings
        (along, from, to) of each cross street, metres.
    """

    style: str
    centre: tuple[float, float]
    angle_deg: float
    along_m: tuple[float, float]
    offsets_m: tuple[float, ...]
    crossings: tuple[tuple[float, float, float], ...]


ESTATES: Final = (
    Estate(
        "terrace", (268, 792), 12, (-218, 222), (126, 42, -42, -126),
        ((-205, 150, -260), (0, 126, -280), (208, 140, -310)),
    ),
    Estate("pair", (232, 318), -30, (-175, 165), (114, -38, -114), ((-150, 195, -114), (152, 114, -114))),
    Estate("pair", (232, 318), -30, (-175, 290), (38,), ()),
    Estate("quad", (845, 290), 65, (-128, 230), (70, 0, -70), ((-112, 85, -95), (100, 85, -95))),
)  # fmt: skip

NAMES: Final = (
    "des Gaillettes", "du Grisou", "des Lampistes", "de la Barrette", "des Galibots", "du Cuffat", "des Rivelaines",
    "des Berlines", "du Briquet", "des Hercheurs", "de la Taillette", "des Porions", "des Raccommodeurs",
    "du Chevalement", "des Molettes", "des Trieuses", "de la Veine Perdue", "du Moulinage", "des Bowettes",
    "des Coulonneux", "de la Ducasse", "du Javelot",
)  # fmt: skip
"""Mining words; none is meant to be a real street of the place, and each is written with `INVENTED`."""
INVENTED: Final = "(rue inventée)"

HALL_FRAME: Final = (563.0, 180.0, 8.0)
SCHOOL_FRAME: Final = (545.0, 352.0, -12.0)
"""Centre x, centre y, metres, and direction of the long side, degrees anticlockwise from east."""
CAR_PARK: Final = translate(rotate(Polygon([(-34, -17), (34, -17), (34, 17), (-34, 17)]), 8), 558, 245)
SCHOOL_YARD: Final = translate(rotate(Polygon([(-48, -34), (48, -34), (48, 26), (-48, 26)]), -12), 545, 352)

HEAP_PARK: Final = Polygon([
    (578, 668), (622, 652), (700, 640), (775, 630), (850, 636), (930, 650), (1000, 690), (1012, 800), (1006, 930),
    (985, 1006), (860, 1014), (705, 1002), (640, 940), (606, 880), (584, 770),
])  # fmt: skip
SQUARE_PARK: Final = Polygon([(488, 420), (596, 404), (600, 470), (590, 505), (484, 512)])
CANAL_PARK: Final = CANAL_LINE.offset_curve(27.5).buffer(12.5, cap_style="flat").intersection(Polygon([
    (12, 0), (640, 0), (640, 200), (12, 200)
]))  # fmt: skip
PARKS: Final[tuple[tuple[str, str, str, Polygon], ...]] = (
    ("SYN-P1", "Parc du Terril inventé", "spoil heap park", HEAP_PARK),
    ("SYN-P2", "Square des Galibots inventé", "neighbourhood park", SQUARE_PARK),
    ("SYN-P3", "Berges inventées du canal", "canal bank", CANAL_PARK),
)

BROWNFIELDS: Final[tuple[tuple[str, str, str, Polygon], ...]] = (
    ("SYN-F1", "Carreau de la fosse inventée", "friche sans projet",
     Polygon([(616, 566), (690, 548), (768, 532), (780, 596), (706, 626), (622, 640)])),
    ("SYN-F2", "Ancien rivage inventé", "friche avec projet",
     Polygon([(672, 100), (770, 98), (778, 128), (758, 152), (680, 156)])),
)  # fmt: skip


def streets() -> list[Street]:
    """Return every street, the widest first, cut where it would run past the one it ends on."""
    lines = [
        (MAIN_ROAD, "main", 11.0),
        (cut_at(SCHOOL_STREET, MAIN_ROAD), "terrace", 9.0),
        (_crescent(), "detached", 8.0),
    ]
    stops = unary_union([MAIN_ROAD, SCHOOL_STREET])
    for estate in ESTATES:
        lines += [(cut_at(line, stops), estate.style, 8.0) for line in _estate_lines(estate)]
    kinds = {"main": "Route", "detached": "Allée"}
    return [
        Street(f"{kinds.get(style, 'Rue')} {name} {INVENTED}", line, style, width_m)
        for (line, style, width_m), name in zip(lines, NAMES, strict=False)
    ]


def greenways(streets: list[Street]) -> list[tuple[str, str, LineString]]:
    """Return (name, surface, line) of every path, before it is cut at crossings."""
    roads = unary_union([street.line for street in streets])
    ring = rotate(LineString(Point(HEAP_X_M, HEAP_Y_M).buffer(151, quad_segs=12).exterior.coords), 160)
    towpath = CANAL_LINE.offset_curve(CANAL_WIDTH_M / 2 + 5).intersection(SQUARE)
    cavalier = _between(CAVALIER, towpath, None)
    traverse = _between(LineString([(461, 478), (520, 462), (560, 440), (622, 420)]), roads, cavalier)
    row = _between(LineString([(490, 805), (560, 800), (640, 796)]), roads, ring)
    lane = _between(LineString([(905, 602), (912, 640), (882, 680)]), roads, ring)
    edge = _between(LineString([(956, 826), (985, 850), (978, 970)]), ring, cavalier)
    avenue = _between(LineString([(538, 550), (548, 500), (560, 440)]), roads, traverse)
    shortcut = _between(LineString([(604, 636), (700, 585), (745, 515)]), cavalier, roads)
    descent = _between(LineString([(487, 112), (485, 98)]), roads, towpath)
    return [
        ("Chemin de halage inventé", "compacted", towpath),
        ("Cavalier inventé", "fine_gravel", cavalier),
        ("Tour du terril inventé", "compacted", ring),
        ("Montée du terril inventée", "ground", _ascent(ring)),
        ("Sente inventée de la cité", "asphalt", row),
        ("Sente inventée du lotissement", "compacted", lane),
        ("Sente inventée de la lisière", "fine_gravel", edge),
        ("Traverse inventée du square", "asphalt", traverse),
        ("Allée inventée du square", "fine_gravel", avenue),
        ("Traverse inventée de la fosse", "asphalt", shortcut),
        ("Descente inventée du halage", "asphalt", descent),
    ]


def _between(line: LineString, start: BaseGeometry | None, end: BaseGeometry | None) -> LineString:
    """Return a line led on to the nearest point of what it starts from and of what it ends at."""
    coords = list(line.coords)
    if start is not None:
        coords.insert(0, nearest_points(start, Point(coords[0]))[0].coords[0])
    if end is not None:
        coords.append(nearest_points(end, Point(coords[-1]))[0].coords[0])
    return LineString(coords)


def cut_at(line: LineString, stops: BaseGeometry) -> LineString:
    """Return the longest part of a line once it is cut at the stops and at the edge of the square."""
    inside = line.intersection(SQUARE)
    parts = [part for piece in _lines(inside) for part in split(piece, stops).geoms]
    return max(parts, key=lambda part: float(part.length))


def _lines(shape: BaseGeometry) -> list[LineString]:
    return list(shape.geoms) if isinstance(shape, MultiLineString) else [shape]


def _estate_lines(estate: Estate) -> list[LineString]:
    start, end = estate.along_m
    flat = [LineString([(start, offset), (end, offset)]) for offset in estate.offsets_m]
    flat += [LineString([(along, first), (along, last)]) for along, first, last in estate.crossings]
    return [translate(rotate(line, estate.angle_deg, origin=(0, 0)), *estate.centre) for line in flat]


def _crescent() -> LineString:
    """Return a half-ring that leaves the main road and comes back to it."""
    bends = [(math.cos(math.radians(angle)), math.sin(math.radians(angle))) for angle in range(180, -1, -15)]
    arc = [(905 + 68 * x, 540 + 58 * y) for x, y in bends]
    line = LineString([(832, 480), *arc, (978, 455)])
    return cut_at(line, MAIN_ROAD)


def _ascent(ring: LineString) -> LineString:
    """Return the winding way from the ring at the foot to the edge of the flat top, by the south side."""
    start_x, start_y = ring.coords[0]
    start_deg = math.degrees(math.atan2(start_y - HEAP_Y_M, start_x - HEAP_X_M))
    turn_deg, steps = 520.0, 60
    points = []
    for step in range(steps + 1):
        angle = math.radians(start_deg + turn_deg * step / steps)
        radius_m = 151.0 + (HEAP_TOP_RADIUS_M - 5.0 - 151.0) * step / steps
        points.append((HEAP_X_M + radius_m * math.cos(angle), HEAP_Y_M + radius_m * math.sin(angle)))
    return LineString([(start_x, start_y), *points[1:]])
