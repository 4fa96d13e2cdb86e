"""Photos of signs over HTTP: what a client sends is decoded, drawn anew and kept without what else was in the file.

A file's name and declared type count for nothing. Of its EXIF only the place remains, written again by us.
"""

import hashlib
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from PIL import ExifTags, Image, ImageOps
from PIL import _imaging as core
from starlette.requests import ClientDisconnect

from api import sign_views
from api.auth import ReaderDep, WriterDep
from api.dependencies import InstallationDep, NoQueryDep
from api.errors import PROBLEMS, RefusedError
from api.security import LARGEST_PHOTO, TOO_SLOW, too_long, whole_body
from api.signage import reading
from api.versions import VersionDep, etag, unchanged
from api.writing import Answer, SentDep, done
from geo.errors import ConflictError, RequestError, UnknownNameError
from geo.register.connection import Connection
from geo.register.database import open_register
from geo.register.photos import add_photo, mime_of, photo_path, photos, signs_of_photo
from geo.register.signs import sign, to_change

router = APIRouter(tags=["signage"], responses=PROBLEMS)

MOST_PIXELS: Final = 25_000_000
"""Pixels of a photo: those of a telephone; a small file that unfolds to more is refused before it is decoded."""
MOST_PHOTOS: Final = 30
"""Photos of one sign."""
AT_ONCE: Final = 2
"""Photos decoded at the same time: each may take 200 MB of memory."""
BLOCK_BYTES: Final = 64 * 2**20
QUALITY: Final = 88
SHA256_DIGITS: Final = 64

FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
BROKEN: Final = (
    *(OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError),
    *(struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning),
)
"""What Pillow's readers raise for damaged or hostile files."""

NOT_A_PHOTO: Final = "found a file that is no whole photo, expected a JPEG, PNG or WebP, send the photo's own bytes"
DEEP: Final = "found a photo of 16 bits or more a pixel's shade, expected 8, convert it"
TOO_MANY_PIXELS: Final = f"found a photo of too many pixels, expected {MOST_PIXELS:,} at most, make it smaller"

Place = tuple[float, float]
"""Longitude and latitude in WGS84 degrees."""

PHOTO_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {mime: {"schema": {"type": "string", "format": "binary"}} for mime in FORMATS},
    }
}


def install(app: FastAPI) -> None:
    """Give the application what photos share.

    The same few threads decode all photos, and blocks of more than 32 MiB are given back to the system at once: every
    thread keeps a heap of what it has ever held in smaller ones
    (https://pillow.readthedocs.io/en/stable/reference/block_allocator.html).
    """
    core.set_block_size(BLOCK_BYTES)
    app.state.photo_hands = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="photo")


async def raw_body(request: Request, _: WriterDep) -> bytes:
    """Return the bytes that somebody with a token sends, read no further than they may be many.

    Raises
    ------
    RefusedError
        413 for too many, 408 when they do not come, 400 when the client goes before their end.
    """
    try:
        body = await whole_body(request.receive, LARGEST_PHOTO)
    except TimeoutError as error:
        raise RefusedError(408, TOO_SLOW, {"Connection": "close"}) from error
    except ClientDisconnect as error:
        raise RefusedError(400, NOT_A_PHOTO) from error
    if body is None:
        raise RefusedError(413, too_long(LARGEST_PHOTO))
    return body


@router.post("/signage/signs/{code}/photos", status_code=201, openapi_extra=PHOTO_BODY)
def post_photo(
    request: Request,
    sender: SentDep,
    version: VersionDep,
    code: str,
    body: Annotated[bytes, Depends(raw_body)],
    _: NoQueryDep,
) -> JSONResponse:
    """Add a photo to a sign; `lon` and `lat` are the place that the photo states, the only EXIF that it keeps."""
    if sender.key is None:  # one that was sent before with its key is answered as then, whatever has changed since
        with open_register(sender.here.settings) as register, register.read() as database:
            sign_views.readable(database, sender.actor, code)
            to_change(database, sender.actor, code, version=version)
    photo, place = request.app.state.photo_hands.submit(redrawn, body).result()

    def work(database: Connection) -> Answer:
        sign_views.readable(database, sender.actor, code)
        known = photos(database, sender.actor, code)
        if len(known) >= MOST_PHOTOS:
            raise ConflictError(f"found {len(known)} photos of {code}, expected {MOST_PHOTOS} at most, send no more")
        path = sender.here.settings.register_file
        added = add_photo(database, sender.actor, code, photo, version=version, register=path, place=place)
        now = sign(database, sender.actor, code)
        href = f"/signage/photos/{added.sha256}"
        headers = {"ETag": etag(now.version), "Location": href}
        return Answer(201, headers, {**added._asdict(), "href": href})

    return done(sender, {"version": version, "sha256": hashlib.sha256(body).hexdigest()}, work)


