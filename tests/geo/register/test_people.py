"""Who may read and change what: every role against every sign."""

from collections.abc import Callable
from typing import Any

import pytest

from geo.errors import ConflictError, ForbiddenError, RequestError, UnknownNameError
from geo.register import blades, money, people, photos, requests, signs
from geo.register.connection import Connection
from geo.register.database import Register
from geo.register.people import Actor
from geo.register.postgis_copy import TABLES
from geo.register.signs import Birth, SignForm

FORM = SignForm(x=686_000, y=7_037_000)
ACTORS = {
    "lens": Actor("anne", "owner", 1),
    "avion": Actor("bruno", "owner", 2),
    "planner": Actor("planner", "planner"),
    "planner of Lens": Actor("chloe", "planner", 1),
    "admin": Actor("admin", "admin"),
    "public": Actor("public", "owner"),
}
SIGNS = ("draft of Lens", "sign of Lens", "sign of nobody")

READS = {
    "lens": SIGNS, "avion": SIGNS[1:], "planner": SIGNS[1:], "planner of Lens": SIGNS, "admin": SIGNS,
    "public": SIGNS[1:],
}  # fmt: skip
CHANGES = {
    "lens": SIGNS[:2], "avion": (), "planner": SIGNS[1:], "planner of Lens": SIGNS, "admin": SIGNS, "public": (),
}  # fmt: skip
SPENDS = {"planner": SIGNS[1:], "planner of Lens": SIGNS, "admin": SIGNS}


@pytest.fixture
def codes(register: Register, admin: Actor) -> dict[str, str]:
    births = (
        Birth(prefix="LEN", organisation="Lens"),
        Birth(prefix="LEN", organisation="Lens", draft=False),
        Birth(prefix="OSM", draft=False),
    )
    with register.write("a") as database:
        made = [signs.create(database, admin, FORM, birth).code for birth in births]
    return dict(zip(SIGNS, made, strict=True))


@pytest.mark.parametrize("who", ACTORS)
def test_reading(register: Register, codes: dict[str, str], who: str) -> None:
    actor = ACTORS[who]
    with register.read() as database:
        assert {one.code for one in signs.signs(database, actor)} == {codes[name] for name in READS[who]}
        for name, code in codes.items():
            for read in (signs.sign, signs.history, blades.blades, money.costs, money.funding, photos.photos):
                if name in READS[who]:
                    read(database, actor, code)
                else:
                    with pytest.raises(UnknownNameError, match="no sign has the code"):
                        read(database, actor, code)


