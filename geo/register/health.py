"""Whether a register is whole: what holds it, and what its triggers have promised."""

import sqlite3
from typing import Final, NamedTuple

from geo.register import photos, postgis, sqlite_file
from geo.register.connection import Connection
from geo.register.database import Register
from geo.register.postgis_link import Session
from geo.register.status import MOVES

COUNTED: Final = (
    "signs",
    "blades",
    "lines",
    "photos",
    "requests",
    "organisations",
    "users",
    "status_history",
    "changes",
)

PROMISES: Final = {
    "signs whose status is not the last of their history": (
        "SELECT count(*) FROM signs s WHERE s.status <> coalesce("
        "(SELECT to_status FROM status_history WHERE sign_id = s.fid ORDER BY id DESC LIMIT 1), '')"
    ),
    "steps of the history that do not begin where the one before has ended": (
        "SELECT count(*) FROM (SELECT from_status, lag(to_status) OVER (PARTITION BY sign_id ORDER BY id) AS last "
        "FROM status_history) AS steps WHERE coalesce(from_status, '') <> coalesce(last, '')"
    ),
    "signs whose changes are fewer or more than their versions": (
        "SELECT count(*) FROM signs s WHERE s.version <> "
        "(SELECT count(*) FROM changes WHERE table_name = 'signs' AND row_id = s.fid)"
    ),
    "signs without a place in the R-tree": (
        "SELECT count(*) FROM signs WHERE fid NOT IN (SELECT id FROM rtree_signs_geom)"
    ),
}
"""Each query counts what breaks a promise."""


class Health(NamedTuple):
    """Rows by table, and one line for each fault."""

    counts: dict[str, int]
    faults: tuple[str, ...]


def health(register: Register) -> Health:
    """Return what a register holds and what is wrong with it."""
    with register.read() as database:
        counts = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}
        found = faults(database) + (postgis.hazards(database) if isinstance(database, Session) else [])
        listed = photos.all_photos(database)
    lost = [photo for photo in listed if not photos.photo_path(register.path, photo).is_file()]
    if lost:
        found.append(f"{len(lost)} photos have no file, such as {lost[0].sha256}; restore them from a backup")
    return Health(counts, tuple(found))


def faults(database: Connection) -> list[str]:
    """Return one line for each thing that is wrong in the database."""
    at_home = sqlite_file.faults(database) if isinstance(database, sqlite3.Connection) else postgis.faults(database)
    found = list(at_home)
    for what, query in PROMISES.items():
        if count := database.execute(query).fetchone()[0]:
            found.append(f"{count} {what}")
    known = {(old, new) for old, news in MOVES.items() for new in news}
    if known != set(database.execute("SELECT from_status, to_status FROM status_moves").fetchall()):
        found.append("the table of moves is not that of this software; run `artois register init`")
    return found
