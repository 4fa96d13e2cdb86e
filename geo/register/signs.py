"""Signs: asked for, described, published and moved; read by those who may.

Every change of a sign, of its blades, costs or photos adds 1 to its `version`; who changes names the version that he
has read, and is refused when somebody was faster.
"""

from datetime import date
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, TypeVar

from pydantic import BaseModel, Field, StringConstraints, ValidationError, model_validator

from geo.errors import ConflictError, ForbiddenError, RequestError, StaleError, UnknownNameError
from geo.register.connection import Connection, now
from geo.register.extent import require_in_france
from geo.register.people import Actor, organisation_id, require_role
from geo.register.status import day_in_france, require_day, require_move, require_status

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]

CODE: Final = r"^[A-Z]{2,5}-[0-9]{3,13}$"
PREFIX: Final = r"^[A-Z]{2,5}$"
DIGITS: Final = 3
FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2100

SELECT: Final = """
SELECT s.fid, s.code, o.name, s.park, t.name, s.name, s.sealing, s.condition, s.visibility_m, s.road_permission,
    s.languages, s.notes, s.source, s.certainty, s.draft, s.status, s.status_on, s.version, s.created_at, s.updated_at,
    ST_X(s.geom), ST_Y(s.geom), s.organisation_id, s.order_year
FROM signs s LEFT JOIN organisations o ON o.id = s.organisation_id LEFT JOIN sign_types t ON t.id = s.type_id
"""

POINT: Final = "ST_Point(?, ?, 2154)"
INSIDE: Final = """
s.fid IN (SELECT id FROM rtree_signs_geom WHERE maxx >= ? AND maxy >= ? AND minx <= ? AND miny <= ?)
AND ST_X(s.geom) >= ? AND ST_Y(s.geom) >= ? AND ST_X(s.geom) <= ? AND ST_Y(s.geom) <= ?
"""
"""The tree keeps 32 bits, rounded outwards: what it finds is compared again."""

BBox = tuple[float, float, float, float]


class SignForm(BaseModel, frozen=True, extra="forbid"):
    """What people say of a sign; what is left out is unknown. Position in Lambert-93 metres."""

    x: float = Field(allow_inf_nan=False)
    y: float = Field(allow_inf_nan=False)
    type: Words | None = None
    name: Words | None = None
    park: Words | None = None
    sealing: Literal["concrete", "plate", "sleeve", "wall"] | None = None
    condition: Literal["good", "worn", "damaged", "missing"] | None = None
    visibility_m: float | None = Field(default=None, gt=0, le=1000)
    road_permission: Literal["not_needed", "asked", "granted", "refused"] | None = None
    languages: str | None = Field(default=None, pattern=r"^[a-z]{2}(\|[a-z]{2})*$", max_length=30)
    notes: LongText | None = None

    @model_validator(mode="after")
    def in_france(self) -> Self:
        """Refuse a place that is elsewhere."""
        require_in_france(self.x, self.y)
        return self


class Birth(BaseModel, frozen=True, extra="forbid"):
    """How a sign comes into the register: its code (or the letters of a new one), owner, first status, source."""

    code: str | None = Field(default=None, pattern=CODE)
    prefix: str | None = Field(default=None, pattern=PREFIX)
    organisation: Words | None = None
    draft: bool = True
    status: str = "requested"
    status_on: date | None = None
    source: Words = "saisie"
    certainty: Literal["surveyed", "curated", "sourced", "estimated", "unverified"] = "unverified"


class Sign(NamedTuple):
    """A sign as it is read; position in Lambert-93 metres."""

    fid: int
    code: str
    organisation: str | None
    park: str | None
    type: str | None
    name: str | None
    sealing: str | None
    condition: str | None
    visibility_m: float | None
    road_permission: str | None
    languages: str | None
    notes: str | None
    source: str
    certainty: str
    draft: int
    status: str
    status_on: str | None
    version: int
    created_at: str
    updated_at: str
    x: float
    y: float
    organisation_id: int | None
    order_year: int | None


class Step(NamedTuple):
    """One entry of the history: the move, the day that it tells, when it was recorded, by whom."""

    from_status: str | None
    to_status: str
    status_on: str | None
    note: str | None
    at: str
    who: str


Form = TypeVar("Form", bound=BaseModel)


