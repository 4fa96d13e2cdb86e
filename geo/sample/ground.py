"""The bare ground: undulation, canal, embankment, spoil heap, rubble. Altitudes in metres, shape (rows, cols)."""

import math
from typing import Final

import numpy as np
import shapely
from shapely import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.sample.plan import (
    BROWNFIELDS,
    CANAL_LINE,
    CANAL_WIDTH_M,
    CAVALIER,
    HEAP_HEIGHT_M,
    HEAP_TOP_RADIUS_M,
    HEAP_X_M,
    HEAP_Y_M,
)
from geo.sample.square import CELLS, SIDE_M, Floats, cell_centres, cell_of

WATER_M: Final = 31.0
EMBANKMENT_M: Final = 2.2
EMBANKMENT_END_M: Final = 525.0
"""Where the embankment has come down to the main road. Local y."""
HEAP_SLOPE_DEG: Final = 36.5
HEAP_REACH_M: Final = 170.0
HEAP_SWING_DEG: Final = 1.5
HEAP_WAVES: Final = (1, 2, 3, 5, 7, 11, 17)
"""Ribs and gullies around the heap, as waves of the slope over the directions."""


def natural_ground(rng: np.random.Generator) -> Floats:
    """Return the terrain with everything that people have dug and banked up, but without the spoil heap."""
    ground_m = _with_embankment(_undulation(rng))
    return _with_canal(_with_rubble(ground_m, rng))


def with_heap(natural_m: Floats, phases: Floats) -> Floats:
    """Return the ground with the spoil heap on it: a level top, 90 m over the mean of its foot, and even slopes.

    The slope, 35 to 38 degrees, changes with the direction only, so that every way straight down is even.
    """
    north_row, west_col = cell_of(HEAP_X_M - HEAP_REACH_M, HEAP_Y_M + HEAP_REACH_M)
    south_row, east_col = cell_of(HEAP_X_M + HEAP_REACH_M, HEAP_Y_M - HEAP_REACH_M)
    rows, cols = slice(north_row, south_row), slice(west_col, east_col)
    x_m, y_m = cell_centres()
    east_m, north_m = x_m[:, cols] - HEAP_X_M, y_m[rows] - HEAP_Y_M
    fall = _fall(np.arctan2(north_m, east_m), phases)
    drop_m = fall * np.clip(np.hypot(east_m, north_m) - HEAP_TOP_RADIUS_M, 0.0, None)
    ground_m = natural_m.copy()
    ground_m[rows, cols] = np.maximum(natural_m[rows, cols], _foot_altitude(natural_m) + HEAP_HEIGHT_M - drop_m)
    return ground_m


def heap_foot(natural_m: Floats, phases: Floats) -> Polygon:
    """Return the line where the heap meets the ground, found by walking to and fro on each direction."""
    angle = np.linspace(-math.pi, math.pi, 240, endpoint=False)
    fall = _fall(angle, phases)
    top_m = _foot_altitude(natural_m) + HEAP_HEIGHT_M
    radius_m = HEAP_TOP_RADIUS_M + HEAP_HEIGHT_M / fall
    for _ in range(5):
        radius_m = HEAP_TOP_RADIUS_M + (top_m - _around(natural_m, angle, radius_m)) / fall
    return Polygon(np.column_stack([HEAP_X_M + radius_m * np.cos(angle), HEAP_Y_M + radius_m * np.sin(angle)]))


def _foot_altitude(natural_m: Floats) -> float:
    """Return the mean altitude of the ground on a circle where the heap ends."""
    angle = np.linspace(-math.pi, math.pi, 240, endpoint=False)
    radius_m = HEAP_TOP_RADIUS_M + HEAP_HEIGHT_M / math.tan(math.radians(HEAP_SLOPE_DEG))
    return float(_around(natural_m, angle, np.full(angle.shape, radius_m)).mean())


def _around(values: Floats, angle: Floats, radius_m: Floats) -> Floats:
    """Return the values at places given from the heap's middle (radians anticlockwise from east, metres)."""
    places = zip(HEAP_X_M + radius_m * np.cos(angle), HEAP_Y_M + radius_m * np.sin(angle), strict=True)
    return np.array([values[cell_of(float(x), float(y))] for x, y in places])


