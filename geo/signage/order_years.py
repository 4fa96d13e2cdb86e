"""Which signs are ordered in a year, where a plan and the register both speak.

The year that the register notes for a sign comes before all. Then the plan's: its budgets were made for the signs that
it names, each in one year. A sign of the register that neither names is left out, and told: it is in nobody's budget.
"""

import logging
from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.crs import LAMBERT93

logger = logging.getLogger(__name__)

WAITING: Final = ("validated", "designed")
"""States of signs that are ordered next."""
OPEN: Final = ("requested", *WAITING)
"""States in which nothing is ordered, made or given up yet."""


class Ordered(NamedTuple):
    """Signs and lines from one source, with the year of each sign (missing where the register notes none).

    Those of the register have `status`, `draft` and `date` (of the status) too; those of a plan have `asked`, the code
    of the sign of the register that they stand for.
    """

    signs: gpd.GeoDataFrame
    lines: pd.DataFrame


def due(year: int, *, planned: Ordered | None = None, registered: Ordered | None = None) -> Ordered:
    """Return what is ordered in a year from a plan, from the register, or from both; each sign once."""
    if planned is not None and registered is not None:
        return due_together(year, planned, registered)
    if planned is not None:
        return kept(planned, planned.signs["year"].eq(year))
    if registered is not None:
        return due_alone(year, registered)
    raise ValueError("expected a plan, a register, or both")


def due_alone(year: int, registered: Ordered) -> Ordered:
    """Return what the register orders in a year without a plan.

    Signs that it notes for that year, and those without a noted year whose state does not date from a later one.
    """
    signs = registered.signs
    since = pd.to_numeric(signs["date"].str[:4], errors="coerce").fillna(0)
    return kept(registered, waits(signs) & signs["year"].eq(year).fillna(since <= year))


def due_together(year: int, planned: Ordered, registered: Ordered) -> Ordered:
    """Return what a plan and the register order in a year; cost, shares and words of a sign of both are the register's.

    A mast for which the register has no lines gets those of the plan.
    """
    known = registered.signs
    asked = planned.signs["asked"]
    when = asked.map(known.set_index("code")["year"].to_dict()).astype("Int64").fillna(planned.signs["year"])
    mine = planned.signs[when.eq(year)]
    waiting = known[waits(known)]
    ours = waiting[waiting["year"].eq(year).fillna(False) | waiting["code"].isin(mine["asked"])]
    tell_left_out(waiting[waiting["year"].isna() & ~waiting["code"].isin(asked)], year)
    past = mine["asked"].isin(known["code"][~known["status"].isin(OPEN)])
    tell_past(mine[past])
    theirs = mine[~past & ~mine["asked"].isin(waiting["code"])]
    signs = [one for one in (ours, theirs) if len(one)] or [ours]
    lines = lines_of(planned, registered, ours=ours["code"], theirs=theirs["code"])
    return Ordered(gpd.GeoDataFrame(pd.concat(signs, ignore_index=True), crs=LAMBERT93), lines)


def kept(source: Ordered, rows: pd.Series) -> Ordered:
    """Return some signs with their lines."""
    signs = gpd.GeoDataFrame(source.signs[rows.astype(bool)].reset_index(drop=True))
    return Ordered(signs, source.lines[source.lines["code"].isin(signs["code"])])


def waits(signs: gpd.GeoDataFrame) -> pd.Series:
    """Tell which signs of the register are ordered next."""
    next_ones: pd.Series = signs["status"].isin(WAITING) & ~signs["draft"]
    return next_ones


def lines_of(planned: Ordered, registered: Ordered, *, ours: pd.Series, theirs: pd.Series) -> pd.DataFrame:
    """Return the lines of signs of the register (`ours`) and of the plan; its words stand in where `ours` have none."""
    said = registered.lines[registered.lines["code"].isin(ours)]
    silent = ours[~ours.isin(said["code"])]
    stands_for = planned.signs.set_index("code")["asked"]
    code = planned.lines["code"].map(stands_for[stands_for.isin(silent)].to_dict()).astype("string")
    parts = (said, planned.lines[planned.lines["code"].isin(theirs)], planned.lines.assign(code=code)[code.notna()])
    return pd.concat([part for part in parts if len(part)] or [said], ignore_index=True)


def tell_left_out(signs: gpd.GeoDataFrame, year: int) -> None:
    """Say which signs wait, and are in no year."""
    if len(signs):
        logger.warning(
            "%d signs of the register are in no year of the plan, and left out (such as %s); plan anew, or note their "
            "year of order: %d or another",
            *(len(signs), signs["code"].iloc[0], year),
        )


def tell_past(signs: gpd.GeoDataFrame) -> None:
    """Say which signs of the plan need no order any more."""
    if len(signs):
        logger.warning(
            "%d signs of the plan are made or given up in the register, and left out (such as %s)",
            *(len(signs), signs["asked"].iloc[0]),
        )
