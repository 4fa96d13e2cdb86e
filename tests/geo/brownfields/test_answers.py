import numpy as np
import pandas as pd
import pytest

from geo.brownfields.answers import OURS, PUBLISHED, for_the_matrix, wide, yield_range
from geo.brownfields.criteria import criteria, utilities
from geo.brownfields.matrix import matrix, published


def facts(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["site_id", "criterion", "value"])


def test_every_word_is_one_of_ours_and_one_of_the_matrix() -> None:
    ours = {each.id: {*each.answers, *each.neutral, *each.excluded} for each in criteria()}
    theirs = {each.id: {*each.values, *each.unscored} for each in matrix().criteria}
    for name, words in PUBLISHED.items():
        assert set(words) <= ours[OURS.get(name, name)], name
        assert set(words.values()) <= theirs[name], name


def test_facts_become_one_row_a_site_with_numbers_as_numbers() -> None:
    table = wide(
        facts(
            ("B", "slope_deg", "2.5"), ("A", "owner", "public"), ("A", "slope_deg", None), ("B", "owner", ""),
            ("C", "slope_deg", None), ("B", "a fact of no criterion", "x"),
        )
    )  # fmt: skip
    assert list(table.index) == ["B", "A", "C"]
    assert table["slope_deg"].tolist()[0] == 2.5
    assert np.isnan(table.loc["A", "slope_deg"])
    assert table["owner"].tolist() == [None, "public", None]
    assert utilities(table, criteria()).known.sum() == 2


def test_the_matrix_is_asked_in_its_own_words() -> None:
    answers = wide(
        facts(
            ("A", "built_share", "0.1"), ("A", "grid_km", "0.4"), ("A", "nature", "znieff_1"), ("A", "flood", "low"),
            ("A", "heritage", "unesco_buffer"), ("A", "owner", "public"), ("A", "pollution", "suspected"),
        )
    )  # fmt: skip
    table = for_the_matrix(answers, pd.Series([60_000.0], index=["A"]))
    row = table.iloc[0]
    assert (row["site_area_m2"], row["built_area_m2"], row["electric_connection_m"]) == (60_000, 6000, 400)
    assert (row["environment"], row["flood"], row["owner"]) == ("znieff-type-1-2", "oui", "public")
    assert pd.isna(row["heritage"]) and pd.isna(row["pollution"])
    result = published(table)
    plus = 2 * 2 + 2 * 0.5 + 1 * 2 + 1 * 1  # area over 5 ha; built area under 10,000 m²; connection; owner
    minus = 2 * 0.5 + 1 * 1 + 1 * 1  # the neutral built area on both sides; environment; flood
    assert result.index[0] == pytest.approx(plus / (plus + minus), abs=1e-12)
    assert result.reliability[0] == pytest.approx((2 + 2 + 1 + 1 + 1 + 1) / 30, abs=1e-12)


def test_the_engine_s_yield_is_taken_where_it_is_known() -> None:
    answers = wide(facts(("A", "yield_kwh_per_kwp", "900"), ("B", "owner", "public")))
    found = yield_range(answers, plain_kwh_per_kwp=1000.0, spread=0.1)
    np.testing.assert_allclose(found.loc["A"], [810, 900, 990])
    np.testing.assert_allclose(found.loc["B"], [900, 1000, 1100])
