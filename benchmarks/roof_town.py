"""A town of detached roofs of every common shape, with the truth about their planes."""

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely import Polygon, box
from shapely.affinity import affine_transform, rotate, translate

from geo.crs import LAMBERT93
from geo.raster import Raster

Floats = NDArray[np.float64]
Pieces = list[tuple[Polygon, float, float, float]]
"""(polygon, slope in x, slope in y, height at the origin) of each plane in a house's own axes."""
CELL_M = 0.5
FINE = 3
"""Cells are means of FINE by FINE points."""
PITCH_M = 36.0
SIDE = 18
WEST_M, NORTH_M = 684_000.0, 7_040_000.0


def tan(angle_deg: float) -> float:
    """Return the rise of a pitch."""
    return float(np.tan(np.radians(angle_deg)))


def gable(rng: np.random.Generator) -> Pieces:
    """Return a gable, its ridge in the middle or beside it."""
    length, depth, rise = rng.uniform(7, 16), rng.uniform(6, 11), tan(rng.uniform(15, 55))
    return _gable(length, depth, rise)


def _gable(length: float, depth: float, rise: float) -> Pieces:
    return [
        (box(-length / 2, -depth / 2, length / 2, 0), 0.0, rise, rise * depth / 2),
        (box(-length / 2, 0, length / 2, depth / 2), 0.0, -rise, rise * depth / 2),
    ]


def low(rng: np.random.Generator) -> Pieces:
    """Return a low gable of a shop or a barn."""
    return _gable(rng.uniform(15, 28), rng.uniform(10, 18), tan(rng.uniform(5, 14)))


def hip(rng: np.random.Generator) -> Pieces:
    """Return a hipped roof whose end slopes may be steeper."""
    length, depth, rise = rng.uniform(9, 16), rng.uniform(7, 9), tan(rng.uniform(20, 50))
    end = rise * rng.uniform(1.0, 1.4)
    return envelope(box(-length / 2, -depth / 2, length / 2, depth / 2), [
        (0.0, rise, rise * depth / 2), (0.0, -rise, rise * depth / 2),
        (end, 0.0, end * length / 2), (-end, 0.0, end * length / 2),
    ])  # fmt: skip


def cross(rng: np.random.Generator) -> Pieces:
    """Return an L or a T: two gables that meet in valleys."""
    length, depth, rise = rng.uniform(11, 17), rng.uniform(6.5, 9), tan(rng.uniform(25, 50))
    reach, width = rng.uniform(4.5, 8), rng.uniform(5.5, depth)
    x = rng.choice([-length / 2 + width / 2, rng.uniform(-1, 1), length / 2 - width / 2])
    main = _gable(length, depth, rise)
    top = rise * width / 2
    wing = box(x - width / 2, 0, x + width / 2, depth / 2 + reach)
    sides = [(rise, 0.0, top - rise * x), (-rise, 0.0, top + rise * x)]
    return upper(main, wing, sides)


def flat_steps(rng: np.random.Generator) -> Pieces:
    """Return two flat roofs with a step between them."""
    wide, deep, cut = rng.uniform(10, 22), rng.uniform(8, 14), rng.uniform(-2, 2)
    return [
        (box(-wide / 2, -deep / 2, cut, deep / 2), 0.0, 0.0, rng.uniform(2, 3)),
        (box(cut, -deep / 2, wide / 2, deep / 2), 0.0, 0.0, rng.uniform(0, 1.4)),
    ]


def shed(rng: np.random.Generator) -> Pieces:
    """Return one plane of 3 to 10 degrees."""
    wide, deep, rise = rng.uniform(5, 16), rng.uniform(4, 12), tan(rng.uniform(3.5, 10))
    return [(box(-wide / 2, -deep / 2, wide / 2, deep / 2), 0.0, rise, 1.0)]


def mansard(rng: np.random.Generator) -> Pieces:
    """Return a roof of two pitches on both sides."""
    length, depth = rng.uniform(8, 16), rng.uniform(8, 11)
    steep, gentle, run = tan(rng.uniform(58, 68)), tan(rng.uniform(18, 30)), rng.uniform(1.4, 1.9)
    top = steep * run
    half = depth / 2
    return [
        (box(-length / 2, -half, length / 2, run - half), 0.0, steep, steep * half),
        (box(-length / 2, run - half, length / 2, 0), 0.0, gentle, top + gentle * (half - run)),
        (box(-length / 2, 0, length / 2, half - run), 0.0, -gentle, top + gentle * (half - run)),
        (box(-length / 2, half - run, length / 2, half), 0.0, -steep, steep * half),
    ]


