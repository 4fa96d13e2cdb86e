"""A request that writes the register: who sends it, its turn, its key, its one transaction, its answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Final, NamedTuple

from fastapi import Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse

from api.auth import WriterDep
from api.dependencies import Installation, InstallationDep
from api.errors import NOT_NOW, RefusedError
from geo.errors import ConflictError
from geo.register.connection import Connection
from geo.register.database import open_register
from geo.register.once import once
from geo.register.people import Actor

AT_ONCE: Final = 8
"""Requests that write at the same time: the register lets one write, and the threads of the others are readers' too."""
LONGEST_WAIT_S: Final = 30.0


class Sent(NamedTuple):
    """A request to write: who sends it, to which address, and under which key, if any."""

    here: Installation
    actor: Actor
    target: str
    key: str | None


class Answer(NamedTuple):
    """What is answered, and kept under the request's key: status, headers, body."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any]


def install(app: FastAPI) -> None:
    """Give the application what requests that write share."""
    app.state.write_turns = asyncio.Semaphore(AT_ONCE)


async def turn(request: Request) -> AsyncIterator[None]:
    """Wait for a turn to write, holding no thread: a register that is busy for long must not stop the maps.

    Raises
    ------
    RefusedError
        503 when none comes.
    """
    turns: asyncio.Semaphore = request.app.state.write_turns
    try:
        async with asyncio.timeout(LONGEST_WAIT_S):
            await turns.acquire()
    except TimeoutError as error:
        raise RefusedError(503, NOT_NOW, {"Retry-After": f"{LONGEST_WAIT_S:.0f}"}) from error
    try:
        yield
    finally:
        turns.release()


def sent(
    here: InstallationDep,
    actor: WriterDep,
    request: Request,
    key: Annotated[
        str | None, Header(alias="Idempotency-Key", description="1 to 200 characters: what is sent twice is done once.")
    ] = None,
    _: Annotated[None, Depends(turn, scope="function")] = None,
) -> Sent:
    """Return who writes, where, and under which key."""
    return Sent(here, actor, f"{request.method} {request.url.path}", key)


def done(sender: Sent, body: dict[str, Any], work: Callable[[Connection], Answer]) -> JSONResponse:
    """Do the work in one signed transaction and answer; a key that was used for the same has its first answer again."""
    with open_register(sender.here.settings) as register, register.write(sender.actor.name) as database:
        answer = work(database) if sender.key is None else first_answer(database, sender, body, work)
    return JSONResponse(answer.body, answer.status, headers=answer.headers)


def first_answer(
    database: Connection, sender: Sent, body: dict[str, Any], work: Callable[[Connection], Answer]
) -> Answer:
    """Return the answer of the work, or what was answered when this user sent the same under the same key.

    Raises
    ------
    RefusedError
        422 if the key was used for another address, version or body.

    References
    ----------
    draft-ietf-httpapi-idempotency-key-header-07, 2.7.
    """
    begun: list[bool] = []

    def noted() -> dict[str, Any]:
        begun.append(True)
        return work(database)._asdict()

    try:
        return Answer(
            **once(database, sender.actor, sender.key or "", {"target": sender.target, "body": body}, work=noted)
        )
    except ConflictError as error:
        if begun:  # the work has its own conflicts
            raise
        raise RefusedError(422, str(error)) from error


SentDep = Annotated[Sent, Depends(sent, scope="function")]
