"""Blades and lines: what is written on a sign, replaced as one piece."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from geo.errors import RequestError
from geo.register.connection import Connection
from geo.register.people import Actor
from geo.register.signs import Sign, change, sign, to_change

Short = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00]*$")]
Mark = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00|]*$")]
"""A pictogram's name; several stand in one column with | between."""
MOST_BLADES = 20
MOST_LINES = 12


class Line(BaseModel, frozen=True, extra="forbid"):
    """One line of a blade: its text, distance and time, and the pictograms beside it."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    distance_km: float | None = Field(default=None, ge=0, le=1000)
    time_min: int | None = Field(default=None, ge=0, le=10_000)
    pictograms: tuple[Mark, ...] = Field(default=(), max_length=6)


class Blade(BaseModel, frozen=True, extra="forbid"):
    """One blade: where it points (degrees clockwise from north), how it is drawn, and its lines."""

    bearing_deg: float | None = Field(default=None, ge=0, lt=360)
    direction: Literal["straight", "left", "right", "both"] | None = None
    type: Short | None = None
    color: Short | None = None
    lines: tuple[Line, ...] = Field(default=(), max_length=MOST_LINES)


def blades(database: Connection, actor: Actor, code: str) -> list[Blade]:
    """Return the blades of a sign, in the order of their numbers."""
    found = sign(database, actor, code)
    query = "SELECT id, bearing_deg, direction, type, color FROM blades WHERE sign_id = ? ORDER BY number"
    return [
        Blade(bearing_deg=bearing, direction=way, type=kind, color=color, lines=lines_of(database, blade))
        for blade, bearing, way, kind, color in database.execute(query, (found.fid,)).fetchall()
    ]


def lines_of(database: Connection, blade: int) -> tuple[Line, ...]:
    """Return the lines of a blade."""
    query = "SELECT text, distance_km, time_min, pictograms FROM lines WHERE blade_id = ? ORDER BY number"
    return tuple(
        Line(text=text, distance_km=km, time_min=minutes, pictograms=tuple((marks or "").split("|")) if marks else ())
        for text, km, minutes, marks in database.execute(query, (blade,))
    )


def write_blades(database: Connection, actor: Actor, code: str, wanted: Sequence[Blade], *, version: int) -> Sign:
    """Replace all blades of a sign, numbered from 1, and return the sign.

    Raises
    ------
    UnknownNameError, ForbiddenError, StaleError
        As `signs.describe`.
    RequestError
        If there are more than 20.
    """
    found = to_change(database, actor, code, version=version)
    if len(wanted) > MOST_BLADES:
        raise RequestError(f"found {len(wanted)} blades; expected at most {MOST_BLADES}; split the sign")
    for (blade,) in database.execute("SELECT id FROM blades WHERE sign_id = ?", (found.fid,)).fetchall():
        database.execute("DELETE FROM lines WHERE blade_id = ?", (blade,))  # not by cascade, so that each is traced
        database.execute("DELETE FROM blades WHERE id = ?", (blade,))
    for number, blade in enumerate(wanted, start=1):
        added = database.execute(
            "INSERT INTO blades (sign_id, number, bearing_deg, direction, type, color) VALUES (?, ?, ?, ?, ?, ?) "
            "RETURNING id",
            (found.fid, number, blade.bearing_deg, blade.direction, blade.type, blade.color),
        ).fetchone()[0]
        database.executemany(
            "INSERT INTO lines (blade_id, number, text, distance_km, time_min, pictograms) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (added, place, line.text, line.distance_km, line.time_min, "|".join(line.pictograms) or None)
                for place, line in enumerate(blade.lines, start=1)
            ],
        )
    return change(database, actor, found, {})
