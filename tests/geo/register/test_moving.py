"""A register that moves from its file to PostGIS and back: every row the same, and numbers that go on."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from geo.cli import app
from geo.register import blades, money, once, people, photos, requests, signs
from geo.register.backup import Backup, backup, restore, sum_of
from geo.register.blades import Blade, Line
from geo.register.connection import RuleError
from geo.register.database import Register
from geo.register.file_copy import Content
from geo.register.health import faults
from geo.register.migrations import FILE, read_migrations
from geo.register.people import Actor
from geo.register.postgis_copy import open_file, read_whole, tables_of
from geo.register.signs import Birth, SignForm
from geo.register.sqlite_file import initialise

HOMES = ("postgis",)
FORM = SignForm(x=686_000.123, y=7_037_000.456, name="Entrée", visibility_m=25, type="Totem")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


@pytest.fixture
def in_file(register_template: Path, tmp_path: Path, lens: Actor, admin: Actor) -> Iterator[Register]:
    """A register in a file with rows in every table, some of them changed, some deleted."""
    (tmp_path / "file").mkdir()
    with Register(Path(shutil.copy(register_template, tmp_path / "file" / "register.gpkg"))) as register:
        with register.write("jeanne") as database:
            people.add_user(database, admin, "anne", role="owner", organisation="Lens")
            once.once(database, admin, "clé", {"x": 1}, work=lambda: {"é": 1.5})
            requests.ask(database, lens, "Un totem, s'il vous plaît : 100 % \\ ?")
            signs.create(database, admin, FORM, Birth(prefix="SOU", draft=False, organisation="Lens"))
            signs.move(database, admin, "SOU-001", "validated", version=1)
            line = Line(text="Gare", distance_km=0.1, time_min=2, pictograms=("pied",))
            blades.write_blades(database, admin, "SOU-001", [Blade(), Blade(lines=(line,))], version=2)
            blades.write_blades(database, admin, "SOU-001", [Blade(bearing_deg=12.5, lines=(line,))], version=3)
            money.write_cost(database, admin, "SOU-001", "estimate", 100_01, version=4, source="essai")
            shares = {"region": 5000, "pole": 2500, "owner": 2500}
            money.write_funding(database, admin, "SOU-001", shares, version=5)
            photos.add_photo(database, lens, "SOU-001", PNG, version=6, register=register.path, place=(2.8, 50.4))
            signs.order_in(database, admin, "SOU-001", 2026, version=7)
        yield register


def rows_of(saved: Backup) -> Content:
    """What a backup holds, apart from what makes it a GeoPackage."""
    with closing(open_file(saved.path)) as database:
        return read_whole(database, tables_of(database))


def test_every_row_arrives_and_comes_back(
    in_file: Register, register: Register, planner: Actor, lens: Actor, tmp_path: Path
) -> None:
    first = backup(in_file, tmp_path / "first", keep=1)
    restore(first.path, register)
    with in_file.read() as here, register.read() as there:
        for actor in (planner, lens):
            assert signs.signs(there, actor) == signs.signs(here, actor)
            assert blades.blades(there, actor, "SOU-001") == blades.blades(here, actor, "SOU-001")
            assert photos.photos(there, actor, "SOU-001") == photos.photos(here, actor, "SOU-001")
            assert requests.requests(there, actor) == requests.requests(here, actor)
            assert signs.history(there, actor, "SOU-001") == signs.history(here, actor, "SOU-001")
        assert faults(there) == []
    second = backup(register, tmp_path / "second", keep=1)
    assert all(count > 0 for count in rows_of(first).rows.values())
    assert rows_of(second) == rows_of(first)
    assert {name: rows for name, rows in second.content.rows.items() if not name.startswith("sqlite_")} == {
        name: rows for name, rows in first.content.rows.items() if not name.startswith("sqlite_")
    }


def test_a_register_that_came_back_is_as_good_as_ever(register: Register, planner: Actor, tmp_path: Path) -> None:
    """What PostGIS wrote passes every check of the file, GDAL's tree included, and both go on with the next number."""
    with register.write("jeanne") as database:
        for prefix in ("SOU", "LEN"):
            signs.create(database, planner, FORM, Birth(prefix=prefix, draft=False))
    saved = backup(register, tmp_path / "backups", keep=1)
    with Register(tmp_path / "back.gpkg") as back:
        restore(saved.path, back)
        for one in (back, register):
            with one.write("paul") as database:
                made = signs.create(database, planner, FORM, Birth(prefix="SOU", draft=False))
                assert (made.code, made.fid) == ("SOU-002", 3)
                assert signs.describe(database, planner, "SOU-001", FORM, version=1).version == 2
                assert faults(database) == []
    with closing(sqlite3.connect(saved.path)) as file:
        last = file.execute("SELECT last_change FROM gpkg_contents WHERE table_name = 'signs'").fetchone()
        assert last == file.execute("SELECT max(at) FROM changes WHERE table_name = 'signs'").fetchone()


def test_a_backup_of_older_software_is_brought_up_to_date_on_its_way(register: Register, tmp_path: Path) -> None:
    initialise(tmp_path / "old.gpkg", migrations=read_migrations(FILE)[:3])
    assert restore(tmp_path / "old.gpkg", register) is not None
    with register.read() as database:
        assert database.execute("SELECT count(*) FROM requests").fetchone() == (0,)
        assert faults(database) == []


def test_a_failed_restore_changes_nothing(register: Register, in_file: Register, tmp_path: Path) -> None:
    """A text that a file can hold, PostgreSQL cannot, and our forms refuse."""
    saved = backup(in_file, tmp_path / "backups", keep=1)
    with closing(open_file(saved.path)) as file:
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE signs SET notes = 'a' || char(0) || 'b'")
    sum_of(saved.path).unlink()
    with pytest.raises(RuleError, match="NUL"):
        restore(saved.path, register)
    with register.read() as database:
        assert database.execute("SELECT count(*) FROM organisations").fetchone() == (2,)
        kept = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'register_replaced_%'"
        assert database.execute(kept).fetchone() == (0,)


def test_the_commands_use_the_database_that_is_configured(
    empty_database: SecretStr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTOIS_DATABASE_URL", empty_database.get_secret_value())
    monkeypatch.setenv("ARTOIS_REGISTER_FILE", str(tmp_path / "var" / "register.gpkg"))

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, ["register", *arguments])
        assert done.exit_code == code, done.output
        return done.output

    rows = "code,lon,lat,status\nSOU-001,2.78,50.45,installed\n"
    (tmp_path / "s.csv").write_text(rows, encoding="utf-8")
    assert "/empty: 5 migrations applied, 14 types" in run("init")
    assert "1 added" in run("import", str(tmp_path / "s.csv"))
    saved = run("backup").split("  ")[0]
    assert saved.startswith(str(tmp_path / "var" / "backups"))
    assert "signs                   1" in run("status", code=1)  # the server of the tests does not wait for its disk
    assert "register_replaced_" in run("restore", saved)
    assert "1 signs" in run("publish", "--raw", str(tmp_path / "raw"))
    assert not (tmp_path / "var" / "register.gpkg").exists()
    assert "signs                   0" in run_on_file(tmp_path)


def run_on_file(folder: Path) -> str:
    """A file that is named wins over the setting."""
    for command in ("init", "status"):
        done = CliRunner().invoke(app, ["register", command, "--register", str(folder / "own.gpkg")])
        assert done.exit_code == 0
    return done.output
