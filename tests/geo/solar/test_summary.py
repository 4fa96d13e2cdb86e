"""Territory figures: sums by hand, and what must add up whatever the roofs."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import products
from geo.errors import MissingDataError, ProductError, RequestError, UnknownNameError
from geo.provenance import Provenance
from geo.solar import figures, summary

DISTRIBUTIONS = ("by_suitability", "by_size_kwp", "by_public")
SHARED = ("roofs", "usable_area_m2", "panels", "power_mwp", "yield_p50_gwh", "yield_p90_gwh")


@pytest.fixture
def whole(small_cadastre: Path) -> dict[str, Any]:
    return summary.summarise(small_cadastre, codes=None)


def test_totals_are_those_summed_by_hand(whole: dict[str, Any]) -> None:
    assert whole["totals"] == {
        "roofs": 5,
        "roof_area_m2": 1970.0,
        "usable_area_m2": 1290.0,
        "panels": 527,
        "power_mwp": 0.237,
        "yield_p50_gwh": 0.212,
        "yield_p90_gwh": 0.1909,
    }


def test_planes_are_summed_by_their_own_class_and_roofs_by_that_of_their_best_plane(whole: dict[str, Any]) -> None:
    classes = whole["by_suitability"]
    assert {name: one["roofs"] for name, one in classes.items()} == {"good": 3, "fair": 1, "poor": 0, "unknown": 1}
    assert {name: one["segments"] for name, one in classes.items()} == {"good": 3, "fair": 2, "poor": 1, "unknown": 0}
    assert {name: one["area_m2"] for name, one in classes.items()} == {
        "good": 1130.0,
        "fair": 540.0,
        "poor": 300.0,
        "unknown": 0.0,
    }
    assert classes["poor"]["power_mwp"] == classes["poor"]["usable_area_m2"] == 0


def test_sizes_include_their_upper_limit_and_roofs_without_panels(whole: dict[str, Any]) -> None:
    sizes = {name: one["roofs"] for name, one in whole["by_size_kwp"].items()}
    assert sizes == {"none": 1, "0-3": 1, "3-9": 1, "9-36": 0, "36-100": 1, "100+": 1}


def test_a_roof_counts_once_where_its_main_commune_is(whole: dict[str, Any]) -> None:
    roofs = {code: one["roofs"] for code, one in whole["by_commune"].items()}
    assert roofs == {"62001": 2, "62002": 1, "62003": 1}
    assert whole["outside_communes"]["roofs"] == 1
    assert whole["by_commune"]["62001"]["by_size_kwp"]["36-100"]["power_mwp"] == 0.09
    assert whole["by_commune"]["62001"]["by_suitability"]["poor"]["area_m2"] == 300.0
    assert (whole["by_commune"]["62003"]["name"], whole["by_commune"]["62003"]["epci"]) == ("Nord", "CAN")


def test_an_epci_is_its_communes(small_cadastre: Path, whole: dict[str, Any]) -> None:
    assert whole["by_epci"]["123456789"]["power_mwp"] == 0.093
    assert whole["by_epci"]["123456789"]["short"] == "CAE"
    for key in ("123456789", "CAE"):
        codes = summary.epci_codes(small_cadastre, key)
        assert codes == {"62001", "62002"}
        asked = summary.summarise(small_cadastre, codes=codes)
        assert list(asked["by_epci"]) == ["123456789"]
        assert list(asked["by_commune"]) == ["62001", "62002"]
        assert asked["outside_communes"]["roofs"] == 0
        assert asked["totals"] == {name: asked["by_epci"]["123456789"][name] for name in asked["totals"]}


def test_one_commune_is_not_said_to_be_its_epci(small_cadastre: Path) -> None:
    asked = summary.summarise(small_cadastre, codes=frozenset({"62001"}))
    assert asked["by_epci"] == {}
    assert asked["totals"]["power_mwp"] == 0.093
    assert [one["id"] for one in asked["top_roofs"]] == ["B2", "B1"]


def test_the_largest_roofs_come_first_and_hold_no_nan(whole: dict[str, Any]) -> None:
    assert [one["id"] for one in whole["top_roofs"]] == ["B5", "B2", "B4", "B1"]
    assert whole["top_roofs"][0]["commune"] is None


def test_public_roofs_are_those_whose_use_tells_and_the_rest_is_unknown(small_cadastre: Path) -> None:
    whole = summary.summarise(small_cadastre, codes=None)
    assert {name: one["roofs"] for name, one in whole["by_public"].items()} == {"likely": 1, "other": 2, "unknown": 2}
    assert whole["public_buildings"]["power_mwp"] == 0.09
    assert whole["public_buildings"]["certainty"] == "estimated"
    silent = summary.summarise(small_cadastre, codes=frozenset({"62002"}))
    assert (silent["public_buildings"]["roofs"], silent["public_buildings"]["certainty"]) == (0, "unknown")


def test_figures_say_where_they_come_from_and_what_is_synthetic(small_cadastre: Path, whole: dict[str, Any]) -> None:
    source = whole["provenance"]
    assert source["credit"] == "IGN, essai, Licence Ouverte 2.0"
    assert source["weather"] == ["PVGIS TMY (essai)"]
    assert source["built_at"] == "2026-03-12T00:00:00+00:00"
    assert (source["poor_below_kwh_m2"], source["good_from_kwh_m2"]) == (700.0, 1000.0)
    assert (source["synthetic"], source["synthetic_roofs"], source["certainty"]) == (True, 1, "synthetic")
    real = summary.summarise(small_cadastre, codes=frozenset({"62001"}))["provenance"]
    assert (real["synthetic"], real["synthetic_roofs"], real["certainty"]) == (False, 0, "estimated")


def test_a_rebuilt_cadastre_is_read_again(small_cadastre: Path, whole: dict[str, Any]) -> None:
    path = products.table_path("communes", small_cadastre)
    table = products.read_table("communes", small_cadastre)
    products.write_table(table.assign(name="Renommée"), "communes", small_cadastre)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000))
    again = summary.summarise(small_cadastre, codes=None)
    assert again["by_commune"]["62001"]["name"] == "Renommée"
    assert again["totals"] == whole["totals"]


def test_a_changed_product_is_not_passed_off_under_another_ones_credit(small_cadastre: Path) -> None:
    products.write_table(products.read_table("buildings", small_cadastre).head(2), "buildings", small_cadastre)
    with pytest.raises(ProductError, match="is not the file"):
        summary.summarise(small_cadastre, codes=None)


@pytest.mark.parametrize("name", ["communes", "buildings", "roof_segments"])
def test_what_lacks_is_named(small_cadastre: Path, name: str) -> None:
    products.table_path(name, small_cadastre).unlink()
    with pytest.raises(MissingDataError, match=name):
        summary.summarise(small_cadastre, codes=None)


@pytest.mark.parametrize("key", ["", "cae", "62001", "CAE' OR 1=1", "CAE\x00", "123456789|987654321", "(", "é" * 40])
def test_a_name_that_is_no_epci_is_refused(small_cadastre: Path, key: str) -> None:
    with pytest.raises(UnknownNameError, match="expected one of CAE, CAN"):
        summary.epci_codes(small_cadastre, key)


@pytest.mark.parametrize("code", ["", "62999", "62001|62002", ".*", "=Est+1"])
def test_a_commune_without_roofs_is_refused(small_cadastre: Path, code: str) -> None:
    with pytest.raises(UnknownNameError, match="found no roof"):
        summary.summarise(small_cadastre, codes=frozenset({code}))


def test_commune_and_epci_together_are_refused(small_cadastre: Path) -> None:
    with pytest.raises(RequestError, match="expected one of them"):
        summary.codes_asked(small_cadastre, commune="62001", epci="CAE")


COMMUNES = pd.DataFrame(
    {"id": ["62001", "62002", "62003"], "name": "x", "epci": ["A", "A", "B"], "epci_siren": ["1", "1", "2"]}
)
SOURCE = Provenance(
    layer="buildings", rows=0, synthetic=False, built_at=datetime(2026, 1, 1, tzinfo=UTC), software="",
    recipe_sha256="", params={}, credits=(), inputs=(), lookups={}, notes=(), product_sha256="",
)  # fmt: skip

CODES = st.sampled_from(["62001", "62002", "62003", "62002|62001", "99999|62001", "99999", None])
PLANE = st.tuples(
    st.sampled_from(["good", "fair", "poor", "unknown", "odd", None]), st.integers(0, 400), st.floats(0.5, 500.0)
)
ROOF = st.tuples(CODES, st.sampled_from(["school", "Sportif", "Eglise", "house", None]), st.lists(PLANE, max_size=3))


def tables(town: list[tuple[Any, ...]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return roofs and planes whose sums agree, as the cadastre makes them."""
    roofs, planes = [], []
    for code, kind, parts in town:
        rows = [
            {
                "insee": code, "suitability": name, "area_m2": area, "usable_area_m2": area / 2, "panels": count,
                "kwp": count * 0.45, "yield_p50_kwh": count * 400.0, "yield_p90_kwh": count * 350.0,
            }
            for name, count, area in parts
        ]  # fmt: skip
        planes += rows
        sums = {name: sum(row[name] for row in rows) if rows else np.nan for name in figures.PLANE_MEASURES}
        roofs.append(
            {"id": "B", "name": None, "commune": None, "insee": code, "kind": kind, "weather": None, "synthetic": False}
            | {"suitability": parts[0][0] if parts else "unknown", "roof_area_m2": sums.pop("area_m2"), **sums}
        )
    return pd.DataFrame(roofs, columns=list(figures.ROOF_COLUMNS)), pd.DataFrame(
        planes, columns=list(figures.PLANE_COLUMNS)
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(ROOF, min_size=1, max_size=30))
def test_whatever_the_roofs_parts_add_up_to_their_whole(town: list[tuple[Any, ...]]) -> None:
    found = figures.sum_up(*tables(town), COMMUNES, SOURCE)
    told = summary.answer(found, None)
    assert told["totals"]["roofs"] == len(town)
    areas = [told["totals"] | {name: told[name] for name in DISTRIBUTIONS}, told["outside_communes"]]
    for one in [*areas, *told["by_commune"].values(), *told["by_epci"].values()]:
        for name in DISTRIBUTIONS:
            check_sum(one, list(one[name].values()), SHARED)
        planes = sum(part["area_m2"] for part in one["by_suitability"].values())
        np.testing.assert_allclose(planes, one["roof_area_m2"], rtol=0, atol=0.26)  # five values rounded to 0.1 m²
    rest = told["outside_communes"]
    for partition in ("by_commune", "by_epci"):
        check_sum(told["totals"], [*told[partition].values(), rest], (*SHARED, "roof_area_m2"))
    for siren, one in told["by_epci"].items():
        members = COMMUNES["id"][COMMUNES["epci_siren"] == siren]
        check_sum(one, [told["by_commune"][code] for code in members if code in told["by_commune"]], SHARED)


def check_sum(whole: dict[str, Any], parts: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    """Hold a whole to the sum of its parts: counts exactly, measures to their last decimal."""
    for name in names:
        total = sum(part[name] for part in parts)
        if name in ("roofs", "panels"):
            assert total == whole[name]
        else:
            step = 0.1 if name.endswith("_m2") else 1e-6
            np.testing.assert_allclose(total, whole[name], rtol=0, atol=step * (len(parts) + 1) / 2 + 1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(ROOF, min_size=1, max_size=30), st.permutations(range(30)))
def test_the_order_of_roofs_changes_no_figure(town: list[tuple[Any, ...]], order: list[int]) -> None:
    mixed = [town[place] for place in order if place < len(town)]
    one, other = (summary.answer(figures.sum_up(*tables(rows), COMMUNES, SOURCE), None) for rows in (town, mixed))
    assert one["by_public"].keys() == other["by_public"].keys()
    for name, sums in one["by_commune"].items():
        assert sums["roofs"] == other["by_commune"][name]["roofs"]
        assert sums["panels"] == other["by_commune"][name]["panels"]
    pd.testing.assert_frame_equal(pd.DataFrame(one["by_size_kwp"]), pd.DataFrame(other["by_size_kwp"]), atol=0.2)
