from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.errors import MissingDataError, RequestError, SourceError
from geo.solar.loads import SHAPES, Kind, parse_hourly, profile, read_hourly

YEAR = pd.date_range("2019-01-01", periods=8760, freq="h", tz="UTC")
LEAP_YEAR = pd.date_range("2020-01-01", periods=8784, freq="h", tz="UTC")
KINDS: tuple[Kind, ...] = ("household", "school", "office", "shop")


def file_of(values: np.ndarray, header: str = "kWh", row: str = "{}") -> str:
    """Return a CSV with one line per value."""
    return "\n".join([header, *(row.format(value) for value in values.tolist())])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("time_utc", [YEAR, LEAP_YEAR], ids=["8760", "8784"])
def test_a_profile_adds_up_to_the_bill(kind: Kind, time_utc: pd.DatetimeIndex) -> None:
    load = profile(kind, time_utc, yearly_kwh=4200.0)
    assert load.shape == time_utc.shape
    assert load.min() > 0
    assert load.sum() == pytest.approx(4200.0, rel=1e-12)
    np.testing.assert_array_equal(load, profile(kind, time_utc, yearly_kwh=4200.0))
    np.testing.assert_allclose(profile(kind, time_utc, yearly_kwh=8400.0), 2 * load)


def test_shapes_have_their_hours_and_months() -> None:
    for shape in SHAPES.values():
        assert [len(part) for part in shape] == [24, 24, 24, 12]


def test_habits_follow_the_legal_time() -> None:
    """A household's peak is at 19 h: 18 h UTC on Wednesday 16 January, 17 h UTC on Wednesday 17 July."""
    load = pd.Series(profile("household", YEAR, yearly_kwh=1.0), index=YEAR)
    assert load["2019-01-16"].idxmax() == pd.Timestamp("2019-01-16 18:00", tz="UTC")
    assert load["2019-07-17"].idxmax() == pd.Timestamp("2019-07-17 17:00", tz="UTC")


def test_each_place_has_its_days() -> None:
    loads = {
        kind: pd.Series(profile(kind, YEAR, yearly_kwh=1.0), index=YEAR.tz_convert("Europe/Paris")) for kind in KINDS
    }
    monday, saturday, sunday = "2019-03-11", "2019-03-16", "2019-03-17"
    by_day = {kind: [load[day].sum() for day in (monday, saturday, sunday)] for kind, load in loads.items()}
    assert by_day["household"][2] > by_day["household"][0]
    assert by_day["school"][1] == by_day["school"][2] < 0.3 * by_day["school"][0]
    assert by_day["office"][2] < 0.4 * by_day["office"][0]
    assert by_day["shop"][1] > by_day["shop"][0] > by_day["shop"][2]
    assert loads["school"]["2019-08"].sum() < 0.4 * loads["school"]["2019-11"].sum()


def test_a_ratio_of_two_hours_by_hand() -> None:
    """Office: 10 h on Tuesday 15 January 1.8 x 1.15, 3 h on Sunday 18 August 0.3 x 0.85."""
    load = pd.Series(profile("office", YEAR, yearly_kwh=1000.0), index=YEAR.tz_convert("Europe/Paris"))
    assert load["2019-01-15 10:00"] / load["2019-08-18 03:00"] == pytest.approx(1.8 * 1.15 / (0.3 * 0.85))


def test_unknown_places_and_empty_bills_are_refused() -> None:
    with pytest.raises(RequestError, match="expected one of household, school"):
        profile("castle", YEAR, yearly_kwh=1.0)  # type: ignore[arg-type]
    for yearly_kwh in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(RequestError, match="more than 0"):
            profile("shop", YEAR, yearly_kwh=yearly_kwh)


