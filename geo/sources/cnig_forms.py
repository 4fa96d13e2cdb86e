"""How files of the CNIG standard write things: missing values, dates, parcels, points in either axis order."""

import re
from datetime import date
from typing import Final, Literal, NamedTuple

AxisOrder = Literal["lon lat", "lat lon"]

MISSING: Final = ("", "NA", "NaN", "N/A")
"""How the standard writes a value that is not known."""

FRANCE: Final = (
    (-5.6, 41.2, 9.8, 51.3),
    (-63.2, 14.2, -60.7, 18.2),
    (-54.8, 2.0, -51.4, 5.9),
    (-56.6, 46.6, -56.0, 47.3),
    (44.9, -13.1, 45.4, -12.5),
    (55.1, -21.5, 55.9, -20.8),
)
"""Boxes (west, south, east, north) of metropolitan France, the Antilles, Guyane, Saint-Pierre-et-Miquelon, Mayotte and
La Réunion, in WGS84 degrees, with a margin. None meets another with its axes swapped: a point tells its own order."""

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell."""

ISO: Final = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})")
FRENCH: Final = re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})")
NUMBER: Final = r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
POINT: Final = re.compile(rf"POINT\s*\(\s*({NUMBER})\s+({NUMBER})\s*\)", re.IGNORECASE)
POSTGRES_ARRAY: Final = re.compile(r"\{(.*)\}", re.DOTALL)
ARRAY_ITEM: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,]+)')


class Pair(NamedTuple):
    """The two coordinates of a point as a file writes them, in degrees."""

    first: float
    second: float


def is_missing(text: str) -> bool:
    """Tell whether a cell says that its value is not known; blanks around do not count.

    >>> is_missing(" NA "), is_missing("NAVES")
    (True, False)
    """
    return text.strip() in MISSING


def read_date(text: str) -> date | None:
    """Return a date written 2022-10-31 or 31/10/2022 (a time after it is left out); None when it is neither.

    >>> read_date("31/10/2022") == read_date("2022-10-31 00:00:00+00")
    True
    >>> read_date("2022-31-10") is None
    True
    """
    day = text.strip().replace("T", " ").partition(" ")[0]
    return calendar_date(ISO, day) or calendar_date(FRENCH, day)


def calendar_date(form: re.Pattern[str], text: str) -> date | None:
    """Return the day that a text names in one form, or None when it has another form or there is no such day."""
    if (found := form.fullmatch(text)) is None:
        return None
    try:
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None


def read_point(text: str) -> Pair | None:
    """Return the coordinates of a WKT point as they stand, or None when it is no plain point of two numbers.

    >>> read_point("POINT (2.83344 50.43495)")
    Pair(first=2.83344, second=50.43495)
    """
    found = POINT.fullmatch(text.strip())
    return Pair(float(found[1]), float(found[2])) if found else None


def axis_order(pair: Pair) -> AxisOrder | None:
    """Return the order of axes that puts the point in France, or None when neither does.

    >>> axis_order(Pair(2.83, 50.43)), axis_order(Pair(50.43, 2.83)), axis_order(Pair(48.0, 11.6))
    ('lon lat', 'lat lon', None)
    """
    if in_france(pair.first, pair.second):
        return "lon lat"
    return "lat lon" if in_france(pair.second, pair.first) else None


def in_france(lon: float, lat: float) -> bool:
    """Tell whether a place is in one of the boxes of `FRANCE`."""
    return any(west <= lon <= east and south <= lat <= north for west, south, east, north in FRANCE)


def read_items(text: str) -> tuple[str, ...]:
    """Return the values of a cell that holds several, separated by "|" or written as a PostgreSQL array.

    >>> read_items("{62846000AH0335,62846000AH0336}") == read_items("62846000AH0335|62846000AH0336")
    True
    >>> read_items('{"CA DE LENS",NULL}')
    ('CA DE LENS',)
    """
    array = POSTGRES_ARRAY.fullmatch(text.strip())
    if array is None:
        found = text.split("|")
    else:
        pairs = ARRAY_ITEM.findall(array[1])
        found = [re.sub(r"\\(.)", r"\1", quoted) if quoted else plain for quoted, plain in pairs]
    return tuple(item.strip() for item in found if not is_missing(item) and item != "NULL")


def neutralised(text: str) -> str:
    """Return a text with an apostrophe before what a spreadsheet would run, or before an apostrophe that is there.

    >>> neutralised("=1+1"), neutralised("Parc"), neutralised("'quoted'")
    ("'=1+1", 'Parc', "''quoted'")
    """
    return f"'{text}" if text.startswith((*FORMULA_STARTS, "'")) else text


def as_told(text: str) -> str:
    """Return a text without the apostrophe that `neutralised` put before it; one that others wrote stays.

    >>> as_told(neutralised("=1+1")), as_told(neutralised("'quoted'")), as_told("'quoted'")
    ('=1+1', "'quoted'", "'quoted'")
    """
    return text[1:] if text.startswith("'") and text[1:].startswith((*FORMULA_STARTS, "'")) else text
