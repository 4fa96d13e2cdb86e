"""Verbs on tables that more than one pipeline needs; all in Lambert-93."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import LAMBERT93
from geo.errors import CrsError

Geometries = NDArray[np.object_]

AREA_TYPES: Final = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)
MIN_SHARE: Final = 0.01
"""A commune that holds less than this share of a site's area or length is not named."""


def require_lambert93(table: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Return the table, or refuse it when it is not in Lambert-93."""
    if table.crs != LAMBERT93:
        raise CrsError(f"{what} is in {table.crs}; expected EPSG:2154; reproject it in its source")
    return table


def communes_of(geometry: gpd.GeoSeries, communes: gpd.GeoDataFrame) -> pd.Series:
    """Return the codes of the communes that hold each geometry, by falling share, joined by "|".

    A point has one commune; an area or a line names those with at least `MIN_SHARE` of it. Missing where none does.
    """
    outlines = communes.geometry.to_numpy()
    shapes = geometry.to_numpy()
    row, hit = shapely.STRtree(outlines).query(shapes, predicate="intersects")
    if row.size == 0:
        return pd.Series(pd.NA, index=geometry.index, dtype="string")
    pairs = pd.DataFrame({"row": row, "code": communes["id"].to_numpy()[hit]})
    pairs["share"] = shares(shapes[row], outlines[hit])
    is_point = shapely.get_dimensions(shapes)[row] == 0
    pairs = pairs[(pairs["share"] >= MIN_SHARE) | is_point].sort_values(
        ["row", "share", "code"], ascending=[True, False, True]
    )
    codes: pd.Series = pairs.groupby("row")["code"].agg("|".join)
    codes = codes.where(shapely.get_dimensions(shapes)[codes.index] > 0, codes.str.split("|").str[0])
    return codes.reindex(range(len(shapes))).set_axis(geometry.index).astype("string")


def placed(table: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, declared: pd.Series | None = None) -> gpd.GeoDataFrame:
    """Return the table with `insee`, the codes of the communes that hold each row, and `commune`, their names.

    Where the outlines are only estimates, the codes that the file declares are taken instead, if it does.
    """
    if declared is None:
        insee = communes_of(table.geometry, communes)
    else:
        insee = communes_or_declared(table.geometry, communes, declared)
    names = communes.set_index("id")["name"].to_dict()
    commune = insee.map(lambda codes: ", ".join(names.get(code, code) for code in codes.split("|")), na_action="ignore")
    return table.assign(insee=insee, commune=commune)


def communes_or_declared(geometry: gpd.GeoSeries, communes: gpd.GeoDataFrame, declared: pd.Series) -> pd.Series:
    """Return `communes_of`, but what the file declares wherever the outlines are only estimates."""
    located = communes_of(geometry, communes)
    estimated = (communes["certainty"] == "estimated").any()
    return declared.astype("string").fillna(located) if estimated else located


def shares(shapes: Geometries, outlines: Geometries) -> NDArray[np.float64]:
    """Return which part of each shape lies inside its outline: by area, else by length; 1 for points."""
    cut = shapely.intersection(shapes, outlines)
    is_area = np.isin(shapely.get_type_id(shapes), AREA_TYPES)
    size = np.where(is_area, shapely.area(shapes), shapely.length(shapes))
    part = np.where(is_area, shapely.area(cut), shapely.length(cut))
    whole: NDArray[np.float64] = np.divide(part, size, out=np.ones_like(part), where=size > 0)
    return whole


def circle(x: float, y: float, area_m2: float) -> shapely.Polygon:
    """Return a circle of that area around a point."""
    return shapely.Point(x, y).buffer(np.sqrt(area_m2 / np.pi), quad_segs=16)
