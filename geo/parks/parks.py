"""Parks and sites: each with the best perimeter that is known, and columns that tell which one and how sure it is.

Imported perimeters go before heaps of the site's number, neo-natural spaces, heaps of the site's name, classified-site
polygons, a circle of the stated area, and a point. An imported perimeter that is no known site's becomes a row of its
own; a neo-natural space or a protected polygon does not, for nothing says that it belongs to the Chaîne des Parcs. Both
are told in `parks_issues`.
"""

from itertools import chain
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel

from geo.catalogue import PARKS
from geo.names import slug
from geo.parks import checks, issues
from geo.parks.checks import Limits
from geo.parks.events import listed, of_park
from geo.parks.issues import Issue
from geo.parks.matching import Reach
from geo.parks.perimeters import Assigned, Outlines, assigned, perimeter, whole_sites
from geo.parks.shares import protected, shared_by, without_shares
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import ac2, facts, faults, perimeters, quarter, unesco
from geo.vector import placed, require_lambert93

LAYER = PARKS
NEW_ID: Final = "X-"
"""Before the id of a park that only an imported file knows."""

TOLD: Final = ("kind", "owner", "manager", "state", "opening_year")
"""What an imported perimeter may tell of its park."""


class Inputs(NamedTuple):
    """What parks are made of, all in Lambert-93; None where a provider is absent.

    Sites with a point and a stated area, names of large parks by id, heaps, synthetic parks, communes; imported
    perimeters, neo-natural spaces, protected polygons, the inscribed property and its buffer zone; dated facts; faulty
    rows of the providers' files.
    """

    sites: gpd.GeoDataFrame
    large_parks: pd.Series
    heaps: gpd.GeoDataFrame
    quarter: gpd.GeoDataFrame | None
    communes: gpd.GeoDataFrame
    imported: gpd.GeoDataFrame | None = None
    neo_natural: gpd.GeoDataFrame | None = None
    classified: gpd.GeoDataFrame | None = None
    protections: gpd.GeoDataFrame | None = None
    events: pd.DataFrame | None = None
    faults: gpd.GeoDataFrame | None = None


class Params(BaseModel, frozen=True, extra="forbid"):
    """How near and alike outlines must be, and from when on a difference is told."""

    reach: Reach = Reach()
    limits: Limits = Limits()


def load(raw: RawFolder) -> Inputs:
    """Read the sites of the fact table, all outlines, and the synthetic park where no provider's data is present."""
    heritage = unesco.present(raw)
    synthetic = not heritage and quarter.present(raw)
    communes = raw.product("communes")
    return Inputs(
        sites=facts.read_parks(raw),
        large_parks=facts.read_large_parks(raw),
        heaps=raw.product("spoil_heaps"),
        quarter=quarter.read("parks", raw) if synthetic else None,
        communes=communes,
        imported=perimeters.read(raw),
        neo_natural=unesco.read_neo_natural(raw) if heritage else None,
        classified=ac2.read(raw, communes),
        protections=unesco.read_protections(raw) if heritage else None,
        events=facts.read_events(raw),
        faults=read_faults(raw),
    )


