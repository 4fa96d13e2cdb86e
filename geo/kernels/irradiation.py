"""A year of sun on every cell: the horizon of each direction, and at once the energy that comes in above it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.kernels.far import FarGround, far_horizon, spread_far
from geo.kernels.rays import BLIND, Grid, empty_pyramid, fill_pyramid, pad, plan_samples, steep_ray
from geo.kernels.sky import Tables, sector_azimuths
from geo.kernels.sweep import sweep
from geo.kernels.terrain import Gradient, horn_gradient

ROUNDING = 1e-12
ABOVE_ZERO_M = 2.0
"""Lowest height that asks: an exact zero with a mark in its last bits would be a number that slows processors."""


class Window(NamedTuple):
    """The cells whose energy is wanted, inside the raster that shades them: slices of rows and of columns."""

    rows: slice
    cols: slice


class Scene(NamedTuple):
    """A surface model, and which of its cells are asked about.

    Attributes
    ----------
    heights_m
        Metres, shape (rows, cols), row 0 north; NaN is unknown and hides nothing.
    cell_m
        Width of a cell. Metres.
    window
        Cells to answer for; None for all.
    wanted
        False where no answer is needed, shape of the window; None for everywhere.
    origin
        Row and column of the first cell in the raster this one was cut from, so that all cuts agree.
    far
        Coarse terrain around, or None.
    slope
        Slope of the surfaces asked about, shape of the window, such as that of fitted roof planes; None to take it from
        the heights.
    lowest_m
        Lowest height of the raster this one was cut from, so that all cuts round alike; None for the window's own.
    """

    heights_m: Grid
    cell_m: float
    window: Window | None = None
    wanted: NDArray[np.bool_] | None = None
    origin: tuple[int, int] = (0, 0)
    far: FarGround | None = None
    slope: Gradient | None = None
    lowest_m: float | None = None


class Side(NamedTuple):
    """A scene made ready for rays near its own north-south: as it lies, or transposed."""

    padded: Grid
    observers: Grid
    slope: Gradient
    start: tuple[int, int]
    first_row: int
    transposed: bool


def accumulate(scene: Scene, tables: Tables) -> NDArray[np.float32]:
    """Return the energy above each cell's horizon, summed over all directions, for a unit of its own surface.

    Parameters
    ----------
    tables
        From `sky.energy_tables`, shape (layers, directions, 2, bins + 1).

    Returns
    -------
    Shape (layers, rows, cols) of the window, in the unit of the tables; NaN where unknown or not wanted.
    """
    rows, cols = scene.heights_m.shape
    area = scene.window or Window(slice(0, rows), slice(0, cols))
    own = scene.heights_m[area.rows, area.cols]
    asked = ~np.isnan(own) if scene.wanted is None else ~np.isnan(own) & scene.wanted
    total = np.zeros((tables.shape[0], *asked.shape), np.float32)
    if not asked.any():
        return np.full_like(total, np.nan)
    slope = scene.slope or _window_gradient(scene.heights_m, area, scene.cell_m)
    lowest = float(np.min(own[asked])) if scene.lowest_m is None else scene.lowest_m
    base = np.float32(lowest - ABOVE_ZERO_M)  # heights near zero keep more digits
    observers = np.where(asked, own - base, BLIND).astype(np.float32)
    azimuths = sector_azimuths(tables.shape[1])
    steep = np.abs(np.cos(azimuths)) >= np.abs(np.sin(azimuths)) - ROUNDING
    for transposed in (False, True):
        side = _side(scene, observers, slope, area, base, transposed=transposed)
        chosen = np.flatnonzero(steep != transposed)
        part = total if not transposed else np.zeros((tables.shape[0], *asked.shape[::-1]), np.float32)
        _sweep_side(side, scene, azimuths[chosen], tables[:, chosen], base, part)
        if transposed:
            total += part.transpose(0, 2, 1)
    upright = 1.0 / np.sqrt(1.0 + slope.east**2 + slope.north**2)
    return np.where(asked, total * upright, np.float32(np.nan)).astype(np.float32)


def _window_gradient(heights_m: Grid, area: Window, cell_m: float) -> Gradient:
    """Return the gradient in the window, its edges seeing the cells around it; level where unknown."""
    top, left = max(0, area.rows.start - 1), max(0, area.cols.start - 1)
    slope = horn_gradient(heights_m[top : area.rows.stop + 1, left : area.cols.stop + 1], cell_m=cell_m)
    rows = slice(area.rows.start - top, area.rows.stop - top)
    cols = slice(area.cols.start - left, area.cols.stop - left)
    return Gradient(*(np.ascontiguousarray(np.nan_to_num(part[rows, cols], nan=0.0)) for part in slope))


def _side(
    scene: Scene, observers: Grid, slope: Gradient, area: Window, base: np.float32, *, transposed: bool
) -> Side:  # fmt: skip
    """Return the scene as it lies, or with rows and columns exchanged."""
    heights = scene.heights_m - base
    start, first = (area.rows.start, area.cols.start), scene.origin
    if not transposed:
        return Side(pad(heights), observers, slope, start, first[0], transposed)
    # the transposed raster's north is this one's west, its east this one's south
    turned = Gradient(east=np.ascontiguousarray(-slope.north.T), north=np.ascontiguousarray(-slope.east.T))
    return Side(pad(heights.T), np.ascontiguousarray(observers.T), turned, start[::-1], first[1], transposed)


def _sweep_side(
    side: Side, scene: Scene, azimuths: NDArray[np.float64], tables: Tables, base: np.float32, total: Tables
) -> None:
    """Add the energy of every azimuth near to the side's north-south."""
    rows, stride = side.padded.shape
    pyramid = empty_pyramid(side.padded, side.first_row)
    ceiling = np.float32(side.padded.max())
    observers = range(side.start[0], side.start[0] + side.observers.shape[0])
    for index, azimuth in enumerate(azimuths):
        own = -0.5 * np.pi - azimuth if side.transposed else azimuth
        ray = steep_ray(float(own), cell_m=scene.cell_m)
        fill_pyramid(side.padded, pyramid, ray, first_row=side.first_row)
        samples = plan_samples(ray, observers, rows=rows, stride=stride, first_row=side.first_row)
        plan = (samples.spots, samples.offsets, samples.weights, samples.counts)
        sweep(
            side.padded, pyramid, side.observers, (side.slope.east, side.slope.north), side.start[1],
            (np.float32(np.sin(own)), np.float32(np.cos(own))), plan, ceiling,
            _far_tangents(side, scene, float(azimuth), base), np.ascontiguousarray(tables[:, index]), total,
        )  # fmt: skip


