"""The inventory of brownfields: one row a site, its commune told by the ground and not by the file.

Rows of different sources that are one site become one row (`geo.brownfields.merging`), which keeps all ids. A value is
taken from the surest source that tells it: curated, then declared, then sourced, then historical, then estimated; among
equals, from the latest. Sites of the fact table have positions from memory: where an inventory is present they join a
row or are reported, and never become rows. Glossary: brownfield = friche; soil pollution = pollution du sol; zoning =
zone d'urbanisme; parcel = parcelle; net area = surface nette.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel

from geo.brownfields import issues, net_area
from geo.brownfields.issues import Issue
from geo.brownfields.merging import Rules, merged, ties
from geo.brownfields.net_area import Grounds, NetArea
from geo.brownfields.owners import owner_kind
from geo.catalogue import BROWNFIELDS
from geo.crs import LAMBERT93
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import cartofriches, cnig, facts, quarter, site_outlines
from geo.vector import placed, require_lambert93

LAYER = BROWNFIELDS
FACTS: Final = "facts"
PRECEDENCE: Final = ("surveyed", "curated", "declared", "sourced", "unverified", "estimated", "synthetic")
"""Certainties, from the one whose values stand first."""
TOLD: Final = (
    *("name", "kind", "status", "activity", "area_m2", "pollution", "building_pollution", "building_state"),
    *("buildings", "heritage", "zone_type", "zoning", "renewables_zone", "owner_codes", "parcels", "identified"),
    *("updated", "insee_declared"),
)
"""What a source may tell of a site."""
LABEL: Final = 250
"""Longest label of an activity. A longer text is a narrative, which may name people: it is left out."""
UNKNOWN: Final = ("inconnu", "inconnue", "NA")
"""Words of the standard that tell nothing, and so give way to another source's."""
INVENTORIES: Final = {"cartofriches": "Cartofriches", "cnig": "CNIG", "outlines": "contours", FACTS: "faits publics"}


class Inputs(NamedTuple):
    """Sites of each source by its name (all in Lambert-93), the communes, and what net areas are computed from."""

    sites: dict[str, gpd.GeoDataFrame]
    communes: gpd.GeoDataFrame
    grounds: Grounds = Grounds()


class Params(BaseModel, frozen=True, extra="forbid"):
    """When rows are one site, and what is deducted from its area."""

    rules: Rules = Rules()
    net_area: NetArea = NetArea()


def load(raw: RawFolder) -> Inputs:
    """Read every inventory that is there; the synthetic site only where there is none."""
    communes = raw.product("communes")
    sites: dict[str, gpd.GeoDataFrame] = {}
    if cartofriches.present(raw):
        sites["cartofriches"] = cartofriches.read(raw)
    if cnig.present(raw):
        sites["cnig"] = cnig.read(raw)
    if (outlines := site_outlines.read(raw)) is not None:
        sites["outlines"] = outlines
    if not sites and quarter.present(raw):
        sites["quarter"] = quarter.read("brownfields", raw)
    sites[FACTS] = facts.read_brownfields(raw)
    outlined = any((table.geom_type != "Point").any() for table in sites.values())
    return Inputs(sites, communes, net_area.load(raw, communes) if outlined else Grounds())


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per site; everything doubtful goes to `brownfields_issues`.

    A declared commune that does not hold the site is corrected and reported; estimated outlines correct nothing.
    """
    rows = stacked(inputs.sites)
    found = merged(rows["inventory"].tolist(), ties(rows, params.rules))
    ambiguous = [refused(rows.iloc[[tie.first, tie.second]], f"{tie.strength:.0%}") for tie in found.refused]
    sites = one_row_a_site(rows, pd.Series(found.site, index=rows.index))
    sites, left_out = without_lone_facts(sites, inputs.sites)
    sites = with_commune(sites, inputs.communes)
    sites = net_area.with_net_area(sites, inputs.grounds, params.net_area)
    doubtful = issues.findings(sites, ties(sites, params.rules), [*ambiguous, *left_out])
    table = issues.table(doubtful, inputs.communes)
    return Outcome(sites, notes(sites, table), {"brownfields_issues": table})


def stacked(sources: dict[str, gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the rows of all sources with the same columns, words that tell nothing missing, in the order of ids."""
    tables = []
    for name, table in sources.items():
        sites = require_lambert93(table, f"brownfields, {name}")
        told = {column: sites[column] if column in sites.columns else pd.NA for column in TOLD}
        kept = sites[["id", "source", "certainty", "synthetic", "geometry"]]
        tables.append(kept.assign(**told, inventory=name))
    rows = pd.concat(tables, ignore_index=True)
    texts = {column: silent(rows[column]) for column in TOLD if column not in ("area_m2", "buildings")}
    numbers = {column: pd.to_numeric(rows[column]).astype("float64") for column in ("area_m2", "buildings")}
    certainty = rows["certainty"].where(rows["inventory"] != "cnig", rows["certainty"].replace("sourced", "declared"))
    texts["activity"] = texts["activity"].mask(texts["activity"].str.len() > LABEL)
    rows = rows.assign(**texts, **numbers, certainty=certainty, id=rows["id"].astype("string"))
    ordered = rows.sort_values(["inventory", "id"], kind="stable", ignore_index=True)
    return gpd.GeoDataFrame(ordered, geometry="geometry", crs=LAMBERT93)


