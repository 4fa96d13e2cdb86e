import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import Point

from geo import products
from geo.catalogue import PARKS
from geo.crs import LAMBERT93, WGS84
from geo.errors import GeoError, MissingDataError, RequestError, UnknownNameError
from geo.export import FORMATS, export, export_summary
from geo.layers import check
from geo.solar import summary

NAMES = ["Parc d'Ohlain", None, 'Cour "haute"\nétang, bois']
OHLAIN = shapely.box(670_000, 7_035_000, 670_100, 7_035_100)
TRIANGLE = shapely.Polygon([(680_000, 7_040_000), (680_300, 7_040_000), (680_000, 7_040_400)])
HOLED = OHLAIN.difference(shapely.box(670_040, 7_035_040, 670_060, 7_035_060))
RFC_DECIMALS = 7


def parks(names: list[str | None], shapes: list[shapely.Geometry]) -> gpd.GeoDataFrame:
    empty = {name: pd.Series(pd.NA, index=range(len(names))) for name in PARKS.columns}
    told = {
        "id": [f"P{row}" for row in range(len(names))],
        "name": names,
        "area_m2": [shape.area or None for shape in shapes],
        "insee": ["62001", "62001|62002", None][: len(names)],
        "certainty": "surveyed",
        "synthetic": False,
    }
    return check(gpd.GeoDataFrame(empty | told, geometry=shapes, crs=LAMBERT93), PARKS)


@pytest.fixture
def processed(tmp_path: Path) -> Path:
    products.write_table(parks(NAMES, [HOLED, TRIANGLE, Point(675_000.123456, 7_036_000)]), "parks", tmp_path / "done")
    return tmp_path / "done"


def layer_in(path: Path) -> dict[str, str]:
    """Return the layer to read: a GeoPackage also holds its style."""
    return {"layer": "parks"} if path.suffix == ".gpkg" else {}


def read(path: Path) -> gpd.GeoDataFrame:
    """Return an exported file as another program sees it, in Lambert-93."""
    if path.suffix == ".parquet":
        return gpd.read_parquet(path)
    if path.suffix == ".csv":
        table = pd.read_csv(path, dtype={"insee": "string"})
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries.from_wkt(table["wkt"]), crs=LAMBERT93)
    return gpd.read_file(path, **layer_in(path)).to_crs(LAMBERT93)


