"""The sheet of a building: its facts, its planes and its panels, as read from the serving store."""

from typing import Any, Final, NamedTuple

import orjson

from geo.store import Published, Store

WITHIN_M: Final = 50.0
"""How far from the place asked about a building may stand."""

MONTHS: Final = tuple(f"{month:02d}" for month in range(1, 13))
Feature = dict[str, Any]


class Sheet(NamedTuple):
    """A building, its planes and its panels: GeoJSON features in WGS84; and what was published of them."""

    building: Feature
    segments: list[Feature]
    panels: list[Feature]
    published: Published


def nearest_sheet(store: Store, lon: float, lat: float) -> Sheet | None:
    """Return the sheet of the building nearest to a place, None when none stands within `WITHIN_M`."""
    found = store.nearest("buildings", lon, lat, within_m=WITHIN_M)
    return None if found is None else with_parts(store, orjson.loads(found), panels=False)


def sheet(store: Store, building_id: str, *, panels: bool = False) -> Sheet:
    """Return the sheet of a building by its id.

    Raises
    ------
    UnknownNameError
        If there is no such building.
    """
    return with_parts(store, orjson.loads(store.feature("buildings", building_id)), panels=panels)


def with_parts(store: Store, building: Feature, *, panels: bool) -> Sheet:
    """Return the sheet of a building that has been read."""
    key = building["id"]
    segments = [orjson.loads(text) for text in store.children("roof_segments", key)]
    points = [orjson.loads(text) for text in store.children("panels", key)] if panels else []
    return Sheet(building, segments, points, store.published()["buildings"])


def as_json(page: Sheet) -> dict[str, Any]:
    """Return a sheet for a program: units in the names, twelve months as lists, credit and date beside."""
    return {
        "building": folded(page.building),
        "segments": [folded(segment) for segment in page.segments],
        "quality": page.building["properties"]["quality"],
        "estimate": True,
        "synthetic": page.building["properties"]["synthetic"],
        "credit": page.published.credit,
        "built_at": page.published.built_at.isoformat(),
    }


def folded(feature: Feature) -> Feature:
    """Return a feature with its monthly columns as lists of twelve."""
    flat = feature["properties"]
    bases = {name.rpartition("_")[0] for name in flat if name.rpartition("_")[2] in MONTHS and "_month_" in name}
    plain = {name: value for name, value in flat.items() if name.rpartition("_")[0] not in bases}
    lists = {base: [flat[f"{base}_{month}"] for month in MONTHS] for base in sorted(bases)}
    return feature | {"properties": plain | lists}
