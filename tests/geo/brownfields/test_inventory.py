"""One row a site: communes told by the ground, values by precedence, everything doubtful reported."""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point, box

from geo.brownfields.inventory import Inputs, Params, compute
from geo.catalogue import BROWNFIELDS, BROWNFIELDS_ISSUES
from geo.layers import check
from geo.pipeline import Outcome


def sites(points: list[object], prefix: str = "F", certainty: str = "curated", **columns: object) -> gpd.GeoDataFrame:
    table = {"id": [f"{prefix}{i}" for i in range(len(points))], "source": "essai", "synthetic": False}
    table |= {"certainty": certainty, "geometry": points} | columns
    return gpd.GeoDataFrame(table, crs="EPSG:2154")


def built(communes: gpd.GeoDataFrame, **sources: gpd.GeoDataFrame) -> Outcome:
    outcome = compute(Inputs(sources, communes), Params())
    check(outcome.table, BROWNFIELDS)
    check(outcome.also["brownfields_issues"], BROWNFIELDS_ISSUES)
    return outcome


def issues(outcome: Outcome) -> list[tuple[str, str]]:
    table = outcome.also["brownfields_issues"]
    return sorted(zip(table["kind"], table["sites"], strict=True))


def test_the_ground_corrects_the_declared_commune(two_communes: gpd.GeoDataFrame) -> None:
    points = [Point(500, 500), Point(1500, 500), Point(1500, 600), Point(9999, 0)]
    declared = ["62001", "62001", "62003|62002", "62001"]
    outcome = built(two_communes, cartofriches=sites(points, insee_declared=declared))
    table = outcome.table
    assert table["commune_corrected"].tolist() == [False, True, False, False]
    assert table["insee"].fillna("").tolist() == ["62001", "62002", "62002", ""]
    assert table["insee_declared"].iloc[1] == "62001"
    assert [(note.action, note.count, note.example) for note in outcome.notes] == [
        ("repaired", 1, "F1"),
        ("flagged", 1, "F3"),
    ]
    assert issues(outcome) == [("commune_conflict", "F1"), ("outside_territory", "F3")]


def test_estimated_outlines_correct_nothing(two_communes: gpd.GeoDataFrame) -> None:
    points = [Point(1500, 500), Point(500, 500)]
    communes = two_communes.assign(certainty="estimated")
    outcome = built(communes, cartofriches=sites(points, insee_declared=["62001", None]))
    assert not outcome.table["commune_corrected"].any()
    assert outcome.table["insee"].tolist() == ["62001", "62001"]


def test_sources_of_one_site_become_one_row_that_keeps_all_ids(two_communes: gpd.GeoDataFrame) -> None:
    parcels = "62001000AB0001|62001000AB0002"
    point = sites([Point(500, 500)], "A", parcels=parcels, name="Fosse 3", area_m2=100.0, pollution="inconnu")
    area = sites(
        [box(490, 490, 520, 520)], "B", "sourced",
        parcels=parcels, name="Ancienne fosse", area_m2=120.0, pollution="pollution traitée",
    )  # fmt: skip
    outcome = built(two_communes, cartofriches=point, cnig=area)
    (row,) = outcome.table.to_dict("records")
    assert (row["id"], row["source_ids"], row["sources"]) == ("A0", "A0|B0", "CNIG|Cartofriches")
    assert (row["name"], row["area_m2"], row["certainty"]) == ("Fosse 3", 100.0, "curated")
    assert row["pollution"] == "pollution traitée"
    assert (row["drawn_area_m2"], row["area_status"]) == (900.0, "drawn")
    assert issues(outcome) == []


def test_declared_stands_before_historical(two_communes: gpd.GeoDataFrame) -> None:
    old = sites([Point(500, 500)], "A", "unverified", name="Usine du canal", updated="2025-01-01")
    declared = sites([Point(520, 500)], "B", "sourced", name="Usine du Canal SA", updated="2020-01-01")
    (row,) = built(two_communes, cartofriches=old, cnig=declared).table.to_dict("records")
    assert (row["id"], row["name"], row["certainty"]) == ("B0", "Usine du Canal SA", "declared")


