"""Communes: their outlines and people.

Where no surveyed outlines are present, each commune gets the cell of its centre in a Voronoi diagram, kept near a
circle of its true area: good enough to place things on a map, and marked as estimated. Surveyed outlines that were
simplified one by one overlap and leave gaps: these are closed on reading, so that neighbours share their edges.
"""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from pydantic import BaseModel, Field

from geo.catalogue import COMMUNES
from geo.config import Territory
from geo.crs import LAMBERT93
from geo.errors import SourceError
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import admin, facts
from geo.topology import WIDTH_M, Closed, close_coverage

LAYER = COMMUNES


class Inputs(NamedTuple):
    """Communes as outlines, or as centres with an `area_m2` when no outline is known."""

    communes: gpd.GeoDataFrame
    territory: Territory


class Params(BaseModel, frozen=True, extra="forbid"):
    """How far estimated outlines may reach, in radii of a circle of the commune's area; widest gap between surveyed."""

    reach: float = Field(default=1.35, gt=0)
    gap_width_m: float = Field(default=WIDTH_M, gt=0)


def load(raw: RawFolder) -> Inputs:
    """Read the outlines where they are present, else the fact table."""
    communes = admin.read_communes(raw) if raw.has("admin") else facts.read_communes(raw)
    return Inputs(communes, raw.territory)


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per commune of the territory's EPCI."""
    if "area_m2" in inputs.communes.columns:
        communes, notes = members(inputs.communes, inputs.territory)
        communes = communes.assign(geometry=estimated_outlines(communes, params.reach), certainty="estimated")
    else:
        closed = close_coverage(inputs.communes, id="id", most_width_m=params.gap_width_m)
        communes, notes = members(closed.table, inputs.territory)
        notes = (*closing_notes(closed), *notes)
    communes = communes.assign(insee=communes["id"], area_km2=communes.area / 1e6)
    return Outcome(communes.sort_values("id"), notes)


def closing_notes(closed: Closed) -> tuple[Note, ...]:
    """Return a note for each kind of flaw between the outlines, closed or left, with its area."""
    return tuple(
        Note(action=action, reason=f"{kind} between outlines, {sum(areas_m2):,.0f} m² in all", count=len(areas_m2))
        for action, flaws in (("repaired", closed.closed), ("flagged", closed.left))
        for kind in sorted({flaw.kind for flaw in flaws})
        if (areas_m2 := [flaw.area_m2 for flaw in flaws if flaw.kind == kind])
    )


def members(communes: gpd.GeoDataFrame, territory: Territory) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Return the communes whose EPCI belongs to the territory, with its SIREN and short name."""
    key = "epci_siren" if "epci_siren" in communes.columns else "epci"
    known = {str(code): territory.member(str(code)) for code in communes[key].unique()}
    inside = communes[communes[key].map(lambda code: known[str(code)] is not None).astype(bool)]
    if inside.empty:
        expected = [epci.siren for epci in territory.epci]
        raise SourceError(f"no commune belongs to the EPCI {expected}; found {sorted(known)}; is territory.toml right?")
    epci = inside[key].map(lambda code: known[str(code)])
    inside = inside.assign(epci_siren=epci.map(lambda one: one.siren), epci=epci.map(lambda one: one.short))
    outside = communes[~communes["id"].isin(inside["id"])]
    if outside.empty:
        return inside, ()
    reason = "commune of another EPCI"
    return inside, (Note(action="dropped", reason=reason, count=len(outside), example=str(outside["name"].iloc[0])),)


def estimated_outlines(centres: gpd.GeoDataFrame, reach: float) -> gpd.GeoSeries:
    """Return the Voronoi cell of each centre, within the merged circles of the communes' areas, gaps closed."""
    radius_m = np.sqrt(centres["area_m2"] / np.pi)
    circles = shapely.buffer(centres.geometry.to_numpy(), radius_m.to_numpy() * reach)
    ground = without_gaps(shapely.union_all(circles), float(radius_m.median()))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(centres.geometry.to_numpy()), extend_to=ground, ordered=True)
    )
    return gpd.GeoSeries(shapely.intersection(cells, ground), index=centres.index, crs=LAMBERT93)


def without_gaps(ground: shapely.Geometry, reach_m: float) -> shapely.Geometry:
    """Return the ground with bays narrower than twice the reach closed, and without holes."""
    closed = ground.buffer(reach_m).buffer(-reach_m)
    return shapely.union_all([shapely.Polygon(part.exterior) for part in shapely.get_parts(closed)])
