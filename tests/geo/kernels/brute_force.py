"""Slow answers to compare with: rays through the surface between the cells, one for each hour of sun."""

import math

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]
STEP = 0.25
"""Cells between two samples of a ray."""


@njit
def height_at(heights: Floats, row: float, col: float) -> float:
    top, left = math.floor(row), math.floor(col)
    if top < 0 or left < 0 or top + 1 >= heights.shape[0] or left + 1 >= heights.shape[1]:
        return math.nan
    down, right = row - top, col - left
    upper = heights[top, left] * (1 - right) + heights[top, left + 1] * right
    lower = heights[top + 1, left] * (1 - right) + heights[top + 1, left + 1] * right
    return upper * (1 - down) + lower * down


@njit
def horizon_tangent(heights: Floats, row: int, col: int, azimuth: float, cell_m: float, top: float) -> float:
    """The largest (height - own height) / distance along a ray; at least 0."""
    own = heights[row, col]
    south, east = -math.cos(azimuth), math.sin(azimuth)
    best, distance = 0.0, STEP
    while True:
        if (top - own) / (distance * cell_m) <= best:
            return best
        r, c = row + south * distance, col + east * distance
        if r < 0 or c < 0 or r > heights.shape[0] - 1 or c > heights.shape[1] - 1:
            return best
        height = height_at(heights, r, c)
        if not math.isnan(height):
            best = max(best, (height - own) / (distance * cell_m))
        distance += STEP


@njit(parallel=True)
def irradiation(  # noqa: PLR0913, PLR0917
    heights: Floats, cells: NDArray[np.int64], east: Floats, north: Floats, cell_m: float,
    sun_azimuth: Floats, sun_elevation: Floats, beam: Floats, dome: float, azimuths: int,
) -> Floats:  # fmt: skip
    """Beam and even sky on each cell (row, col), in the unit of `beam` and `dome`."""
    top = np.nanmax(heights)
    answer = np.zeros(cells.shape[0])
    for index in prange(cells.shape[0]):
        row, col = cells[index]
        p, q = east[row, col], north[row, col]
        upright = 1.0 / math.sqrt(1 + p * p + q * q)
        total = 0.0
        for hour in range(beam.size):
            azimuth, elevation = sun_azimuth[hour], sun_elevation[hour]
            if elevation <= 0 or beam[hour] <= 0:
                continue
            rise = p * math.sin(azimuth) + q * math.cos(azimuth)
            cosine = upright * (math.sin(elevation) - rise * math.cos(elevation))
            if cosine > 0 and math.tan(elevation) > horizon_tangent(heights, row, col, azimuth, cell_m, top):
                total += beam[hour] * cosine
        step = 2 * math.pi / azimuths
        for k in range(azimuths):
            azimuth = (k + 0.5) * step
            rise = p * math.sin(azimuth) + q * math.cos(azimuth)
            tangent = max(rise, horizon_tangent(heights, row, col, azimuth, cell_m, top))
            h = math.atan(max(tangent, 0.0))
            vertical = math.cos(h) ** 2 / 2
            horizontal = (math.pi / 2 - h) / 2 - math.sin(2 * h) / 4
            total += dome / math.pi * step * upright * (vertical - rise * horizontal)
        answer[index] = total
    return answer
