"""Comparisons of parks with their outlines, their statements and one another; each finding is an `Issue`."""

from collections.abc import Iterator
from typing import Final, Protocol, cast

import geopandas as gpd
import pandas as pd
import shapely
from pydantic import BaseModel, Field

from geo.names import heap_numbers
from geo.parks.issues import Issue
from geo.parks.matching import same_name
from geo.parks.perimeters import Assigned, Candidate, Outlines, chosen

WEAK: Final = ("context", "place")
OUTLINED: Final = ("imported", "spoil_heap", "neo_natural", "classified_site")
TABLE_OF: Final = {
    "imported": "imported", "heap_number": "heaps", "heap_name": "heaps", "neo_natural": "neo_natural",
    "classified_name": "classified", "classified_place": "classified",
}  # fmt: skip
"""Which table of `Outlines` each kind of candidate comes from."""


class Park(Protocol):
    """A row of the parks layer, as `itertuples` gives it."""

    id: str
    name: str
    geometry: shapely.Geometry
    perimeter_source: str
    perimeter_match: str
    perimeter_from: str
    area_m2: float
    stated_area_m2: float
    spoil_heaps: str
    insee: str
    insee_declared: str
    commune_shares: str


def rows_of(parks: gpd.GeoDataFrame) -> list[Park]:
    """Return the parks as rows with named fields."""
    return cast(list[Park], list(parks.itertuples()))


class Limits(BaseModel, frozen=True, extra="forbid"):
    """From when on a difference is told.

    Attributes
    ----------
    area_percent
        Between the drawn and the stated area.
    overlap_share
        Of the smaller of two parks.
    same_share
        Of the union of two shapes, above which they are the same.
    conflict_share
        Of the union of two outlines of one park, under which they contradict each other.
    """

    area_percent: float = Field(default=10.0, gt=0)
    overlap_share: float = Field(default=0.02, gt=0, le=1)
    same_share: float = Field(default=0.95, gt=0, le=1)
    conflict_share: float = Field(default=0.5, ge=0, le=1)


def about_outlines(parks: gpd.GeoDataFrame, found: Assigned, outlines: Outlines, limits: Limits) -> Iterator[Issue]:
    """Yield what the matching left open: sites without outline, doubts, weak matches, contradictions."""
    for park in rows_of(parks[parks["perimeter_source"].isin(["circle", "point"])]):
        yield issue("no_outline", park, "", park.perimeter_source, "/".join(OUTLINED))
    for park in rows_of(parks[parks["perimeter_match"].isin(WEAK)]):
        yield issue("weak_match", park, park.perimeter_from, park.perimeter_match, "name")
    by_id = {park.id: park for park in rows_of(parks)}
    for kind, doubt in found.doubts:
        table = getattr(outlines, TABLE_OF[kind])
        rows = table.iloc[list(doubt.rows)]
        labels = ", ".join(str(one) for one in rows["name" if kind == "imported" else "id"])
        for site in doubt.sites:
            yield issue("doubtful_match", by_id[site], f"{kind}: {labels}", "|".join(doubt.sites), "1")
    for site, candidates in found.candidates.items():
        yield from contradictions(by_id[site], candidates, limits)


def contradictions(park: Park, candidates: list[Candidate], limits: Limits) -> Iterator[Issue]:
    """Yield the kinds of outline that were not taken and that differ much from the one taken."""
    taken = chosen(candidates) if candidates else []
    shape = shapely.union_all([one.shape for one in taken])
    for kind in dict.fromkeys(one.kind for one in candidates[len(taken) :]):
        others = [one for one in candidates if one.kind == kind]
        alike = same_part(shape, shapely.union_all([one.shape for one in others]))
        if alike < limits.conflict_share:
            labels = f"{kind}: {', '.join(one.label for one in others)}"
            yield issue(
                "perimeter_conflict", park, labels, f"{100 * alike:.0f} %", f"> {100 * limits.conflict_share:.0f} %"
            )


