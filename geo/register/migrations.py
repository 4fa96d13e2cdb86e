"""Numbered SQL that makes the register's tables: each applied once, whole, and remembered with its checksum."""

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from geo.errors import RegisterError
from geo.register import audit

FILE: Final = Path(__file__).with_name("schema") / "sqlite"
POSTGIS: Final = FILE.with_name("postgis")
"""The same numbers make the same tables in each home."""

RECORD: Final = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL
) STRICT
"""


class Migration(NamedTuple):
    """One numbered file."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Return the checksum of its text."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path) -> tuple[Migration, ...]:
    """Return the migrations of a folder in their order.

    Raises
    ------
    ValueError
        If the numbers are not 1, 2, 3…
    """
    files = sorted(folder.glob("[0-9]*.sql"))
    found = tuple(Migration(int(path.name[:4]), path.stem, path.read_text(encoding="utf-8")) for path in files)
    if [one.number for one in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations are numbered {[one.number for one in found]}; expected 1, 2, 3…")
    return found


def apply(database: sqlite3.Connection, migrations: tuple[Migration, ...]) -> int:
    """Apply what lacks, inside the caller's transaction; return how many were applied."""
    database.execute(RECORD)
    done = applied(database)
    require_known(done, migrations)
    missing = [one for one in migrations if one.number not in done]
    for one in missing:
        for statement in statements(one.sql):
            database.execute(statement)
        row = (one.number, one.name, one.sha256, datetime.now(UTC).isoformat(timespec="seconds"))
        database.execute("INSERT INTO migrations VALUES (?, ?, ?, ?)", row)
    if missing:
        audit.install(database)
    return len(missing)


def require_current(done: dict[int, str], migrations: tuple[Migration, ...]) -> None:
    """Refuse a register of another version than this code's.

    Parameters
    ----------
    done
        Checksum of each migration that the register has seen, by number.
    migrations
        Those of this code, for the register's home.

    Raises
    ------
    RegisterError
        If a migration lacks, is unknown here, or was changed after it was applied.
    """
    require_known(done, migrations)
    if len(done) < len(migrations):
        raise RegisterError(
            f"found a register of schema {max(done, default=0)}; expected {len(migrations)}; run `artois register init`"
        )


def require_known(done: dict[int, str], migrations: tuple[Migration, ...]) -> None:
    """Refuse a register that newer or other code has made."""
    known = {one.number: one.sha256 for one in migrations}
    for number, digest in done.items():
        if number not in known:
            raise RegisterError(
                f"found a register of schema {number}; expected at most {max(known)}; update the software"
            )
        if digest != known[number]:
            raise RegisterError(
                f"found migration {number} changed since it was applied; expected the same text; "
                "restore the software of that register"
            )


def applied(database: sqlite3.Connection) -> dict[int, str]:
    """Return the checksum of each migration that the register has seen."""
    if database.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone() is None:
        return {}
    return dict(database.execute("SELECT number, sha256 FROM migrations ORDER BY number"))


def statements(sql: str) -> Iterator[str]:
    """Yield the statements of a script one by one: `executescript` would end the transaction."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending.strip()
            pending = ""
    if pending.strip():
        raise ValueError(f"a migration ends inside a statement: {pending.strip()[:60]!r}")
