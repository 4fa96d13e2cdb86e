import csv
import io
import json
import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from geo.errors import CrsError, ForbiddenError, MissingDataError, SourceError, UnknownNameError
from geo.export import safe_texts
from geo.register import blades, export, imports, signs
from geo.register.backup import backup
from geo.register.blades import Blade, Line
from geo.register.database import Register
from geo.register.health import faults
from geo.register.import_files import filled as filled_cells
from geo.register.import_files import read_rows
from geo.register.imports import Decision
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm

HEADER = "code,name,type,status,park,date,lon,lat"
FORM = SignForm(x=686_000, y=7_037_000)
ROW = "SOU-001,Entrée,Totem,installed,P02,2025-01-31,2.78,50.45"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(register: Register, actor: Actor, path: Path, organisation: str | None = None) -> list[Decision]:
    rows = read_rows(path)
    with register.write(actor.name) as database:
        decisions = imports.plan(database, actor, rows, organisation)
        imports.apply(database, actor, decisions)
    return decisions


def exported(register: Register, actor: Actor, path: Path) -> Path:
    with register.read() as database:
        table = export.sign_table(database, actor)
    if path.suffix == ".csv":
        safe_texts(export.spreadsheet(table)).to_csv(path, index=False)
    else:
        export.write_vector(table, path.suffix[1:], path)
    return path


def told(decisions: list[Decision]) -> list[tuple[str, str]]:
    return [(one.action, one.why) for one in decisions]


def test_a_csv_is_added_then_unchanged(register: Register, planner: Actor, tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", HEADER, ROW, "SOU-002,,,,,,2.79,50.46")
    assert told(run(register, planner, path, "Lens")) == [("added", ""), ("added", "")]
    with register.read() as database:
        one, two = signs.signs(database, planner)
        assert (one.name, one.type, one.status, one.status_on, one.park, one.organisation) == (
            "Entrée", "Totem", "installed", "2025-01-31", "P02", "Lens",
        )  # fmt: skip
        assert (two.name, two.status, two.draft) == (None, "requested", 0)
        lambert = gpd.GeoSeries([Point(2.78, 50.45)], crs=4326).to_crs(2154)[0]
        assert (one.x, one.y) == pytest.approx((lambert.x, lambert.y), abs=0.001)
        before = database.execute("SELECT count(*) FROM changes").fetchone()
    assert told(run(register, planner, path)) == [("unchanged", ""), ("unchanged", "")]
    with register.read() as database:
        assert database.execute("SELECT count(*) FROM changes").fetchone() == before


def test_a_dry_run_writes_nothing(register: Register, planner: Actor, tmp_path: Path) -> None:
    rows = read_rows(write(tmp_path / "s.csv", HEADER, ROW))
    with register.read() as database:
        assert told(imports.plan(database, planner, rows, None)) == [("added", "")]
        assert signs.signs(database, planner) == []


def test_what_differs_is_told_and_an_empty_cell_erases_nothing(
    register: Register, planner: Actor, tmp_path: Path
) -> None:
    run(register, planner, write(tmp_path / "a.csv", HEADER, ROW))
    changed = "SOU-001,Sortie,,to_repair,,2025-03-01,2.7801,50.45"
    assert told(run(register, planner, write(tmp_path / "b.csv", HEADER, changed))) == [
        ("changed", "name, position (7.1 m), status installed → to_repair")
    ]
    with register.read() as database:
        one = signs.sign(database, planner, "SOU-001")
        assert (one.name, one.type, one.park, one.status_on) == ("Sortie", "Totem", "P02", "2025-03-01")
        assert [step.to_status for step in signs.history(database, planner, "SOU-001")] == ["installed", "to_repair"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("sou-1,,,,,,2.78,50.45", "code: found 'sou-1'"),
        (",,,,,,2.78,50.45", "found the code None"),
        ("SOU-009,,,,,,,50.45", "found no longitude or latitude"),
        ("SOU-009,,,,,,est,50.45", "found lon 'est', lat '50.45'; expected WGS84 degrees"),
        ("SOU-009,,,,,,686000,7037000", "found lon '686000', lat '7037000'; expected WGS84 degrees"),
        ("SOU-009,,,,,,50.45,2.78", "found lon 50.45, lat 2.78 "),
        ("SOU-009,,,,,2099-01-01,2.78,50.45", "found the day 2099-01-01, which has not come"),
        ("SOU-009,,Panneau,,,,2.78,50.45", "no sign type is named 'Panneau'"),
        ("SOU-009,,,volé,,,2.78,50.45", "found the status 'volé'"),
        ("SOU-009,,,,,2025-02-30,2.78,50.45", "status_on: found '2025-02-30'"),
        ("SOU-001,,,validated,,,2.78,50.45", "found a move from installed to validated"),
        (f"SOU-009,{'x' * 201},,,,,2.78,50.45", "name: found"),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_named(
    register: Register, planner: Actor, tmp_path: Path, row: str, why: str
) -> None:
    run(register, planner, write(tmp_path / "a.csv", HEADER, ROW))
    decisions = run(register, planner, write(tmp_path / "b.csv", HEADER, "SOU-002,,,,,,2.79,50.46", row))
    assert [one.action for one in decisions] == ["added", "refused"]
    assert decisions[1].why.startswith(why)
    assert decisions[1].row.place == "line 3"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (
            "SOU-001,,,removed,,2025-01-30,2.78,50.45",
            "found the day 2025-01-30, before the sign's last step on 2025-01-31",
        ),
        ("SOU-001,,,removed,,2099-01-01,2.78,50.45", "found the day 2099-01-01, which has not come"),
        ("SOU-001,,,installed,,2025-02-01,2.78,50.45", "found the day 2025-02-01 for the status installed"),
        ("SOU-001,,,,,2025-02-01,2.78,50.45", "found the day 2025-02-01 for the status installed; expected 2025-01-31"),
        ("SOU-001,,,,,hier,2.78,50.45", "status_on: found 'hier'"),
    ],
)
def test_a_day_that_the_history_denies_is_refused(
    register: Register, planner: Actor, tmp_path: Path, row: str, why: str
) -> None:
    run(register, planner, write(tmp_path / "a.csv", HEADER, ROW))
    (decision,) = run(register, planner, write(tmp_path / "b.csv", HEADER, row))
    assert (decision.action, decision.why[: len(why)]) == ("refused", why)


