"""The register of signs over HTTP, to read: signs, requests, catalogue; drafts for those whom they concern."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal

import orjson
import shapely
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from api import sign_views
from api.auth import FailedTokens, ReaderDep, WriterDep
from api.dependencies import Installation, InstallationDep, NoQueryDep
from api.errors import PROBLEMS
from api.features import GEOJSON, LARGEST_OFFSET, MOST, parse_bbox, parse_commune
from api.versions import etag, unchanged
from geo.errors import UnknownNameError
from geo.export import neutralised
from geo.register.connection import Connection
from geo.register.database import open_register
from geo.register.people import Actor
from geo.register.requests import request, requests
from geo.register.sign_types import sign_types
from geo.register.signs import Sign, signs
from geo.register.status import require_status
from geo.register.trace import changes
from geo.store import Store

router = APIRouter(tags=["signage"], responses=PROBLEMS)

CSV: Final = "text/csv; charset=utf-8"
MOST_CHANGES: Final = 1_000
"""Changes in one answer: each may hold a sign's whole notes twice."""


class SignsQuery(BaseModel, extra="forbid"):
    """Which signs are wanted."""

    status: str | None = Query(default=None, description="A status of the register.", examples=["installed"])
    park: str | None = Query(default=None, max_length=200, description="The park, as the register names it.")
    organisation: str | None = Query(
        default=None,
        max_length=200,
        description="The owner's name; of the signs whose owner the token's role is shown.",
    )
    commune: str | None = Query(default=None, description="INSEE code of a published commune.", examples=["62498"])
    bbox: str | None = Query(
        default=None, description="west,south,east,north in WGS84 degrees.", examples=["2.78,50.40,2.86,50.45"]
    )
    limit: int = Query(default=MOST, ge=1, le=MOST, description="Signs in one answer.")
    offset: int = Query(default=0, ge=0, le=LARGEST_OFFSET, description="Signs to skip; follow the `next` link.")


class RequestsQuery(BaseModel, extra="forbid"):
    """Which requests are wanted."""

    decision: Literal["waiting", "accepted", "refused"] | None = Query(default=None, description="What became of it.")
    limit: int = Query(default=MOST, ge=1, le=MOST, description="Requests in one answer.")
    offset: int = Query(default=0, ge=0, le=LARGEST_OFFSET, description="Requests to skip.")


class ChangesQuery(BaseModel, extra="forbid"):
    """Which changes of a sign are wanted."""

    limit: int = Query(default=MOST_CHANGES, ge=1, le=MOST_CHANGES, description="Changes in one answer.")
    offset: int = Query(default=0, ge=0, le=LARGEST_OFFSET, description="Changes to skip, of the oldest.")


def install(app: FastAPI) -> None:
    """Give the application what requests about the register share."""
    app.state.failed_tokens = FailedTokens()


