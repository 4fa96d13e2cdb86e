"""Photos of signs: bytes in a folder beside the register, named after their content; the register lists them."""

import hashlib
import sqlite3
from pathlib import Path
from typing import Final, NamedTuple

from geo.errors import ConflictError, RequestError
from geo.products import replaced
from geo.register.people import Actor
from geo.register.signs import change, sign, to_change

LARGEST_BYTES: Final = 20_000_000
EXTENSIONS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class Photo(NamedTuple):
    """One photo of a sign; `position` is its place in the sheet, from 1."""

    sha256: str
    mime: str
    size_bytes: int
    position: int


def folder(register: Path) -> Path:
    """Return where the photos of a register are kept."""
    return register.with_name("photos")


def photo_path(register: Path, photo: Photo) -> Path:
    """Return the file of a photo."""
    return folder(register) / photo.sha256[:2] / f"{photo.sha256}.{EXTENSIONS[photo.mime]}"


def photos(database: sqlite3.Connection, actor: Actor, code: str) -> list[Photo]:
    """Return the photos of a sign, in the order of the sheet."""
    query = "SELECT sha256, mime, size_bytes, position FROM photos WHERE sign_id = ? ORDER BY position"
    return [Photo(*row) for row in database.execute(query, (sign(database, actor, code).fid,))]


def add_photo(
    database: sqlite3.Connection, actor: Actor, code: str, body: bytes, *, version: int, register: Path
) -> Photo:
    """Keep a photo of a sign. The file is on the disk before the register names it; without commit it is an orphan.

    Raises
    ------
    UnknownNameError, ForbiddenError, StaleError
        As `signs.describe`.
    ConflictError
        If the sign has that photo already.
    RequestError
        If it is no JPEG, PNG or WebP, or larger than 20 MB.
    """
    found = to_change(database, actor, code, version=version)
    mime = mime_of(body)
    digest = hashlib.sha256(body).hexdigest()
    known = photos(database, actor, code)
    if any(photo.sha256 == digest for photo in known):
        raise ConflictError(f"{code} has that photo already; expected another; nothing was added")
    photo = Photo(digest, mime, len(body), max((one.position for one in known), default=0) + 1)
    path = photo_path(register, photo)
    if not path.is_file():
        with replaced(path) as part:
            part.write_bytes(body)
    database.execute(
        "INSERT INTO photos (sign_id, sha256, mime, size_bytes, position) VALUES (?, ?, ?, ?, ?)", (found.fid, *photo)
    )
    change(database, actor, found, {})
    return photo


def mime_of(body: bytes) -> str:
    """Return the type of an image by its first bytes, whatever its name says."""
    if len(body) > LARGEST_BYTES:
        raise RequestError(f"found a photo of {len(body):,} bytes; expected at most {LARGEST_BYTES:,}; make it smaller")
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    raise RequestError(f"found a file that begins with {body[:8]!r}; expected a JPEG, PNG or WebP photo; convert it")
