import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from geo.errors import MissingDataError, RegisterError, RequestError
from geo.register import photos, signs
from geo.register.backup import PATTERN, Backup, backup, backup_before, file_sha256, restore, verified
from geo.register.database import Register, initialise
from geo.register.health import faults, health
from geo.register.migrations import read_migrations
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm

FORM = SignForm(x=686_000, y=7_037_000, name="Entrée")
PUBLISHED = Birth(prefix="SOU", draft=False)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


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


def test_a_backup_holds_what_the_register_held(saved: Backup, planner: Actor) -> None:
    assert codes(Register(saved.path), planner) == ["SOU-001", "SOU-002", "SOU-003"]


def test_a_backup_is_one_private_file_of_the_hash_told(saved: Backup) -> None:
    assert [path.name for path in saved.path.parent.iterdir()] == [saved.path.name]
    assert stat.S_IMODE(saved.path.stat().st_mode) == 0o600
    assert file_sha256(saved.path) == saved.sha256
    assert verified(saved.path) == saved.content
    assert (saved.content.rows["signs"], saved.content.rows["status_history"]) == (3, 3)


def test_the_newest_are_kept_and_nothing_else_is_deleted(register: Register, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "notes.txt").write_text("à garder", encoding="utf-8")
    made = [backup(register, folder, keep=2).path for _ in range(4)]
    assert sorted(folder.glob(PATTERN)) == made[2:]
    assert (folder / "notes.txt").exists()
    with pytest.raises(RequestError, match="keep 0"):
        backup(register, folder, keep=0)


def test_a_backup_is_made_while_others_write(register: Register, planner: Actor, tmp_path: Path) -> None:
    other = Register(register.path)
    with other.write("b") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        done = backup(register, tmp_path / "backups", keep=1)
    assert done.content.rows["signs"] == 0
    assert codes(register, planner) == ["SOU-001"]


def test_photos_are_saved_once_and_lost_ones_are_named(register: Register, planner: Actor, tmp_path: Path) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        photo = photos.add_photo(database, planner, "SOU-001", PNG, version=1, register=register.path)
    path, folder = photos.photo_path(register.path, photo), tmp_path / "backups"
    assert backup(register, folder, keep=1).photos_missing == ()
    assert (folder / "photos" / path.parent.name / path.name).read_bytes() == PNG
    path.unlink()
    assert backup(register, folder, keep=1).photos_missing == ()
    assert health(register).faults == (f"1 photos have no file, such as {photo.sha256}; restore them from a backup",)
    shutil.rmtree(folder)
    assert backup(register, folder, keep=1).photos_missing == (path.name,)


def test_a_restored_register_is_the_one_that_was_saved(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    aside = restore(saved.path, register.path)
    assert codes(register, planner) == ["SOU-001", "SOU-002", "SOU-003"]
    assert aside is not None
    assert codes(Register(aside), planner) == ["SOU-001", "SOU-002", "SOU-003", "SOU-004"]
    add(register, planner)
    assert verified(saved.path) == saved.content


def test_a_register_in_use_is_not_replaced(saved: Backup, register: Register, planner: Actor) -> None:
    with pytest.raises(RegisterError, match=r"in use .*; expected nobody; stop the service"):
        restore(saved.path, register.path)
    assert len(codes(register, planner)) == 4
    assert list(register.path.parent.glob("*.replaced-*")) == []


def test_a_register_in_use_by_another_process_is_not_replaced(saved: Backup, register: Register) -> None:
    register.close()
    hold = (
        "import sys; from pathlib import Path; from geo.register.database import Register\n"
        "r = Register(Path(sys.argv[1]))\n"
        "with r.read() as d: d.execute('SELECT 1 FROM signs').fetchone()\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(register.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(RegisterError, match="in use"):
            restore(saved.path, register.path)
        other.send_signal(signal.SIGKILL)
    assert restore(saved.path, register.path) is not None


def test_a_writer_that_waits_through_a_restore_writes_to_the_new_register(
    saved: Backup, register: Register, planner: Actor
) -> None:
    """It holds a connection to the old file, as one that opened it in the moment before."""
    opened = register.opened()
    opened.database.execute("PRAGMA journal_mode = DELETE")
    assert opened.database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    aside = restore(saved.path, register.path)
    add(register, planner)
    assert codes(register, planner) == ["SOU-001", "SOU-002", "SOU-003", "SOU-004"]
    with closing(sqlite3.connect(str(aside))) as old:
        assert old.execute("SELECT count(*) FROM changes WHERE who = 'planner'").fetchone() == (4,)


def test_a_register_that_is_lost_is_restored(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    register.path.unlink()
    assert restore(saved.path, register.path) is None
    assert len(codes(register, planner)) == 3


def test_a_damaged_register_is_kept_aside_with_its_log(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    register.path.write_bytes(b"x" * 9000)
    register.path.with_name(register.path.name + "-wal").write_bytes(b"log")
    aside = restore(saved.path, register.path)
    assert aside is not None
    assert aside.read_bytes() == b"x" * 9000
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"log"
    assert len(codes(register, planner)) == 3


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_backup_is_refused(saved: Backup, register: Register, planner: Actor, part: float) -> None:
    register.close()
    size = saved.path.stat().st_size
    os.truncate(saved.path, int(size * part))
    with pytest.raises(RegisterError, match="expected a"):
        restore(saved.path, register.path)
    assert len(codes(register, planner)) == 4


def test_a_backup_with_a_flipped_page_is_refused(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    body = bytearray(saved.path.read_bytes())
    page = 4096
    for start in range(page, len(body), page):
        body[start : start + 8] = b"\xff" * 8
    saved.path.write_bytes(body)
    with pytest.raises(RegisterError, match="no whole register"):
        restore(saved.path, register.path)
    assert len(codes(register, planner)) == 4


def test_what_is_no_backup_is_refused(register: Register, planner: Actor, tmp_path: Path) -> None:
    add(register, planner)
    register.close()
    with pytest.raises(MissingDataError, match=r"no\.gpkg is absent"):
        restore(tmp_path / "no.gpkg", register.path)
    with closing(sqlite3.connect(tmp_path / "other.gpkg")) as other:
        other.execute("CREATE TABLE mine (id)")
    with pytest.raises(RegisterError, match="a database without signs"):
        restore(tmp_path / "other.gpkg", register.path)
    assert len(codes(register, planner)) == 1


def test_a_change_of_tables_is_preceded_by_a_backup(tmp_path: Path) -> None:
    path = tmp_path / "r.gpkg"
    assert backup_before(path, tmp_path / "backups") is None
    initialise(path, migrations=read_migrations()[:3])
    made = backup_before(path, tmp_path / "backups")
    assert made is not None
    assert verified(made).rows["migrations"] == 3
    initialise(path)
    assert backup_before(path, tmp_path / "backups") is None
