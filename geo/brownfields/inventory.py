"""The inventory of brownfields: one row a site, its commune told by the ground and not by the file.

Glossary: brownfield = friche; soil pollution = pollution du sol; zoning = zone d'urbanisme.
"""

from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geo.catalogue import BROWNFIELDS
from geo.pipeline import NoParams, Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import cartofriches, facts, quarter
from geo.vector import placed, require_lambert93

LAYER = BROWNFIELDS
Params = NoParams


class Inputs(NamedTuple):
    """Sites with the commune they declare, and the communes."""

    sites: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the national inventory where it is present, else the fact table and the synthetic site."""
    communes = raw.product("communes")
    if cartofriches.present(raw):
        return Inputs(cartofriches.read(raw), communes)
    sites = facts.read_brownfields(raw)
    if quarter.present(raw):
        sites = gpd.GeoDataFrame(pd.concat([sites, quarter.read("brownfields", raw)], ignore_index=True))
    return Inputs(sites, communes)


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per site; a declared commune that does not hold the site is corrected and reported.

    Estimated outlines correct nothing.
    """
    sites = require_lambert93(inputs.sites, "brownfields")
    for column in ("kind", "status", "activity", "pollution", "zoning", "updated", "insee_declared"):
        if column not in sites.columns:
            sites = sites.assign(**{column: pd.NA})
    sites = placed(sites, inputs.communes, sites["insee_declared"])
    both = sites["insee"].notna() & sites["insee_declared"].notna()
    sites = sites.assign(commune_corrected=both & ~declared_holds(sites["insee_declared"], sites["insee"]))
    return Outcome(sites.sort_values("id"), notes(sites))


def declared_holds(declared: pd.Series, located: pd.Series) -> pd.Series:
    """Tell for each site whether one of its declared communes is one of those that hold it."""
    pairs = zip(declared.fillna(""), located.fillna(""), strict=True)
    return pd.Series([bool(set(a.split("|")) & set(b.split("|"))) for a, b in pairs], index=declared.index)


def notes(sites: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return what was corrected, and which sites no commune of the territory holds."""
    reasons = (
        ("repaired", "commune declared by the file is not the one that holds the site", sites["commune_corrected"]),
        ("flagged", "site outside every commune of the territory", sites["insee"].isna()),
    )
    return tuple(
        Note(action=action, reason=reason, count=int(rows.sum()), example=str(sites["id"][rows].iloc[0]))
        for action, reason, rows in reasons
        if rows.any()
    )