def test_source_and_certainty_of_a_known_sign_are_raised(register: Register, planner: Actor, tmp_path: Path) -> None:
    header = "code,lon,lat,source,certainty"
    run(register, planner, write(tmp_path / "a.csv", header, "SOU-001,2.78,50.45,,"))
    path = write(tmp_path / "b.csv", header, "SOU-001,2.78,50.45,relevé du 3 mars,surveyed")
    assert told(run(register, planner, path)) == [("changed", "source, certainty")]
    assert told(run(register, planner, path)) == [("unchanged", "")]
    assert told(run(register, planner, write(tmp_path / "c.csv", header, "SOU-001,2.78,50.45,,"))) == [
        ("unchanged", "")
    ]
    (wrong,) = run(register, planner, write(tmp_path / "d.csv", header, "SOU-001,2.78,50.45,,sûr"))
    assert wrong.why.startswith("certainty: found 'sûr'")
    with register.read() as database:
        one = signs.sign(database, planner, "SOU-001")
        assert (one.source, one.certainty, one.status) == ("relevé du 3 mars", "surveyed", "requested")
        assert faults(database) == []


@pytest.mark.parametrize("form", ["csv", "gpkg", "geojson"])
def test_a_draft_stays_a_draft_through_an_export(
    register: Register, register_template: Path, lens: Actor, admin: Actor, tmp_path: Path, form: str
) -> None:
    planner = Actor("planner", "planner")
    with register.write("a") as database:
        signs.create(database, lens, FORM, Birth(prefix="SOU"))
        signs.create(database, planner, FORM, Birth(prefix="SOU", draft=False))
    path = exported(register, admin, tmp_path / f"signs.{form}")
    assert told(run(register, admin, path)) == [("unchanged", "")] * 2
    with Register(Path(shutil.copy(register_template, tmp_path / "other.gpkg"))) as other:
        (refused, added) = told(run(other, planner, path))
        assert refused[1].startswith("found a draft for another organisation")
        assert added == ("added", "")
        assert told(run(other, admin, path)) == [("added", ""), ("unchanged", "")]
        with other.read() as database:
            assert [one.draft for one in signs.signs(database, admin)] == [1, 0]


@pytest.mark.parametrize(("cell", "why"), [("True", "found draft True; expected False"), ("oui", "draft: found 'oui'")])
def test_an_import_hides_no_sign(register: Register, planner: Actor, tmp_path: Path, cell: str, why: str) -> None:
    header = "code,lon,lat,draft"
    run(register, planner, write(tmp_path / "a.csv", header, "SOU-001,2.78,50.45,"))
    (decision,) = run(register, planner, write(tmp_path / "b.csv", header, f"SOU-001,2.78,50.45,{cell}"))
    assert (decision.action, decision.why[: len(why)]) == ("refused", why)


def test_an_owner_attests_nothing(register: Register, planner: Actor, lens: Actor) -> None:
    with register.write("a") as database:
        made = signs.create(database, planner, FORM, Birth(prefix="SOU", draft=False, organisation="Lens"))
        with pytest.raises(ForbiddenError):
            signs.attest(database, lens, made.code, source="moi", certainty="surveyed", version=1)


