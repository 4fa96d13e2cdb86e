"""The year of a sign: the register's note before the plan's, and nothing in two years."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from geo.signage.order_years import OPEN, WAITING, Ordered, due

YEARS = (2026, 2027, 2028)
STATES = ("requested", "validated", "designed", "manufactured", "installed", "cancelled")

noted = st.one_of(st.none(), st.sampled_from(YEARS))
asked_for = st.tuples(st.sampled_from(STATES), st.booleans(), noted, noted)
"""State, draft, year that the register notes, year in which the plan puts it."""


def points(table: dict[str, list[object]]) -> gpd.GeoDataFrame:
    number = len(table["code"])
    plain = pd.DataFrame(table).astype({"code": "string", "year": "Int64"})
    return gpd.GeoDataFrame(plain, geometry=[Point(690_000, 7_040_000)] * number, crs=2154)


def lines(*said: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(said, columns=["code", "text"]).astype("string")


def both(*signs: tuple[str, bool, int | None, int | None], planned: tuple[int, ...] = ()) -> tuple[Ordered, Ordered]:
    """Return a register of signs R0, R1, ... and a plan of those with a year in it (P0, ...) and others (PL0, ...)."""
    ours: dict[str, list[object]] = {
        "code": [f"R{row}" for row in range(len(signs))],
        "status": [status for status, *_ in signs],
        "draft": [draft for _, draft, *_ in signs],
        "year": [year for *_, year, _ in signs],
        "date": ["2025-01-01"] * len(signs),
    }
    taken = [(row, year) for row, (*_, year) in enumerate(signs) if year is not None]
    theirs: dict[str, list[object]] = {
        "code": [*(f"P{row}" for row, _ in taken), *(f"PL{row}" for row in range(len(planned)))],
        "year": [*(year for _, year in taken), *planned],
        "asked": [*(f"R{row}" for row, _ in taken), *(None for _ in planned)],
    }
    plan = points(theirs).astype({"asked": "string"})
    return Ordered(points(ours).astype({"draft": bool, "date": "string"}), lines()), Ordered(plan, lines())


def codes(year: int, registered: Ordered, planned: Ordered) -> list[str]:
    return sorted(due(year, planned=planned, registered=registered).signs["code"])


@settings(max_examples=60)
@given(st.lists(asked_for, max_size=6))
def test_a_sign_is_ordered_once_in_its_noted_year_else_in_the_plans(
    signs: list[tuple[str, bool, int | None, int | None]],
) -> None:
    registered, planned = both(*signs, planned=YEARS)
    found = {year: codes(year, registered, planned) for year in YEARS}
    for row, (status, draft, noted, put) in enumerate(signs):
        years = [year for year in YEARS for code in found[year] if code in {f"R{row}", f"P{row}"}]
        waits = status in WAITING and not draft
        theirs = put is not None and status in OPEN
        when = noted or put if waits or theirs else None
        assert years == ([] if when is None else [when])
        if waits and when is not None:
            assert f"R{row}" in found[when]


def test_a_request_of_next_year_is_not_bought_this_year_and_an_unplanned_one_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    registered, planned = both(("validated", False, None, 2027), ("validated", False, None, None), planned=(2026, 2027))
    assert codes(2026, registered, planned) == ["PL0"]
    assert caplog.messages == [
        "1 signs of the register are in no year of the plan, and left out (such as R1); plan anew, or note their year "
        "of order: 2026 or another"
    ]
    assert codes(2027, registered, planned) == ["PL1", "R0"]


def test_what_is_made_already_is_not_ordered_again(caplog: pytest.LogCaptureFixture) -> None:
    registered, planned = both(("manufactured", False, None, 2026), planned=(2026,))
    assert codes(2026, registered, planned) == ["PL0"]
    assert "1 signs of the plan are made or given up in the register, and left out (such as R0)" in caplog.text


def test_a_mast_without_words_in_the_register_says_what_the_plan_says() -> None:
    registered, planned = both(("validated", False, None, 2026), ("validated", False, None, 2026), planned=(2026, 2027))
    registered = registered._replace(lines=lines(("R1", "own"), ("R9", "elsewhere")))
    planned = planned._replace(lines=lines(("P0", "planned"), ("P1", "unused"), ("PL0", "plain"), ("PL1", "later")))
    found = due(2026, planned=planned, registered=registered).lines
    assert sorted(found[["code", "text"]].itertuples(index=False, name=None)) == [
        ("PL0", "plain"),
        ("R0", "planned"),
        ("R1", "own"),
    ]


def test_a_year_wants_a_plan_or_a_register() -> None:
    with pytest.raises(ValueError, match="expected a plan"):
        due(2026)
