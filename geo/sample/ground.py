"""The bare ground: undulation, canal, embankment, spoil heap, rubble. Altitudes in metres, shape (rows, cols)."""

import math
from typing import Final

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.sample.plan import (
    BROWNFIELDS, CANAL_LINE, CANAL_WIDTH_M, CAVALIER, HEAP_HEIGHT_M, HEAP_TOP_RADIUS_M, HEAP_X_M, HEAP_Y_M, MAIN_ROAD,
)  # fmt: skip
from geo.sample.square import CELLS, SIDE_M, Floats, cell_centres

WATER_M: Final = 31.0
EMBANKMENT_M: Final = 2.2
COARSE: Final = 4
"""Distances to lines are measured on every fourth cell and interpolated between."""


def natural_ground(rng: np.random.Generator) -> Floats:
    """Return the terrain with everything that people have dug and banked up, but without the spoil heap."""
    ground_m = _with_embankment(_undulation(rng))
    return _with_canal(_with_rubble(ground_m, rng))


def heap_above_ground(phases: Floats) -> Floats:
    """Return the height of the spoil heap over the ground it lies on: a flat top, slopes of 35 to 38 degrees.

    The slope changes with the direction only, so that every way straight down is even.
    """
    x_m, y_m = cell_centres()
    east_m, north_m = x_m - HEAP_X_M, y_m - HEAP_Y_M
    fall = _fall(np.arctan2(north_m, east_m), phases)
    return np.clip(HEAP_HEIGHT_M - fall * (np.hypot(east_m, north_m) - HEAP_TOP_RADIUS_M), 0.0, HEAP_HEIGHT_M)


def heap_foot(phases: Floats) -> Polygon:
    """Return the line where the heap meets the ground."""
    angle = np.linspace(-math.pi, math.pi, 240, endpoint=False)
    radius_m = HEAP_TOP_RADIUS_M + HEAP_HEIGHT_M / _fall(angle, phases)
    return Polygon(np.column_stack([HEAP_X_M + radius_m * np.cos(angle), HEAP_Y_M + radius_m * np.sin(angle)]))


def _fall(angle: Floats, phases: Floats) -> Floats:
    """Return the tangent of the heap's slope in a direction (radians anticlockwise from east)."""
    wave = np.sin(2 * angle + phases[0]) + 0.5 * np.sin(5 * angle + phases[1]) + 0.35 * np.sin(19 * angle + phases[2])
    return np.asarray(np.tan(np.radians(36.5 + 1.4 * wave / 1.85)), dtype=np.float64)


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
    distance_m = distance_to(CANAL_LINE)
    edge_m = CANAL_WIDTH_M / 2
    eased = np.clip((distance_m - edge_m - 9.0) / 30.0, 0.0, 1.0) ** 2
    banked_m = (1 - eased) * (WATER_M + 1.8) + eased * ground_m
    bank = np.clip((distance_m - edge_m) / 2.0, 0.0, 1.0)
    return np.asarray(WATER_M + bank * (banked_m - WATER_M), dtype=np.float64)


def _with_embankment(ground_m: Floats) -> Floats:
    """Raise the old mine railway, level with the streets it crosses."""
    open_way = np.clip((distance_to(MAIN_ROAD) - 15.0) / 50.0, 0.0, 1.0)
    _, y_m = cell_centres()
    height_m = EMBANKMENT_M * open_way * np.clip((560.0 - y_m) / 20.0, 0.0, 1.0)
    return np.asarray(ground_m + np.clip(height_m - np.maximum(distance_to(CAVALIER) - 2.5, 0.0) / 1.6, 0.0, None))


def _with_rubble(ground_m: Floats, rng: np.random.Generator) -> Floats:
    """Leave low mounds on the disused sites."""
    x_m, y_m = cell_centres()
    for _, _, _, site in BROWNFIELDS:
        west, south, east, north = site.buffer(-12).bounds
        for _ in range(10):
            x, y, radius_m = rng.uniform(west, east), rng.uniform(south, north), rng.uniform(3.0, 7.0)
            if site.buffer(-12).contains(shapely.Point(x, y)):
                squared = ((x_m - x) / radius_m) ** 2 + ((y_m - y) / radius_m) ** 2
                ground_m = ground_m + rng.uniform(0.6, 1.8) * np.exp(-squared)
    return ground_m


def distance_to(shape: BaseGeometry) -> Floats:
    """Return the distance of every cell to a shape, measured coarsely and interpolated. Metres."""
    x_m, y_m = cell_centres()
    knots = np.linspace(0, CELLS - 1, CELLS // COARSE + 1)
    columns = np.interp(knots, np.arange(CELLS), x_m[0])
    rows = np.interp(knots, np.arange(CELLS), y_m[:, 0])
    points = shapely.points(*np.meshgrid(columns, rows))
    coarse = shapely.distance(points, shape)
    at = np.linspace(0, coarse.shape[0] - 1, CELLS)
    low = np.minimum(at.astype(int), coarse.shape[0] - 2)
    part = at - low
    by_row = coarse[low] * (1 - part)[:, None] + coarse[low + 1] * part[:, None]
    return np.asarray(by_row[:, low] * (1 - part) + by_row[:, low + 1] * part, dtype=np.float64)
