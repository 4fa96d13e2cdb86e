"""One SQLite file, opened so that an acknowledged write outlives a killed process and a lost power supply.

- **WAL**: readers see a snapshot and never wait for the writer.
- **synchronous=FULL**: in WAL mode, NORMAL survives a killed process but may forget the last commits when the power
  fails; FULL syncs the log at each commit, before the caller hears that it is done.
- **BEGIN IMMEDIATE**: a write takes its turn before it reads, so that what it read is what it changes.

References
----------
https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from geo.errors import MissingDataError, RegisterError
from geo.register.connection import BUSY_S, Connection, now
from geo.register.geometry import SRS, point_blob, point_xy
from geo.register.migrations import FILE, Migration, applied, apply, read_migrations, require_current

PRIVATE_FOLDER: Final = 0o700
PRIVATE: Final = 0o600
"""The register holds names, drafts and token hashes: for its own account alone."""


@dataclass
class Pen:
    """Who writes on a connection, and when his transaction began; nobody outside a write."""

    who: str | None = None
    at: str | None = None


@dataclass(frozen=True)
class Opened:
    """A connection, who writes on it, and the file that it opened."""

    database: sqlite3.Connection
    pen: Pen
    file: tuple[int, int] | None


class File:
    """The register's file: one connection per thread."""

    def __init__(self, path: Path) -> None:
        """Remember the file; it is opened when it is first asked."""
        self.path = path
        self.threads = threading.local()

    @property
    def name(self) -> str:
        """Return the file's name."""
        return str(self.path)

    def exists(self) -> bool:
        """Tell whether there is a file."""
        return self.path.is_file()

    def initialise(self) -> int:
        """Create the tables, or bring them up to date."""
        return initialise(self.path)

    @contextmanager
    def outdated(self) -> Iterator[Connection | None]:
        """Give a register whose tables lack migrations; None where they lack none, or there is no register."""
        if not self.path.is_file() or self.path.stat().st_size == 0:
            yield None
            return
        with told(self.path), closing(connect(self.path).database) as source:
            require_ours(source, self.path)
            yield source if len(applied(source)) < len(read_migrations(FILE)) else None

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give one snapshot of the register, which nothing can change."""
        with told(self.path):
            opened = self.begin("DEFERRED")
            try:
                opened.database.execute("PRAGMA query_only = ON")
                yield opened.database
            finally:
                opened.database.execute("PRAGMA query_only = OFF")
                opened.database.execute("ROLLBACK")

    @contextmanager
    def write(self, who: str) -> Iterator[sqlite3.Connection]:
        """Give a transaction signed by `who`; when the block has been left, it is on the disk."""
        with told(self.path):
            opened = self.begin("IMMEDIATE")
            opened.pen.who, opened.pen.at = who, now()
            try:
                yield opened.database
                opened.database.execute("COMMIT")
            except BaseException:
                if opened.database.in_transaction:  # a full disk has rolled back by itself
                    opened.database.execute("ROLLBACK")
                raise
            finally:
                opened.pen.who = opened.pen.at = None

    def begin(self, kind: str) -> Opened:
        """Begin a transaction in the file that stands at the path now, not in one that a restore has replaced."""
        while True:
            opened = self.opened()
            opened.database.execute(f"BEGIN {kind}")
            if opened.file == file_id(self.path):
                return opened
            opened.database.execute("ROLLBACK")
            self.close()

    def opened(self) -> Opened:
        """Return this thread's connection."""
        found: Opened | None = getattr(self.threads, "opened", None)
        if found is None:
            found = connect(self.path)
            try:
                require_current(applied(found.database), read_migrations(FILE))
            except BaseException:
                found.database.close()
                raise
            self.threads.opened = found
        return found

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        found: Opened | None = getattr(self.threads, "opened", None)
        if found is not None:
            found.database.close()
            self.threads.opened = None


def initialise(path: Path, *, migrations: tuple[Migration, ...] | None = None) -> int:
    """Create the register, or bring its tables up to date; return how many migrations were applied.

    Raises
    ------
    RegisterError
        If newer software has made it, or it is no register.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    path.touch(mode=PRIVATE)
    with told(path):
        opened = connect(path)
        try:
            opened.pen.who, opened.pen.at = "schema", now()
            opened.database.execute("BEGIN IMMEDIATE")
            require_ours(opened.database, path)
            done = apply(opened.database, migrations if migrations is not None else read_migrations(FILE))
            opened.database.execute("COMMIT")
        finally:
            opened.database.close()
    return done


def faults(database: sqlite3.Connection) -> list[str]:
    """Return one line for each thing that is wrong with the pages, the references and the R-tree."""
    found = [row[0] for row in database.execute("PRAGMA integrity_check") if row[0] != "ok"]
    found += [f"a row of {row[0]} refers to nothing" for row in database.execute("PRAGMA foreign_key_check")]
    if (state := database.execute("SELECT rtreecheck('rtree_signs_geom')").fetchone()[0]) != "ok":
        found.append(f"the R-tree is wrong: {state}")
    return found


def require_ours(database: sqlite3.Connection, path: Path) -> None:
    """Refuse to make tables in a file that holds something else."""
    names = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    if names and "migrations" not in names:
        raise RegisterError(f"{path} holds {sorted(names)[0]}; expected a register or no file; name another file")


def connect(path: Path) -> Opened:
    """Open an existing file as the register is always opened."""
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected the register; run `artois register init`")
    file = file_id(path)
    database = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=BUSY_S, isolation_level=None, cached_statements=256
    )
    pen = Pen()
    give_functions(database, pen)
    try:
        mode = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]  # QGIS turns it off when it closes the file
        if mode != "wal":
            raise RegisterError(f"{path}: found journal mode {mode}; expected wal; keep the register on a local disk")
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON"):
            database.execute(f"PRAGMA {pragma}")
    except BaseException:
        database.close()
        raise
    return Opened(database, pen, file)


def give_functions(database: sqlite3.Connection, pen: Pen) -> None:
    """Give a connection what the triggers call: who, when, and the measures of a point that R-trees need."""
    database.create_function("artois_who", 0, lambda: pen.who)
    database.create_function("artois_now", 0, lambda: pen.at)
    database.create_function("ST_Point", 3, point, deterministic=True)
    database.create_function("ST_X", 1, lambda blob: point_xy(blob)[0], deterministic=True)
    database.create_function("ST_Y", 1, lambda blob: point_xy(blob)[1], deterministic=True)
    database.create_function("ST_IsEmpty", 1, lambda blob: int(blob is None), deterministic=True)
    for axis, name in enumerate("XY"):
        for end in ("Min", "Max"):
            database.create_function(f"ST_{end}{name}", 1, lambda blob, a=axis: point_xy(blob)[a], deterministic=True)


def point(x: float, y: float, srid: int) -> bytes:
    """Return a point as the file keeps it; of Lambert-93 and nothing else."""
    if srid != SRS:
        raise ValueError(f"found SRID {srid}; expected {SRS}")
    return point_blob(x, y)


def file_id(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another that takes its name, None where there is none."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_dev, state.st_ino


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say in one line what SQLite could not do."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise RegisterError(
                f"{path} has been busy for {BUSY_S:.0f} s; expected a turn to write; try again"
            ) from error
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
            raise RegisterError(
                f"{path} cannot be written ({error}); expected room and rights; nothing was recorded: free some space"
            ) from error
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            raise RegisterError(
                f"{path} is damaged ({error}); expected a register; restore a backup with `artois register restore`"
            ) from error
        raise
