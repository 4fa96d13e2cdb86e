"""Headers of every answer: what a browser may load, who may read the data, how long a copy lasts."""

import asyncio
import re
import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo.maps import BACKGROUND_HOSTS, PUBLIC_LEAFLET

FIXED: Final = {
    "X-Content-Type-Options": "nosniff",
    # Map backgrounds ask to know which site shows them: they get the host, never the page.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CLOSED: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The policy of everything that is no map page."""

OPEN_DATA: Final = ("/solar", "/v1/", "/layers", "/tiles", "/signage", "/health", "/openapi.json")
"""Paths that a script of any other site may read; a token it cannot send, for nothing answers its preflight."""
BY_READER: Final = "/signage"
"""Paths whose answers depend on who asks: no shared cache may keep them."""

LONGEST_BODY: Final = 1_000_000
"""Bytes of a request's body: an hourly load of a year fits in easily."""

PHOTO_PATH: Final = re.compile(r"/signage/signs/[^/]+/photos")
LARGEST_PHOTO: Final = 8_000_000
"""Bytes of a body sent to `PHOTO_PATH`, where alone a body may be longer."""
SLOWEST_BODY_S: Final = 180.0
"""How long a body may take to arrive: a photo over a poor telephone line does."""
TOO_SLOW: Final = f"found a body that took over {SLOWEST_BODY_S:.0f} s, expected a faster one, send it again"


def new_nonce() -> str:
    """Return a word that marks one page's own inline scripts."""
    return secrets.token_urlsafe(16)


def page_policy(nonce: str, *, leaflet_local: bool) -> str:
    """Return the policy of a map page: our scripts, our styles, pictures of the listed backgrounds."""
    foreign = "" if leaflet_local else "".join(f" https://{host}" for host in sorted(public_hosts()))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'nonce-{nonce}'{foreign}",
            f"style-src 'self'{foreign}",
            f"img-src 'self' data: {' '.join(BACKGROUND_HOSTS)}",
            "connect-src 'self'",
            "frame-ancestors 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def public_hosts() -> set[str]:
    """Return the hosts of Folium's public links to Leaflet."""
    return {urlsplit(address).netloc for address in PUBLIC_LEAFLET}


class BodyLimit:
    """Middleware that refuses a request body longer than its path allows with 413, before anybody reads it.

    A photo is counted as it is read.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        photo = PHOTO_PATH.fullmatch(scope["path"]) is not None
        most = LARGEST_PHOTO if photo else LONGEST_BODY
        if declared_length(scope) > most:
            await JSONResponse({"detail": too_long(most)}, 413)(scope, receive, send)
            return
        if photo:  # so large a body is read for a token's holder alone, by the endpoint that has asked for it
            await self.app(scope, receive, send)
            return
        try:
            body = await whole_body(receive, most)
        except TimeoutError:
            await JSONResponse({"detail": TOO_SLOW}, 408, {"Connection": "close"})(scope, receive, send)
            return
        except ClientDisconnect:
            return
        if body is None:
            await JSONResponse({"detail": too_long(most)}, 413)(scope, receive, send)
            return
        await self.app(scope, replayed(body, receive), send)


async def whole_body(receive: Receive, most: int) -> bytes | None:
    """Return the body of a request, None as soon as it is longer than it may be.

    Raises
    ------
    ClientDisconnect
        If the client goes before its end: half a body is none.
    TimeoutError
        If it takes longer than `SLOWEST_BODY_S`.
    """
    body, more = bytearray(), True
    async with asyncio.timeout(SLOWEST_BODY_S):
        while more and len(body) <= most:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            more = message.get("more_body", False)
    return bytes(body) if len(body) <= most else None


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, and then whatever comes."""
    left = [body]

    async def replay() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return replay


def too_long(most: int) -> str:
    """Return what is said of a body that is too long."""
    return f"found a body over {most} bytes, expected a shorter one, send less"


def declared_length(scope: Scope) -> int:
    """Return the length that a request declares, 0 where it declares none that can be read."""
    given = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(given) if given.isdigit() else 0


class Headers:
    """Middleware that adds the headers an answer does not carry yet."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_with_headers)


def add_headers(headers: MutableHeaders, path: str) -> None:
    """Add to an answer what its path asks for."""
    for name, value in FIXED.items():
        headers.setdefault(name, value)
    headers.setdefault("Content-Security-Policy", CLOSED)
    if path.startswith(BY_READER):
        headers.add_vary_header("Authorization")
        headers.setdefault("Cache-Control", "private, no-cache")
    headers.setdefault("Cache-Control", "no-cache")
    if path.startswith(OPEN_DATA):
        headers.setdefault("Access-Control-Allow-Origin", "*")
