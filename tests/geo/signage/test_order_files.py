"""The files of an order, from a small plan and a small register; hostile words do no harm."""

import csv
import xml.etree.ElementTree as ET
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from shapely.geometry import LineString, Point, box
from typer.testing import CliRunner

from geo.cli import app
from geo.errors import MissingDataError, RequestError, SourceError
from geo.register import blades as blade_book
from geo.register import money, people, signs
from geo.register.database import Register, initialise
from geo.register.people import Actor
from geo.register.sign_types import bring_catalogue
from geo.signage import order_files, order_read
from geo.signage.order import Order, shares_of_rates
from geo.signage.order_drawing import BOLD, fitted, wrapped
from geo.signage.order_read import Surroundings
from geo.signage.order_sheets import Edition, facts
from geo.signage.order_years import due

ADMIN = Actor("admin", "admin")
HALF = shares_of_rates(0.5, 0.0)
DAY = Edition(date(2026, 11, 23), "plan plan.gpkg")
HOSTILE = "=cmd|' /C calc'!A0 </name><evil/>&\x00\x1b ]]> \\ (ab ) Tj œuvre été €"
CSVS = ("nomenclature.csv", "bordereau.csv", "financement.csv")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.gpkg"
    table = pd.DataFrame(
        {
            "id": ["PL-001", "PL-002", "PL-003"], "year": [2026, 2026, 2027],
            "role": ["totem", "direction", "marker"],
            "type": ["Totem", "Mât directionnel / jalonnement", "Jalon / borne"], "park_id": ["P1", None, None],
            "asked": [None, None, None], "text": ["Parc des Îles", "Parc des Îles 0,4 km", None],
            "cost_eur": [4500.01, 725.0, 215.0], "cost_low_eur": [2500.0, 350.0, 80.0],
            "cost_high_eur": [6500.0, 1100.0, 350.0], "region_eur": [2250.01, 362.5, 107.5],
            "commune": "Avion", "insee": "62065", "epci": "CALL",
        }
    ).astype({"asked": "string"})  # fmt: skip
    places = [Point(684_000 + 100 * step, 7_035_000) for step in range(3)]
    lines = pd.DataFrame(
        {
            "sign": ["PL-002", "PL-002"], "blade": [1, 2], "line": [1, 1], "park_id": ["P1", "P2"],
            "destination": ["Parc des Îles", "Étang"], "bearing_deg": [90.0, 270.0], "turn": ["right", None],
            "distance_m": [420.0, 1200.0], "distance_km": [0.4, 1.2], "walk_min": [6, 18], "cycle_min": [2, 5],
            "text": ["Parc des Îles 0,4 km", "Étang 1,2 km"],
        }
    )  # fmt: skip
    pyogrio.write_dataframe(gpd.GeoDataFrame(table, geometry=places, crs=2154), path, layer="plan_signs")
    pyogrio.write_dataframe(lines, path, layer="plan_lines", append=True)
    return path


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.gpkg"
    initialise(path)
    with Register(path) as opened, opened.write("setup") as database:
        bring_catalogue(database, ADMIN)
        people.add_organisation(database, ADMIN, "Lens")
        for code, status, day in (
            ("LEN-001", "validated", date(2026, 3, 1)), ("LEN-002", "designed", date(2025, 3, 1)),
            ("LEN-003", "requested", date(2026, 3, 1)), ("LEN-004", "validated", date(2026, 3, 1)),
        ):  # fmt: skip
            form = signs.SignForm(x=684_500, y=7_035_000, type="Totem", name=HOSTILE.replace("\x00", ""))
            birth = signs.Birth(code=code, organisation="Lens", draft=False, status=status, status_on=day)
            signs.create(database, ADMIN, form, birth)
        signs.order_in(database, ADMIN, "LEN-004", 2027, version=1)
        said = [blade_book.Blade(bearing_deg=10, direction="left", lines=(blade_book.Line(text="@Étang", time_min=3),))]
        blade_book.write_blades(database, ADMIN, "LEN-001", said, version=1)
        money.write_cost(database, ADMIN, "LEN-001", "estimate", 300_000, version=2, source="à vue")
        money.write_cost(database, ADMIN, "LEN-001", "ordered", 333_333, version=3, source="devis 12")
        money.write_funding(database, ADMIN, "LEN-001", {"region": 5000, "pole": 0, "owner": 5000}, version=4)
    return path