@pytest.mark.parametrize("form", FORMATS)
def test_another_program_reads_the_same_rows(processed: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / "out" / f"parks.{form}"
    assert export("parks", form, target, processed=processed) == 3
    assert list(target.parent.iterdir()) == [target]
    again, given = read(target).set_index("id").sort_index(), products.read_table("parks", processed).set_index("id")
    assert [None if pd.isna(name) else name for name in again["name"]] == NAMES
    assert [None if pd.isna(code) else code for code in again["insee"]] == ["62001", "62001|62002", None]
    assert again["area_m2"].fillna(-1).tolist() == pytest.approx(given["area_m2"].fillna(-1).tolist())
    assert again.geom_type.tolist() == given.geom_type.tolist()
    moved_m = shapely.hausdorff_distance(again.geometry.to_numpy(), given.geometry.to_numpy())
    assert moved_m.max() < 0.02, "centimetres at most, in CSV and GeoJSON"


@pytest.mark.parametrize("form", ["gpkg", "fgb"])
def test_files_for_qgis_are_in_lambert_93_and_bear_the_layer_s_name(processed: Path, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"my file.{form}"
    export("parks", form, path, processed=processed)
    about = pyogrio.read_info(path, **layer_in(path))
    assert (about["layer_name"], about["crs"], about["features"]) == ("parks", "EPSG:2154", 3)
    style = [["layer_styles", None]] if form == "gpkg" else []
    assert pyogrio.list_layers(path).tolist() == [["parks", "Unknown"], *style]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("commune", "ids"), [("62001", ["P0", "P1"]), ("62002", ["P1"]), ("6200", []), ("62999", [])])
def test_a_commune_has_its_own_rows(processed: Path, tmp_path: Path, form: str, commune: str, ids: list[str]) -> None:
    target = tmp_path / f"parks.{form}"
    assert export("parks", form, target, processed=processed, commune=commune) == len(ids)
    again = read(target)
    assert len(again) == len(ids)
    assert not ids or sorted(again["id"]) == ids


def test_geojson_follows_rfc_7946(processed: Path, tmp_path: Path) -> None:
    target = tmp_path / "parks.geojson"
    export("parks", "geojson", target, processed=processed)
    collection = json.loads(target.read_bytes(), parse_float=Decimal)
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection, "section 4: WGS84 alone"
    assert [feature["id"] for feature in collection["features"]] == ["P0", "P1", "P2"]
    assert {feature["type"] for feature in collection["features"]} == {"Feature"}
    assert all(set(feature["properties"]) == set(PARKS.columns) for feature in collection["features"])
    for ring in rings(collection):
        assert len(ring) >= 4, "section 3.1.6"
        assert ring[0] == ring[-1]
    numbers = [number for feature in collection["features"] for number in flat(feature["geometry"]["coordinates"])]
    assert max(-number.as_tuple().exponent for number in numbers) <= RFC_DECIMALS
    assert 2 < numbers[0] < 3, "longitude comes first"
    assert 50 < numbers[1] < 51


def test_geojson_coordinates_are_the_product_s_own(processed: Path, tmp_path: Path) -> None:
    target = tmp_path / "parks.geojson"
    export("parks", "geojson", target, processed=processed)
    shapes = products.read_table("parks", processed).geometry.to_crs(WGS84)
    again = gpd.read_file(target, **layer_in(target)).geometry
    assert shapely.hausdorff_distance(again.to_numpy(), shapes.to_numpy()).max() <= 10**-RFC_DECIMALS


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_spreadsheet_runs_as_a_formula(tmp_path: Path, start: str) -> None:
    bad, good = f'{start}HYPERLINK("x")', f"Parc {start}"
    products.write_table(parks([bad, good], [OHLAIN, TRIANGLE]), "parks", tmp_path)
    export("parks", "csv", tmp_path / "parks.csv", processed=tmp_path)
    table = pd.read_csv(tmp_path / "parks.csv", lineterminator="\n")
    assert table["name"].tolist() == [f"'{bad}", good]
    text = table.select_dtypes(["object", "string"]).stack()
    assert not text[text.str.startswith(("=", "+", "-", "@", "\t", "\r"))].any()


def test_other_formats_keep_the_text_as_it_is(tmp_path: Path) -> None:
    products.write_table(parks(["=1+1"], [OHLAIN]), "parks", tmp_path)
    export("parks", "gpkg", tmp_path / "parks.gpkg", processed=tmp_path)
    assert read(tmp_path / "parks.gpkg")["name"].tolist() == ["=1+1"]


@pytest.mark.parametrize(
    ("layer", "form", "error", "parts"),
    [
        ("park", "csv", UnknownNameError, ["'park'", "expected one of", "parks"]),
        ("irradiation", "csv", RequestError, ["irradiation is a raster", "expected a vector layer", "irradiation.tif"]),
        ("parks", "xlsx", RequestError, ["'xlsx'", "expected one of gpkg, geojson, csv, parquet, fgb"]),
        ("signs", "csv", MissingDataError, ["signs.parquet is absent", "`artois build signs`"]),
    ],
)
def test_a_request_that_cannot_be_met_is_refused_and_writes_nothing(
    processed: Path, tmp_path: Path, layer: str, form: str, error: type[GeoError], parts: list[str]
) -> None:
    target = tmp_path / "out" / "file"
    with pytest.raises(error) as caught:
        export(layer, form, target, processed=processed)
    assert "\n" not in str(caught.value)
    assert [part for part in parts if part not in str(caught.value)] == []
    assert not target.parent.exists()


@pytest.mark.parametrize("form", FORMATS)
def test_a_second_export_replaces_the_first(processed: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"parks.{form}"
    export("parks", form, target, processed=processed)
    export("parks", form, target, processed=processed, commune="62002")
    assert read(target)["id"].tolist() == ["P1"]


def rings(
    collection: dict[str, list[dict[str, dict[str, list[list[list[Decimal]]]]]]],
) -> Iterator[list[list[Decimal]]]:
    for feature in collection["features"]:
        if feature["geometry"]["type"] == "Polygon":
            yield from feature["geometry"]["coordinates"]


def flat(nested: object) -> Iterator[Decimal]:
    if isinstance(nested, list):
        for part in nested:
            yield from flat(part)
    else:
        yield Decimal(str(nested))


def test_figures_come_back_from_csv_as_they_were_told(small_cadastre: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "figures.csv"
    assert export_summary("csv", target, processed=small_cadastre) == 7
    assert list(target.parent.iterdir()) == [target]
    table = pd.read_csv(target, dtype={"code": "string"}).set_index(["level", "code"])
    told = summary.summarise(small_cadastre, codes=None)
    asked = {("asked", pd.NA): told["totals"], ("outside", pd.NA): told["outside_communes"]}
    named = {("epci", key): one for key, one in told["by_epci"].items()}
    named |= {("commune", key): one for key, one in told["by_commune"].items()}
    assert sorted(table.index.droplevel("code")) == sorted([level for level, _ in (asked | named)])
    for (level, _), sums in asked.items():
        assert table.loc[level]["power_mwp"].tolist() == [sums["power_mwp"]]
    for place, one in named.items():
        row = table.loc[place]
        assert row["roofs"] == one["roofs"]
        assert row["roof_area_m2"] == one["roof_area_m2"]
        assert row["suitability_good_power_mwp"] == one["by_suitability"]["good"]["power_mwp"]
        assert row["size_100_and_over_kwp_yield_p50_gwh"] == one["by_size_kwp"]["100+"]["yield_p50_gwh"]
        assert row["public_likely_roofs"] == one["by_public"]["likely"]["roofs"]
    assert set(table["credit"]) == {told["provenance"]["credit"]}


def test_no_name_in_the_figures_runs_in_a_spreadsheet(small_cadastre: Path, tmp_path: Path) -> None:
    export_summary("csv", tmp_path / "figures.csv", processed=small_cadastre, commune="62002")
    table = pd.read_csv(tmp_path / "figures.csv", dtype={"code": "string"})
    assert table["name"].dropna().tolist() == ["'=Est+1"]
    assert table["level"].tolist() == ["asked", "commune"]


def test_rows_of_one_level_of_the_figures_add_up(small_cadastre: Path, tmp_path: Path) -> None:
    export_summary("csv", tmp_path / "figures.csv", processed=small_cadastre)
    table = pd.read_csv(tmp_path / "figures.csv").set_index("level")
    numbers = [name for name in table.select_dtypes("number").columns if name != "code"]
    outside = table.loc["outside", numbers]
    for level in ("epci", "commune"):
        parts = table.loc[[level], numbers].sum() + outside
        pd.testing.assert_series_equal(parts, table.loc["asked", numbers], check_names=False, check_dtype=False)


def test_figures_as_json_are_the_answer_of_the_api(small_cadastre: Path, tmp_path: Path) -> None:
    export_summary("json", tmp_path / "figures.json", processed=small_cadastre, epci="CAE")
    again = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert again == summary.summarise(small_cadastre, codes=frozenset({"62001", "62002"}))


@pytest.mark.parametrize(
    ("form", "asked", "error"),
    [
        ("gpkg", {}, RequestError),
        ("csv", {"commune": "62001", "epci": "CAE"}, RequestError),
        ("csv", {"epci": "nobody"}, UnknownNameError),
        ("csv", {"commune": "62999"}, UnknownNameError),
        ("json", {"commune": "../62001"}, UnknownNameError),
    ],
)
def test_figures_that_cannot_be_told_leave_no_file(
    small_cadastre: Path, tmp_path: Path, form: str, asked: dict[str, str], error: type[GeoError]
) -> None:
    with pytest.raises(error, match="expected"):
        export_summary(form, tmp_path / "out" / f"figures.{form}", processed=small_cadastre, **asked)
    assert not (tmp_path / "out").exists()
