"""The register in a PostgreSQL database with PostGIS: the tables of `schema/postgis`, in a schema named `register`.

- **REPEATABLE READ, READ ONLY** to read: a snapshot, which waits for nobody.
- **An advisory lock** to write: writers take turns, and what one has read is what it changes.
- **synchronous_commit = on**: the log is on the server's disk before the caller hears that the write is done.
- **artois.who, artois.at**: set for one transaction; the triggers sign with them, and refuse whoever sets none.

References
----------
https://www.postgresql.org/docs/current/transaction-iso.html,
https://www.postgresql.org/docs/current/wal-async-commit.html
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from pydantic import SecretStr

from geo.errors import MissingDataError, RegisterError
from geo.register.connection import Connection, now
from geo.register.migrations import POSTGIS, read_migrations, require_current
from geo.register.postgis_link import Session, connect, parameters_of, place, told

SCHEMA: Final = "register"
WRITE_LOCK: Final = int.from_bytes(b"artois-w")
OPEN_LOCK: Final = int.from_bytes(b"artois-o")
"""Held together by whoever has the register open, alone by whoever replaces it."""
SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

HAZARDS: Final = """
SELECT name || ' is off on the server: an acknowledged write may not outlive a power cut; switch it on'
FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'
"""
FAULTS: Final = """
SELECT 'the trigger ' || t.tgname || ' of ' || c.relname || ' is off; switch it on'
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = to_regnamespace('register') AND t.tgenabled <> 'O'
UNION ALL
SELECT 'the index ' || i.indexrelid::regclass || ' is not whole; run REINDEX on it'
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = to_regnamespace('register') AND NOT i.indisvalid
UNION ALL
SELECT 'the constraint ' || conname || ' was never checked; validate it'
FROM pg_constraint WHERE connamespace = to_regnamespace('register') AND NOT convalidated
"""


class Database:
    """The register's database: one connection per thread."""

    def __init__(self, url: SecretStr) -> None:
        """Remember the address; it is opened when it is first asked."""
        self.url = url
        self.threads = threading.local()

    @property
    def name(self) -> str:
        """Return the address without user and password."""
        return place(parameters_of(self.url))

    def exists(self) -> bool:
        """Tell whether the tables have been made."""
        with told(self.name):
            session = connect(self.url)
            try:
                return bool(applied(session))
            finally:
                session.link.close()

    def initialise(self) -> int:
        """Create the tables, or bring them up to date."""
        from geo.register.postgis_schema import initialise

        return initialise(self.url)

    @contextmanager
    def outdated(self) -> Iterator[Connection | None]:
        """Give a register whose tables lack migrations; None where they lack none, or there is no register."""
        session = connect(self.url)
        try:
            session.execute(SNAPSHOT)
            done = applied(session)
            yield session if done and len(done) < len(read_migrations(POSTGIS)) else None
        finally:
            session.link.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give one snapshot of the register, which nothing can change."""
        session = self.begin(SNAPSHOT)
        try:
            yield session
        finally:
            session.rollback()

    @contextmanager
    def write(self, who: str) -> Iterator[Connection]:
        """Give a transaction signed by `who`; when the block has been left, it is on the server's disk."""
        session = self.begin("BEGIN")
        try:
            session.execute("SELECT pg_advisory_xact_lock(?)", (WRITE_LOCK,))
            sign_as(session, who)
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise

    def begin(self, statement: str) -> Session:
        """Begin a transaction; on a new connection if that of this thread was lost since it was used last."""
        known: Session | None = getattr(self.threads, "session", None)
        if known is not None:
            known.require_idle()
            with suppress(RegisterError):
                known.execute(statement)
                return known
            self.close()
        session = self.threads.session = self.opened()
        session.execute(statement)
        return session

    def opened(self) -> Session:
        """Return a new connection to a register of this code's version, which nobody replaces while it is open."""
        with told(self.name):
            session = connect(self.url)
            try:
                session.execute("SELECT pg_advisory_lock_shared(?)", (OPEN_LOCK,))
                done = applied(session)
                if not done:
                    raise MissingDataError(f"{self.name} holds no register; expected one; run `artois register init`")
                require_current(done, read_migrations(POSTGIS))
            except BaseException:
                session.link.close()
                raise
        return session

    def close(self) -> None:
        """Close this thread's connection, if it has one."""
        session: Session | None = getattr(self.threads, "session", None)
        if session is not None:
            session.link.close()
            self.threads.session = None


def sign_as(session: Session, who: str) -> None:
    """Name who writes, and when, until the transaction ends."""
    session.execute("SELECT set_config('artois.who', ?, true), set_config('artois.at', ?, true)", (who, now()))


def applied(session: Session) -> dict[int, str]:
    """Return the checksum of each migration that the register has seen."""
    if session.execute("SELECT to_regclass('register.migrations')").fetchone()[0] is None:
        return {}
    return dict(session.execute("SELECT number, sha256 FROM register.migrations ORDER BY number").fetchall())


def faults(database: Connection) -> list[str]:
    """Return one line for each thing in the schema that does not keep what the register promises."""
    return [row[0] for row in database.execute(FAULTS).fetchall()]


def hazards(database: Connection) -> list[str]:
    """Return one line for each setting of the server with which acknowledged writes can be lost."""
    return [row[0] for row in database.execute(HAZARDS).fetchall()]