@pytest.fixture
def around() -> Surroundings:
    here = box(683_800, 7_034_800, 684_200, 7_035_300)
    parks = {"id": ["P1", "P2"], "name": ["Parc des Îles", HOSTILE], "manager": ["Eden 62", None]}
    grounds = [here.difference(here.buffer(-50)), Point(684_300, 7_035_000)]
    communes = {"id": ["62498"], "name": ["Lens"], "epci": ["CALL"]}
    return Surroundings(
        parks=gpd.GeoDataFrame(parks, geometry=grounds, crs=2154),
        communes=gpd.GeoDataFrame(communes, geometry=[here.buffer(5e3)], crs=2154),
        greenways=gpd.GeoDataFrame(geometry=[LineString([(680_000, 7_035_000), (690_000, 7_035_100)])], crs=2154),
        credits=("Source, licence",),
    )  # fmt: skip


def made_of(plan: Path, around: Surroundings, year: int = 2026) -> Order:
    return order_read.compose(year, due(year, planned=order_read.from_plan(plan, HALF)), around)


def hostile(made: Order) -> Order:
    words = {name: HOSTILE.replace("\x00", "").replace("\x1b", "") for name in ("name", "park", "owner", "text", "lot")}
    codes = ["../../=x", "-1+1"]
    lines = made.lines.assign(text=words["text"], pictograms=words["text"], code=codes[1])
    return Order(made.year, made.signs.assign(code=codes, **words), lines)


def test_a_plan_gives_the_signs_of_one_year_in_cents(plan: Path, around: Surroundings) -> None:
    made = made_of(plan, around)
    assert made.signs["code"].tolist() == ["PL-001", "PL-002"]
    assert made.signs["cost_cents"].tolist() == [450_001, 72_500]
    assert made.signs["park"].fillna("").tolist() == ["Parc des Îles", ""]
    assert made.signs["manager"].fillna("").tolist() == ["Eden 62", ""]
    assert made.lines["text"].tolist() == ["Parc des Îles", "Étang"]


@pytest.mark.parametrize(
    ("layer", "change", "words"),
    [
        ("plan_lines", {"destination": None}, "lacks destination"),
        ("plan_signs", {"cost_eur": -1.0}, "no amount of euros"),
        ("plan_signs", {"cost_eur": float("nan")}, "no amount of euros"),
        ("plan_signs", {"geometry": None}, "without a place"),
    ],
)
def test_a_plan_that_is_none_is_refused(plan: Path, layer: str, change: dict[str, object], words: str) -> None:
    table = pyogrio.read_dataframe(plan, layer=layer)
    lost = [name for name, value in change.items() if value is None and name != "geometry"]
    kept = {name: value for name, value in change.items() if name not in lost}
    pyogrio.write_dataframe(table.drop(columns=lost).assign(**kept), plan, layer=layer, append=False)
    with pytest.raises(SourceError, match=words):
        order_read.from_plan(plan, HALF)


def test_other_rates_than_the_plan_s_are_told(plan: Path, caplog: pytest.LogCaptureFixture) -> None:
    order_read.from_plan(plan, HALF)
    assert caplog.messages == []
    order_read.from_plan(plan, shares_of_rates(0.4, 0.0))
    assert "rates differ" in caplog.text


def test_the_register_gives_what_waits_with_its_cost_and_shares(register: Path, around: Surroundings) -> None:
    source = order_read.from_register(Register(register), HALF, ADMIN)
    made = order_read.compose(2026, due(2026, registered=source), around)
    assert made.signs["code"].tolist() == ["LEN-001", "LEN-002"]
    assert made.signs["cost_cents"].tolist() == [333_333, 450_000]  # ordered; the middle of 2,500 and 6,500 euros
    assert made.signs["cost_stage"].tolist() == ["ordered", "estimate"]
    assert made.signs[["region_cents", "pole_cents", "owner_cents"]].to_numpy().tolist() == [
        [166_667, 0, 166_666], [225_000, 225_000, 0]
    ]  # fmt: skip
    assert made.signs["commune"].tolist() == ["Lens", "Lens"]
    assert made.lines["text"].tolist() == ["@Étang"]


def test_a_sign_with_a_year_of_order_is_ordered_in_that_year_alone(register: Path) -> None:
    source = order_read.from_register(Register(register), HALF, ADMIN)
    taken = {year: set(due(year, registered=source).signs["code"]) for year in (2025, 2027, 2028)}
    undated = {"LEN-001", "LEN-002"}
    assert taken == {2025: {"LEN-002"}, 2027: {*undated, "LEN-004"}, 2028: undated}


