"""Backups of the register while it is used, each verified by reading it back; and the way back from one."""

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from geo.errors import MissingDataError, RegisterError, RequestError
from geo.products import replaced
from geo.register import photos
from geo.register.database import PRIVATE, Pen, Register, connect, give_functions, require_ours, told
from geo.register.migrations import applied, read_migrations, require_known

PATTERN: Final = "register-*.gpkg"
"""Our backups' names; nothing else in their folder is ever deleted."""

DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class Content(NamedTuple):
    """What a register holds: rows of each table, and a hash over all of them."""

    rows: dict[str, int]
    sha256: str


class Backup(NamedTuple):
    """A backup that was read back: its file, the hash of its bytes, its content, photos that the folder lacks."""

    path: Path
    sha256: str
    content: Content
    photos_missing: tuple[str, ...]


def backup(register: Register, folder: Path, *, keep: int) -> Backup:
    """Copy one moment of the register into a folder, verify the copy, and keep the newest `keep` copies.

    Photos are copied too, each once: they are named after their content.

    Raises
    ------
    RequestError
        If `keep` is below 1.
    RegisterError
        If the copy is not equal to the register; it is not left behind, and no older one is deleted.
    """
    if keep < 1:
        raise RequestError(f"found --keep {keep}; expected 1 or more; keep at least the one that is made")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"register-{stamp()}.gpkg"
    with register.read() as source, replaced(path) as part:
        before = content(source)
        copied = copy(source, part)
        if copied != before:
            raise RegisterError(f"{path} is not what was copied ({copied.rows}); expected {before.rows}; try again")
        listed = photos.all_photos(source)
    missing = copy_photos(register.path, folder / "photos", listed)
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
    return Backup(path, file_sha256(path), copied, missing)


def backup_before(path: Path, folder: Path) -> Path | None:
    """Copy a register whose tables are about to change; None when there is nothing to change, or no register."""
    if not path.is_file() or path.stat().st_size == 0:
        return None
    with told(path), closing(connect(path).database) as source:
        require_ours(source, path)
        if len(applied(source)) == len(read_migrations()):
            return None
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"register-{stamp()}.gpkg"
        with replaced(target) as part:
            copy(source, part)
    return target


def restore(file: Path, path: Path) -> Path | None:
    """Put a backup in the register's place, whole or not at all; return where the replaced register is kept.

    Raises
    ------
    MissingDataError
        If there is no such file.
    RegisterError
        If the file is damaged or no register of this software's version, or anybody has the register open.
    """
    found = verified(file)
    aside = path.with_name(f"{path.stem}.replaced-{stamp()}{path.suffix}") if path.exists() else None
    with ExitStack() as held:
        if aside is not None:
            held.enter_context(alone(path))
        part = held.enter_context(replaced(path))
        with told(file), closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
            if copy(source, part) != found:
                raise RegisterError(f"{file} changed while it was read; expected a backup at rest; try again")
        if aside is not None:
            keep_aside(path, aside)
    return aside


def keep_aside(path: Path, aside: Path) -> None:
    """Give the register a second name; the log of a damaged one, which SQLite could not write back, moves with it."""
    os.link(path, aside)
    for suffix in ("-wal", "-shm"):
        log = path.with_name(path.name + suffix)
        if log.exists():
            log.replace(aside.with_name(aside.name + suffix))


def verified(path: Path) -> Content:
    """Return what a file holds once it has been read whole: pages, references, R-tree, schema.

    Raises
    ------
    MissingDataError
        If there is no such file.
    RegisterError
        If anything is wrong with it.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected a backup of the register; name another")
    wrong = f"{path} is no whole register"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            give_functions(database, Pen())
            faults = [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
            faults += [f"{row[0]} refers to nothing" for row in database.execute("PRAGMA foreign_key_check")]
            if faults:
                raise RegisterError(f"{wrong} ({faults[0]}); expected a backup that is; take another")
            require_register(database, path)
            return content(database)
    except sqlite3.Error as error:
        raise RegisterError(f"{wrong} ({error}); expected a backup that is; take another") from error


def require_register(database: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that is not a register of this software."""
    names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    if not {"migrations", "signs", "status_history"} <= names:
        raise RegisterError(f"{path} is a database without signs; expected a register; take another file")
    require_known(database, read_migrations())
    if (state := database.execute("SELECT rtreecheck('rtree_signs_geom')").fetchone()[0]) != "ok":
        raise RegisterError(f"{path}: its R-tree is wrong ({state}); expected a whole register; take another backup")


def content(database: sqlite3.Connection) -> Content:
    """Return the rows of each table and a hash over all, in the order of tables and keys."""
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    digest, rows = hashlib.sha256(), {}
    for name in names:
        info = database.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
        key = ", ".join(f'"{column}"' for column, place in sorted(info, key=lambda one: one[1]) if place) or "rowid"
        digest.update(f"\n{name}\n".encode())
        rows[name] = 0
        for row in database.execute(f'SELECT * FROM "{name}" ORDER BY {key}'):
            digest.update(repr(row).encode())
            rows[name] += 1
    return Content(rows, digest.hexdigest())


def copy(source: sqlite3.Connection, part: Path) -> Content:
    """Copy a database into one file without a log beside it, and return what reading it back finds."""
    part.touch(mode=PRIVATE)
    with told(part), closing(sqlite3.connect(part)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
    return verified(part)


def copy_photos(register: Path, folder: Path, listed: list[photos.Photo]) -> tuple[str, ...]:
    """Copy the photos that the folder lacks; return the names of those that the register lists but nobody has."""
    missing = []
    for photo in listed:
        origin = photos.photo_path(register, photo)
        target = folder / origin.parent.name / origin.name
        if target.is_file():
            continue
        if not origin.is_file():
            missing.append(origin.name)
            continue
        with replaced(target) as part:
            shutil.copyfile(origin, part)
    return tuple(missing)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold a register that nobody else has open; a damaged one, which cannot be used, is not held.

    SQLite leaves WAL mode for its last connection only, and then has written the log into the file.
    """
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=1.0, isolation_level=None)
    try:
        try:
            database.execute("PRAGMA journal_mode = DELETE")
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if not getattr(error, "sqlite_errorname", "").startswith(DAMAGED):
                raise RegisterError(
                    f"{path} is in use ({error}); expected nobody; stop the service and other commands, then restore"
                ) from error
        yield
    finally:
        database.close()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stamp() -> str:
    """Return the time in UTC for a file's name."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
