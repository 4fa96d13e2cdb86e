import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point, box
from shapely.geometry import mapping

from geo.catalogue import PARKS
from geo.config import Territory
from geo.crs import LAMBERT93, WGS84
from geo.errors import CrsError, GeoError, MissingDataError, SourceError
from geo.provenance import Note
from geo.qgis_style import add_style
from geo.raw import RawFolder
from geo.sources.files import numbers, open_vector, points, read_csv, read_parquet, read_vector

COLUMNS = {"site_nom": "name"}
LENS = {"type": "Point", "coordinates": [2.83, 50.43]}
SQUARE = mapping(box(2.8, 50.4, 2.9, 50.5))
BOW_TIE = {"type": "Polygon", "coordinates": [[[2, 50], [3, 51], [3, 50], [2, 51], [2, 50]]]}
FLAT = {"type": "Polygon", "coordinates": [[[2, 50], [3, 51], [2, 50], [2, 50]]]}
LAMBERT = {"type": "Point", "coordinates": [688_000, 7_036_000]}
EMPTY = {"type": "MultiPolygon", "coordinates": []}

Geometry = dict[str, object] | None


@pytest.fixture
def raw(tmp_path: Path, territory: Territory) -> RawFolder:
    return RawFolder("sites", tmp_path, tmp_path, territory)


def geojson(folder: Path, *geometries: Geometry, column: str = "site_nom") -> Path:
    """Write a GeoJSON whose rows are named A, B, C…"""
    features = [
        {"type": "Feature", "properties": {column: chr(65 + row)}, "geometry": geometry}
        for row, geometry in enumerate(geometries)
    ]
    path = folder / "sites.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def csv(folder: Path, content: str | bytes) -> Path:
    path = folder / "signs.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(error: pytest.ExceptionInfo[GeoError], path: Path, *parts: str) -> None:
    """Hold a message to the rule: one line, the path, what was found and expected, what to do."""
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    assert [part for part in parts if part not in message] == []


def test_a_good_file_comes_in_our_names_in_lambert_93(tmp_path: Path, raw: RawFolder) -> None:
    table = read_vector(geojson(tmp_path, LENS, SQUARE), COLUMNS, raw)
    assert list(table.columns) == ["name", "geometry"]
    assert table["name"].tolist() == ["A", "B"]
    assert table.crs == LAMBERT93
    back = table.to_crs(WGS84).geometry
    assert back[0].distance(Point(2.83, 50.43)) < 1e-9
    assert back[1].symmetric_difference(box(2.8, 50.4, 2.9, 50.5)).area < 1e-9
    assert raw.notes == []


def test_an_absent_file_is_refused(tmp_path: Path, raw: RawFolder) -> None:
    path = tmp_path / "sites.geojson"
    with pytest.raises(SourceError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "No such file", "fetch or export it again")
    with pytest.raises(MissingDataError) as missing:
        read_csv(tmp_path / "signs.csv", {"code": "id"})
    refusal(missing, tmp_path / "signs.csv", "absent", "expected a CSV in UTF-8", "put the file there")
    with pytest.raises(SourceError) as caught:
        read_parquet(tmp_path / "roofs.parquet")
    refusal(caught, tmp_path / "roofs.parquet", "make it again")


@pytest.mark.parametrize("content", ["", "hello", '{"type": "FeatureCollection"'])
def test_a_file_that_is_no_geojson_is_refused(tmp_path: Path, raw: RawFolder, content: str) -> None:
    path = tmp_path / "sites.geojson"
    path.write_text(content)
    with pytest.raises(SourceError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "cannot be read", "is it whole?", "fetch or export it again")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_truncated_geojson_is_refused(tmp_path: Path, raw: RawFolder, kept: float) -> None:
    path = geojson(tmp_path, LENS, SQUARE, LENS)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(SourceError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "cannot be read", "is it whole?")


