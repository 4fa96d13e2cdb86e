"""How errors reach a client: one sentence that says found, expected, what to do; never a traceback."""

import logging
import re
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.methods import methods
from api.security import FIXED
from geo.errors import (
    ConflictError,
    CrsError,
    ForbiddenError,
    GeoError,
    MissingDataError,
    ProductError,
    RegisterError,
    RequestError,
    SourceError,
    StaleError,
    UnknownNameError,
)

logger = logging.getLogger(__name__)

NOT_WHOLE: Final = "found products that are being built or are damaged, expected whole ones, ask again in a minute"
NOT_BUILT: Final = "found no published layers, expected a built store, run `artois build` and ask again"
NO_REGISTER: Final = "found no register of signs, expected one, run `artois register init` and ask again"
NOT_NOW: Final = "found a register that cannot be used now, expected a free and whole one, try again or tell the pole"
OUT_OF_BOUNDS: Final = "found a value that the register does not hold, expected shorter or other words, correct it"
NO_ADDRESS: Final = "found no such address, expected one of those in /openapi.json, start from / or /layers"
NO_JSON: Final = "found a body that cannot be read as JSON, expected one of plain depth and numbers, correct it"
NO_SENSE: Final = "found a request that cannot be understood, expected one of those in /openapi.json, correct it"
JSON_TYPE: Final = "application/json"
LONGEST_ECHO: Final = 80
"""Characters of a client's own words that an answer repeats."""
SHOULD: Final = re.compile(r"^(Value error, |\w+ should (be|have|match) )")
"""How the framework begins what it expected."""


class Problem(BaseModel):
    """What an answer other than 2xx says."""

    detail: str


class RefusedError(GeoError):
    """An answer other than 2xx that only HTTP knows: no token, no If-Match, too many jobs."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.headers = status, headers


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": Problem, "description": "The request cannot be answered: found, expected, what to do."},
    "5XX": {"model": Problem, "description": "The service cannot answer now."},
}
"""Declared on every router; without it FastAPI documents a 422 that never comes."""

STATUS: Final[dict[type[Exception], int]] = {
    RequestError: 400,
    ForbiddenError: 403,
    UnknownNameError: 404,
    ConflictError: 409,
    StaleError: 412,
}
"""Errors whose own words a client may read."""

SILENT: Final[dict[type[Exception], tuple[int, str, dict[str, str]]]] = {
    MissingDataError: (503, NOT_BUILT, {}),
    ProductError: (503, NOT_WHOLE, {}),
    SourceError: (503, NOT_WHOLE, {}),
    CrsError: (503, NOT_WHOLE, {}),
    RegisterError: (503, NOT_NOW, {"Retry-After": "30"}),
    sqlite3.IntegrityError: (400, OUT_OF_BOUNDS, {}),
}
"""Errors that name places and faults of the inside: those stand in the log alone."""


def install(app: FastAPI) -> None:
    """Map our errors, and the framework's, to answers."""
    for kind, status in STATUS.items():
        app.add_exception_handler(kind, spoken(status))
    for kind, answer in SILENT.items():
        app.add_exception_handler(kind, unspoken(*answer))
    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unexpected)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error as JSON."""
    return JSONResponse({"detail": detail}, status, headers=headers)


def spoken(status: int) -> Callable[[Request, Exception], JSONResponse]:
    """Return what answers an error in its own words."""

    def answer(_: Request, error: Exception) -> JSONResponse:
        return problem(status, str(error))

    return answer


def unspoken(status: int, detail: str, headers: Mapping[str, str]) -> Callable[[Request, Exception], JSONResponse]:
    """Return what answers an error in words that tell nothing of the inside."""

    def answer(_: Request, error: Exception) -> JSONResponse:
        logger.warning("%s", error)
        return problem(status, detail, headers)

    return answer


def refused(_: Request, error: Exception) -> JSONResponse:
    """Answer what a door of ours has decided."""
    if not isinstance(error, RefusedError):
        raise error
    return problem(error.status, str(error), error.headers)


def invalid(request: Request, error: Exception) -> JSONResponse:
    """Answer 400 for a parameter or body that is unknown or of the wrong kind, 415 for a body that is no JSON."""
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    place = first.get("loc", ("request",))
    name = str(place[-1])
    if first.get("type") == "json_invalid":
        return problem(400, NO_JSON)
    if place == ("body",) and isinstance(first.get("input"), bytes):
        given = short(request.headers.get("content-type", "no type"))
        return problem(415, f"found a body declared as {given}, expected {JSON_TYPE}, send it with that Content-Type")
    if first.get("type") == "missing":
        what = "body" if place == ("body",) else f"{short(name)} in the {place[0]}"
        return problem(400, f"found no {what}, expected it as in /openapi.json, give it")
    if first.get("type") == "extra_forbidden":
        return problem(
            400,
            f"found the unknown parameter {short(name)}, expected only those in /openapi.json, remove or correct it",
        )
    expected = SHOULD.sub("", str(first.get("msg", "a valid request")))
    return problem(
        400, f"found {short(name)}={short(first.get('input'))}, expected {expected}, correct it and ask again"
    )


def plain(request: Request, error: Exception) -> JSONResponse:
    """Answer what the framework decided: no such path, no such method, a body that it could not read."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    if status == 405:  # noqa: PLR2004 - RFC 9110, 15.5.6
        allowed = ", ".join(methods(request, (headers or {}).get("Allow", "GET")))
        detail = f"found a method that this address does not take, expected {allowed}, ask again with it"
        return problem(status, detail, {"Allow": allowed})
    return problem(status, {400: NO_JSON, 404: NO_ADDRESS}.get(status, NO_SENSE), headers)


def unexpected(_: Request, __: Exception) -> JSONResponse:
    """Answer a bare 500; the server's log has the rest."""
    return problem(500, "internal error", FIXED)


def short(value: object) -> str:
    """Return a client's own words, cut where they grow long."""
    text = repr(value)
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"
