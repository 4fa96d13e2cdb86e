"""Photos of signs: what is kept of a file, and what is refused."""

import asyncio
import hashlib
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import ExifTags, Image, ImageCms

from api.errors import RefusedError
from api.photos import FORMATS, MOST_PHOTOS, redrawn
from api.security import LARGEST_PHOTO, LONGEST_BODY
from geo.register import photos

if TYPE_CHECKING:
    from starlette.types import Message

    from tests.api.signage.conftest import Town

URL = "/signage/signs/LEN-001/photos"
SECRET = b"secret-of-the-camera"
GPS = {1: "N", 2: (50.0, 26.0, 24.0), 3: "W", 4: (2.0, 30.0, 0.0), 29: "2026:01:01"}


def picture(form: str, *, mode: str = "RGB", size: tuple[int, int] = (40, 20), gps: object = GPS) -> bytes:
    """Return a photo lying on its side, full of things that a camera tells."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = SECRET.decode()
    exif[ExifTags.Base.Orientation] = 6
    if gps is not None:
        exif[ExifTags.Base.GPSInfo] = gps
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    comment = {"comment": SECRET} if form == "JPEG" else {}
    file = BytesIO()
    Image.new(mode, size, 128).save(file, form, exif=exif, icc_profile=profile, xmp=SECRET, **comment)
    return file.getvalue()


def opened(body: bytes) -> Image.Image:
    image = Image.open(BytesIO(body))
    image.load()
    return image


def send(town: "Town", body: bytes, who: str = "anne", code: str = "LEN-001", **headers: str) -> object:
    return town.ask(who, "POST", f"/signage/signs/{code}/photos", town.version(code), content=body, headers=headers)


@pytest.mark.parametrize("mime", FORMATS)
def test_a_photo_is_kept_upright_with_its_place_and_nothing_else(town: "Town", mime: str) -> None:
    body = picture(FORMATS[mime]) + b"<?php trailing ?>"
    answer = send(town, body, **{"Content-Type": "text/html"})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["lon"], told["lat"]) == (-2.5, 50.44)
    assert answer.headers["etag"] == f'"{town.version("LEN-001")}"'
    kept = town.client.get(answer.headers["location"])
    assert kept.headers["content-type"] == mime
    assert kept.headers["x-content-type-options"] == "nosniff"
    assert kept.headers["content-security-policy"].startswith("default-src 'none'")
    assert hashlib.sha256(kept.content).hexdigest() == told["sha256"]
    assert not [word for word in (SECRET, b"<?php", b"ICC_PROFILE", b"2026:01:01") if word in kept.content]
    image = opened(kept.content)
    assert image.size == (20, 40)
    assert set(image.getexif()) == {ExifTags.Base.GPSInfo}
    assert set(image.getexif().get_ifd(ExifTags.IFD.GPSInfo)) == {1, 2, 3, 4}
    assert redrawn(kept.content)[1] == (-2.5, 50.44)
    listed = town.client.get("/signage/signs/LEN-001").json()["photos"]
    assert listed == [{name: told[name] for name in ("sha256", "mime", "size_bytes", "position", "lon", "lat", "href")}]


def test_colours_are_kept_and_so_is_transparency() -> None:
    file = BytesIO()
    Image.new("RGBA", (4, 4), (10, 200, 30, 128)).save(file, "PNG")
    image = opened(redrawn(file.getvalue())[0])
    assert (image.mode, image.getpixel((0, 0))) == ("RGBA", (10, 200, 30, 128))
    file = BytesIO()
    Image.new("CMYK", (4, 4), (0, 0, 0, 0)).save(file, "JPEG")
    assert opened(redrawn(file.getvalue())[0]).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_of_a_film_the_first_picture_is_kept(form: str) -> None:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (200, 100, 0)]
    file = BytesIO()
    frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=100)
    assert getattr(Image.open(BytesIO(file.getvalue())), "n_frames", 1) == 3
    image = opened(redrawn(file.getvalue())[0])
    assert getattr(image, "n_frames", 1) == 1
    assert image.getpixel((0, 0))[0] == pytest.approx(200, abs=3)  # WebP is not exact


def test_16_bits_are_refused_for_they_would_turn_white() -> None:
    file = BytesIO()
    Image.new("I;16", (8, 8), 30_000).save(file, "PNG")
    with pytest.raises(RefusedError, match="expected 8") as refused:
        redrawn(file.getvalue())
    assert refused.value.status == 415


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
def test_text_and_profiles_that_unfold_without_end_are_refused(name: bytes) -> None:
    whole = picture("PNG")
    head = whole.index(b"IDAT") - 4
    data = b"a\0\0" + zlib.compress(b"0" * 50_000_000, 9)
    chunk = struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    with pytest.raises(RefusedError) as refused:
        redrawn(whole[:head] + chunk + whole[head:])
    assert refused.value.status == 400


def test_a_stale_photo_is_refused_before_it_is_decoded(town: "Town", monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []
    monkeypatch.setattr("api.photos.redrawn", decoded.append)
    version = town.version("LEN-001")
    for who, wrong, expected in (("anne", version + 1, 412), ("bruno", version, 403)):
        assert town.ask(who, "POST", URL, wrong, content=picture("PNG")).status_code == expected
    assert decoded == []


EAST_2 = {3: "E", 4: (2.0, 0.0, 0.0)}


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # it tells of broken tags
@pytest.mark.parametrize(
    "gps",
    [
        None,
        {},
        {1: "N", 2: (91.0, 0.0, 0.0), **EAST_2},
        {1: "X", 2: (50.0, 0.0, 0.0), **EAST_2},
        {1: "N", 2: (50.0, 0.0), **EAST_2},
        {1: "N", **EAST_2},
    ],
)
def test_a_place_that_makes_no_sense_is_none(gps: object) -> None:
    body, place = redrawn(picture("JPEG", gps=gps))
    assert place is None
    assert not opened(body).getexif()


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few kilobytes that unfolds to width x height grey pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(5_001, 5_000), (10_000, 10_000), (60_000, 60_000), (2**31 - 1, 1)])
def test_a_small_file_of_many_pixels_is_413(town: "Town", size: tuple[int, int]) -> None:
    answer = send(town, bomb(*size))
    assert answer.status_code == 413
    assert "expected 25,000,000" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"GIF89a" + b"\0" * 100, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"%PDF-1.7",
        b"BM" * 50, b"RIFF\0\0\0\0WAVE", b"<script>alert(1)</script>",
    ],
)  # fmt: skip
def test_what_is_no_photo_is_415_whatever_it_is_called(town: "Town", body: bytes) -> None:
    answer = send(town, body, **{"Content-Type": "image/jpeg", "Content-Disposition": 'filename="a.jpg"'})
    assert answer.status_code == 415
    assert "expected a JPEG, PNG or WebP" in answer.json()["detail"]


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_no_cut_or_broken_photo_is_kept_or_breaks_us(town: "Town", form: str) -> None:
    whole = picture(form, size=(64, 48))
    for cut in range(12, len(whole) - 40, max(1, len(whole) // 12)):
        assert send(town, whole[:cut]).status_code in (400, 415)
    for place in range(12, len(whole), max(1, len(whole) // 12)):
        broken = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        assert send(town, broken).status_code in (201, 400, 409, 413, 415)


def test_8_mb_are_taken_on_that_path_from_a_holder_of_a_token_alone(town: "Town") -> None:
    long = b"\xff\xd8\xff" + b"\0" * LONGEST_BODY
    assert send(town, long).status_code == 400
    assert send(town, long + b"\0" * LARGEST_PHOTO).status_code == 413
    assert town.ask("anne", "POST", "/signage/signs", content=long).status_code == 413
    streamed = town.ask("anne", "POST", URL, 1, content=iter([long] * 9))
    assert streamed.status_code == 413
    assert "expected" in streamed.json()["detail"]


@pytest.mark.parametrize("token", [None, "wrong"])
def test_of_a_stranger_no_byte_is_kept(town: "Town", token: str | None) -> None:
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    scope = {"type": "http", "method": "POST", "path": URL, "query_string": b"", "headers": headers}
    read, sent = [], []

    async def receive() -> "Message":
        read.append(1)
        return {"type": "http.request", "body": b"x" * LONGEST_BODY, "more_body": True}

    async def send(message: "Message") -> None:
        sent.append(message)

    asyncio.run(town.client.app(scope, receive, send))
    assert (sent[0]["status"], read) == (401, [])


def test_a_photo_twice_is_409_and_with_its_key_the_first_answer(town: "Town") -> None:
    body, version = picture("PNG"), town.version("LEN-001")
    first = town.ask("anne", "POST", URL, version, content=body, headers={"Idempotency-Key": "p"})
    again = town.ask("anne", "POST", URL, version, content=body, headers={"Idempotency-Key": "p"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert send(town, body).status_code == 409
    other = town.ask("anne", "POST", URL, version, content=picture("JPEG"), headers={"Idempotency-Key": "p"})
    assert other.status_code == 422
    assert len(town.ask("anne", "GET", "/signage/signs/LEN-001").json()["photos"]) == 1


def test_a_photo_that_the_disk_does_not_take_is_503_and_nothing_is_recorded(town: "Town") -> None:
    town.path.with_name("photos").write_text("where the folder should be")
    answer = send(town, picture("JPEG"))
    assert answer.status_code == 503
    assert "expected" in answer.json()["detail"]
    assert str(town.path.parent) not in answer.text
    assert town.ask("anne", "GET", "/signage/signs/LEN-001").json()["photos"] == []


def test_the_photo_of_a_draft_is_seen_by_those_who_see_the_draft(town: "Town") -> None:
    href = send(town, picture("PNG"), code="LEN-002").headers["location"]
    assert [town.ask(who, "GET", href).status_code for who in (None, "bruno", "paul", "anne", "ada")] == [
        404, 404, 404, 200, 200,
    ]  # fmt: skip
    kept = town.ask("anne", "GET", href)
    assert "private" in kept.headers["cache-control"]
    assert town.ask("anne", "GET", href, headers={"If-None-Match": kept.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("name", ["0" * 64, "..%2Fregister.gpkg", "' OR 1=1 --", "%00", "A" * 64])
def test_names_that_are_no_photo_are_404(town: "Town", name: str) -> None:
    send(town, picture("PNG"))
    assert town.client.get(f"/signage/photos/{name}").status_code == 404


def test_a_sign_has_so_many_photos_and_no_more(town: "Town") -> None:
    for number in range(MOST_PHOTOS):
        assert send(town, picture("PNG", size=(8, 8 + number))).status_code == 201
    assert send(town, picture("PNG", size=(8, 200))).status_code == 409
    assert len(list(photos.folder(town.path).rglob("*.png"))) <= MOST_PHOTOS + 1
