"""Bodies and methods before any endpoint sees them: unreadable, mislabelled, cut off, too slow; HEAD and `Allow`."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from api.security import LONGEST_BODY, BodyLimit

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from starlette.types import Message, Receive, Scope, Send

URL = "/solar/simulations"


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"\xff", b'{"kwp": ' + b"9" * 5000 + b"}", b"[" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b"{'kwp': 1}", b"\xef\xbb\xbf\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_what_is_no_json_is_said_in_one_line(client: "TestClient", body: bytes) -> None:
    answer = client.post(URL, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("found a body that cannot be read as JSON, expected ")


@pytest.mark.parametrize(("given", "lacks"), [({}, "found no body"), ({"json": {}}, "found no 'money' in the body")])
def test_what_lacks_is_named(client: "TestClient", given: dict[str, Any], lacks: str) -> None:
    answer = client.post(URL, **given)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(lacks)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "image/svg+xml", "", None])
def test_json_that_is_declared_as_something_else_is_415(client: "TestClient", kind: str | None) -> None:
    answer = client.post(URL, content=b"{}", headers={} if kind is None else {"Content-Type": kind})
    assert answer.status_code == 415
    assert "expected application/json" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/", "/health", "/layers", "/layers/signs.geojson", "/layers/none.geojson"])
def test_head_is_get_without_its_body(client: "TestClient", path: str) -> None:
    told, whole = client.head(path), client.get(path)
    assert (told.status_code, told.content) == (whole.status_code, b"")
    varying = ("date", "content-security-policy", "content-length")  # a page's nonce is new in each answer
    assert {name: told.headers[name] for name in told.headers if name not in varying} == {
        name: whole.headers[name] for name in whole.headers if name not in varying
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/signage/signs", "GET, HEAD, POST"),
        ("PUT", "/signage/signs/LEN-001", "GET, HEAD, PATCH"),
        ("OPTIONS", URL, "POST"),
        ("HEAD", URL, "POST"),
        ("POST", "/layers", "GET, HEAD"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_told_those_that_it_does(
    client: "TestClient", method: str, path: str, allowed: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert method == "HEAD" or f"expected {allowed}, " in answer.json()["detail"]


def through(messages: "Iterator[Message]") -> tuple[list[Any], list["Message"]]:
    """Return what the application is given of these messages of a client, and what the client is answered."""
    seen: list[Any] = []
    sent: list[Message] = []

    async def receive() -> "Message":
        for message in messages:
            return message
        await asyncio.sleep(60)
        raise AssertionError

    async def application(_: "Scope", receive: "Receive", __: "Send") -> None:
        seen.append((await receive())["body"])
        seen.append((await receive())["type"])

    async def send(message: "Message") -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
    asyncio.run(BodyLimit(application)(scope, receive, send))
    return seen, sent


def part(body: bytes, *, more: bool) -> "Message":
    return {"type": "http.request", "body": body, "more_body": more}


GONE: "Message" = {"type": "http.disconnect"}


def test_a_body_in_parts_arrives_whole_and_then_what_follows() -> None:
    assert through(iter([part(b"a", more=True), part(b"b", more=False), GONE]))[0] == [b"ab", "http.disconnect"]


def test_half_a_body_never_reaches_the_application() -> None:
    assert through(iter([part(b'{"wanted": "x"}', more=True), GONE])) == ([], [])


def test_an_endless_body_is_413_as_soon_as_it_is_too_long() -> None:
    sizes = []

    def endless() -> "Iterator[Message]":
        while True:
            sizes.append(100_000)
            yield part(b"x" * 100_000, more=True)

    seen, sent = through(endless())
    assert (seen, sent[0]["status"]) == ([], 413)
    assert sum(sizes) <= LONGEST_BODY + 100_000


def test_a_body_that_does_not_come_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.security.SLOWEST_BODY_S", 0.05)
    seen, sent = through(iter([part(b"x", more=True)]))
    assert (seen, sent[0]["status"]) == ([], 408)