@router.get("/signage/photos/{sha256}", response_class=Response)
def photo(here: InstallationDep, request: Request, actor: ReaderDep, sha256: str, _: NoQueryDep) -> Response:
    """Return a photo of a sign that the reader may see."""
    with reading(here) as database:
        listing = signs_of_photo(database, actor, sha256) if database is not None else []
    found = next((photo for sign, photo in listing if sign_views.listed(actor, sign)), None)
    path = photo_path(here.settings.register_file, found) if found is not None else None
    if found is None or path is None or not path.is_file():
        raise UnknownNameError("found no photo of that name, expected one that a sign lists, read the sign again")
    headers = {"ETag": f'"{found.sha256}"'}
    if unchanged(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type=found.mime, headers=headers)


def redrawn(body: bytes) -> tuple[bytes, Place | None]:
    """Return a photo drawn anew, upright, and the place that it states in WGS84 degrees (None: it states none).

    Raises
    ------
    RefusedError
        415 for what is no JPEG, PNG or WebP of 8 bits, 400 for a damaged one, 413 for too many pixels.
    """
    try:
        mime = mime_of(body)
    except RequestError as error:
        raise RefusedError(415, NOT_A_PHOTO) from error
    try:
        with closing(Image.open(BytesIO(body), formats=[FORMATS[mime]])) as picture:
            if picture.mode.startswith(("I", "F")):
                raise RefusedError(415, DEEP)
            if picture.width * picture.height > MOST_PIXELS:
                raise RefusedError(413, TOO_MANY_PIXELS)
            place = stated_place(picture)
            ImageOps.exif_transpose(picture, in_place=True)
            return drawn(picture, mime, place), place
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RefusedError(413, TOO_MANY_PIXELS) from error
    except BROKEN as error:
        raise RefusedError(400, NOT_A_PHOTO) from error


def drawn(picture: Image.Image, mime: str, place: Place | None) -> bytes:
    """Return the pixels of a picture as a new file, with its place and nothing else."""
    mode = "RGBA" if mime != "image/jpeg" and picture.has_transparency_data else "RGB"
    pixels = picture if picture.mode == mode else picture.convert(mode)
    pixels.info = {}  # comments, profiles and XMP, which Pillow would write again
    exif = Image.Exif()
    if place is not None:
        exif[ExifTags.Base.GPSInfo] = place_tags(place)
    file = BytesIO()
    pixels.save(file, FORMATS[mime], quality=QUALITY, exif=exif)
    return file.getvalue()


def stated_place(picture: Image.Image) -> Place | None:
    """Return the place in a picture's EXIF, None when it has none that makes sense."""
    tags = picture.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    try:
        lat = signed_degrees(tags[ExifTags.GPS.GPSLatitude], tags[ExifTags.GPS.GPSLatitudeRef], "NS")
        lon = signed_degrees(tags[ExifTags.GPS.GPSLongitude], tags[ExifTags.GPS.GPSLongitudeRef], "EW")
    except (KeyError, ValueError, TypeError, ZeroDivisionError, AttributeError):
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # noqa: PLR2004 - NaN is refused here too
        return None
    return lon, lat


def signed_degrees(parts: tuple[float, float, float], side: str, sides: str) -> float:
    """Return degrees, minutes and seconds as degrees, negative on the second side."""
    degrees, minutes, seconds = (float(part) for part in parts)
    sign_of = {sides[0]: 1.0, sides[1]: -1.0}[side]
    return round(sign_of * (degrees + minutes / 60 + seconds / 3600), sign_views.DECIMALS)


def place_tags(place: Place) -> dict[int, object]:
    """Return a place as the tags of EXIF's GPS block (EXIF 2.32, 4.6.6)."""
    lon, lat = place
    return {
        ExifTags.GPS.GPSLatitudeRef: "N" if lat >= 0 else "S",
        ExifTags.GPS.GPSLatitude: (abs(lat), 0.0, 0.0),
        ExifTags.GPS.GPSLongitudeRef: "E" if lon >= 0 else "W",
        ExifTags.GPS.GPSLongitude: (abs(lon), 0.0, 0.0),
    }
