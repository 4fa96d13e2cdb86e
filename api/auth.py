"""Who asks: the bearer token of a request, and what becomes of those who try wrong ones.

The token stands in the `Authorization` header and nowhere else: without cookies, no other site can make a reader's
browser write here. Tokens hold 256 random bits and are looked up by their SHA-256 (`geo.register.people`), so that the
time of an answer tells nothing about them.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from api.dependencies import InstallationDep
from api.errors import NO_REGISTER, RefusedError
from geo.errors import ForbiddenError
from geo.register import people
from geo.register.database import open_register
from geo.register.export import PUBLIC
from geo.register.people import Actor

MOST_FAILURES: Final = 20
WINDOW_S: Final = 60.0
MOST_ADDRESSES: Final = 10_000
LONGEST_TOKEN: Final = 200
SUBSCRIBER_BITS: Final = 64

NO_TOKEN: Final = "found no valid token, expected `Authorization: Bearer <token>`, ask the pole for one"
ASKED: Final = {"WWW-Authenticate": 'Bearer realm="signage"'}
WRONG: Final = {"WWW-Authenticate": 'Bearer realm="signage", error="invalid_token"'}
TOO_MANY: Final = "found too many wrong tokens from this address, expected a valid one, wait a minute"
PLANNERS_ONLY: Final = "found the role owner, expected planner or admin, ask the pole"

TOKEN: Final = HTTPBearer(auto_error=False, description="A token of `artois register user add`.")
"""How `/openapi.json` describes the token; `reader` reads it itself, so that a wrong one is never taken for none."""


class FailedTokens:
    """Wrong tokens of the last minute, by address; memory is bounded, the address of the oldest failure goes first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none."""
        self.clock = clock
        self.lock = threading.Lock()
        self.times: OrderedDict[str, deque[float]] = OrderedDict()

    def blocked(self, address: str) -> bool:
        """Tell whether an address has failed too often in the last minute."""
        with self.lock:
            times = self.times.get(address, deque())
            while times and times[0] <= self.clock() - WINDOW_S:
                times.popleft()
            return len(times) >= MOST_FAILURES

    def note(self, address: str) -> None:
        """Remember a failure."""
        with self.lock:
            self.times.setdefault(address, deque(maxlen=MOST_FAILURES)).append(self.clock())
            self.times.move_to_end(address)
            while len(self.times) > MOST_ADDRESSES:
                self.times.popitem(last=False)


def reader(here: InstallationDep, request: Request, _: Annotated[object, Depends(TOKEN)]) -> Actor:
    """Return who reads: the holder of the token, or the public when none is given.

    Raises
    ------
    RefusedError
        401 for a wrong token (it is never taken for none), 429 for too many, 503 for a token without a register.
    """
    given = request.headers.get("authorization")
    if given is None:
        return PUBLIC
    require_register(here)
    scheme, _, token = given.partition(" ")
    try:
        if scheme.lower() != "bearer" or len(token) > LONGEST_TOKEN:
            raise ForbiddenError(NO_TOKEN)
        with open_register(here.settings) as register, register.read() as database:
            return people.authenticate(database, token.strip())
    except ForbiddenError as error:
        raise no_token(request) from error


def no_token(request: Request) -> RefusedError:
    """Return the answer to a wrong token, and count it.

    A right one is always let in: whoever shares an address with a guesser, or with a program whose token was revoked,
    works on, and 256 random bits are guessed no sooner for it.
    """
    failures: FailedTokens = request.app.state.failed_tokens
    address = neighbourhood(request.client.host if request.client is not None else "unknown")
    if failures.blocked(address):
        return RefusedError(429, TOO_MANY, {"Retry-After": f"{WINDOW_S:.0f}"})
    failures.note(address)
    return RefusedError(401, NO_TOKEN, WRONG)


def neighbourhood(host: str) -> str:
    """Return what stands for a client when failures are counted: its address, in IPv6 the network of 64 bits around it.

    One subscriber has all of that network. The server names the client (behind a proxy: `FORWARDED_ALLOW_IPS`).
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        plain = address.ipv4_mapped
        return str(plain or IPv6Network((address, SUBSCRIBER_BITS), strict=False))
    return host


def writer(here: InstallationDep, actor: Annotated[Actor, Depends(reader)]) -> Actor:
    """Return who writes: the holder of a token.

    Raises
    ------
    RefusedError
        401 without a token, 503 without a register.
    """
    require_register(here)
    if actor is PUBLIC:
        raise RefusedError(401, NO_TOKEN, ASKED)
    return actor


def planner(actor: Annotated[Actor, Depends(writer)]) -> Actor:
    """Return who plans: a planner or an administrator.

    Raises
    ------
    ForbiddenError
        If it is an owner.
    """
    if actor.role == "owner":
        raise ForbiddenError(PLANNERS_ONLY)
    return actor


def require_register(here: InstallationDep) -> None:
    """Refuse with 503 where no register has been made."""
    if not open_register(here.settings).exists():
        raise RefusedError(503, NO_REGISTER)


ReaderDep = Annotated[Actor, Depends(reader)]
WriterDep = Annotated[Actor, Depends(writer)]
PlannerDep = Annotated[Actor, Depends(planner)]
