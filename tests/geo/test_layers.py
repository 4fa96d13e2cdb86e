import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point, Polygon

from geo.errors import CrsError, GeoError, ProductError
from geo.layers import Column, Layer, Style, Text, check

POSTS = Layer(
    name="posts",
    title=Text("Poteaux", "Posts"),
    summary=Text("Des poteaux.", "Some posts."),
    geometry=("Point", "Polygon"),
    columns={
        "id": Column("string", "", Text("Identifiant", "Identifier")),
        "height_m": Column("float64", "m", Text("Hauteur", "Height")),
        "count": Column("Int64", "", Text("Nombre", "Count")),
        "synthetic": Column("boolean", "", Text("Synthétique", "Synthetic")),
    },
    style=Style("#000000"),
)


def posts(**columns: list[object]) -> gpd.GeoDataFrame:
    given = {"id": ["a", "b"], "height_m": [1.5, None], "count": [3, None], "synthetic": [False, True]}
    shapes = {"geometry": [Point(0, 0), Point(1, 1)]}
    return gpd.GeoDataFrame(given | shapes | columns, crs="EPSG:2154")


def test_columns_are_chosen_ordered_and_typed() -> None:
    table = posts(extra=[1, 2])[["extra", "synthetic", "geometry", "count", "id", "height_m"]]
    checked = check(table, POSTS)
    assert {name: str(dtype) for name, dtype in checked.dtypes.items()} == {
        "id": "string",
        "height_m": "float64",
        "count": "Int64",
        "synthetic": "boolean",
        "geometry": "geometry",
    }
    assert checked["count"].isna().tolist() == [False, True]
    assert checked.crs.to_epsg() == 2154


def test_rows_keep_their_order_and_lose_their_labels() -> None:
    table = posts().set_index(pd.Index([7, 7]))
    checked = check(table, POSTS)
    assert checked.index.tolist() == [0, 1]
    assert checked["id"].tolist() == ["a", "b"]
    assert table.index.tolist() == [7, 7], "the argument is left alone"


def test_a_checked_table_passes_again_unchanged() -> None:
    once = check(posts(), POSTS)
    pd.testing.assert_frame_equal(check(once, POSTS), once)


@pytest.mark.parametrize("missing", [None, pd.NA, float("nan")])
def test_a_missing_number_is_nan(missing: object) -> None:
    assert check(posts(height_m=[missing, 2]), POSTS)["height_m"].isna().tolist() == [True, False]


BOW_TIE = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        (posts().drop(columns=["count", "height_m"]), ["'height_m'", "'count'", "lack", "expected all of"]),
        (posts().iloc[:0], ["no row is left", "expected at least one"]),
        (posts(id=["a", None]), ["1 rows have no id", "expected one each"]),
        (posts(id=["a", "a"]), ["'a' stands twice", "expected unique"]),
        (posts(geometry=[Point(0, 0), None]), ["1 rows have no geometry", "expected one each"]),
        (posts(geometry=[Point(), Point()]), ["2 rows have no geometry", "expected one each"]),
        (posts(geometry=[Point(0, 0), BOW_TIE]), ["1 geometries are invalid", "expected valid"]),
        (posts(geometry=[Point(0, 0), LineString([(0, 0), (1, 1)])]), ["'LineString'", "expected one of", "'Point'"]),
        (posts(height_m=["1.5", "tall"]), ["posts.height_m", "tall", "expected float64"]),
        (posts(count=[1.5, 2]), ["posts.count", "expected Int64"]),
        (posts(synthetic=["yes", "no"]), ["posts.synthetic", "expected boolean"]),
    ],
)
def test_a_broken_promise_is_refused_in_one_line(table: gpd.GeoDataFrame, parts: list[str]) -> None:
    with pytest.raises(ProductError) as caught:
        check(table, POSTS)
    assert_one_line(caught.value, ["posts", *parts])


@pytest.mark.parametrize(
    ("table", "found"),
    [(posts().to_crs("EPSG:4326"), "EPSG:4326"), (posts().set_crs(None, allow_override=True), "None")],
)
def test_another_projection_is_refused(table: gpd.GeoDataFrame, found: str) -> None:
    with pytest.raises(CrsError) as caught:
        check(table, POSTS)
    assert_one_line(caught.value, ["posts", found, "expected EPSG:2154", "reproject"])


def assert_one_line(error: GeoError, parts: list[str]) -> None:
    message = str(error)
    assert "\n" not in message
    assert [part for part in parts if part not in message] == []
    assert message.count(";") >= 2, "found; expected; what to do"
