"""An import, row by row: what would be added, changed, left as it is or refused, and why; then done in one write."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal, NamedTuple

from geo.errors import GeoError, RequestError, UnknownNameError
from geo.register.connection import Connection, now
from geo.register.import_files import Row, read_rows
from geo.register.people import Actor, organisation_id, require_role
from geo.register.signs import (
    Birth,
    Sign,
    SignForm,
    attest,
    create,
    describe,
    described,
    move,
    owner_of,
    read_form,
    require_next_day,
    sign,
)
from geo.register.status import day_in_france, require_day, require_move

Action = Literal["added", "changed", "unchanged", "refused"]

SAME_PLACE_M: Final = 0.05
"""Degrees with 7 decimals, to and fro, move a point by a centimetre."""

DESCRIBED: Final = tuple(name for name in SignForm.model_fields if name not in ("x", "y"))
ATTESTED: Final = ("source", "certainty")


class Decision(NamedTuple):
    """What becomes of a row: the columns that differ, or the reason of a refusal.

    `form`, `birth` (of a known sign: its source, certainty and the day of its move) and `status` are what to write.
    """

    row: Row
    action: Action
    why: str = ""
    form: SignForm | None = None
    birth: Birth | None = None
    status: str | None = None


def plan(database: Connection, actor: Actor, rows: Sequence[Row], organisation: str | None) -> list[Decision]:
    """Return what an import would do; nothing is written.

    Parameters
    ----------
    database
        A snapshot, or the transaction in which `apply` follows.
    actor
        A planner or an administrator.
    rows
        Of `import_files.read_rows`.
    organisation
        Owner of the new signs whose row names none; None: unknown.

    Raises
    ------
    ForbiddenError
        If an owner imports.
    UnknownNameError
        If the organisation is not in the register.
    """
    require_role(actor, "planner", "admin")
    if organisation is not None:
        organisation_id(database, organisation)
    seen: set[str] = set()
    decisions = []
    for row in rows:
        try:
            decisions.append(decide(database, actor, row, organisation, seen))
        except GeoError as error:
            decisions.append(Decision(row, "refused", str(error)))
        seen.add(row.given.get("code", ""))
    return decisions


def decide(database: Connection, actor: Actor, row: Row, organisation: str | None, seen: set[str]) -> Decision:
    """Return what becomes of one row, or raise why it is refused."""
    if row.fault is not None or row.xy is None:
        raise RequestError(row.fault or "found no position; expected one")
    code = row.given.get("code")
    if not code or code in seen:
        raise RequestError(f"found the code {code!r}; expected one that no other row of the file has")
    try:
        found = sign(database, actor, code)
    except UnknownNameError:
        return to_add(database, actor, row, row.given.get("organisation") or organisation)
    return to_compare(database, actor, row, found)


def to_add(database: Connection, actor: Actor, row: Row, organisation: str | None) -> Decision:
    """Return the decision to add a sign, once all that it names is known."""
    texts = {**row.presumed, **row.given}
    birth = read_form(Birth, {
        "code": texts["code"], "organisation": organisation, "draft": texts.get("draft", False),
        "status": texts.get("status", "requested"), "status_on": texts.get("date"),
        "source": texts.get("source", "import"), "certainty": texts.get("certainty", "unverified"),
    })  # fmt: skip
    owner_of(database, actor, birth)
    require_day(birth.status_on, told=(), today=day_in_france(now()))
    form = form_of(row, row.presumed)
    described(database, form)
    taken = database.execute("SELECT 1 FROM signs WHERE code = ?", (texts["code"],)).fetchone()
    if taken:  # a draft that this actor may not read
        raise RequestError(f"found the code {texts['code']}, which is taken; expected another")
    return Decision(row, "added", form=form, birth=birth)


def to_compare(database: Connection, actor: Actor, row: Row, found: Sign) -> Decision:
    """Return what differs between a row and the sign of its code; what the row leaves empty does not."""
    known = {name: getattr(found, name) for name in DESCRIBED if getattr(found, name) is not None}
    form = form_of(row, known)
    described(database, form)
    told = told_again(row, found)
    differs = [name for name in DESCRIBED if unbroken(getattr(form, name)) != unbroken(getattr(found, name))]
    differs += [name for name in ATTESTED if getattr(told, name) != getattr(found, name)]
    if moved_m(form, found) <= SAME_PLACE_M:
        form = form.model_copy(update={"x": found.x, "y": found.y})
    else:
        differs.append(f"position ({moved_m(form, found):.1f} m)")
    require_same_hands(row, told, found)
    status = row.given.get("status", "unknown")
    if status not in ("unknown", found.status):
        require_move(actor, found.status, status, draft=bool(found.draft))
        require_next_day(database, actor, found, told.status_on)
        differs.append(f"status {found.status} → {status}")
        return Decision(row, "changed", ", ".join(differs), form, told, status)
    require_same_day(told.status_on, found)
    return Decision(row, "changed" if differs else "unchanged", ", ".join(differs), form, told)


def unbroken(value: object) -> object:
    """Return a text with one kind of end of line: spreadsheets write their own, which is no change."""
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else value


def told_again(row: Row, found: Sign) -> Birth:
    """Return source, certainty, day and draft as a row tells them of a known sign; what it leaves empty is as known."""
    said = {name: row.given.get(name, getattr(found, name)) for name in (*ATTESTED, "draft")}
    return read_form(Birth, {**said, "status_on": row.given.get("date")})


def require_same_hands(row: Row, told: Birth, found: Sign) -> None:
    """Refuse a row that gives a known sign to another owner, or shows or hides it: these are not imported."""
    owner = row.given.get("organisation")
    if owner is not None and owner != found.organisation:
        raise RequestError(
            f"found the organisation {owner!r}; expected {found.organisation!r}; owners are not imported"
        )
    if told.draft != bool(found.draft):
        raise RequestError(
            f"found draft {told.draft}; expected {bool(found.draft)}, as recorded; an import neither publishes a draft "
            "nor hides a sign: leave the cell empty"
        )


def require_same_day(on: date | None, found: Sign) -> None:
    """Refuse another day for a status that a sign has already: its history is not rewritten."""
    if on is not None and on.isoformat() != found.status_on:
        raise RequestError(
            f"found the day {on} for the status {found.status}; expected {found.status_on or 'none'}, as recorded; "
            "history is not rewritten: leave the date out, or give the status that began on it"
        )


def form_of(row: Row, known: Mapping[str, object]) -> SignForm:
    """Return what is said of a sign: what is known, and what the row tells in its place."""
    said = {**known, **row.given}
    x, y = row.xy or (0.0, 0.0)
    return read_form(SignForm, {**{name: said[name] for name in DESCRIBED if name in said}, "x": x, "y": y})


def moved_m(form: SignForm, found: Sign) -> float:
    """Return how far the row's position is from the sign's. Metres."""
    return float(((form.x - found.x) ** 2 + (form.y - found.y) ** 2) ** 0.5)


def apply(database: Connection, actor: Actor, decisions: Sequence[Decision]) -> None:
    """Write what was decided, in the caller's transaction, which must be that of the plan."""
    for row, action, _, form, birth, status in decisions:
        code = row.given.get("code", "")
        if action == "added" and form is not None and birth is not None:
            create(database, actor, form, birth)
        elif action == "changed" and form is not None and birth is not None:
            found = describe(database, actor, code, form, version=sign(database, actor, code).version)
            if (birth.source, birth.certainty) != (found.source, found.certainty):
                found = attest(
                    database, actor, code, source=birth.source, certainty=birth.certainty, version=found.version
                )
            if status is not None:
                move(database, actor, code, status, version=found.version, on=birth.status_on, note="import")


def read_and_plan(database: Connection, actor: Actor, path: Path, organisation: str | None = None) -> list[Decision]:
    """Return what importing a file would do."""
    return plan(database, actor, read_rows(path), organisation)


def counts(decisions: Sequence[Decision]) -> dict[Action, int]:
    """Return how many rows each action has."""
    found = Counter(one.action for one in decisions)
    return {"added": found["added"], "changed": found["changed"], "unchanged": found["unchanged"],
            "refused": found["refused"]}  # fmt: skip