def test_rows_are_hours_of_the_local_year() -> None:
    """Row 1 starts at 0 h in France, 23 h UTC the day before: at the weather's 0 h UTC stands row 2."""
    rows = np.arange(8760.0)
    load = parse_hourly(file_of(rows), YEAR, name="meter.csv")
    np.testing.assert_array_equal(load, np.roll(rows, -1))
    np.testing.assert_array_equal(parse_hourly(file_of(rows), YEAR, name="meter.csv", clock="utc"), rows)


@pytest.mark.parametrize(
    ("header", "row", "divisor"),
    [
        ("date;Consommation (kWh)", "x;{}", 1), ("kwh", "{}", 1), ("W", "{}", 1000), ("date,power_w", "x,{}", 1000),
        ("t\tPuissance (W)", "x\t{}", 1000), ('"heure";"kWh"', '"0 h";"{}"', 1), ("W;kWh", "9;{}", 1),
    ],
)  # fmt: skip
def test_columns_are_found_by_name(header: str, row: str, divisor: int) -> None:
    rows = np.arange(8760.0)
    load = parse_hourly(file_of(rows, header, row), YEAR, name="meter.csv", clock="utc")
    np.testing.assert_allclose(load, rows / divisor)


@pytest.mark.parametrize("header", ["kWh", "kWh;note"])
def test_a_decimal_comma_and_spaces_between_thousands(header: str) -> None:
    text = "\n".join([header, *(["1 234,5", "1\u202f234,5", "0,25"] * 2920)])
    load = parse_hourly(text, YEAR, name="meter.csv", clock="utc")
    assert load[:3].tolist() == [1234.5, 1234.5, 0.25]


def test_the_29th_of_february_on_one_side_only() -> None:
    day = np.repeat(np.arange(1.0, 367.0), 24)
    dropped = parse_hourly(file_of(day), YEAR, name="meter.csv", clock="utc")
    assert [dropped[58 * 24], dropped[59 * 24]] == [59.0, 61.0]
    copied = parse_hourly(file_of(day[:8760]), LEAP_YEAR, name="meter.csv", clock="utc")
    assert [copied[58 * 24], copied[59 * 24], copied[60 * 24]] == [59.0, 59.0, 60.0]
    assert (dropped.size, copied.size) == (8760, 8784)


def test_months_of_a_typical_year_may_come_from_different_years() -> None:
    mixed = pd.DatetimeIndex([stamp.replace(year=2007 if stamp.month > 6 else 2015) for stamp in YEAR])
    rows = np.arange(8760.0)
    np.testing.assert_array_equal(parse_hourly(file_of(rows), mixed, name="m", clock="utc"), rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("date;euros\nx;1", "0 of them are in kWh or W"),
        ("kWh;kWh HC\n1;2", "2 of them"),
        (file_of(np.ones(100)), "has 100 hours; expected a full year"),
        (file_of(np.zeros(8760)), "only zeros"),
        ("kWh\n1\nabc\n3", 'line 3: "abc" is no number'),
        ("date;kWh\nx;1\nx", 'line 3: "" is no number'),
        ("kWh\n1\n-2", "line 3: the load is -2"),
        ("kWh\nnan", "line 2: the load is nan"),
        ("date,kWh\nx,1,5", "line 2: 3 cells under 2 column names"),
        ("kWh\n" + "1" * 200_000, "is no CSV"),
        ("kWh\n" + "1" * 2_000_001, "characters"),
    ],
)
def test_files_that_are_no_year_of_load_are_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        parse_hourly(text, YEAR, name="meter.csv")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("meter.csv")


def test_files_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "meter.csv"
    path.write_text("\ufeff" + file_of(np.ones(8760)), encoding="utf-8")
    assert read_hourly(path, YEAR).sum() == 8760.0
    path.write_bytes("énergie;kWh\n".encode("latin-1"))
    with pytest.raises(SourceError, match="not UTF-8"):
        read_hourly(path, YEAR)
    for absent in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(MissingDataError, match="expected an hourly CSV"):
            read_hourly(absent, YEAR)
