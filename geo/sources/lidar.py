"""Surface models from LiDAR HD tiles (`lidarhd/**/*_DSM.tif`), with a building mask beside each where it is known."""

from typing import Final

import geopandas as gpd
import numpy as np
from rasterio.features import shapes
from shapely.geometry import shape

from geo import mosaic
from geo.crs import LAMBERT93
from geo.errors import CrsError
from geo.mosaic import Mosaic
from geo.provenance import Credit
from geo.raster import Raster, read_raster
from geo.raw import RawFolder
from geo.sources import quarter

CREDIT: Final = Credit(holder="IGN, LiDAR HD", licence="Licence Ouverte 2.0")
TILES: Final = "lidarhd/**/*_DSM.tif"
TERRAIN: Final = "lidarhd/**/*_DTM.tif"
MIN_BUILDING_M2: Final = 20.0


def present(raw: RawFolder) -> bool:
    """Tell whether there is any surface model of the provider."""
    return bool(raw.find(TILES))


def surface(raw: RawFolder) -> Mosaic:
    """Return the surface model of all tiles as one mosaic: the provider's, else the synthetic quarter's.

    Raises
    ------
    MissingDataError
        If there is neither.
    CrsError
        If it is not in Lambert-93.
    """
    return mosaic_of(raw.find(TILES) or [f"{quarter.FOLDER}/dsm.tif"], raw)


def terrain(raw: RawFolder) -> Mosaic | None:
    """Return the terrain model beside the surface model; None where there is none. Errors are those of `surface`."""
    names = raw.find(TERRAIN) if present(raw) else raw.find(f"{quarter.FOLDER}/dtm.tif")
    return mosaic_of(names, raw) if names else None


def mosaic_of(names: list[str], raw: RawFolder) -> Mosaic:
    """Return files as one mosaic in Lambert-93."""
    paths = [raw.file(name, quarter.CREDIT if name.startswith(quarter.FOLDER) else CREDIT) for name in names]
    tiles = mosaic.of_files(paths)
    crs = tiles.grid.crs
    if crs is None or not crs.equals(LAMBERT93, ignore_axis_order=True):
        raise CrsError(f"{paths[0]} is in {crs and crs.name}; expected EPSG:2154; reproject it first")
    return tiles


def read_surface(raw: RawFolder) -> Raster:
    """Return the surface model of all tiles in memory; errors are those of `surface`."""
    tiles = surface(raw)
    return tiles.read(slice(0, tiles.grid.rows), slice(0, tiles.grid.cols))


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