def test_likenesses_inside_one_source_are_reported_and_not_decided(two_communes: gpd.GeoDataFrame) -> None:
    same = [Point(500, 500), Point(500, 500), Point(800, 500), Point(800, 500)]
    parcels = ["62001000AB0001", "62001000AB0001", None, None]
    outcome = built(two_communes, cartofriches=sites(same, parcels=parcels, name=["Usine", "Garage", "Puits", "Puits"]))
    assert len(outcome.table) == 4
    assert issues(outcome) == [
        ("like_name", "F2|F3"),
        ("shared_coordinates", "F0|F1"),
        ("shared_coordinates", "F2|F3"),
        ("shared_parcels", "F0|F1"),
    ]


def test_an_ambiguous_match_is_not_made(two_communes: gpd.GeoDataFrame) -> None:
    parcels = "62001000AB0001"
    twice = sites([Point(500, 500), Point(700, 500)], "A", parcels=parcels)
    once = sites([Point(600, 500)], "B", parcels=parcels)
    outcome = built(two_communes, cartofriches=twice, cnig=once)
    assert outcome.table["id"].tolist() == ["A0", "A1", "B0"]
    assert issues(outcome) == [
        ("ambiguous_merge", "A0|B0"),
        ("ambiguous_merge", "A1|B0"),
        ("shared_parcels", "A0|A1"),
    ]


def test_facts_join_inventories_and_are_rows_only_where_there_is_none(two_communes: gpd.GeoDataFrame) -> None:
    facts = sites([Point(500, 500), Point(900, 900)], "P", "estimated", name=["Fosse 3", "Cokerie"], activity="mine")
    inventory = sites([Point(510, 500)], "A", "unverified", name="Fosse n° 3")
    outcome = built(two_communes, cartofriches=inventory, facts=facts)
    (row,) = outcome.table.to_dict("records")
    assert (row["source_ids"], row["activity"]) == ("A0|P0", "mine")
    assert issues(outcome) == [("not_in_inventory", "P1")]
    assert built(two_communes, facts=facts).table["id"].tolist() == ["P0", "P1"]


def test_owners_are_kinds_and_never_names(two_communes: gpd.GeoDataFrame) -> None:
    codes = ["P5a", "X1a", "P5a|X1a", "M1a"]
    points = [Point(100 * n, 500) for n in range(1, 5)]
    table = built(two_communes, cartofriches=sites(points, owner_codes=codes)).table
    assert table["owner"].fillna("").tolist() == ["public", "private", "mixed", ""]
    assert not {"owner_name", "proprio_nom"} & set(table.columns)


def test_a_narrative_in_place_of_a_label_is_left_out(two_communes: gpd.GeoDataFrame) -> None:
    points = [Point(100, 500), Point(900, 500)]
    table = built(two_communes, cartofriches=sites(points, activity=["Fonderie", "Le site " * 40])).table
    assert table["activity"].fillna("").tolist() == ["Fonderie", ""]


def test_a_point_has_a_stated_area_and_no_net_one(two_communes: gpd.GeoDataFrame) -> None:
    outcome = built(two_communes, cartofriches=sites([Point(1, 1), Point(500, 1)], area_m2=[5.0, np.nan]))
    assert outcome.table["area_status"].tolist() == ["stated", "unknown"]
    assert outcome.table["net_area_status"].eq("unknown").all()
    assert outcome.table["net_area_m2"].isna().all()
    assert outcome.table["net_area_method"].isna().all()


def test_the_order_of_rows_changes_nothing(two_communes: gpd.GeoDataFrame) -> None:
    one = sites([Point(500, 500), Point(600, 500), Point(700, 500)], "A", name=["Fosse 3", "Puits 4", "Halle"])
    two = sites([Point(505, 500), Point(600, 505)], "B", "sourced", name=["Fosse n° 3", "Puits 4"])
    plain = built(two_communes, cartofriches=one, cnig=two).table
    turned = built(two_communes, cnig=two[::-1], cartofriches=one[::-1]).table
    pd.testing.assert_frame_equal(pd.DataFrame(plain), pd.DataFrame(turned))
