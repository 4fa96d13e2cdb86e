"""Triggers that write every change of every row into `changes`: nothing can be written without who and when."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from geo.register.connection import Connection

AUDITED: Final = (
    *("organisations", "users", "sign_types", "signs", "blades", "lines", "photos"),
    *("requests", "costs", "funding"),
)
UNTOLD: Final = ("token_sha256",)
"""Columns that the trace leaves out."""

SIGNED: Final = ("migrations", "status_moves", "answers")
"""Tables without a trace that nobody writes but this software all the same."""
HISTORY: Final = ("changes", "status_history")
"""Tables whose migrations say themselves who may write them."""


def install(database: sqlite3.Connection) -> None:
    """Make the triggers anew from the columns that the tables have now."""
    for table in SIGNED:
        for action in ("insert", "update", "delete"):
            database.execute(f"DROP TRIGGER IF EXISTS {table}_{action}_signed")
            database.execute(
                f"CREATE TRIGGER {table}_{action}_signed BEFORE {action.upper()} ON {table} "
                f"WHEN artois_who() IS NULL BEGIN SELECT RAISE(ABORT, 'unsigned write to {table}'); END"
            )
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


def install_postgis(database: Connection) -> None:
    """Make the triggers of a PostGIS register anew, from the columns that its tables have now.

    TRUNCATE goes past the triggers of rows: it is refused for all.
    """
    query = (
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = 'register' AND table_name = ? ORDER BY ordinal_position"
    )
    for table in (*AUDITED, *SIGNED, *HISTORY):
        columns = [row[0] for row in database.execute(query, (table,)).fetchall()]
        if not columns:  # a later migration makes it
            continue
        database.execute(
            f"CREATE OR REPLACE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
            f"EXECUTE FUNCTION refuse('{table} is never emptied')"
        )
        if table in AUDITED:
            database.execute(postgis_trigger(table, [name for name in columns if name not in UNTOLD]))
        if table in SIGNED:
            database.execute(
                f"CREATE OR REPLACE TRIGGER {table}_signed BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW "
                f"WHEN (artois_who() IS NULL) EXECUTE FUNCTION refuse('unsigned write to {table}')"
            )


def postgis_trigger(table: str, columns: list[str]) -> str:
    """Return the function and the trigger of a table; they record what those of the file record."""
    key = columns[0]
    old, new = (
        f"json_build_object({', '.join(pair)})::text"
        for pair in (
            [f"'{name}', " + (f"gpkg_hex({row}.geom)" if name == "geom" else f"{row}.{name}") for name in columns]
            for row in ("OLD", "NEW")
        )
    )
    insert = (
        "INSERT INTO changes (at, who, table_name, row_id, action, before, after) VALUES (artois_now(), artois_who()"
    )
    return f"""
CREATE OR REPLACE FUNCTION {table}_told() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {insert}, '{table}', NEW.{key}, 'insert', NULL, {new});
    ELSIF TG_OP = 'UPDATE' THEN
        {insert}, '{table}', NEW.{key}, 'update', {old}, {new});
    ELSE
        {insert}, '{table}', OLD.{key}, 'delete', {old}, NULL);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {table}_told AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {table}_told();
"""
