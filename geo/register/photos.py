"""Photos of signs: bytes in a folder beside the register, named after their content; the register lists them."""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from geo.errors import ConflictError, RegisterError, RequestError, UnknownNameError
from geo.products import replaced
from geo.register.connection import Connection
from geo.register.people import Actor
from geo.register.signs import Sign, change, sign, to_change

LARGEST_BYTES: Final = 20_000_000
EXTENSIONS: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class Photo(NamedTuple):
    """One photo of a sign; `position` is its place in the sheet, from 1; where it was taken, in WGS84 degrees."""

    sha256: str
    mime: str
    size_bytes: int
    position: int
    lon: float | None = None
    lat: float | None = None


COLUMNS: Final = ", ".join(Photo._fields)


def folder(register: Path) -> Path:
    """Return where the photos of a register are kept."""
    return register.with_name("photos")


def photo_path(register: Path, photo: Photo) -> Path:
    """Return the file of a photo."""
    return folder(register) / photo.sha256[:2] / f"{photo.sha256}.{EXTENSIONS[photo.mime]}"


def photos(database: Connection, actor: Actor, code: str) -> list[Photo]:
    """Return the photos of a sign, in the order of the sheet."""
    query = f"SELECT {COLUMNS} FROM photos WHERE sign_id = ? ORDER BY position"
    return [Photo(*row) for row in database.execute(query, (sign(database, actor, code).fid,))]


def all_photos(database: Connection) -> list[Photo]:
    """Return every photo that the register lists, for backups and checks."""
    return [Photo(*row) for row in database.execute(f"SELECT {COLUMNS} FROM photos ORDER BY id")]


def signs_of_photo(database: Connection, actor: Actor, sha256: str) -> list[tuple[Sign, Photo]]:
    """Return the signs that show the photo of that hash and that the actor may read, in the order of codes."""
    query = "SELECT s.code FROM photos p JOIN signs s ON s.fid = p.sign_id WHERE p.sha256 = ? ORDER BY s.code"
    found = []
    for (code,) in database.execute(query, (sha256,)).fetchall():
        with suppress(UnknownNameError):  # a draft of others
            found.append((sign(database, actor, code), photo_named(photos(database, actor, code), sha256)))
    return found


def photo_named(known: Sequence[Photo], sha256: str) -> Photo:
    """Return the photo of that hash, which must be there."""
    return next(photo for photo in known if photo.sha256 == sha256)


def write_photo(path: Path, body: bytes) -> None:
    """Write a photo's file, whole or not at all."""
    try:
        with replaced(path) as part:
            part.write_bytes(body)
    except OSError as error:
        raise RegisterError(
            f"{path.parent} cannot be written ({error.strerror}); expected room and rights; nothing was recorded: "
            "free some space"
        ) from error


def add_photo(  # noqa: PLR0913 - a photo is kept with the place where it was taken
    database: Connection, actor: Actor, code: str, body: bytes, *, version: int, register: Path,
    place: tuple[float, float] | None = None,
) -> Photo:  # fmt: skip
    """Keep a photo of a sign. The file is on the disk before the register names it; without commit it is an orphan.

    Parameters
    ----------
    database, actor, code, version
        As `signs.describe`.
    body
        The photo's bytes.
    register
        The register's file: photos stand in a folder beside it.
    place
        Where it was taken. WGS84 degrees (lon, lat); None: unknown.

    Raises
    ------
    UnknownNameError, ForbiddenError, StaleError
        As `signs.describe`.
    ConflictError
        If the sign has that photo already.
    RequestError
        If it is no JPEG, PNG or WebP, or larger than 20 MB, or the place is none on Earth.
    RegisterError
        If the disk does not take the file.
    """
    lon, lat = place if place is not None else (None, None)
    if place is not None and not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):  # noqa: PLR2004 - refuses NaN too
        raise RequestError(f"found a photo taken at {place}; expected WGS84 degrees (lon, lat); correct or omit them")
    found = to_change(database, actor, code, version=version)
    mime = mime_of(body)
    digest = hashlib.sha256(body).hexdigest()
    known = photos(database, actor, code)
    if any(photo.sha256 == digest for photo in known):
        raise ConflictError(f"{code} has that photo already; expected another; nothing was added")
    photo = Photo(digest, mime, len(body), max((one.position for one in known), default=0) + 1, lon, lat)
    path = photo_path(register, photo)
    if not path.is_file():
        write_photo(path, body)
    database.execute(f"INSERT INTO photos (sign_id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", (found.fid, *photo))
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
