"""Requests: what an owner asks of the pole, and what was decided."""

from datetime import UTC, date, datetime
from typing import Literal, NamedTuple

from geo.errors import ConflictError, ForbiddenError, RequestError, StaleError, UnknownNameError
from geo.register.connection import Connection
from geo.register.people import Actor, require_role
from geo.register.signs import sign

LONGEST = 4000


class Request(NamedTuple):
    """One request; `decision` is None while it waits."""

    id: int
    organisation_id: int
    sign: str | None
    asked_on: str
    wanted: str
    decision: str | None
    decided_on: str | None
    reason: str | None
    version: int


SELECT = """
SELECT r.id, r.organisation_id, s.code, r.asked_on, r.wanted, r.decision, r.decided_on, r.reason, r.version
FROM requests r LEFT JOIN signs s ON s.fid = r.sign_id
"""


def ask(database: Connection, actor: Actor, wanted: str, *, code: str | None = None) -> Request:
    """Record what the actor's organisation asks for, about one of the signs that he reads or about a new one.

    Raises
    ------
    ForbiddenError
        If the actor is of no organisation.
    RequestError
        If the text is empty or longer than 4,000 characters.
    """
    if actor.organisation_id is None:
        raise ForbiddenError(f"{actor.name} is of no organisation; expected an owner's user; ask as one of his")
    require_words(wanted)
    of = sign(database, actor, code).fid if code is not None else None
    added = database.execute(
        "INSERT INTO requests (organisation_id, sign_id, asked_on, wanted) VALUES (?, ?, ?, ?) RETURNING id",
        (actor.organisation_id, of, today(), wanted),
    ).fetchone()
    return request(database, actor, int(added[0]))


def decide(
    database: Connection, actor: Actor, number: int, decision: Literal["accepted", "refused"], *,
    version: int, reason: str | None = None,
) -> Request:  # fmt: skip
    """Record what was decided; a decision is taken once.

    Raises
    ------
    ForbiddenError
        If an owner decides.
    StaleError, ConflictError
        If it has changed since that version, or is decided already.
    """
    require_role(actor, "planner", "admin")
    to_change(database, actor, number, version=version)
    database.execute(
        "UPDATE requests SET decision = ?, decided_on = ?, reason = ?, version = version + 1 WHERE id = ?",
        (decision, today(), reason, number),
    )
    return request(database, actor, number)


def rewrite(database: Connection, actor: Actor, number: int, wanted: str, *, version: int) -> Request:
    """Replace the words of a request that still waits, and return it.

    Raises
    ------
    ForbiddenError
        If it is another organisation's.
    StaleError, ConflictError
        As `decide`.
    RequestError, UnknownNameError
        As `ask`; if there is no such request that the actor may read.
    """
    require_words(wanted)
    found = request(database, actor, number)
    if actor.organisation_id is None or found.organisation_id != actor.organisation_id:
        raise ForbiddenError(f"request {number} is another organisation's; expected one of your own; ask it to write")
    to_change(database, actor, number, version=version)
    database.execute("UPDATE requests SET wanted = ?, version = version + 1 WHERE id = ?", (wanted, number))
    return request(database, actor, number)


def require_words(wanted: str) -> None:
    """Refuse a request that says nothing, or too much."""
    if not 0 < len(wanted.strip()) <= LONGEST or len(wanted) > LONGEST:
        raise RequestError(f"found a request of {len(wanted)} characters; expected 1 to {LONGEST}; say what is wanted")


def to_change(database: Connection, actor: Actor, number: int, *, version: int) -> Request:
    """Return a request that waits and is still of that version."""
    found = request(database, actor, number)
    if found.version != version:
        raise StaleError(
            f"request {number}: found version {version}; expected {found.version}, changed by somebody since; "
            "read it again"
        )
    if found.decision is not None:
        raise ConflictError(f"request {number} was {found.decision}; expected one that waits; ask anew")
    return found


def request(database: Connection, actor: Actor, number: int) -> Request:
    """Return one request; an owner knows his organisation's alone."""
    found = [one for one in requests(database, actor) if one.id == number]
    if not found:
        raise UnknownNameError(f"no request has the number {number}; expected one of the list; read it again")
    return found[0]


def requests(database: Connection, actor: Actor) -> list[Request]:
    """Return the requests that the actor may read, oldest first."""
    query = f"{SELECT} WHERE ? OR r.organisation_id = ? ORDER BY r.id"
    return [Request(*row) for row in database.execute(query, (actor.role != "owner", actor.organisation_id))]


def today() -> str:
    """Return the day in UTC."""
    return date.isoformat(datetime.now(UTC).date())