def silent(values: pd.Series) -> pd.Series:
    """Return texts, missing where they say that nothing is known."""
    text = values.astype("string").str.strip()
    return text.mask(text.isin([*UNKNOWN, ""]))


def one_row_a_site(rows: gpd.GeoDataFrame, site: pd.Series) -> gpd.GeoDataFrame:
    """Return one row for each group of rows, each value from the surest row that tells it; an outline before a point.

    Parameters
    ----------
    rows
        All rows, columns of `TOLD`, `inventory` and the origin.
    site
        The number of each row's site.
    """
    order = {certainty: rank for rank, certainty in enumerate(PRECEDENCE)}
    ranked = rows.assign(
        site=site,
        rank=rows["certainty"].map(order).fillna(len(order)).astype(int),
        latest=pd.to_datetime(rows["updated"], errors="coerce").fillna(pd.Timestamp(0)),
        outlined=rows.geometry.geom_type != "Point",
    ).sort_values(["site", "rank", "latest", "inventory", "id"], ascending=[True, True, False, True, True])
    groups = ranked.groupby("site", sort=True)
    values = groups[["id", *TOLD, "certainty"]].first()
    shaped = ranked.sort_values(["site", "outlined"], ascending=[True, False], kind="stable").drop_duplicates("site")
    inventories = ranked["inventory"].map(INVENTORIES).fillna(ranked["inventory"])
    joined = {
        "source_ids": texts_of(ranked["id"], ranked["site"], "|"),
        "sources": texts_of(inventories, ranked["site"], "|"),
        "source": texts_of(ranked["source"].astype("string"), ranked["site"], ", "),
    }
    table = values.assign(
        **joined,
        inventory=groups["inventory"].first(),
        rows=groups.size(),
        synthetic=groups["synthetic"].all(),
        owner=values["owner_codes"].map(owner_kind, na_action="ignore").astype("string"),
        geometry=shaped.set_index("site").geometry,
    )
    made = gpd.GeoDataFrame(table.reset_index(drop=True), geometry="geometry", crs=rows.crs)
    return made.sort_values("id", ignore_index=True)


def texts_of(values: pd.Series, site: pd.Series, separator: str) -> pd.Series:
    """Return the different texts of each site, sorted and joined."""
    pairs = pd.DataFrame({"site": site, "text": values}).dropna().drop_duplicates().sort_values(["site", "text"])
    joined: pd.Series = pairs.groupby("site")["text"].agg(separator.join)
    return joined


def without_lone_facts(
    sites: gpd.GeoDataFrame, sources: dict[str, gpd.GeoDataFrame]
) -> tuple[gpd.GeoDataFrame, list[Issue]]:
    """Return the sites without those that the fact table alone knows, reported, where an inventory is present."""
    alone = (sites["inventory"] == FACTS) & (sites["rows"] == 1)
    if not sources.keys() - {FACTS, "quarter"}:
        return sites, []
    left = sites[alone]
    told = [
        Issue("not_in_inventory", (str(key),), issues.as_name(name), shape)
        for key, name, shape in zip(left["id"], left["name"], left.geometry, strict=True)
    ]
    return sites[~alone].reset_index(drop=True), told


def refused(pair: gpd.GeoDataFrame, strength: str) -> Issue:
    """Return the report on two rows that were not merged."""
    rows = pair.sort_values("id")
    name = issues.as_name(rows["name"].iloc[0])
    return Issue("ambiguous_merge", tuple(rows["id"].astype(str)), name, rows.geometry.iloc[0], strength)


def with_commune(sites: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the sites with the communes that hold them, and whether this corrects what was declared."""
    sites = placed(sites, communes, sites["insee_declared"])
    both = sites["insee"].notna() & sites["insee_declared"].notna()
    return sites.assign(commune_corrected=both & ~declared_holds(sites["insee_declared"], sites["insee"]))


def declared_holds(declared: pd.Series, located: pd.Series) -> pd.Series:
    """Tell for each site whether one of its declared communes is one of those that hold it."""
    pairs = zip(declared.fillna(""), located.fillna(""), strict=True)
    return pd.Series([bool(set(a.split("|")) & set(b.split("|"))) for a, b in pairs], index=declared.index)


def notes(sites: gpd.GeoDataFrame, doubtful: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return what was corrected and merged, and how many issues of each kind there are."""
    reasons = (
        ("repaired", "commune declared by the file is not the one that holds the site", sites["commune_corrected"]),
        ("flagged", "site outside every commune of the territory", sites["insee"].isna()),
        ("repaired", "rows of several sources merged into one site", sites["rows"] > 1),
    )
    about_sites = [
        Note(action=action, reason=reason, count=int(rows.sum()), example=str(sites["id"][rows].iloc[0]))
        for action, reason, rows in reasons
        if rows.any()
    ]
    told = doubtful[~doubtful["kind"].isin(["commune_conflict", "outside_territory"])]
    counts = told.groupby("kind", sort=True)["message_en"].agg(["size", "first"])
    about_issues = [
        Note(action="flagged", reason=f"brownfields_issues: {kind}", count=int(size), example=str(example))
        for kind, size, example in counts.itertuples(name=None)
    ]
    return (*about_sites, *about_issues)
