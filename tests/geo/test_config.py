from pathlib import Path

import pytest
from pydantic import ValidationError

from geo.config import EMBEDDED, ROOT, Settings, read_settings
from geo.errors import ConfigError, GeoError

TERRITORY = """
name = "Deux carrés"
short = "DC"
network = "Réseau"
center = [2.5, 50.5]
zoom = 11
bbox = [2, 50, 3, 51]

[[epci]]
siren = "123456789"
short = "CA"
name = "Agglomération"

[params.parks]
walk_m = 500
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"ARTOIS_{field.upper()}", raising=False)


def test_without_variables_everything_stands_in_the_project() -> None:
    settings = read_settings()
    assert settings.raw == ROOT / "data" / "raw"
    assert EMBEDDED.parent == settings.raw
    assert settings.store.parent == settings.processed
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)


def test_the_territory_knows_its_members_by_short_name_and_number() -> None:
    territory = read_settings().territory()
    assert [territory.member(epci.siren) for epci in territory.epci] == list(territory.epci)
    assert [territory.member(epci.short) for epci in territory.epci] == list(territory.epci)
    assert territory.member("nowhere") is None


def test_variables_have_the_last_word(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for field, value in {"RAW": tmp_path / "in", "PROCESSED": tmp_path / "out", "PORT": 9000, "HOST": "::1"}.items():
        monkeypatch.setenv(f"ARTOIS_{field}", str(value))
    settings = read_settings()
    assert settings.raw == tmp_path / "in"
    assert settings.store == tmp_path / "out" / "store.gpkg"
    assert (settings.host, settings.port) == ("::1", 9000)


@pytest.mark.parametrize("port", ["http", "0", "65536", "", "80.5"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("ARTOIS_PORT", port)
    with pytest.raises(ConfigError) as caught:
        read_settings()
    assert_one_line(caught.value, [f"ARTOIS_PORT={port!r}", "correct the variable"])


def test_settings_and_territory_do_not_change(tmp_path: Path) -> None:
    settings = Settings(territory_file=written(tmp_path, TERRITORY))
    with pytest.raises(ValidationError):
        settings.port = 1
    assert settings.territory().params == {"parks": {"walk_m": 500}}
    assert settings.territory().language == "fr"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (TERRITORY.replace('name = "Deux carrés"', "name = Deux carrés"), ["TOML", "line 2", "correct"]),
        (TERRITORY.replace("zoom = 11", ""), ["field zoom", "required", "correct"]),
        (TERRITORY.replace("zoom = 11", "zoom = 99"), ["field zoom", "less than or equal to 19"]),
        (TERRITORY.replace("123456789", "12345678"), ["field epci.0.siren", "match"]),
        (TERRITORY.replace("[2.5, 50.5]", "[2.5]"), ["field center.1", "required"]),
        (TERRITORY.replace("zoom = 11", "zooom = 11\nzoom = 11"), ["field zooom", "not permitted"]),
    ],
)
def test_a_wrong_territory_is_refused_by_its_first_fault(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        Settings(territory_file=path).territory()
    assert_one_line(caught.value, [str(path), *parts])


def test_a_territory_in_latin_1_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "territory.toml"
    path.write_bytes(TERRITORY.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        Settings(territory_file=path).territory()
    assert_one_line(caught.value, [str(path), "UTF-8", "0xe9"])


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_an_absent_territory_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Settings(territory_file=tmp_path / name).territory()
    assert_one_line(caught.value, [str(tmp_path / name), "expected", "ARTOIS_TERRITORY_FILE"])


def written(folder: Path, text: str) -> Path:
    path = folder / "territory.toml"
    path.write_text(text, encoding="utf-8")
    return path


def assert_one_line(error: GeoError, parts: list[str]) -> None:
    message = str(error)
    assert "\n" not in message
    assert [part for part in parts if part not in message] == []
