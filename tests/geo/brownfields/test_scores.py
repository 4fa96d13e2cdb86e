"""A handful of sites: the best first, intervals that hold the score, power from area by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from geo.brownfields.scores import Inputs, Params, compute
from geo.catalogue.scores import BROWNFIELD_SCORES
from geo.crs import LAMBERT93
from geo.layers import check
from geo.sources import synthetic_weather

FACTS = [
    ("A", "net_area_ha", "10"), ("A", "pollution", "none"), ("A", "owner", "public"), ("A", "slope_deg", "1"),
    ("B", "net_area_ha", "1"), ("B", "pollution", "asbestos"), ("B", "owner", "private"), ("B", "slope_deg", "15"),
    ("C", "owner", None), ("D", "heritage", "classified_site"), ("D", "net_area_ha", "20"),
    ("D", "yield_kwh_per_kwp", "900"),
]  # fmt: skip


def inputs() -> Inputs:
    ids = ["A", "B", "C", "D"]
    sites = gpd.GeoDataFrame(
        {
            "id": ids, "name": [f"Friche {one}" for one in ids], "insee": "62001", "commune": "Essai",
            "source": "essai",
            "synthetic": False, "certainty": "curated", "area_m2": [1e5, 1e4, np.nan, 2e5], "drawn_area_m2": np.nan,
        },
        geometry=[Point(690_000 + k, 7_040_000) for k in range(4)],
        crs=LAMBERT93,
    )  # fmt: skip
    facts = pd.DataFrame(FACTS, columns=["site_id", "criterion", "value"])
    return Inputs(sites, facts, synthetic_weather.year(50.4, 2.8), (2.8, 50.4))


@pytest.fixture(scope="module")
def table() -> gpd.GeoDataFrame:
    return check(compute(inputs(), Params()).table, BROWNFIELD_SCORES).set_index("id")


def test_the_best_stands_first_and_the_excluded_last(table: gpd.GeoDataFrame) -> None:
    assert list(table.index) == ["A", "C", "B", "D"]
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert (table.loc["D", "rank_best"], table.loc["D", "rank_worst"]) == (1, 4)  # all others may yet be excluded
    assert table.loc["D", "excluded_by"] == "heritage"


def test_intervals_hold_the_score_and_are_whole_where_nothing_is_known(table: gpd.GeoDataFrame) -> None:
    assert (table["score_low"] <= table["score"]).all() and (table["score"] <= table["score_high"]).all()
    assert table.loc["C", "known_share"] == 0
    assert (table.loc["A", "score_high"] - table.loc["A", "score_low"]) < (
        table.loc["C", "score_high"] - table.loc["C", "score_low"]
    )
    assert (table["rank_best"] <= table["rank"]).all() and (table["rank"] <= table["rank_worst"]).all()
    assert (table["rank_best"] <= table["rank_likely_best"]).all()
    assert (table["rank_likely_worst"] <= table["rank_worst"]).all()


def test_power_and_energy_follow_from_the_net_area(table: gpd.GeoDataFrame) -> None:
    np.testing.assert_allclose(table.loc["A", ["mwp_low", "mwp_mid", "mwp_high"]].astype(float), [4.5, 5.8, 10])
    assert table.loc["A", "mwh_mid"] == pytest.approx(5.8 * table.loc["A", "yield_kwh_per_kwp"])
    assert 950 < table.loc["A", "yield_kwh_per_kwp"] < 1100  # unshaded racks of 25° in the north of France
    assert table.loc["D", "mwh_low"] == pytest.approx(20 * 0.45 * 900 * 0.9)
    assert np.isnan(table.loc["C", "mwp_mid"])


def test_weights_change_the_order() -> None:
    only_area = dict.fromkeys(("pollution", "owner", "slope_deg"), 0.0)
    heavy = Params(weights=only_area | {"owner": 100.0})
    ranked = compute(inputs(), heavy).table.set_index("id")
    assert ranked.loc["A", "score"] > 0.9
    assert ranked.loc["B", "score"] < 0.4


def test_the_same_input_gives_the_same_ranks() -> None:
    one, other = (compute(inputs(), Params()).table for _ in range(2))
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other))
