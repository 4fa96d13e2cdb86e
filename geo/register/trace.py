"""What became of one sign: each change of the sign, its blades, lines, photos, costs and funding, with who and when."""

import json
from typing import Any, Final, NamedTuple

from geo.errors import ForbiddenError
from geo.register.connection import Connection
from geo.register.people import Actor
from geo.register.signs import is_own, sign

OF_A_SIGN: Final = ("blades", "photos", "costs", "funding")
"""Tables whose rows name their sign. Lines name their blade, whose number may have been another sign's before."""

CHANGES: Final = f"""
SELECT at, who, table_name, row_id, action, before, after FROM changes c
WHERE (table_name = 'signs' AND row_id = ?)
    OR (table_name IN {OF_A_SIGN} AND CAST(json_extract(coalesce(after, before), '$.sign_id') AS INTEGER) = ?)
    OR (table_name = 'lines' AND ? = (
        SELECT CAST(json_extract(b.after, '$.sign_id') AS INTEGER) FROM changes b
        WHERE b.table_name = 'blades' AND b.action = 'insert' AND b.id < c.id
            AND b.row_id = CAST(json_extract(coalesce(c.after, c.before), '$.blade_id') AS INTEGER)
        ORDER BY b.id DESC LIMIT 1
    ))
ORDER BY id
"""


class Change(NamedTuple):
    """One row that was inserted, updated or deleted; `before` and `after` are its columns."""

    at: str
    who: str
    table: str
    row: int
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


def changes(database: Connection, actor: Actor, code: str) -> list[Change]:
    """Return every change of a sign and of what hangs on it, oldest first.

    Raises
    ------
    UnknownNameError
        If there is no such sign that the actor may read.
    ForbiddenError
        If an owner asks for another organisation's sign.
    """
    found = sign(database, actor, code)
    if actor.role == "owner" and not is_own(actor, found):
        raise ForbiddenError(f"{code} belongs to another organisation; expected a sign of your own; ask its owner")
    rows = database.execute(CHANGES, (found.fid, found.fid, found.fid))
    return [Change(*row)._replace(before=columns(row[5]), after=columns(row[6])) for row in rows]


def columns(text: str | None) -> dict[str, Any] | None:
    """Return a row as the trace keeps it."""
    read: dict[str, Any] | None = json.loads(text) if text is not None else None
    return read
