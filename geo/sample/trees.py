"""Trees: in gardens, along streets and the canal, in the park, on the heap's flanks. Local metres."""

import math
from typing import Final, NamedTuple

import numpy as np
import shapely
from shapely import LineString
from shapely.geometry.base import BaseGeometry

from geo.sample import plan
from geo.sample.houses import Row
from geo.sample.square import CELL_M, SIDE_M, Floats, Mask, cell_of, covered

Pair = tuple[float, float]
GARDEN_SHARE: Final = 0.5
OVERHANGING_SHARE: Final = 0.05
"""How many gardens have a tree, and one that hangs over the roof."""
BANK_SHARE: Final = 0.6
WOOD_SHARE: Final = 0.85
SCRUB_SHARE: Final = 0.55
"""How many of the places laid out for a tree have one."""
MEADOW: Final = -0.2
"""Woods stand where the wave of `_clearing` is above this."""
PATH_M: Final = 1.8
"""Half of the width that a path keeps free of trunks."""


class Tree(NamedTuple):
    """A tree: where its trunk stands, its height above ground and the diameter of its crown. Metres."""

    x_m: float
    y_m: float
    height_m: float
    crown_m: float


def plant(
    rows: list[Row],
    streets: list[plan.Street],
    paths: list[LineString],
    *,
    footprints: list[BaseGeometry],
    rng: np.random.Generator,
) -> list[Tree]:
    """Return every tree whose trunk stands on free ground."""
    roads: list[BaseGeometry] = [street.line.buffer(street.width_m / 2 - 1.2) for street in streets]
    roads += [path.buffer(PATH_M) for path in paths]
    walls = [footprint.buffer(1.2) for footprint in footprints]
    taken = covered([*roads, *walls, plan.CANAL.buffer(2.0), plan.CAR_PARK.buffer(-6.0)])
    trees = (
        _garden_trees(rows, rng) + _street_trees(streets, rng) + _bank_trees(rng) + _park_trees(rng) + _heap_trees(rng)
    )
    trees += _scrub(rng) + _car_park_trees(rng)
    return [tree for tree in trees if _stands(tree, taken)]


def raise_crowns(surface_m: Floats, ground_m: Floats, trees: list[Tree], texture: Floats) -> Floats:
    """Return the surface with each crown over it: the upper half of an ellipsoid, roughened by `texture` (metres)."""
    raised_m = surface_m.copy()
    for tree in trees:
        radius_m = tree.crown_m / 2
        south_row, west_col = cell_of(tree.x_m - radius_m, tree.y_m - radius_m)
        north_row, east_col = cell_of(tree.x_m + radius_m, tree.y_m + radius_m)
        window = (slice(north_row, south_row + 1), slice(west_col, east_col + 1))
        y_m = SIDE_M - (np.arange(north_row, south_row + 1)[:, None] + 0.5) * CELL_M
        x_m = (np.arange(west_col, east_col + 1) + 0.5) * CELL_M
        squared = ((x_m - tree.x_m) ** 2 + (y_m - tree.y_m) ** 2) / radius_m**2
        dome_m = tree.height_m * (0.45 + 0.55 * np.sqrt(np.clip(1.0 - squared, 0.0, None)))
        top_m = ground_m[cell_of(tree.x_m, tree.y_m)] + dome_m + texture[window] * min(0.5, tree.height_m / 12)
        raised_m[window] = np.where(squared < 1.0, np.maximum(raised_m[window], top_m), raised_m[window])
    return raised_m


def _stands(tree: Tree, taken: Mask) -> bool:
    return 1.0 < tree.x_m < SIDE_M - 1.0 and 1.0 < tree.y_m < SIDE_M - 1.0 and not taken[cell_of(tree.x_m, tree.y_m)]


def _draw(place: Pair, height_m: Pair, slenderness: Pair, rng: np.random.Generator) -> Tree:
    """Draw a tree at a place; slenderness is height over crown diameter."""
    height = float(rng.uniform(*height_m))
    return Tree(place[0], place[1], round(height, 1), round(height / float(rng.uniform(*slenderness)), 1))


def _garden_trees(rows: list[Row], rng: np.random.Generator) -> list[Tree]:
    """Return fruit trees behind the houses and, now and then, a tall one close enough to hang over a roof."""
    trees = []
    for row in rows:
        for number in range(row.houses):
            chance = rng.random()
            if chance > GARDEN_SHARE:
                continue
            near = chance < OVERHANGING_SHARE
            behind_m = float(rng.uniform(1.5, 2.6)) if near else float(rng.uniform(4.5, 13.0))
            u = (number + float(rng.uniform(0.2, 0.8))) * row.width_m
            spot = row.frame.place(shapely.Point(u, row.depth_m + behind_m))
            size, shape = ((9.0, 13.0), (1.4, 1.8)) if near else ((3.0, 8.0), (1.0, 1.6))
            trees.append(_draw((spot.x, spot.y), size, shape, rng))
    return trees


