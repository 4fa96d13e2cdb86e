"""The register in PostGIS: its tables, its server's faults, and what is never shown."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from pydantic import SecretStr

from benchmarks.postgis_server import Server
from geo.config import Settings
from geo.errors import ConfigError, MissingDataError, RegisterError
from geo.register import postgis_copy, postgis_schema, signs
from geo.register.backup import backup, backup_before, restore
from geo.register.connection import RuleError
from geo.register.database import Register, initialise, open_register
from geo.register.file_copy import verified
from geo.register.health import faults, health
from geo.register.migrations import FILE, POSTGIS, Migration, read_migrations
from geo.register.people import Actor
from geo.register.postgis import Database
from geo.register.postgis_link import Session, told
from geo.register.signs import Birth, SignForm

HOMES = ("postgis",)
DATABASE = "postgres"
QGIS_PRESENT = shutil.which("qgis") or Path("/usr/lib/python3/dist-packages/qgis").is_dir()
FORM = SignForm(x=686_000, y=7_037_000, name="Entrée")
PUBLISHED = Birth(prefix="SOU", draft=False)


def add(register: Register, actor: Actor) -> None:
    with register.write(actor.name) as database:
        signs.create(database, actor, FORM, PUBLISHED)


def count(register: Register) -> int:
    with register.read() as database:
        assert faults(database) == []
        return int(database.execute("SELECT count(*) FROM signs").fetchone()[0])


def session_of(register: Register) -> Session:
    """The connection that this thread keeps."""
    with register.read() as database:
        assert isinstance(database, Session)
        return database


def elsewhere(register: Register, statement: str) -> list[tuple[object, ...]]:
    """Run a statement as another program with all rights."""
    assert register.url is not None
    with psycopg.connect(register.url.get_secret_value(), autocommit=True) as link:
        rows = link.execute(statement.encode())
        return rows.fetchall() if rows.description else []


def test_both_homes_have_the_same_tables(register: Register, register_template: Path) -> None:
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = 'register' AND table_name = ?"
    with Register(register_template) as file, file.read() as here, register.read() as there:
        for name in (*postgis_copy.TABLES, "migrations"):
            columns = [row[0] for row in here.execute("SELECT name FROM pragma_table_info(?)", (name,))]
            ordered = there.execute(f"{query} ORDER BY ordinal_position", (name,)).fetchall()
            assert [row[0] for row in ordered] == columns
    assert [one.number for one in read_migrations(FILE)] == [one.number for one in read_migrations(POSTGIS)]


def test_other_programs_find_points_in_lambert_93(register: Register, planner: Actor) -> None:
    add(register, planner)
    told = "SELECT f_table_name, f_geometry_column, srid, type FROM geometry_columns WHERE f_table_schema = 'register'"
    assert elsewhere(register, told) == [("signs", "geom", 2154, "POINT")]
    assert elsewhere(register, "SELECT ST_AsText(geom) FROM register.signs") == [("POINT(686000 7037000)",)]


@pytest.mark.parametrize("table", (*postgis_copy.TABLES, "migrations"))
def test_no_table_of_ours_is_emptied_at_one_stroke(register: Register, table: str) -> None:
    with pytest.raises(RuleError), register.write("a") as database:
        database.execute(f"TRUNCATE {table} CASCADE")


def test_a_swallowed_fault_is_no_acknowledgement(register: Register, planner: Actor) -> None:
    """PostgreSQL answers COMMIT by rolling back, without an error, once a statement has failed."""
    with pytest.raises(RegisterError, match="nothing was recorded"), register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        with pytest.raises(RuleError):
            database.execute("DELETE FROM signs")
    assert count(register) == 0


def test_a_write_waits_for_its_turn_and_then_says_so(register: Register, planner: Actor) -> None:
    with Register(register.path, register.url) as other:
        session_of(other).execute("SET lock_timeout = '50ms'")
        with register.write("a") as database:
            signs.create(database, planner, FORM, PUBLISHED)
            with pytest.raises(RegisterError, match="has been busy for 30 s"):
                add(other, planner)
        add(other, planner)
        assert count(other) == 2


def test_a_connection_lost_in_a_write_records_nothing(register: Register, planner: Actor) -> None:
    with pytest.raises(RegisterError, match="cannot be used now"), register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        me = database.execute("SELECT pg_backend_pid()").fetchone()[0]
        elsewhere(register, f"SELECT pg_terminate_backend({me})")
        signs.create(database, planner, FORM, PUBLISHED)
    assert count(register) == 0
    add(register, planner)
    assert count(register) == 1


def test_a_server_that_was_started_again_is_used_again(register: Register, planner: Actor, server: Server) -> None:
    add(register, planner)
    server.stop()
    try:
        for work in (register.read, lambda: register.write("a"), register.exists):
            with pytest.raises(RegisterError, match=r"cannot be used now.*start the server"), work():
                pass
    finally:
        server.start()
    add(register, planner)
    assert count(register) == 2


def test_who_may_only_read_reads(register: Register, planner: Actor) -> None:
    assert register.url is not None
    elsewhere(register, "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA register TO reader")
    elsewhere(register, "GRANT SELECT ON ALL TABLES IN SCHEMA register TO reader")
    try:
        with Register(register.path, SecretStr(register.url.get_secret_value().replace("artois@", "reader@"))) as other:
            assert count(other) == 0
            with pytest.raises(RegisterError, match=r"cannot be written \(permission denied"):
                add(other, planner)
    finally:
        elsewhere(register, "DROP OWNED BY reader; DROP ROLE reader")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errors.DiskFull, "free some space"), (errors.DataCorrupted, "artois register restore"),
        (errors.IndexCorrupted, "artois register restore"), (errors.TooManyConnections, "start the server"),
        (errors.AdminShutdown, "what was not acknowledged may not be recorded"),
    ],
)  # fmt: skip
def test_what_the_server_cannot_do_is_one_line(error: type[Exception], advice: str) -> None:
    with pytest.raises(RegisterError, match=advice) as refused, told("the register"):
        raise error("disk 1\nDETAIL: more")
    assert "disk 1" in str(refused.value)
    assert "\n" not in str(refused.value)


ASK_QGIS = """
import sys
from qgis.core import QgsApplication, QgsRectangle, QgsVectorLayer
app = QgsApplication([], False); app.initQgis()
source = f"host='{sys.argv[1]}' dbname='{sys.argv[2]}' user='artois' key='fid' srid=2154 type=Point "
layer = QgsVectorLayer(source + 'table="register"."signs" (geom)', "x", "postgres")
names = [one["name"] for one in layer.getFeatures(QgsRectangle(685999, 7036999, 686001, 7037001))]
layer.startEditing()
layer.changeAttributeValue(next(layer.getFeatures()).id(), layer.fields().indexOf("name"), "volé")
print(layer.isValid(), layer.crs().authid(), layer.featureCount(), *names, layer.commitChanges())
"""


@pytest.mark.skipif(not QGIS_PRESENT, reason="QGIS is absent")
def test_qgis_shows_it_and_cannot_change_it(register: Register, planner: Actor, server: Server, tmp_path: Path) -> None:
    add(register, planner)
    env = {"QT_QPA_PLATFORM": "offscreen", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["/usr/bin/python3", "-c", ASK_QGIS, str(server.folder), DATABASE],
        env=env | {"XDG_RUNTIME_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.strip().splitlines()[-1:] == ["True EPSG:2154 1 Entrée False"], done.stderr
    with register.read() as database:
        assert signs.sign(database, planner, "SOU-001").name == "Entrée"


def test_what_the_server_does_not_keep_is_a_fault(register: Register) -> None:
    assert [told.split()[0] for told in health(register).faults] == ["fsync", "full_page_writes"]
    elsewhere(register, "ALTER TABLE register.signs DISABLE TRIGGER signs_stay")
    try:
        with register.read() as database:
            assert faults(database) == ["the trigger signs_stay of signs is off; switch it on"]
    finally:
        elsewhere(register, "ALTER TABLE register.signs ENABLE TRIGGER signs_stay")


def test_a_database_without_register_says_how_to_make_one(empty_database: SecretStr, tmp_path: Path) -> None:
    with Register(tmp_path / "r.gpkg", empty_database) as register:
        assert not register.exists()
        with pytest.raises(MissingDataError, match="artois register init"), register.read():
            pass
        assert backup_before(register, tmp_path / "backups") is None
        assert (register.initialise(), register.initialise()) == (len(read_migrations(POSTGIS)), 0)
        assert register.exists()
        assert not register.path.exists()


def test_the_owner_of_the_database_needs_no_other_right(
    empty_database: SecretStr, planner: Actor, tmp_path: Path
) -> None:
    address = empty_database.get_secret_value()
    with psycopg.connect(address, autocommit=True) as link:
        link.execute("CREATE ROLE plain LOGIN")
        link.execute("ALTER DATABASE empty OWNER TO plain")
    with Register(tmp_path / "r.gpkg", SecretStr(address.replace("//artois@", "//plain@"))) as register:
        with pytest.raises(RegisterError, match=r"lacks PostGIS .*`CREATE EXTENSION postgis`"):
            register.initialise()
        with psycopg.connect(address, autocommit=True) as link:
            link.execute("CREATE SCHEMA gis")
            link.execute("GRANT USAGE ON SCHEMA gis TO plain")
            link.execute("CREATE EXTENSION postgis SCHEMA gis")
        register.initialise()
        add(register, planner)
        saved = backup(register, tmp_path / "backups", keep=1)
        register.close()
        restore(saved.path, register)
        assert count(register) == 1


def test_a_schema_of_others_is_not_made_into_a_register(empty_database: SecretStr, tmp_path: Path) -> None:
    register = Register(tmp_path / "r.gpkg", empty_database)
    elsewhere(register, "CREATE SCHEMA register CREATE TABLE mine (id int)")
    with pytest.raises(RegisterError, match="holds mine"):
        register.initialise()
    assert elsewhere(register, "SELECT count(*) FROM pg_tables WHERE schemaname = 'register'") == [(1,)]


def test_an_older_register_is_saved_and_brought_up_to_date(empty_database: SecretStr, tmp_path: Path) -> None:
    first, *rest = migrations = read_migrations(POSTGIS)
    postgis_schema.initialise(empty_database, migrations=migrations[:3])
    with Register(tmp_path / "r.gpkg", empty_database) as register:
        with pytest.raises(RegisterError, match=f"schema 3; expected {len(migrations)}; run `artois"), register.read():
            pass
        saved = backup_before(register, tmp_path / "backups")
        assert saved is not None
        assert verified(saved).rows["migrations"] == 3
        bad = Migration(4, "bad", "CREATE TABLE half (id int); CREATE TABLE half (id int);")
        with pytest.raises(psycopg.errors.DuplicateTable):
            postgis_schema.initialise(empty_database, migrations=(*migrations[:3], bad))
        assert register.initialise() == len(migrations) - 3
        extra = Migration(len(migrations) + 1, "next", "CREATE TABLE next (id int);")
        assert postgis_schema.initialise(empty_database, migrations=(*migrations, extra)) == 1
        with pytest.raises(RegisterError, match="update the software"), register.read():
            pass
        with pytest.raises(RegisterError, match="migration 1 changed"):
            postgis_schema.initialise(empty_database, migrations=(first._replace(sql=first.sql + "\n"), *rest, extra))


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://artois:s3/cret@localhost/artois", "postgresql://artois:s3cret@a@localhost/artois",
        "postgresql://artois:s3%zzcret@localhost/artois", "s3cret", "host=localhost password=s3cret",
        "postgresql://artois:s3cret@localhost/artois?s3cret=1", "postgresql://artois:s3cret@localhost:port/artois",
    ],
)  # fmt: skip
def test_a_wrong_address_is_refused_and_not_shown(address: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no address of a PostgreSQL database; expected postgresql://") as refused:
        Register(tmp_path / "r.gpkg", SecretStr(address)).initialise()
    assert "s3" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None or refused.value.__suppress_context__


def test_a_password_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ARTOIS_DATABASE_URL", "postgresql://artois:s3cret@127.0.0.1:1/artois")
    caplog.set_level(logging.DEBUG)
    settings = Settings()
    with open_register(settings) as register, pytest.raises(RegisterError) as refused, register.read():
        pass
    assert str(refused.value).startswith("the register at 127.0.0.1/artois cannot be used now (")
    for text in (str(refused.value), repr(refused.value.__cause__), caplog.text, repr(settings), register.name):
        assert "s3cret" not in text
    assert "s3cret" not in settings.model_dump_json()


def test_without_psycopg_the_address_is_of_no_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"psycopg is absent; expected it; run `pip install 'psycopg\[binary\]'`"):
        Register(tmp_path / "r.gpkg", SecretStr("postgresql://artois@localhost/artois")).initialise()


def test_an_address_may_say_more(register: Register) -> None:
    assert register.url is not None
    more = SecretStr(register.url.get_secret_value() + "&application_name=essai&connect_timeout=3")
    with Register(register.path, more) as other, other.read() as database:
        assert database.execute("SHOW application_name").fetchone() == ("essai",)
        assert database.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_no_address_means_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTOIS_DATABASE_URL", "")
    register = open_register(Settings(register_file=tmp_path / "r.gpkg"))
    assert not isinstance(register.home, Database)
    assert initialise(register.path) == len(read_migrations(FILE))
    assert register.exists()
