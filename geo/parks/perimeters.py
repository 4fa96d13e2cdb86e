"""From everything that may be a site's outline to its perimeter, and a word on how it was obtained."""

from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geo.names import heap_numbers
from geo.parks.matching import NOTHING, Doubt, Match, Matched, Reach, by_name, by_number, by_place
from geo.vector import circle

PRECEDENCE: Final = ("imported", "heap_number", "neo_natural", "heap_name", "classified_name", "classified_place")
"""From the outline that is trusted first. A number says more than a name: a heap goes before a space named alike."""

SOURCE_OF: Final = {
    "imported": "imported",
    "heap_number": "spoil_heap",
    "heap_name": "spoil_heap",
    "neo_natural": "neo_natural",
    "classified_name": "classified_site",
    "classified_place": "classified_site",
}
SURE: Final = {("imported", "id"), ("imported", "name"), ("neo_natural", "name")}
"""Outlines drawn as that park's by their provider, and found under its name: sourced. All others are estimates."""

HEAP_WORD: Final = "terril"


class Outlines(NamedTuple):
    """Everything that may be an outline, in Lambert-93; None where the provider is absent."""

    heaps: gpd.GeoDataFrame
    imported: gpd.GeoDataFrame | None
    neo_natural: gpd.GeoDataFrame | None
    classified: gpd.GeoDataFrame | None


class Candidate(NamedTuple):
    """An outline that belongs to a site: where it stands in `PRECEDENCE`, how it was matched, its name and shape."""

    kind: str
    how: str
    label: str
    shape: shapely.Geometry
    row: int


class Assigned(NamedTuple):
    """The candidates of each site by falling precedence, what stayed in doubt, and which rows of each table serve."""

    candidates: dict[str, list[Candidate]]
    doubts: list[tuple[str, Doubt]]
    used: dict[str, frozenset[int]]


class Perimeter(NamedTuple):
    """A site's shape, and how it was obtained."""

    shape: shapely.Geometry
    source: str
    match: str
    taken: str
    certainty: str


def assigned(sites: gpd.GeoDataFrame, outlines: Outlines, reach: Reach) -> Assigned:
    """Return which outlines belong to which site."""
    heaps = outlines.heaps
    numbered = by_number(sites, heaps, reach)
    unnumbered = sites[sites["kind"].eq(HEAP_WORD) & sites["name"].map(lambda name: not heap_numbers(name))]
    found: dict[str, tuple[gpd.GeoDataFrame | None, Matched]] = {
        "imported": (outlines.imported, named(sites, outlines.imported, reach)),
        "heap_number": (heaps, numbered),
        "neo_natural": (outlines.neo_natural, named(sites, outlines.neo_natural, reach)),
        "heap_name": (heaps, by_name(unnumbered, heaps, reach, context=False)),
        "classified_name": (outlines.classified, named(sites, outlines.classified, reach)),
    }
    served = {match.site for _, matched in found.values() for match in matched.matches}
    rest = sites[sites["kind"].eq(HEAP_WORD) & ~sites["id"].isin(served)]
    found["classified_place"] = (outlines.classified, heaps_by_place(rest, outlines.classified, heaps))
    return Assigned(
        candidates_of(sites, found),
        [(kind, doubt) for kind, (_, matched) in found.items() for doubt in matched.doubts],
        {kind: frozenset(match.row for match in matched.matches) for kind, (_, matched) in found.items()},
    )


def whole_sites(classified: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Return the protected polygons, those of one site joined under its id; heaps stay apart, for each is a place."""
    if classified is None:
        return None
    is_heap = classified["name"].str.contains(HEAP_WORD, case=False, na=False)
    key = classified["id"].where(is_heap, classified["site_id"])
    joined = classified.dissolve(key.rename("key"), aggfunc="first", sort=True)
    return joined.assign(id=joined.index).reset_index(drop=True)


def named(sites: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame | None, reach: Reach) -> Matched:
    """Return the matches by name; none where there is no outline."""
    return NOTHING if outlines is None else by_name(sites, outlines, reach)


def heaps_by_place(sites: gpd.GeoDataFrame, classified: gpd.GeoDataFrame | None, heaps: gpd.GeoDataFrame) -> Matched:
    """Return the classified heaps near sites that have no outline; one that holds a surveyed heap is another site's."""
    if classified is None:
        return NOTHING
    unnamed = classified["name"].str.contains(HEAP_WORD, case=False, na=False).to_numpy()
    rows = [row for row in range(len(classified)) if unnamed[row]]
    part = classified.iloc[rows]
    inside = shapely.point_on_surface(heaps.geometry.to_numpy())
    _, held = shapely.STRtree(part.geometry.to_numpy()).query(inside, predicate="intersects")
    matched = by_place(sites, part, frozenset(int(row) for row in held))
    return Matched(
        [match._replace(row=rows[match.row]) for match in matched.matches],
        [Doubt(doubt.sites, tuple(rows[row] for row in doubt.rows)) for doubt in matched.doubts],
    )


def candidates_of(
    sites: gpd.GeoDataFrame, found: dict[str, tuple[gpd.GeoDataFrame | None, Matched]]
) -> dict[str, list[Candidate]]:
    """Return the candidates of each site in the order of `PRECEDENCE`, then of their rows."""
    candidates: dict[str, list[Candidate]] = {site: [] for site in sites["id"]}
    for kind in PRECEDENCE:
        table, matched = found[kind]
        if table is not None:
            for match in sorted(matched.matches, key=lambda match: (match.site, match.row)):
                candidates[match.site].append(candidate(kind, match, table))
    return candidates


def candidate(kind: str, match: Match, table: gpd.GeoDataFrame) -> Candidate:
    """Return one matched row as a candidate."""
    return Candidate(kind, match.how, label(kind, table.iloc[match.row]), table.geometry.iloc[match.row], match.row)


def label(kind: str, row: pd.Series) -> str:
    """Return the name under which an outline is found again in its source."""
    if kind == "imported":
        return f"{row['file']}, ligne {row['row']}"
    return str(row["number"] if kind == "neo_natural" else row["id"])


def perimeter(site: pd.Series, candidates: list[Candidate]) -> Perimeter:
    """Return the union of the site's best outlines, else a circle of its stated area, else its point."""
    if candidates:
        best = chosen(candidates)
        shape = shapely.union_all([one.shape for one in best])
        kind, how = best[0].kind, best[0].how
        certainty = "sourced" if (kind, how) in SURE else "estimated"
        return Perimeter(shape, SOURCE_OF[kind], how, "|".join(one.label for one in best), certainty)
    point, area_m2 = site["geometry"], site["stated_area_m2"]
    if pd.notna(area_m2) and area_m2 > 0:
        return Perimeter(circle(point.x, point.y, area_m2), "circle", "none", "", "estimated")
    return Perimeter(point, "point", "none", "", site["certainty"])


def chosen(candidates: list[Candidate]) -> list[Candidate]:
    """Return the candidates of the first kind."""
    return [one for one in candidates if one.kind == candidates[0].kind]