def test_a_code_stands_once_in_a_file(register: Register, planner: Actor, tmp_path: Path) -> None:
    decisions = run(register, planner, write(tmp_path / "a.csv", HEADER, ROW, ROW))
    assert [one.action for one in decisions] == ["added", "refused"]


def test_a_draft_that_the_planner_may_not_read_is_not_told(
    register: Register, planner: Actor, lens: Actor, tmp_path: Path
) -> None:
    with register.write("a") as database:
        signs.create(database, lens, SignForm(x=686_000, y=7_037_000, name="secret"), Birth(prefix="SOU"))
    decisions = run(register, planner, write(tmp_path / "a.csv", HEADER, ROW))
    assert told(decisions) == [("refused", "found the code SOU-001, which is taken; expected another")]


def test_only_the_pole_imports(register: Register, lens: Actor, planner: Actor, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER, ROW)
    with pytest.raises(ForbiddenError):
        run(register, lens, path)
    with pytest.raises(UnknownNameError, match="organisation"):
        run(register, planner, path, "Douai")


def guideposts(path: Path, *properties: dict[str, str], shape: object = None) -> Path:
    features = [
        {"type": "Feature", "properties": one, "geometry": {"type": "Point", "coordinates": [2.7 + n / 100, 50.4]}}
        for n, one in enumerate(properties)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def test_guideposts_of_openstreetmap(register: Register, planner: Actor, tmp_path: Path) -> None:
    path = guideposts(
        tmp_path / "osm.geojson",
        {"@id": "node/123456", "information": "guidepost", "name": "Étang"},
        {"@id": "node/7", "information": "board", "name": ""},
        {"@id": "way/123", "information": "guidepost", "name": ""},
    )
    decisions = run(register, planner, path)
    assert [one.action for one in decisions] == ["added", "refused", "refused"]
    with register.read() as database:
        post = signs.sign(database, planner, "OSM-123456")
    assert (post.name, post.type, post.status, post.certainty) == (
        "Étang", "Mât directionnel / jalonnement", "unknown", "unverified",
    )  # fmt: skip
    assert "ODbL" in post.source
    with register.write("a") as database:
        signs.move(database, planner, "OSM-123456", "installed", version=1)
    assert run(register, planner, path)[0].action == "unchanged"


def test_what_is_presumed_of_a_guidepost_takes_back_no_survey(
    register: Register, planner: Actor, tmp_path: Path
) -> None:
    path = guideposts(tmp_path / "osm.geojson", {"@id": "node/123456", "information": "guidepost", "name": "Étang"})
    run(register, planner, path)
    seen = write(tmp_path / "s.csv", "code,lon,lat,type,source,certainty", "OSM-123456,2.7,50.4,Totem,relevé,surveyed")
    assert told(run(register, planner, seen)) == [("changed", "type, source, certainty")]
    assert told(run(register, planner, path)) == [("unchanged", "")]


@pytest.mark.real_data
def test_the_real_sample_of_guideposts(register: Register, planner: Actor, real_data: Path) -> None:
    path = real_data / "signage" / "osm_guideposts_sample.geojson"
    assert imports.counts(run(register, planner, path)) == {"added": 1059, "changed": 0, "unchanged": 0, "refused": 0}
    assert imports.counts(run(register, planner, path)) == {"added": 0, "changed": 0, "unchanged": 1059, "refused": 0}
    with register.read() as database:
        assert faults(database) == []


@pytest.fixture
def filled(register: Register, planner: Actor) -> Register:
    """Signs whose texts would be formulas, and one that says little."""
    with register.write("a") as database:
        for name in ("=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", None):
            form = SignForm(x=686_000.123, y=7_037_000.456, name=name, type="Totem" if name else None, notes=name)
            signs.create(database, planner, form, Birth(prefix="SOU", draft=False, organisation="Lens"))
    return register


@pytest.mark.parametrize("form", ["csv", "gpkg", "geojson"])
def test_an_export_is_imported_as_it_was(filled: Register, planner: Actor, tmp_path: Path, form: str) -> None:
    path = exported(filled, planner, tmp_path / f"signs.{form}")
    assert told(run(filled, planner, path)) == [("unchanged", "")] * 5


def test_no_cell_of_a_csv_is_a_formula(filled: Register, planner: Actor) -> None:
    with filled.read() as database:
        text = safe_texts(export.spreadsheet(export.sign_table(database, planner))).to_csv(index=False)
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=HYPERLINK(1)" in cells


BREAKS = ("a\r=1+1", "a\r\n+1", "bon\r=HYPERLINK(1)", "'=x", "''-x", "'\n=1", "\r=1", "\n@x", " \tavant\u00a0", "été ")


@pytest.mark.parametrize("form", ["csv", "gpkg", "geojson"])
def test_texts_that_break_a_row_or_look_disarmed_come_back_unchanged(
    register: Register, planner: Actor, tmp_path: Path, form: str
) -> None:
    with register.write("a") as database:
        for text in BREAKS:
            facts = FORM.model_copy(update={"notes": text, "name": text.strip()})
            signs.create(database, planner, facts, Birth(prefix="SOU", draft=False))
    path = exported(register, planner, tmp_path / f"signs.{form}")
    assert told(run(register, planner, path)) == [("unchanged", "")] * len(BREAKS)


@given(text=st.text(st.sampled_from("=+-@'\"\r\n\t,;a "), min_size=1, max_size=6))
def test_whatever_is_said_is_one_cell_of_one_row_and_no_formula(text: str) -> None:
    table = pd.DataFrame({"code": ["SOU-001"], "notes": [text]}, dtype="string")
    written = safe_texts(export.cells(table)).to_csv(index=False)
    _, row = csv.reader(io.StringIO(written, newline=""))
    assert row[0] == "SOU-001"
    assert not row[1].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert "\r" not in row[1]
    read = filled_cells({"notes": row[1]}, from_csv=True)
    assert read == {"notes": imports.unbroken(text)} or (read == {} and not text.strip())


def test_blades_are_listed_line_by_line_and_disarmed(filled: Register, planner: Actor) -> None:
    plates = [Blade(type="@x", bearing_deg=90, lines=(Line(text="=1+1", time_min=5), Line(text="Gare"))), Blade()]
    with filled.write("a") as database:
        blades.write_blades(database, planner, "SOU-001", plates, version=1)
    with filled.read() as database:
        lines = safe_texts(export.blade_table(database, planner)).to_csv(index=False).splitlines()
    assert lines[1:] == [
        "SOU-001,1,90.0,,'@x,,1,'=1+1,,5,",
        "SOU-001,1,90.0,,'@x,,2,Gare,,,",
        "SOU-001,2,,,,,,,,,",
    ]


def test_an_export_holds_what_its_reader_may_read(filled: Register, lens: Actor, avion: Actor, tmp_path: Path) -> None:
    with filled.write("a") as database:
        signs.create(database, lens, SignForm(x=686_000, y=7_037_000), Birth(prefix="SOU"))
    with filled.read() as database:
        assert [len(export.sign_table(database, who)) for who in (lens, avion, export.PUBLIC)] == [6, 5, 5]
    assert len(export.public_signs(filled.path, filled.url)) == 5


def test_what_is_published_is_neither_draft_nor_cancelled(filled: Register, planner: Actor, tmp_path: Path) -> None:
    with filled.write("a") as database:
        signs.move(database, planner, "SOU-001", "cancelled", version=1)
    target = tmp_path / "raw" / "register" / "signs.geojson"
    assert export.publish(filled.path, target, filled.url) == 4
    first = target.read_bytes()
    assert export.publish(filled.path, target, filled.url) == 4
    assert target.read_bytes() == first
    assert sorted(gpd.read_file(target).columns) == sorted(
        ["code", "name", "type", "status", "park", "date", "source", "certainty", "geometry"]
    )


def test_an_empty_register_publishes_nothing(register: Register, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="no published sign"):
        export.publish(register.path, tmp_path / "signs.geojson", register.url)


def test_files_that_are_no_signs_are_refused(register: Register, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="check the name"):
        read_rows(tmp_path / "no.csv")
    with pytest.raises(SourceError, match=r"expected \.csv, \.geojson or \.gpkg"):
        read_rows(write(tmp_path / "a.xlsx", ""))
    with pytest.raises(SourceError, match="lacks the columns"):
        read_rows(write(tmp_path / "a.csv", "nom,lon,lat", "a,2.7,50.4"))
    with pytest.raises(SourceError, match="lacks the columns"):
        read_rows(guideposts(tmp_path / "a.geojson", {"name": "a"}))
    places = gpd.GeoDataFrame({"code": ["SOU-001"]}, geometry=[box(0, 0, 1, 1)], crs=4326)
    places.to_file(tmp_path / "a.gpkg")
    assert [row.fault for row in read_rows(tmp_path / "a.gpkg")] == ["found Polygon; expected a point"]
    with pytest.warns(UserWarning, match="crs"):
        gpd.GeoDataFrame({"code": ["SOU-001"]}, geometry=[Point(0, 0)]).to_file(tmp_path / "b.gpkg")
    with pytest.raises(CrsError, match="states no CRS"):
        read_rows(tmp_path / "b.gpkg")


def test_a_register_is_restored_not_imported(filled: Register, tmp_path: Path) -> None:
    saved = backup(filled, tmp_path / "backups", keep=1)
    with pytest.raises(SourceError, match="artois register restore"):
        read_rows(saved.path)
