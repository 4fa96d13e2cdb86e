"""The signage plan: which signs in which year, within each year's budget, and what the optimisation brings.

First what must be: a totem at the main entrance (that of most people) of every open park, by falling people; nothing
else is planned in a year before the last of these stands. Then what meets the most needs for the money, earlier rather
than later. A year's budget holds whole costs before tax, whoever pays; costs are the middle of the ranges of the fact
table, which are estimates.
"""

import logging
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, Field, NonNegativeFloat, PositiveFloat

from geo.errors import MissingDataError, RequestError
from geo.kernels.siting import YearRules, YearsPlan, plan_years
from geo.raw import RawFolder
from geo.signage.candidates import CLOSED, Candidates, candidates, read_types
from geo.signage.content import blades, main_arrival
from geo.signage.flows import Flows, arrivals, attraction, cells, flows, shares
from geo.signage.needs import needs
from geo.signage.ways import Floats, Ints, SignNet, Trees, sign_net, trees
from geo.vector import placed, require_lambert93

logger = logging.getLogger(__name__)

ROLES: Final = {"entrance": "totem", "decision": "direction", "reassurance": "marker", "request": "request"}
FIRST: Final = ("entrance", "request", "decision", "reassurance")
"""Order of the signs of a year in the table."""


class Settings(BaseModel, frozen=True, extra="forbid"):
    """What a planner may choose; distances in metres, shares from 0 to 1."""

    region_rate: float = Field(default=0.5, ge=0, le=1)
    owner_rate: float = Field(default=0.0, ge=0, le=1)
    least_epci_share: dict[str, float] = Field(default_factory=dict)
    discount: float = Field(default=0.9, gt=0, le=1)
    assume_open: bool = False
    sight_m: PositiveFloat = 25.0
    gap_m: PositiveFloat = 1_000.0
    most_leg_m: NonNegativeFloat = 300.0
    home_m: PositiveFloat = 1_000.0
    cell_m: PositiveFloat = 500.0
    scale_m: PositiveFloat = 3_000.0
    most_walk_m: PositiveFloat = 15_000.0
    optimality_gap: float = Field(default=0.001, ge=0, lt=1)
    time_limit_s: PositiveFloat = 60.0


class Inputs(NamedTuple):
    """Layers as they were built, and the prices of sign types."""

    parks: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    greenways: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame
    signs: gpd.GeoDataFrame
    types: pd.DataFrame


class Study(NamedTuple):
    """The network and what walks on it."""

    net: SignNet
    trees: Trees
    flow: Flows
    needs: gpd.GeoDataFrame


class Plan(NamedTuple):
    """Signs by year with their lines, the needs with the year in which they are met, the summary, and the figures."""

    signs: gpd.GeoDataFrame
    lines: pd.DataFrame
    needs: gpd.GeoDataFrame
    summary: pd.DataFrame
    found: YearsPlan


def load(raw: RawFolder) -> Inputs:
    """Read the products that the plan stands on; without known signs, it is planned as if none stood."""
    parks, entrances, greenways, communes = (
        raw.product(name) for name in ("parks", "park_entrances", "greenways", "communes")
    )
    try:
        signs = raw.product("signs")
    except MissingDataError:
        logger.warning("the layer signs is not built: planned as if no sign stood; run `artois build signs`")
        signs = gpd.GeoDataFrame({name: [] for name in ("id", "type", "status", "park")}, geometry=[], crs=parks.crs)
    for name, table in (("parks", parks), ("park_entrances", entrances), ("greenways", greenways), ("signs", signs)):
        require_lambert93(table, name)
    return Inputs(parks, entrances, greenways, communes, signs, read_types(raw))


def study(inputs: Inputs, settings: Settings) -> Study:
    """Return the network, the shortest ways, the flows and the needs."""
    net = sign_net(inputs.greenways, inputs.entrances, most_leg_m=settings.most_leg_m)
    found = trees(net)
    came = arrivals(net, cells(inputs.communes, cell_m=settings.cell_m), most_offset_m=settings.home_m)
    draw = attraction(inputs.parks).reindex(net.parks).to_numpy(dtype=np.float64)
    visits = shares(found, draw, came, scale_m=settings.scale_m, most_m=settings.most_walk_m)
    flow = flows(net, found, came, visits)
    table = needs(net, inputs.entrances, flow, gap_m=settings.gap_m)
    states = inputs.parks.set_index("id")["state"]
    return Study(net, found, flow, table.assign(closed=table["park_id"].map(states).isin(CLOSED)))


