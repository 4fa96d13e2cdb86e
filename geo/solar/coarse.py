"""Roofs that no surface model sees: two planes from the heights of eaves and ridge, coarse and flagged."""

from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

LEAST_RISE_M: Final = 0.5
"""A roof that rises less between eaves and ridge is taken as flat."""
STEEPEST_DEG: Final = 60.0
BEYOND: Final = 2.0
"""The half plane that cuts a footprint at its ridge reaches this many times beyond it, so that no edges coincide."""


def coarse_planes(buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the planes that eaves and ridge suggest: one flat, or two that face away from the long axis.

    Parameters
    ----------
    buildings
        `id`, footprint, and where known `roof_low_m` and `roof_high_m` (altitudes of eaves and ridge, as BD TOPO gives
        them) or `height_m`. Without the ridge a roof is taken as flat; rows without any height give nothing.

    Returns
    -------
    Segments with the columns of `segment_roofs`; `cells` is 0 and `fit_rmse_m` unknown: nothing was measured.
    """
    low_m = column(buildings, "roof_low_m").fillna(column(buildings, "height_m"))
    high_m = column(buildings, "roof_high_m").fillna(low_m)
    known = buildings.assign(low_m=low_m, high_m=high_m).dropna(subset="low_m")
    planes = [
        plane
        for key, low, high, shape in zip(known["id"], known["low_m"], known["high_m"], known.geometry, strict=True)
        for plane in planes_of(str(key), float(low), float(high), shape)
    ]
    return gpd.GeoDataFrame(pd.DataFrame(planes), geometry="geometry", crs=buildings.crs) if planes else known.iloc[:0]


def column(buildings: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return a column of heights as numbers; missing where the table has none."""
    if name not in buildings.columns:
        return pd.Series(np.nan, index=buildings.index)
    heights: pd.Series = pd.to_numeric(buildings[name], errors="coerce").astype("float64")
    return heights


def planes_of(key: str, low_m: float, high_m: float, footprint: shapely.Geometry) -> list[dict[str, Any]]:
    """Return the planes of one footprint."""
    rectangle = shapely.oriented_envelope(footprint)
    if high_m - low_m < LEAST_RISE_M or rectangle.geom_type != "Polygon":
        return [plane(f"{key}-1", key, footprint, (0.0, 0.0), high_m)]
    corners = np.array(rectangle.exterior.coords)[:4]
    sides = np.roll(corners, -1, axis=0) - corners
    long = int(np.argmax(np.hypot(*sides.T)))
    across = sides[(long + 1) % 4]
    width_m = float(np.hypot(*across))
    slope = min((high_m - low_m) / (width_m / 2), float(np.tan(np.radians(STEEPEST_DEG))))
    outward = across / width_m
    along = sides[long] / np.hypot(*sides[long])
    middle = corners[long] + across / 2 + sides[long] / 2  # on the ridge
    reach = BEYOND * (np.hypot(*sides[long]) + width_m)
    first = shapely.Polygon([middle + reach * (u * along - v * outward) for u, v in ((-1, 0), (1, 0), (1, 1), (-1, 1))])
    halves = [(-outward, shapely.intersection(footprint, first)), (outward, shapely.difference(footprint, first))]
    middle_m = (low_m + high_m) / 2
    return [
        plane(f"{key}-{number}", key, half, tuple(-slope * facing), middle_m)
        for number, (facing, half) in enumerate(halves, start=1)
        if half.area > 0
    ]


def plane(
    segment_id: str, building_id: str, shape: shapely.Geometry, gradient: tuple[float, ...], height_m: float
) -> dict[str, Any]:
    """Return one segment from its outline and gradient (rise per metre towards east and north)."""
    east, north = gradient
    pitch = float(np.degrees(np.arctan(np.hypot(east, north))))
    return {
        "building_id": building_id,
        "segment_id": segment_id,
        "pitch_deg": pitch,
        "azimuth_deg": float(np.degrees(np.arctan2(-east, -north)) % 360.0) if pitch > 0 else np.nan,
        "area_m2": shape.area / np.cos(np.radians(pitch)),
        "area_plan_m2": shape.area,
        "plane_height_m": height_m,
        "fit_rmse_m": np.nan,
        "cells": 0,
        "slope_east": east,
        "slope_north": north,
        "geometry": shape if shape.geom_type == "Polygon" else max(shapely.get_parts(shape), key=shapely.area),
    }