@pytest.mark.parametrize(
    ("name", "kept"), [("a.gpkg", 60_000), ("a.fgb", 500), ("a.fgb", 6_000), ("a.fgb", -20), ("a.shp", 90)]
)
def test_a_truncated_binary_file_is_refused(tmp_path: Path, raw: RawFolder, name: str, kept: int) -> None:
    path = tmp_path / name
    gpd.GeoDataFrame({"site_nom": ["A"] * 100}, geometry=[Point(2, 50)] * 100, crs=WGS84).to_file(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(SourceError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "cannot be read", "is it whole?", "fetch or export it again")


def test_a_table_without_geometry_is_refused(tmp_path: Path, raw: RawFolder) -> None:
    path = csv(tmp_path, "site_nom\nA\n")
    with pytest.raises(SourceError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "no geometry", "expected a vector layer", "export it with its geometry")


@pytest.mark.parametrize("geometries", [(), (None, None), (EMPTY,), (None, EMPTY)])
def test_a_layer_without_any_geometry_is_refused(
    tmp_path: Path, raw: RawFolder, geometries: tuple[Geometry, ...]
) -> None:
    path = geojson(tmp_path, *geometries)
    with pytest.raises(SourceError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "no row with a geometry", "expected at least one", "fetch or export it again")
    assert raw.notes == []


def test_rows_without_geometry_are_dropped_and_reported(tmp_path: Path, raw: RawFolder) -> None:
    table = read_vector(geojson(tmp_path, LENS, None, SQUARE, EMPTY), COLUMNS, raw)
    assert table["name"].tolist() == ["A", "C"]
    assert table.index.tolist() == [0, 1]
    assert raw.notes == [Note(action="dropped", reason="sites.geojson: no geometry", count=2, example="B")]


def test_an_invalid_polygon_is_repaired_and_reported(tmp_path: Path, raw: RawFolder) -> None:
    table = read_vector(geojson(tmp_path, SQUARE, BOW_TIE), COLUMNS, raw)
    assert table["name"].tolist() == ["A", "B"]
    assert table.is_valid.all()
    assert table.to_crs(WGS84).geometry[1].area == pytest.approx(0.5, rel=1e-6), "two triangles, base 1 and height 1/2"
    assert raw.notes == [Note(action="repaired", reason="sites.geojson: invalid geometry", count=1, example="B")]


def test_a_polygon_that_repair_would_empty_is_dropped(tmp_path: Path, raw: RawFolder) -> None:
    table = read_vector(geojson(tmp_path, SQUARE, FLAT), COLUMNS, raw)
    assert table["name"].tolist() == ["A"]
    assert raw.notes == [Note(action="dropped", reason="sites.geojson: no geometry", count=1, example="B")]


def test_a_missing_column_is_named_beside_those_found(tmp_path: Path, raw: RawFolder) -> None:
    path = geojson(tmp_path, LENS, column="nom_site")
    with pytest.raises(SourceError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "lacks the columns ['site_nom']", "'nom_site'", "has the provider's format changed?")
    path = csv(tmp_path, "code,lat\nS1,50\n")
    with pytest.raises(SourceError) as caught:
        read_csv(path, {"code": "id", "lon": "lon"})
    refusal(caught, path, "lacks the columns ['lon']", "'code', 'lat'")


def test_lambert_coordinates_called_degrees_are_refused(tmp_path: Path, raw: RawFolder) -> None:
    path = geojson(tmp_path, LAMBERT)
    with pytest.raises(CrsError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "WGS 84", "(688000, 7036000)", "expected degrees", "EPSG:2154")


def test_a_file_that_states_no_projection_is_refused(tmp_path: Path, raw: RawFolder) -> None:
    path = tmp_path / "sites.shp"
    gpd.GeoDataFrame({"site_nom": ["A"]}, geometry=[Point(2, 50)], crs=WGS84).to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError) as caught:
        read_vector(path, COLUMNS, raw)
    refusal(caught, path, "no CRS", "expected one, such as EPSG:2154", "assign it")


def test_another_projection_is_brought_to_lambert_93(tmp_path: Path, raw: RawFolder) -> None:
    there = gpd.GeoDataFrame({"site_nom": ["A"]}, geometry=[Point(2.83, 50.43)], crs=WGS84)
    there.to_crs("EPSG:3857").to_file(tmp_path / "sites.gpkg")
    table = read_vector(tmp_path / "sites.gpkg", COLUMNS, raw)
    assert table.geometry[0].distance(there.to_crs(LAMBERT93).geometry[0]) < 0.001


@pytest.mark.parametrize("content", [b"", b"PAR1 no parquet PAR1"])
def test_a_parquet_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "roofs.parquet"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_parquet(path)
    refusal(caught, path, "cannot be read", "make it again")


@pytest.mark.parametrize(
    "content",
    [
        'code,name\nS1,"Liévin, gare"\n',
        'code;name\nS1;"Liévin, gare"\n',
        "code;name\nS1;Liévin, gare\n",
        '\ufeffcode,name\nS1,"Liévin, gare"\n',
        '\ufeff"code";"name"\r\nS1;Liévin, gare\r\n',
        'other,name,code\nx,"Liévin, gare",S1\n',
    ],
    ids=["comma", "semicolon", "bare comma", "BOM", "BOM and CRLF", "order"],
)
def test_a_csv_is_read_whatever_program_wrote_it(tmp_path: Path, content: str) -> None:
    table = read_csv(csv(tmp_path, content), {"code": "id", "name": "name"})
    assert table.to_dict("list") == {"id": ["S1"], "name": ["Liévin, gare"]}


