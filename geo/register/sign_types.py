"""The catalogue of sign types, from the project's fact table: costs with what they are worth."""

from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from geo.config import EMBEDDED
from geo.register.connection import Connection
from geo.register.people import Actor, require_role
from geo.sources.files import numbers, read_csv

FILE: Final = EMBEDDED / "sign_types.csv"
YARDSTICK: Final = "(yardstick)"
"""Begins the name of a type that is listed to compare prices, and never laid."""
CENTS_PER_EUR: Final = 100
COLUMNS: Final = (
    *("type", "scale", "use", "unit_cost_low_eur_ht", "unit_cost_high_eur_ht", "cost_status", "source", "certainty"),
)
KEPT: Final = ("name", "scale", "use", "cost_low_cents", "cost_high_cents", "cost_status", "source", "certainty")


class SignType(NamedTuple):
    """One type of the catalogue; its price range is in cents before tax, and `cost_status` says what it is worth."""

    name: str
    scale: str | None
    use: str | None
    cost_low_cents: int | None
    cost_high_cents: int | None
    cost_status: str
    source: str
    certainty: str
    lead_time_weeks: int | None
    lifetime_years: int | None


def sign_types(database: Connection) -> list[SignType]:
    """Return the types that a sign may have, in the order of the catalogue."""
    query = f"SELECT {', '.join(SignType._fields)} FROM sign_types WHERE yardstick = 0 ORDER BY id"
    return [SignType(*row) for row in database.execute(query)]


def bring_catalogue(database: Connection, actor: Actor, file: Path = FILE) -> int:
    """Record the types of the fact table, in place of what was known of them; return how many were new or changed."""
    require_role(actor, "admin")
    return sum(write_type(database, row) for row in read_types(file))


def read_types(file: Path) -> list[tuple[object, ...]]:
    """Return the rows of the fact table in the order of `KEPT`, then whether it is a yardstick."""
    table = read_csv(file, {name: name for name in COLUMNS})
    cents = {
        name: (numbers(table[name], file) * CENTS_PER_EUR).round().astype("Int64")
        for name in ("unit_cost_low_eur_ht", "unit_cost_high_eur_ht")
    }
    table = table.assign(**cents)
    plain = table.astype(object).where(table.notna(), None)
    return [
        (*(int(value) if isinstance(value, int | float) and not pd.isna(value) else value for value in row),
         int(str(row[0]).startswith(YARDSTICK)))
        for row in plain[list(COLUMNS)].itertuples(index=False, name=None)
    ]  # fmt: skip


def write_type(database: Connection, row: tuple[object, ...]) -> bool:
    """Record one type; tell whether it was new or differed."""
    query = f"SELECT {', '.join(KEPT)}, yardstick FROM sign_types WHERE name = ?"
    if database.execute(query, (row[0],)).fetchone() == row:
        return False
    sets = ", ".join(f"{name} = excluded.{name}" for name in (*KEPT[1:], "yardstick"))
    marks = ", ".join("?" * len(row))
    insert = f"INSERT INTO sign_types ({', '.join(KEPT)}, yardstick) VALUES ({marks})"
    database.execute(f"{insert} ON CONFLICT (name) DO UPDATE SET {sets}", row)
    return True
