"""Events: festivals, case studies, works and publications, each with its date, tied to parks.

What concerns a site stands on its point, what concerns a large park on a point within it, and what concerns the whole
chain at the territory's centre; `scope` tells which.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geo.catalogue import EVENTS
from geo.crs import LAMBERT93
from geo.errors import SourceError
from geo.pipeline import NoParams, Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import facts

LAYER = EVENTS
Params = NoParams
TIES: Final = ("parks", "large_parks")
"""Columns of what an event is tied to; the first one that says something places it."""


class Inputs(NamedTuple):
    """Dated facts (`facts.read_events`), and the products parks, large parks and communes."""

    events: pd.DataFrame
    parks: gpd.GeoDataFrame
    large_parks: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the fact table and the products that place it."""
    return Inputs(facts.read_events(raw), raw.product("parks"), raw.product("large_parks"), raw.product("communes"))


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per event, on a point.

    Raises
    ------
    SourceError
        If an event names a park or a large park that does not exist.
    """
    require_known(inputs.events["parks"], inputs.parks["id"], "parks")
    require_known(inputs.events["large_parks"], inputs.large_parks["id"], "large_parks")
    shapes = pd.concat([inputs.parks.set_index("id"), inputs.large_parks.set_index("id")])
    centre = shapely.point_on_surface(shapely.union_all(inputs.communes.geometry.to_numpy()))
    keys = [codes(park) or codes(large) for park, large in zip(*(inputs.events[one] for one in TIES), strict=True)]
    points = [place(shapes.loc[key].geometry) if key else centre for key in keys]
    table = gpd.GeoDataFrame(inputs.events, geometry=points, crs=LAMBERT93).assign(
        scope=scopes(inputs.events),
        where=[", ".join(shapes.loc[key, "name"]) or pd.NA for key in keys],
        insee=[merged(shapes.loc[key, "insee"], "|") for key in keys],
        commune=[merged(shapes.loc[key, "commune"], ", ") for key in keys],
    )
    return Outcome(table.sort_values("id"), undated(table))


def undated(table: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return a note on the events without a date, if there are any."""
    rows = table[table["starts"].isna()]
    if rows.empty:
        return ()
    return (Note(action="flagged", reason="event without a date", count=len(rows), example=str(rows["name"].iloc[0])),)


def merged(cells: pd.Series, separator: str) -> object:
    """Return the parts of all cells, each once; missing where there is none: the whole chain is in no one commune."""
    parts = [part for cell in cells.dropna() for part in cell.split(separator)]
    return separator.join(dict.fromkeys(parts)) or pd.NA


def place(shapes: gpd.GeoSeries) -> shapely.Point:
    """Return a point within the shapes taken together."""
    return shapely.point_on_surface(shapely.union_all(shapes.to_numpy()))


def scopes(events: pd.DataFrame) -> pd.Series:
    """Return whether each event is about sites, large parks, or the whole chain."""
    scope = pd.Series("network", index=events.index)
    return scope.mask(events["large_parks"].notna(), "large_park").mask(events["parks"].notna(), "park")


def codes(cell: str | None) -> list[str]:
    """Return the ids of a cell, none where it is empty."""
    return [] if pd.isna(cell) else str(cell).split("|")


def require_known(cells: pd.Series, known: pd.Series, column: str) -> None:
    """Refuse an event that names a park that does not exist."""
    unknown = [(row, key) for row, cell in enumerate(cells) for key in codes(cell) if key not in set(known)]
    if unknown:
        row, key = unknown[0]
        raise SourceError(
            f"events.csv, line {row + 2}, column {column}: found {key!r}; expected the id of a park; correct it"
        )


def of_park(events: pd.DataFrame | None, key: str, column: str = "parks") -> pd.DataFrame:
    """Return the events of one park (or of one large park: `column="large_parks"`), by date."""
    if events is None:
        return pd.DataFrame(columns=["starts", "ends", "name", "figures"])
    mine = events[[key in codes(cell) for cell in events[column]]]
    return mine.sort_values(["starts", "id"], na_position="last")


def listed(events: pd.DataFrame) -> object:
    """Return events as one text, such as "2013 : Parc des Îles ouvert", missing where there is none."""
    told = zip(events["starts"], events["ends"], events["name"], strict=True)
    return " ; ".join(f"{dates(starts, ends)} : {name}" for starts, ends, name in told) or pd.NA


def dates(starts: str | None, ends: str | None) -> str:
    """Return a period in words of a date.

    >>> dates("2020-12", "2021-05"), dates("2013", "2013"), dates(None, None)
    ('2020-12 à 2021-05', '2013', 'sans date')
    """
    given = [str(day) for day in dict.fromkeys((starts, ends)) if not pd.isna(day)]
    return " à ".join(given) or "sans date"
