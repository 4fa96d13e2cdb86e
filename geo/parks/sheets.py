"""The sheet of a park: its facts, entrances, indicators, events and open questions, as read from the serving store."""

from typing import Any, Final

import orjson

from geo.errors import UnknownNameError
from geo.store import Store

Feature = dict[str, Any]
MOST: Final = 10_000
"""Events, issues or signs looked through for one park."""
SEPARATOR: Final = "|"


def sheet(store: Store, park_id: str) -> dict[str, Any]:
    """Return what is known of a park, with credit and date.

    Raises
    ------
    UnknownNameError
        If there is no such park.
    """
    park = orjson.loads(store.feature("parks", park_id))
    known = store.published()
    large = park["properties"].get("large_park_id")
    return {
        "park": park,
        "access": access(store, park_id) if "park_access" in known else None,
        "entrances": of_park(store, "park_entrances", park_id) if "park_entrances" in known else [],
        "events": events(store, park_id, large) if "events" in known else [],
        "issues": of_park(store, "parks_issues", park_id) if "parks_issues" in known else [],
        "estimate": park["properties"]["certainty"] == "estimated",
        "synthetic": park["properties"]["synthetic"],
        "credit": known["parks"].credit,
        "built_at": known["parks"].built_at.isoformat(),
    }


def access(store: Store, park_id: str) -> dict[str, Any] | None:
    """Return the indicators of a park; None where it has none."""
    try:
        found: dict[str, Any] = orjson.loads(store.feature("park_access", park_id))["properties"]
    except UnknownNameError:
        return None
    return found


def of_park(store: Store, layer: str, park_id: str) -> list[Feature]:
    """Return the features of a layer that name the park in `park_id`."""
    return [orjson.loads(text) for text in store.children(layer, park_id)]


def events(store: Store, park_id: str, large_park: str | None) -> list[Feature]:
    """Return the events of a park, of its large park and of the whole chain, the latest first."""
    found = [orjson.loads(text) for text in store.features("events", limit=MOST).features]
    mine = [event for event in found if concerns(event["properties"], park_id, large_park)]
    return sorted(mine, key=lambda event: (event["properties"].get("starts") or "", event["id"]), reverse=True)


def concerns(event: dict[str, Any], park_id: str, large_park: str | None) -> bool:
    """Tell whether an event is of a park, of its large park, or of the whole chain (neither is named)."""
    parks = set(filter(None, (event.get("parks") or "").split(SEPARATOR)))
    larger = set(filter(None, (event.get("large_parks") or "").split(SEPARATOR)))
    return park_id in parks or large_park in larger or not (parks or larger)
