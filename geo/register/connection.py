"""What a connection to the register is, wherever the register lives: SQL with `?`, rows as tuples, one transaction.

The SQL of this package is one text for both homes (a GeoPackage, PostGIS). Where they differ, both are given the same
functions: `ST_Point(x, y, 2154)`, `ST_X`, `ST_Y`, `json_extract`, `artois_who()`, `artois_now()`. Numbers of new rows
are asked for by `RETURNING`.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

BUSY_S: Final = 30.0
"""How long a write waits for its turn."""

RuleError = sqlite3.IntegrityError
"""What a write breaks that the register's own rules refuse: the same in both homes. Nothing of it is recorded."""


class Rows(Protocol):
    """What a statement gives."""

    @property
    def rowcount(self) -> int:
        """Return how many rows were changed."""

    @property
    def description(self) -> Any:  # noqa: ANN401 - DB-API 2.0 leaves its type open
        """Return one sequence for each column; its name comes first."""

    def fetchone(self) -> Any:  # noqa: ANN401 - a tuple or None
        """Return the next row, None after the last."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]:
        """Yield the rows that are left."""


class Connection(Protocol):
    """A snapshot to read, or a transaction to write."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Run one statement; each `?` stands for a parameter."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows:
        """Run a statement once for each row of parameters."""


def now() -> str:
    """Return the time in UTC, as text that sorts."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
