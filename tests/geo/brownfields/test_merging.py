"""Which rows are one site: rules, transitivity, contradictions; the order of rows changes nothing."""

import geopandas as gpd
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geo.brownfields.merging import Rules, Tie, merged, ties

RULES = Rules()


def rows(*sites: tuple[str, str | None, str | None, object]) -> gpd.GeoDataFrame:
    """Sites as (id, name, parcels, shape)."""
    ids, names, parcels, shapes = zip(*sites, strict=True)
    table = {"id": ids, "name": names, "parcels": parcels}
    return gpd.GeoDataFrame(table, geometry=list(shapes), crs="EPSG:2154")


def kinds(table: gpd.GeoDataFrame) -> list[tuple[int, int, str, float]]:
    return [(tie.first, tie.second, tie.how, tie.strength) for tie in ties(table, RULES)]


def test_the_same_id_is_the_same_site() -> None:
    assert kinds(rows(("A", None, None, Point(0, 0)), ("A", None, None, Point(9999, 0)))) == [(0, 1, "id", 1.0)]


def test_common_parcels_count_by_the_shorter_list() -> None:
    whole = "62001000AB0001|62001000AB0002|62001000AB0003"
    half = "62001000AB0001|62001000AB0009"
    apart = "62001000AB0009"
    one, two = ("A", None, whole, Point(0, 0)), ("B", None, half, Point(9e5, 0))
    assert kinds(rows(one, two)) == [(0, 1, "parcels", 0.25)]
    assert kinds(rows(one, ("B", None, apart, Point(9e5, 0)))) == []


def test_areas_that_mostly_overlap_are_one_site() -> None:
    one = ("A", None, None, box(0, 0, 10, 10))
    assert kinds(rows(one, ("B", None, None, box(5, 0, 15, 10)))) == [(0, 1, "overlap", round(50 / 150, 9))]
    assert kinds(rows(one, ("B", None, None, box(6, 0, 16, 10)))) == []
    assert kinds(rows(one, ("B", None, None, box(10, 0, 20, 10)))) == []


def test_names_are_compared_up_to_thirty_metres() -> None:
    one = ("A", "Terril n° 103", None, Point(0, 0))
    assert kinds(rows(one, ("B", "TERRIL 103", None, Point(30, 0)))) == [(0, 1, "name", 1.0)]
    assert kinds(rows(one, ("B", "TERRIL 103", None, Point(30.1, 0)))) == []
    assert kinds(rows(one, ("B", "Cokerie", None, Point(1, 0)))) == []
    assert kinds(rows(one, ("B", None, None, Point(1, 0)))) == []


def test_sites_are_transitive_across_sources() -> None:
    found = merged(["a", "b", "c", "d"], [Tie(0, 1, "parcels", 1.0), Tie(1, 2, "name", 0.8)])
    assert found.site.tolist() == [0, 0, 0, 3]
    assert found.refused == []


def test_rows_of_one_source_are_never_merged() -> None:
    assert merged(["a", "a"], [Tie(0, 1, "id", 1.0)]).site.tolist() == [0, 1]


def test_equally_sure_ties_that_contradict_are_refused_and_told() -> None:
    both = [Tie(0, 2, "parcels", 1.0), Tie(1, 2, "parcels", 1.0)]
    found = merged(["a", "a", "b"], both)
    assert found.site.tolist() == [0, 1, 2]
    assert found.refused == both


def test_the_surer_tie_decides_and_the_other_is_told() -> None:
    weak, sure = Tie(0, 2, "parcels", 0.9), Tie(1, 2, "id", 1.0)
    found = merged(["a", "a", "b"], [weak, sure])
    assert found.site.tolist() == [0, 1, 1]
    assert found.refused == [weak]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_the_order_of_rows_and_ties_changes_no_group(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 9))
    sources = data.draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count))
    pair = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda two: two[0] < two[1])
    how = st.sampled_from([("id", 1.0), ("parcels", 1.0), ("parcels", 0.5), ("name", 0.8)])
    found = [Tie(*two, *one) for two, one in data.draw(st.lists(st.tuples(pair, how), max_size=14))]
    turned = data.draw(st.permutations(range(count)))
    place = {row: new for new, row in enumerate(turned)}
    moved = [Tie(*sorted((place[tie.first], place[tie.second])), tie.how, tie.strength) for tie in found]
    plain = merged(sources, found).site
    other = merged([sources[row] for row in turned], data.draw(st.permutations(moved))).site
    together = plain[:, None] == plain[None, :]
    back = [place[row] for row in range(count)]
    again = (other[:, None] == other[None, :])[np.ix_(back, back)]
    np.testing.assert_array_equal(together, again)
    for site in set(plain.tolist()):
        members = [sources[row] for row in np.flatnonzero(plain == site)]
        assert len(set(members)) == len(members)
