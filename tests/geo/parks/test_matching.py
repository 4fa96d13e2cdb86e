import geopandas as gpd
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, box

from geo.parks.matching import Doubt, Matched, Reach, by_name, by_number, by_place, same_name

REACH = Reach()


def sites(names: list[str], xs: list[float], context: str = "", precision_m: float = 500.0) -> gpd.GeoDataFrame:
    columns = {"id": [f"P{row}" for row in range(len(names))], "name": names, "context": context}
    columns["precision_m"] = precision_m
    return gpd.GeoDataFrame(columns, geometry=[Point(x, 0) for x in xs], crs="EPSG:2154")


def outlines(names: list[str | None], xs: list[float], **columns: object) -> gpd.GeoDataFrame:
    ids = [f"O{row}" for row in range(len(names))]
    shapes = [box(x - 10, -10, x + 10, 10) for x in xs]
    return gpd.GeoDataFrame({"id": ids, "name": names, **columns}, geometry=shapes, crs="EPSG:2154")


def pairs(matched: Matched) -> list[tuple[str, int, str]]:
    return [(match.site, match.row, match.how) for match in matched.matches]


def test_a_heap_belongs_to_the_site_that_names_its_number_nearby() -> None:
    heaps = outlines(["Un", "Deux"], [0, 9000]).assign(id=["T001", "T002"])
    assert pairs(by_number(sites(["Terrils 1 et 2"], [0]), heaps, REACH)) == [("P0", 0, "number")]


def test_a_name_and_a_place_make_a_match_and_neither_does_alone() -> None:
    near = sites(["Parc de la Lawe", "Étang vert"], [0, 100])
    assert pairs(by_name(near, outlines(["PARC DE LA LAWE", "Parc de la Lawe"], [50, 9000]), REACH)) == [
        ("P0", 0, "name")
    ]
    assert by_name(near, outlines(["Bois bleu"], [0]), REACH) == Matched([], [])


def test_an_outline_is_taken_for_its_commune_and_kind_where_the_names_differ() -> None:
    known = sites(["Parc Marcel-Cabiddu"], [0], context="étang Wingles Douvrin")
    assert pairs(by_name(known, outlines(["Étangs de Wingles"], [100]), REACH)) == [("P0", 0, "context")]
    assert pairs(by_name(known, outlines(["Étangs de Wingles"], [100]), REACH, context=False)) == []


def test_two_sites_that_fit_equally_are_a_doubt() -> None:
    twins = sites(["Bois du Nord", "Bois du Nord"], [-100, 100])
    matched = by_name(twins, outlines(["Bois du Nord"], [0]), REACH)
    assert matched == Matched([], [Doubt(("P0", "P1"), (0,))])


def test_the_id_of_a_site_decides_wherever_the_outline_lies() -> None:
    given_ids = outlines(["Ailleurs", "Inconnu"], [50_000, 50_000], site_id=["P0", "P9"])
    assert pairs(by_name(sites(["Bois"], [0]), given_ids, REACH)) == [("P0", 0, "id")]


def test_the_outline_named_more_like_the_site_is_taken_and_equal_ones_together() -> None:
    known = sites(["Terril de Lapugnoy"], [0])
    assert pairs(by_name(known, outlines(["Bois de Lapugnoy", "Lapugnoy"], [0, 900]), REACH)) == [("P0", 1, "name")]
    both = by_name(known, outlines(["Lapugnoy", "LAPUGNOY"], [0, 900]), REACH)
    assert pairs(both) == [("P0", 0, "name"), ("P0", 1, "name")]


def test_place_alone_asks_for_one_free_outline_within_the_precision() -> None:
    shapes = outlines([None] * 3, [0, 300, 5000])
    assert pairs(by_place(sites(["a"], [5100]), shapes, frozenset())) == [("P0", 2, "place")]
    assert by_place(sites(["a"], [100]), shapes, frozenset()) == Matched([], [Doubt(("P0",), (0, 1))])
    assert pairs(by_place(sites(["a"], [100]), shapes, frozenset({1}))) == [("P0", 0, "place")]
    assert by_place(sites(["a"], [5100]), shapes, frozenset({2})) == Matched([], [Doubt(("P0",), (2,))])
    assert by_place(sites(["a", "b"], [5100, 5200]), shapes, frozenset()) == Matched([], [Doubt(("P0", "P1"), (2,))])
    assert by_place(sites(["a"], [9000]), shapes, frozenset()) == Matched([], [])


@given(st.permutations(range(4)))
def test_the_order_of_sites_changes_no_match(order: list[int]) -> None:
    known = sites(["Bois vert", "Bois bleu", "Étang gris", "Marais noir"], [0, 200, 400, 600])
    shapes = outlines(["Étang gris", "Le bois bleu", "Marais noir (nord)"], [10, 20, 30])
    expected = {(match.site, match.row) for match in by_name(known, shapes, REACH).matches}
    assert len(expected) == 3
    found = by_name(known.iloc[list(order)].reset_index(drop=True), shapes, REACH)
    assert {(match.site, match.row) for match in found.matches} == expected


def test_names_that_differ_in_accents_alone_are_the_same() -> None:
    assert same_name(pd.Series(["Étang", "Bois", "ETANG", pd.NA, "", "étang !"])) == [[0, 2, 5]]
