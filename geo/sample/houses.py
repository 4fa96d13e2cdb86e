"""Rows of houses set along the streets: each row one rectangle, one ridge, one pitch. Local metres."""

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

from geo.sample.plan import Street
from geo.sample.square import SQUARE, Floats, cell_of

RoofKind = Literal["gabled", "hipped"]


@dataclass(frozen=True)
class Style:
    """What the rows of a street look like; each pair is (least, most)."""

    houses: tuple[int, int]
    width_m: tuple[float, float]
    depth_m: tuple[float, float]
    eaves_m: tuple[float, float]
    pitch_deg: tuple[float, float]
    front_m: tuple[float, float]
    gap_m: float
    hipped_share: float
    across_share: float = 0.0


STYLES: Final = {
    "terrace": Style((5, 10), (5.4, 6.4), (8.0, 9.4), (4.6, 5.8), (38, 48), (2.5, 3.5), 7.0, 0.15),
    "main": Style((3, 9), (5.6, 7.2), (8.6, 10.4), (5.2, 6.0), (35, 50), (1.5, 2.5), 6.0, 0.1),
    "pair": Style((2, 2), (6.8, 8.2), (8.0, 9.2), (2.8, 4.6), (32, 46), (4.0, 6.0), 6.5, 0.55),
    "quad": Style((2, 4), (6.2, 7.4), (7.8, 9.0), (2.7, 5.0), (36, 50), (3.5, 5.0), 6.0, 0.35),
    "detached": Style((1, 1), (8.6, 11.5), (8.0, 10.0), (2.5, 3.4), (25, 40), (5.0, 7.0), 6.0, 0.5, 0.25),
}
GARDEN_M: Final = 11.0
"""What a row keeps free behind it."""
ROOM: Final = SQUARE.buffer(-6.0)
"""Nothing is built within six metres of the edge."""


@dataclass(frozen=True)
class Frame:
    """A rectangle's own axes: u along its front, v towards its back.

    Attributes
    ----------
    x_m, y_m
        Local place of (u, v) = (0, 0).
    ux, uy
        Unit vector of u; v is u turned left.
    """

    x_m: float
    y_m: float
    ux: float
    uy: float

    def place(self, shape: BaseGeometry) -> BaseGeometry:
        """Return a shape given in (u, v) where it stands in the square."""
        turn = [self.ux, -self.uy, self.uy, self.ux, self.x_m, self.y_m]
        return affine_transform(shape, turn)

    def azimuth_deg(self, u: float, v: float) -> float:
        """Return the compass direction of a vector given in (u, v). Degrees in [0, 360)."""
        east, north = u * self.ux - v * self.uy, u * self.uy + v * self.ux
        return math.degrees(math.atan2(east, north)) % 360.0


@dataclass(frozen=True)
class Row:
    """Houses under one roof; lengths in metres, heights above `base_m`, the altitude of the floor."""

    frame: Frame
    street: str
    along_m: float
    side: int
    houses: int
    width_m: float
    depth_m: float
    eaves_m: float
    pitch_deg: float
    roof: RoofKind
    ridge_across: bool
    base_m: float

    @property
    def length_m(self) -> float:
        """Length of the front."""
        return self.houses * self.width_m

    def part(self, front_m: float, back_m: float) -> Polygon:
        """Return the strip of the row's width from `front_m` to `back_m` behind its front."""
        return self.frame.place(shapely.box(0.0, front_m, self.length_m, back_m))


def lay_rows(
    streets: list[Street], *, taken: list[BaseGeometry], ground_m: Floats, rng: np.random.Generator
) -> list[Row]:
    """Line every street with rows, none on another nor on `taken` land, each on the mean ground of its corners."""
    occupied = [*taken, *(street.line.buffer(street.width_m / 2 + 1.0) for street in streets)]
    rows: list[Row] = []
    for street in streets:
        for side, line in enumerate([street.line, street.line.reverse()]):
            added = _line_side(street, line, side=side, occupied=occupied, rng=rng)
            occupied += [_plot(row) for row in added]
            rows += [replace(row, base_m=_mean_ground(row, ground_m)) for row in added]
    return rows


def _line_side(
    street: Street, line: LineString, *, side: int, occupied: list[BaseGeometry], rng: np.random.Generator
) -> list[Row]:
    """Walk along the left of a line and set a row wherever one fits, the longest first."""
    style = STYLES[street.style]
    front_m = street.width_m / 2 + float(rng.uniform(*style.front_m))
    rows: list[Row] = []
    plots = list(occupied)
    along_m = 3.0
    while along_m < line.length - style.width_m[0]:
        drawn = _draw_row(street, style, side=side, rng=rng)
        row = _longest_fit(drawn, line, along_m, front_m, style=style, others=np.array(plots))
        if row is None:
            along_m += 2.0
            continue
        rows.append(row)
        plots.append(_plot(row))
        along_m += row.length_m + style.gap_m * float(rng.uniform(0.8, 1.3))
    return rows


def _draw_row(street: Street, style: Style, *, side: int, rng: np.random.Generator) -> Row:
    """Draw the sizes of a row that has no place yet, rounded as a mason would."""
    least, most = style.houses
    return Row(
        frame=Frame(0.0, 0.0, 1.0, 0.0),
        street=street.name,
        along_m=0.0,
        side=side,
        houses=int(rng.integers(least, most + 1)),
        width_m=round(float(rng.uniform(*style.width_m)), 1),
        depth_m=round(float(rng.uniform(*style.depth_m)), 1),
        eaves_m=round(float(rng.uniform(*style.eaves_m)), 1),
        pitch_deg=round(float(rng.uniform(*style.pitch_deg)) * 2) / 2,
        roof="hipped" if rng.random() < style.hipped_share else "gabled",
        ridge_across=bool(rng.random() < style.across_share),
        base_m=0.0,
    )


def _longest_fit(
    drawn: Row, line: LineString, along_m: float, front_m: float, *, style: Style, others: NDArray[np.object_]
) -> Row | None:
    """Return the row set at `along_m` with as many of its houses as fit there, or None."""
    for houses in range(drawn.houses, style.houses[0] - 1, -1):
        row = replace(drawn, houses=houses, along_m=along_m)
        if along_m + row.length_m > line.length - 3.0:
            continue
        row = replace(row, frame=_frame_on(line, along_m, row.length_m, front_m))
        plot = _plot(row)
        if ROOM.contains(plot) and not shapely.intersects(others, plot).any():
            return row
    return None


def _frame_on(line: LineString, along_m: float, length_m: float, front_m: float) -> Frame:
    """Return the axes of a rectangle on the left of a line, its front parallel to the chord."""
    start, end = line.interpolate(along_m), line.interpolate(along_m + length_m)
    run_m = math.hypot(end.x - start.x, end.y - start.y)
    ux, uy = (end.x - start.x) / run_m, (end.y - start.y) / run_m
    return Frame(start.x - front_m * uy, start.y + front_m * ux, ux, uy)


def _plot(row: Row) -> Polygon:
    return row.part(0.0, row.depth_m + GARDEN_M)


def _mean_ground(row: Row, ground_m: Floats) -> float:
    """Return the mean altitude of the ground at the row's four corners, to the centimetre."""
    corners = row.part(0.0, row.depth_m).exterior.coords[:4]
    return round(float(np.mean([ground_m[cell_of(x, y)] for x, y in corners])), 2)
