"""How what the register refuses reaches a client: 401, 403, 409, 412, 428, 429, 503, each with one line."""

import logging
import sqlite3
from collections.abc import Mapping
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api.errors import problem
from geo.errors import ConflictError, ForbiddenError, GeoError, RegisterError, StaleError

logger = logging.getLogger(__name__)

NO_REGISTER: Final = "found no register of signs, expected one, run `artois register init` and ask again"
NOT_NOW: Final = "found a register that cannot be used now, expected a free and whole one, try again or tell the pole"
OUT_OF_BOUNDS: Final = "found a value that the register does not hold, expected shorter or other words, correct it"


class RefusedError(GeoError):
    """An answer other than 2xx that only HTTP knows: no token, no If-Match, too many jobs."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.headers = status, headers


def install(app: FastAPI) -> None:
    """Map the register's errors to answers."""
    app.add_exception_handler(RefusedError, refused)
    app.add_exception_handler(ForbiddenError, forbidden)
    app.add_exception_handler(StaleError, stale)
    app.add_exception_handler(ConflictError, conflict)
    app.add_exception_handler(RegisterError, not_now)
    app.add_exception_handler(sqlite3.IntegrityError, out_of_bounds)


def refused(_: Request, error: Exception) -> JSONResponse:
    """Answer what a door of ours has decided."""
    if not isinstance(error, RefusedError):
        raise error
    return problem(error.status, str(error), error.headers)


def forbidden(_: Request, error: Exception) -> JSONResponse:
    """Answer 403 for what the role or the organisation may not do."""
    return problem(403, str(error))


def stale(_: Request, error: Exception) -> JSONResponse:
    """Answer 412 for an edit of a version that is no more."""
    return problem(412, str(error))


def conflict(_: Request, error: Exception) -> JSONResponse:
    """Answer 409 for an illegal move, a code that is taken, a key used for something else."""
    return problem(409, str(error))


def not_now(_: Request, error: Exception) -> JSONResponse:
    """Answer 503 while the register is busy, full or damaged; its place and fault are named in the log alone."""
    logger.warning("%s", error)
    return problem(503, NOT_NOW, {"Retry-After": "30"})


def out_of_bounds(_: Request, error: Exception) -> JSONResponse:
    """Answer 400 for what passed the forms and broke a CHECK of the register; nothing was recorded."""
    logger.warning("%s", error)
    return problem(400, OUT_OF_BOUNDS)
