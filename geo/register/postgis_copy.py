"""A PostGIS register written into a register file, and a file put in its place: the same rows, compared by their hash.

Rows go past the triggers, which have judged and traced them once already; the references are checked all the same.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from pydantic import SecretStr

from geo.errors import RegisterError
from geo.register import sqlite_file
from geo.register.connection import Connection
from geo.register.file_copy import Content, copy, verified
from geo.register.migrations import FILE, POSTGIS, read_migrations
from geo.register.postgis import OPEN_LOCK, SCHEMA, WRITE_LOCK, applied, sign_as
from geo.register.postgis_link import Session, connect
from geo.register.postgis_schema import apply, require_postgis

TABLES: Final = (
    *("organisations", "users", "sign_types", "status_moves", "signs", "blades", "lines", "photos", "requests"),
    *("costs", "funding", "status_history", "changes", "answers"),
)
"""In the order in which they refer to one another."""


class Table(NamedTuple):
    """A table of the register, as both homes have it: its columns, and those that tell its rows apart."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def select(self) -> str:
        """Return the SQL that reads its rows in order; a place as x and y."""
        parts = ("ST_X(geom), ST_Y(geom)" if name == "geom" else name for name in self.columns)
        return f"SELECT {', '.join(parts)} FROM {self.name} ORDER BY {', '.join(self.key)}"

    @property
    def insert(self) -> str:
        """Return the SQL that writes one of these rows."""
        marks = ("ST_Point(?, ?, 2154)" if name == "geom" else "?" for name in self.columns)
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({', '.join(marks)})"


class Digest:
    """A count and a hash over the rows that pass."""

    def __init__(self) -> None:
        """Begin with none."""
        self.sha256, self.rows = hashlib.sha256(), dict[str, int]()

    def over(self, table: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table as they are."""
        self.sha256.update(f"\n{table}\n".encode())
        self.rows[table] = 0
        for row in rows:
            self.sha256.update(repr(tuple(row)).encode())
            self.rows[table] += 1
            yield row

    def content(self) -> Content:
        """Return what has passed."""
        return Content(dict(self.rows), self.sha256.hexdigest())


def save(source: Session, part: Path) -> Content:
    """Write a snapshot of a PostGIS register into a file, and return what reading it back finds.

    Raises
    ------
    RegisterError
        If that is not what was written.
    """
    sqlite_file.initialise(part, migrations=read_migrations(FILE)[: len(applied(source))])
    with sqlite_file.told(part), closing(open_file(part)) as target:
        sent = fill_file(source, target)
        found = read_whole(target, tables_of(target))
        target.execute("PRAGMA journal_mode = DELETE")
    if found != sent:
        raise RegisterError(f"{part} is not what was copied ({found.rows}); expected {sent.rows}; try again")
    return verified(part)


def fill_file(source: Session, target: sqlite3.Connection) -> Content:
    """Write the rows of a snapshot into an empty register file."""
    triggers = target.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    digest = Digest()
    target.execute("BEGIN IMMEDIATE")
    for name, _ in triggers:
        target.execute(f"DROP TRIGGER {name}")
    target.execute("DELETE FROM status_moves")
    for table in tables_of(target):
        target.executemany(table.insert, digest.over(table.name, streamed(source, table)))
    target.execute("INSERT INTO rtree_signs_geom SELECT fid, ST_X(geom), ST_X(geom), ST_Y(geom), ST_Y(geom) FROM signs")
    target.execute(
        "UPDATE gpkg_contents SET last_change = coalesce((SELECT at FROM changes WHERE table_name = 'signs' "
        "ORDER BY id DESC LIMIT 1), last_change) WHERE table_name = 'signs'"
    )
    for _, sql in triggers:
        target.execute(sql)
    target.execute("COMMIT")
    return digest.content()


def replace_schema(file: Path, url: SecretStr, stamp: str) -> str | None:
    """Put a backup in the place of a PostGIS register; return the schema in which what it replaced is kept.

    A backup of older software is brought up to date on the way.

    Raises
    ------
    MissingDataError
        If there is no such file.
    RegisterError
        If the file is damaged or no register, or anybody has the register open.
    """
    verified(file)
    with TemporaryDirectory() as folder:
        part = Path(folder) / "register.gpkg"
        with sqlite_file.told(file), closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
            copy(source, part)
        sqlite_file.initialise(part)
        session = connect(url)
        try:
            require_postgis(session)
        finally:
            session.link.close()
        session = connect(url)
        try:
            with closing(open_file(part)) as current:
                return load(current, session, stamp)
        finally:
            session.link.close()


def load(source: sqlite3.Connection, session: Session, stamp: str) -> str | None:
    """Write the rows of a current register file into new tables; keep the old ones under a dated name."""
    if not session.execute("SELECT pg_try_advisory_lock(?)", (OPEN_LOCK,)).fetchone()[0]:
        raise RegisterError(
            f"{session.name} is in use; expected nobody; stop the service and other commands, then restore"
        )
    session.execute("BEGIN")
    session.execute("SELECT pg_advisory_xact_lock(?)", (WRITE_LOCK,))
    aside = f"{SCHEMA}_replaced_{''.join(filter(str.isalnum, stamp)).lower()}" if applied(session) else None
    if aside is not None:
        session.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO {aside}")
    sign_as(session, "schema")
    apply(session, read_migrations(POSTGIS))
    tables = tables_of(source)
    sent = fill_schema(source, session, tables)
    if (found := read_whole(session, tables)) != sent:
        raise RegisterError(f"{session.name} is not what was sent ({found.rows}); expected {sent.rows}; try again")
    session.commit()
    return aside


def fill_schema(source: sqlite3.Connection, session: Session, tables: list[Table]) -> Content:
    """Write the rows of a file into new tables, let numbers go on after the highest, and count for the planner."""
    digest = Digest()
    session.execute("DELETE FROM status_moves")
    for table in tables:
        session.execute(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        session.executemany(table.insert, digest.over(table.name, source.execute(table.select)))
    for table in tables:
        session.execute(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        if len(table.key) == 1:
            key = table.key[0]
            session.execute(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key}'), max({key})) FROM {table.name} "
                f"HAVING max({key}) IS NOT NULL"
            )
        session.execute(f"ANALYZE {table.name}")
    return digest.content()


def open_file(path: Path) -> sqlite3.Connection:
    """Open a register file that is nobody else's."""
    database = sqlite3.connect(path, isolation_level=None)
    sqlite_file.give_functions(database, sqlite_file.Pen())
    return database


def tables_of(file: sqlite3.Connection) -> list[Table]:
    """Return the tables of a register file, which are those of a PostGIS register of the same migrations."""
    found = []
    for name in TABLES:
        info = file.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
        key = tuple(column for column, place in sorted(info, key=lambda one: one[1]) if place)
        if info:
            found.append(Table(name, tuple(column for column, _ in info), key))
    return found


def read_whole(database: Connection, tables: list[Table]) -> Content:
    """Return how many rows the tables hold, and a hash over all."""
    digest = Digest()
    for table in tables:
        rows = streamed(database, table) if isinstance(database, Session) else database.execute(table.select)
        for _ in digest.over(table.name, rows):
            pass
    return digest.content()


def streamed(source: Session, table: Table) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table without holding them all."""
    return source.link.cursor().stream(table.select.encode())
