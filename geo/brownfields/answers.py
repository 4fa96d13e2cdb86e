"""What is known of sites, as the two scores ask for it: one row a site, one column a criterion.

The facts are those of `brownfield_facts`; the published matrix has codes of its own (`matrix.toml`), and what it asks
and no layer tells stays unanswered.
"""

from typing import Final

import numpy as np
import pandas as pd

from geo.brownfields.criteria import criteria

M2_PER_HA: Final = 10_000.0
M_PER_KM: Final = 1000.0

PUBLISHED: Final[dict[str, dict[str, str]]] = {
    "town_centre": {"yes": "true", "no": "false"},
    "flood": {"outside": "non", "low": "oui", "medium": "oui", "high": "oui"},
    "environment": {
        "outside": "hors-zone", "near": "proximite-zone", "znieff_1": "znieff-type-1-2", "znieff_2": "znieff-type-1-2",
        "natura_2000": "natura-2000", "reserve": "reserve-naturelle",
    },
    "zoning": {
        "urban": "zone-urbaine-u", "to_urbanise": "zone-a-urbaniser-au", "activity": "zone-vocation-activites",
        "equipment": "zone-urbaine-u-equipement", "agricultural": "zone-agricole-a", "natural": "zone-naturelle-n",
    },
    "heritage": {
        "none": "non-concerne", "surroundings": "perimetre-abf", "registered_site": "site-inscrit-classe",
        "classified_site": "site-inscrit-classe",
    },
    "acceleration_zone": {"no": "non", "yes": "oui", "ground_solar": "oui", "exclusion": "exclusion"},
    "owner": {"public": "public", "private": "prive", "shared": "copro-indivision", "mixed": "mixte"},
    "building_state": {
        "none": "pas-de-bati", "ruined": "degradation-tres-importante", "uneven": "degradation-heterogene",
        "medium": "degradation-moyenne", "sound": "degradation-faible",
    },
    "pollution": {
        "none": "non", "treated": "deja-geree", "asbestos": "oui-amiante", "proven": "oui-autres-composes",
    },
}  # fmt: skip
"""Our codes in the words of the matrix. What stands in none has no word there: World Heritage, doubtful pollution."""

OURS: Final = {"environment": "nature"}
"""The criterion of ours that answers one of the matrix, where the names differ."""


def wide(facts: pd.DataFrame) -> pd.DataFrame:
    """Return the values of the facts, one row a site, one column a criterion of our score; numbers as numbers.

    Parameters
    ----------
    facts
        Columns site_id, criterion, value (text; missing or empty is unknown). Other criteria are left aside.
    """
    known = facts[facts["value"].notna() & (facts["value"] != "")]
    table = known.pivot(index="site_id", columns="criterion", values="value")
    table = table.reindex(index=pd.unique(facts["site_id"]))
    names = {each.id: bool(each.points) for each in criteria()}
    columns = {
        name: pd.to_numeric(table[name], errors="raise").astype("float64")
        if numeric
        else table[name].astype(object).where(table[name].notna(), None)
        for name, numeric in names.items()
        if name in table.columns
    }
    return pd.DataFrame(columns, index=table.index)


def for_the_matrix(answers: pd.DataFrame, site_area_m2: pd.Series) -> pd.DataFrame:
    """Return the answers to the published matrix.

    Parameters
    ----------
    answers
        Of `wide`.
    site_area_m2
        Area of the outline, else the stated one, same index; NaN where unknown.
    """
    found: dict[str, pd.Series] = {"site_area_m2": site_area_m2}
    if "built_share" in answers:
        found["built_area_m2"] = answers["built_share"] * site_area_m2
    if "grid_km" in answers:
        found["electric_connection_m"] = answers["grid_km"] * M_PER_KM
    for theirs, words in PUBLISHED.items():
        ours = OURS.get(theirs, theirs)
        if ours in answers:
            found[theirs] = answers[ours].map(words).astype(object)
    return pd.DataFrame(found, index=answers.index)


def net_area_ha(answers: pd.DataFrame) -> pd.Series:
    """Return the net area of each site in hectares; NaN where unknown."""
    if "net_area_ha" not in answers:
        return pd.Series(np.nan, index=answers.index)
    area: pd.Series = answers["net_area_ha"]
    return area


def yield_range(answers: pd.DataFrame, *, plain_kwh_per_kwp: float, spread: float) -> pd.DataFrame:
    """Return low, mid and high kWh/kWc a year of each site.

    Where the engine has computed the site (`yield_kwh_per_kwp`), mid is its figure; else the unshaded yield of the
    weather year, `plain_kwh_per_kwp`. Low and high are `spread` (relative) below and above.
    """
    own = answers["yield_kwh_per_kwp"] if "yield_kwh_per_kwp" in answers else pd.Series(np.nan, index=answers.index)
    mid = own.fillna(plain_kwh_per_kwp)
    return pd.DataFrame({"low": mid * (1 - spread), "mid": mid, "high": mid * (1 + spread)})
