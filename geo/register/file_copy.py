"""One register file copied into another, and read back: what backups and restores of the file are made of."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from geo.errors import MissingDataError, RegisterError
from geo.products import replaced
from geo.register.migrations import FILE, applied, read_migrations, require_known
from geo.register.sqlite_file import PRIVATE, Pen, give_functions, told

DAMAGED: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")


class Content(NamedTuple):
    """What a register holds: rows of each table, and a hash over all of them."""

    rows: dict[str, int]
    sha256: str


def replace_file(file: Path, path: Path, stamp: str) -> Path | None:
    """Put a backup in the register's place, whole or not at all; return where the replaced register is kept.

    Raises
    ------
    MissingDataError
        If there is no such file.
    RegisterError
        If the file is damaged or no register of this software's version, or anybody has the register open.
    """
    if file.exists() and path.exists() and file.samefile(path):
        raise RegisterError(f"{file} is the register itself; expected a backup of it; name another file")
    found = verified(file)
    aside = path.with_name(f"{path.stem}.replaced-{stamp}{path.suffix}") if path.exists() else None
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
    require_known(applied(database), read_migrations(FILE))
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
