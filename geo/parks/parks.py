"""Parks and sites: each with the best perimeter that is known, and a column that tells which kind it is."""

import re
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import BaseModel, PositiveFloat

from geo.catalogue import PARKS
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import facts, quarter, unesco
from geo.vector import circle, placed, require_lambert93

LAYER = PARKS
HEAP_MENTION = re.compile(r"\bterrils?\b[^;()]*|\bT\d+[^,;)]*", re.IGNORECASE)
HEAP_NUMBER = re.compile(r"\b(?:T\s?)?0*(\d{1,3})([A-Za-z]?)\b")


class Inputs(NamedTuple):
    """Sites with a point and a stated area, names of large parks, heaps, synthetic parks, communes."""

    sites: gpd.GeoDataFrame
    large_parks: pd.Series
    heaps: gpd.GeoDataFrame
    quarter: gpd.GeoDataFrame | None
    communes: gpd.GeoDataFrame


class Params(BaseModel, frozen=True, extra="forbid"):
    """How far from a site's point the heap of its number may lie."""

    heap_reach_m: PositiveFloat = 3_000.0


def load(raw: RawFolder) -> Inputs:
    """Read the sites of the fact table, and the synthetic park where no provider's data is present."""
    synthetic = not unesco.present(raw) and quarter.present(raw)
    return Inputs(
        sites=facts.read_parks(raw),
        large_parks=facts.read_large_parks(raw),
        heaps=raw.product("spoil_heaps"),
        quarter=quarter.read("parks", raw) if synthetic else None,
        communes=raw.product("communes"),
    )


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per site with its perimeter, and a note on those whose heap was named but not found."""
    heaps = inputs.heaps[inputs.heaps["certainty"] == "surveyed"].set_index("id")
    named = inputs.sites["name"].map(heap_numbers)
    near = [
        [
            number
            for number in numbers
            if number in heaps.index and heaps.geometry[number].distance(point) <= params.heap_reach_m
        ]
        for numbers, point in zip(named, inputs.sites.geometry, strict=True)
    ]
    sites = inputs.sites.assign(
        spoil_heaps=["|".join(numbers) or pd.NA for numbers in near],
        large_park=inputs.sites["large_park"].map(inputs.large_parks),
    )
    sites = with_perimeter(sites, near, heaps.geometry)
    if inputs.quarter is not None:
        sites = gpd.GeoDataFrame(pd.concat([sites, from_quarter(inputs.quarter)], ignore_index=True))
    sites = require_lambert93(sites, "parks")
    is_area = sites.geometry.geom_type != "Point"
    sites = placed(sites.assign(area_m2=sites.area.where(is_area)), inputs.communes, sites["insee_declared"])
    return Outcome(sites, unmatched(inputs.sites, named, near, any_outline=not heaps.empty))


def heap_numbers(name: str) -> list[str]:
    """Return the numbers of the heaps that a site's name mentions.

    >>> heap_numbers("Base 11/19 et terrils jumeaux 74-74A-74B")
    ['T074', 'T074A', 'T074B']
    >>> heap_numbers("Terril de Fouquières sud (fosse 6-14, T95/95A)")
    ['T095', 'T095A']
    >>> heap_numbers("9-9bis et terril 110")
    ['T110']
    >>> heap_numbers("Terrils 31, 31A, 32 (Transvaal)")
    ['T031', 'T031A', 'T032']
    """
    mentions = HEAP_MENTION.findall(name)
    found = [f"T{int(digits):03d}{letter.upper()}" for text in mentions for digits, letter in HEAP_NUMBER.findall(text)]
    return list(dict.fromkeys(found))


def with_perimeter(sites: gpd.GeoDataFrame, near: list[list[str]], outlines: gpd.GeoSeries) -> gpd.GeoDataFrame:
    """Return the sites drawn as their heaps' outlines, else as a circle of the stated area, else as a point."""
    shapes, origins, certainties = [], [], []
    for numbers, point, area_m2, certainty in zip(
        near, sites.geometry, sites["stated_area_m2"].fillna(0), sites["certainty"], strict=True
    ):
        if numbers:
            shapes.append(shapely.union_all(outlines[numbers].to_numpy()))
            origins.append("spoil_heap")
            certainties.append("estimated")
        elif area_m2 > 0:
            shapes.append(circle(point.x, point.y, area_m2))
            origins.append("circle")
            certainties.append("estimated")
        else:
            shapes.append(point)
            origins.append("point")
            certainties.append(certainty)
    return sites.assign(perimeter_source=origins, certainty=certainties).set_geometry(
        gpd.GeoSeries(shapes, index=sites.index, crs=sites.crs)
    )


def from_quarter(parks: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the synthetic parks with the columns of the sites."""
    return parks.assign(
        perimeter_source="surveyed",
        stated_area_m2=parks.area,
        large_park=pd.NA,
        spoil_heaps=pd.NA,
        manager=pd.NA,
        location=pd.NA,
    )


def unmatched(
    sites: gpd.GeoDataFrame, named: pd.Series, near: list[list[str]], *, any_outline: bool
) -> tuple[Note, ...]:
    """Return a note on the sites whose named heaps have no outline near them, if there are outlines at all."""
    lost = [
        f"{site} ({', '.join(sorted(set(numbers) - set(found)))})"
        for site, numbers, found in zip(sites["name"], named, near, strict=True)
        if set(numbers) - set(found)
    ]
    if not lost or not any_outline:
        return ()
    return (
        Note(action="flagged", reason="heap named by a site but no outline near it", count=len(lost), example=lost[0]),
    )
