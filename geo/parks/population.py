"""Where people live: INSEE's squares of 200 m, else the people of each commune spread evenly over it."""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.raw import RawFolder
from geo.sources import insee_squares

CELL_M: Final = 200.0
PARTS: Final = 2
"""A cell is walked from PARTS x PARTS points."""


class Population(NamedTuple):
    """People by cells.

    Attributes
    ----------
    cells
        Columns id, insee (commune that holds the middle), people, households, poor_households, living_standards_eur
        (the last three missing where only communes are known), and the cell. Lambert-93.
    origin
        "squares" of INSEE, or "communes": spread evenly, an estimate.
    """

    cells: gpd.GeoDataFrame
    origin: str


def read(raw: RawFolder, communes: gpd.GeoDataFrame) -> Population:
    """Return the squares where they are present, else the communes' people."""
    name = insee_squares.find(raw)
    if name is None:
        return Population(spread(communes), "communes")
    return Population(within(insee_squares.read(name, raw), communes), "squares")


def within(squares: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the squares whose middle lies in a commune, with its code."""
    middles = squares.geometry.centroid.to_numpy()
    square, commune = shapely.STRtree(communes.geometry.to_numpy()).query(middles, predicate="intersects")
    first = pd.Series(commune).groupby(square).min()  # a middle on a border has two
    inside = squares.iloc[first.index].reset_index(drop=True)
    return gpd.GeoDataFrame(inside.assign(insee=communes["id"].to_numpy()[first.to_numpy()]))


def spread(communes: gpd.GeoDataFrame, *, cell_m: float = CELL_M) -> gpd.GeoDataFrame:
    """Return cells of a grid cut by the communes, each with its share by area of the commune's people."""
    west, south, east, north = communes.total_bounds
    first_x, first_y = np.floor(west / cell_m) * cell_m, np.floor(south / cell_m) * cell_m
    x, y = np.meshgrid(np.arange(first_x, east, cell_m), np.arange(first_y, north, cell_m))
    boxes = shapely.box(x.ravel(), y.ravel(), x.ravel() + cell_m, y.ravel() + cell_m)
    commune, cell = shapely.STRtree(boxes).query(communes.geometry.to_numpy(), predicate="intersects")
    cut = shapely.intersection(communes.geometry.to_numpy()[commune], boxes[cell])
    area = shapely.area(cut)
    kept = area > 0
    people = communes["population"].astype("float64").to_numpy()[commune] * area / communes.area.to_numpy()[commune]
    codes = communes["id"].to_numpy()[commune]
    table = {
        "id": [f"{code}-{number}" for code, number in zip(codes, cell.tolist(), strict=True)],
        "insee": codes,
        "people": people,
        "households": np.nan,
        "poor_households": np.nan,
        "living_standards_eur": np.nan,
    }
    return gpd.GeoDataFrame(table, geometry=cut, crs=communes.crs)[kept].reset_index(drop=True)


def points_of(cells: gpd.GeoDataFrame, *, parts: int = PARTS) -> np.ndarray:
    """Return parts x parts points spread over the bounds of each cell, shape (cells, parts², 2)."""
    west, south, east, north = cells.bounds.to_numpy().T
    steps = (np.arange(parts) + 0.5) / parts
    across, up = (axis.ravel() for axis in np.meshgrid(steps, steps))
    x = west[:, None] + (east - west)[:, None] * across
    y = south[:, None] + (north - south)[:, None] * up
    return np.stack([x, y], axis=2)
