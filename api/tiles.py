"""Raster layers as image tiles, by name only: no address or path comes from a client."""

from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response

from api.dependencies import InstallationDep, NoQueryDep
from api.errors import PROBLEMS
from api.versions import unchanged
from geo.catalogue import LAYERS, RASTERS
from geo.errors import MissingDataError, UnknownNameError
from geo.products import raster_path
from geo.tiles import Tile, require_tile, tile_png

router = APIRouter(tags=["tiles"], responses=PROBLEMS)

CACHED: Final = "public, max-age=300"
"""A tile may be this old (seconds) after its raster was built again."""


def tile_of_path(z: int, x: int, y: int) -> Tile:
    """Return the tile that a path names."""
    return require_tile(Tile(z, x, y))


@router.get("/tiles/{name}/{z}/{x}/{y}.png", response_class=Response, responses={200: {"content": {"image/png": {}}}})
def tile(
    here: InstallationDep, request: Request, name: str, at: Annotated[Tile, Depends(tile_of_path)], _: NoQueryDep
) -> Response:
    """Return one 256-pixel tile of the web map's grid; transparent where nothing is known."""
    if name in LAYERS:
        raise UnknownNameError(f"found the vector layer {name!r}, expected a raster layer, ask /layers/{name}.geojson")
    if name not in RASTERS:
        raise UnknownNameError(f"found no raster of that name, expected one of {', '.join(RASTERS)}, see /layers")
    path = raster_path(name, here.settings.processed)
    headers = {"ETag": etag(path, at), "Cache-Control": CACHED}
    if unchanged(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(tile_png(path, RASTERS[name], at), media_type="image/png", headers=headers)


def etag(path: Path, at: Tile) -> str:
    """Return a mark that changes when the raster is built again."""
    try:
        stat = path.stat()
    except FileNotFoundError as error:
        raise MissingDataError(f"{path} is absent; expected a built raster; run `artois build`") from error
    return f'"{stat.st_mtime_ns:x}-{stat.st_size:x}-{at.z}-{at.x}-{at.y}"'