def about_heaps(parks: gpd.GeoDataFrame, heaps: gpd.GeoDataFrame) -> Iterator[Issue]:
    """Yield the heaps that a site's name holds and that have no outline near it."""
    outline = dict(zip(heaps["id"], heaps.geometry, strict=True))
    for park in rows_of(parks):
        near = set() if pd.isna(park.spoil_heaps) else set(park.spoil_heaps.split("|"))
        for number in [number for number in heap_numbers(park.name) if number not in near]:
            far_m = outline[number].distance(park.geometry) if number in outline else None
            yield issue("heap_not_found", park, number, "0" if far_m is None else f"{far_m / 1000:.1f} km", "1")


def about_unmatched(found: Assigned, outlines: Outlines) -> Iterator[Issue]:
    """Yield the imported outlines, neo-natural spaces and protected polygons that are no known site's.

    A protected polygon is a site's when it holds the middle of an outline that serves one, or lies in it.
    """
    for kind, table in (("imported", outlines.imported), ("neo_natural", outlines.neo_natural)):
        if table is not None:
            yield from (unmatched(table.iloc[row], kind) for row in range(len(table)) if row not in found.used[kind])
    if outlines.classified is None:
        return
    serving = [one.shape for candidates in found.candidates.values() for one in candidates]
    served, middles = shapely.union_all(serving), shapely.union_all(shapely.point_on_surface(serving))
    polygons = outlines.classified
    known = polygons.intersects(middles) | polygons.geometry.representative_point().intersects(served)
    yield from (unmatched(polygons.iloc[row], "classified_site") for row in range(len(polygons)) if not known.iloc[row])


def unmatched(row: pd.Series, kind: str) -> Issue:
    """Return the issue of one outline without a site."""
    key = f"{row['file']}:{row['row']}" if kind == "imported" else str(row["number" if kind == "neo_natural" else "id"])
    name = "" if pd.isna(row["name"]) else str(row["name"])
    return Issue("unmatched_outline", "", f"{kind}: {key}", name, row["geometry"], "0", "1")


def about_areas(parks: gpd.GeoDataFrame, limits: Limits) -> Iterator[Issue]:
    """Yield the parks whose drawn area is not the stated one; a circle has it by construction."""
    for park in rows_of(parks[parks["area_difference"].abs() > limits.area_percent]):
        found, stated = (
            f"{park.area_m2 / 1e4:.1f} ha",
            f"{park.stated_area_m2 / 1e4:.1f} ha ± {limits.area_percent:.0f} %",
        )
        yield issue("area_differs", park, "", found, stated)


