"""A small register with a public mast and a hostile sign, published for the map; a plan as the service answers it."""

import json
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
from PIL import Image
from playwright.sync_api import Route

from api.jobs import Job, Jobs, Progress
from api.plan_process import Order, make_plan
from api.plans import PlanForm, shown
from geo.catalogue import PARKS, SIGNS
from geo.config import Settings
from geo.layers import Layer
from geo.register import people, photos, signs
from geo.register.blades import Blade, Line, write_blades
from geo.register.connection import Connection
from geo.register.database import Register, initialise
from geo.register.export import public_signs, write_vector
from geo.register.people import Actor
from geo.register.sign_types import bring_catalogue
from geo.register.signs import Birth, SignForm
from geo.signage import plan as planner
from geo.signage.plan_file import write_plan
from geo.store import Published
from geo.store.geopackage import publication
from tests.geo.signage.town import town as small_town

ADMIN = Actor("setup", "admin")
HOSTILE = '<img src=x onerror="window.ran=1"><svg onload=window.ran=1></script><script>window.ran=1</script>{{7*7}}'
X, Y = 685_900.0, 7_037_000.0
LAT, LON = 50.43036, 2.80184
"""The place of the first sign, in Lambert-93 and in WGS84."""


class Town(NamedTuple):
    """A service over a small register, and the tokens of its owner and its planner."""

    address: str
    register: Path
    anne: str
    paul: str


def make_register(path: Path) -> dict[str, str]:
    """Write the register, and return the tokens of its users."""
    initialise(path)
    with Register(path) as register, register.write("setup") as database:
        bring_catalogue(database, ADMIN)
        people.add_organisation(database, ADMIN, "Lens")
        anne = people.add_user(database, ADMIN, "anne", role="owner", organisation="Lens")
        paul = people.add_user(database, ADMIN, "paul", role="planner")
        fill(database, path)
    return {"anne": anne, "paul": paul}


def publish_signs(settings: Settings) -> None:
    """Publish the register's public signs, and parks in the same places."""
    settings.processed.mkdir()
    built = datetime(2026, 3, 12, tzinfo=UTC)
    with publication(settings.store) as store:
        for layer in (SIGNS, PARKS):
            table = as_published(layer, public_signs(settings.register_file))
            west, south, east, north = (float(side) for side in table.total_bounds)
            store.add_table(table, Published(layer.name, len(table), (west, south, east, north), "Essai", False, built))


def as_published(layer: Layer, known: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the register's public signs in the columns of a layer, as the map has them; parks stand where signs do."""
    told = known.rename(columns={"code": "id", "date": "dated"}).to_crs("EPSG:4326")
    columns = {name: told.get(name, pd.Series([None] * len(told))) for name in layer.columns}
    table = pd.DataFrame(columns).assign(synthetic=False)
    return gpd.GeoDataFrame(
        table.astype({name: column.dtype for name, column in layer.columns.items()}), geometry=told.geometry
    )


def fill(database: Connection, path: Path) -> None:
    """Write an installed mast with two blades and a photo, and a requested sign whose every word is hostile."""
    mast = SignForm(x=X, y=Y, name="Carrefour des Îles", type="Mât directionnel / jalonnement", park="P02")
    birth = Birth(code="LEN-001", draft=False, organisation="Lens", certainty="surveyed", source="relevé du pôle")
    made = signs.create(database, ADMIN, mast, birth)
    lines = (
        Line(text="Parc des Îles", distance_km=1.2, time_min=18),
        Line(text="Étang de la Chaîne des Parcs de l'Artois", distance_km=0.85, pictograms=("vélo",)),
    )
    blades = [
        Blade(bearing_deg=90, direction="left", lines=lines),
        Blade(bearing_deg=225, lines=(Line(text="Terril"),)),
    ]
    made = write_blades(database, ADMIN, made.code, blades, version=made.version)
    for status, day in (("validated", date(2024, 3, 1)), ("designed", None), ("manufactured", None)):
        made = signs.move(database, ADMIN, made.code, status, version=made.version, on=day)
    made = signs.move(database, ADMIN, made.code, "installed", version=made.version, on=date(2024, 6, 15))
    picture = BytesIO()
    Image.new("RGB", (64, 48), "seagreen").save(picture, "JPEG")
    photos.add_photo(database, ADMIN, made.code, picture.getvalue(), version=made.version, register=path)
    hostile = SignForm(x=X + 60, y=Y, name=HOSTILE, park=HOSTILE, notes=HOSTILE)
    made = signs.create(
        database, ADMIN, hostile, Birth(code="LEN-002", draft=False, certainty="estimated", source=HOSTILE)
    )
    line = Line(text=HOSTILE, pictograms=("<b>x</b>",))
    write_blades(database, ADMIN, made.code, [Blade(lines=(line,))], version=made.version)


class FakeJobs:
    """What the service would answer of one plan of a small town: still searching, or done."""

    def __init__(self, folder: Path) -> None:
        made = planner.plan(small_town(), {2026: 9_000.0, 2027: 6_000.0}, planner.Settings(assume_open=True))
        write_plan(made, folder / "plan.gpkg")
        write_vector(made.signs, "geojson", folder / "signs.geojson")
        order = Order(Settings(), {2026: 9_000.0, 2027: 6_000.0}, planner.Settings())
        self.folder, self.signs = folder, made.signs
        self.job = Job("f" * 32, "paul", order, state="running", progress=Progress("search", 0.4))
        self.summary = json.loads(made.summary.to_json(orient="records"))
        self.asked: list[PlanForm] = []
        self.keys: set[str] = set()

    def finish(self) -> None:
        self.job.state, self.job.progress, self.job.summary = "done", Progress("done", 1.0), self.summary

    def answer(self, route: Route) -> None:
        """Answer as the service does, in its own words."""
        request = route.request
        assert request.headers["authorization"] == "Bearer paul"
        name = request.url.rsplit("/", 1)[-1]
        if name in ("plan.gpkg", "signs.geojson"):
            route.fulfill(body=(self.folder / name).read_bytes(), content_type="application/octet-stream")
            return
        if request.method == "POST":
            self.asked.append(PlanForm.model_validate_json(request.post_data or ""))
            self.keys.add(request.headers["idempotency-key"])
        if request.method == "DELETE":
            self.job.state = "cancelled"
        told = shown(Jobs(make_plan), self.job)
        route.fulfill(status=202 if request.method == "POST" else 200, json=told)
