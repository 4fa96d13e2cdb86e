"""A register with two owners, made once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from geo.register import people
from geo.register.database import Register, initialise
from geo.register.people import Actor
from geo.register.sign_types import bring_catalogue

ADMIN = Actor("admin", "admin")


@pytest.fixture(scope="session")
def register_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / "register.gpkg"
    initialise(path)
    register = Register(path)
    with register.write("setup") as database:
        bring_catalogue(database, ADMIN)
        people.add_organisation(database, ADMIN, "Lens")
        people.add_organisation(database, ADMIN, "Avion")
    register.close()
    return path


@pytest.fixture
def register(register_template: Path, tmp_path: Path) -> Register:
    return Register(Path(shutil.copy(register_template, tmp_path / "register.gpkg")))


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
