import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.crs import WGS84
from geo.errors import MissingDataError, ProductError, UnknownNameError
from geo.store import BBox, Page, Published
from geo.store.geopackage import DECIMALS, GeoPackageStore, one_type, publication, wgs84

SHAPES = [Point(2.5, 50.5), box(2.7, 50.4, 2.8, 50.5), LineString([(2, 50), (3, 51)])]
CODES = ["62001", "62001|62002", None]
NAMES = ["""L'« étang » <b>"doux"</b></script>""", "first line\nsecond\tline\\n\u2028\u0000", None]


def places(
    shapes: Sequence[BaseGeometry] = SHAPES,
    codes: list[str | None] | None = None,
    names: list[str | None] | None = None,
) -> gpd.GeoDataFrame:
    columns = {
        "id": [f"P{row}" for row in range(len(shapes))],
        "name": names or [f"Place {row}" for row in range(len(shapes))],
        "insee": codes or ["62001"] * len(shapes),
    }
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs=WGS84)
    return table.astype({"id": "string", "name": "string", "insee": "string"})


def published(table: gpd.GeoDataFrame, name: str = "places") -> Published:
    west, south, east, north = (float(value) for value in table.total_bounds)
    return Published(name, len(table), (west, south, east, north), "Géomètre", False, datetime(2025, 1, 1, tzinfo=UTC))


def store_of(path: Path, **tables: gpd.GeoDataFrame) -> GeoPackageStore:
    with publication(path) as new:
        for name, table in tables.items():
            new.add_table(table, published(table, name))
    return GeoPackageStore(path)


@pytest.fixture
def store(tmp_path: Path) -> GeoPackageStore:
    return store_of(tmp_path / "store.gpkg", places=places(codes=CODES, names=NAMES), others=places([Point(3, 50)]))


def ids(page: Page) -> list[str]:
    return [json.loads(text)["id"] for text in page.features]


def test_it_knows_what_was_published(tmp_path: Path) -> None:
    line = Published("irradiation", 9, (2.0, 50.0, 3.0, 51.0), "IGN", True, datetime(2025, 1, 1, tzinfo=UTC))
    with publication(tmp_path / "store.gpkg") as new:
        new.add_table(places(), published(places()))
        new.add_raster(line)
    store = GeoPackageStore(tmp_path / "store.gpkg")
    assert store.published() == {"places": published(places()), "irradiation": line}
    with pytest.raises(UnknownNameError, match="'irradiation'"):
        store.features("irradiation", limit=1)


def test_rasters_alone_or_nothing_at_all_can_be_published(tmp_path: Path) -> None:
    with publication(tmp_path / "store.gpkg"):
        pass
    assert GeoPackageStore(tmp_path / "store.gpkg").published() == {}


def test_without_a_filter_every_feature_comes_in_order(store: GeoPackageStore) -> None:
    page = store.features("places", limit=10)
    assert ids(page) == ["P0", "P1", "P2"]
    assert page.matched == 3
    assert ids(store.features("others", limit=10)) == ["P0"]


def test_text_comes_back_exactly(store: GeoPackageStore) -> None:
    features = [json.loads(text) for text in store.features("places", limit=10).features]
    assert [feature["properties"]["name"] for feature in features] == NAMES
    assert [feature["properties"]["insee"] for feature in features] == CODES
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [2.5, 50.5]}


def test_numbers_and_truth_come_back_as_json_has_them(tmp_path: Path) -> None:
    table = places(SHAPES[:2]).assign(area_m2=[1.5, np.nan], count=[3, None], synthetic=[True, None])
    table = table.astype({"count": "Int64", "synthetic": "boolean"})
    page = store_of(tmp_path / "store.gpkg", places=table).features("places", limit=10)
    told = [json.loads(text)["properties"] for text in page.features]
    assert [row["area_m2"] for row in told] == [1.5, None]
    assert [row["count"] for row in told] == [3, None]
    assert [row["synthetic"] for row in told] == [True, None]


