"""Roof planes cut exactly: ridge, hips and eaves, house by house, and what stands on them.

A plane is z(x, y) = altitude at the centroid of its polygon + slope; walls are vertical and nothing overhangs.

Glossary: ridge = faîtage; eaves = égout; hipped = à croupes; gabled = à pignons; dormer = lucarne; sawtooth = shed.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from shapely import Point, Polygon, box
from shapely.ops import unary_union

from geo.sample.houses import Frame, Row
from geo.sample.plan import HALL_FRAME, SCHOOL_FRAME
from geo.sample.square import Floats, cell_of

PARAPET_M: Final = 0.6
PARAPET_WIDTH_M: Final = 0.6
CHIMNEY_SHARE: Final = 0.65
DORMER_SHARE: Final = 0.3
FRONT_SHARE: Final = 0.7
"""How many houses have a chimney, how many rows dormers, how many of these look to the street."""
DORMER_PITCH_DEG: Final = 40.0
"""A lower roof has no room for dormers."""
TWO_STOREYS_M: Final = 4.2
"""Eaves this high or higher have two storeys under them."""
SLIVER_M2: Final = 1e-6


@dataclass(frozen=True)
class Plane:
    """One roof plane.

    Attributes
    ----------
    pitch_deg
        From the horizontal, degrees in [0, 90).
    azimuth_deg
        Compass direction of the way down, degrees in [0, 360); NaN where the plane is flat.
    altitude_m
        Of the plane at the centroid of its polygon.
    polygon
        Where it lies, seen from above. Local metres.
    """

    pitch_deg: float
    azimuth_deg: float
    altitude_m: float
    polygon: Polygon

    @property
    def gradient(self) -> tuple[float, float]:
        """Return (dz/dx, dz/dy)."""
        if math.isnan(self.azimuth_deg):
            return 0.0, 0.0
        rise, azimuth = math.tan(math.radians(self.pitch_deg)), math.radians(self.azimuth_deg)
        return -rise * math.sin(azimuth), -rise * math.cos(azimuth)


@dataclass(frozen=True)
class Obstacle:
    """Something level-topped that stands on a roof and is no part of its planes."""

    kind: Literal["chimney", "dormer", "parapet"]
    top_m: float
    polygon: Polygon


@dataclass(frozen=True)
class Building:
    """A footprint, its roof planes, which tile it, and what stands on them. Altitudes in metres."""

    kind: Literal["house", "school", "hall"]
    roof: Literal["gabled", "hipped", "flat", "sawtooth"]
    storeys: int
    base_m: float
    ridge_m: float
    footprint: Polygon
    planes: tuple[Plane, ...]
    obstacles: tuple[Obstacle, ...]
    row: Row | None = None
    front: tuple[float, float] | None = None


@dataclass(frozen=True)
class _Slope:
    """A plane in a frame's (u, v): it rises `rise` per metre from `eaves_m` on the line where `inward` is zero."""

    polygon: Polygon
    down: tuple[float, float]
    foot: tuple[float, float]


def houses_of(row: Row, rng: np.random.Generator) -> list[Building]:
    """Return the houses of a row, cut from its one roof by the party walls."""
    slopes = _slopes(row)
    rise = math.tan(math.radians(row.pitch_deg))
    ridge_m = row.base_m + row.eaves_m + rise * _half_span(row)
    dormers = row.roof == "gabled" and not row.ridge_across and row.pitch_deg >= DORMER_PITCH_DEG
    dormers = dormers and rng.random() < DORMER_SHARE
    storeys = 1 if row.eaves_m < TWO_STOREYS_M else 2
    houses = []
    for number in range(row.houses):
        strip = box(number * row.width_m, 0.0, (number + 1) * row.width_m, row.depth_m)
        obstacles = _chimney(row, strip, ridge_m, rng) + (_dormer(row, strip, rng) if dormers else ())
        middle = row.frame.place(Point((number + 0.5) * row.width_m, 0.0))
        houses.append(Building(
            kind="house", roof=row.roof, storeys=storeys, base_m=row.base_m, ridge_m=ridge_m,
            footprint=row.frame.place(strip), planes=_cut(row, slopes, strip), obstacles=obstacles, row=row,
            front=(middle.x, middle.y),
        ))  # fmt: skip
    return houses


def _half_span(row: Row) -> float:
    """Return the horizontal run from eaves to ridge."""
    if row.roof == "hipped":
        return min(row.length_m, row.depth_m) / 2
    return (row.length_m if row.ridge_across else row.depth_m) / 2


def _slopes(row: Row) -> list[_Slope]:
    """Return the planes of the whole row in its own axes."""
    length, depth = row.length_m, row.depth_m
    if row.roof == "hipped":
        return _hipped(length, depth)
    if row.ridge_across:
        middle = length / 2
        return [
            _Slope(box(0, 0, middle, depth), (-1.0, 0.0), (0.0, 0.0)),
            _Slope(box(middle, 0, length, depth), (1.0, 0.0), (length, 0.0)),
        ]
    return [
        _Slope(box(0, 0, length, depth / 2), (0.0, -1.0), (0.0, 0.0)),
        _Slope(box(0, depth / 2, length, depth), (0.0, 1.0), (0.0, depth)),
    ]