WRITES: dict[str, Callable[[Connection, Actor, str], Any]] = {
    "describe": lambda database, actor, code: signs.describe(database, actor, code, FORM, version=1),
    "cancel": lambda database, actor, code: signs.move(database, actor, code, "cancelled", version=1),
    "publish": lambda database, actor, code: signs.publish(database, actor, code, version=1),
    "blades": lambda database, actor, code: blades.write_blades(database, actor, code, [], version=1),
    "cost": lambda database, actor, code: money.write_cost(
        database, actor, code, "estimate", 1, version=1, source="essai"
    ),
    "funding": lambda database, actor, code: money.write_funding(
        database, actor, code, {"region": 5000, "pole": 0, "owner": 5000}, version=1
    ),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("who", ACTORS)
def test_changing(register: Register, codes: dict[str, str], who: str, write: str) -> None:
    allowed = SPENDS.get(who, ()) if write in ("cost", "funding") else CHANGES[who]
    for name, code in codes.items():
        if name in allowed:
            with register.write("a") as database:
                WRITES[write](database, ACTORS[who], code)
            continue
        with pytest.raises((ForbiddenError, UnknownNameError)) as refused, register.write("a") as database:
            WRITES[write](database, ACTORS[who], code)
        if name in READS[who]:
            assert refused.type is ForbiddenError
    with register.read() as database:
        for name, code in codes.items():
            assert signs.sign(database, ACTORS["admin"], code).version == (2 if name in allowed else 1)


def test_an_owner_creates_requests_of_his_own_only(register: Register, lens: Actor) -> None:
    with register.write("a") as database:
        assert signs.create(database, lens, FORM, Birth(prefix="LEN")).organisation == "Lens"
        for birth in (
            Birth(prefix="LEN", organisation="Avion"),
            Birth(code="LEN-500"),
            Birth(prefix="LEN", status="installed", draft=False),
        ):
            with pytest.raises(ForbiddenError, match="a request of his own"):
                signs.create(database, lens, FORM, birth)


def test_a_planner_writes_no_draft_that_he_could_not_read(register: Register, planner: Actor) -> None:
    with register.write("a") as database, pytest.raises(ForbiddenError, match="expected one of your own"):
        signs.create(database, planner, FORM, Birth(prefix="LEN", organisation="Lens"))


def test_requests_are_their_organisations_and_the_poles(
    register: Register, lens: Actor, avion: Actor, planner: Actor
) -> None:
    with register.write("a") as database:
        asked = requests.ask(database, lens, "Deux totems")
        assert requests.requests(database, avion) == []
        assert requests.requests(database, planner) == [asked]
        with pytest.raises(UnknownNameError, match="no request"):
            requests.request(database, avion, asked.id)
        with pytest.raises(ForbiddenError, match="expected planner or admin"):
            requests.decide(database, lens, asked.id, "accepted", version=1)
        with pytest.raises(ForbiddenError, match="of no organisation"):
            requests.ask(database, planner, "Un mât")
        decided = requests.decide(database, planner, asked.id, "refused", version=1, reason="hors du réseau")
        assert (decided.decision, decided.reason, decided.version) == ("refused", "hors du réseau", 2)
        with pytest.raises(ConflictError, match="found version 1"):
            requests.decide(database, planner, asked.id, "accepted", version=1)
        with pytest.raises(ConflictError, match="was refused"):
            requests.decide(database, planner, asked.id, "accepted", version=2)


def test_a_token_is_its_users_until_revoked(register: Register, admin: Actor) -> None:
    with register.write("a") as database:
        token = people.add_user(database, admin, "anne", role="owner", organisation="Lens")
        other = people.add_user(database, admin, "paul", role="planner")
        assert people.authenticate(database, token) == Actor("anne", "owner", 1)
        assert people.authenticate(database, other) == Actor("paul", "planner", None)
        people.revoke_user(database, admin, "anne")
        with pytest.raises(ForbiddenError, match="no user holds"):
            people.authenticate(database, token)
        with pytest.raises(UnknownNameError, match="no user with rights"):
            people.revoke_user(database, admin, "anne")
        with pytest.raises(ConflictError, match="named 'anne' already"):
            people.add_user(database, admin, "anne", role="admin")
        assert [(one.name, one.role, one.organisation) for one in people.users(database, admin)] == [
            ("anne", "owner", "Lens"),
            ("paul", "planner", None),
        ]


def test_a_token_is_written_nowhere(register: Register, admin: Actor) -> None:
    with register.write("a") as database:
        token = people.add_user(database, admin, "anne", role="planner")
    with register.read() as database:
        told = [str(row) for name in TABLES for row in database.execute(f"SELECT * FROM {name}").fetchall()]
    assert token not in "\n".join(told)
    assert people.token_digest(token) in "\n".join(told)
    register.close()
    if register.url is None:
        assert token.encode() not in register.path.read_bytes()


def test_users_and_organisations_are_the_administrators(register: Register, planner: Actor, lens: Actor) -> None:
    with register.write("a") as database:
        for actor in (planner, lens):
            for work in (
                lambda who: people.add_user(database, who, "x", role="admin"),
                lambda who: people.add_organisation(database, who, "x"),
                lambda who: people.revoke_user(database, who, "x"),
                lambda who: people.users(database, who),
            ):
                with pytest.raises(ForbiddenError, match="expected admin"):
                    work(actor)


@pytest.mark.parametrize("name", ["", " ", "console:root", "x" * 101])
def test_names_that_could_be_mistaken_are_refused(register: Register, admin: Actor, name: str) -> None:
    with register.write("a") as database, pytest.raises(RequestError, match="found the user name"):
        people.add_user(database, admin, name, role="admin")


def test_an_owner_has_an_organisation(register: Register, admin: Actor) -> None:
    with register.write("a") as database, pytest.raises(RequestError, match="--organisation"):
        people.add_user(database, admin, "x", role="owner")