def test_coordinates_have_seven_decimals_at_most_and_no_height(tmp_path: Path) -> None:
    third = 1 / 3
    shapes = [Point(2 + third, 50 + third, 80), Polygon([(2 + third, 50), (2.7, 50.1), (2.6, 50 + 2 * third)])]
    store = store_of(tmp_path / "store.gpkg", places=places(shapes))
    point, polygon = (
        json.loads(text, parse_float=Decimal)["geometry"]["coordinates"]
        for text in store.features("places", limit=2).features
    )
    assert point == [Decimal("2.3333333"), Decimal("50.3333333")]
    numbers = [Decimal(number) for corner in polygon[0] for number in corner]
    assert max(-int(number.as_tuple().exponent) for number in numbers) == DECIMALS == 7


def test_a_box_is_met_by_the_shape_and_not_by_its_bounds(tmp_path: Path) -> None:
    store = store_of(tmp_path / "store.gpkg", places=places([LineString([(2, 50), (3, 51)])]))
    assert ids(store.features("places", bbox=(2.6, 50.1, 2.9, 50.4), limit=9)) == [], "below the diagonal"
    assert ids(store.features("places", bbox=(2.4, 50.1, 2.9, 50.6), limit=9)) == ["P0"], "across it"
    assert ids(store.features("places", bbox=(3.0, 51.0, 4.0, 52.0), limit=9)) == ["P0"], "at its end"
    assert ids(store.features("places", bbox=(1.0, 49.0, 4.0, 52.0), limit=9)) == ["P0"], "around it"


def test_a_box_in_the_hole_of_a_polygon_meets_nothing(tmp_path: Path) -> None:
    ring = box(2, 50, 3, 51).difference(box(2.2, 50.2, 2.8, 50.8))
    store = store_of(tmp_path / "store.gpkg", places=places([ring]))
    assert store.features("places", bbox=(2.4, 50.4, 2.6, 50.6), limit=9) == Page([], 0)


def any_shapes() -> list[BaseGeometry]:
    """Return 30 points, 30 lines, 30 polygons and a ring, all north-east of 2°, 50° and within one degree of it."""
    random, corner = np.random.default_rng(1), (2.0, 50.0)
    points = shapely.points(random.random((30, 2)) + corner)
    lines = shapely.linestrings(random.random((30, 3, 2)) + corner)
    polygons = shapely.convex_hull(shapely.multipoints(random.random((30, 4, 2)) + corner))
    ring = Point(2.5, 50.5).buffer(0.3).difference(Point(2.5, 50.5).buffer(0.2))
    return [*points, *lines, *polygons, ring]


ANY_SHAPES = any_shapes()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> GeoPackageStore:
    codes: list[str | None] = [["62001", "62002", "62001|62002", None][row % 4] for row in range(len(ANY_SHAPES))]
    return store_of(tmp_path_factory.mktemp("many") / "store.gpkg", places=places(ANY_SHAPES, codes))


def boxes() -> st.SearchStrategy[BBox]:
    lon, lat = st.floats(1.9, 3.1), st.floats(49.9, 51.1)
    corners = [Point(shape.bounds[:2]) for shape in ANY_SHAPES]
    on_a_corner = st.sampled_from(corners).map(lambda point: (point.x, point.y, point.x, point.y))
    return st.tuples(lon, lat, lon, lat).map(ordered) | on_a_corner


