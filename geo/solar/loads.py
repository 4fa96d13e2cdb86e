"""Loads: the electricity a place uses, hour by hour: a typical profile, or the user's own meter.

The profiles are typical shapes made for this project. They rest on opening hours, school terms and everyday habits, not
on measurements, and are meant for a first answer; whoever has a meter's hourly file should use that. Public holidays
and electric heating are not counted. Glossary: load = consommation; household = foyer; shop = commerce.
"""

import csv
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import MissingDataError, RequestError, SourceError

Floats = NDArray[np.float64]
LONGEST_CELL: Final = 1000
"""Characters of one cell of an hourly load."""

Kind = Literal["household", "school", "office", "shop"]
Clock = Literal["local", "utc"]

TIME_ZONE: Final = "Europe/Paris"
"""Habits follow the legal time, summer time included."""
YEAR_HOURS: Final = (8760, 8784)
LEAP_DAY: Final = slice(59 * 24, 60 * 24)
"""29 February in a year of 8784 hours."""
SATURDAY, SUNDAY = 5, 6
MAX_CHARACTERS: Final = 2_000_000
WATTS: Final = 1000.0


class Shape(NamedTuple):
    """A load relative to itself: only ratios count.

    Attributes
    ----------
    workday, saturday, sunday
        24 hours of the legal time each, on one common scale.
    months
        12 factors, January first, on all of the day.
    """

    workday: tuple[float, ...]
    saturday: tuple[float, ...]
    sunday: tuple[float, ...]
    months: tuple[float, ...]


# fmt: off
_AT_HOME = (
    0.5, 0.4, 0.4, 0.4, 0.4, 0.5, 0.8, 1.2, 1.1, 1.0, 1.1, 1.3,
    1.5, 1.2, 1.0, 1.0, 1.0, 1.2, 1.6, 1.9, 1.8, 1.5, 1.1, 0.7,
)
_CLOSED = (0.2,) * 24

SHAPES: Final[dict[Kind, Shape]] = {
    # Up at 6-8, lunch, an evening peak at 19; more at home at the weekend; more lighting and drying in winter.
    "household": Shape(
        workday=(
            0.5, 0.4, 0.4, 0.4, 0.4, 0.5, 1.0, 1.3, 1.0, 0.7, 0.7, 0.9,
            1.1, 0.9, 0.7, 0.7, 0.8, 1.2, 1.8, 2.0, 1.9, 1.5, 1.1, 0.7,
        ),
        saturday=_AT_HOME, sunday=_AT_HOME,
        months=(1.35, 1.25, 1.10, 0.95, 0.85, 0.80, 0.80, 0.75, 0.85, 0.95, 1.10, 1.25),
    ),
    # Lessons 8-17 with the canteen at noon, cleaning after; closed at weekends, in August, and for most of July.
    "school": Shape(
        workday=(
            0.2, 0.2, 0.2, 0.2, 0.2, 0.3, 0.6, 1.2, 1.6, 1.7, 1.8, 2.0,
            1.9, 1.7, 1.7, 1.6, 1.3, 0.9, 0.6, 0.4, 0.2, 0.2, 0.2, 0.2,
        ),
        saturday=_CLOSED, sunday=_CLOSED,
        months=(1.40, 1.15, 1.20, 0.85, 0.95, 0.95, 0.40, 0.30, 1.00, 0.95, 1.30, 1.15),
    ),
    # Desks 8-18, machines on standby at night; some cooling in summer and fewer people in August.
    "office": Shape(
        workday=(
            0.3, 0.3, 0.3, 0.3, 0.3, 0.4, 0.7, 1.2, 1.6, 1.8, 1.8, 1.8,
            1.6, 1.7, 1.8, 1.8, 1.7, 1.4, 0.9, 0.5, 0.4, 0.3, 0.3, 0.3,
        ),
        saturday=(0.3,) * 24, sunday=(0.3,) * 24,
        months=(1.15, 1.10, 1.05, 0.95, 0.90, 0.95, 1.00, 0.85, 0.95, 0.95, 1.05, 1.10),
    ),
    # Open 9-19 from Monday to Saturday, closed on Sunday; fridges day and night, harder at work in summer.
    "shop": Shape(
        workday=(
            0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.6, 0.9, 1.3, 1.6, 1.6, 1.6,
            1.6, 1.6, 1.6, 1.6, 1.6, 1.6, 1.5, 1.0, 0.6, 0.5, 0.5, 0.5,
        ),
        saturday=(
            0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.6, 0.9, 1.4, 1.7, 1.7, 1.7,
            1.7, 1.7, 1.7, 1.7, 1.7, 1.7, 1.6, 1.0, 0.6, 0.5, 0.5, 0.5,
        ),
        sunday=(0.5,) * 24,
        months=(1.05, 1.02, 0.98, 0.95, 0.95, 1.00, 1.05, 1.05, 0.98, 0.95, 0.98, 1.08),
    ),
}
# fmt: on


