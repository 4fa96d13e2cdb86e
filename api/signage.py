"""The register of signs over HTTP, to read: signs, requests, catalogue; drafts for those whom they concern."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection
from typing import Annotated, Any, Final

import shapely
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api import sign_views
from api.auth import FailedTokens, ReaderDep, WriterDep
from api.dependencies import Installation, InstallationDep, NoQueryDep
from api.errors import PROBLEMS
from api.features import GEOJSON, LARGEST_OFFSET, MOST, parse_bbox, parse_commune
from geo.errors import UnknownNameError
from geo.export import neutralised
from geo.register.database import Register
from geo.register.people import Actor
from geo.register.requests import requests
from geo.register.signs import Sign, signs
from geo.register.status import require_status
from geo.store import Store

router = APIRouter(tags=["signage"], responses=PROBLEMS)

CSV: Final = "text/csv; charset=utf-8"
CATALOGUE: Final = (
    *("name", "scale", "use", "cost_low_cents", "cost_high_cents", "cost_status", "source", "certainty"),
    *("lead_time_weeks", "lifetime_years"),
)


class SignsQuery(BaseModel, extra="forbid"):
    """Which signs are wanted."""

    status: str | None = Query(default=None, description="A status of the register.", examples=["installed"])
    park: str | None = Query(default=None, max_length=200, description="The park, as the register names it.")
    commune: str | None = Query(default=None, description="INSEE code of a published commune.", examples=["62498"])
    bbox: str | None = Query(
        default=None, description="west,south,east,north in WGS84 degrees.", examples=["2.78,50.40,2.86,50.45"]
    )
    limit: int = Query(default=MOST, ge=1, le=MOST, description="Signs in one answer.")
    offset: int = Query(default=0, ge=0, le=LARGEST_OFFSET, description="Signs to skip; follow the `next` link.")


def install(app: FastAPI) -> None:
    """Give the application what requests about the register share."""
    app.state.failed_tokens = FailedTokens()


@router.get("/signage/signs", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
def list_signs(
    here: InstallationDep, request: Request, actor: ReaderDep, query: Annotated[SignsQuery, Query()]
) -> Response:
    """Return signs as GeoJSON, in the order of their codes: the public ones, and drafts that the token's role reads."""
    found = wanted(here, actor, query)
    page = found[query.offset : query.offset + query.limit]
    links = [{"rel": "self", "type": GEOJSON, "href": str(request.url)}]
    if page and query.offset + len(page) < len(found):
        following = request.url.include_query_params(offset=query.offset + len(page))
        links.append({"rel": "next", "type": GEOJSON, "href": str(following)})
    body = {
        "type": "FeatureCollection",
        "numberMatched": len(found),
        "numberReturned": len(page),
        "links": links,
        "features": [sign_views.feature(sign_views.row(actor, one)) for one in page],
    }
    return JSONResponse(body, media_type=GEOJSON)


@router.get("/signage/signs.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def signs_csv(here: InstallationDep, actor: ReaderDep, query: Annotated[SignsQuery, Query()]) -> Response:
    """Return the same signs as a table; what the reader may not see is empty, and no cell would run as a formula."""
    text = io.StringIO()
    # With the standard's line ends a lone CR or LF is quoted too: neither can begin a row with a formula.
    writer = csv.DictWriter(text, [*sign_views.FULL_COLUMNS, "lon", "lat"], lineterminator="\r\n")
    writer.writeheader()
    for one in wanted(here, actor, query)[query.offset : query.offset + query.limit]:
        facts = sign_views.row(actor, one)
        writer.writerow(
            {name: neutralised(value) if isinstance(value, str) else value for name, value in facts.items()}
        )
    headers = {"Content-Disposition": 'attachment; filename="signs.csv"'}
    return Response(text.getvalue(), media_type=CSV, headers=headers)


@router.get("/signage/signs/{code}")
def read_sign(here: InstallationDep, request: Request, actor: ReaderDep, code: str, _: NoQueryDep) -> Response:
    """Return a sign with its blades, history and photos; costs for its owner and the pole. `ETag` is its version."""
    with reading(here) as database:
        if database is None:
            raise UnknownNameError("found no sign of that code, expected one of /signage/signs, read the list")
        found = sign_views.readable(database, actor, code)
        headers = {"ETag": sign_views.etag(found.version)}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return JSONResponse(sign_views.sheet(database, actor, found), headers=headers)


@router.get("/signage/requests")
def list_requests(here: InstallationDep, actor: WriterDep, _: NoQueryDep) -> dict[str, Any]:
    """Return what was asked for: an owner reads his organisation's requests, the pole all; each with its version."""
    with Register(here.settings.register_file) as register, register.read() as database:
        return {"requests": [sign_views.asked(database, actor, one) for one in requests(database, actor)]}


@router.get("/signage/requests/{number}")
def read_request(here: InstallationDep, actor: WriterDep, number: int, _: NoQueryDep) -> Response:
    """Return one request; `ETag` is its version."""
    found = [one for one in list_requests(here, actor, _)["requests"] if one["id"] == number]
    if not found:
        raise UnknownNameError("found no request of that number, expected one of /signage/requests, read the list")
    return JSONResponse(found[0], headers={"ETag": sign_views.etag(found[0]["version"])})


@router.get("/signage/catalogue")
def catalogue(here: InstallationDep, _: NoQueryDep) -> dict[str, Any]:
    """Return the types of signs with their price ranges before tax; `cost_status` tells what a price is worth."""
    query = f"SELECT {', '.join(CATALOGUE)} FROM sign_types WHERE yardstick = 0 ORDER BY id"
    with reading(here) as database:
        rows = database.execute(query).fetchall() if database is not None else []
    return {"types": [dict(zip(CATALOGUE, one, strict=True)) for one in rows]}


@contextmanager
def reading(here: Installation) -> Iterator[Connection | None]:
    """Give a snapshot of the register, None where no register has been made: there is nothing to read then."""
    if not here.settings.register_file.is_file():
        yield None
        return
    with Register(here.settings.register_file) as register, register.read() as database:
        yield database


def wanted(here: Installation, actor: Actor, query: SignsQuery) -> list[Sign]:
    """Return the signs that the actor may see and the query asks for, in the order of codes."""
    if query.status is not None:
        require_status(query.status)
    areas = [shapely.box(*parse_bbox(query.bbox))] if query.bbox is not None else []
    if query.commune is not None:
        areas.append(outline(here.store, parse_commune(query.commune)))
    with reading(here) as database:
        found = signs(database, actor, park=query.park) if database is not None else []
    shown = [one for one in found if sign_views.listed(actor, one) and query.status in (None, one.status)]
    if not areas or not shown:
        return shown
    places = shapely.points([sign_views.degrees(one) for one in shown])
    inside = [shapely.intersects(area, places) for area in areas]
    return [one for one, *tests in zip(shown, *inside, strict=True) if all(tests)]


def outline(store: Store, insee: str) -> shapely.Geometry:
    """Return the published outline of a commune, in WGS84."""
    return shapely.from_geojson(store.feature("communes", insee))
