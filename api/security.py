"""Headers of every answer: what a browser may load, who may read the data, how long a copy lasts."""

import secrets
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
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

OPEN_DATA: Final = ("/solar", "/v1/", "/layers", "/tiles", "/health", "/openapi.json")
"""Paths that a script of any other site may read."""


LONGEST_BODY: Final = 1_000_000
"""Bytes of a request's body: an hourly load of a year fits in easily."""

TOO_LONG: Final = f"found a body over {LONGEST_BODY} bytes, expected a shorter one, send less"


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
    """Middleware that refuses a request body longer than `LONGEST_BODY` with 413, before anybody reads it."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more and len(body) <= LONGEST_BODY:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if len(body) > LONGEST_BODY:
            await PlainTextResponse(TOO_LONG, 413)(scope, receive, send)
            return

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)


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
    headers.setdefault("Cache-Control", "no-cache")
    if path.startswith(OPEN_DATA):
        headers.setdefault("Access-Control-Allow-Origin", "*")
