"""The command line as a user meets it: right exit codes, one clear line for a mistake, nothing lost."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import pytest
from shapely import Point

from geo.cli import main
from geo.config import Settings

LAYERS = {"communes", "epci", "spoil_heaps", "parks", "greenways", "brownfields", "signs", "irradiation", "buildings"}
LAYERS |= {"large_parks", "events", "park_entrances", "greenway_links", "commune_access"}
LAYERS |= {"brownfield_facts", "brownfield_scores", "car_parks"}
BY_PRODUCTS = {"roof_segments", "panels", "parks_issues", "park_access", "brownfields_issues"}


class Run(NamedTuple):
    code: int
    out: str
    err: str


Cli = Callable[..., Run]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    def run(*arguments: object) -> Run:
        monkeypatch.setattr("sys.argv", ["artois", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        code = ended.value.code
        return Run(
            0 if code is None else code if isinstance(code, int) else 1,
            out,
            err + (code if isinstance(code, str) else ""),
        )

    return run


@pytest.fixture
def build(cli: Cli, small_raw: Settings) -> Cli:
    return lambda *layers: cli("build", *layers, "--raw", small_raw.raw, "--processed", small_raw.processed)


def test_every_layer_is_built_from_the_providers_files(build: Cli, small_raw: Settings) -> None:
    assert build().code == 0
    built = {path.stem for path in small_raw.processed.glob("*.parquet")} | {"irradiation"}
    assert built == LAYERS | BY_PRODUCTS
    notes = json.loads((small_raw.processed / "brownfields.provenance.json").read_text(encoding="utf-8"))["notes"]
    assert [(note["action"], note["count"]) for note in notes] == [("repaired", 1), ("flagged", 16)]


def test_names_of_owners_reach_no_product(build: Cli, small_raw: Settings) -> None:
    build("communes", "brownfields")
    for path in small_raw.processed.iterdir():
        assert b"Personne Priv" not in path.read_bytes(), path.name


def test_a_second_build_leaves_everything_as_it_is(build: Cli, small_raw: Settings) -> None:
    build()
    before = {path: path.stat().st_mtime_ns for path in small_raw.processed.iterdir()}
    again = build()
    assert again.code == 0
    assert again.err.count("current") == len(LAYERS)
    assert {path: path.stat().st_mtime_ns for path in small_raw.processed.iterdir()} == before


def test_a_changed_file_rebuilds_its_layers_alone(build: Cli, small_raw: Settings) -> None:
    build()
    signs = small_raw.raw / "signage" / "signs.csv"
    signs.write_text(signs.read_text(encoding="utf-8").replace("installed", "to_repair"), encoding="utf-8")
    again = build()
    assert [line.split()[0] for line in again.err.splitlines() if " built " in line] == ["signs"]


def break_missing(raw: Path) -> str:
    (raw / "unesco" / "zt-cavaliers.geojson").unlink()
    return "greenways"


def break_truncated_raster(raw: Path) -> str:
    path = raw / "lidarhd" / "a_DSM.tif"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return "irradiation"


def break_truncated_geojson(raw: Path) -> str:
    path = raw / "unesco" / "terrils.geojson"
    path.write_bytes(path.read_bytes()[:200])
    return "spoil_heaps"


def break_wrong_crs(raw: Path) -> str:
    path = raw / "unesco" / "zt-terrils.geojson"
    table = gpd.read_file(path).to_crs("EPSG:2154").set_crs("EPSG:4326", allow_override=True)
    path.write_text(table.to_json(), encoding="utf-8")
    return "spoil_heaps"


def break_raster_crs(raw: Path) -> str:
    from geo.crs import WGS84
    from geo.raster import Raster, read_raster, write_cog

    raster = read_raster(raw / "lidarhd" / "a_DSM.tif")
    write_cog(raw / "lidarhd" / "a_DSM.tif", Raster(raster.values, raster.transform, WGS84))
    return "irradiation"


def break_empty(raw: Path) -> str:
    (raw / "cartofriches" / "points.geojson").write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    return "brownfields"


def break_latin1(raw: Path) -> str:
    path = raw / "signage" / "signs.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    return "signs"


def break_column(raw: Path) -> str:
    path = raw / "cartofriches" / "points.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace("site_statut", "statut"), encoding="utf-8")
    return "brownfields"


def break_all_null(raw: Path) -> str:
    path = raw / "unesco" / "zt-cavaliers.geojson"
    content = json.loads(path.read_text(encoding="utf-8"))
    for feature in content["features"]:
        feature["geometry"] = None
    path.write_text(json.dumps(content), encoding="utf-8")
    return "greenways"


BREAKS = [
    (break_missing, "zt-cavaliers.geojson is absent"),
    (break_truncated_raster, "a_DSM.tif cannot be read"),
    (break_truncated_geojson, "terrils.geojson cannot be read"),
    (break_wrong_crs, "expected degrees"),
    (break_raster_crs, "expected EPSG:2154"),
    (break_empty, "no row"),
    (break_latin1, "is not UTF-8 (byte 0xe9"),
    (break_column, "lacks the columns ['site_statut']"),
    (break_all_null, "no row with a geometry"),
]


@pytest.mark.parametrize(("damage", "message"), BREAKS, ids=[damage.__name__ for damage, _ in BREAKS])
def test_bad_input_is_one_clear_line_and_leaves_the_product(
    build: Cli, small_raw: Settings, damage: Callable[[Path], str], message: str
) -> None:
    assert build().code == 0
    layer = damage(small_raw.raw)
    kept = {path.name: path.read_bytes() for path in small_raw.processed.glob(f"{layer}.*")}
    assert kept
    failed = build(layer)
    errors = [line for line in failed.err.splitlines() if line.startswith("artois: error")]
    assert failed.code == 1
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in failed.err
    assert {path.name: path.read_bytes() for path in small_raw.processed.glob(f"{layer}.*")} == kept


def test_one_null_geometry_is_dropped_and_counted(build: Cli, small_raw: Settings) -> None:
    path = small_raw.raw / "unesco" / "zt-cavaliers.geojson"
    content = json.loads(path.read_text(encoding="utf-8"))
    extra = json.loads(json.dumps(content["features"][0])) | {"id": "1", "geometry": None}
    path.write_text(json.dumps(content | {"features": [*content["features"], extra]}), encoding="utf-8")
    built = build("communes", "greenways")
    assert built.code == 0
    assert "1 dropped: zt-cavaliers.geojson: no geometry" in built.err
    notes = json.loads((small_raw.processed / "greenways.provenance.json").read_text(encoding="utf-8"))["notes"]
    assert [(note["action"], note["count"]) for note in notes] == [("dropped", 1)]


def test_a_layer_without_any_source_is_skipped_but_an_error_when_asked_for(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    places = ("--raw", tmp_path / "raw", "--processed", tmp_path / "processed")
    everything = cli("build", *places)
    assert everything.code == 0
    assert "not built: greenways" in everything.err
    assert cli("build", "greenways", *places).code == 1


def test_quiet_says_nothing(cli: Cli, small_raw: Settings) -> None:
    run = cli("build", "communes", "--quiet", "--raw", small_raw.raw, "--processed", small_raw.processed)
    assert (run.code, run.out, run.err) == (0, "", "")


def test_unknown_names_and_folders_are_one_line(cli: Cli, tmp_path: Path) -> None:
    unknown = cli("build", "parcs", "--raw", tmp_path, "--processed", tmp_path)
    absent = cli("build", "--raw", tmp_path / "absent", "--processed", tmp_path)
    unbuilt = cli("export", "parks", "--processed", tmp_path)
    for run, words in (
        (unknown, "expected some of communes"),
        (absent, "is not a folder"),
        (unbuilt, "artois build parks"),
    ):
        assert run.code == 1
        assert words in run.err
        assert len(run.err.strip().splitlines()) == 1


def test_check_passes_then_tells_what_was_changed(build: Cli, cli: Cli, small_raw: Settings) -> None:
    build("communes", "epci")
    assert cli("check", "--processed", small_raw.processed).code == 0
    with (small_raw.processed / "epci.parquet").open("ab") as stream:
        stream.write(b"x")
    damaged = cli("check", "--processed", small_raw.processed)
    assert damaged.code == 1
    assert "epci" in damaged.err.splitlines()[-1]


@pytest.mark.parametrize("form", ["gpkg", "geojson", "csv", "parquet", "fgb"])
def test_export_writes_each_format(build: Cli, cli: Cli, small_raw: Settings, tmp_path: Path, form: str) -> None:
    build("communes", "brownfields")
    out = tmp_path / f"friches.{form}"
    run = cli("export", "brownfields", "--format", form, "--out", out, "--processed", small_raw.processed)
    assert (run.code, run.out.strip()) == (0, str(out))
    assert out.stat().st_size > 0


def test_export_of_one_commune(build: Cli, cli: Cli, small_raw: Settings, tmp_path: Path) -> None:
    build("communes", "greenways")
    out = tmp_path / "ways.geojson"
    cli("export", "greenways", "-f", "geojson", "-o", out, "--commune", "62002", "--processed", small_raw.processed)
    assert len(json.loads(out.read_text(encoding="utf-8"))["features"]) == 2
    cli("export", "greenways", "-f", "geojson", "-o", out, "--commune", "62999", "--processed", small_raw.processed)
    assert json.loads(out.read_text(encoding="utf-8"))["features"] == []


def test_guideposts_of_openstreetmap_are_imported(build: Cli, small_raw: Settings) -> None:
    (small_raw.raw / "signage" / "signs.csv").unlink()
    posts = gpd.GeoDataFrame(
        {"@id": ["node/1", "node/2"], "information": ["guidepost", "board"], "name": ["Fourche", None]},
        geometry=[Point(2.8, 50.45), Point(2.8, 50.46)],
        crs="EPSG:4326",
    )
    (small_raw.raw / "signage" / "osm.geojson").write_text(posts.to_json(), encoding="utf-8")
    assert build("communes", "signs").code == 0
    table = gpd.read_parquet(small_raw.processed / "signs.parquet")
    assert table[["id", "name", "status", "certainty"]].to_numpy().tolist() == [
        ["OSM-1", "Fourche", "unknown", "unverified"]
    ]


def test_figures_are_exported_as_csv_by_default(cli: Cli, small_cadastre: Path, tmp_path: Path) -> None:
    out = tmp_path / "figures.csv"
    run = cli("export", "solar_summary", "--epci", "CAN", "-o", out, "--processed", small_cadastre)
    assert (run.code, run.out.strip()) == (0, str(out))
    assert [line.split(",")[0] for line in out.read_text(encoding="utf-8").splitlines()] == [
        "level", "asked", "epci", "commune",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("solar_summary", "-f", "gpkg"), "expected one of csv, json"),
        (("parks", "-f", "json"), "expected one of gpkg"),
        (("parks", "--epci", "CAE"), "expected it for solar_summary"),
    ],
)
def test_an_export_that_makes_no_sense_is_one_line(
    cli: Cli, small_cadastre: Path, arguments: tuple[str, ...], message: str
) -> None:
    run = cli("export", *arguments, "--processed", small_cadastre)
    assert run.code == 1
    assert message in run.err
    assert len(run.err.splitlines()) == 1


def test_serve_stops_at_an_address_that_is_none(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTOIS_DATABASE_URL", "here")
    run = cli("serve", "--port", "8123")
    assert run.code == 1
    assert run.err.startswith("artois: ARTOIS_DATABASE_URL is no address")
