"""What the register promises in either home."""

import json
import sqlite3
import threading
from contextlib import closing

import psycopg
import pytest

from geo.errors import RegisterError
from geo.register import people, signs
from geo.register.database import Register
from geo.register.health import faults
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm

FORM = SignForm(x=686_000, y=7_037_000, name="Entrée")
PUBLISHED = Birth(prefix="SOU", draft=False)


def test_an_initialised_register_is_left_as_it_is(register: Register) -> None:
    assert register.initialise() == 0


def test_a_block_that_fails_leaves_nothing(register: Register, planner: Actor) -> None:
    with pytest.raises(KeyError), register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        raise KeyError
    with register.read() as database:
        tables = ("signs", "status_history", "rtree_signs_geom")
        assert [database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables] == [0, 0, 0]


def test_every_write_tells_who_when_what(register: Register, planner: Actor) -> None:
    with register.write("jeanne") as database:
        made = signs.create(database, planner, FORM, PUBLISHED)
    with register.write("paul") as database:
        signs.describe(database, planner, made.code, FORM.model_copy(update={"name": "Sortie"}), version=1)
    with register.read() as database:
        rows = database.execute(
            "SELECT who, action, json_extract(before, '$.name'), json_extract(after, '$.name'), "
            "CAST(json_extract(after, '$.version') AS INTEGER), at LIKE '20__-%Z' "
            "FROM changes WHERE table_name = 'signs' ORDER BY id"
        ).fetchall()
    assert rows == [("jeanne", "insert", None, "Entrée", 1, 1), ("paul", "update", "Entrée", "Sortie", 2, 1)]


def test_the_trace_never_tells_a_token(register: Register, admin: Actor) -> None:
    with register.write("a") as database:
        people.add_user(database, admin, "paul", role="planner")
        people.revoke_user(database, admin, "paul")
        told = database.execute("SELECT before, after FROM changes WHERE table_name = 'users' ORDER BY id").fetchall()
    assert [json.loads(after)["role"] for _, after in told] == ["planner", "planner"]
    assert "token" not in repr(told)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signs SET name = 'x', version = version + 1",
        "DELETE FROM signs",
        "INSERT INTO organisations (name) VALUES ('x')",
        "UPDATE status_history SET who = 'x'",
        "DELETE FROM changes",
        "DELETE FROM status_moves",
        "UPDATE migrations SET name = 'x'",
        "INSERT INTO answers VALUES ('a', 'b', 'c', '{}', 'd')",
        "INSERT INTO changes (at, who, table_name, row_id, action) VALUES ('a', 'b', 'c', 1, 'insert')",
    ],
)
def test_another_program_can_write_nothing(register: Register, planner: Actor, statement: str) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
    with pytest.raises((sqlite3.Error, psycopg.errors.IntegrityError)):
        run_elsewhere(register, statement)


def run_elsewhere(register: Register, statement: str) -> None:
    """Run a statement in a program that is not ours, with all rights."""
    if register.url is None:
        with closing(sqlite3.connect(register.path)) as other:
            other.execute(statement)
    else:
        with psycopg.connect(register.url.get_secret_value(), options="-c search_path=register,public") as link:
            link.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE status_history SET to_status = 'removed'", "never rewritten"),
        ("DELETE FROM status_history", "never deleted"),
        ("INSERT INTO status_history SELECT 99, 1, NULL, 'installed', NULL, NULL, 'x', 'a'", "follows the status"),
        ("UPDATE changes SET who = 'x'", "never rewritten"),
        ("DELETE FROM changes", "never deleted"),
        ("INSERT INTO changes SELECT 99, 'a', 'somebody else', 'signs', 1, 'insert', NULL, NULL", "signed by whoever"),
        ("DELETE FROM signs", "never deleted"),
        ("UPDATE signs SET name = 'x'", "adds 1 to its version"),
        ("UPDATE signs SET code = 'ABC-001', version = version + 1", "never changes"),
        ("UPDATE signs SET status = 'installed', version = version + 1", "no such move"),
        ("UPDATE signs SET draft = 1, version = version + 1", "no draft again"),
        ("UPDATE signs SET status_on = '2025-02-30', version = version + 1", "CHECK|check"),
        ("UPDATE signs SET geom = 'LINESTRING(0 0, 1 1)', version = version + 1", "CHECK|does not match"),
    ],
)
def test_even_our_own_code_cannot_rewrite_history(
    register: Register, planner: Actor, statement: str, reason: str
) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
    with pytest.raises(sqlite3.Error, match=reason), register.write("a") as database:
        database.execute(statement)


def test_a_reader_cannot_write(register: Register) -> None:
    with pytest.raises(RegisterError, match="cannot be written"), register.read() as database:
        database.execute("INSERT INTO organisations (name) VALUES ('x')")


def test_a_thread_does_one_thing_after_the_other(register: Register, planner: Actor) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        for work in (register.read, lambda: register.write("b")):
            with pytest.raises((ValueError, sqlite3.OperationalError), match="within"), work():
                pass
    with register.read() as database:
        assert database.execute("SELECT count(*) FROM signs").fetchone() == (1,)


def test_a_reader_keeps_its_moment(register: Register, planner: Actor) -> None:
    def add() -> None:
        with register, register.write("b") as database:
            signs.create(database, planner, FORM, PUBLISHED)

    count = "SELECT count(*) FROM signs"
    with register.read() as database:
        assert database.execute(count).fetchone() == (0,)
        thread = threading.Thread(target=add)
        thread.start()
        thread.join()
        assert database.execute(count).fetchone() == (0,)
    with register.read() as database:
        assert database.execute(count).fetchone() == (1,)


def test_threads_take_turns_and_lose_nothing(register: Register, planner: Actor) -> None:
    def add() -> None:
        with register:
            for _ in range(5):
                with register.write("b") as database:
                    signs.create(database, planner, FORM, PUBLISHED)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with register.read() as database:
        assert [one.code for one in signs.signs(database, planner)] == [f"SOU-{n:03d}" for n in range(1, 21)]
        assert faults(database) == []
