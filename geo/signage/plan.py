"""The signage plan: which signs in which year, within each year's budget, and what the optimisation brings.

First what must be (`geo.signage.rules`), then what meets the most needs for the money, earlier rather than later. A
year's budget holds whole costs before tax, whoever pays; costs are the middle of the ranges of the fact table, which
are estimates.
"""

import logging
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import MissingDataError, RequestError
from geo.kernels.siting import YearRules, YearsPlan, plan_years
from geo.raw import RawFolder
from geo.signage.candidates import Candidates, candidates, read_types
from geo.signage.plan_tables import met_year, sign_table, summary, with_grounds, with_lines, with_money
from geo.signage.rules import doorless, epci_of, mandatory, rules_of, shares_of, waiting, weighed
from geo.signage.steps import Step, Tell, silent
from geo.signage.study import Inputs, Settings, study
from geo.sources import insee_squares, places
from geo.vector import placed, require_lambert93

__all__ = ["Inputs", "Plan", "Settings", "load", "plan", "study"]

logger = logging.getLogger(__name__)


class Plan(NamedTuple):
    """Signs by year with their lines, the needs with the year in which they are met, the summary, and the figures."""

    signs: gpd.GeoDataFrame
    lines: pd.DataFrame
    needs: gpd.GeoDataFrame
    summary: pd.DataFrame
    found: YearsPlan


def load(raw: RawFolder) -> Inputs:
    """Read the products that the plan stands on, and what else is known of who comes from where.

    Without known signs, it is planned as if none stood; without INSEE's squares or places, as `geo.signage.flows` says.
    """
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
    file = insee_squares.find(raw)
    squares, known = insee_squares.read(file, raw) if file else None, places.read(raw)
    logger.info("people from %s", "INSEE's squares" if file else "the communes, evenly spread; insee/ holds no squares")
    logger.info("stations, car parks, belvederes: %s", "none in places/" if known is None else len(known))
    return Inputs(parks, entrances, greenways, communes, signs, read_types(raw), squares, known)


def plan(inputs: Inputs, years: dict[int, float], settings: Settings, *, tell: Tell = silent) -> Plan:
    """Return the plan over the years (in rising order) with their budgets in euros before tax.

    Parameters
    ----------
    inputs
        Layers, and prices.
    years
        Budget of each year. Euros before tax, >= 0.
    settings
        What the planner chose.
    tell
        Called with each step as it begins.

    Raises
    ------
    RequestError
        If a year or a budget makes no sense, an EPCI or what has a priority is unknown, or not even the first of what
        must be can be paid.
    """
    require_sense(years, settings)
    studied = study(inputs, settings, tell=tell)
    options = candidates(studied.net, studied.needs, studied.signs, inputs.types, sight_m=settings.sight_m)
    options = weighed(options, settings.priorities, inputs.parks)
    spots = placed(options.table, inputs.communes)
    must = mandatory(options, inputs, assume_open=settings.assume_open)
    calendar = dict(sorted(years.items()))
    epci = epci_of(spots["insee"], inputs.communes)
    group, least = shares_of(epci, settings.least_epci_share, inputs.communes)
    rules = rules_of(options, must, list(calendar.values()), discount=settings.discount)
    tell(Step("search", 0.4, f"{len(options.table)} places, at most {settings.time_limit_s:g} s"))
    found = searched(options, list(calendar.values()), rules._replace(group=group, least_share=least), settings)
    tell(Step("texts", 0.9, f"gap {found.gap:.2%}, bound {found.bound:,.0f}"))
    table = sign_table(options, found, list(calendar), spots.assign(epci=epci, must=must))
    signs, lines = with_lines(with_money(table, settings), studied)
    met_in = met_year(options, found.year, list(calendar))
    unknown = doorless(inputs, assume_open=settings.assume_open)
    told = summary(signs, found, calendar, options)
    told = with_grounds(told, studied, inputs, waiting=waiting(must, rules), doorless=len(unknown))
    tell(Step("done", 1.0))
    return Plan(signs, lines, options.needs.assign(year=met_in), told, found)


def require_sense(years: dict[int, float], settings: Settings) -> None:
    """Refuse budgets and rates that make no sense."""
    if not years or any(not np.isfinite(budget) or budget < 0 for budget in years.values()):
        raise RequestError(f"found years {years}; expected at least one, each with a budget of 0 or more euros")
    if settings.region_rate + settings.owner_rate > 1:
        raise RequestError(
            f"the Region pays {settings.region_rate:g} and owners {settings.owner_rate:g}; expected 1 at most in all"
        )


def searched(options: Candidates, budgets: list[float], rules: YearRules, settings: Settings) -> YearsPlan:
    """Return the best plan found."""
    try:
        return plan_years(
            options.covers,
            options.needs["weight"].to_numpy(dtype=np.float64),
            options.table["cost_eur"].to_numpy(dtype=np.float64),
            budgets,
            rules=rules,
            gap=settings.optimality_gap,
            time_limit_s=settings.time_limit_s,
        )
    except ValueError as error:
        raise RequestError(f"no plan: {error}") from error