def plan(inputs: Inputs, years: dict[int, float], settings: Settings) -> Plan:
    """Return the plan over the years (in rising order) with their budgets in euros before tax.

    Raises
    ------
    RequestError
        If a year or a budget makes no sense, an EPCI is unknown, or what must be cannot be paid.
    """
    if not years or any(not np.isfinite(budget) or budget < 0 for budget in years.values()):
        raise RequestError(f"found years {years}; expected at least one, each with a budget of 0 or more euros")
    if settings.region_rate + settings.owner_rate > 1:
        raise RequestError(
            f"the Region pays {settings.region_rate:g} and owners {settings.owner_rate:g}; expected 1 at most in all"
        )
    studied = study(inputs, settings)
    options = candidates(studied.net, studied.needs, inputs.signs, inputs.types, sight_m=settings.sight_m)
    places = placed(options.table, inputs.communes)
    must = mandatory(options, inputs, assume_open=settings.assume_open)
    calendar = dict(sorted(years.items()))
    epci = epci_of(places["insee"], inputs.communes)
    group, least = shares_of(epci, settings.least_epci_share, inputs.communes)
    rules = rules_of(options, must, list(calendar.values()), settings)._replace(group=group, least_share=least)
    try:
        found = plan_years(
            options.covers,
            options.needs["weight"].to_numpy(dtype=np.float64),
            options.table["cost_eur"].to_numpy(dtype=np.float64),
            list(calendar.values()),
            rules=rules,
            gap=settings.optimality_gap,
            time_limit_s=settings.time_limit_s,
        )
    except ValueError as error:
        raise RequestError(f"no plan: {error}") from error
    table = sign_table(options, found, list(calendar), places.assign(epci=epci, mandatory=must >= 0))
    table = with_money(table, settings)
    signs, lines = with_lines(table, studied, inputs.parks)
    met_in = met_year(options, found.year, list(calendar))
    every = options.needs.assign(year=met_in)
    return Plan(signs, lines, every, summary(signs, found, calendar, options), found)


def mandatory(options: Candidates, inputs: Inputs, *, assume_open: bool) -> Ints:
    """Return the order of each candidate that must be, from 0; -1 for others.

    One totem a park: its entrance of most people, the first in the table of equals. A park whose totem stands already
    has none to get.
    """
    states = inputs.parks.set_index("id")["state"]
    wanted = ["open", "unknown"] if assume_open else ["open"]
    table = options.needs[options.needs["kind"] == "entrance"]
    doors = inputs.entrances.groupby("park_id").size()
    whole = table.groupby("park_id").size().eq(doors.reindex(table["park_id"].unique()))
    unsigned = set(whole.index[whole])
    mine = table[table["park_id"].map(states).isin(wanted) & table["park_id"].isin(unsigned)]
    ranked = mine.sort_values("people", ascending=False, kind="stable").drop_duplicates("park_id")
    order = np.full(len(options.needs), -1)
    order[ranked.index.to_numpy()] = np.arange(len(ranked))
    return order


def rules_of(options: Candidates, must: Ints, budgets: list[float], settings: Settings) -> YearRules:
    """Return the rules: what must be comes first, as early as the budgets hold it; the rest from that year on.

    Raises
    ------
    RequestError
        If the years do not hold what must be.
    """
    costs = options.table["cost_eur"].to_numpy(dtype=np.float64)
    deadline, left = np.full(len(costs), -1), list(budgets)
    waiting = [int(row) for row in np.argsort(must, kind="stable") if must[row] >= 0]
    last = 0
    for year in range(len(budgets)):
        for row in list(waiting):
            if costs[row] <= left[year] + 1e-9:
                deadline[row], left[year], last = year, left[year] - costs[row], year
                waiting.remove(row)
    if waiting:
        need = costs[must >= 0].sum()
        raise RequestError(
            f"the {int((must >= 0).sum())} entrance totems that must be cost {need:,.0f} €, and {len(waiting)} do not "
            f"fit into budgets of {sum(budgets):,.0f} €; raise a budget or add a year"
        )
    earliest = np.where(deadline >= 0, deadline, last)
    return YearRules(discount=settings.discount, deadline=deadline, earliest=earliest)


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


