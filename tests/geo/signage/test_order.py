"""The order's tables: every row and every total adds up to the cent."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from geo.errors import RequestError
from geo.signage.order import ORDERED, SAID, WHOLE, Order, bill, euros, financing, order, schedule, shares_of_rates

Row = tuple[int, tuple[float, float], str, str, str | None]
PARTS = ["region_cents", "pole_cents", "owner_cents"]

cents = st.integers(0, 10**9)
rates = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(lambda both: (both[0], both[1] * (1 - both[0]) * 0.999))
sign = st.tuples(
    cents, rates, st.sampled_from(["A", "B"]), st.sampled_from(["Totem", "Jalon"]), st.sampled_from(["Lens", None])
)


def an_order(rows: list[Row]) -> Order:
    table = pd.DataFrame(
        [
            {"code": f"S-{number:03d}", "cost_cents": cost, "lot": lot, "type": kind, "owner": owner}
            | {"cost_stage": "estimate"}
            | {f"{name}_share": share for name, share in shares_of_rates(*rate).items()}
            for number, (cost, rate, lot, kind, owner) in enumerate(rows)
        ]
    ).reindex(columns=list(ORDERED))
    places = [Point(690_000, 7_040_000)] * len(rows)
    return order(2026, gpd.GeoDataFrame(table, geometry=places, crs=2154), pd.DataFrame(columns=list(SAID)))


@settings(max_examples=40)
@given(st.lists(sign, min_size=1, max_size=12))
def test_every_row_and_every_total_adds_up_to_the_cent(
    rows: list[Row],
) -> None:
    made = an_order(rows)
    table = financing(made)
    assert (table[PARTS].sum(axis=1) == table["cost_cents"]).all()
    signs = table[table["level"] == "panneau"]
    whole = table[table["level"] == "total général"].iloc[0]
    for level, key in (("total du lot", "lot"), ("total du maître d'ouvrage", "owner")):
        parts = table[table["level"] == level]
        for name in ("cost_cents", *PARTS):
            assert parts[name].sum() == signs[name].sum() == whole[name]
            if key == "lot":
                assert dict(zip(parts["lot"], parts[name], strict=True)) == dict(signs.groupby("lot")[name].sum())
    assert whole["cost_cents"] == sum(row[0] for row in rows)


@settings(max_examples=40)
@given(st.lists(sign, min_size=1, max_size=12))
def test_the_bill_is_quantity_times_unit_cost_and_the_sum_of_the_signs(
    rows: list[Row],
) -> None:
    table = bill(an_order(rows))
    lines = table[table["level"] == "ligne"]
    assert (lines["quantity"] * lines["unit_cents"] == lines["total_cents"]).all()
    for name, expected in (("quantity", len(rows)), ("total_cents", sum(row[0] for row in rows))):
        assert lines[name].sum() == expected
        assert table.loc[table["level"] == "total du lot", name].sum() == expected
        assert table[name].iloc[-1] == expected


@settings(max_examples=40)
@given(sign)
def test_each_funder_is_within_a_cent_of_his_rate(row: Row) -> None:
    paid = an_order([row]).signs.iloc[0]
    for name, share in shares_of_rates(*row[1]).items():
        assert abs(paid[f"{name}_cents"] * WHOLE - row[0] * share) < WHOLE


def test_half_of_an_odd_cent_is_given_once() -> None:
    paid = an_order([(101, (0.5, 0.0), "A", "Totem", None)]).signs.iloc[0]
    assert [paid[name] for name in PARTS] == [51, 50, 0]


@settings(max_examples=40)
@given(st.integers(-(10**15), 10**15))
def test_euros_are_exact(amount: int) -> None:
    assert int(euros(amount).replace(".", "")) == amount
    assert euros(amount)[-3] == "."


def test_a_sign_without_cost_a_code_given_twice_and_no_sign_are_refused() -> None:
    rows = [(100, (0.5, 0.0), "A", "Totem", None)] * 2
    signs, lines = an_order(rows).signs, pd.DataFrame(columns=list(SAID))
    with pytest.raises(RequestError, match="1 signs have no cost"):
        order(2026, signs.assign(cost_cents=pd.array([1, None], dtype="Int64")), lines)
    with pytest.raises(RequestError, match="that of two signs"):
        order(2026, signs.assign(code="S-000"), lines)
    with pytest.raises(RequestError, match="no sign to order in 2026"):
        order(2026, signs.iloc[:0], lines)


@pytest.mark.parametrize(("region", "owner"), [(1.1, 0.0), (0.6, 0.5), (-0.1, 0.0), (0.5, -0.1)])
def test_rates_that_are_none_are_refused(region: float, owner: float) -> None:
    with pytest.raises(RequestError, match="1 at most in all"):
        shares_of_rates(region, owner)


def test_the_schedule_has_a_row_per_line_and_one_for_a_sign_without_blades() -> None:
    made = an_order([(100, (0.5, 0.0), "A", "Totem", None)] * 2)
    said = [{"code": "S-001", "blade": 2, "line": 1, "text": "z", "turn": "left"},
            {"code": "S-001", "blade": 1, "line": 2, "text": "y", "turn": None},
            {"code": "S-001", "blade": 1, "line": 1, "text": "x", "turn": None}]  # fmt: skip
    table = schedule(made._replace(lines=pd.DataFrame(said).reindex(columns=list(SAID))))
    assert table["code"].tolist() == ["S-000", "S-001", "S-001", "S-001"]
    assert table["text"].tolist()[1:] == ["x", "y", "z"]
    assert table["turn"].tolist()[3] == "gauche"
    assert table["blade"].isna().tolist() == [True, False, False, False]