def extended(rng: np.random.Generator) -> Pieces:
    """Return a gable with a lean-to or a flat garage beside it."""
    length, depth, rise = rng.uniform(8, 12), rng.uniform(7, 9), tan(rng.uniform(30, 48))
    pieces = _gable(length, depth, rise)
    wide, deep = rng.uniform(3, 6), rng.uniform(4, depth)
    side = box(length / 2, -depth / 2, length / 2 + wide, -depth / 2 + deep)
    lean = rng.random() < 0.5
    slope = -tan(rng.uniform(10, 25)) if lean else 0.0
    return [*pieces, (side, slope, 0.0, -1.0 - slope * length / 2)]


SHAPES = [gable, low, hip, cross, flat_steps, shed, mansard, extended]


def envelope(ground: Polygon, planes: list[tuple[float, float, float]]) -> Pieces:
    """Return the lowest of some planes everywhere on a polygon."""
    pieces: Pieces = []
    for one in planes:
        part = ground
        for other in planes:
            if other is not one:
                part = part.intersection(half_plane(other[0] - one[0], other[1] - one[1], other[2] - one[2]))
        if part.area > 0.01:
            pieces.append((part, *one))
    return pieces


def half_plane(a: float, b: float, c: float) -> Polygon:
    """Return where a·x + b·y + c >= 0, within a hundred metres."""
    length = float(np.hypot(a, b))
    if length < 1e-9:
        return box(-100, -100, 100, 100)
    angle = np.degrees(np.arctan2(b, a))
    return translate(rotate(box(0, -100, 100, 100), angle, origin=(0, 0)), -c * a / length**2, -c * b / length**2)


def upper(main: Pieces, wing: Polygon, sides: list[tuple[float, float, float]]) -> Pieces:
    """Return a roof with a gabled wing set into it, the higher of the two wherever both are."""
    pieces: Pieces = []
    low_wing = envelope(wing, sides)
    for ground, a, b, c in main:
        rest = ground
        for part, *side in low_wing:
            above = part.intersection(ground).intersection(half_plane(side[0] - a, side[1] - b, side[2] - c))
            rest = rest.difference(above)
        pieces.append((rest, a, b, c))
    for part, *side in low_wing:
        kept = part
        for ground, a, b, c in main:
            below = ground.intersection(half_plane(a - side[0], b - side[1], c - side[2]))
            kept = kept.difference(below)
        pieces.append((kept, *side))
    return [
        (single, *rest)
        for polygon, *rest in pieces
        for single in shapely.get_parts(polygon.buffer(0))
        if single.area > 0.3
    ]


