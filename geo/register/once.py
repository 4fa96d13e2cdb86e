"""A request that is sent twice is done once (draft-ietf-httpapi-idempotency-key-header)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from geo.errors import ConflictError, RequestError
from geo.register.connection import Connection, now
from geo.register.people import Actor

LONGEST_KEY: Final = 200


def once(
    database: Connection, actor: Actor, key: str, body: Mapping[str, Any], *, work: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Return the answer of `work`, or that of the first time when this actor has used the key before.

    The answer is recorded in the caller's transaction, together with what the work has written.

    Parameters
    ----------
    database
        A transaction of `Register.write`.
    actor
        Whose key it is.
    key
        1 to 200 characters that the client chose for this request.
    body
        What the client asks, all of it: the same key with another body is refused.
    work
        Does it, and gives the answer as JSON values.

    Raises
    ------
    ConflictError
        If the key was used for another body.
    RequestError
        If the key is empty or too long.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise RequestError(f"found a key of {len(key)} characters; expected 1 to {LONGEST_KEY}; choose another")
    digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    query = "SELECT body_sha256, answer FROM answers WHERE who = ? AND key = ?"
    row = database.execute(query, (actor.name, key)).fetchone()
    if row is not None and row[0] != digest:
        raise ConflictError(f"the key {key!r:.60} was used for another request; expected a new one; choose another")
    if row is None:
        answer = json.dumps(work(), default=str)
        database.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", (actor.name, key, digest, answer, now()))
        row = (digest, answer)
    first: dict[str, Any] = json.loads(row[1])
    return first
