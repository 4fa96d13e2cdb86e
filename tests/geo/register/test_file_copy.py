"""Backups and restores of a register in its file: what becomes of the file, its log, its other users."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from geo.register import signs
from geo.register.backup import Backup, backup, backup_before, restore
from geo.register.database import Register
from geo.register.file_copy import verified
from geo.register.health import faults
from geo.register.migrations import FILE, read_migrations
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm
from geo.register.sqlite_file import File, initialise

FORM = SignForm(x=686_000, y=7_037_000, name="Entrée")
PUBLISHED = Birth(prefix="SOU", draft=False)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50

HOMES = ("file",)


def add(register: Register, actor: Actor, count: int = 1) -> None:
    with register.write(actor.name) as database:
        for _ in range(count):
            signs.create(database, actor, FORM, PUBLISHED)


def codes(register: Register, actor: Actor) -> list[str]:
    with register.read() as database:
        assert faults(database) == []
        return [one.code for one in signs.signs(database, actor)]


@pytest.fixture
def saved(register: Register, planner: Actor, tmp_path: Path) -> Backup:
    """Three signs, saved; then a fourth."""
    add(register, planner, 3)
    done = backup(register, tmp_path / "backups", keep=3)
    add(register, planner)
    return done


def test_a_writer_that_waits_through_a_restore_writes_to_the_new_register(
    saved: Backup, register: Register, planner: Actor
) -> None:
    """It holds a connection to the old file, as one that opened it in the moment before."""
    assert isinstance(register.home, File)
    opened = register.home.opened()
    opened.database.execute("PRAGMA journal_mode = DELETE")
    assert opened.database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    aside = restore(saved.path, register)
    add(register, planner)
    assert codes(register, planner) == ["SOU-001", "SOU-002", "SOU-003", "SOU-004"]
    with closing(sqlite3.connect(str(aside))) as old:
        assert old.execute("SELECT count(*) FROM changes WHERE who = 'planner'").fetchone() == (4,)


def test_a_register_that_is_lost_is_restored(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    register.path.unlink()
    assert restore(saved.path, register) is None
    assert len(codes(register, planner)) == 3


def test_a_damaged_register_is_kept_aside_with_its_log(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    register.path.write_bytes(b"x" * 9000)
    register.path.with_name(register.path.name + "-wal").write_bytes(b"log")
    aside = restore(saved.path, register)
    assert aside is not None
    assert aside.read_bytes() == b"x" * 9000
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"log"
    assert len(codes(register, planner)) == 3


def test_a_change_of_tables_is_preceded_by_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "r.gpkg"
    register = Register(path)
    assert backup_before(register, tmp_path / "backups") is None
    initialise(path, migrations=read_migrations(FILE)[:3])
    made = backup_before(register, tmp_path / "backups")
    assert made is not None
    assert verified(made).rows["migrations"] == 3
    register.initialise()
    assert backup_before(register, tmp_path / "backups") is None
