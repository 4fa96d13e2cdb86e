"""The register of signs over HTTP, to write: requests and signs made, edited and moved.

Every edit names the version that was read (`If-Match`, 428 without it, 412 when somebody was faster); a request sent
twice with the same `Idempotency-Key` is done once.
"""

import re
from collections.abc import Callable
from datetime import date
from sqlite3 import Connection
from typing import Annotated, Any, Final, Literal, NamedTuple

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api import sign_views
from api.auth import WriterDep
from api.dependencies import Installation, InstallationDep, NoQueryDep
from api.errors import PROBLEMS, RefusedError
from geo.errors import RequestError
from geo.register import money
from geo.register.blades import MOST_BLADES, Blade, write_blades
from geo.register.database import Register
from geo.register.once import once
from geo.register.people import Actor
from geo.register.requests import Request as Asked
from geo.register.requests import ask, decide
from geo.register.signs import (
    Birth,
    LongText,
    Sign,
    SignForm,
    Words,
    create,
    describe,
    move,
    publish,
    read_form,
    sign,
    to_change,
)

router = APIRouter(tags=["signage"], responses=PROBLEMS)

NO_VERSION: Final = "found no If-Match, expected the ETag of what was read, read it and send its ETag along"
VERSION: Final = re.compile(r'"(\d{1,15})"', re.ASCII)
NO_SUCH_VERSION: Final = -1


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


class RequestForm(BaseModel, frozen=True, extra="forbid"):
    """What an organisation asks for, about a sign or about none yet."""

    wanted: LongText
    sign: str | None = Field(default=None, max_length=20)


class DecisionForm(BaseModel, frozen=True, extra="forbid"):
    """What was decided of a request."""

    decision: Literal["accepted", "refused"]
    reason: LongText | None = None


class MoveForm(BaseModel, frozen=True, extra="forbid"):
    """Where a status moves, on which day (unknown when left out), and why."""

    status: str = Field(max_length=20)
    on: date | None = None
    note: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")] | None = None


class CostForm(BaseModel, frozen=True, extra="forbid"):
    """What a sign costs at one stage, in whole cents before tax, and who says so."""

    stage: money.Stage
    amount_cents: int = Field(ge=0, le=10**12)
    source: Words
    stated_on: date | None = None


class FundingForm(BaseModel, frozen=True, extra="forbid"):
    """Who pays which share, in basis points: 10,000 in all."""

    region: int = Field(ge=0, le=money.WHOLE_BP)
    pole: int = Field(ge=0, le=money.WHOLE_BP)
    owner: int = Field(ge=0, le=money.WHOLE_BP)


class SignFacts(BaseModel, frozen=True, extra="forbid"):
    """What is said of a sign; WGS84 degrees. In an edit, what is left out stays as it is and null makes it unknown."""

    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    type: Words | None = None
    name: Words | None = None
    park: Words | None = None
    sealing: str | None = Field(default=None, max_length=20)
    condition: str | None = Field(default=None, max_length=20)
    visibility_m: float | None = Field(default=None, allow_inf_nan=False)
    road_permission: str | None = Field(default=None, max_length=20)
    languages: str | None = Field(default=None, max_length=30)
    notes: LongText | None = None


class NewSign(BaseModel, frozen=True, extra="forbid"):
    """A new sign: what is said of it, how it comes into the register, and what is written on it."""

    facts: SignFacts
    birth: Birth
    blades: tuple[Blade, ...] = Field(default=(), max_length=MOST_BLADES)


class SignEdit(BaseModel, frozen=True, extra="forbid"):
    """What changes: facts, all blades, a draft made public, one cost, the shares; planner or admin for the last two."""

    facts: SignFacts | None = None
    blades: tuple[Blade, ...] | None = Field(default=None, max_length=MOST_BLADES)
    draft: Literal[False] | None = None
    cost: CostForm | None = None
    funding: FundingForm | None = None


def sent(
    here: InstallationDep,
    actor: WriterDep,
    request: Request,
    key: Annotated[str | None, Header(alias="Idempotency-Key")] = None,
) -> Sent:
    """Return who writes, where, and under which key."""
    return Sent(here, actor, f"{request.method} {request.url.path}", key)


def version_read(match: Annotated[str | None, Header(alias="If-Match")] = None) -> int:
    """Return the version that the client has read.

    A mark that we never gave, weak ones and `*` included, is of no version: as stale as any other.

    Raises
    ------
    RefusedError
        428 when the header is missing.
    """
    if match is None:
        raise RefusedError(428, NO_VERSION)
    found = VERSION.fullmatch(match.strip())
    return int(found[1]) if found else NO_SUCH_VERSION


SentDep = Annotated[Sent, Depends(sent)]
VersionDep = Annotated[int, Depends(version_read)]


@router.post("/signage/requests", status_code=201)
def post_request(sender: SentDep, form: RequestForm, _: NoQueryDep) -> JSONResponse:
    """Record what the token's organisation asks for."""

    def work(database: Connection) -> Answer:
        return of_request(database, sender.actor, ask(database, sender.actor, form.wanted, code=form.sign), status=201)

    return done(sender, form.model_dump(mode="json"), work)


