"""The whole table of moves, each pair of states, in Python and in the register's own triggers."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.catalogue import SIGN_STATUS
from geo.errors import ForbiddenError, IllegalMoveError, RequestError
from geo.register import signs
from geo.register.connection import Connection, RuleError, now
from geo.register.database import Register
from geo.register.people import Actor
from geo.register.signs import Birth, Sign, SignForm
from geo.register.status import MOVES, OWNER_MOVES, day_in_france, require_day, require_move

LEGAL = """
requested validated, requested cancelled, validated designed, validated cancelled, designed manufactured,
designed cancelled, manufactured installed, manufactured removed, installed to_repair, installed removed,
to_repair repaired, to_repair removed, repaired to_repair, repaired removed,
unknown installed, unknown to_repair, unknown removed
"""
WANTED = {tuple(pair.split()) for pair in LEGAL.split(",")}
FORM = SignForm(x=686_000, y=7_037_000)


def born(database: Connection, actor: Actor, status: str) -> Sign:
    return signs.create(database, actor, FORM, Birth(prefix="SOU", draft=False, organisation="Lens", status=status))


def test_the_states_are_those_of_the_catalogue() -> None:
    assert set(MOVES) == set(SIGN_STATUS)


def test_the_table_is_written_once_in_each_language(register: Register) -> None:
    with register.read() as database:
        stored = set(database.execute("SELECT from_status, to_status FROM status_moves").fetchall())
    assert stored == {(old, new) for old, news in MOVES.items() for new in news} == WANTED
    assert OWNER_MOVES <= WANTED


def test_each_pair_is_legal_or_refused(register: Register, planner: Actor) -> None:
    for old, new in product(MOVES, MOVES):
        with register.write("a") as database:
            sign = born(database, planner, old)
            if (old, new) in WANTED:
                moved = signs.move(database, planner, sign.code, new, version=1)
                assert (moved.status, moved.version) == (new, 2)
            else:
                with pytest.raises(IllegalMoveError, match=f"from {old} to {new}"):
                    signs.move(database, planner, sign.code, new, version=1)


def test_each_pair_that_is_not_legal_is_refused_by_the_file_itself(register: Register, planner: Actor) -> None:
    for old, new in product(MOVES, MOVES):
        if old == new or (old, new) in WANTED:
            continue
        with pytest.raises(RuleError, match="no such move"), register.write("a") as database:
            sign = born(database, planner, old)
            database.execute(
                "UPDATE signs SET status = ?, version = version + 1, draft = 0 WHERE fid = ?", (new, sign.fid)
            )


def test_each_pair_for_an_owner(lens: Actor) -> None:
    for old, new in WANTED:
        if (old, new) in OWNER_MOVES:
            require_move(lens, old, new, draft=False)
        else:
            with pytest.raises(ForbiddenError, match="expected a planner"):
                require_move(lens, old, new, draft=False)


def test_a_life_is_told_step_by_step(register: Register, planner: Actor) -> None:
    life = ["validated", "designed", "manufactured", "installed", "to_repair", "repaired", "to_repair", "repaired"]
    with register.write("jeanne") as database:
        sign = born(database, planner, "requested")
        for day, status in enumerate([*life, "removed"], start=1):
            sign = signs.move(
                database, planner, sign.code, status, version=sign.version, on=date(2026, 1, day), note=f"pas {day}"
            )
        steps = signs.history(database, planner, sign.code)
    states = ["requested", *life, "removed"]
    assert [(step.from_status, step.to_status) for step in steps] == list(zip([None, *states], states, strict=False))
    assert [step.status_on for step in steps] == [None, *(f"2026-01-{day:02d}" for day in range(1, 10))]
    assert {step.who for step in steps} == {"jeanne"}
    assert steps[-1].note == "pas 9"


def test_a_draft_moves_nowhere_but_to_its_end(register: Register, lens: Actor, admin: Actor) -> None:
    with register.write("a") as database:
        sign = signs.create(database, lens, FORM, Birth(prefix="SOU"))
        with pytest.raises(IllegalMoveError, match="publish it first"):
            signs.move(database, admin, sign.code, "validated", version=1)
        assert signs.move(database, lens, sign.code, "cancelled", version=1).status == "cancelled"


def test_an_unknown_status_is_no_move(register: Register, planner: Actor) -> None:
    with register.write("a") as database:
        sign = born(database, planner, "requested")
        with pytest.raises(RequestError, match="volé"):
            signs.move(database, planner, sign.code, "volé", version=1)


@given(days=st.lists(st.dates(), max_size=8), today=st.dates())
def test_the_days_that_are_recorded_never_go_back_and_never_lie_ahead(days: list[date], today: date) -> None:
    kept: list[date] = []
    for day in days:
        try:
            require_day(day, told=kept, today=today)
        except RequestError:
            assert day > today or day < max(kept)
        else:
            kept.append(day)
    assert kept == sorted(kept)
    assert all(day <= today for day in kept)


def test_a_day_of_an_earlier_time_that_is_still_to_come_binds_nobody() -> None:
    require_day(date(2026, 5, 1), told=[date(2026, 4, 1), date(2030, 1, 1)], today=date(2026, 6, 1))


def test_an_untold_day_is_always_possible() -> None:
    require_day(None, told=[date(2026, 4, 1)], today=date(2026, 3, 1))


def test_a_day_begins_in_france_before_it_does_in_utc() -> None:
    winter = [day_in_france(f"2026-11-23T{time}Z") for time in ("22:59:59.999", "23:00:00.000")]
    summer = [day_in_france(f"2026-07-23T{time}Z") for time in ("21:59:59.999", "22:00:00.000")]
    assert winter == [date(2026, 11, 23), date(2026, 11, 24)]
    assert summer == [date(2026, 7, 23), date(2026, 7, 24)]


def test_a_move_has_happened_and_after_the_one_before(register: Register, planner: Actor) -> None:
    in_two_days = day_in_france(now()) + timedelta(days=2)
    with register.write("a") as database:
        sign = born(database, planner, "requested")
        sign = signs.move(database, planner, sign.code, "validated", version=1, on=date(2024, 5, 1))
        sign = signs.move(database, planner, sign.code, "designed", version=2)
        for wrong, why in ((date(2020, 1, 1), "last step on 2024-05-01"), (in_two_days, "has not come")):
            with pytest.raises(RequestError, match=why):
                signs.move(database, planner, sign.code, "manufactured", version=3, on=wrong)
        assert signs.sign(database, planner, sign.code) == sign
        signs.move(database, planner, sign.code, "manufactured", version=3, on=date(2024, 5, 1))
        with pytest.raises(RequestError, match="has not come"):
            signs.create(database, planner, FORM, Birth(prefix="SOU", draft=False, status_on=in_two_days))
