import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.crs import LAMBERT93
from geo.errors import CrsError
from geo.vector import MIN_SHARE, circle, communes_of, communes_or_declared, require_lambert93

# Four communes of 1 km, two by two: C D
#                                  A B
OUTLINES = {"A": box(0, 0, 1000, 1000), "B": box(1000, 0, 2000, 1000)}
OUTLINES |= {"C": box(0, 1000, 1000, 2000), "D": box(1000, 1000, 2000, 2000)}


def communes(order: str = "ABCD", certainty: str = "surveyed") -> gpd.GeoDataFrame:
    columns = {"id": list(order), "certainty": certainty}
    return gpd.GeoDataFrame(columns, geometry=[OUTLINES[code] for code in order], crs=LAMBERT93)


def codes(*shapes: BaseGeometry | None, among: gpd.GeoDataFrame | None = None) -> list[str | None]:
    found = communes_of(gpd.GeoSeries(shapes, crs=LAMBERT93), communes() if among is None else among)
    assert found.dtype == "string"
    return [None if pd.isna(code) else code for code in found]


def test_a_point_is_in_the_commune_around_it() -> None:
    assert codes(Point(1, 1), Point(1500, 1), Point(1, 1500), Point(1999, 1999)) == ["A", "B", "C", "D"]


def test_outside_is_missing() -> None:
    assert codes(Point(-1, 0), box(3000, 0, 4000, 1), LineString([(0, -1), (2000, -1)])) == [None, None, None]
    assert codes(Point(-1, 0), Point(1, 1)) == [None, "A"]


def test_absent_and_empty_shapes_are_missing() -> None:
    assert codes(None, Point(), Point(1, 1)) == [None, None, "A"]


def test_an_area_names_its_communes_by_falling_share() -> None:
    assert codes(box(300, 0, 1300, 100)) == ["A|B"], "70 % in A, 30 % in B"
    assert codes(box(700, 0, 1700, 100)) == ["B|A"], "30 % in A, 70 % in B"
    assert codes(box(900, 800, 1500, 1900)) == ["D|B|C|A"], "45, 10, 9 and 2 ha"


def test_equal_shares_are_named_in_the_order_of_their_codes() -> None:
    assert codes(box(900, 900, 1100, 1100)) == ["A|B|C|D"]


def test_a_share_under_one_percent_is_not_named() -> None:
    assert MIN_SHARE == 0.01
    assert codes(box(5, 0, 1005, 100)) == ["A"], "0.5 % in B"
    assert codes(box(20, 0, 1020, 100)) == ["A|B"], "2 % in B"
    assert codes(box(0, 0, 1000, 1000)) == ["A"], "the neighbours hold an edge only"


def test_a_line_names_its_communes_by_length() -> None:
    assert codes(LineString([(300, 500), (1300, 500)])) == ["A|B"]
    assert codes(LineString([(300, 500), (1005, 500)])) == ["A"], "5 m of 705 m are less than 1 %"
    assert codes(LineString([(1500, 100), (1500, 1900)])) == ["B|D"]


def test_a_point_on_an_edge_has_one_commune_whatever_their_order() -> None:
    for order in ("ABCD", "DCBA", "CADB"):
        assert codes(Point(1000, 500), Point(1000, 1000), among=communes(order)) == ["A", "A"]


def test_scattered_points_have_one_commune() -> None:
    assert codes(MultiPoint([(1500, 500), (1500, 1500)])) == ["B"]


def test_the_rows_keep_their_labels() -> None:
    shapes = gpd.GeoSeries([Point(1, 1), Point(-1, -1), Point(1500, 1)], index=[7, 3, 7], crs=LAMBERT93)
    assert communes_of(shapes, communes()).index.tolist() == [7, 3, 7]
    assert communes_of(shapes.iloc[1:2], communes()).index.tolist() == [3]
    assert communes_of(shapes.iloc[:0], communes()).empty


def quadrangles() -> st.SearchStrategy[BaseGeometry]:
    metre = st.integers(-500, 2500)
    corners = st.lists(st.tuples(metre, metre), min_size=3, max_size=6, unique=True)
    areas = corners.map(lambda xy: shapely.convex_hull(MultiPoint(xy)))
    return areas | corners.map(LineString) | st.tuples(metre, metre).map(Point)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(quadrangles(), st.permutations("ABCD"))
def test_named_communes_meet_the_shape_and_their_order_is_of_no_matter(shape: BaseGeometry, order: list[str]) -> None:
    (named,) = codes(shape)
    assert codes(shape, among=communes("".join(order))) == [named]
    chosen = named.split("|") if named else []
    assert all(shape.intersects(OUTLINES[code]) for code in chosen)
    size = shape.area or shape.length
    if size == 0:
        assert len(chosen) == any(shape.intersects(outline) for outline in OUTLINES.values())
        return
    held = {code: shape.intersection(outline) for code, outline in OUTLINES.items()}
    share = {code: (part.area if shape.area else part.length) / size for code, part in held.items()}
    assert sorted(chosen) == [code for code in OUTLINES if share[code] >= MIN_SHARE]
    assert chosen == sorted(chosen, key=lambda code: -share[code])


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.lists(quadrangles(), min_size=1, max_size=8))
def test_each_row_is_judged_alone(shapes: list[BaseGeometry]) -> None:
    assert codes(*shapes) == [code for shape in shapes for code in codes(shape)]


def test_where_outlines_are_estimated_the_declared_commune_stands() -> None:
    shapes = gpd.GeoSeries([Point(1, 1), Point(1500, 1)], crs=LAMBERT93)
    declared = pd.Series(["D", None])
    assert communes_or_declared(shapes, communes(certainty="estimated"), declared).tolist() == ["D", "B"]
    assert communes_or_declared(shapes, communes(), declared).tolist() == ["A", "B"]


def test_a_circle_has_its_area_and_centre() -> None:
    drawn = circle(685_000, 7_040_000, 10_000)
    assert drawn.area == pytest.approx(10_000, rel=0.002)
    assert (drawn.centroid.x, drawn.centroid.y) == pytest.approx((685_000, 7_040_000))
    radius_m = np.sqrt(10_000 / np.pi)
    np.testing.assert_allclose(
        shapely.distance(Point(685_000, 7_040_000), shapely.points(drawn.exterior.coords)), radius_m
    )


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:27572", None])
def test_another_projection_is_refused(crs: str | None) -> None:
    table = gpd.GeoDataFrame({"geometry": [Polygon()]}, crs=crs)
    with pytest.raises(CrsError, match=f"sites is in {crs}; expected EPSG:2154; reproject"):
        require_lambert93(table, "sites")
    table = table.set_crs(LAMBERT93, allow_override=True)
    assert require_lambert93(table, "sites") is table