def test_every_file_is_there_and_the_same_twice(plan: Path, around: Surroundings, tmp_path: Path) -> None:
    made = made_of(plan, around)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second, second):
        order_files.write_order(made, around, DAY, folder)
    names = sorted(path.relative_to(first).as_posix() for path in first.rglob("*") if path.is_file())
    assert names == sorted(
        [*CSVS, "panneaux.gpkg", "poses.gpx", "fiches.pdf", "fiches/PL-001.pdf", "fiches/PL-002.pdf"]
    )
    assert [name for name in names if (first / name).read_bytes() != (second / name).read_bytes()] == []
    assert (first / "fiches.pdf").read_bytes().count(b"/Type /Page\n") == 2
    assert len(list(tmp_path.glob(".*"))) == 0
    assert pyogrio.read_info(first / "panneaux.gpkg", layer="panneaux")["features"] == 2


def test_the_files_sum_to_the_cent(plan: Path, around: Surroundings, tmp_path: Path) -> None:
    order_files.write_order(made_of(plan, around), around, DAY, tmp_path / "order")
    with (tmp_path / "order/financement.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[-1]["cout_ht_eur"] == "5225.01"
    assert [rows[-1][name] for name in ("region_eur", "pole_eur", "maitre_d_ouvrage_eur")] == [
        "2612.51",
        "2612.50",
        "0.00",
    ]


def test_a_mast_without_lines_is_told_and_drawn(
    plan: Path, around: Surroundings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = order_read.from_plan(plan, HALF)
    assert made_of(plan, around).lines["code"].unique().tolist() == ["PL-002"]
    assert caplog.messages == []
    made = order_read.compose(2026, due(2026, planned=source._replace(lines=source.lines.iloc[:0])), around)
    assert "1 masts have no lines (such as PL-002)" in caplog.text
    order_files.write_order(made, around, DAY, tmp_path / "order")
    assert (tmp_path / "order/fiches/PL-002.pdf").is_file()


def test_hostile_words_do_no_harm(plan: Path, around: Surroundings, tmp_path: Path) -> None:
    made = hostile(made_of(plan, around))
    order_files.write_order(made, around, DAY, tmp_path / "order")
    for name in CSVS:
        with (tmp_path / "order" / name).open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
        assert any(cell.startswith("'=cmd") for cell in cells)
    assert sorted(path.name for path in (tmp_path / "order/fiches").iterdir()) == ["1_1.pdf", "x.pdf"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["order", "plan.gpkg"]


def test_the_gpx_is_valid_and_gives_words_and_places_back(plan: Path, around: Surroundings, tmp_path: Path) -> None:
    made = hostile(made_of(plan, around))
    (tmp_path / "signs.gpx").write_bytes(order_files.gpx(made, DAY.on))
    root = ET.parse(tmp_path / "signs.gpx").getroot()
    assert (root.tag, root.get("version")) == ("{http://www.topografix.com/GPX/1/1}gpx", "1.1")
    assert [child.tag.split("}")[1] for child in root] == ["metadata", "wpt", "wpt"]
    found = pyogrio.read_dataframe(tmp_path / "signs.gpx", layer="waypoints")
    assert found["name"].tolist() == ["../../=x", "-1+1"]
    assert "</name><evil/>" in found["desc"][0]
    gap = found.geometry.to_crs(2154).distance(made.signs.geometry)
    assert gap.max() < 0.05


def test_control_characters_never_reach_an_order(register: Path) -> None:
    names = order_read.from_register(Register(register), HALF, ADMIN).signs["name"]
    assert not names.str.contains(r"[\x00-\x1f]").any()


def test_a_folder_of_something_else_is_left_as_it_is(plan: Path, around: Surroundings, tmp_path: Path) -> None:
    target = tmp_path / "letters"
    target.mkdir()
    (target / "letter.txt").write_text("dear")
    with pytest.raises(RequestError, match=r"letter\.txt"):
        order_files.write_order(made_of(plan, around), around, DAY, target)
    assert [path.name for path in target.iterdir()] == ["letter.txt"]


def test_an_order_that_fails_leaves_the_earlier_one(plan: Path, around: Surroundings, tmp_path: Path) -> None:
    made, target = made_of(plan, around), tmp_path / "order"
    order_files.write_order(made, around, DAY, target)
    before = (target / "poses.gpx").read_bytes()
    with pytest.raises(ZeroDivisionError), order_files.replaced_folder(target) as part:
        (part / "poses.gpx").write_text("half")
        raise ZeroDivisionError
    assert (target / "poses.gpx").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["order", "plan.gpkg"]


def test_the_sheet_marks_an_estimate_as_one(plan: Path, around: Surroundings) -> None:
    row = made_of(plan, around).signs.assign(lon=2.7, lat=50.4).to_dict("records")[0]
    told = {label: (value.replace("\N{NO-BREAK SPACE}", " "), mark) for label, value, mark in facts(row)}
    assert told["Coût HT (estimation, milieu de la fourchette du catalogue)"] == ("4 500,01 €", True)
    assert told["Fourchette HT (estimation)"] == ("2 500,00 € à 6 500,00 €", True)
    assert told["Maître d'ouvrage"] == ("à préciser", False)


@pytest.mark.parametrize("text", ["", "Parc", "W" * 5000, "un deux trois " * 100, HOSTILE])
def test_words_fit_their_room(text: str) -> None:
    pdfmetrics.registerFont(TTFont(BOLD, f"{BOLD}.ttf"))
    for row in [fitted(text, 60, BOLD, 9), *wrapped(text, 60, BOLD, 9)]:
        assert pdfmetrics.stringWidth(row, BOLD, 9) <= 60


def test_the_command_orders_a_plan_and_a_register(plan: Path, register: Path, tmp_path: Path) -> None:
    asked = ["signage", "order", "--year", "2026", "--plan", plan, "--register", register, "--date", "2026-11-23"]
    asked += ["--out", tmp_path / "order", "--processed", tmp_path / "none", "--owner-rate", "0.1"]
    done = CliRunner().invoke(app, list(map(str, asked)))
    assert done.exit_code == 0, done.output
    assert "2 signs of the register are in no year of the plan, and left out (such as LEN-001)" in done.output
    assert "2 signs, before tax: cost 5225.01 €" in done.output
    written = (tmp_path / "order/poses.gpx").read_text(encoding="utf-8")
    assert datetime(2026, 11, 23, tzinfo=UTC).strftime("%Y-%m-%dT00:00:00Z") in written


def test_without_a_name_the_command_takes_what_is_there(
    plan: Path, register: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["signage", "order", "--year", "2027", "--processed", str(tmp_path / "none"), "--out"]
    monkeypatch.chdir(plan.parent)
    monkeypatch.delenv("ARTOIS_DATABASE_URL", raising=False)
    monkeypatch.setenv("ARTOIS_REGISTER_FILE", str(register.with_name("none.gpkg")))
    alone = CliRunner().invoke(app, [*asked, str(tmp_path / "alone")])
    assert "1 signs, before tax: cost 215.00 €" in alone.output
    monkeypatch.setenv("ARTOIS_REGISTER_FILE", str(tmp_path / "new.gpkg"))
    initialise(tmp_path / "new.gpkg")
    new = CliRunner().invoke(app, [*asked, str(tmp_path / "new")])
    assert "1 signs, before tax: cost 215.00 €" in new.output
    monkeypatch.setenv("ARTOIS_REGISTER_FILE", str(register))
    both = CliRunner().invoke(app, [*asked, str(tmp_path / "both")])
    assert "2 signs, before tax: cost 4715.00 €" in both.output  # LEN-004, noted for 2027, with it
    plan.unlink()
    ours = CliRunner().invoke(app, [*asked, str(tmp_path / "ours")])
    assert "3 signs, before tax: cost 12333.33 €" in ours.output
    assert ours.exit_code == both.exit_code == alone.exit_code == 0


def test_the_command_says_what_is_missing(plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    monkeypatch.delenv("ARTOIS_DATABASE_URL", raising=False)
    monkeypatch.setenv("ARTOIS_REGISTER_FILE", str(tmp_path / "no.gpkg"))
    for given, error, words in (
        ([], RequestError, "neither plan.gpkg here nor a register"),
        (["--register", str(tmp_path / "no.gpkg"), "--registered"], RequestError, "expected one of them"),
        (["--plan", str(tmp_path / "no.gpkg")], MissingDataError, "expected a plan"),
        (["--register", str(tmp_path / "no.gpkg")], MissingDataError, "expected the register"),
        (["--plan", str(plan), "--region-rate", "0.7", "--owner-rate", "0.7"], RequestError, "1 at most in all"),
    ):
        done = CliRunner().invoke(app, ["signage", "order", "--year", "2026", "--out", str(tmp_path / "o"), *given])
        assert isinstance(done.exception, error)
        assert words in str(done.exception)
    assert not (tmp_path / "o").exists()


def test_a_belvedere_is_named_on_its_sheet(plan: Path, around: Surroundings) -> None:
    source = order_read.from_plan(plan, HALF)
    assert source.signs["park_id"].tolist()[0] == "P1"
    signs, lines = pyogrio.read_dataframe(plan, layer="plan_signs"), pyogrio.read_dataframe(plan, layer="plan_lines")
    signs = signs.assign(role="view", park_id="belvedere-1", text="Vue du Nord")
    plan.unlink()
    pyogrio.write_dataframe(signs, plan, layer="plan_signs")
    pyogrio.write_dataframe(lines, plan, layer="plan_lines", append=True)
    made = made_of(plan, around)
    assert set(made.signs["park"]) == {"Vue du Nord"}
