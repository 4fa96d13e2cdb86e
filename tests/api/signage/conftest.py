"""A service over a register with two owners, a planner and an administrator, each with a token."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

import orjson
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from api.main import create_app
from geo.config import Settings
from geo.errors import UnknownNameError
from geo.register import money, people, requests, signs
from geo.register.blades import Blade, Line, write_blades
from geo.register.database import Register, initialise
from geo.register.people import Actor
from geo.register.sign_types import bring_catalogue
from geo.register.signs import Birth, SignForm

ADMIN = Actor("setup", "admin")
ANNE = Actor("anne", "owner", 1)
BRUNO = Actor("bruno", "owner", 2)
USERS = {"anne": ("owner", "Lens"), "bruno": ("owner", "Avion"), "paul": ("planner", None), "ada": ("admin", None)}
EAST = {"type": "Polygon", "coordinates": [[[2.80, 50.40], [2.90, 50.40], [2.90, 50.50], [2.80, 50.50], [2.80, 50.40]]]}


class Template(NamedTuple):
    """A register and the tokens of its users."""

    path: Path
    tokens: dict[str, str]


class CommuneStore:
    """A store that knows one commune, 62498, between 2.80 and 2.90 degrees."""

    def feature(self, name: str, key: str) -> str:
        if (name, key) != ("communes", "62498"):
            raise UnknownNameError(f"{name} has no {key!r}; expected the id of one of its features")
        return orjson.dumps({"type": "Feature", "id": key, "geometry": EAST, "properties": {}}).decode()


class Town(NamedTuple):
    """A running service, its register, and how its users ask."""

    client: TestClient
    path: Path
    tokens: dict[str, str]

    def ask(self, who: str | None, method: str, url: str, version: int | None = None, **rest: object) -> Response:
        """Send a request as somebody, about a version, and return the answer."""
        given: dict[str, str] = dict(rest.pop("headers", {}))  # type: ignore[call-overload]
        if who is not None:
            given["Authorization"] = f"Bearer {self.tokens[who]}"
        if version is not None:
            given["If-Match"] = f'"{version}"'
        return self.client.request(method, url, headers=given, **rest)  # type: ignore[arg-type]

    def version(self, code: str) -> int:
        """Return the version of a sign."""
        with Register(self.path) as register, register.read() as database:
            return signs.sign(database, Actor("test", "admin"), code).version


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """LEN-001 of Lens, public, with blades, costs and shares; its draft LEN-002; AVI-001 of Avion, installed."""
    path = tmp_path_factory.mktemp("signage") / "register.gpkg"
    initialise(path)
    with Register(path) as register, register.write("setup") as database:
        bring_catalogue(database, ADMIN)
        people.add_organisation(database, ADMIN, "Lens")
        people.add_organisation(database, ADMIN, "Avion")
        tokens = {
            name: people.add_user(database, ADMIN, name, role=role, organisation=of)  # type: ignore[arg-type]
            for name, (role, of) in USERS.items()
        }
        fill(database)
    return Template(path, tokens)


def fill(database: Connection) -> None:
    """Write three signs and two requests."""
    lens, avion = (
        SignForm(x=684_500, y=7_036_000, name="=cmd|'/c calc'!A0", park="P02"),
        SignForm(x=690_000, y=7_036_000),
    )
    made = signs.create(database, ADMIN, lens, Birth(code="LEN-001", organisation="Lens", draft=False))
    line = Line(text="Parc des Îles", distance_km=1.2, time_min=18)
    made = write_blades(database, ADMIN, "LEN-001", [Blade(bearing_deg=90, lines=(line,))], version=made.version)
    made = money.write_cost(database, ADMIN, "LEN-001", "estimate", 100_001, version=made.version, source="guide")
    shares = {"region": 5000, "pole": 2500, "owner": 2500}
    money.write_funding(database, ADMIN, "LEN-001", shares, version=made.version)
    signs.create(database, ANNE, lens, Birth(prefix="LEN"))
    installed = Birth(code="AVI-001", organisation="Avion", draft=False, status="installed")
    signs.create(database, ADMIN, avion, installed)
    requests.ask(database, ANNE, "Un totem", code="LEN-002")
    requests.ask(database, BRUNO, "Une borne")


@pytest.fixture
def open_town(template: Template, tmp_path: Path) -> Iterator[Callable[[], Town]]:
    """Open services over one copy of the register, closed at the end."""
    path = Path(shutil.copy(template.path, tmp_path / "register.gpkg"))
    settings = Settings(processed=tmp_path / "processed", raw=tmp_path / "raw", register_file=path)
    opened: list[TestClient] = []

    def opening() -> Town:
        client = TestClient(create_app(settings, CommuneStore()))  # type: ignore[arg-type]
        client.__enter__()
        opened.append(client)
        return Town(client, path, template.tokens)

    yield opening
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def town(open_town: Callable[[], Town]) -> Town:
    return open_town()