def read_form(model: type[Form], given: dict[str, Any]) -> Form:
    """Return what people filled in, or say in one line what is wrong with it."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        if isinstance(told := first.get("ctx", {}).get("error"), RequestError):
            raise told from error
        field = ".".join(map(str, first["loc"])) or "the form"
        raise RequestError(f"{field}: found {first['input']!r:.80}; expected: {first['msg']}; correct it") from error


def sign(database: Connection, actor: Actor, code: str) -> Sign:
    """Return one sign; another organisation's draft is as if it did not exist.

    Raises
    ------
    UnknownNameError
        If there is none that this actor may read.
    """
    row = database.execute(f"{SELECT} WHERE s.code = ?", (code,)).fetchone()
    found = Sign(*row) if row else None
    if found is None or not may_read(actor, found):
        raise UnknownNameError(f"no sign has the code {code!r:.40}; expected one of the register; read the list again")
    return found


def signs(
    database: Connection, actor: Actor, *, park: str | None = None, status: str | None = None,
    organisation: str | None = None, bbox: BBox | None = None,
) -> list[Sign]:  # fmt: skip
    """Return the signs that the actor may read, in the order of codes.

    Parameters
    ----------
    database, actor
        What is read, and by whom.
    park, status, organisation
        Only signs of that park, status, organisation (its name); None: of any.
    bbox
        Only signs inside or on the edge. Lambert-93 metres (west, south, east, north).

    Raises
    ------
    RequestError
        If there is no such status.
    """
    if status is not None:
        require_status(status)
    asked = {"s.park": park, "s.status": status, "o.name": organisation}
    equal = {name: value for name, value in asked.items() if value is not None}
    where = ["(s.draft = 0 OR ? OR s.organisation_id = ?)", *(f"{name} = ?" for name in equal)]
    values: list[object] = [actor.role == "admin", actor.organisation_id, *equal.values()]
    if bbox is not None:
        where.append(INSIDE)
        values += [*bbox, *bbox]
    query = f"{SELECT} WHERE {' AND '.join(where)} ORDER BY s.code"
    return [Sign(*row) for row in database.execute(query, values)]


def may_read(actor: Actor, found: Sign) -> bool:
    """Tell whether the actor may know of a sign: a draft is its own organisation's."""
    return not found.draft or actor.role == "admin" or is_own(actor, found)


def is_own(actor: Actor, found: Sign) -> bool:
    """Tell whether a sign belongs to the actor's organisation."""
    return actor.organisation_id is not None and actor.organisation_id == found.organisation_id


def history(database: Connection, actor: Actor, code: str) -> list[Step]:
    """Return every move of a sign's status, oldest first."""
    query = "SELECT from_status, to_status, status_on, note, at, who FROM status_history WHERE sign_id = ? ORDER BY id"
    return [Step(*row) for row in database.execute(query, (sign(database, actor, code).fid,))]


def create(database: Connection, actor: Actor, form: SignForm, birth: Birth) -> Sign:
    """Record a new sign and return it.

    Raises
    ------
    ConflictError
        If the code is taken.
    ForbiddenError
        If an owner asks for another organisation, another first status, or a code of his own.
    RequestError
        If neither code nor prefix is given, the status does not exist, or its day has not come.
    UnknownNameError
        If the organisation or the type is not in the register.
    """
    of = owner_of(database, actor, birth)
    require_day(birth.status_on, told=(), today=day_in_france(now()))
    code = birth.code or next_code(database, birth.prefix)
    if database.execute("SELECT 1 FROM signs WHERE code = ?", (code,)).fetchone():
        raise ConflictError(f"a sign has the code {code} already; expected a new one; leave it out to be given one")
    columns = described(database, form) | {
        "code": code, "organisation_id": of, "draft": int(birth.draft), "status": birth.status,
        "status_on": day(birth.status_on), "source": birth.source, "certainty": birth.certainty,
        "created_at": now(), "updated_at": now(),
    }  # fmt: skip
    marks = ", ".join("?" * len(columns))
    database.execute(
        f"INSERT INTO signs ({', '.join(columns)}, geom) VALUES ({marks}, {POINT})",
        [*columns.values(), form.x, form.y],
    )
    return sign(database, actor, code)


def owner_of(database: Connection, actor: Actor, birth: Birth) -> int | None:
    """Return the organisation that a new sign belongs to, None when nobody knows it."""
    require_status(birth.status)
    asked = organisation_id(database, birth.organisation) if birth.organisation is not None else actor.organisation_id
    if actor.role == "owner" and (asked != actor.organisation_id or birth.status != "requested" or birth.code):
        raise ForbiddenError(
            "found an owner who gives a code, a status or another organisation; expected a request of his own; "
            "ask the pole to record it"
        )
    if birth.draft and actor.role != "admin" and asked != actor.organisation_id:
        raise ForbiddenError(
            "found a draft for another organisation; expected one of your own; publish the sign at once, or let its "
            "owner write the draft"
        )
    if birth.draft and (asked is None or birth.status != "requested"):
        raise RequestError(
            "found a draft without an organisation, or not requested; expected both; name it or publish the sign"
        )
    return asked


def next_code(database: Connection, prefix: str | None) -> str:
    """Return the first free code of a prefix: SOU gives SOU-001, then SOU-002; a number is never given again."""
    if prefix is None:
        raise RequestError("found neither a code nor a prefix; expected one, such as SOU; give the park's letters")
    query = "SELECT max(CAST(substr(code, ?) AS BIGINT)) FROM signs WHERE code > ? AND code < ?"
    last = database.execute(query, (len(prefix) + 2, f"{prefix}-", f"{prefix}.")).fetchone()[0]  # a dot follows a dash
    return f"{prefix}-{(last or 0) + 1:0{DIGITS}d}"


