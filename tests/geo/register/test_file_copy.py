"""Backups and restores of a register in its file: what becomes of the file, its log, its other users."""

import sqlite3
from contextlib import closing
from pathlib import Path

from geo.register.backup import Backup, backup_before, restore
from geo.register.database import Register
from geo.register.file_copy import verified
from geo.register.migrations import FILE, read_migrations
from geo.register.people import Actor
from geo.register.sqlite_file import File, initialise
from tests.geo.register.entrances import add, codes

HOMES = ("file",)


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
