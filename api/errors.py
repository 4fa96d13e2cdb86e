"""How errors reach a client: one sentence that says found, expected, what to do; never a traceback."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.security import FIXED
from geo.errors import CrsError, MissingDataError, ProductError, RequestError, SourceError, UnknownNameError

logger = logging.getLogger(__name__)

NOT_WHOLE: Final = "found products that are being built or are damaged, expected whole ones, ask again in a minute"
NOT_BUILT: Final = "found no published layers, expected a built store, run `artois build` and ask again"
LONGEST_ECHO: Final = 80
"""Characters of a client's own words that an answer repeats."""


class Problem(BaseModel):
    """What an answer other than 2xx says."""

    detail: str


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": Problem, "description": "The request cannot be answered: found, expected, what to do."},
    "5XX": {"model": Problem, "description": "The service cannot answer now."},
}
"""Declared on every router; without it FastAPI documents a 422 that never comes."""


def install(app: FastAPI) -> None:
    """Map our errors, and the framework's, to answers."""
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(RequestError, bad_request)
    app.add_exception_handler(CrsError, bad_request)
    app.add_exception_handler(SourceError, bad_request)
    app.add_exception_handler(UnknownNameError, unknown)
    app.add_exception_handler(MissingDataError, not_built)
    app.add_exception_handler(ProductError, not_whole)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, unexpected)


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error as JSON."""
    return JSONResponse({"detail": detail}, status, headers=headers)


def invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer 400 for a parameter that is unknown or of the wrong kind."""
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    name = str(first.get("loc", ["", "request"])[-1])
    if first.get("type") == "extra_forbidden":
        return problem(
            400,
            f"found the unknown parameter {short(name)}, expected only those in /openapi.json, remove or correct it",
        )
    expected = str(first.get("msg", "a valid request")).removeprefix("Input should be ").removeprefix("Value error, ")
    return problem(
        400, f"found {short(name)}={short(first.get('input'))}, expected {expected}, correct it and ask again"
    )


def bad_request(_: Request, error: Exception) -> JSONResponse:
    """Answer 400 for a request that makes no sense."""
    return problem(400, str(error))


def unknown(_: Request, error: Exception) -> JSONResponse:
    """Answer 404 for a name that nothing has."""
    return problem(404, str(error))


def not_built(_: Request, error: Exception) -> JSONResponse:
    """Answer 503 while there is nothing to serve; the file that lacks is named in the log alone."""
    logger.warning("%s", error)
    return problem(503, NOT_BUILT)


def not_whole(_: Request, error: Exception) -> JSONResponse:
    """Answer 503 while a product and its provenance do not fit, as in the middle of a build."""
    logger.warning("%s", error)
    return problem(503, NOT_WHOLE)


def plain(_: Request, error: Exception) -> JSONResponse:
    """Answer what the framework decided: no such path, no such method."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    details = {
        404: "found no such address, expected one of those in /openapi.json, start from / or /layers",
        405: "found a method that this address does not take, expected GET, ask again with it",
    }
    return problem(status, details.get(status, "the request cannot be answered"), headers)


def unexpected(_: Request, __: Exception) -> JSONResponse:
    """Answer a bare 500; the server's log has the rest."""
    return problem(500, "internal error", FIXED)


def short(value: object) -> str:
    """Return a client's own words, cut where they grow long."""
    text = repr(value)
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"