def test_only_an_empty_cell_is_missing(tmp_path: Path) -> None:
    table = read_csv(csv(tmp_path, "code,name\n007,NA\nnull,\n"), {"code": "id", "name": "name"})
    assert table["id"].tolist() == ["007", "null"]
    assert table["name"].isna().tolist() == [False, True]


@pytest.mark.parametrize("rows_before", [0, 10_000])
def test_latin_1_is_refused_with_the_byte_and_its_place(tmp_path: Path, rows_before: int) -> None:
    start = b"code,name\n" + b"S1,Lens\n" * rows_before + b"S2,Li"
    path = csv(tmp_path, start + "évin\n".encode("latin-1"))
    with pytest.raises(SourceError) as caught:
        read_csv(path, {"code": "id"})
    refusal(caught, path, f"byte 0xe9 at position {len(start)}", "expected UTF-8", "iconv -f latin1 -t utf-8")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("code,name\n", ["header but no row", "expected at least one", "fill it or remove"]),
        ("", ["is not a table", "expected CSV"]),
        ('code,name\nS1,"Lens\n', ["is not a table", "expected CSV", "export it again"]),
        ("code,name\nS1,Lens\nS2,Liévin,gare\n", ["is not a table", "line 3", "expected CSV"]),
        ("code,name\nS1,Liévin, gare\n", ["more cells than the header's 2", "expected as many", "double quotes"]),
        ("code,name\nS1,Lens,\n", ["more cells than the header's 2", "expected as many"]),
    ],
)
def test_a_csv_that_is_no_table_is_refused(tmp_path: Path, content: str, parts: list[str]) -> None:
    path = csv(tmp_path, content)
    with pytest.raises(SourceError) as caught:
        read_csv(path, {"code": "id", "name": "name"})
    refusal(caught, path, *parts)


def test_numbers_take_a_point_or_a_comma(tmp_path: Path) -> None:
    column = pd.Series(["1.5", "1,5", " -2 ", "1e3", None], dtype="string", name="height")
    read = numbers(column, tmp_path)
    assert read.dtype == "float64"
    assert read[:4].tolist() == [1.5, 1.5, -2.0, 1000.0]
    assert read.isna().tolist() == [False, False, False, False, True]


@pytest.mark.parametrize("text", ["tall", "1 234", "1,234.5", "12 m", "nan", "True", "1_0", "0x1F"])
def test_text_is_no_number_and_is_found_by_line_and_column(tmp_path: Path, text: str) -> None:
    path = csv(tmp_path, f'code,height\nS1,2\nS2,\nS3,"{text}"\n')
    with pytest.raises(SourceError) as caught:
        numbers(read_csv(path, {"height": "height"})["height"], path)
    refusal(caught, path, "line 4", "column height", repr(text), "expected a number")


def test_longitude_and_latitude_make_points(tmp_path: Path) -> None:
    path = csv(tmp_path, 'code;lon;lat\nS1;"2,83";50.43\nS2;;50.4\n')
    table = points(read_csv(path, {"code": "id", "lon": "lon", "lat": "lat"}), path)
    assert list(table.columns) == ["id", "geometry"]
    assert table["id"].tolist() == ["S1"], "a row without a place is left to the caller to report"
    assert table.to_crs(WGS84).geometry[0].distance(Point(2.83, 50.43)) < 1e-9


@pytest.mark.parametrize(
    ("place", "error", "parts"),
    [
        (",", SourceError, ["no row has a longitude and a latitude", "expected lon, lat in WGS84"]),
        ("688000,7036000", CrsError, ["(688000, 7036000)", "expected degrees", "EPSG:2154"]),
        ("2.8,north", SourceError, ["line 2", "column lat", "'north'", "expected a number"]),
    ],
)
def test_places_that_are_none_are_refused(tmp_path: Path, place: str, error: type[GeoError], parts: list[str]) -> None:
    path = csv(tmp_path, f"code,lon,lat\nS1,{place}\n")
    with pytest.raises(error) as caught:
        points(read_csv(path, {"code": "id", "lon": "lon", "lat": "lat"}), path)
    refusal(caught, path, *parts)


def test_degrees_declared_as_metres_are_refused(tmp_path: Path, raw: RawFolder) -> None:
    path = tmp_path / "degrees.gpkg"
    gpd.GeoDataFrame({"nom": ["a"]}, geometry=[Point(2.8, 50.4)], crs="EPSG:2154").to_file(path)
    with pytest.raises(CrsError, match="expected metres"):
        read_vector(path, {"nom": "name"}, raw)


def test_a_geopackage_with_its_style_is_read_as_one_layer(tmp_path: Path) -> None:
    path = tmp_path / "parks.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(0, 0, 1, 1)], crs=2154).to_file(path, layer="parks")
    add_style(path, "parks", PARKS, ["Polygon"])
    assert open_vector(path)["name"].tolist() == ["a"]
