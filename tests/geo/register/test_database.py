import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from geo.errors import MissingDataError, RegisterError
from geo.register import signs
from geo.register.database import Register, initialise
from geo.register.health import faults
from geo.register.migrations import Migration, read_migrations, statements
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm

FORM = SignForm(x=686_000, y=7_037_000, name="Entrée")
PUBLISHED = Birth(prefix="SOU", draft=False)


def test_an_initialised_register_is_left_as_it_is(register: Register) -> None:
    assert initialise(register.path) == 0


def test_the_connection_keeps_what_it_acknowledges(register: Register) -> None:
    with register.read() as database:
        asked = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "application_id")
        found = {name: database.execute(f"PRAGMA {name}").fetchone()[0] for name in asked}
    full = 2
    assert found == {
        "journal_mode": "wal", "synchronous": full, "foreign_keys": 1, "recursive_triggers": 1,
        "application_id": int.from_bytes(b"GPKG"),
    }  # fmt: skip


def test_the_register_is_its_accounts_own(tmp_path: Path) -> None:
    initialise(tmp_path / "new" / "register.gpkg")
    assert stat.S_IMODE((tmp_path / "new" / "register.gpkg").stat().st_mode) == 0o600


def test_an_absent_register_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="artois register init"), Register(tmp_path / "no.gpkg").read():
        pass


def test_another_database_is_not_made_into_a_register(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE mine (id)")
    with pytest.raises(RegisterError, match="holds mine"):
        initialise(path)


def test_a_newer_schema_is_refused(register: Register) -> None:
    extra = Migration(len(read_migrations()) + 1, "next", "CREATE TABLE next (id INTEGER PRIMARY KEY);")
    assert initialise(register.path, migrations=(*read_migrations(), extra)) == 1
    with pytest.raises(RegisterError, match="expected at most 5; update the software"), register.read():
        pass


def test_an_older_schema_is_refused_until_init(tmp_path: Path) -> None:
    initialise(tmp_path / "r.gpkg", migrations=read_migrations()[:3])
    old = Register(tmp_path / "r.gpkg")
    with pytest.raises(RegisterError, match="schema 3; expected 5; run `artois register init`"), old.read():
        pass


def test_a_rewritten_migration_is_refused(register: Register) -> None:
    first, *rest = read_migrations()
    with pytest.raises(RegisterError, match="migration 1 changed"):
        initialise(register.path, migrations=(first._replace(sql=first.sql + "-- more\n"), *rest))


def test_a_failing_migration_leaves_nothing(register: Register) -> None:
    bad = Migration(len(read_migrations()) + 1, "bad", "CREATE TABLE half (id);\nCREATE TABLE half (id);")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        initialise(register.path, migrations=(*read_migrations(), bad))
    with register.read() as database:
        assert database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


def test_migrations_are_numbered_without_gaps(tmp_path: Path) -> None:
    (tmp_path / "0002_b.sql").write_text("SELECT 1;", encoding="utf-8")
    with pytest.raises(ValueError, match=r"\[2\]; expected 1"):
        read_migrations(tmp_path)


def test_statements_are_whole() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n    SELECT 1;\nEND;"
    assert list(statements(f"SELECT ';';\n{trigger}\n")) == ["SELECT ';';", trigger]
    with pytest.raises(ValueError, match="ends inside"):
        list(statements("SELECT 1"))


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
            "SELECT who, action, before ->> 'name', after ->> 'name', after ->> 'version', at LIKE '20__-%Z' "
            "FROM changes WHERE table_name = 'signs' ORDER BY id"
        ).fetchall()
    assert rows == [("jeanne", "insert", None, "Entrée", 1, 1), ("paul", "update", "Entrée", "Sortie", 2, 1)]


