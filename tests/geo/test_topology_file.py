"""`artois topology` on files in any CRS: what is told, what is written, and how a mistake ends."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from shapely import LineString, box
from typer.testing import CliRunner, Result

from geo.cli import app
from geo.crs import LAMBERT93
from geo.errors import GeoError

X, Y = 680_000.0, 7_030_000.0
FLAWED = (box(X, Y, X + 102, Y + 100), box(X + 100, Y, X + 200, Y + 100))
Topology = Callable[..., Result]


@pytest.fixture
def topology() -> Topology:
    return lambda *arguments: CliRunner().invoke(app, ["topology", *map(str, arguments)])


def saved(path: Path, shapes: tuple[object, ...] = FLAWED, crs: str = "EPSG:2154", **columns: object) -> Path:
    table = gpd.GeoDataFrame({"code": [f"c{k}" for k in range(len(shapes))], **columns}, geometry=[*shapes], crs=2154)
    table.to_crs(crs).to_file(path)
    return path


@pytest.mark.parametrize(
    ("crs", "suffix"),
    [("EPSG:2154", "gpkg"), ("EPSG:3950", "shp"), ("EPSG:4326", "geojson"), ("EPSG:27572", "fgb")],
)
def test_a_file_is_closed_in_its_own_crs(topology: Topology, tmp_path: Path, crs: str, suffix: str) -> None:
    source = saved(tmp_path / f"in.{suffix}", crs=crs, name=["Été", "=1+1"])
    out, report = tmp_path / "out.gpkg", tmp_path / "flaws.gpkg"
    done = topology(source, "--out", out, "--report", report, "--id", "code")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[1].split() == ["overlap", "1", "200", "m²", "widest", "2.00", "m", "mended"]
    clean, flaws = gpd.read_file(out).sort_values("code"), gpd.read_file(report)
    assert clean.crs == flaws.crs == crs
    assert (clean["code"].tolist(), clean["name"].tolist()) == (["c0", "c1"], ["Été", "=1+1"])
    assert shapely.coverage_is_valid(clean.geometry.to_numpy())
    moved = shapely.hausdorff_distance(clean.to_crs(LAMBERT93).union_all(), box(X, Y, X + 200, Y + 100))
    assert moved < 0.01
    assert flaws[["kind", "state", "rows"]].to_numpy().tolist() == [["overlap", "mended", "c0|c1"]]


def test_without_out_flaws_are_told_and_nothing_is_written(topology: Topology, tmp_path: Path) -> None:
    done = topology(saved(tmp_path / "in.gpkg"))
    assert (done.exit_code, "found" in done.output) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["in.gpkg"]


def test_a_clean_file_ends_well_and_is_copied_as_it_is(topology: Topology, tmp_path: Path) -> None:
    source = saved(tmp_path / "in.gpkg", (box(X, Y, X + 9, Y + 9), box(X + 9, Y, X + 18, Y + 9)), crs="EPSG:4326")
    out, report = tmp_path / "out.gpkg", tmp_path / "flaws.gpkg"
    assert topology(source, "--out", out, "--report", report).exit_code == 0
    before, now = gpd.read_file(source), gpd.read_file(out)
    assert shapely.equals_exact(shapely.get_parts(now.geometry.to_numpy()), shapely.get_parts(before.geometry)).all()
    assert len(gpd.read_file(report)) == 0


def test_a_layer_that_is_no_coverage_is_told_its_overlaps_unless_allowed(topology: Topology, tmp_path: Path) -> None:
    source = saved(tmp_path / "in.gpkg", (*FLAWED, LineString([(X, Y), (X + 9, Y + 9)])))
    assert topology(source, "--no-coverage").exit_code == 1
    assert topology(source, "--no-coverage", "--overlaps-allowed").exit_code == 0
    out = tmp_path / "out.gpkg"
    assert topology(source, "--no-coverage", "--out", out).exit_code == 1  # told, and left to people
    assert len(gpd.read_file(out)) == 3


def test_a_column_named_fid_is_kept(topology: Topology, tmp_path: Path) -> None:
    source, out = saved(tmp_path / "in.geojson", crs="EPSG:4326", fid=["x", "y"]), tmp_path / "out.gpkg"
    assert topology(source, "--out", out).exit_code == 0
    assert gpd.read_file(out)["fid"].tolist() == ["x", "y"]


def test_a_layer_is_chosen_by_name(topology: Topology, tmp_path: Path) -> None:
    source = saved(tmp_path / "in.gpkg")
    pyogrio.write_dataframe(gpd.read_file(source).iloc[:1], source, layer="other", append=True)
    assert refused(topology(source)) == f"{source} has 2 layers (in, other); expected one; choose it with --layer"
    assert topology(source, "--layer", "other").exit_code == 0
    assert "expected one of in, other" in refused(topology(source, "--layer", "third"))


def test_mistakes_end_in_one_line_and_leave_no_file(topology: Topology, tmp_path: Path) -> None:
    source = saved(tmp_path / "in.gpkg")
    twice = saved(tmp_path / "twice.gpkg", (FLAWED[0], FLAWED[0]))
    text = tmp_path / "text.gpkg"
    text.write_text("no vector file", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    assert "is absent" in refused(topology(tmp_path / "nothing.gpkg"))
    assert "cannot be read" in refused(topology(text))
    assert "expected a name in .gpkg" in refused(topology(source, "--out", tmp_path / "out.shp"))
    assert "is no folder" in refused(topology(source, "--out", tmp_path / "no" / "out.gpkg"))
    assert "never overwritten" in refused(topology(source, "--out", source))
    assert "lacks the columns ['insee']" in refused(topology(source, "--id", "insee"))
    assert "lies wholly on ground of other rows" in refused(topology(twice, "--out", tmp_path / "out.gpkg"))
    assert sorted(tmp_path.iterdir()) == before


def refused(done: Result) -> str:
    assert isinstance(done.exception, GeoError), done.output
    return str(done.exception)
