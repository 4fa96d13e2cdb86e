"""Surface models from LiDAR HD tiles (`lidarhd/**/*_DSM.tif`), with a building mask beside each where it is known."""

from typing import Final

import geopandas as gpd
import numpy as np
from rasterio.features import shapes
from rasterio.merge import merge
from shapely.geometry import shape

from geo.crs import LAMBERT93
from geo.errors import CrsError
from geo.provenance import Credit
from geo.raster import Raster, read_raster
from geo.raw import RawFolder
from geo.sources import quarter

CREDIT: Final = Credit(holder="IGN, LiDAR HD", licence="Licence Ouverte 2.0")
TILES: Final = "lidarhd/**/*_DSM.tif"
MIN_BUILDING_M2: Final = 20.0


def present(raw: RawFolder) -> bool:
    """Tell whether there is any surface model of the provider."""
    return bool(raw.find(TILES))


def read_surface(raw: RawFolder) -> Raster:
    """Return the surface model of all tiles as one raster: the provider's, else the synthetic quarter's.

    Raises
    ------
    MissingDataError
        If there is neither.
    CrsError
        If a tile is not in Lambert-93.
    """
    names = raw.find(TILES)
    credit = CREDIT if names else quarter.CREDIT
    paths = [raw.file(name, credit) for name in names or [f"{quarter.FOLDER}/dsm.tif"]]
    tiles = [read_raster(path) for path in paths]
    for path, tile in zip(paths, tiles, strict=True):
        if tile.crs is None or not tile.crs.equals(LAMBERT93, ignore_axis_order=True):
            raise CrsError(f"{path} is in {tile.crs and tile.crs.name}; expected EPSG:2154; reproject it first")
    if len(tiles) == 1:
        return tiles[0]
    values, transform = merge(paths, nodata=np.nan, dtype="float32")
    return Raster(values[0], transform, tiles[0].crs)


def read_mask_outlines(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the outlines of the buildings in the masks beside the tiles; None where there is no mask."""
    names = raw.find("lidarhd/**/*_bldg.tif")
    outlines = [
        shape(geometry)
        for name in names
        for mask in [read_raster(raw.file(name, CREDIT))]
        for geometry, value in shapes((mask.values > 0).astype(np.uint8), transform=mask.transform)
        if value == 1
    ]
    if not outlines:
        return None
    table = gpd.GeoDataFrame(geometry=outlines, crs=LAMBERT93)
    table = table[table.area >= MIN_BUILDING_M2].reset_index(drop=True)
    return table.assign(
        geometry=table.geometry.make_valid(),
        id=[f"M{number:06d}" for number in range(1, len(table) + 1)],
        source=CREDIT.holder,
        certainty="estimated",
        synthetic=False,
    )
