"""Image tiles of raster products: one 256-pixel PNG, coloured by the layer's own scale."""

import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError, RasterioIOError
from rio_tiler.errors import TileOutsideBounds
from rio_tiler.io.rasterio import Reader

from geo.errors import MissingDataError, RequestError, SourceError
from geo.layers import Ramp, RasterLayer

TILE_PX: Final = 256
MAX_ZOOM: Final = 24


class Tile(NamedTuple):
    """A square of the web map's grid: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int


def require_tile(tile: Tile) -> Tile:
    """Return the tile if it is one of the grid's.

    Raises
    ------
    RequestError
        If the zoom is out of range, or the column or row lies outside the world.
    """
    if not 0 <= tile.z <= MAX_ZOOM:
        raise RequestError(f"found zoom {tile.z}, expected 0 to {MAX_ZOOM}, ask for another tile")
    last = 2**tile.z - 1
    if not (0 <= tile.x <= last and 0 <= tile.y <= last):
        raise RequestError(
            f"found column {tile.x} and row {tile.y}, expected 0 to {last} at zoom {tile.z}, ask for another tile"
        )
    return tile


def tile_png(path: Path, layer: RasterLayer, tile: Tile) -> bytes:
    """Return the tile as a PNG; transparent where the raster knows nothing, and outside it.

    Only GeoTIFF is opened, whatever the file says it is: other formats can name further files.

    Raises
    ------
    MissingDataError
        If the raster has not been built.
    RequestError
        If the tile lies outside the world's grid.
    SourceError
        If the file is no readable GeoTIFF.
    """
    require_tile(tile)
    if layer.style.ramp is None:
        raise ValueError(f"{layer.name} has no colour scale; give its style a ramp in the catalogue")
    if not path.exists():
        raise MissingDataError(f"{path} is absent; expected a built raster; run `artois build {layer.name}`")
    try:
        with (
            rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
            rasterio.open(path, driver="GTiff") as dataset,
            Reader(None, dataset=dataset) as reader,
        ):
            image = reader.tile(tile.x, tile.y, tile.z, tilesize=TILE_PX, indexes=1, resampling_method="bilinear")
    except TileOutsideBounds:
        return empty_png()
    except (RasterioIOError, RasterioError) as error:
        raise SourceError(f"{path} cannot be read as a GeoTIFF ({error}); build it again") from error
    return png(paint(image.array[0].astype(np.float32).filled(np.nan), layer.style.ramp))


def paint(values: NDArray[np.float32], ramp: Ramp) -> NDArray[np.uint8]:
    """Return red, green, blue and opacity, shape (4, rows, cols): colours blend linearly between the ramp's stops.

    Values beyond the first or last stop take its colour; NaN is transparent.
    """
    at = np.array([value for value, _ in ramp.stops])
    colours = np.array([rgb(colour) for _, colour in ramp.stops])
    known = np.isfinite(values)
    filled = np.where(known, values, at[0])
    bands = [np.interp(filled, at, colours[:, band]).round() for band in range(3)]
    return np.stack([*bands, np.where(known, 255, 0)]).astype(np.uint8)


def rgb(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue (0 to 255) of a #rrggbb colour."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def png(rgba: NDArray[np.uint8]) -> bytes:
    """Return the picture, shape (4, rows, cols), as a PNG file.

    Written here because GDAL's way to a PNG warns through Python's global filters, which threads share.

    References
    ----------
    W3C, Portable Network Graphics (third edition), sections 5.3 and 11.2.
    """
    _, rows, cols = rgba.shape
    header = struct.pack(">IIBBBBB", cols, rows, 8, 6, 0, 0, 0)  # 8 bits, red green blue opacity, not interlaced
    lines = np.moveaxis(rgba, 0, -1).reshape(rows, cols * 4)
    unfiltered = np.pad(lines, ((0, 0), (1, 0))).tobytes()  # each line begins with 0: stored as it is
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(unfiltered)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in chunks)


def chunk(kind: bytes, body: bytes) -> bytes:
    """Return one part of a PNG file: length, kind, body, checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@cache
def empty_png() -> bytes:
    """Return a tile with nothing on it."""
    return png(np.zeros((4, TILE_PX, TILE_PX), np.uint8))
