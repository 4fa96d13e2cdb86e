import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from geo.errors import MissingDataError, RegisterError, RequestError
from geo.register import photos, signs
from geo.register.backup import PATTERN, Backup, backup, file_sha256, restore, sum_of
from geo.register.database import Register
from geo.register.file_copy import verified
from geo.register.health import health
from geo.register.people import Actor
from tests.geo.register.entrances import FORM, PNG, PUBLISHED, add, codes


def test_a_backup_holds_what_the_register_held(saved: Backup, planner: Actor) -> None:
    assert codes(Register(saved.path), planner) == ["SOU-001", "SOU-002", "SOU-003"]


def test_a_backup_is_one_private_file_of_the_hash_told(saved: Backup) -> None:
    beside = sum_of(saved.path)
    assert sorted(saved.path.parent.iterdir()) == [saved.path, beside]
    assert beside.read_text() == f"{saved.sha256}  {saved.path.name}\n"
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
    with Register(register.path, register.url) as other, other.write("b") as database:
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
    assert health(register).faults[-1:] == (
        f"1 photos have no file, such as {photo.sha256}; restore them from a backup",
    )
    shutil.rmtree(folder)
    assert backup(register, folder, keep=1).photos_missing == (path.name,)


def test_a_restored_register_is_the_one_that_was_saved(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    aside = restore(saved.path, register)
    assert codes(register, planner) == ["SOU-001", "SOU-002", "SOU-003"]
    assert codes_aside(register, aside) == ["SOU-001", "SOU-002", "SOU-003", "SOU-004"]
    add(register, planner)
    assert verified(saved.path) == saved.content


def codes_aside(register: Register, aside: Path | str | None) -> list[str]:
    """What a replaced register held: a file, or a schema of the same database."""
    if isinstance(aside, Path):
        return codes(Register(aside), Actor("planner", "planner"))
    with register.read() as database:
        return [row[0] for row in database.execute(f"SELECT code FROM {aside}.signs ORDER BY code").fetchall()]


def test_a_register_in_use_is_not_replaced(saved: Backup, register: Register, planner: Actor) -> None:
    with pytest.raises(RegisterError, match=r"in use.*; expected nobody; stop the service"):
        restore(saved.path, register)
    assert len(codes(register, planner)) == 4
    assert list(register.path.parent.glob("*.replaced-*")) == []


def test_a_register_in_use_by_another_process_is_not_replaced(saved: Backup, register: Register) -> None:
    register.close()
    hold = (
        "import sys; from pathlib import Path; from pydantic import SecretStr\n"
        "from geo.register.database import Register\n"
        "r = Register(Path(sys.argv[1]), SecretStr(sys.argv[2]) if sys.argv[2] else None)\n"
        "with r.read() as d: d.execute('SELECT 1 FROM signs').fetchone()\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(register.path), register.url.get_secret_value() if register.url else ""],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(RegisterError, match="in use"):
            restore(saved.path, register)
        other.send_signal(signal.SIGKILL)
    assert restored_soon(saved, register) is not None


def restored_soon(saved: Backup, register: Register) -> Path | str | None:
    """A server learns a moment later that the process at the other end is dead."""
    for _ in range(100):
        with suppress(RegisterError):
            return restore(saved.path, register)
        time.sleep(0.05)
    return None


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.99])
def test_a_truncated_backup_is_refused(saved: Backup, register: Register, planner: Actor, part: float) -> None:
    register.close()
    size = saved.path.stat().st_size
    os.truncate(saved.path, int(size * part))
    sum_of(saved.path).unlink()
    with pytest.raises(RegisterError, match="expected a"):
        restore(saved.path, register)
    assert len(codes(register, planner)) == 4


def test_a_backup_with_a_flipped_page_is_refused(saved: Backup, register: Register, planner: Actor) -> None:
    register.close()
    body = bytearray(saved.path.read_bytes())
    page = 4096
    for start in range(page, len(body), page):
        body[start : start + 8] = b"\xff" * 8
    saved.path.write_bytes(body)
    sum_of(saved.path).unlink()
    with pytest.raises(RegisterError, match="no whole register"):
        restore(saved.path, register)
    assert len(codes(register, planner)) == 4


def test_a_backup_whose_words_were_changed_is_refused(saved: Backup, register: Register, planner: Actor) -> None:
    raw = saved.path.read_bytes()
    assert "Entrée".encode() in raw
    saved.path.write_bytes(raw.replace("Entrée".encode(), "Entrés".encode()))
    verified(saved.path)  # SQLite sees nothing
    with pytest.raises(RegisterError, match="SHA-256"):
        restore(saved.path, register)
    assert len(codes(register, planner)) == 4


def test_the_register_is_no_backup_of_itself(register_template: Path, tmp_path: Path) -> None:
    path, link = tmp_path / "own.gpkg", tmp_path / "link.gpkg"
    shutil.copy(register_template, path)
    link.symlink_to(path)
    before = file_sha256(path)
    for file in (path, link):
        with pytest.raises(RegisterError, match="is the register itself"):
            restore(file, Register(path))
    assert file_sha256(path) == before


def test_what_is_no_backup_is_refused(register: Register, planner: Actor, tmp_path: Path) -> None:
    add(register, planner)
    register.close()
    with pytest.raises(MissingDataError, match=r"no\.gpkg is absent"):
        restore(tmp_path / "no.gpkg", register)
    with closing(sqlite3.connect(tmp_path / "other.gpkg")) as other:
        other.execute("CREATE TABLE mine (id)")
    with pytest.raises(RegisterError, match="a database without signs"):
        restore(tmp_path / "other.gpkg", register)
    assert len(codes(register, planner)) == 1