def describe(database: Connection, actor: Actor, code: str, form: SignForm, *, version: int) -> Sign:
    """Replace what is said of a sign and return it.

    Raises
    ------
    UnknownNameError, ForbiddenError
        If there is no such sign, or it is another organisation's.
    StaleError
        If somebody has changed it since that version.
    """
    found = to_change(database, actor, code, version=version)
    place = (form.x, form.y)
    return change(database, actor, found, described(database, form), place=place)


def attest(
    database: Connection, actor: Actor, code: str, *, source: str, certainty: str, version: int
) -> Sign:  # fmt: skip
    """Record where what is known of a sign comes from and how sure it is, and return the sign.

    Raises
    ------
    UnknownNameError, ForbiddenError, StaleError
        As `describe`, or for an owner.
    """
    require_role(actor, "planner", "admin")
    found = to_change(database, actor, code, version=version)
    return change(database, actor, found, {"source": source, "certainty": certainty})


def publish(database: Connection, actor: Actor, code: str, *, version: int) -> Sign:
    """Show a draft to all; there is no way back."""
    found = to_change(database, actor, code, version=version)
    return change(database, actor, found, {"draft": 0})


def move(  # noqa: PLR0913 - a move is told with its day and a note
    database: Connection, actor: Actor, code: str, status: str, *, version: int, on: date | None = None,
    note: str | None = None,
) -> Sign:  # fmt: skip
    """Move a sign's status and return the sign; the history grows by one step.

    Raises
    ------
    UnknownNameError, ForbiddenError, StaleError
        As `describe`, or if the move is not this role's.
    IllegalMoveError
        If there is no such move.
    RequestError
        If the day has not come, or lies before that of an earlier step.
    """
    found = to_change(database, actor, code, version=version)
    require_move(actor, found.status, status, draft=bool(found.draft))
    require_next_day(database, actor, found, on)
    return change(database, actor, found, {"status": status, "status_on": day(on), "status_note": note})


def require_next_day(database: Connection, actor: Actor, found: Sign, on: date | None) -> None:
    """Refuse a day on which the sign's next step cannot have been: to come, or before a step of its history."""
    days = [step.status_on for step in history(database, actor, found.code)]
    require_day(on, told=[date.fromisoformat(one) for one in days if one is not None], today=day_in_france(now()))


def order_in(database: Connection, actor: Actor, code: str, year: int | None, *, version: int) -> Sign:
    """Record the year in which a sign is ordered (None: not decided) and return the sign.

    Raises
    ------
    UnknownNameError, ForbiddenError, StaleError
        As `describe`, or for an owner.
    RequestError
        If it is no year from 2000 to 2100.
    """
    require_role(actor, "planner", "admin")
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        raise RequestError(f"found the order year {year}; expected {FIRST_YEAR} to {LAST_YEAR}; correct it")
    found = to_change(database, actor, code, version=version)
    return change(database, actor, found, {"order_year": year})


def to_change(database: Connection, actor: Actor, code: str, *, version: int) -> Sign:
    """Return a sign that this actor may change and that is still of that version."""
    found = sign(database, actor, code)
    if actor.role == "owner" and not is_own(actor, found):
        raise ForbiddenError(f"{code} belongs to another organisation; expected a sign of your own; ask its owner")
    if found.version != version:
        raise StaleError(
            f"{code}: found a change of version {version}; expected {found.version}, changed by somebody since; "
            "read it again"
        )
    return found


def change(
    database: Connection, actor: Actor, found: Sign, columns: dict[str, object], *,
    place: tuple[float, float] | None = None,
) -> Sign:  # fmt: skip
    """Change columns of a sign and add 1 to its version; with no column, what hangs on it has changed."""
    given = {**columns, "updated_at": now()}
    sets = [f"{name} = ?" for name in given] + ([f"geom = {POINT}"] if place is not None else [])
    database.execute(
        f"UPDATE signs SET {', '.join(sets)}, version = version + 1 WHERE fid = ? AND version = ?",
        [*given.values(), *(place or ()), found.fid, found.version],
    )
    return sign(database, actor, found.code)


def described(database: Connection, form: SignForm) -> dict[str, object]:
    """Return a form as columns of the table, but for its place."""
    given = form.model_dump(exclude={"x", "y", "type"})
    type_id = sign_type_id(database, form.type) if form.type is not None else None
    return {"type_id": type_id, **given}


def sign_type_id(database: Connection, name: str) -> int:
    """Return the number of a type of the catalogue."""
    row = database.execute("SELECT id FROM sign_types WHERE name = ? AND yardstick = 0", (name,)).fetchone()
    if row is None:
        known = [row[0] for row in database.execute("SELECT name FROM sign_types WHERE yardstick = 0 ORDER BY id")]
        raise UnknownNameError(f"no sign type is named {name!r}; expected one of {'; '.join(known)}; correct it")
    return int(row[0])


def day(on: date | None) -> str | None:
    """Return a day as the register keeps it."""
    return on.isoformat() if on is not None else None
