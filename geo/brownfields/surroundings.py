"""What lies on and around sites: the strongest zone that touches each, the nearest thing, the part within a layer.

All in Lambert-93, metres; a site known by its point alone is judged by its point.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def strongest(
    sites: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, kinds: Sequence[str], *, within_m: float = 0.0
) -> pd.Series:
    """Return the first of some kinds of zone that each site touches, or has within a distance; missing where none is.

    Parameters
    ----------
    zones
        Column `kind`; other kinds than those asked are left aside.
    kinds
        From the strongest.
    within_m
        Reach beyond the site. Metres.
    """
    rank = {kind: place for place, kind in enumerate(kinds)}
    known = zones[zones["kind"].isin(rank)]
    site, zone = shapely.STRtree(known.geometry.to_numpy()).query(
        sites.geometry.to_numpy(), predicate="dwithin", distance=within_m
    )
    found = known["kind"].map(rank).to_numpy()[zone]
    first = pd.Series(found, dtype="float64").groupby(site).min()
    return first.reindex(range(len(sites))).map(dict(enumerate(kinds))).set_axis(sites.index).astype("string")


def covered(sites: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, *, margin_m: float = 5_000.0) -> pd.Series:
    """Tell which sites lie in the box of a layer, widened by a margin: beyond it, its silence tells nothing."""
    if layer.empty:
        return pd.Series(data=False, index=sites.index)
    box = shapely.buffer(shapely.box(*layer.total_bounds), margin_m, cap_style="square", join_style="mitre")
    return pd.Series(shapely.intersects(sites.geometry.to_numpy(), box), index=sites.index)


def nearest(sites: gpd.GeoDataFrame, things: gpd.GeoDataFrame) -> tuple[NDArray[np.intp], Floats]:
    """Return the row of the thing nearest to each site and its distance in metres; `things` has one row at least.

    Of things equally near, the first is taken.
    """
    tree = shapely.STRtree(things.geometry.to_numpy())
    (site, thing), distance_m = tree.query_nearest(sites.geometry.to_numpy(), return_distance=True)
    pairs = pd.DataFrame({"site": site, "thing": thing, "distance_m": distance_m})
    first = pairs.sort_values(["site", "thing"]).drop_duplicates("site").set_index("site").reindex(range(len(sites)))
    return first["thing"].to_numpy(dtype=np.intp), first["distance_m"].to_numpy(dtype=np.float64)


def share_within(sites: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, stated_m2: pd.Series) -> Floats:
    """Return the part of each site that a layer of areas covers, 0 to 1; NaN where its point does not tell.

    Parameters
    ----------
    sites
        Areas, or points.
    stated_m2
        Stated area of each site. A point inside counts as wholly inside; one outside, and farther than the circle of
        its stated area, as wholly outside.
    """
    shapes, areas = sites.geometry.to_numpy(), layer.geometry.to_numpy()
    tree = shapely.STRtree(areas)
    site, area = tree.query(shapes, predicate="intersects")
    is_area = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004 - areas
    share = np.zeros(len(shapes))
    for row in np.unique(site):
        if is_area[row]:
            cover = shapely.union_all(areas[area[site == row]])
            share[row] = shapely.area(shapely.intersection(shapes[row], cover)) / shapely.area(shapes[row])
        else:
            share[row] = 1.0
    radius_m = np.sqrt(stated_m2.to_numpy(dtype=np.float64) / np.pi)
    _, distance_m = nearest(sites, layer)
    unsure = ~is_area & (share == 0) & ~(distance_m > radius_m)
    return np.where(unsure, np.nan, np.clip(share, 0.0, 1.0))
