"""The register in its file: how it is opened, brought up to date, and what is said when it cannot be used."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from geo.errors import MissingDataError, RegisterError
from geo.register import signs
from geo.register.database import Register
from geo.register.health import faults
from geo.register.migrations import FILE, Migration, read_migrations, statements
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm
from geo.register.sqlite_file import initialise

FORM = SignForm(x=686_000, y=7_037_000, name="Entrée")
PUBLISHED = Birth(prefix="SOU", draft=False)
HOMES = ("file",)


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
    extra = Migration(len(read_migrations(FILE)) + 1, "next", "CREATE TABLE next (id INTEGER PRIMARY KEY);")
    assert initialise(register.path, migrations=(*read_migrations(FILE), extra)) == 1
    with pytest.raises(RegisterError, match="expected at most 5; update the software"), register.read():
        pass


def test_an_older_schema_is_refused_until_init(tmp_path: Path) -> None:
    initialise(tmp_path / "r.gpkg", migrations=read_migrations(FILE)[:3])
    old = Register(tmp_path / "r.gpkg")
    with pytest.raises(RegisterError, match="schema 3; expected 5; run `artois register init`"), old.read():
        pass


def test_a_rewritten_migration_is_refused(register: Register) -> None:
    first, *rest = read_migrations(FILE)
    with pytest.raises(RegisterError, match="migration 1 changed"):
        initialise(register.path, migrations=(first._replace(sql=first.sql + "-- more\n"), *rest))


def test_a_failing_migration_leaves_nothing(register: Register) -> None:
    bad = Migration(len(read_migrations(FILE)) + 1, "bad", "CREATE TABLE half (id);\nCREATE TABLE half (id);")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        initialise(register.path, migrations=(*read_migrations(FILE), bad))
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


@pytest.mark.parametrize("table", ["status_history", "changes"])
def test_history_is_not_replaced_either(register: Register, planner: Actor, table: str) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
    reason = "never deleted|follows the status|signed"
    with pytest.raises(sqlite3.Error, match=reason), register.write("a") as database:
        database.execute(f"REPLACE INTO {table} SELECT * FROM {table}")


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