def ordered(corners: BBox) -> BBox:
    x, y, other_x, other_y = corners
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(bbox=boxes(), insee=st.sampled_from([None, "62001", "62002", "6200"]))
def test_a_box_and_a_commune_find_what_looking_at_every_shape_finds(
    many: GeoPackageStore, bbox: BBox, insee: str | None
) -> None:
    held = {"62001": (0, 2), "62002": (1, 2), "6200": (), None: (0, 1, 2, 3)}[insee]
    meets = shapely.intersects(ANY_SHAPES, box(*bbox))
    expected = [f"P{row}" for row, meet in enumerate(meets) if meet and row % 4 in held]
    page = many.features("places", bbox=bbox, insee=insee, limit=1000)
    assert ids(page) == expected
    assert page.matched == len(expected)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    limit=st.integers(1, 100),
    bbox=st.none() | st.just((2.0, 50.0, 2.5, 50.7)),
    insee=st.sampled_from([None, "62001", "6200"]),
)
def test_pages_part_the_whole_in_order(many: GeoPackageStore, limit: int, bbox: BBox | None, insee: str | None) -> None:
    whole = many.features("places", bbox=bbox, insee=insee, limit=1000)
    assert whole.matched == len(whole.features)
    pages = [
        many.features("places", bbox=bbox, insee=insee, limit=limit, offset=offset)
        for offset in range(0, whole.matched + limit, limit)
    ]
    assert [text for page in pages for text in page.features] == whole.features
    assert {page.matched for page in pages} == {whole.matched}
    assert max(len(page.features) for page in pages) <= limit


def test_a_commune_is_its_whole_code(store: GeoPackageStore) -> None:
    assert ids(store.features("places", insee="62001", limit=9)) == ["P0", "P1"]
    assert ids(store.features("places", insee="62002", limit=9)) == ["P1"]
    assert ids(store.features("places", insee="6200", limit=9)) == []
    assert ids(store.features("places", insee="%", limit=9)) == []


def test_no_limit_is_no_feature_but_the_count(store: GeoPackageStore) -> None:
    assert store.features("places", limit=0) == Page([], 3)
    assert store.features("places", bbox=(2, 50, 3, 51), limit=0) == Page([], 3)


@pytest.mark.parametrize("name", ["parks", "", "artois_layer", 'places" --', "PLACES"])
def test_an_unknown_layer_is_refused(store: GeoPackageStore, name: str) -> None:
    for bbox in (None, (2.0, 50.0, 3.0, 51.0)):
        with pytest.raises(UnknownNameError) as caught:
            store.features(name, bbox=bbox, limit=1)
        assert str(caught.value).startswith(f"no layer is named {name!r}; expected one of")


def test_an_absent_store_is_missing_and_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "store.gpkg"
    with pytest.raises(MissingDataError) as caught:
        GeoPackageStore(path).published()
    assert str(caught.value) == f"{path} is absent; expected published layers; run `artois build`"
    assert not path.exists()


def test_readers_cannot_write(store: GeoPackageStore) -> None:
    with store.connect() as database, pytest.raises(sqlite3.OperationalError, match="readonly"):
        database.execute("DELETE FROM artois_feature")


def test_other_programs_see_the_layers_and_nothing_else(store: GeoPackageStore) -> None:
    assert pyogrio.list_layers(store.path).tolist() == [["places", "Unknown"], ["others", "Point"]]
    table = pyogrio.read_dataframe(store.path, layer="places")
    assert table.crs == WGS84
    assert table["id"].tolist() == ["P0", "P1", "P2"]
    assert shapely.equals(table.geometry.to_numpy(), SHAPES).all()


def test_the_file_is_sound(store: GeoPackageStore) -> None:
    with store.connect() as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("SELECT rtreecheck('rtree_places_geom')").fetchone() == ("ok",)
        assert database.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"GPKG", "big"),)


def test_a_failed_publication_leaves_the_old_store_and_nothing_else(store: GeoPackageStore) -> None:
    with pytest.raises(ZeroDivisionError), publication(store.path) as new:
        new.add_table(places(SHAPES[:1]), published(places(SHAPES[:1])))
        raise ZeroDivisionError
    assert ids(store.features("places", limit=9)) == ["P0", "P1", "P2"]
    assert list(store.path.parent.iterdir()) == [store.path]