def about_communes(parks: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> Iterator[Issue]:
    """Yield the outlines beyond the declared communes, and the declared communes that they do not reach.

    Where commune outlines are only estimates nothing can be said; nor of circles, whose edge means nothing.
    """
    if (communes["certainty"] == "estimated").any():
        return
    names = communes.set_index("id")["name"].to_dict()
    for park in rows_of(parks[parks["perimeter_source"].isin([*OUTLINED, "point"])]):
        if pd.isna(park.insee_declared):
            continue
        declared = park.insee_declared.split("|")
        held = [] if pd.isna(park.insee) else park.insee.split("|")
        if others := [code for code in held if code not in declared]:
            yield issue(
                "outside_declared_commune",
                park,
                ", ".join(names[code] for code in others),
                shown(park),
                park.insee_declared,
            )
        if park.perimeter_source != "point" and (missed := [code for code in declared if code not in held]):
            yield issue(
                "commune_not_reached",
                park,
                ", ".join(names.get(code, code) for code in missed),
                shown(park),
                park.insee_declared,
            )


def shown(park: Park) -> str:
    """Return a park's shares of communes, or that it has none."""
    return "0" if pd.isna(park.commune_shares) else park.commune_shares


def about_doubles(parks: gpd.GeoDataFrame, limits: Limits) -> Iterator[Issue]:
    """Yield parks of one name, of one shape, or that overlap; a point within another park overlaps it."""
    parks = parks.sort_values("id")  # of a pair, the first by id is the park of the issue
    rows = rows_of(parks)
    for group in same_name(parks["name"]):
        for row in group[1:]:
            yield issue("duplicate_name", rows[group[0]], rows[row].id, "2", "1")
    shapes = parks.geometry.to_numpy()
    for left, right in sorted(zip(*shapely.STRtree(shapes).query(shapes, predicate="intersects"), strict=True)):
        one, other = shapes[left], shapes[right]
        if left >= right or not (shapely.area(one) or shapely.area(other)):
            continue
        common = areas_only(shapely.intersection(one, other))
        smaller = min(shapely.area(one), shapely.area(other))
        if smaller == 0:
            point, area = (rows[left], rows[right]) if shapely.area(one) == 0 else (rows[right], rows[left])
            yield issue("overlap", point, f"{area.id} {area.name}", "point", "0 %")
        elif same_part(one, other) > limits.same_share:
            yield issue("duplicate_geometry", rows[left], f"{rows[right].id} {rows[right].name}", "2", "1")
        elif common.area > limits.overlap_share * smaller:
            told = f"{100 * common.area / smaller:.0f} % ({common.area / 1e4:.1f} ha)"
            found = issue("overlap", rows[left], f"{rows[right].id} {rows[right].name}", told, "0 %")
            yield found._replace(geometry=common)


def about_imported(table: gpd.GeoDataFrame | None, sites: gpd.GeoDataFrame, found: Assigned) -> Iterator[Issue]:
    """Yield imported perimeters of one name, and what they tell otherwise than the fact table."""
    if table is None:
        return
    for group in same_name(table["name"]):
        first = table.iloc[group[0]]
        for row in group[1:]:
            other = table.iloc[row]
            key = f"{other['file']}:{other['row']} = {first['file']}:{first['row']}"
            yield Issue("duplicate_name", "", key, str(other["name"]), other["geometry"], str(len(group)), "1")
    known = sites.set_index("id")
    for site, candidates in found.candidates.items():
        for one in [one for one in candidates if one.kind == "imported"]:
            for column in ("owner", "state", "opening_year"):
                ours, theirs = known.loc[site, column], table.iloc[one.row][column]
                if pd.notna(ours) and pd.notna(theirs) and ours != theirs:
                    name = known.loc[site, "name"]
                    yield Issue(
                        "value_conflict", site, f"{column} ({one.label})", name, one.shape, str(theirs), str(ours)
                    )


def about_protected(classified: gpd.GeoDataFrame | None) -> Iterator[Issue]:
    """Yield one issue on all protected polygons that their file holds under two ids."""
    if classified is None:
        return
    for site_name, rows in classified[classified["also"].notna()].groupby("name", sort=True):
        records = len(rows) + rows["also"].str.split("|").str.len().sum()
        shape = shapely.union_all(rows.geometry.to_numpy())
        yield Issue("duplicate_geometry", "", f"{records} AC2", str(site_name), shape, str(records), str(len(rows)))


def about_faults(faults: gpd.GeoDataFrame | None, centre: shapely.Point) -> Iterator[Issue]:
    """Yield the rows of the providers' files that have no geometry, or an invalid one."""
    for fault in [] if faults is None else faults.itertuples():
        shape = centre if fault.geometry is None else areas_or_points(fault.geometry)
        yield Issue(fault.fault, "", f"{fault.file}:{fault.row}", fault.name, shape, fault.reason or "null", "valid")


def issue(kind: str, park: Park, other: str, found: str, expected: str) -> Issue:
    """Return an issue about a park (a row), placed on its perimeter."""
    return Issue(kind, park.id, other, park.name, park.geometry, found, expected)


def same_part(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """Return which part of their union two areas share (Jaccard index)."""
    union_m2 = shapely.area(shapely.union(one, other))
    return float(shapely.area(shapely.intersection(one, other)) / union_m2) if union_m2 else 0.0


def areas_only(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the areas of a shape, without the points and lines where two neighbours touch."""
    parts = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) > 1]
    return shapely.union_all(parts)


def areas_or_points(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape as the layer of issues can hold it: areas, else a point on it."""
    return areas if not (areas := areas_only(shape)).is_empty else shapely.point_on_surface(shape)
