import hashlib
import logging
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point

from geo import products
from geo.config import EMBEDDED, Territory
from geo.crs import LAMBERT93
from geo.errors import MissingDataError
from geo.provenance import Credit, InputFile, Note, Provenance
from geo.raw import RawFolder, sha256

SURVEY = Credit(holder="Géomètre", licence="LO 2.0")
PROVIDER = Credit(holder="Fournisseur", licence="ODbL 1.0")


@pytest.fixture
def raw(tmp_path: Path, territory: Territory) -> RawFolder:
    (tmp_path / "raw" / "signage").mkdir(parents=True)
    (tmp_path / "raw" / "signage" / "a.csv").write_text("a")
    return RawFolder("signs", tmp_path / "raw", tmp_path / "processed", territory)


def again(raw: RawFolder) -> bool:
    """Tell whether a second build would read what this one read."""
    return RawFolder("signs", raw.folder, raw.processed, raw.territory).unchanged(raw.inputs(), raw.lookups)


def test_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"Artois")
    assert sha256(tmp_path / "file") == hashlib.sha256(b"Artois").hexdigest()


def test_a_file_is_recorded_with_its_credit(raw: RawFolder) -> None:
    assert raw.file("signage/a.csv", SURVEY) == raw.folder / "signage" / "a.csv"
    raw.file("signage/a.csv", SURVEY)
    assert raw.inputs() == (InputFile(name="signage/a.csv", sha256=hashlib.sha256(b"a").hexdigest()),)
    assert raw.credits == [SURVEY]


def test_an_absent_file_is_named_with_who_provides_it(raw: RawFolder) -> None:
    with pytest.raises(MissingDataError) as caught:
        raw.file("signage/b.csv", SURVEY)
    assert str(raw.folder / "signage" / "b.csv") in str(caught.value)
    assert "expected it from Géomètre" in str(caught.value)
    assert raw.inputs() == ()


def test_nothing_read_and_nothing_looked_for_never_changes(raw: RawFolder) -> None:
    assert again(raw)


def test_the_same_bytes_are_unchanged_whatever_their_date(raw: RawFolder) -> None:
    path = raw.file("signage/a.csv", SURVEY)
    path.write_text("a")
    assert again(raw)


def test_one_other_byte_is_a_change(raw: RawFolder) -> None:
    raw.file("signage/a.csv", SURVEY).write_text("b")
    assert again(raw), "what was recorded is what stands there now"
    inputs = raw.inputs()
    (raw.folder / "signage" / "a.csv").write_text("c")
    assert not raw.unchanged(inputs, {})


def test_a_vanished_file_is_a_change(raw: RawFolder) -> None:
    path = raw.file("signage/a.csv", SURVEY)
    inputs = raw.inputs()
    path.unlink()
    assert not raw.unchanged(inputs, {})


def test_a_new_or_vanished_file_that_was_looked_for_is_a_change(raw: RawFolder) -> None:
    assert raw.find("signage/*.csv") == ["signage/a.csv"]
    (raw.folder / "signage" / "readme.txt").touch()
    assert again(raw), "nobody looked for it"
    new = raw.folder / "signage" / "0.csv"
    new.touch()
    assert not again(raw)
    assert raw.find("signage/*.csv") == ["signage/0.csv", "signage/a.csv"]
    assert again(raw)
    new.unlink()
    assert not again(raw)


def test_a_file_that_comes_where_none_was_is_a_change(raw: RawFolder) -> None:
    assert not raw.has("unesco")
    assert raw.has("signage")
    assert again(raw)
    (raw.folder / "unesco").mkdir()
    assert not again(raw)


def test_own_facts_come_before_the_embedded_ones(raw: RawFolder) -> None:
    assert raw.facts("communes", SURVEY) == EMBEDDED / "communes.csv"
    assert [file.name for file in raw.inputs()] == ["embedded:communes.csv"]
    assert again(raw)
    own = raw.folder / "artois" / "communes.csv"
    own.parent.mkdir()
    own.write_text("id\n62001\n")
    assert not again(raw)
    assert RawFolder("signs", raw.folder, raw.processed, raw.territory).facts("communes", SURVEY) == own
    with pytest.raises(MissingDataError, match=r"nothing\.csv is absent"):
        raw.facts("nothing", SURVEY)


def test_another_product_is_read_with_its_credits_and_watched(raw: RawFolder) -> None:
    write_communes(raw.processed, "a")
    assert raw.product("communes")["id"].tolist() == ["a"]
    assert raw.credits == [PROVIDER]
    inputs = raw.inputs()
    assert [file.name for file in inputs] == ["product:communes"]
    assert raw.unchanged(inputs, {})
    path = write_communes(raw.processed, "b")
    assert not raw.unchanged(inputs, {})
    path.unlink()
    assert not raw.unchanged(inputs, {})


def test_a_product_that_was_not_built_is_missing_and_not_recorded(raw: RawFolder) -> None:
    with pytest.raises(MissingDataError, match="artois build communes"):
        raw.product("communes")
    with pytest.raises(MissingDataError, match="artois build irradiation"):
        raw.raster_product("irradiation")
    assert raw.inputs() == ()


def test_a_note_is_kept_and_logged_in_one_line(raw: RawFolder, caplog: pytest.LogCaptureFixture) -> None:
    note = Note(action="dropped", reason="no geometry", count=2, example="T 12")
    raw.note(note)
    assert raw.notes == [note]
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.WARNING, "signs: 2 dropped: no geometry (such as T 12)")
    ]


def write_communes(processed: Path, name: str) -> Path:
    table = gpd.GeoDataFrame({"id": [name]}, geometry=[Point(0, 0)], crs=LAMBERT93)
    path = products.write_table(table, "communes", processed)
    told = Provenance(
        layer="communes",
        rows=1,
        synthetic=False,
        built_at=datetime(2025, 1, 1, tzinfo=UTC),
        software="artois",
        recipe_sha256="",
        params={},
        credits=(PROVIDER,),
        inputs=(),
        lookups={},
        notes=(),
        product_sha256=sha256(path),
    )
    products.write_provenance(told, path)
    return path
