"""A layer's features as GeoJSON: the whole layer or the part a box or a commune asks for."""

import hashlib
import math
import re
from datetime import UTC, datetime
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette.datastructures import URL

from api.dependencies import InstallationDep
from api.errors import PROBLEMS
from api.versions import unchanged
from geo.catalogue import LAYERS, RASTERS
from geo.errors import RequestError, UnknownNameError
from geo.store import BBox, Page

router = APIRouter(tags=["features"], responses=PROBLEMS)

MOST: Final = 10_000
"""Features in one answer."""

LARGEST_OFFSET: Final = 2**53 - 1
GEOJSON: Final = "application/geo+json"
NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
INSEE: Final = re.compile(r"(\d{2}|2[AB])\d{3}", re.ASCII)


class FeaturesQuery(BaseModel, extra="forbid"):
    """Which features of a layer are wanted."""

    bbox: str | None = Query(
        default=None,
        description="west,south,east,north in WGS84 degrees: features whose geometry meets the box.",
        examples=["2.78,50.40,2.86,50.45"],
    )
    commune: str | None = Query(default=None, description="INSEE code of a commune.", examples=["62498"])
    limit: int = Query(default=MOST, ge=1, le=MOST, description="Features in one answer.")
    offset: int = Query(default=0, ge=0, le=LARGEST_OFFSET, description="Features to skip; follow the `next` link.")


@router.get("/layers/{name}.geojson", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
def features(here: InstallationDep, request: Request, name: str, query: Annotated[FeaturesQuery, Query()]) -> Response:
    """Return a layer's features in WGS84, in stable order; `next` leads to those that follow."""
    require_vector(name)
    bbox = parse_bbox(query.bbox) if query.bbox is not None else None
    insee = parse_commune(query.commune) if query.commune is not None else None
    published = here.store.published().get(name)
    if published is None:
        raise UnknownNameError(f"found no published layer {name!r}, expected one of those at /layers, build it first")
    tag = etag(published.built_at, request.url)
    if unchanged(request, tag):
        return Response(status_code=304, headers={"ETag": tag})
    page = here.store.features(name, bbox=bbox, insee=insee, limit=query.limit, offset=query.offset)
    return Response(collection(page, query, request.url), media_type=GEOJSON, headers={"ETag": tag})


def require_vector(name: str) -> None:
    """Refuse a name that no vector layer has."""
    if name in RASTERS:
        raise UnknownNameError(f"found the raster layer {name!r}, expected a vector layer, ask /tiles/{name}/ instead")
    if name not in LAYERS:
        raise UnknownNameError(f"found no layer of that name, expected one of {', '.join(LAYERS)}, see /layers")


def parse_bbox(text: str) -> BBox:
    """Return the box that a query asks for.

    Raises
    ------
    RequestError
        If there are not four finite numbers, they are out of range, or the box is turned round.
    """
    parts = text.split(",")
    if len(parts) != 4 or not all(NUMBER.fullmatch(part) for part in parts):  # noqa: PLR2004 - sides of a box
        raise RequestError(
            "found a bbox that is not four numbers, expected west,south,east,north in degrees, correct it"
        )
    west, south, east, north = (float(part) for part in parts)
    if not all(math.isfinite(side) for side in (west, south, east, north)):
        raise RequestError("found a bbox with an infinite side, expected degrees, correct it")
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 and -90 <= north <= 90):  # noqa: PLR2004
        raise RequestError(
            "found a bbox out of range, expected longitudes -180 to 180 and latitudes -90 to 90, "
            "write longitude first and degrees, not metres"
        )
    if south > north:
        raise RequestError(f"found south {south} above north {north}, expected west,south,east,north, swap them")
    if west > east:
        raise RequestError(
            f"found west {west} beyond east {east}, expected a box on one side of the antimeridian, "
            "swap them or ask twice"
        )
    return west, south, east, north


def parse_commune(text: str) -> str:
    """Return the INSEE code that a query asks for, or refuse it."""
    if not INSEE.fullmatch(text):
        raise RequestError("found a commune that is no INSEE code, expected five characters such as 62498, correct it")
    return text


def collection(page: Page, query: FeaturesQuery, url: URL) -> bytes:
    """Return the features as a FeatureCollection: their stored texts, joined."""
    links = [{"rel": "self", "type": GEOJSON, "href": str(url)}]
    after = query.offset + len(page.features)
    if page.features and after < page.matched:
        following = url.include_query_params(offset=after)
        links.append({"rel": "next", "type": GEOJSON, "href": str(following)})
    head = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "timeStamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "links": links,
    }
    return orjson.dumps(head)[:-1] + b',"features":[' + ",".join(page.features).encode() + b"]}"


def etag(built_at: datetime, url: URL) -> str:
    """Return a mark that changes with the layer and the question; weak, since each answer states its own time."""
    digest = hashlib.sha256(f"{built_at.isoformat()} {url}".encode()).hexdigest()
    return f'W/"{digest[:20]}"'
