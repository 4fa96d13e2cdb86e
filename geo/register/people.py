"""Who may do what: organisations, users and their tokens, three roles.

| | owner | planner | admin |
|---|---|---|---|
| read published signs | all | all | all |
| read drafts | own organisation | own organisation | all |
| ask for a sign, describe one, publish it | own organisation | all that he reads | all |
| move a status | own signs: cancel a request, tell of damage, tell of a repair | all that he reads | all |
| costs, funding, decisions, imports | no | yes | yes |
| users, organisations | no | no | yes |
"""

import hashlib
import secrets
from typing import Final, Literal, NamedTuple, get_args

from geo.errors import ConflictError, ForbiddenError, RequestError, UnknownNameError
from geo.register.connection import Connection, now

Role = Literal["owner", "planner", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
TOKEN_BYTES: Final = 32
LONGEST_NAME: Final = 100


class Actor(NamedTuple):
    """Somebody who reads or writes: the name that signs, the role, and the organisation (None: of none)."""

    name: str
    role: Role
    organisation_id: int | None = None


class User(NamedTuple):
    """A user as an administrator lists him; his token is known to nobody but him."""

    name: str
    role: str
    organisation: str | None
    created_at: str
    revoked_at: str | None


def console(login: str) -> Actor:
    """Return the actor of the command line: whoever can write the register's file may do all with it."""
    return Actor(f"console:{login}", "admin")


def require_role(actor: Actor, *roles: Role) -> None:
    """Refuse an actor of another role."""
    if actor.role not in roles:
        raise ForbiddenError(f"found the role {actor.role}; expected {' or '.join(roles)}; ask the pole to do it")


def add_organisation(database: Connection, actor: Actor, name: str) -> int:
    """Record an organisation, unless it is known, and return its number."""
    require_role(actor, "admin")
    if not name.strip():
        raise RequestError("found an organisation without a name; expected one; give it")
    database.execute("INSERT INTO organisations (name) VALUES (?) ON CONFLICT DO NOTHING", (name,))
    return organisation_id(database, name)


def organisation_id(database: Connection, name: str) -> int:
    """Return the number of an organisation."""
    row = database.execute("SELECT id FROM organisations WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise UnknownNameError(
            f"no organisation is named {name!r}; expected one of the register; "
            "add it with `artois register organisation add`"
        )
    return int(row[0])


def add_user(database: Connection, actor: Actor, name: str, *, role: Role, organisation: str | None = None) -> str:
    """Record a user and return his token, which is written nowhere.

    Raises
    ------
    ConflictError
        If the name is taken: names sign what was done, and are never given twice.
    RequestError
        If the name is not of 1 to 100 characters, or looks like the command line's, or an owner has no organisation.
    """
    require_role(actor, "admin")
    if not 0 < len(name.strip()) <= LONGEST_NAME or name.startswith(("console:", "schema")):
        raise RequestError(f"found the user name {name!r}; expected 1 to {LONGEST_NAME} characters; choose another")
    if role == "owner" and organisation is None:
        raise RequestError("found an owner without an organisation; expected one; name it with --organisation")
    if database.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone():
        raise ConflictError(f"a user is named {name!r} already; expected a new name; choose another")
    of = organisation_id(database, organisation) if organisation is not None else None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    database.execute(
        "INSERT INTO users (name, role, organisation_id, token_sha256, created_at) VALUES (?, ?, ?, ?, ?)",
        (name, role, of, token_digest(token), now()),
    )
    return token


def revoke_user(database: Connection, actor: Actor, name: str) -> None:
    """End a user's rights; his name stays with what he did."""
    require_role(actor, "admin")
    done = database.execute("UPDATE users SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL", (now(), name))
    if done.rowcount == 0:
        raise UnknownNameError(f"no user with rights is named {name!r}; expected one; see `artois register user list`")


def users(database: Connection, actor: Actor) -> list[User]:
    """Return every user, in the order of names."""
    require_role(actor, "admin")
    query = (
        "SELECT u.name, u.role, o.name, u.created_at, u.revoked_at FROM users u "
        "LEFT JOIN organisations o ON o.id = u.organisation_id ORDER BY u.name"
    )
    return [User(*row) for row in database.execute(query)]


def authenticate(database: Connection, token: str) -> Actor:
    """Return who holds a token.

    Raises
    ------
    ForbiddenError
        If nobody does, or his rights have ended.
    """
    query = "SELECT name, role, organisation_id FROM users WHERE token_sha256 = ? AND revoked_at IS NULL"
    row = database.execute(query, (token_digest(token),)).fetchone()
    if row is None:
        raise ForbiddenError("found a token that no user holds; expected a valid one; ask for another")
    return Actor(*row)


def token_digest(token: str) -> str:
    """Return what is kept of a token.

    A plain SHA-256 is enough: tokens hold 256 random bits, which no slow hash would make harder to guess, and the
    look-up by digest tells nothing about the token through its time.
    """
    return hashlib.sha256(token.encode()).hexdigest()