def read_faults(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the faulty rows of every file that parks are, or could be, made of."""
    sources = [("unesco/*.geojson", unesco.CREDIT), (ac2.FILE, ac2.CREDIT)]
    sources += [(pattern, perimeters.CREDIT) for pattern in perimeters.PATTERNS]
    found = [faults.read_faults(pattern, credit, raw) for pattern, credit in sources]
    return gpd.GeoDataFrame(pd.concat(found, ignore_index=True), geometry="geometry", crs=found[0].crs)


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per site with its perimeter; everything doubtful goes to `parks_issues`."""
    surveyed = inputs.heaps[inputs.heaps["certainty"] == "surveyed"].reset_index(drop=True)
    outlines = Outlines(surveyed, inputs.imported, inputs.neo_natural, whole_sites(inputs.classified))
    sites = complete(inputs.sites, inputs.large_parks)
    found = assigned(sites, outlines, params.reach)
    parks = with_imported_facts(with_perimeters(sites, found), found, inputs.imported)
    parks = with_new_parks(parks, inputs, found)
    if inputs.quarter is not None:
        parks = gpd.GeoDataFrame(pd.concat([parks, from_quarter(inputs.quarter)], ignore_index=True))
    parks = measured(require_lambert93(parks, "parks"), inputs)
    doubtful = issues.table(chain(findings(parks, sites, found, outlines, inputs, params.limits)), inputs.communes)
    return Outcome(parks, notes(doubtful, any_outline=not surveyed.empty), {"parks_issues": doubtful})


def complete(sites: gpd.GeoDataFrame, large_parks: pd.Series) -> gpd.GeoDataFrame:
    """Return the sites with the columns that matching needs: the words around a name, the precision of the point."""
    communes = sites["communes"] if "communes" in sites.columns else pd.Series(pd.NA, index=sites.index)
    known = {"precision_m": 0.0, "owner": pd.NA, "state": pd.NA, "opening_year": pd.NA}
    sites = sites.assign(**{name: value for name, value in known.items() if name not in sites.columns})
    return sites.assign(
        context=sites["kind"].fillna("") + " " + communes.astype("string").fillna("").str.replace("|", " "),
        precision_m=sites["precision_m"].fillna(0.0),
        large_park_id=sites["large_park"],
        large_park=sites["large_park"].map(large_parks),
    ).reset_index(drop=True)


def with_perimeters(sites: gpd.GeoDataFrame, found: Assigned) -> gpd.GeoDataFrame:
    """Return the sites drawn with their best outline, and how it was obtained."""
    drawn = [perimeter(site, found.candidates[site["id"]]) for _, site in sites.iterrows()]
    heaps = [
        [one.label for one in found.candidates[site] if one.kind in ("heap_number", "heap_name")]
        for site in sites["id"]
    ]
    return sites.assign(
        perimeter_source=[one.source for one in drawn],
        perimeter_match=[one.match for one in drawn],
        perimeter_from=[one.taken or pd.NA for one in drawn],
        certainty=[one.certainty for one in drawn],
        spoil_heaps=["|".join(numbers) or pd.NA for numbers in heaps],
    ).set_geometry(gpd.GeoSeries([one.shape for one in drawn], index=sites.index, crs=sites.crs))


def with_imported_facts(
    parks: gpd.GeoDataFrame, found: Assigned, imported: gpd.GeoDataFrame | None
) -> gpd.GeoDataFrame:
    """Return the parks with what their imported perimeter tells; the fact table's word stands where it tells none."""
    if imported is None:
        return parks
    rows = {
        site: next((one.row for one in candidates if one.kind == "imported"), None)
        for site, candidates in found.candidates.items()
    }
    told = imported.reindex(parks["id"].map(rows)).set_axis(parks.index)
    return parks.assign(**{column: told[column].fillna(parks[column]) for column in TOLD})


def with_new_parks(parks: gpd.GeoDataFrame, inputs: Inputs, found: Assigned) -> gpd.GeoDataFrame:
    """Return the parks and those that only an imported file knows."""
    if inputs.imported is None:
        return parks
    in_doubt = {row for kind, doubt in found.doubts if kind == "imported" for row in doubt.rows}
    alone = inputs.imported[~inputs.imported.index.isin(found.used["imported"] | in_doubt)]
    if alone.empty:
        return parks
    keys = alone["site_id"].fillna(alone["name"]).fillna(alone["file"] + " " + alone["row"].astype("string")).map(slug)
    repeat = keys.groupby(keys).cumcount()
    by_name = pd.Series(inputs.large_parks.index, index=inputs.large_parks.to_numpy())
    large_park_id = alone["large_park"].where(alone["large_park"].isin(by_name), alone["large_park"].map(by_name))
    new = alone.assign(
        id=NEW_ID + keys + ("-" + (repeat + 1).astype(str)).where(repeat > 0, ""),
        large_park_id=large_park_id,
        large_park=large_park_id.map(inputs.large_parks).fillna(alone["large_park"]),
        perimeter_source="imported",
        perimeter_match="none",
        perimeter_from=alone["file"] + ", ligne " + alone["row"].astype("string"),
        certainty="sourced",
        source=perimeters.CREDIT.holder,
        synthetic=False,
    )
    return gpd.GeoDataFrame(pd.concat([parks, new.drop(columns=["file", "row", "site_id"])], ignore_index=True))


def from_quarter(parks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the synthetic parks with the columns of the sites."""
    return parks.assign(perimeter_source="surveyed", perimeter_match="id", stated_area_m2=parks.area)


def measured(parks: gpd.GeoDataFrame, inputs: Inputs) -> gpd.GeoDataFrame:
    """Return the parks with areas, communes, EPCI, protections and events."""
    is_area = parks.geometry.geom_type != "Point"
    area_m2 = parks.area.where(is_area)
    independent = parks["perimeter_source"].ne("circle")
    difference = (100 * (area_m2 / parks["stated_area_m2"] - 1)).where(independent)
    parks = parks.assign(
        area_m2=area_m2,
        area_difference=difference.replace([np.inf, -np.inf], np.nan),
        state=parks["state"].fillna("unknown"),
    )
    parks = placed(parks, inputs.communes, parks["insee_declared"])
    zones = {
        "inscribed_share": zone(inputs.protections, "protection", "inscribed"),
        "buffer_share": zone(inputs.protections, "protection", "buffer"),
        "classified_share": zone(inputs.classified, "kind", "classified"),
    }
    told = [of_park(inputs.events, key) for key in parks["id"]]
    parks = parks.assign(**protected(parks.geometry, zones), events=[listed(one) for one in told])
    return parks.assign(**with_shares(parks, inputs.communes))


def with_shares(parks: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> dict[str, pd.Series]:
    """Return the columns of shares; where commune outlines are estimates, only the EPCI of the named communes."""
    if (communes["certainty"] == "estimated").any():
        epci = communes.set_index("id")["epci"]
        named = parks["insee"].map(lambda codes: "|".join(dict.fromkeys(epci[codes.split("|")])), na_action="ignore")
        nothing = pd.Series(pd.NA, index=parks.index, dtype="string")
        return {"commune_shares": nothing, "epci": named, "epci_shares": nothing}
    epci_shares = shared_by(parks.geometry, communes, "epci")
    return {
        "commune_shares": shared_by(parks.geometry, communes, "id"),
        "epci": without_shares(epci_shares),
        "epci_shares": epci_shares,
    }


def zone(table: gpd.GeoDataFrame | None, column: str, value: str) -> gpd.GeoSeries | None:
    """Return the outlines of one kind of protection, None where the provider is absent."""
    return None if table is None else table.geometry[table[column] == value]


def findings(
    parks: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    found: Assigned,
    outlines: Outlines,
    inputs: Inputs,
    limits: Limits,
) -> list[Issue]:
    """Return everything doubtful; the synthetic quarter is true by definition and left out."""
    true = parks[~parks["synthetic"].astype(bool)]
    known = true[true["id"].isin(found.candidates)]
    centre = shapely.point_on_surface(shapely.union_all(inputs.communes.geometry.to_numpy()))
    every = (
        checks.about_outlines(known, found, outlines, limits),
        checks.about_heaps(known, outlines.heaps) if not outlines.heaps.empty else (),
        checks.about_unmatched(found, outlines),
        checks.about_areas(true, limits),
        checks.about_communes(true, inputs.communes),
        checks.about_doubles(true, limits),
        checks.about_imported(inputs.imported, sites, found),
        checks.about_protected(inputs.classified),
        checks.about_faults(inputs.faults, centre),
    )
    return list(chain.from_iterable(every))


def notes(doubtful: gpd.GeoDataFrame, *, any_outline: bool) -> tuple[Note, ...]:
    """Return one note for each kind of issue; absent outlines are no news where no provider is there."""
    shown = doubtful if any_outline else doubtful[~doubtful["kind"].isin(["no_outline", "heap_not_found"])]
    return tuple(
        Note(action="flagged", reason=f"parks_issues: {kind}", count=len(rows), example=str(rows["message_en"].iloc[0]))
        for kind, rows in shown.groupby("kind", sort=True)
    )