def _fall(angle: Floats, phases: Floats) -> Floats:
    """Return the tangent of the heap's slope in a direction (radians anticlockwise from east)."""
    waves = [np.sin(count * angle + phase) / count for count, phase in zip(HEAP_WAVES, phases, strict=True)]
    most = sum(1.0 / count for count in HEAP_WAVES)
    swing_deg = HEAP_SWING_DEG * sum(waves, np.zeros_like(angle)) / most
    return np.asarray(np.tan(np.radians(HEAP_SLOPE_DEG + swing_deg)), dtype=np.float64)


def _undulation(rng: np.random.Generator) -> Floats:
    """Return natural ground between 33 and 47 m, rising to the north, with a little relief at every scale."""
    x_m, y_m = cell_centres()
    trend_m = 34.6 + 8.0 * y_m / SIDE_M + 0.8 * x_m / SIDE_M
    broad_m, fine_m = smooth_noise(rng, 2, 7), smooth_noise(rng, 30, 90)
    return np.asarray(trend_m + 1.3 * broad_m + 0.07 * fine_m, dtype=np.float64)


def smooth_noise(rng: np.random.Generator, least: int, most: int) -> Floats:
    """Return a sum of cosines of unit variance with `least` to `most` half-waves across the square."""
    waves = np.arange(most + 1)
    kept = np.hypot(waves[:, None], waves)
    weights = rng.standard_normal(kept.shape) * ((kept >= least) & (kept <= most)) / np.maximum(kept, 1.0)
    basis = np.cos(math.pi * waves * (np.arange(CELLS)[:, None] + 0.5) / CELLS)
    values = basis @ weights @ basis.T
    return np.asarray(values / values.std(), dtype=np.float64)


def _with_canal(ground_m: Floats) -> Floats:
    """Cut the canal: level water, level towpaths, banks eased into the ground within thirty metres."""
    window, distance_m = _near(CANAL_LINE, CANAL_WIDTH_M / 2 + 40.0)
    beside_m = distance_m - CANAL_WIDTH_M / 2
    eased = np.clip((beside_m - 9.0) / 30.0, 0.0, 1.0) ** 2
    banked_m = (1 - eased) * (WATER_M + 1.8) + eased * ground_m[window]
    dug_m = ground_m.copy()
    dug_m[window] = WATER_M + np.clip(beside_m / 2.0, 0.0, 1.0) * (banked_m - WATER_M)
    return dug_m


def _with_embankment(ground_m: Floats) -> Floats:
    """Raise the old mine railway south of the main road, easing down to the road's level."""
    south = CAVALIER.intersection(box(0.0, 0.0, SIDE_M, EMBANKMENT_END_M))
    window, distance_m = _near(south, 8.0)
    _, y_m = cell_centres()
    height_m = EMBANKMENT_M * np.clip((EMBANKMENT_END_M - y_m[window[0]]) / 50.0, 0.0, 1.0)
    raised_m = ground_m.copy()
    raised_m[window] += np.clip(height_m - np.maximum(distance_m - 2.5, 0.0) / 1.6, 0.0, None)
    return raised_m


def _with_rubble(ground_m: Floats, rng: np.random.Generator) -> Floats:
    """Leave low mounds on the disused sites."""
    x_m, y_m = cell_centres()
    heaped_m = ground_m.copy()
    for _, _, _, site in BROWNFIELDS:
        inner = site.buffer(-12)
        west, south, east, north = inner.bounds
        for _ in range(10):
            x, y, radius_m = rng.uniform(west, east), rng.uniform(south, north), rng.uniform(3.0, 7.0)
            rise_m = rng.uniform(0.6, 1.8)
            if inner.contains(Point(x, y)):
                profile = [np.exp(-(((axis - at) / radius_m) ** 2)) for axis, at in ((x_m, x), (y_m, y))]
                heaped_m += rise_m * profile[1] * profile[0]
    return heaped_m


def _near(shape: BaseGeometry, reach_m: float) -> tuple[tuple[slice, slice], Floats]:
    """Return the rows and columns within reach of a shape, and the distance of their cells to it. Metres."""
    west, south, east, north = shape.buffer(reach_m).bounds
    (top, left), (bottom, right) = cell_of(west, north), cell_of(east, south)
    rows, cols = slice(top, bottom + 1), slice(left, right + 1)
    x_m, y_m = cell_centres()
    shapely.prepare(shape)
    points = shapely.points(*np.meshgrid(x_m[0, cols], y_m[rows, 0]))
    return (rows, cols), np.asarray(shapely.distance(shape, points), dtype=np.float64)
