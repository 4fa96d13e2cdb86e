"""`artois signage …`: what is written, said, and refused."""

from pathlib import Path

import geopandas as gpd
import pytest
from typer.testing import CliRunner, Result

from geo.cli import app
from geo.cli.signage import epci_shares, years_from
from geo.config import Settings
from geo.errors import GeoError, RequestError
from geo.raw import RawFolder
from geo.signage import plan as planner


def run(settings: Settings, *arguments: str) -> Result:
    where = ["--raw", str(settings.raw), "--processed", str(settings.processed)]
    return CliRunner().invoke(app, ["signage", *arguments, *where])


def test_a_plan_of_the_sample_is_written_and_holds(sample_build: Settings, tmp_path: Path) -> None:
    out = tmp_path / "plan.gpkg"
    done = run(sample_build, "plan", "--years", "2026:60000,2027:40000", "--out", str(out), "--per-epci-min", "0")
    assert done.exit_code == 0, done.output
    assert str(out) in done.output
    assert "gap" in done.output
    checked = run(sample_build, "recheck", "--plan", str(out))
    assert checked.exit_code == 0, checked.output
    assert "0 no longer hold" in checked.output


def test_a_plan_that_cannot_be_leaves_the_file_as_it_was(sample_build: Settings, tmp_path: Path) -> None:
    out = tmp_path / "plan.gpkg"
    out.write_text("mine")
    done = run(sample_build, "plan", "--years", "2026:60000", "--per-epci-min", "NOWHERE:0.1", "--out", str(out))
    assert isinstance(done.exception, GeoError)
    assert "NOWHERE" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["plan.gpkg"]
    assert out.read_text() == "mine"


def test_years_are_read() -> None:
    assert years_from("2026:60000, 2027:40000.5") == {2026: 60000.0, 2027: 40000.5}
    assert epci_shares("CALL:0.3,CAHC:0.2") == {"CALL": 0.3, "CAHC": 0.2}
    assert epci_shares(None) == {}


@pytest.mark.parametrize(
    "text", ["", "2026", "2026:", "2026:x", "26:100", "2026:-1", "2026:inf", "2026:nan", "2026:1,2026:2"]
)
def test_years_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(RequestError, match="--years"):
        years_from(text)


@pytest.mark.parametrize("text", ["abc", "", "0,2", "0.2,0.3"])
def test_a_share_that_is_none_is_told_as_it_was_typed(text: str) -> None:
    with pytest.raises(RequestError, match=f"^--per-epci-min is '{text}'; expected 0.2 or CALL"):
        epci_shares(text)


@pytest.mark.parametrize(
    ("out", "words"), [("a.shp", "ends in .gpkg"), ("made.gpkg", "found the folder"), ("no/a.gpkg", "found no folder")]
)
def test_a_name_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path, out: str, words: str) -> None:
    (tmp_path / "made.gpkg").mkdir()
    asked = [
        "signage",
        "plan",
        "--years",
        "2026:6",
        "--processed",
        str(tmp_path / "none"),
        "--out",
        str(tmp_path / out),
    ]
    done = CliRunner().invoke(app, asked)
    assert isinstance(done.exception, RequestError)
    assert words in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["made.gpkg"]


def test_recheck_wants_one_file(sample_build: Settings, tmp_path: Path) -> None:
    done = run(sample_build, "recheck", "--plan", "a.gpkg", "--signs", "b.csv")
    assert "expected one of them" in str(done.exception)
    assert "--registered" in str(run(sample_build, "recheck", "--registered", "--signs", "b.csv").exception)
    assert "artois signage plan" in str(run(sample_build, "recheck", "--plan", str(tmp_path / "no.gpkg")).exception)


def test_what_recheck_finds_is_told_and_written(sample_build: Settings, tmp_path: Path) -> None:
    signs, out = tmp_path / "signs.csv", tmp_path / "found.csv"
    signs.write_text("sign,lon,lat,park_id,distance_km\nP1,2.8,50.4,nowhere,1.2\n", encoding="utf-8")
    done = run(sample_build, "recheck", "--signs", str(signs), "--out", str(out))
    assert done.exit_code == 1
    assert "1 lines of 1 signs checked, 1 no longer hold" in done.output
    assert len(out.read_text(encoding="utf-8").splitlines()) == 2


def test_squares_and_places_of_the_raw_folder_are_read(sample_build: Settings, tmp_path: Path) -> None:
    raw = RawFolder("signage plan", tmp_path, sample_build.processed, sample_build.territory())
    without = planner.load(raw)
    assert without.squares is without.places is None
    here = without.communes.geometry.iloc[:1].representative_point()
    (tmp_path / "places").mkdir()
    gpd.GeoDataFrame({"kind": ["station"]}, geometry=here).to_file(tmp_path / "places" / "a.gpkg")
    (tmp_path / "insee").mkdir()
    east, north = (int(value // 200 * 200) for value in here.to_crs(3035).iloc[0].coords[0])
    rows = f"idcar_200m,ind,men,men_pauv,ind_snv\nCRS3035RES200mN{north}E{east},12.5,5,1,200000\n"
    (tmp_path / "insee" / "carreaux_200m.csv").write_text(rows, encoding="utf-8")
    inputs = planner.load(RawFolder("signage plan", tmp_path, sample_build.processed, sample_build.territory()))
    assert inputs.places is not None
    assert inputs.places["kind"].tolist() == ["station"]
    assert inputs.squares is not None
    assert inputs.squares["people"].tolist() == [12.5]
