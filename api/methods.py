"""Methods of HTTP: HEAD wherever there is GET, and which ones an address takes."""

import re
from typing import Any, Final

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PART: Final = re.compile(r"\{\w+\}")
"""A part of an address that is free, as `/openapi.json` writes it."""


class HeadAsGet:
    """Middleware that answers HEAD as GET without its body (RFC 9110, 9.3.2): the framework's routes know GET alone."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, send_without_body)


def methods(request: Request, first: str) -> list[str]:
    """Return every method that an address takes; the framework names those of its first route alone."""
    described: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    alike = [verbs for path, verbs in described.items() if re.fullmatch(PART.sub("[^/]+", path), request.url.path)]
    found = {verb.upper() for verbs in alike for verb in verbs} | set(first.split(", "))
    return sorted(found | {"HEAD"} if "GET" in found else found)
