"""Which outline belongs to which site: by a heap's number, by a name, or by place, always near the site's point.

Nothing is guessed: an outline that fits two sites equally well, or a site that two outlines fit, is left unmatched and
told (`Doubt`). All ties are broken by id, so that the same files give the same matches.
"""

from collections.abc import Iterable
from typing import Final, Literal, NamedTuple

import geopandas as gpd
import pandas as pd
from pydantic import BaseModel, Field, PositiveFloat

from geo.names import heap_numbers, likeness, plain, words

How = Literal["number", "id", "name", "context", "place"]


class Reach(BaseModel, frozen=True, extra="forbid"):
    """How alike and how near an outline must be to belong to a site.

    Attributes
    ----------
    heap_reach_m
        From a site's point to the heap of its number.
    name_reach_m
        From a site's point to an outline of its name.
    name_likeness
        Least likeness of two names (`names.likeness`).
    context_likeness
        Least part of an outline's words that the site's name, kind and communes hold, where names differ.
    margin
        By how much the best match must beat the second.
    """

    heap_reach_m: PositiveFloat = 3_000.0
    name_reach_m: PositiveFloat = 2_000.0
    name_likeness: float = Field(default=0.75, gt=0, le=1)
    context_likeness: float = Field(default=0.6, gt=0, le=1)
    margin: float = Field(default=0.05, ge=0, le=1)


class Match(NamedTuple):
    """An outline (row of its table) that belongs to a site, how that was seen, how well it fits (0 to 1).

    `alike` is the part of the score that names alone decide.
    """

    site: str
    row: int
    how: How
    score: float
    alike: float = 1.0


class Doubt(NamedTuple):
    """Outlines (rows) and sites of which it could not be told which belong together."""

    sites: tuple[str, ...]
    rows: tuple[int, ...]


class Matched(NamedTuple):
    """Matches, and what stayed in doubt."""

    matches: list[Match]
    doubts: list[Doubt]


NOTHING: Final = Matched([], [])


def by_number(sites: gpd.GeoDataFrame, heaps: gpd.GeoDataFrame, reach: Reach) -> Matched:
    """Return the heaps whose number a site's name holds, within reach of its point."""
    row_of = {number: row for row, number in enumerate(heaps["id"])}
    matches = [
        Match(site, row_of[number], "number", 1.0)
        for site, name, point in zip(sites["id"], sites["name"], sites.geometry, strict=True)
        for number in heap_numbers(name)
        if number in row_of and heaps.geometry.iloc[row_of[number]].distance(point) <= reach.heap_reach_m
    ]
    return Matched(matches, [])


def by_name(sites: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, reach: Reach, *, context: bool = True) -> Matched:
    """Return the outlines that are named as a site, or (`context`) after its communes and kind, near its point.

    An outline goes to one site at most; several outlines go to the same site if they are named equally like it.
    `outlines` may have `site_id`, which decides where it is the id of a site.
    """
    known = set(sites["id"])
    given = outlines["site_id"] if "site_id" in outlines.columns else pd.Series(pd.NA, index=outlines.index)
    matches, doubts = [], []
    for row, (told, name, shape) in enumerate(zip(given, outlines["name"], outlines.geometry, strict=True)):
        if pd.notna(told) and told in known:
            matches.append(Match(told, row, "id", 1.0))
        elif pd.notna(name):
            found = best(candidates(sites, name, shape, reach, row=row, context=context), reach.margin)
            matches += found[:1] if len(found) == 1 else []
            doubts += [Doubt(tuple(sorted(match.site for match in found)), (row,))] if len(found) > 1 else []
    return Matched(best_of_each(matches, reach.margin), doubts)


def best_of_each(matches: list[Match], margin: float) -> list[Match]:
    """Return the matches without those whose site another outline is named more like."""
    most: dict[str, float] = {}
    for match in matches:
        most[match.site] = max(match.alike, most.get(match.site, 0.0))
    return [match for match in matches if match.alike > most[match.site] - margin]


def candidates(
    sites: gpd.GeoDataFrame, name: str, shape: object, reach: Reach, *, row: int, context: bool
) -> list[Match]:
    """Return every site that one outline may belong to; a near site scores up to a tenth more than a far one."""
    told = words(name)
    found = []
    distances_m = sites.distance(shape)
    for site, site_name, around, near_m, distance_m in zip(
        sites["id"], sites["name"], sites["context"], sites["precision_m"], distances_m, strict=True
    ):
        own = words(site_name)
        alike = likeness(own, told)
        nearness = 0.1 * (1 - min(distance_m / reach.name_reach_m, 1.0))
        if alike >= reach.name_likeness and distance_m <= reach.name_reach_m:
            found.append(Match(site, row, "name", 0.9 * alike + nearness, alike))
        elif context and told and distance_m <= near_m:
            held = len(told & (own | words(around))) / len(told)
            alike = held * reach.name_likeness  # less than any name that agrees
            if held >= reach.context_likeness:
                found.append(Match(site, row, "context", 0.9 * alike + nearness, alike))
    return found


def best(found: Iterable[Match], margin: float) -> list[Match]:
    """Return the best match, with those that it does not beat by the margin."""
    ranked = sorted(found, key=lambda match: (-match.score, match.site))
    return [match for match in ranked if ranked[0].score - match.score < margin]


def by_place(sites: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, claimed: frozenset[int]) -> Matched:
    """Return for each site the one free outline within the precision of its point; several, or none free, are a doubt.

    Parameters
    ----------
    sites
        Those that may be matched by place alone.
    outlines
        Outlines without a name of their own.
    claimed
        Rows of `outlines` that are known to be another site's.
    """
    matches, doubts = [], []
    for site, point, near_m in zip(sites["id"], sites.geometry, sites["precision_m"], strict=True):
        distances_m = outlines.distance(point).to_numpy()
        rows = [row for row in range(len(outlines)) if distances_m[row] <= near_m]
        free = [row for row in rows if row not in claimed]
        if len(free) == 1:
            matches.append(Match(site, free[0], "place", 1 - distances_m[free[0]] / near_m))
        elif rows:
            doubts.append(Doubt((site,), tuple(rows)))
    shared = {match.row for match in matches if sum(other.row == match.row for other in matches) > 1}
    doubts += [
        Doubt(tuple(sorted(match.site for match in matches if match.row == row)), (row,)) for row in sorted(shared)
    ]
    return Matched([match for match in matches if match.row not in shared], doubts)


def same_name(names: pd.Series) -> list[list[int]]:
    """Return the groups of rows (positions) whose names are the same in plain form."""
    keys: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        if pd.notna(name) and (key := plain(name)):
            keys.setdefault(key, []).append(row)
    return [rows for rows in keys.values() if len(rows) > 1]
