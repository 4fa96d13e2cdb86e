"""Backups of the register while it is used, each verified by reading it back; and the way back from one.

A backup is a register file, wherever the register lives: so it also moves one from the file to PostGIS, or back.
"""

import hashlib
import logging
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from geo.errors import RegisterError, RequestError
from geo.products import replaced
from geo.register import photos, postgis, postgis_copy
from geo.register.connection import Connection
from geo.register.database import Register
from geo.register.file_copy import Content, content, copy, replace_file
from geo.register.postgis_link import Session

logger = logging.getLogger(__name__)

PATTERN: Final = "register-*.gpkg"
"""Our backups' names; nothing else in their folder is ever deleted."""


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
        copied = save(source, part)
        listed = photos.all_photos(source)
    sha256 = write_sum(path)
    missing = copy_photos(register.path, folder / "photos", listed)
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
        sum_of(old).unlink(missing_ok=True)
    return Backup(path, sha256, copied, missing)


def backup_before(register: Register, folder: Path) -> Path | None:
    """Copy a register whose tables are about to change; None when there is nothing to change, or no register."""
    with register.home.outdated() as source:
        if source is None:
            return None
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"register-{stamp()}.gpkg"
        with replaced(target) as part:
            save(source, part)
        write_sum(target)
    return target


def save(source: Connection, part: Path) -> Content:
    """Write one moment of a register into a file, and return what reading it back finds.

    Raises
    ------
    RegisterError
        If that is not what was written.
    """
    if isinstance(source, Session):
        return postgis_copy.save(source, part)
    if not isinstance(source, sqlite3.Connection):
        raise TypeError(f"found {type(source)}; expected a connection of a register")
    before, copied = content(source), copy(source, part)
    if copied != before:
        raise RegisterError(f"{part} is not what was copied ({copied.rows}); expected {before.rows}; try again")
    return copied


def restore(file: Path, register: Register) -> Path | str | None:
    """Put a backup in the register's place, whole or not at all; return where the replaced register is kept.

    That is a file, or a schema of the database; None when there was no register.

    Raises
    ------
    MissingDataError
        If there is no such file.
    RegisterError
        If the file is damaged, no longer what was backed up, the register itself, or no register of this software's
        version, or if anybody has the register open.
    """
    require_same(file)
    if isinstance(register.home, postgis.Database):
        return postgis_copy.replace_schema(file, register.home.url, stamp())
    return replace_file(file, register.path, stamp())


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


def sum_of(path: Path) -> Path:
    """Return where the SHA-256 of a backup is kept, as `sha256sum --check` reads it."""
    return path.with_name(f"{path.name}.sha256")


def write_sum(path: Path) -> str:
    """Write a backup's SHA-256 beside it, and return it."""
    found = file_sha256(path)
    with replaced(sum_of(path)) as part:
        part.write_text(f"{found}  {path.name}\n", encoding="ascii")
    return found


def require_same(path: Path) -> None:
    """Refuse a backup whose bytes are not those that were written; one without its sum is told of."""
    beside = sum_of(path)
    if not path.is_file():
        return  # said where it is opened
    if not beside.is_file():
        logger.warning("%s is absent: whether the backup is still as it was made can not be told", beside)
        return
    expected, found = beside.read_text(encoding="ascii", errors="replace")[:64], file_sha256(path)
    if found != expected:
        raise RegisterError(
            f"{path} has the SHA-256 {found}; expected {expected} as {beside.name} says; it was changed or damaged: "
            "take another backup"
        )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stamp() -> str:
    """Return the time in UTC for a file's name."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
