"""The plan as tables: signs with their money, lines, needs with their year, a summary by year."""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.kernels.siting import YearsPlan
from geo.signage.candidates import TYPES, Candidates
from geo.signage.content import blades, main_arrival
from geo.signage.study import Inputs, Settings, Study
from geo.signage.ways import Ints

ROLES: Final = {
    "entrance": "totem",
    "rules": "rules",
    "request": "request",
    "information": "information",
    "view": "view",
    "decision": "direction",
    "reassurance": "marker",
}
"""Role of the sign that meets each kind of need, in the order of the signs of a year in the table."""
SIGN_COLUMNS: Final = (
    *("id", "year", "role", "type", "mandatory", "park_id", "asked", "weight", "cost_eur", "cost_low_eur"),
    *("cost_high_eur", "cost_status", "region_eur", "owner_eur", "pole_eur", "text", "insee", "commune", "epci"),
)


def sign_table(options: Candidates, found: YearsPlan, years: list[int], places: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the chosen signs with codes: by year, what must be in its order, then by kind and falling weight."""
    weight = options.covers.T @ options.needs["weight"].to_numpy(dtype=np.float64)
    table = places.assign(
        place=np.arange(len(places)),
        slot=found.year,
        weight=np.round(weight, 3),
        rank=places["kind"].map({kind: number for number, kind in enumerate(ROLES)}),
        role=places["kind"].map(ROLES),
    )
    table = table.assign(mandatory=table["must"] >= 0, first=table["must"].where(table["must"] >= 0, len(table)))
    table = table[table["slot"] >= 0].sort_values(
        ["slot", "first", "rank", "weight", "place"], ascending=[True, True, True, False, True]
    )
    code = [f"PL-{number:03d}" for number in range(1, len(table) + 1)]
    return gpd.GeoDataFrame(table.assign(id=code, year=np.array(years)[table["slot"]])).reset_index(drop=True)


def with_money(table: gpd.GeoDataFrame, settings: Settings) -> gpd.GeoDataFrame:
    """Return the signs with what each funder pays, to the cent; the pole pays what the others leave."""
    region = (table["cost_eur"] * settings.region_rate).round(2)
    owner = (table["cost_eur"] * settings.owner_rate).round(2)
    pole = (table["cost_eur"] - region - owner).round(2)
    return gpd.GeoDataFrame(table.assign(region_eur=region, owner_eur=owner, pole_eur=pole, cost_status="estimated"))


def with_lines(table: gpd.GeoDataFrame, studied: Study) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the signs with their text in short, and the lines of directional ones; others say their park's name."""
    pointing = np.flatnonzero((table["type"] == TYPES["decision"]).to_numpy())
    nodes = table["node"].to_numpy(dtype=np.int64)[pointing]
    lines = blades(studied.net, studied.trees, nodes, studied.names, main_arrival(studied.flow))
    codes = table["id"].to_numpy()[pointing]
    lines = lines.assign(sign=codes[lines["sign"].to_numpy(dtype=np.int64)])
    short = {sign: " | ".join(mine) for sign, mine in lines.groupby("sign")["text"]}
    here = table["park_id"].map(studied.names.to_dict())
    text = table["id"].map(short).astype("string").fillna(here.astype("string"))
    return gpd.GeoDataFrame(table.assign(text=text)[[*SIGN_COLUMNS, "geometry"]]), lines


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


def with_grounds(table: pd.DataFrame, studied: Study, inputs: Inputs, *, waiting: int, doorless: int) -> pd.DataFrame:
    """Return the summary with what the plan stands on, in the row of the whole.

    `waiting`: signs that must be and that the budgets do not hold; `doorless`: open parks without a known entrance, for
    which nothing can come first; `entrances` and those `unreached`, where nobody
    comes; `people_from`: what tells where people live; `stations`, `car_parks`, `belvederes` that are known.
    """
    doors = studied.needs[studied.needs["kind"] == "entrance"]
    kinds = pd.Series(dtype="string") if inputs.places is None else inputs.places["kind"]
    told = {
        "waiting": waiting,
        "doorless": doorless,
        "entrances": len(doors),
        "unreached": int(doors["unreached"].notna().sum()),
        "people_from": studied.people_from,
        "stations": int((kinds == "station").sum()),
        "car_parks": int((kinds == "parking").sum()),
        "belvederes": int((kinds == "belvedere").sum()),
    }
    last = np.arange(len(table)) == len(table) - 1
    columns = {name: pd.Series([value] * len(table)).convert_dtypes().where(last) for name, value in told.items()}
    return table.assign(**columns)


def money_row(year: str, signs: gpd.GeoDataFrame) -> dict[str, object]:
    """Return the number of signs and their sums of money."""
    names = ("cost_eur", "cost_low_eur", "cost_high_eur", "region_eur", "owner_eur", "pole_eur")
    sums = {name: round(float(signs[name].sum()), 2) for name in names}
    return {"year": year, "signs": len(signs), "mandatory": int(signs["mandatory"].sum())} | sums