@router.patch("/signage/requests/{number}")
def patch_request(sender: SentDep, version: VersionDep, number: int, form: DecisionForm, _: NoQueryDep) -> JSONResponse:
    """Record what was decided of a request, once; planner or admin."""

    def work(database: Connection) -> Answer:
        decided = decide(database, sender.actor, number, form.decision, version=version, reason=form.reason)
        return of_request(database, sender.actor, decided)

    return done(sender, {"version": version, **form.model_dump(mode="json")}, work)


@router.post("/signage/signs", status_code=201)
def post_sign(sender: SentDep, form: NewSign, _: NoQueryDep) -> JSONResponse:
    """Record a new sign: by default a draft of the token's organisation, with the next code of `birth.prefix`."""

    def work(database: Connection) -> Answer:
        made = create(database, sender.actor, sign_form(form.facts.model_dump(exclude_unset=True)), form.birth)
        if form.blades:
            made = write_blades(database, sender.actor, made.code, form.blades, version=made.version)
        return of_sign(database, sender.actor, made, status=201)

    return done(sender, form.model_dump(mode="json"), work)


@router.patch("/signage/signs/{code}")
def patch_sign(sender: SentDep, version: VersionDep, code: str, form: SignEdit, _: NoQueryDep) -> JSONResponse:
    """Change a sign: all that is asked, or nothing."""

    def work(database: Connection) -> Answer:
        found = to_change(database, sender.actor, code, version=version)
        return of_sign(database, sender.actor, edited(database, sender.actor, found, form))

    return done(sender, {"version": version, **form.model_dump(mode="json", exclude_unset=True)}, work)


@router.post("/signage/signs/{code}/status")
def post_status(sender: SentDep, version: VersionDep, code: str, form: MoveForm, _: NoQueryDep) -> JSONResponse:
    """Move a sign's status; only the legal moves of the role."""

    def work(database: Connection) -> Answer:
        moved = move(database, sender.actor, code, form.status, version=version, on=form.on, note=form.note)
        return of_sign(database, sender.actor, moved)

    return done(sender, {"version": version, **form.model_dump(mode="json")}, work)


def edited(database: Connection, actor: Actor, found: Sign, form: SignEdit) -> Sign:
    """Return the sign after each change that the form asks for, one version each."""
    code = found.code
    if form.facts is not None:
        facts = sign_facts(found) | form.facts.model_dump(exclude_unset=True)
        found = describe(database, actor, code, sign_form(facts), version=found.version)
    if form.blades is not None:
        found = write_blades(database, actor, code, form.blades, version=found.version)
    if form.cost is not None:
        cost = form.cost
        found = money.write_cost(
            database, actor, code, cost.stage, cost.amount_cents,
            version=found.version, source=cost.source, on=cost.stated_on,
        )  # fmt: skip
    if form.funding is not None:
        found = money.write_funding(database, actor, code, form.funding.model_dump(), version=found.version)
    if form.draft is False and found.draft:
        found = publish(database, actor, code, version=found.version)
    return found


def sign_facts(found: Sign) -> dict[str, Any]:
    """Return what is said of a sign now; it stands at `x` and `y` until `lon` and `lat` say otherwise."""
    return {name: getattr(found, name) for name in SignForm.model_fields}


def sign_form(facts: dict[str, Any]) -> SignForm:
    """Return facts as the register wants them, in Lambert-93.

    Raises
    ------
    RequestError
        If only one of `lon` and `lat` is given, they are missing in a new sign, or a fact makes no sense.
    """
    place = (facts.get("lon"), facts.get("lat"))
    said = {name: value for name, value in facts.items() if name not in ("lon", "lat")}
    if None not in place:
        x, y = sign_views.TO_LAMBERT93.transform(*place)
        said |= {"x": round(x, 3), "y": round(y, 3)}
    elif place != (None, None) or "x" not in said:
        raise RequestError("found a place without lon or lat, expected both in WGS84 degrees, give them")
    return read_form(SignForm, said)


def of_sign(database: Connection, actor: Actor, found: Sign, *, status: int = 200) -> Answer:
    """Return the answer that shows a sign as it is now."""
    headers = {"ETag": sign_views.etag(found.version), "Location": f"/signage/signs/{found.code}"}
    return Answer(status, headers, sign_views.sheet(database, actor, sign(database, actor, found.code)))


def of_request(database: Connection, actor: Actor, found: Asked, *, status: int = 200) -> Answer:
    """Return the answer that shows a request as it is now."""
    headers = {"ETag": sign_views.etag(found.version), "Location": f"/signage/requests/{found.id}"}
    return Answer(status, headers, sign_views.asked(database, actor, found))


def done(sender: Sent, body: dict[str, Any], work: Callable[[Connection], Answer]) -> JSONResponse:
    """Do the work in one signed transaction and answer; a key that was used for the same has its first answer again.

    Raises
    ------
    ConflictError
        If the key was used for another address, version or body.
    """
    path = sender.here.settings.register_file
    with Register(path) as register, register.write(sender.actor.name) as database:
        if sender.key is None:
            answer = work(database)
        else:
            whole = {"target": sender.target, "body": body}
            answer = Answer(**once(database, sender.actor, sender.key, whole, work=lambda: work(database)._asdict()))
    return JSONResponse(answer.body, answer.status, headers=answer.headers)
