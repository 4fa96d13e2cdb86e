"""The map of a sign's sheet, drawn as vectors from the layers, clipped to the map's square."""

from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from geo.signage.order_drawing import (
    BOLD,
    EDGE,
    GREEN,
    GREY,
    INK,
    PLAIN,
    RED,
    WHITE,
    Box,
    dot,
    fitted,
    polygon,
    rectangle,
    words,
)
from geo.signage.order_read import CONTROLS, Surroundings

PARK: Final = HexColor("#cfe3c4")
HEAP: Final = HexColor("#b9aea3")
WAY: Final = HexColor("#2f7d4f")
MAP_SCALE: Final = 10_000
BAR_M: Final = 200
POINTS_PER_M: Final = 1000 * mm / MAP_SCALE


class Frame(NamedTuple):
    """A square of the ground on the page: its lower left corner there, in metres."""

    west: float
    south: float
    page: Box

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the ground stands on the page."""
        return self.page.x + (x - self.west) * POINTS_PER_M, self.page.y + (y - self.south) * POINTS_PER_M


def draw_map(page: Canvas, box: Box, sign: Point, around: Surroundings, others: gpd.GeoSeries) -> None:
    """Draw the parks, spoil heaps, outlines and ways around a sign, at 1:10,000, north up."""
    half_x, half_y = box.width / POINTS_PER_M / 2, box.height / POINTS_PER_M / 2
    frame = Frame(sign.x - half_x, sign.y - half_y, box)
    page.saveState()
    page.clipPath(rectangle(page, box), stroke=0, fill=0)
    for layer, fill, stroke, width in (
        (around.parks, PARK, GREEN, 0.6),
        (around.spoil_heaps, HEAP, None, 0.0),
        (around.communes, None, EDGE, 0.4),
        (around.greenways, None, WAY, 1.6),
    ):
        if layer is not None:
            for shape in within(layer, frame):
                draw_shape(page, shape, frame, fill, stroke, width)
    draw_others(page, frame, others)
    name_parks(page, frame, around.parks)
    dot(page, frame.at(sign.x, sign.y), 2.0 * mm, RED)
    page.restoreState()
    if around.greenways is None and around.parks is None:
        words(page, "Fond de plan non disponible", (box.x + 3 * mm, box.y + box.height - 6 * mm), size=8, color=GREY)
    scale_bar(page, box)
    page.setStrokeColor(INK)
    page.setLineWidth(0.6)
    page.rect(*box)


def within(layer: gpd.GeoDataFrame, frame: Frame) -> list[BaseGeometry]:
    """Return the shapes of a layer that the frame shows, cut to it."""
    corners = bounds(frame)
    rows = layer.sindex.query(shapely.box(*corners))
    cut = shapely.clip_by_rect(layer.geometry.to_numpy()[sorted(rows)], *corners)
    return [shape for shape in cut if not shape.is_empty]


def bounds(frame: Frame) -> tuple[float, float, float, float]:
    """Return the ground that a frame shows, with a margin that hides cut edges. Lambert-93 metres."""
    margin = 20.0
    width, height = frame.page.width / POINTS_PER_M, frame.page.height / POINTS_PER_M
    return (
        frame.west - margin, frame.south - margin, frame.west + width + margin, frame.south + height + margin
    )  # fmt: skip


def draw_shape(
    page: Canvas, shape: BaseGeometry, frame: Frame, fill: Color | None, stroke: Color | None, width: float
) -> None:
    """Draw one geometry: areas filled with their holes left open, lines stroked, points as dots."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Point":
            dot(page, frame.at(part.x, part.y), 1.2 * mm, fill or stroke or INK)
            continue
        path = page.beginPath()
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            first, *rest = [frame.at(x, y) for x, y in shapely.get_coordinates(ring)]
            path.moveTo(*first)
            for point in rest:
                path.lineTo(*point)
        if stroke is not None:
            page.setStrokeColor(stroke)
            page.setLineWidth(width)
        if fill is not None:
            page.setFillColor(fill)
        is_area = part.geom_type == "Polygon" and fill is not None
        page.drawPath(path, stroke=int(stroke is not None), fill=int(is_area), fillMode=0)


def draw_others(page: Canvas, frame: Frame, others: gpd.GeoSeries) -> None:
    """Draw the other signs of the order as small dots with their codes."""
    west, south, east, north = bounds(frame)
    inside = others[others.x.between(west, east) & others.y.between(south, north)]
    for code, point in inside.items():
        x, y = frame.at(point.x, point.y)
        dot(page, (x, y), 1.1 * mm, GREY)
        words(page, fitted(str(code), 20 * mm, PLAIN, 5.5), (x + 1.6 * mm, y - 0.8 * mm), size=5.5, color=GREY)


def name_parks(page: Canvas, frame: Frame, parks: gpd.GeoDataFrame | None) -> None:
    """Write the names of parks that the frame shows, where no other name stands."""
    if parks is None:
        return
    taken: list[Box] = []
    corners = bounds(frame)
    for row in sorted(parks.sindex.query(shapely.box(*corners))):
        cut = shapely.clip_by_rect(parks.geometry.iloc[row], *corners)
        if cut.is_empty or pd.isna(parks["name"].iloc[row]):
            continue
        name = fitted(CONTROLS.sub(" ", str(parks["name"].iloc[row])), 50 * mm, PLAIN, 6.5)
        width = pdfmetrics.stringWidth(name, PLAIN, 6.5)
        middle = cut.representative_point()
        x, y = frame.at(middle.x, middle.y)
        x = min(max(x - width / 2, frame.page.x + mm), frame.page.x + frame.page.width - width - mm)
        y = min(max(y + 2 * mm, frame.page.y + 9 * mm), frame.page.y + frame.page.height - 3 * mm)
        box = Box(x, y, width, 7.0)
        if not any(overlap(box, other) for other in taken):
            taken.append(box)
            words(page, name, (x, y), size=6.5, color=GREEN)


def overlap(one: Box, other: Box) -> bool:
    """Tell whether two rectangles share ground."""
    across = one.x < other.x + other.width and other.x < one.x + one.width
    return across and one.y < other.y + other.height and other.y < one.y + one.height


def scale_bar(page: Canvas, box: Box) -> None:
    """Draw the scale and the north arrow on the map."""
    length, x, y = BAR_M * POINTS_PER_M, box.x + 3 * mm, box.y + 3 * mm
    page.setFillColor(WHITE)
    page.rect(box.x, box.y, length + 6 * mm, 7.5 * mm, stroke=0, fill=1)
    page.setStrokeColor(INK)
    page.setLineWidth(1.0)
    page.line(x, y, x + length, y)
    for end in (x, x + length):
        page.line(end, y - mm, end, y + mm)
    words(page, f"{BAR_M} m  (1:{MAP_SCALE // 1000} 000)", (x, y + 1.6 * mm), size=6, color=INK)
    x, y = box.x + box.width - 6 * mm, box.y + box.height - 12 * mm
    page.setFillColor(WHITE)
    page.rect(x - 4 * mm, y - 1.5 * mm, 10 * mm, 13.5 * mm, stroke=0, fill=1)
    polygon(page, [(x, y + 9 * mm), (x - 2 * mm, y + 3 * mm), (x, y + 4.2 * mm), (x + 2 * mm, y + 3 * mm)], INK)
    words(page, "N", (x - 0.9 * mm, y), size=7, color=INK, font=BOLD)
