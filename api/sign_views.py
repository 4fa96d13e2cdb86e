"""A sign as JSON: what everybody may know of it, and what its owner and the pole see besides."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from geo.crs import LAMBERT93, WGS84
from geo.errors import UnknownNameError
from geo.register.blades import blades
from geo.register.connection import Connection
from geo.register.geometry import point_xy
from geo.register.money import costs, funding
from geo.register.people import Actor
from geo.register.photos import photos
from geo.register.requests import Request
from geo.register.signs import Sign, history, is_own, sign
from geo.register.trace import Change

DECIMALS: Final = 7
TO_WGS84: Final = Transformer.from_crs(LAMBERT93, WGS84, always_xy=True)
TO_LAMBERT93: Final = Transformer.from_crs(WGS84, LAMBERT93, always_xy=True)

PUBLIC_COLUMNS: Final = (
    *("code", "name", "type", "park", "status", "status_on", "source", "certainty", "version", "updated_at"),
)
"""What everybody may know: as the register publishes it, and what an edit or a copy needs."""
FULL_COLUMNS: Final = (
    *PUBLIC_COLUMNS,
    *("organisation", "draft", "sealing", "condition", "visibility_m", "road_permission", "languages", "notes"),
    "order_year",
    "created_at",
)


def sees_all(actor: Actor, found: Sign) -> bool:
    """Tell whether the actor sees more of a sign than the public: its owner, the pole."""
    return actor.role != "owner" or is_own(actor, found)


def listed(actor: Actor, found: Sign) -> bool:
    """Tell whether a sign that the register lets read is shown: what was cancelled is nobody else's business."""
    return sees_all(actor, found) or found.status != "cancelled"


def readable(database: Connection, actor: Actor, code: str) -> Sign:
    """Return a sign that is shown to this actor.

    Raises
    ------
    UnknownNameError
        If there is none; another organisation's draft is as if it did not exist.
    """
    found = sign(database, actor, code)
    if not listed(actor, found):
        raise UnknownNameError(f"no sign has the code {code!r:.40}; expected one of the register; read the list again")
    return found


def row(actor: Actor, found: Sign) -> dict[str, Any]:
    """Return the facts of a sign that this actor sees, with `lon` and `lat` in WGS84 degrees."""
    columns = FULL_COLUMNS if sees_all(actor, found) else PUBLIC_COLUMNS
    facts = {name: getattr(found, name) for name in columns}
    if "draft" in facts:
        facts["draft"] = bool(facts["draft"])
    lon, lat = degrees(found)
    return {**facts, "lon": lon, "lat": lat}


def degrees(found: Sign) -> tuple[float, float]:
    """Return where a sign stands, in WGS84 degrees."""
    lon, lat = TO_WGS84.transform(found.x, found.y)
    return round(lon, DECIMALS), round(lat, DECIMALS)


def all_degrees(found: Sequence[Sign]) -> NDArray[np.float64]:
    """Return where signs stand, in WGS84 degrees as `degrees`, shape (signs, 2)."""
    x, y = (np.array([getattr(one, axis) for one in found], dtype=np.float64) for axis in "xy")
    return np.column_stack(TO_WGS84.transform(x, y)).round(DECIMALS)


def feature(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a sign as a GeoJSON feature."""
    properties = {name: value for name, value in facts.items() if name not in ("lon", "lat")}
    geometry = {"type": "Point", "coordinates": [facts["lon"], facts["lat"]]}
    return {"type": "Feature", "id": facts["code"], "geometry": geometry, "properties": properties}


def sheet(database: Connection, actor: Actor, found: Sign) -> dict[str, Any]:
    """Return all that this actor may know of a sign; costs, and who moved its status, for those who see all."""
    steps = [step._asdict() for step in history(database, actor, found.code)]
    whole = {
        **row(actor, found),
        "blades": [blade.model_dump() for blade in blades(database, actor, found.code)],
        "history": steps,
        "photos": [
            {**photo._asdict(), "href": f"/signage/photos/{photo.sha256}"}
            for photo in photos(database, actor, found.code)
        ],
    }
    if not sees_all(actor, found):
        kept = ("from_status", "to_status", "status_on")
        return {**whole, "history": [{name: step[name] for name in kept} for step in steps]}
    return {
        **whole,
        "costs": [cost._asdict() for cost in costs(database, actor, found.code)],
        "funding_cents": funding(database, actor, found.code),
    }


def asked(database: Connection, actor: Actor, found: Request) -> dict[str, Any]:
    """Return a request as JSON; the code of a sign that the actor may not know of is left out."""
    facts = found._asdict()
    if found.sign is None:
        return facts
    try:
        sign(database, actor, found.sign)
    except UnknownNameError:
        return {**facts, "sign": None}
    return facts


def told(found: Change) -> dict[str, Any]:
    """Return a change as JSON: places in WGS84 degrees."""
    return {**found._asdict(), "before": columns(found.before), "after": columns(found.after)}


def columns(row: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a row of the register with `lon` and `lat` in place of its geometry."""
    if row is None or "geom" not in row:
        return row
    lon, lat = TO_WGS84.transform(*point_xy(bytes.fromhex(row["geom"])))
    plain = {name: value for name, value in row.items() if name != "geom"}
    return {**plain, "lon": round(lon, DECIMALS), "lat": round(lat, DECIMALS)}