def _far_tangents(side: Side, scene: Scene, azimuth_rad: float, base: np.float32) -> Grid:
    """Return the far terrain's tangent for each observer, or nothing if there is no far terrain."""
    far = scene.far
    if far is None:
        return np.zeros((0, 0), np.float32)
    rows, cols = side.start[::-1] if side.transposed else side.start
    observers = side.observers.T if side.transposed else side.observers
    ratio = scene.cell_m / far.cell_m
    first = (
        (far.north_m + (rows + 0.5) * scene.cell_m) / far.cell_m - 0.5,
        ((cols + 0.5) * scene.cell_m - far.west_m) / far.cell_m - 0.5,
    )
    corner = tuple(int(np.clip(np.floor(at), 0, size - 2)) for at, size in zip(first, far.heights_m.shape, strict=True))
    beyond = tuple(
        int(np.clip(np.ceil(at + count * ratio) + 1, low + 2, size))
        for at, count, low, size in zip(first, observers.shape, corner, far.heights_m.shape, strict=True)
    )
    tangent, inverse, ground = far_horizon(
        far.heights_m, azimuth_rad, far.nearest_m / far.cell_m, far.reach_m / far.cell_m, far.cell_m,
        (corner[0], corner[1]), (beyond[0] - corner[0], beyond[1] - corner[1]),
    )  # fmt: skip
    target = np.empty(observers.shape, np.float32)
    place = (first[0] - corner[0], first[1] - corner[1], ratio)
    spread_far(tangent, inverse, ground - base, np.ascontiguousarray(observers), place, target)
    return np.ascontiguousarray(target.T) if side.transposed else target