@router.get("/signage/signs", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
def list_signs(
    here: InstallationDep, web: Request, actor: ReaderDep, query: Annotated[SignsQuery, Query()]
) -> Response:
    """Return signs as GeoJSON, in the order of their codes: the public ones, and drafts that the token's role reads."""
    found = wanted(here, actor, query)
    page = found[query.offset : query.offset + query.limit]
    following = next_page(web, query, len(found))
    links = [{"rel": "self", "type": GEOJSON, "href": str(web.url)}]
    links += [{"rel": "next", "type": GEOJSON, "href": following}] if following is not None else []
    body = {
        "type": "FeatureCollection",
        "numberMatched": len(found),
        "numberReturned": len(page),
        "links": links,
        "features": [sign_views.feature(sign_views.row(actor, one)) for one in page],
    }
    return Response(orjson.dumps(body), media_type=GEOJSON)


@router.get("/signage/signs.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def signs_csv(here: InstallationDep, web: Request, actor: ReaderDep, query: Annotated[SignsQuery, Query()]) -> Response:
    """Return the same signs as a table; what the reader may not see is empty, and no cell would run as a formula."""
    found = wanted(here, actor, query)
    text = io.StringIO()
    # With the standard's line ends a lone CR or LF is quoted too: neither can begin a row with a formula.
    writer = csv.DictWriter(text, [*sign_views.FULL_COLUMNS, "lon", "lat"], lineterminator="\r\n")
    writer.writeheader()
    for one in found[query.offset : query.offset + query.limit]:
        facts = sign_views.row(actor, one)
        writer.writerow(
            {name: neutralised(value) if isinstance(value, str) else value for name, value in facts.items()}
        )
    headers = {"Content-Disposition": 'attachment; filename="signs.csv"'}
    following = next_page(web, query, len(found))
    headers |= {"Link": f'<{following}>; rel="next"'} if following is not None else {}
    return Response(text.getvalue(), media_type=CSV, headers=headers)


@router.get("/signage/signs/{code}")
def read_sign(here: InstallationDep, web: Request, actor: ReaderDep, code: str, _: NoQueryDep) -> Response:
    """Return a sign with its blades, history and photos; costs for its owner and the pole. `ETag` is its version."""
    with reading(here) as database:
        if database is None:
            raise UnknownNameError("found no sign of that code, expected one of /signage/signs, read the list")
        found = sign_views.readable(database, actor, code)
        headers = {"ETag": etag(found.version)}
        if unchanged(web, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return JSONResponse(sign_views.sheet(database, actor, found), headers=headers)


@router.get("/signage/signs/{code}/changes")
def list_changes(
    here: InstallationDep, actor: WriterDep, code: str, query: Annotated[ChangesQuery, Query()]
) -> dict[str, Any]:
    """Return every change of a sign and of what hangs on it, oldest first: who, when, before, after; owner and pole."""
    with open_register(here.settings) as register, register.read() as database:
        sign_views.readable(database, actor, code)
        found = changes(database, actor, code)
    page = found[query.offset : query.offset + query.limit]
    told = [sign_views.told(one) for one in page]
    return {"numberMatched": len(found), "numberReturned": len(page), "changes": told}


@router.get("/signage/requests")
def list_requests(here: InstallationDep, actor: WriterDep, query: Annotated[RequestsQuery, Query()]) -> dict[str, Any]:
    """Return what was asked for: an owner reads his organisation's requests, the pole all; each with its version."""
    with open_register(here.settings) as register, register.read() as database:
        found = [one for one in requests(database, actor) if query.decision in (None, one.decision or "waiting")]
        page = [sign_views.asked(database, actor, one) for one in found[query.offset : query.offset + query.limit]]
    return {"numberMatched": len(found), "numberReturned": len(page), "requests": page}


@router.get("/signage/requests/{number}")
def read_request(here: InstallationDep, web: Request, actor: WriterDep, number: int, _: NoQueryDep) -> Response:
    """Return one request; `ETag` is its version."""
    with open_register(here.settings) as register, register.read() as database:
        found = request(database, actor, number)
        headers = {"ETag": etag(found.version)}
        if unchanged(web, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return JSONResponse(sign_views.asked(database, actor, found), headers=headers)


@router.get("/signage/catalogue")
def catalogue(here: InstallationDep, _: NoQueryDep) -> dict[str, Any]:
    """Return the types of signs with their price ranges before tax; `cost_status` tells what a price is worth."""
    with reading(here) as database:
        found = sign_types(database) if database is not None else []
    return {"types": [one._asdict() for one in found]}


def next_page(web: Request, query: SignsQuery, matched: int) -> str | None:
    """Return the address of the page that follows, None after the last."""
    after = query.offset + query.limit
    return str(web.url.include_query_params(offset=after)) if after < matched else None


@contextmanager
def reading(here: Installation) -> Iterator[Connection | None]:
    """Give a snapshot of the register, None where no register has been made: there is nothing to read then."""
    if not open_register(here.settings).exists():
        yield None
        return
    with open_register(here.settings) as register, register.read() as database:
        yield database


def wanted(here: Installation, actor: Actor, query: SignsQuery) -> list[Sign]:
    """Return the signs that the actor may see and the query asks for, in the order of codes."""
    if query.status is not None:
        require_status(query.status)
    areas = [shapely.box(*parse_bbox(query.bbox))] if query.bbox is not None else []
    if query.commune is not None:
        areas.append(outline(here.store, parse_commune(query.commune)))
    asked = query.model_dump(include={"status", "park", "organisation"})
    with reading(here) as database:
        found = signs(database, actor, **asked) if database is not None else []
    shown = [one for one in found if sign_views.listed(actor, one)]
    if query.organisation is not None:  # a filter tells nothing that the answer would not
        shown = [one for one in shown if sign_views.sees_all(actor, one)]
    if not areas or not shown:
        return shown
    places = shapely.points(sign_views.all_degrees(shown))
    inside = [shapely.intersects(area, places) for area in areas]
    return [one for one, *tests in zip(shown, *inside, strict=True) if all(tests)]


def outline(store: Store, insee: str) -> shapely.Geometry:
    """Return the published outline of a commune, in WGS84."""
    return shapely.from_geojson(store.feature("communes", insee))