def sign_table(options: Candidates, found: YearsPlan, years: list[int], places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the chosen signs: by year, what must be first, then by kind and falling weight; with codes."""
    weight = options.covers.T @ options.needs["weight"].to_numpy(dtype=np.float64)
    table = places.assign(
        place=np.arange(len(places)),
        slot=found.year,
        weight=np.round(weight, 3),
        rank=places["kind"].map({kind: number for number, kind in enumerate(FIRST)}),
        role=places["kind"].map(ROLES),
    )
    table = table[table["slot"] >= 0].sort_values(
        ["slot", "mandatory", "rank", "weight", "place"], ascending=[True, False, True, False, True]
    )
    code = [f"PL-{number:03d}" for number in range(1, len(table) + 1)]
    return gpd.GeoDataFrame(table.assign(id=code, year=np.array(years)[table["slot"]])).reset_index(drop=True)


def with_money(table: gpd.GeoDataFrame, settings: Settings) -> gpd.GeoDataFrame:
    """Return the signs with what each funder pays, to the cent; the pole pays what the others leave."""
    region = (table["cost_eur"] * settings.region_rate).round(2)
    owner = (table["cost_eur"] * settings.owner_rate).round(2)
    pole = (table["cost_eur"] - region - owner).round(2)
    return gpd.GeoDataFrame(table.assign(region_eur=region, owner_eur=owner, pole_eur=pole, cost_status="estimated"))


def with_lines(
    table: gpd.GeoDataFrame, studied: Study, parks: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the signs with their text in short, and the lines of the directional ones."""
    pointing = np.flatnonzero((table["role"] == "direction").to_numpy())
    names = parks.set_index("id")["name"]
    nodes = table["node"].to_numpy(dtype=np.int64)[pointing]
    lines = blades(studied.net, studied.trees, nodes, names, main_arrival(studied.flow))
    codes = table["id"].to_numpy()[pointing]
    lines = lines.assign(sign=codes[lines["sign"].to_numpy(dtype=np.int64)])
    short = lines.groupby("sign")["text"].agg(" | ".join)
    text = table["id"].map(short).fillna(table["park_id"].map(names).where(table["role"] == "totem"))
    columns = ["id", "year", "role", "type", "mandatory", "park_id", "asked", "weight", "cost_eur", "cost_low_eur"]
    columns += [
        "cost_high_eur",
        "cost_status",
        "region_eur",
        "owner_eur",
        "pole_eur",
        "text",
        "insee",
        "commune",
        "epci",
    ]
    return gpd.GeoDataFrame(table.assign(text=text)[[*columns, "geometry"]]), lines


def met_year(options: Candidates, year: Ints, years: list[int]) -> pd.Series:
    """Return the year from which each need is met; missing where it is not."""
    first = np.full(len(options.needs), len(years))
    row, column = options.covers.nonzero()
    chosen = year[column] >= 0
    np.minimum.at(first, row[chosen], year[column[chosen]])
    numbers = np.append(np.array(years), 0)
    return pd.Series(pd.array(numbers[first], dtype="Int64"), index=options.needs.index).mask(first == len(years))


def summary(signs: gpd.GeoDataFrame, found: YearsPlan, budgets: dict[int, float], options: Candidates) -> pd.DataFrame:
    """Return a row per year and one for the whole: money by funder, cover beside the greedy plan, bound and gap.

    Cover is a part of all weight, at the end of the year; `value`, `bound` and `gap` are those of the whole plan.
    """
    whole = max(float(options.needs["weight"].sum()), 1e-12)
    rows = []
    for slot, (year, budget) in enumerate(budgets.items()):
        mine = signs[signs["year"] == year]
        row = money_row(str(year), mine) | {"budget_eur": budget, "covered": found.covered[slot] / whole}
        rows.append(row | {"greedy_covered": found.greedy_covered[slot] / whole})
    total = money_row("all", signs) | {"budget_eur": sum(budgets.values()), "covered": found.covered[-1] / whole}
    total |= {"greedy_covered": found.greedy_covered[-1] / whole, "value": found.value, "bound": found.bound}
    total |= {"gap": found.gap, "greedy_value": found.greedy_value}
    return pd.DataFrame([*rows, total])


def money_row(year: str, signs: gpd.GeoDataFrame) -> dict[str, object]:
    """Return the number of signs and their sums of money."""
    names = ("cost_eur", "cost_low_eur", "cost_high_eur", "region_eur", "owner_eur", "pole_eur")
    sums = {name: round(float(signs[name].sum()), 2) for name in names}
    return {"year": year, "signs": len(signs), "mandatory": int(signs["mandatory"].sum())} | sums
