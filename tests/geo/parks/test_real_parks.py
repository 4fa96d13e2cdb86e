"""Perimeters, issues, large parks and events on the real files, where ARTOIS_REAL_DATA names their folder."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import products
from geo.build import Built, build
from geo.config import Settings
from geo.raw import sha256

pytestmark = pytest.mark.real_data

NAMES = ["communes", "spoil_heaps", "parks", "large_parks", "events"]
ALL = [*NAMES, "parks_issues"]


@pytest.fixture(scope="module")
def processed(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(real_data, tmp_path_factory.mktemp("processed"))


def built(raw: Path, folder: Path) -> Path:
    done: list[Built] = build(NAMES, Settings(raw=raw, processed=folder))
    assert [one for one in done if one.state != "built"] == []
    return folder


@pytest.fixture(scope="module")
def parks(processed: Path) -> gpd.GeoDataFrame:
    return products.read_table("parks", processed)


@pytest.fixture(scope="module")
def issues(processed: Path) -> gpd.GeoDataFrame:
    return products.read_table("parks_issues", processed)


def test_each_of_the_56_sites_has_an_outline_or_is_listed(parks: gpd.GeoDataFrame, issues: gpd.GeoDataFrame) -> None:
    assert parks["id"].tolist() == [f"P{number:02d}" for number in range(1, 57)]
    without = parks.loc[parks["perimeter_source"].isin(["circle", "point"]), "id"]
    listed = issues.loc[issues["kind"] == "no_outline", "park_id"]
    assert sorted(listed) == sorted(without)
    assert len(without) == 30


def test_matches_that_a_map_shows_to_be_right(parks: gpd.GeoDataFrame) -> None:
    """Looked at on a map of 23 November 2026; frozen."""
    rows = parks.set_index("id")[["perimeter_source", "perimeter_match", "perimeter_from"]]
    for key, expected in {
        "P02": ("spoil_heap", "number", "T074|T074A|T074B"),
        "P03": ("neo_natural", "name", "ENZT07"),
        "P12": ("classified_site", "place", "STE_Metropole.3668"),
        "P32": ("neo_natural", "context", "63J"),
        "P45": ("spoil_heap", "name", "T020"),
        "P48": ("spoil_heap", "name", "T005"),
        "P46": ("neo_natural", "name", "ENZT02"),
    }.items():
        assert tuple(rows.loc[key]) == expected


def test_areas_agree_within_10_percent_or_are_listed(parks: gpd.GeoDataFrame, issues: gpd.GeoDataFrame) -> None:
    comparable = parks[parks["stated_area_m2"].notna() & (parks["perimeter_source"] != "circle")]
    ratio = comparable["area_m2"] / comparable["stated_area_m2"]
    assert len(comparable) == 6
    listed = issues.loc[issues["kind"] == "area_differs", "park_id"]
    assert sorted(listed) == sorted(comparable.loc[(ratio - 1).abs() > 0.1, "id"])


def test_74_records_of_the_chain_of_heaps_are_37(issues: gpd.GeoDataFrame) -> None:
    double = issues[issues["kind"] == "duplicate_geometry"]
    chain = double[double["name"].str.contains("chaîne des terrils")].iloc[0]
    assert (chain["found"], chain["expected"]) == ("74", "37")
    assert len(shapely.get_parts(chain.geometry)) == 37


def test_the_declared_area_is_recognised_as_square_metres(processed: Path) -> None:
    notes = products.read_provenance(processed / "parks.parquet").notes
    assert [note.count for note in notes if "surfdclha is in m²" in note.reason] == [52]
    assert [note.count for note in notes if "fits neither" in note.reason] == []


def test_absent_and_invalid_geometries_are_those_of_the_files(real_data: Path, issues: gpd.GeoDataFrame) -> None:
    """Counted apart: some copies of zt-cavaliers have a null geometry, this one may not."""
    expected = []
    for path in sorted((real_data / "unesco").glob("*.geojson")):
        shapes = gpd.read_file(path).geometry
        expected += ["null_geometry"] * int(shapes.isna().sum())
        expected += ["invalid_geometry"] * int((~shapes.dropna().is_valid).sum())
    found = issues[issues["kind"].isin(["null_geometry", "invalid_geometry"])]
    assert sorted(found["kind"]) == sorted(expected)
    assert "zt-cites-minieres.geojson:112" in found["other"].tolist()


def test_heaps_named_but_not_found_are_told_one_by_one(issues: gpd.GeoDataFrame) -> None:
    lost = issues[issues["kind"] == "heap_not_found"]
    assert sorted(lost["park_id"] + " " + lost["other"]) == [
        "P12 T094", "P17 T083", "P17 T100", "P17 T230", "P23 T095", "P23 T095A", "P40 T006", "P41 T009", "P44 T013",
    ]  # fmt: skip


def test_shares_of_communes_and_protections_are_whole(parks: gpd.GeoDataFrame) -> None:
    total = parks["commune_shares"].str.findall(r":(\d+) %").map(lambda parts: sum(map(int, parts)))
    assert total.between(97, 101).all()
    shares = parks[["inscribed_share", "buffer_share", "classified_share"]]
    assert ((shares >= 0) & (shares <= 1) | shares.isna()).all(axis=None)
    heaps = parks[parks["perimeter_from"].fillna("").str.contains("T074|T205|T058")]
    np.testing.assert_allclose(heaps["inscribed_share"], 1.0, atol=0.01)


def test_large_parks_hold_nine_names_of_eleven(processed: Path, parks: gpd.GeoDataFrame) -> None:
    table = products.read_table("large_parks", processed).set_index("id")
    whole = table.loc["network"]
    assert (table["level"] == "park").sum() == whole["named_parks"] == 9
    assert (whole["parks_2019"], whole["area_2019_m2"], whole["route_2019_km"]) == (11, 42e6, 420)
    assert (whole["parks_2015"], whole["area_2015_m2"], whole["route_2015_km"]) == (7, 22e6, 60)
    assert whole["sites"] == 56
    assert whole["area_m2"] <= parks["area_m2"].sum()


def test_events_are_on_the_sheets_of_their_parks(processed: Path, parks: gpd.GeoDataFrame) -> None:
    events = products.read_table("events", processed).set_index("id")
    assert "40 000 visiteurs" in events.loc["E03", "figures"]
    assert events.loc["E03", "scope"] == "network"
    assert events.loc["E04", "starts"] == "2019-12-06"
    assert parks.set_index("id").loc["P04", "events"] == "2020-12 à 2021-05 : Terril de Pinchonvalles : travaux"


def test_another_build_gives_the_same_bytes(real_data: Path, processed: Path, tmp_path: Path) -> None:
    again = built(real_data, tmp_path / "again")
    for name in ALL:
        assert sha256(products.table_path(name, again)) == sha256(products.table_path(name, processed)), name
    ids = [products.read_table("parks_issues", folder)["id"] for folder in (again, processed)]
    pd.testing.assert_series_equal(*ids)
