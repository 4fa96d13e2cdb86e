"""What the page and its script are told of one layer: labels, units, colours, where its features are."""

import json
from typing import Any

from geo.layers import Layer, Ramp, RasterLayer
from geo.maps.frame import Shown
from geo.maps.words import Lang, say, say_unit, unit_of, whole


def panel_row(shown: Shown, lang: Lang) -> dict[str, Any]:
    """Return what the panel says of one layer before any feature is loaded."""
    layer, published = shown.layer, shown.published
    vector = isinstance(layer, Layer)
    kinds = {kind.removeprefix("Multi") for kind in layer.geometry} if isinstance(layer, Layer) else set()
    return {
        "name": layer.name,
        "title": say(layer.title, lang),
        "summary": say(layer.summary, lang),
        "swatch": "point" if kinds == {"Point"} else "line" if "LineString" in kinds else "area",
        "color": layer.style.color,
        "filled": layer.style.fill,
        "ramp": legend(layer.style.ramp, unit_of(layer, lang), lang) if layer.style.ramp else None,
        "rows": whole(published.rows, lang) if vector else "",
        "synthetic": published.synthetic,
        "credit": published.credit,
        "built_at": published.built_at.isoformat(),
        "built_on": published.built_at.strftime("%d/%m/%Y"),
        "geojson": shown.address if vector else "",
        "quiet": isinstance(layer, Layer) and layer.quiet is not None,
    }


def legend(ramp: Ramp, unit: str, lang: Lang) -> dict[str, Any]:
    """Return a colour scale with its stops placed from 0 to 100 %."""
    low, high = ramp.stops[0][0], ramp.stops[-1][0]
    stops = [(round(100 * (value - low) / (high - low), 1), whole(value, lang), colour) for value, colour in ramp.stops]
    return {"unit": unit, "stops": stops}


def layer_config(shown: Shown, lang: Lang) -> dict[str, Any]:
    """Return what the script needs to draw one layer and to write its popups."""
    layer, published = shown.layer, shown.published
    west, south, east, north = published.bbox
    config: dict[str, Any] = {
        "name": layer.name,
        "title": say(layer.title, lang),
        "color": layer.style.color,
        "fill": layer.style.fill,
        "on": layer.style.on,
        "minZoom": layer.style.min_zoom,
        "ramp": {"column": layer.style.ramp.column, "stops": layer.style.ramp.stops} if layer.style.ramp else None,
        "bounds": [[south, west], [north, east]],
        "address": shown.address,
    }
    if isinstance(layer, RasterLayer):
        return {**config, "raster": True}
    return {
        **config,
        "points": set(layer.geometry) == {"Point"},
        "columns": [column_config(layer, name, lang) for name in layer.columns],
        "quiet": quiet_config(layer, lang),
        "data": [json.loads(feature) for feature in shown.features] if not shown.address else None,
    }


def column_config(layer: Layer, name: str, lang: Lang) -> dict[str, Any]:
    """Return a column's label, unit and coded values in one language."""
    column = layer.columns[name]
    return {
        "name": name,
        "label": say(column.label, lang),
        "unit": say_unit(column.unit, lang),
        "values": {value: say(text, lang) for value, text in column.values.items()},
        "shown": column.shown,
    }


def quiet_config(layer: Layer, lang: Lang) -> dict[str, Any] | None:
    """Return which rows wait until the reader asks for them."""
    if layer.quiet is None:
        return None
    return {"column": layer.quiet.column, "values": layer.quiet.values, "label": say(layer.quiet.label, lang)}


def columns_config(layer: Layer, lang: Lang) -> dict[str, Any]:
    """Return a layer's columns by name."""
    return {name: column_config(layer, name, lang) for name in layer.columns}