def test_the_trace_never_tells_a_token(register: Register) -> None:
    with register.read() as database:
        sql = database.execute("SELECT sql FROM sqlite_master WHERE name = 'users_insert_told'").fetchone()[0]
    assert "role" in sql
    assert "token" not in sql


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signs SET name = 'x', version = version + 1",
        "DELETE FROM signs",
        "INSERT INTO organisations (name) VALUES ('x')",
        "UPDATE status_history SET who = 'x'",
        "DELETE FROM changes",
        "INSERT INTO changes (at, who, table_name, row_id, action) VALUES ('a', 'b', 'c', 1, 'insert')",
    ],
)
def test_another_program_can_write_nothing(register: Register, planner: Actor, statement: str) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
    with closing(sqlite3.connect(register.path)) as other, pytest.raises(sqlite3.Error):
        other.execute(statement)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE status_history SET to_status = 'removed'", "never rewritten"),
        ("DELETE FROM status_history", "never deleted"),
        ("REPLACE INTO status_history SELECT * FROM status_history", "never deleted|follows the status"),
        ("INSERT INTO status_history SELECT 99, 1, NULL, 'installed', NULL, NULL, 'x', 'a'", "follows the status"),
        ("UPDATE changes SET who = 'x'", "never rewritten"),
        ("DELETE FROM changes", "never deleted"),
        ("REPLACE INTO changes SELECT * FROM changes", "never deleted|signed"),
        ("INSERT INTO changes SELECT 99, 'a', 'somebody else', 'signs', 1, 'insert', NULL, NULL", "signed by whoever"),
        ("DELETE FROM signs", "never deleted"),
        ("UPDATE signs SET name = 'x'", "adds 1 to its version"),
        ("UPDATE signs SET code = 'ABC-001', version = version + 1", "never changes"),
        ("UPDATE signs SET status = 'installed', version = version + 1", "no such move"),
        ("UPDATE signs SET draft = 1, version = version + 1", "no draft again"),
        ("UPDATE signs SET status_on = '2025-02-30', version = version + 1", "CHECK"),
        ("UPDATE signs SET geom = 'POINT(1 1)', version = version + 1", "CHECK|expected a point"),
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


def test_a_reader_keeps_its_moment(register: Register, planner: Actor) -> None:
    def add() -> None:
        with register.write("b") as database:
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


def test_a_register_that_takes_the_files_name_is_seen(register: Register, planner: Actor, tmp_path: Path) -> None:
    other = tmp_path / "other.gpkg"
    initialise(other)
    with register.read() as database:
        assert database.execute("SELECT count(*) FROM organisations").fetchone() == (2,)
    other.replace(register.path)
    with register.read() as database:
        assert database.execute("SELECT count(*) FROM organisations").fetchone() == (0,)


def test_a_register_that_vanishes_is_missed_at_once(register: Register) -> None:
    with register.read():
        pass
    register.path.unlink()
    for work in (register.read, lambda: register.write("a")):
        with pytest.raises(MissingDataError, match="artois register init"), work():
            pass


def test_a_damaged_register_says_so(register: Register) -> None:
    register.path.write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    with pytest.raises(RegisterError, match="artois register restore"), register.read():
        pass


FILL = """
import signal, resource, sys
from pathlib import Path
from geo.errors import RegisterError
from geo.register import signs
from geo.register.database import Register
from geo.register.people import Actor
path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = path.stat().st_size + 60_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
register, done = Register(path), 0
form = signs.SignForm(x=686_000, y=7_037_000, notes="x" * 3000)
try:
    while True:
        with register.write("a") as database:
            for _ in range(10):
                signs.create(database, Actor("a", "planner"), form, signs.Birth(prefix="SOU", draft=False))
        done += 10
        print(done, flush=True)
except RegisterError as error:
    print(error, file=sys.stderr)
"""


def test_a_full_disk_loses_nothing_that_was_acknowledged(register: Register, planner: Actor) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(register.path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert "nothing was recorded: free some space" in done.stderr
    acknowledged = int(done.stdout.split()[-1]) if done.stdout else 0
    with register.read() as database:
        assert len(signs.signs(database, planner)) == acknowledged
        assert faults(database) == []
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