def _hipped(length: float, depth: float) -> list[_Slope]:
    """Return four planes of one pitch; the ridge runs along the longer side and is a point on a square."""
    run = min(length, depth) / 2
    first = (run, run)
    last = (length - run, depth - run)
    return [
        _Slope(Polygon([(0, 0), (length, 0), (last[0], run), first]), (0.0, -1.0), (0.0, 0.0)),
        _Slope(Polygon([(0, depth), (first[0], depth - run), last, (length, depth)]), (0.0, 1.0), (0.0, depth)),
        _Slope(Polygon([(0, 0), first, (run, depth - run), (0, depth)]), (-1.0, 0.0), (0.0, 0.0)),
        _Slope(Polygon([(length, 0), (length, depth), last, (length - run, run)]), (1.0, 0.0), (length, 0.0)),
    ]


def _cut(row: Row, slopes: list[_Slope], strip: Polygon) -> tuple[Plane, ...]:
    """Return the part of each slope over one house."""
    rise = math.tan(math.radians(row.pitch_deg))
    planes = []
    for slope in slopes:
        polygon = slope.polygon.intersection(strip)
        if polygon.area < SLIVER_M2:
            continue
        u, v = polygon.centroid.x, polygon.centroid.y
        inward_m = -(u - slope.foot[0]) * slope.down[0] - (v - slope.foot[1]) * slope.down[1]
        altitude_m = row.base_m + row.eaves_m + rise * inward_m
        planes.append(Plane(row.pitch_deg, row.frame.azimuth_deg(*slope.down), altitude_m, row.frame.place(polygon)))
    return tuple(planes)


def _chimney(row: Row, strip: Polygon, ridge_m: float, rng: np.random.Generator) -> tuple[Obstacle, ...]:
    """Put a stack beside the ridge, at the right-hand wall, on two houses out of three."""
    if rng.random() > CHIMNEY_SHARE:
        return ()
    u = strip.bounds[2] - 1.1
    if row.roof == "hipped" or row.ridge_across:
        u = (strip.bounds[0] + strip.bounds[2]) / 2
    v = row.depth_m / 2 + float(rng.choice([-0.5, 0.5]))
    return (Obstacle("chimney", round(ridge_m + 1.0, 2), row.frame.place(box(u - 0.5, v - 0.5, u + 0.5, v + 0.5))),)


def _dormer(row: Row, strip: Polygon, rng: np.random.Generator) -> tuple[Obstacle, ...]:
    """Put a flat-topped dormer in the middle of the front or the back slope."""
    rise = math.tan(math.radians(row.pitch_deg))
    front_m, height_m = 1.0, 1.4
    back_m = front_m + height_m / rise
    if back_m > row.depth_m / 2 - 0.8:
        return ()
    u = (strip.bounds[0] + strip.bounds[2]) / 2
    low, high = (front_m, back_m) if rng.random() < FRONT_SHARE else (row.depth_m - back_m, row.depth_m - front_m)
    top_m = row.base_m + row.eaves_m + rise * back_m
    return (Obstacle("dormer", top_m, row.frame.place(box(u - 0.8, low, u + 0.8, high))),)


def school(ground_m: Floats) -> Building:
    """Return the flat-roofed school: a wing of two storeys, a lower one across it, parapets around both."""
    frame = _frame(SCHOOL_FRAME)
    base_m = _ground_under(frame, ground_m)
    wings = [(box(-34, 4, 34, 18), 7.6), (box(-34, -24, -20, 4), 4.2)]
    planes = tuple(Plane(0.0, math.nan, base_m + height, frame.place(wing)) for wing, height in wings)
    parapets = tuple(
        Obstacle("parapet", base_m + height + PARAPET_M, frame.place(_rim(wing, PARAPET_WIDTH_M)))
        for wing, height in wings
    )
    footprint = frame.place(unary_union([wing for wing, _ in wings]))
    return Building("school", "flat", 2, base_m, base_m + 7.6, footprint, planes, parapets)


def _rim(wing: Polygon, width_m: float) -> Polygon:
    """Return the outer edge of a wing."""
    return wing.difference(wing.buffer(-width_m, join_style="mitre"))


def hall(ground_m: Floats) -> Building:
    """Return the sawtooth hall: long slopes of 28° to the south, steep glass of 64° to the north."""
    frame = _frame(HALL_FRAME)
    base_m, eaves_m = _ground_under(frame, ground_m), 6.0
    gentle, steep = (math.tan(math.radians(angle)) for angle in (28.0, 64.0))
    half_length, half_depth, bay = 33.0, 20.0, 10.0
    peak = bay * steep / (gentle + steep)
    planes = []
    for number in range(4):
        foot = -half_depth + number * bay
        slope, glass = (
            box(-half_length, foot, half_length, foot + peak),
            box(-half_length, foot + peak, half_length, foot + bay),
        )
        middle_m = base_m + eaves_m + gentle * peak / 2
        planes.append(Plane(28.0, frame.azimuth_deg(0, -1), middle_m, frame.place(slope)))
        planes.append(Plane(64.0, frame.azimuth_deg(0, 1), middle_m, frame.place(glass)))
    footprint = frame.place(box(-half_length, -half_depth, half_length, half_depth))
    return Building("hall", "sawtooth", 1, base_m, base_m + eaves_m + gentle * peak, footprint, tuple(planes), ())


def _frame(place: tuple[float, float, float]) -> Frame:
    x_m, y_m, angle_deg = place
    return Frame(x_m, y_m, math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg)))


def _ground_under(frame: Frame, ground_m: Floats) -> float:
    return round(float(ground_m[cell_of(frame.x_m, frame.y_m)]), 2)
