"""A register with two owners, in each home, made once and copied for each test."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from benchmarks.postgis_server import HASTY, NO_POSTGIS, Server, found_programs, served
from geo.register import people
from geo.register.backup import Backup, backup
from geo.register.database import Register
from geo.register.people import Actor
from geo.register.postgis_copy import TABLES
from geo.register.sign_types import bring_catalogue
from tests.geo.register.entrances import add

DATABASE = "postgres"
MEMORY = Path("/dev/shm")
ADMIN = Actor("admin", "admin")
HOMES = ("file", "postgis")
"""Where each test is run; a module about one of them names its own `HOMES`."""

MakeRegister = Callable[[], Register]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "new_register" in metafunc.fixturenames:
        metafunc.parametrize("new_register", getattr(metafunc.module, "HOMES", HOMES), indirect=True)


def filled(register: Register) -> Register:
    register.initialise()
    with register, register.write("setup") as database:
        bring_catalogue(database, ADMIN)
        people.add_organisation(database, ADMIN, "Lens")
        people.add_organisation(database, ADMIN, "Avion")
    return register


@pytest.fixture(scope="session")
def register_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(Register(tmp_path_factory.mktemp("register") / "register.gpkg")).path


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with one register, whose first rows are kept in the schema `model`."""
    programs = found_programs()
    if programs is None:
        pytest.skip(NO_POSTGIS)
    with served(programs, options=HASTY, place=MEMORY if MEMORY.is_dir() else None) as found:
        filled(Register(Path("unused"), found.url(DATABASE)))
        keep = "".join(f"CREATE TABLE model.{name} AS TABLE register.{name};" for name in TABLES)
        sql(found, f"CREATE SCHEMA model; {keep}")
        yield found


def sql(server: Server, statement: str) -> list[tuple[object, ...]]:
    """Run a statement as a program that is not ours."""
    with psycopg.connect(server.url(DATABASE).get_secret_value(), autocommit=True) as link:
        rows = link.execute(statement.encode())
        return rows.fetchall() if rows.description else []


def reset(server: Server) -> None:
    """Give the register its first rows again, past its triggers; drop what tests of restores have left."""
    names = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'register_replaced_%'"
    drop = "".join(f"DROP SCHEMA {name} CASCADE;" for (name,) in sql(server, names))
    empty = "".join(f"DELETE FROM register.{name};" for name in TABLES)
    fill = "".join(f"INSERT INTO register.{name} SELECT * FROM model.{name};" for name in TABLES)
    count = "".join(
        f"SELECT setval(pg_get_serial_sequence('register.{name}', '{key}'), coalesce(max({key}), 0) + 1, false) "
        f"FROM register.{name};"
        for name in TABLES if name not in ("status_moves", "answers")
        for key in ["fid" if name == "signs" else "id"]
    )  # fmt: skip
    sql(server, f"SET lock_timeout = '5s'; SET session_replication_role = replica; {drop}{empty}{fill}{count}")


@pytest.fixture
def empty_database(server: Server) -> Iterator[SecretStr]:
    """The address of a database without register or PostGIS."""
    sql(server, "CREATE DATABASE empty TEMPLATE template0")
    yield server.url("empty")
    sql(server, "DROP DATABASE empty WITH (FORCE)")
    sql(server, "DROP ROLE IF EXISTS plain")


@pytest.fixture
def new_register(request: pytest.FixtureRequest, register_template: Path, tmp_path: Path) -> MakeRegister:
    """Make a register in the home that the test is run for; in PostGIS, it takes the place of the one before."""
    numbers = itertools.count()

    def in_file() -> Register:
        path = tmp_path / f"{next(numbers) or ''}" / "register.gpkg"
        path.parent.mkdir(exist_ok=True)
        return Register(Path(shutil.copy(register_template, path)))

    def in_postgis() -> Register:
        server: Server = request.getfixturevalue("server")
        reset(server)
        return Register(tmp_path / "register.gpkg", server.url(DATABASE))

    return in_postgis if request.param == "postgis" else in_file


@pytest.fixture
def register(new_register: MakeRegister) -> Iterator[Register]:
    with new_register() as made:
        yield made


@pytest.fixture
def admin() -> Actor:
    return ADMIN


@pytest.fixture
def planner() -> Actor:
    return Actor("planner", "planner")


@pytest.fixture
def lens() -> Actor:
    return Actor("anne", "owner", 1)


@pytest.fixture
def avion() -> Actor:
    return Actor("bruno", "owner", 2)


@pytest.fixture
def saved(register: Register, planner: Actor, tmp_path: Path) -> Backup:
    """Three signs, saved; then a fourth."""
    add(register, planner, 3)
    done = backup(register, tmp_path / "backups", keep=3)
    add(register, planner)
    return done
