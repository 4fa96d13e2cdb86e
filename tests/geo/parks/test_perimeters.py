"""A small town with every kind of outline, computed by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo import products
from geo.catalogue import PARKS, PARKS_ISSUES
from geo.layers import check
from geo.parks.parks import Inputs, Params, compute
from geo.raw import sha256
from geo.sources import perimeters

HOSTILE = "<script>alert('{name}')</script> | \"x\"; {0} =1+1\n\u202e"


def table(shapes: list[BaseGeometry | None], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:2154")


def site(key: str, name: str, x: float = 500, **columns: object) -> dict[str, object]:
    return {
        "id": key, "name": name, "kind": "terril", "large_park": "nord", "stated_area_m2": np.nan, "manager": pd.NA,
        "location": "essai", "insee_declared": "62001", "communes": "Ouest", "precision_m": 100.0, "owner": pd.NA,
        "state": pd.NA, "opening_year": pd.NA, "source": "essai", "certainty": "estimated", "synthetic": False,
        "geometry": Point(x, 500), **columns,
    }  # fmt: skip


def imported(shapes: list[BaseGeometry], names: list[str | None], **columns: object) -> gpd.GeoDataFrame:
    told = {column: pd.array([pd.NA] * len(shapes), dtype="string") for column in perimeters.COLUMNS}
    told |= {"name": pd.array(names, dtype="string"), "file": "a.gpkg", "row": range(1, len(shapes) + 1)}
    return table(shapes, **told | {key: pd.array(values, dtype="string") for key, values in columns.items()})  # type: ignore[call-overload]


@pytest.fixture
def communes(two_communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return two_communes.assign(epci=["CAE", "CAN"])


def inputs(communes: gpd.GeoDataFrame, sites: list[dict[str, object]], **more: object) -> Inputs:
    heaps = table([box(450, 450, 550, 550)], id=["T001"], name=["Un"], certainty=["surveyed"])
    frame = gpd.GeoDataFrame(sites, crs="EPSG:2154").astype({"name": "string"})
    given = Inputs(frame, pd.Series({"nord": "Parc Nord"}), heaps, None, communes)
    return given._replace(**more)


def made(given: Inputs) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    outcome = compute(given, Params())
    return check(outcome.table, PARKS), check(outcome.also["parks_issues"], PARKS_ISSUES)


def kinds(issues: gpd.GeoDataFrame, *but: str) -> list[tuple[str, str]]:
    rows = issues[~issues["kind"].isin(but)]
    return sorted((kind, park) for kind, park in zip(rows["kind"], rows["park_id"].fillna(""), strict=True))


def test_each_source_gives_way_to_the_better_one(communes: gpd.GeoDataFrame) -> None:
    sites = [site("P1", "Terril 1 du Bois", stated_area_m2=20_000.0)]
    classified = table(
        [box(400, 400, 600, 600)],
        id=["C1"],
        site_id=["S"],
        name=["Chaîne des terrils"],
        kind=["classified"],
        also=[pd.NA],
    )
    space = table([box(450, 450, 580, 560)], number=["N1"], name=["Terril 1 du Bois"])
    brought = imported([box(440, 440, 560, 560)], ["Terril 1 du bois"])
    no_heap = table([box(9e5, 0, 9e5 + 1, 1)], id=["T009"], name=["Neuf"], certainty=["surveyed"])
    alone = inputs(communes, sites, heaps=no_heap)
    steps = [
        alone,
        alone._replace(classified=classified),
        alone._replace(classified=classified, neo_natural=space),
        inputs(communes, sites, classified=classified, neo_natural=space),
        inputs(communes, sites, classified=classified, neo_natural=space, imported=brought),
    ]
    rows = [made(step)[0].iloc[0] for step in steps]
    assert [row["perimeter_source"] for row in rows] == [
        "circle", "classified_site", "neo_natural", "spoil_heap", "imported",
    ]  # fmt: skip
    assert [row["perimeter_match"] for row in rows] == ["none", "place", "name", "number", "name"]
    assert [row["certainty"] for row in rows] == ["estimated", "estimated", "sourced", "estimated", "sourced"]
    assert [row["perimeter_from"] for row in rows] == [pd.NA, "C1", "N1", "T001", "a.gpkg, ligne 1"]
    np.testing.assert_allclose([row["area_m2"] for row in rows[1:]], [40_000, 14_300, 10_000, 14_400])
    np.testing.assert_allclose([row["area_difference"] for row in rows], [np.nan, 100, -28.5, -50, -28])


def test_shares_protections_and_differences_are_those_of_the_drawing(communes: gpd.GeoDataFrame) -> None:
    sites = [site("P1", "Bois", 1000, stated_area_m2=40_000.0, kind="bois")]
    brought = imported([box(750, 0, 1250, 100)], ["Bois"], owner=["CALL"], state=["open"], opening_year=["2019"])
    heritage = table([box(750, 0, 850, 100), box(850, 0, 1000, 100)], protection=["inscribed", "buffer"])
    classified = table([box(0, 0, 800, 50)], id=["C"], site_id=["C"], name=["Parc"], kind=["classified"], also=[pd.NA])
    parks, issues = made(inputs(communes, sites, imported=brought, protections=heritage, classified=classified))
    row = parks.iloc[0]
    assert (row["commune_shares"], row["epci_shares"], row["epci"]) == (
        "62001:50 %|62002:50 %",
        "CAE:50 %|CAN:50 %",
        "CAE|CAN",
    )
    np.testing.assert_allclose(
        row[["inscribed_share", "buffer_share", "classified_share"]].astype(float), [0.2, 0.3, 0.05]
    )
    assert row["protections"] == "bien inscrit 20 %, zone tampon 30 %, site classé 5 %"
    assert (row["owner"], row["state"], row["opening_year"]) == ("CALL", "open", "2019")
    assert row["area_difference"] == pytest.approx(25)
    assert kinds(issues) == [
        ("area_differs", "P1"), ("outside_declared_commune", "P1"), ("unmatched_outline", ""),
    ]  # fmt: skip


def test_without_providers_nothing_is_claimed(communes: gpd.GeoDataFrame) -> None:
    row = made(inputs(communes, [site("P1", "Bois", kind="bois")]))[0].iloc[0]
    assert row[["owner", "opening_year", "protections", "inscribed_share", "classified_share", "events"]].isna().all()
    assert (row["state"], row["perimeter_source"]) == ("unknown", "point")


def test_an_imported_perimeter_of_no_site_is_a_new_park_with_a_stable_id(communes: gpd.GeoDataFrame) -> None:
    shapes = [box(x, 0, x + 50, 50) for x in (0, 100, 200, 300)]
    brought = imported(shapes, ["Île neuve", "ILE NEUVE", None, "Autre"], site_id=[None, None, None, "A 7"])
    parks, issues = made(inputs(communes, [site("P1", "Bois", kind="bois")], imported=brought))
    assert parks["id"].tolist() == ["P1", "X-ile-neuve", "X-ile-neuve-2", "X-a-gpkg-3", "X-a-7"]
    assert kinds(issues, "no_outline") == [
        ("duplicate_name", ""), ("duplicate_name", "X-ile-neuve"), *[("unmatched_outline", "")] * 4,
    ]  # fmt: skip


def test_contradictions_are_told_never_settled_in_silence(communes: gpd.GeoDataFrame) -> None:
    brought = imported([box(0, 0, 100, 100)], ["Bois"], site_id=["P1"], owner=["Autre"])
    space = table([box(700, 700, 800, 800)], number=["N1"], name=["Bois"])
    sites = [site("P1", "Bois", kind="bois", owner="CALL")]
    parks, issues = made(inputs(communes, sites, imported=brought, neo_natural=space))
    assert parks["owner"].tolist() == ["Autre"]
    told = issues.set_index("kind")[["other", "found", "expected"]]
    assert told.loc["value_conflict"].tolist() == ["owner (a.gpkg, ligne 1)", "Autre", "CALL"]
    assert told.loc["perimeter_conflict"].tolist() == ["neo_natural: N1", "0 %", "> 50 %"]


def test_doubles_and_overlaps_are_found_and_neighbours_are_not(communes: gpd.GeoDataFrame) -> None:
    shapes = [box(0, 0, 100, 100), box(50, 0, 150, 100), box(150, 0, 250, 100), box(150, 0, 250, 101)]
    brought = imported(shapes, ["Un", "Deux", "Trois", "Quatre"], site_id=["P1", "P2", "P3", "P4"])
    sites = [site(f"P{row}", name, kind="bois") for row, name in enumerate(["Un", "Deux", "Trois", "UN."], start=1)]
    sites.append(site("P5", "Dedans", kind="bois", geometry=Point(10, 10)))
    issues = made(inputs(communes, sites, imported=brought))[1]
    assert kinds(issues, "no_outline") == [
        ("duplicate_geometry", "P3"), ("duplicate_name", "P1"), ("overlap", "P1"), ("overlap", "P5"),
    ]  # fmt: skip
    overlap = issues[(issues["kind"] == "overlap") & (issues["park_id"] == "P1")].iloc[0]
    assert (overlap["other"], overlap["found"], overlap.geometry.area) == ("P2 Deux", "50 % (0.5 ha)", 5000.0)


def test_classified_heaps_that_fit_several_ways_are_left_alone(communes: gpd.GeoDataFrame) -> None:
    classified = table(
        [box(480, 600, 520, 640), box(480, 360, 520, 400)], id=["A", "B"], site_id="S", name="Chaîne des terrils",
        kind="classified", also=[pd.NA, "A2|A3"],
    )  # fmt: skip
    parks, issues = made(inputs(communes, [site("P1", "Terril du Bois", precision_m=150.0)], classified=classified))
    assert parks["perimeter_source"].tolist() == ["point"]
    assert kinds(issues, "unmatched_outline") == [
        ("doubtful_match", "P1"), ("duplicate_geometry", ""), ("no_outline", "P1"),
    ]  # fmt: skip
    double = issues[issues["kind"] == "duplicate_geometry"].iloc[0]
    assert (double["found"], double["expected"]) == ("3", "1")


def test_faulty_rows_of_the_files_are_placed_and_told(communes: gpd.GeoDataFrame) -> None:
    square = MultiPolygon([box(0, 0, 10, 10)])
    faults = table(
        [None, square], file=["a.geojson", "b.geojson"], row=[3, 4], name=["Vide", HOSTILE],
        fault=["null_geometry", "invalid_geometry"], reason=["", "Self-intersection"],
    )  # fmt: skip
    issues = made(inputs(communes, [site("P1", "Terril 1")], faults=faults))[1].set_index("kind")
    assert issues.loc["null_geometry", "other"] == "a.geojson:3"
    assert issues.loc["null_geometry"].geometry.geom_type == "Point"
    assert HOSTILE in issues.loc["invalid_geometry", "message"]
    assert issues.loc["invalid_geometry"].geometry.equals(box(0, 0, 10, 10))


def test_hostile_names_stay_text_and_make_harmless_ids(communes: gpd.GeoDataFrame) -> None:
    brought = imported([box(0, 0, 10, 10)], [HOSTILE])
    parks, issues = made(
        inputs(communes, [site("P1", HOSTILE, kind="bois", geometry=Point(900, 900))], imported=brought)
    )
    assert parks["name"].eq(HOSTILE).all()
    for key in [*parks["id"], *issues["id"]]:
        assert key.replace("_", "").replace("-", "").isalnum()
        assert key.isascii()


def test_the_same_files_give_the_same_bytes_in_any_order(
    communes: gpd.GeoDataFrame, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sites = [site(f"P{row}", f"Terril {row}", 100 * row, stated_area_m2=5000.0) for row in range(1, 8)]
    brought = imported([box(0, 0, 10, 10), box(5, 5, 20, 20)], ["Terril 3", "Neuf"])
    digests = set()
    for _ in range(2):
        folder = tmp_path_factory.mktemp("processed")
        parks, issues = made(inputs(communes, sites, imported=brought))
        digests.add(tuple(sha256(products.write_table(one, "parks", folder)) for one in (parks, issues)))
    assert len(digests) == 1
    turned = made(inputs(communes, sites[::-1], imported=brought))[1]
    pd.testing.assert_frame_equal(
        pd.DataFrame(turned.drop(columns="geometry")), pd.DataFrame(issues.drop(columns="geometry"))
    )


def test_a_hole_and_a_second_part_are_kept(communes: gpd.GeoDataFrame) -> None:
    ring = Polygon(box(400, 400, 600, 600).exterior, [box(450, 450, 550, 550).exterior])
    brought = imported([ring, box(700, 400, 710, 410)], ["Bois", "BOIS"])
    parks, issues = made(inputs(communes, [site("P1", "Bois", kind="bois")], imported=brought))
    assert parks["area_m2"].tolist() == [30_100.0]
    assert parks["perimeter_from"].tolist() == ["a.gpkg, ligne 1|a.gpkg, ligne 2"]
    assert kinds(issues) == [("duplicate_name", "")]