def profile(kind: Kind, time_utc: pd.DatetimeIndex, *, yearly_kwh: float) -> Floats:
    """Return a typical load of the weather's hours that adds up to a yearly consumption.

    Parameters
    ----------
    kind
        Which of the shapes.
    time_utc
        Stamps of the hours, with their time zone; a typical year may take its months from different years.
    yearly_kwh
        The bill's consumption. kWh, > 0.

    Returns
    -------
    kWh, shape (hours,).

    Raises
    ------
    RequestError
        If there is no such kind, or the consumption is not positive.
    """
    if kind not in SHAPES:
        raise RequestError(f"no load named {kind!r}; expected one of {', '.join(SHAPES)}, or an hourly file")
    if not 0 < yearly_kwh < np.inf:
        raise RequestError(f"the yearly consumption is {yearly_kwh:g} kWh; expected more than 0, as on the bill")
    shape, local = SHAPES[kind], time_utc.tz_convert(TIME_ZONE)
    days = np.array([shape.workday, shape.saturday, shape.sunday])
    day = np.clip(np.asarray(local.day_of_week) - SATURDAY + 1, 0, 2)
    relative = days[day, np.asarray(local.hour)] * np.array(shape.months)[np.asarray(local.month) - 1]
    return np.asarray(relative * (yearly_kwh / relative.sum()), dtype=np.float64)


