"""The register against a plain dictionary, through any sequence of writes, legal or not."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from geo.errors import ForbiddenError, IllegalMoveError, StaleError, UnknownNameError
from geo.register import once, signs
from geo.register.database import Register
from geo.register.health import faults
from geo.register.people import Actor
from geo.register.signs import Birth, Sign, SignForm
from geo.register.status import MOVES, OWNER_MOVES

ACTORS = (
    Actor("anne", "owner", 1), Actor("bruno", "owner", 2), Actor("planner", "planner"), Actor("admin", "admin"),
)  # fmt: skip
names = st.text(st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=["Z", "C"]), min_size=1)
actors = st.sampled_from(ACTORS)
statuses = st.sampled_from(list(MOVES))


@dataclass
class Told:
    """What the model knows of a sign."""

    owner: int | None
    draft: bool
    name: str
    status: str = "requested"
    version: int = 1
    past: list[str] = field(default_factory=lambda: ["requested"])


def reads(actor: Actor, told: Told) -> bool:
    return not told.draft or actor.role == "admin" or actor.organisation_id == told.owner


def writes(actor: Actor, told: Told) -> bool:
    return actor.role != "owner" or actor.organisation_id == told.owner


def never() -> dict[str, Any]:
    raise AssertionError("what was done once is done again")


class Machine(RuleBasedStateMachine):
    """Rules that write, each compared with the model."""

    codes = Bundle("codes")
    make: Callable[[], Register]

    @initialize()
    def begin(self) -> None:
        self.register = type(self).make()
        self.told: dict[str, Told] = {}

    def teardown(self) -> None:
        self.register.close()

    @rule(target=codes, actor=st.sampled_from(ACTORS[:2]), name=names.map(lambda text: text[:200]), draft=st.booleans())
    def create(self, actor: Actor, name: str, draft: bool) -> str:
        form = SignForm(x=686_000, y=7_037_000, name=name)
        with self.register.write(actor.name) as database:
            made = signs.create(database, actor, form, Birth(prefix="SOU", draft=draft))
        self.told[made.code] = Told(actor.organisation_id, draft, name)
        return made.code

    @rule(code=codes, actor=actors, name=names.map(lambda text: text[:200]), late=st.integers(0, 1))
    def describe(self, code: str, actor: Actor, name: str, late: int) -> None:
        told = self.told[code]
        wanted = self.refusal(actor, told, late)
        form = SignForm(x=686_000, y=7_037_000, name=name)
        if self.attempt(actor, wanted, signs.describe, code, form, version=told.version - late):
            told.name, told.version = name, told.version + 1

    @rule(code=codes, actor=actors, status=statuses, late=st.integers(0, 1))
    def move(self, code: str, actor: Actor, status: str, late: int) -> None:
        told = self.told[code]
        wanted = self.refusal(actor, told, late)
        if wanted is None and (status not in MOVES[told.status] or (told.draft and status != "cancelled")):
            wanted = IllegalMoveError
        if wanted is None and actor.role == "owner" and (told.status, status) not in OWNER_MOVES:
            wanted = ForbiddenError
        if self.attempt(actor, wanted, signs.move, code, status, version=told.version - late):
            told.status, told.version = status, told.version + 1
            told.past.append(status)

    @rule(code=codes, actor=actors)
    def publish(self, code: str, actor: Actor) -> None:
        told = self.told[code]
        if self.attempt(actor, self.refusal(actor, told, 0), signs.publish, code, version=told.version):
            told.draft, told.version = False, told.version + 1

    @rule(code=codes, key=st.sampled_from(["k1", "k2"]))
    def twice(self, code: str, key: str) -> None:
        """The same key and body, whenever sent, publishes once."""
        admin, told = ACTORS[3], self.told[code]
        done: list[int] = []

        def work() -> dict[str, Any]:
            done.append(1)
            return {"version": signs.publish(database, admin, code, version=told.version).version}

        with self.register.write(admin.name) as database:
            once.once(database, admin, f"{key} {code}", {"publish": code}, work=work)
        with self.register.write(admin.name) as database:
            once.once(database, admin, f"{key} {code}", {"publish": code}, work=never)
        if done:
            told.draft, told.version = False, told.version + 1

    def refusal(self, actor: Actor, told: Told, late: int) -> type[Exception] | None:
        if not reads(actor, told):
            return UnknownNameError
        if not writes(actor, told):
            return ForbiddenError
        return StaleError if late else None

    def attempt(
        self, actor: Actor, wanted: type[Exception] | None, work: Callable[..., Sign], *args: object, version: int
    ) -> bool:
        if wanted is None:
            with self.register.write(actor.name) as database:
                work(database, actor, *args, version=version)
            return True
        with pytest.raises(wanted) as refused, self.register.write(actor.name) as database:
            work(database, actor, *args, version=version)
        assert refused.type is wanted
        return False

    @invariant()
    def the_same(self) -> None:
        with self.register.read() as database:
            for actor in ACTORS:
                found = {one.code: one for one in signs.signs(database, actor)}
                assert set(found) == {code for code, told in self.told.items() if reads(actor, told)}
            for code, told in self.told.items():
                one = found[code]
                assert (one.name, one.status, one.version, bool(one.draft), one.organisation_id) == (
                    told.name, told.status, told.version, told.draft, told.owner,
                )  # fmt: skip
                assert [step.to_status for step in signs.history(database, ACTORS[3], code)] == told.past
            assert faults(database) == []


def test_any_sequence_of_writes(new_register: Callable[[], Register]) -> None:
    Machine.make = staticmethod(new_register)
    quiet = [HealthCheck.too_slow]
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=quiet, derandomize=True
        ),
    )
