"""Triggers that write every change of every row into `changes`: nothing can be written without who and when."""

import sqlite3
from collections.abc import Iterator
from typing import Final

AUDITED: Final = (
    *("organisations", "users", "sign_types", "signs", "blades", "lines", "photos"),
    *("requests", "costs", "funding"),
)
UNTOLD: Final = ("token_sha256",)
"""Columns that the trace leaves out."""


def install(database: sqlite3.Connection) -> None:
    """Make the triggers anew from the columns that the tables have now."""
    for table in AUDITED:
        columns = [row[1] for row in database.execute("SELECT * FROM pragma_table_info(?)", (table,))]
        if not columns:  # a later migration makes it
            continue
        for action in ("insert", "update", "delete"):
            database.execute(f"DROP TRIGGER IF EXISTS {table}_{action}_told")
        for trigger in triggers(table, [name for name in columns if name not in UNTOLD]):
            database.execute(trigger)


def triggers(table: str, columns: list[str]) -> Iterator[str]:
    """Yield the three triggers of a table; its first column is its integer key."""
    key = columns[0]
    for action in ("insert", "update", "delete"):
        before = "NULL" if action == "insert" else as_json("OLD", columns)
        after = "NULL" if action == "delete" else as_json("NEW", columns)
        row = "OLD" if action == "delete" else "NEW"
        yield (
            f"CREATE TRIGGER {table}_{action}_told AFTER {action.upper()} ON {table} BEGIN "
            "INSERT INTO changes (at, who, table_name, row_id, action, before, after) "
            f"VALUES (artois_now(), artois_who(), '{table}', {row}.{key}, '{action}', {before}, {after}); END"
        )


def as_json(row: str, columns: list[str]) -> str:
    """Return the SQL that makes a row's JSON; a geometry as hexadecimal digits."""
    pairs = (f"'{name}', hex({row}.{name})" if name == "geom" else f"'{name}', {row}.{name}" for name in columns)
    return f"json_object({', '.join(pairs)})"
