"""The register of signs over HTTP, to write: requests and signs made, edited and moved.

Every edit names the version that was read (`If-Match`, 428 without it, 412 when somebody was faster); a request sent
twice with the same `Idempotency-Key` is done once.
"""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api import sign_views
from api.dependencies import NoQueryDep
from api.errors import PROBLEMS
from api.sign_forms import MoveForm, NewSign, RequestEdit, RequestForm, SignEdit
from api.versions import VersionDep, etag
from api.writing import Answer, SentDep, done
from geo.errors import RequestError
from geo.register import money
from geo.register.blades import write_blades
from geo.register.connection import Connection
from geo.register.people import Actor
from geo.register.requests import Request as Asked
from geo.register.requests import ask, decide, rewrite
from geo.register.signs import (
    Sign,
    SignForm,
    create,
    describe,
    move,
    order_in,
    publish,
    read_form,
    sign,
    to_change,
)

router = APIRouter(tags=["signage"], responses=PROBLEMS)


@router.post("/signage/requests", status_code=201)
def post_request(sender: SentDep, form: RequestForm, _: NoQueryDep) -> JSONResponse:
    """Record what the token's organisation asks for."""

    def work(database: Connection) -> Answer:
        return of_request(database, sender.actor, ask(database, sender.actor, form.wanted, code=form.sign), status=201)

    return done(sender, form.model_dump(mode="json"), work)


@router.patch("/signage/requests/{number}")
def patch_request(sender: SentDep, version: VersionDep, number: int, form: RequestEdit, _: NoQueryDep) -> JSONResponse:
    """Change the words of a request that waits, or record once what planner or admin have decided of it."""

    def work(database: Connection) -> Answer:
        if form.decision is not None:
            decided = decide(database, sender.actor, number, form.decision, version=version, reason=form.reason)
            return of_request(database, sender.actor, decided)
        changed = rewrite(database, sender.actor, number, form.wanted or "", version=version)
        return of_request(database, sender.actor, changed)

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
        sign_views.readable(database, sender.actor, code)
        found = to_change(database, sender.actor, code, version=version)
        return of_sign(database, sender.actor, edited(database, sender.actor, found, form))

    return done(sender, {"version": version, **form.model_dump(mode="json", exclude_unset=True)}, work)


@router.post("/signage/signs/{code}/status")
def post_status(sender: SentDep, version: VersionDep, code: str, form: MoveForm, _: NoQueryDep) -> JSONResponse:
    """Move a sign's status; only the legal moves of the role."""

    def work(database: Connection) -> Answer:
        sign_views.readable(database, sender.actor, code)
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
    if "order_year" in form.model_fields_set:
        found = order_in(database, actor, code, form.order_year, version=found.version)
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
        If `lon` or `lat` is missing beside the other or in a new sign, or null, or a fact makes no sense.
    """
    said = {name: value for name, value in facts.items() if name not in ("lon", "lat")}
    place = (facts.get("lon"), facts.get("lat"))
    if None not in place:
        x, y = sign_views.TO_LAMBERT93.transform(*place)
        said |= {"x": round(x, 3), "y": round(y, 3)}
    elif len(said) < len(facts) or "x" not in said:
        raise RequestError("found a place without lon or lat, expected both in WGS84 degrees, give them")
    return read_form(SignForm, said)


def of_sign(database: Connection, actor: Actor, found: Sign, *, status: int = 200) -> Answer:
    """Return the answer that shows a sign as it is now."""
    headers = {"ETag": etag(found.version), "Location": f"/signage/signs/{found.code}"}
    return Answer(status, headers, sign_views.sheet(database, actor, sign(database, actor, found.code)))


def of_request(database: Connection, actor: Actor, found: Asked, *, status: int = 200) -> Answer:
    """Return the answer that shows a request as it is now."""
    headers = {"ETag": etag(found.version), "Location": f"/signage/requests/{found.id}"}
    return Answer(status, headers, sign_views.asked(database, actor, found))
