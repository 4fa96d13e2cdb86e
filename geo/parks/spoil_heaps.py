"""Spoil heaps (terrils): where they lie, how high they stand, which are World Heritage."""

import re
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geo.catalogue import SPOIL_HEAPS
from geo.pipeline import NoParams, Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import facts, quarter, unesco
from geo.vector import circle, placed, require_lambert93

LAYER = SPOIL_HEAPS
Params = NoParams
NUMBER = re.compile(r"^\D*?0*(\d+)\s*([A-Za-z]*)")


class Inputs(NamedTuple):
    """Surveyed outlines (none without the provider), the fact table, the synthetic quarter, the communes."""

    outlines: gpd.GeoDataFrame | None
    facts: gpd.GeoDataFrame
    quarter: gpd.GeoDataFrame | None
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the surveyed heaps where they are present, else the synthetic one; the fact table in any case."""
    surveyed = unesco.present(raw)
    synthetic = not surveyed and quarter.present(raw)
    return Inputs(
        outlines=unesco.read_spoil_heaps(raw) if surveyed else None,
        facts=facts.read_spoil_heaps(raw),
        quarter=quarter.read("spoil_heaps", raw) if synthetic else None,
        communes=raw.product("communes"),
    )


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per heap: the surveyed ones with heights from the facts, else the facts as circles and points."""
    known = inputs.facts.assign(number=inputs.facts["number"].map(heap_number))
    if inputs.outlines is None:
        heaps, notes = from_facts(known)
    else:
        heaps, notes = from_outlines(inputs.outlines, known)
    if inputs.quarter is not None:
        heaps = gpd.GeoDataFrame(pd.concat([heaps, inputs.quarter], ignore_index=True))
        heaps = heaps.assign(protection=heaps["protection"].fillna("unknown"))
    heaps = require_lambert93(heaps, "spoil heaps")
    is_area = heaps.geometry.geom_type != "Point"
    declared = heaps["insee_declared"] if "insee_declared" in heaps.columns else pd.Series(pd.NA, index=heaps.index)
    heaps = placed(heaps.assign(id=heaps["number"], area_m2=heaps.area.where(is_area)), inputs.communes, declared)
    return Outcome(heaps.sort_values("id"), notes)


def heap_number(text: str) -> str:
    """Return a heap's number in one form, such as T074A from "74A" or "T074a"; other text is returned unchanged.

    >>> heap_number("9A"), heap_number("T058a"), heap_number("SYN-1")
    ('T009A', 'T058A', 'SYN-1')
    """
    found = NUMBER.match(text)
    if found is None or not text.upper().startswith(("T", *"0123456789")):
        return text
    return f"T{int(found[1]):03d}{found[2].upper()}"


def from_outlines(outlines: gpd.GeoDataFrame, known: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Return the surveyed heaps, with the height that the facts know for their number."""
    heaps = outlines.assign(number=outlines["number"].map(heap_number))
    height_m = known.dropna(subset="height_m").drop_duplicates("number").set_index("number")["height_m"]
    heaps = heaps.assign(height_m=heaps["number"].map(height_m))
    alone = known[~known["number"].isin(heaps["number"])]
    if alone.empty:
        return heaps, ()
    note = Note(
        action="flagged",
        reason="heap of the fact table without a surveyed outline, left out",
        count=len(alone),
        example=str(alone["number"].iloc[0]),
    )
    return heaps, (note,)


def from_facts(known: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, tuple[Note, ...]]:
    """Return the heaps of the fact table: a circle of the stated area, else a point; positions are estimates."""
    drawn = [
        circle(point.x, point.y, area) if area > 0 else point
        for point, area in zip(known.geometry, known["area_m2"].fillna(0), strict=True)
    ]
    heaps = known.drop_duplicates("number").assign(protection="unknown", certainty="estimated")
    return heaps.set_geometry(gpd.GeoSeries(drawn, index=known.index, crs=known.crs).loc[heaps.index]), ()
