"""What a plan must keep: what comes first and when, and each intercommunality's share.

First a totem at the main entrance (that of most people) of every open park, by falling people, those that are known to
be open before those that are assumed to be; then, where it is wished for, the panels that tell a park's rules at every
entrance. Each comes in the year of the one before it or later, and
nothing else is planned in a year before the last of them.
"""

import logging
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import RequestError
from geo.kernels.siting import YearRules
from geo.signage.candidates import TYPES, Candidates
from geo.signage.study import Inputs, open_states
from geo.signage.ways import Floats, Ints

logger = logging.getLogger(__name__)

MOST_PRIORITY: Final = 1000.0
CENT: Final = 1e-9
"""Rounding allowed for when costs are taken from a budget, in euros."""


def mandatory(options: Candidates, inputs: Inputs, *, assume_open: bool) -> Ints:
    """Return the order of each candidate that must be, from 0; -1 for others.

    One totem a park: its entrance of most people, the first in the table of equals. A park whose totem stands already
    has none to get. Then the panels of rules, in the order of the table.
    """
    states = inputs.parks.set_index("id")["state"]
    table = options.needs[options.needs["kind"] == "entrance"]
    doors = inputs.entrances.groupby("park_id").size()
    whole = table.groupby("park_id").size().eq(doors.reindex(table["park_id"].unique()))
    unsigned = set(whole.index[whole])
    table = table.assign(state=table["park_id"].map(states))
    wanted = table["state"].isin(open_states(assume_open=assume_open))
    mine = table[wanted & table["park_id"].isin(unsigned)]
    mine = mine.assign(known=mine["state"] == "open").sort_values(["known", "people"], ascending=False, kind="stable")
    ranked = mine.drop_duplicates("park_id")
    rules = options.needs.index[options.needs["kind"] == "rules"]
    first = [*ranked.index, *rules]
    order = np.full(len(options.needs), -1)
    order[first] = np.arange(len(first))
    return order


def doorless(inputs: Inputs, *, assume_open: bool) -> pd.Series:
    """Return the ids of the parks that are to be signed first and have no known entrance to sign; told in the log."""
    wanted = inputs.parks["state"].isin(open_states(assume_open=assume_open))
    ids: pd.Series = inputs.parks["id"][wanted & ~inputs.parks["id"].isin(inputs.entrances["park_id"])]
    if len(ids):
        logger.warning(
            "%d open parks have no known entrance, and get no totem (such as %s); add their entrances",
            *(len(ids), ids.iloc[0]),
        )
    return ids


def rules_of(options: Candidates, must: Ints, budgets: list[float], *, discount: float) -> YearRules:
    """Return the rules: what must be comes first, as early as the budgets hold it; the rest from the last of it on.

    What the years do not hold waits, and everything else with it.

    Raises
    ------
    RequestError
        If the years do not even hold the first of what must be.
    """
    costs = options.table["cost_eur"].to_numpy(dtype=np.float64)
    deadline, left = np.full(len(costs), -1), list(budgets)
    year = 0
    for row in np.argsort(must, kind="stable")[(must < 0).sum() :]:
        while year < len(left) and costs[row] > left[year] + CENT:
            year += 1
        if year == len(left):
            break
        deadline[row], left[year] = year, left[year] - costs[row]
    if (must >= 0).any() and (deadline < 0).all():
        raise RequestError(
            f"the first entrance totem costs {costs[must == 0][0]:,.0f} €, and the highest budget of a year is "
            f"{max(budgets):,.0f} €; expected one that holds it, because nothing else comes before; raise a budget"
        )
    earliest = np.where(deadline >= 0, deadline, year)
    return YearRules(discount=discount, deadline=deadline, earliest=earliest)


def weighed(options: Candidates, priorities: dict[str, float], parks: gpd.GeoDataFrame) -> Candidates:
    """Return the options with each need's weight times the priority of its park and that of its kind, 1 untold.

    Raises
    ------
    RequestError
        If a name is neither a park's id nor a kind of need, or a priority is not from 0 to `MOST_PRIORITY`.
    """
    if wrong := [name for name, factor in priorities.items() if not 0 <= factor <= MOST_PRIORITY]:
        raise RequestError(
            f"the priority of {wrong[0]!r:.40} is {priorities[wrong[0]]}; expected 0 to {MOST_PRIORITY:g}; correct it"
        )
    if unknown := sorted(set(priorities) - set(parks["id"]) - {*TYPES, "request"}):
        raise RequestError(
            f"found a priority for {unknown[0]!r:.40}; expected ids of parks, or {', '.join([*TYPES, 'request'])}"
        )
    factor = np.ones(len(options.needs))
    for name in ("park_id", "kind"):
        factor *= options.needs[name].map(priorities).astype("float64").fillna(1.0).to_numpy()
    return options._replace(needs=options.needs.assign(weight=options.needs["weight"] * factor))


def waiting(must: Ints, rules: YearRules) -> int:
    """Return how many of the signs that must be the years do not hold."""
    return int(((must >= 0) & (np.asarray(rules.deadline) < 0)).sum())


def epci_of(insee: pd.Series, communes: gpd.GeoDataFrame) -> pd.Series:
    """Return the EPCI of each row's commune; missing outside the territory."""
    found: pd.Series = insee.map(communes.set_index("id")["epci"].to_dict())
    return found


def shares_of(
    epci: pd.Series, least: dict[str, float], communes: gpd.GeoDataFrame
) -> tuple[Ints | None, Floats | None]:
    """Return the group of each row and the least share of each group, none without shares; `*` stands for every EPCI.

    Raises
    ------
    RequestError
        If an EPCI is unknown, or the shares exceed 1 in all.
    """
    if not least:
        return None, None
    names = sorted(set(communes["epci"].dropna()))
    if unknown := sorted(set(least) - {*names, "*"}):
        raise RequestError(f"found a share for {', '.join(unknown)}; expected some of {', '.join(names)}")
    share = np.array([least.get(name, least.get("*", 0.0)) for name in names])
    if not ((share >= 0) & (share <= 1)).all() or share.sum() > 1 + 1e-9:
        raise RequestError(f"the shares of {', '.join(names)} are {share.tolist()}; expected 0 to 1, 1 at most in all")
    row = {name: number for number, name in enumerate(names)}
    return epci.map(row).fillna(-1).to_numpy(dtype=np.int64), share