def read_hourly(path: Path, time_utc: pd.DatetimeIndex, *, clock: Clock = "local") -> Floats:
    """Return the load of a user's hourly CSV file; see `parse_hourly`.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If it is not UTF-8, or not such a table.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingDataError(f"{path} is absent or a folder; expected an hourly CSV; check the name") from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path} is not UTF-8 text ({error.reason}); expected a CSV in UTF-8; save it again"
        ) from error
    return parse_hourly(text, time_utc, name=path.name, clock=clock)


def parse_hourly(text: str, time_utc: pd.DatetimeIndex, *, name: str, clock: Clock = "local") -> Floats:
    """Return the load written in an hourly CSV, in the order of the weather's hours.

    The first line names the columns, one of which holds kWh ("kWh" in its name) or the mean power of the hour in W
    ("W", or "(W)" or "_w" at its end); others are ignored. Columns are split by ; or tab, else by comma; a comma is a
    decimal sign wherever it does not split. One row per hour of a civil year, in order, 8760 or 8784 of them, without
    gap or double through both changes of the clock.

    Parameters
    ----------
    text
        What the file holds.
    time_utc
        Stamps of the weather's hours. A 29 February that only one side has is dropped, or copied from the day before.
    name
        Of the file, for messages.
    clock
        "local": the first row starts on 1 January at 0 h in France, so at 23 h UTC; "utc": at 0 h UTC.

    Returns
    -------
    kWh, shape (hours,).

    Raises
    ------
    SourceError
        If columns, rows or values are not as expected.
    """
    if len(text) > MAX_CHARACTERS:
        raise SourceError(f"{name} has {len(text)} characters; expected a year of hours, under {MAX_CHARACTERS}")
    lines = [line for line in text.lstrip("\ufeff").splitlines() if line.strip()]
    if not lines:
        raise SourceError(f"{name} is empty; expected a header and 8760 or 8784 hours; export it again")
    header, *rows = _split(lines, name)
    column, divisor = _find_column(header, name)
    values = np.array([_number(row, column, line, name) for line, row in enumerate(rows, start=2)]) / divisor
    if values.size not in YEAR_HOURS:
        raise SourceError(f"{name} has {values.size} hours; expected a full year of 8760 or 8784; complete or cut it")
    if not values.any():
        raise SourceError(f"{name} holds only zeros; expected the consumption of a year; is it the right column?")
    return _align(values, time_utc, clock)


def _split(lines: list[str], name: str) -> list[list[str]]:
    """Return the cells of every line; a line with more of them than the header would be read wrongly."""
    separator = next((mark for mark in ";\t" if mark in lines[0]), "," if "," in lines[0] else "\0")
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise SourceError(f"{name} is no CSV ({error}); expected rows of cells; export it again") from error
    for line, row in enumerate(rows, start=1):
        if any(len(cell) > LONGEST_CELL for cell in row):
            raise SourceError(f"{name} is no CSV (line {line} has no end); expected rows of cells; export it again")
        if any(row[len(rows[0]) :]):
            raise SourceError(
                f"{name}, line {line}: {len(row)} cells under {len(rows[0])} column names; expected as many; "
                "split columns by ; where the decimal sign is a comma"
            )
    return rows


def _find_column(header: list[str], name: str) -> tuple[int, float]:
    """Return which column holds the load, and by what to divide it to have kWh."""
    words = [cell.strip('"').lower() for cell in header]
    energy = [index for index, word in enumerate(words) if "kwh" in word]
    power = [index for index, word in enumerate(words) if word == "w" or word.endswith(("(w)", "_w", " w"))]
    found = energy or power
    if len(found) != 1:
        raise SourceError(
            f"{name} has the columns {', '.join(header)[:200]}: {len(found)} of them are in kWh or W; expected one; "
            'name it "kWh" or "W" on the first line'
        )
    return found[0], 1.0 if energy else WATTS


def _number(row: list[str], column: int, line: int, name: str) -> float:
    """Return the number of a row, its comma a decimal sign, its spaces between thousands left out."""
    cell = row[column] if column < len(row) else ""
    try:
        value = float("".join(cell.replace(",", ".").split()))
    except ValueError as error:
        raise SourceError(f'{name}, line {line}: "{cell}" is no number; expected kWh or W; fill the gap') from error
    if not 0 <= value < np.inf:
        raise SourceError(f"{name}, line {line}: the load is {cell}; expected 0 or more; export the consumption alone")
    return value


def _align(values: Floats, time_utc: pd.DatetimeIndex, clock: Clock) -> Floats:
    """Return a civil year's values at the weather's stamps."""
    leap = len(time_utc) == max(YEAR_HOURS)
    if values.size == min(YEAR_HOURS) and leap:
        values = np.insert(values, LEAP_DAY.start, values[LEAP_DAY.start - 24 : LEAP_DAY.start])
    elif values.size == max(YEAR_HOURS) and not leap:
        values = np.delete(values, LEAP_DAY)
    by_utc = np.roll(values, -1) if clock == "local" else values
    month, day, hour = np.asarray(time_utc.month), np.asarray(time_utc.day), np.asarray(time_utc.hour)
    days_before = np.cumsum([0, 31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
    return np.asarray(by_utc[(days_before[month - 1] + day - 1) * 24 + hour])
