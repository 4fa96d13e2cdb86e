"""The order of a year: what is bought, what each blade says, who pays, in whole cents before tax.

Glossary: bill of materials = nomenclature; sign schedule = bordereau; funding = financement; owner = maître d'ouvrage;
lot = part of a contract, here the signs of one EPCI.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.errors import RequestError
from geo.register.money import FUNDERS, split

WHOLE: Final = 1_000_000
"""Shares are whole parts of this."""
NO_LOT: Final = "sans EPCI connu"
NO_OWNER: Final = "non renseigné"
SHARES: Final = tuple(f"{name}_share" for name in FUNDERS)
CENTS: Final = ("cost_cents", *(f"{name}_cents" for name in FUNDERS))
ORDERED: Final = (
    *("code", "type", "name", "park", "manager", "owner", "insee", "commune", "lot", "text", "cost_stage"),
    *("cost_source", "cost_cents", "cost_low_cents", "cost_high_cents", *SHARES),
)
"""Columns of the signs of an order, with `geometry` in Lambert-93; shares are whole numbers."""
SAID: Final = (
    *("code", "blade", "line", "bearing_deg", "turn", "text", "distance_km", "walk_min", "cycle_min"),
    *("pictograms", "color"),
)
"""Columns of the lines; blades and lines count from 1. Degrees clockwise from north, kilometres, minutes."""
TURNS: Final = {"straight": "tout droit", "left": "gauche", "right": "droite", "back": "demi-tour", "both": "deux sens"}
STAGES: Final = {"estimate": "estimation", "ordered": "commandé", "invoiced": "facturé"}


class Order(NamedTuple):
    """What is ordered in a year: its signs (`ORDERED`) with what each funder pays, and their lines (`SAID`)."""

    year: int
    signs: gpd.GeoDataFrame
    lines: pd.DataFrame


def shares_of_rates(region_rate: float, owner_rate: float) -> dict[str, int]:
    """Return the shares of those who pay, in parts of `WHOLE`; the pole pays what the others leave.

    >>> shares_of_rates(0.5, 0.2)
    {'region': 500000, 'pole': 300000, 'owner': 200000}

    Raises
    ------
    RequestError
        If a rate is not from 0 to 1, or they exceed 1 in all.
    """
    region, owner = round(region_rate * WHOLE), round(owner_rate * WHOLE)
    if not (0 <= region <= WHOLE and 0 <= owner <= WHOLE - region):
        raise RequestError(
            f"the Region pays {region_rate:g} and owners {owner_rate:g}; expected rates from 0, 1 at most in all"
        )
    return {"region": region, "pole": WHOLE - region - owner, "owner": owner}


def order(year: int, signs: gpd.GeoDataFrame, lines: pd.DataFrame) -> Order:
    """Return the order of signs and lines, by code, with each cost split into whole cents that sum to it.

    Raises
    ------
    RequestError
        If there is no sign, two have one code, or one has no type or no cost.
    """
    if signs.empty:
        raise RequestError(f"found no sign to order in {year}; expected one; check --year, the plan and the register")
    if (twice := signs["code"].duplicated()).any():
        raise RequestError(
            f"the code {signs['code'][twice].iloc[0]!r:.40} is that of two signs; expected one each; correct one"
        )
    for name, what in (("type", "type"), ("cost_cents", "cost")):
        if (unknown := signs[name].isna()).any():
            raise RequestError(
                f"{int(unknown.sum())} signs have no {what} (such as {signs['code'][unknown].iloc[0]!r:.40}); expected "
                f"one for every sign that is ordered; record it in the register"
            )
    ordered = signs.sort_values("code", kind="stable").reset_index(drop=True)
    mine = lines[lines["code"].isin(ordered["code"])]
    return Order(year, funded(ordered), mine.sort_values(["code", "blade", "line"], kind="stable", ignore_index=True))


def funded(signs: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the signs with the whole cents that each funder pays for each, by largest remainder of its shares."""
    weights = [dict(zip(FUNDERS, map(int, row), strict=True)) for row in signs[list(SHARES)].itertuples(index=False)]
    parts = [split(int(cost), weight) for cost, weight in zip(signs["cost_cents"], weights, strict=True)]
    cents = {f"{name}_cents": pd.array([part[name] for part in parts], dtype="int64") for name in FUNDERS}
    return signs.assign(cost_cents=signs["cost_cents"].astype("int64"), **cents)


def bill(made: Order) -> pd.DataFrame:
    """Return the bill of materials: a row per lot, type and unit cost, one per lot, one for the whole.

    Signs of one type that differ in cost stand on rows of their own, so that quantity times unit cost is the total.
    """
    table = made.signs.rename(columns={"cost_cents": "unit_cents"})
    keys = ["lot", "type", "cost_stage", "unit_cents"]
    rows = table.groupby(keys, sort=True).size().rename("quantity").reset_index()
    rows = rows.assign(level="ligne", total_cents=rows["unit_cents"] * rows["quantity"])
    sums = rows.groupby("lot")[["quantity", "total_cents"]].sum().reset_index().assign(level="total du lot")
    whole = rows[["quantity", "total_cents"]].sum().to_frame().T.assign(level="total général")
    return together(rows, sums, whole)[["level", "lot", "type", "quantity", "cost_stage", "unit_cents", "total_cents"]]


def schedule(made: Order) -> pd.DataFrame:
    """Return the sign schedule: a row per line of each blade; signs without blades have one row, without numbers."""
    plain = pd.DataFrame(made.signs[["code", "type", "lot", "park", "commune", "text"]])
    silent = plain[~plain["code"].isin(made.lines["code"])]
    lines = made.lines.merge(plain.drop(columns="text"), on="code", validate="many_to_one")
    every = pd.concat([lines, silent], ignore_index=True)
    every = every.assign(turn=every["turn"].map(TURNS))
    every = every.astype({"blade": "Int64", "line": "Int64", "walk_min": "Int64", "cycle_min": "Int64"})
    columns = ["code", "type", "lot", "park", "commune", *SAID[1:]]
    return every.sort_values(["code", "blade", "line"], kind="stable", ignore_index=True)[columns]


def financing(made: Order) -> pd.DataFrame:
    """Return who pays what: a row per sign, per owner, per lot, one for the whole; each total is the sum of its rows.

    A total may differ from its rate of the sum by a cent a sign at most: cents are split sign by sign, because
    signs are invoiced one by one.
    """
    names = list(CENTS)
    signs = pd.DataFrame(made.signs[["code", "type", "lot", "owner", "cost_stage", *names]]).assign(level="panneau")
    owners = (
        signs.groupby(signs["owner"].fillna(NO_OWNER))[names]
        .sum()
        .reset_index()
        .assign(level="total du maître d'ouvrage")
    )
    lots = signs.groupby("lot")[names].sum().reset_index().assign(level="total du lot")
    whole = signs[names].sum().to_frame().T.assign(level="total général")
    return together(signs, owners, lots, whole)[["level", "code", "type", "lot", "owner", "cost_stage", *names]]


def together(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return the tables one below the other; a column that one lacks is empty there."""
    columns = list(dict.fromkeys(name for table in tables for name in table.columns))
    return pd.concat([table.reindex(columns=columns).astype(object) for table in tables], ignore_index=True)


def euros(cents: object) -> str:
    """Return whole cents as euros with two decimals, exactly; nothing for nothing.

    >>> euros(123405), euros(-5), euros(None)
    ('1234.05', '-0.05', '')
    """
    if not isinstance(cents, int):
        return ""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"