def build_town(seed: int, noise_m: float) -> tuple[Raster, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the surface, the footprints (id) and the true planes (building_id, pitch_deg, azimuth_deg, area_m2)."""
    rng = np.random.default_rng([seed, 99])
    size = int(SIDE * PITCH_M / CELL_M) * FINE
    step = Affine(CELL_M / FINE, 0, WEST_M, 0, -CELL_M / FINE, NORTH_M)
    placed, footprints = [], []
    for number in range(SIDE * SIDE):
        shape = SHAPES[number % len(SHAPES)]
        x = WEST_M + (number % SIDE + 0.5) * PITCH_M + rng.uniform(-1, 1)
        y = NORTH_M - (number // SIDE + 0.5) * PITCH_M + rng.uniform(-1, 1)
        name = f"{shape.__name__}-{seed}-{number}"
        pieces = _place(shape(rng), rng.uniform(0, 360), x, y, eaves_m=rng.uniform(3, 7))
        placed += [(name, *piece) for piece in pieces]
        footprints.append((name, shapely.union_all([piece[0] for piece in pieces], grid_size=1e-6)))
    heights_m = _surface(placed, footprints, step, size, rng)
    coarse = heights_m.reshape(size // FINE, FINE, size // FINE, FINE).mean(axis=(1, 3))
    noisy = coarse + rng.normal(0, noise_m, coarse.shape)
    surface = Raster(noisy.astype(np.float32), Affine(CELL_M, 0, WEST_M, 0, -CELL_M, NORTH_M), LAMBERT93)
    buildings = gpd.GeoDataFrame({"id": [n for n, _ in footprints]}, geometry=[g for _, g in footprints], crs=LAMBERT93)
    return surface, buildings, _truth(placed)


def _place(pieces: Pieces, angle_deg: float, x: float, y: float, *, eaves_m: float) -> Pieces:
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    found: Pieces = []
    for polygon, a, b, c in pieces:
        east, north = a * cos - b * sin, a * sin + b * cos
        moved = affine_transform(polygon, [cos, -sin, sin, cos, x, y])
        found.append((moved, east, north, c + eaves_m - east * x - north * y))
    return found


def _surface(placed: list, footprints: list, step: Affine, size: int, rng: np.random.Generator) -> Floats:  # type: ignore[type-arg]
    """Return heights with chimneys, dormers and trees."""
    index = rasterize([(piece[1], k) for k, piece in enumerate(placed, 1)], out_shape=(size, size), transform=step)
    terms = np.array([(0.0, 0.0, 0.0), *(piece[2:] for piece in placed)])
    x = step.c + (np.arange(size) + 0.5) * step.a
    y = step.f + (np.arange(size) + 0.5) * step.e
    heights_m = terms[index, 0] * x + terms[index, 1] * y[:, None] + terms[index, 2]
    for _, polygon, a, b, _ in placed:
        pitch = np.degrees(np.arctan(np.hypot(a, b)))
        if rng.random() < 0.25 and polygon.area > 25:
            _raise_box(heights_m, polygon.centroid, rng.uniform(0.5, 1.0), 1.2, step)
        if 35 < pitch < 56 and polygon.area > 30 and rng.random() < 0.5:
            _raise_box(heights_m, polygon.centroid, rng.uniform(1.4, 2.0), 1.0, step)
    for _, footprint in footprints:
        if rng.random() < 0.25:
            _raise_tree(heights_m, footprint, step, rng)
    return heights_m


def _raise_box(heights_m: Floats, at: shapely.Point, side_m: float, above_m: float, step: Affine) -> None:
    col, row = (int(v) for v in ~step * (at.x, at.y))
    half = int(side_m / step.a / 2)
    window = heights_m[row - half : row + half + 1, col - half : col + half + 1]
    window[:] = np.maximum(window, heights_m[row, col] + above_m)


def _raise_tree(heights_m: Floats, footprint: Polygon, step: Affine, rng: np.random.Generator) -> None:
    """Set a crown on the edge of a footprint, smooth or rough."""
    at = footprint.exterior.interpolate(rng.uniform(0, 1), normalized=True)
    radius, top, rough = rng.uniform(1.5, 2.8), rng.uniform(8, 13), rng.choice([0.05, 0.4])
    col, row = (int(v) for v in ~step * (at.x, at.y))
    reach = int(radius / step.a)
    rows, cols = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    share = 1 - (rows**2 + cols**2) / reach**2
    dome = top * (0.5 + 0.5 * np.sqrt(np.clip(share, 0, None))) + rng.normal(0, rough, share.shape)
    window = heights_m[row - reach : row + reach + 1, col - reach : col + reach + 1]
    window[:] = np.where(share > 0, np.maximum(window, dome), window)


def _truth(placed: list) -> gpd.GeoDataFrame:  # type: ignore[type-arg]
    rise = np.array([np.hypot(a, b) for _, _, a, b, _ in placed])
    azimuth = np.array([np.degrees(np.arctan2(-a, -b)) % 360 for _, _, a, b, _ in placed])
    polygons = [piece[1] for piece in placed]
    table = {
        "building_id": [piece[0] for piece in placed], "pitch_deg": np.degrees(np.arctan(rise)),
        "azimuth_deg": np.where(rise > 0, azimuth, np.nan), "area_m2": shapely.area(polygons) * np.hypot(1, rise),
    }  # fmt: skip
    return gpd.GeoDataFrame(table, geometry=polygons, crs=LAMBERT93)