def _street_trees(streets: list[plan.Street], rng: np.random.Generator) -> list[Tree]:
    """Return an avenue on the main road and along every second street of houses in pairs or fours."""
    trees = []
    for number, street in enumerate(streets):
        if street.style == "terrace" or (number % 2 and street.style != "main"):
            continue
        for side in (-1, 1):
            kerb = street.line.offset_curve(side * (street.width_m / 2 - 0.6))
            trees += [_draw(spot, (6.0, 9.0), (1.5, 1.9), rng) for spot in _along(kerb, 13.0)]
    return trees


def _bank_trees(rng: np.random.Generator) -> list[Tree]:
    """Return poplars on both banks of the canal, some missing."""
    trees = []
    for distance_m in (24.0, -18.0):
        for spot in _along(plan.CANAL_LINE.offset_curve(distance_m), 9.0):
            if rng.random() < BANK_SHARE:
                trees.append(_draw(spot, (15.0, 23.0), (2.6, 3.6), rng))
    return trees


def _park_trees(rng: np.random.Generator) -> list[Tree]:
    """Return woods around the heap and groups of trees in the square, with clearings."""
    foot = shapely.Point(plan.HEAP_X_M, plan.HEAP_Y_M).buffer(146)
    woods = _scattered(plan.HEAP_PARK.difference(foot), 8.0, rng)
    groves = _scattered(plan.SQUARE_PARK, 13.0, rng)
    kept = [spot for spot in woods if _clearing(spot) > MEADOW and rng.random() < WOOD_SHARE] + groves
    return [_draw(spot, (7.0, 17.0), (1.3, 2.1), rng) for spot in kept]


def _clearing(spot: Pair) -> float:
    """Return a slow wave: woods where it is high, meadow where it is low."""
    return math.sin(spot[0] / 47.0) + math.sin(spot[1] / 39.0 + 1.0)


def _heap_trees(rng: np.random.Generator) -> list[Tree]:
    """Return young birches, thick at the foot and to the north, none near the top."""
    slopes = shapely.Point(plan.HEAP_X_M, plan.HEAP_Y_M).buffer(140)
    trees = []
    for x, y in _scattered(slopes, 6.0, rng):
        east, north = x - plan.HEAP_X_M, y - plan.HEAP_Y_M
        low = (math.hypot(east, north) - 55.0) / 85.0
        if rng.random() < low * (0.55 + 0.35 * math.sin(math.atan2(north, east))):
            trees.append(_draw((x, y), (3.0, 8.0), (1.5, 2.4), rng))
    return trees


def _scrub(rng: np.random.Generator) -> list[Tree]:
    """Return bushes on the disused sites."""
    spots = [spot for _, _, _, site in plan.BROWNFIELDS for spot in _scattered(site, 9.0, rng)]
    return [_draw(spot, (1.5, 5.0), (0.9, 1.3), rng) for spot in spots if rng.random() < SCRUB_SHARE]


def _car_park_trees(rng: np.random.Generator) -> list[Tree]:
    """Return small trees on the edge of the car park."""
    edge = LineString(plan.CAR_PARK.buffer(2.0, join_style="mitre").exterior.coords)
    return [_draw(spot, (4.0, 6.0), (1.3, 1.6), rng) for spot in _along(edge, 11.0)]


def _along(line: LineString, step_m: float) -> list[Pair]:
    points = [line.interpolate(float(along)) for along in np.arange(step_m / 2, line.length, step_m)]
    return [(point.x, point.y) for point in points]


def _scattered(area: BaseGeometry, step_m: float, rng: np.random.Generator) -> list[Pair]:
    """Return one place near each knot of a grid laid over an area, if it falls inside."""
    west, south, east, north = area.bounds
    x, y = np.meshgrid(np.arange(west, east, step_m), np.arange(south, north, step_m))
    x = x.ravel() + rng.uniform(-0.45, 0.45, x.size) * step_m
    y = y.ravel() + rng.uniform(-0.45, 0.45, y.size) * step_m
    inside = shapely.contains_xy(area, x, y)
    return list(zip(x[inside].tolist(), y[inside].tolist(), strict=True))