def test_what_a_killed_publication_left_is_not_published(tmp_path: Path) -> None:
    with publication(tmp_path / "store.gpkg") as new:
        new.add_table(places(), published(places()))
        left = new.path
    left.write_bytes((tmp_path / "store.gpkg").read_bytes())
    again = store_of(tmp_path / "store.gpkg", places=places(SHAPES[:1]))
    assert ids(again.features("places", bbox=(0, 0, 90, 90), limit=9)) == ["P0"]
    assert list(tmp_path.iterdir()) == [tmp_path / "store.gpkg"]


def test_publishing_while_others_read_never_fails(tmp_path: Path) -> None:
    path = tmp_path / "store.gpkg"
    one, three = places(SHAPES[:1]), places()
    store = store_of(path, places=one)

    def read(turn: int) -> tuple[int, int]:
        page = store.features("places", bbox=(1, 49, 4, 52) if turn % 2 else None, limit=9)
        return len(page.features), page.matched

    with ThreadPoolExecutor(4) as readers:
        pending = [readers.submit(read, turn) for turn in range(400)]
        for table in (three, one, three, one, three):
            store_of(path, places=table)
        answers = {answer.result() for answer in pending}
    assert answers <= {(1, 1), (3, 3)}, "the old layer or the new one, never half of each"
    assert store.published()["places"].rows == 3


def test_a_reader_that_has_begun_keeps_the_store_it_opened(tmp_path: Path) -> None:
    store = store_of(tmp_path / "store.gpkg", places=places())
    with store.connect() as database:
        store_of(tmp_path / "store.gpkg", places=places(SHAPES[:1]))
        assert database.execute("SELECT count(*) FROM artois_feature").fetchone() == (3,)
    with closing(sqlite3.connect(tmp_path / "store.gpkg")) as database:
        assert database.execute("SELECT count(*) FROM artois_feature").fetchone() == (1,)


def test_one_type_is_named_and_a_mixture_is_unknown() -> None:
    assert one_type(places(SHAPES[:1])) == "Point"
    assert one_type(places()) == "Unknown"


def test_the_store_is_in_wgs84() -> None:
    lambert = places().to_crs("EPSG:2154")
    assert wgs84(lambert).crs == WGS84
    assert shapely.hausdorff_distance(wgs84(lambert).geometry.to_numpy(), SHAPES).max() < 1e-9


def test_a_damaged_store_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "store.gpkg"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(ProductError, match=r"store\.gpkg cannot be read .*run `artois build`"):
        GeoPackageStore(path).published()


def test_a_feature_is_found_by_its_id_and_by_its_building(tmp_path: Path) -> None:
    segments = places().assign(building_id=["B1", "B2", "B1"])
    store = store_of(tmp_path / "store.gpkg", segments=segments)
    assert json.loads(store.feature("segments", "P1"))["id"] == "P1"
    assert [json.loads(text)["id"] for text in store.children("segments", "B1")] == ["P0", "P2"]
    assert store.children("segments", "") == store.children("segments", "B3") == []
    with pytest.raises(UnknownNameError, match="'P9'"):
        store.feature("segments", "P9")


@given(lon=st.floats(2.79, 2.81), lat=st.floats(50.39, 50.41))
@settings(max_examples=40, deadline=None)
def test_nearest_agrees_with_distances_on_the_ground(
    tmp_path_factory: pytest.TempPathFactory, lon: float, lat: float
) -> None:
    blocks = [box(2.79 + i / 100, 50.39 + j / 100, 2.792 + i / 100, 50.392 + j / 100) for i in (0, 1) for j in (0, 1)]
    store = store_of(tmp_path_factory.mktemp("store") / "store.gpkg", places=places(blocks))
    lambert = places(blocks).to_crs("EPSG:2154")
    here = gpd.GeoSeries([Point(lon, lat)], crs=WGS84).to_crs("EPSG:2154").iloc[0]
    distance_m = lambert.distance(here)
    found = store.nearest("places", lon, lat, within_m=300.0)
    if distance_m.min() < 298:
        assert found is not None
        assert distance_m[int(json.loads(found)["id"][1:])] <= distance_m.min() + 2
    elif distance_m.min() > 302:
        assert found is None
