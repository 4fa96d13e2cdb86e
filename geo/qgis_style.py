"""The look of a layer inside a GeoPackage, as QGIS keeps it: a table `layer_styles` that it reads by itself."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

import pandas as pd

from geo.layers import Layer

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
);
INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description)
    VALUES ('layer_styles', 'attributes', 'layer_styles', '');
"""
"""The table as QGIS creates it (qgsogrprovider.cpp), registered as attributes."""

KINDS: Final = {"Polygon": "fill", "LineString": "line", "Point": "marker"}
SYMBOL_CLASS: Final = {"fill": "SimpleFill", "line": "SimpleLine", "marker": "SimpleMarker"}
OPAQUE: Final = 255
FILL_ALPHA: Final = 115


def add_style(path: Path, table: str, layer: Layer, geometry_types: Sequence[str]) -> None:
    """Add a layer's look to a GeoPackage; the table is drawn so when QGIS opens it.

    Parameters
    ----------
    path
        A GeoPackage that holds the table.
    table
        Name of the table, its geometry column named as GDAL names it.
    layer
        Colours, scale, labels.
    geometry_types
        Of its rows: the commonest says whether areas, lines or points are drawn.
    """
    with closing(sqlite3.connect(path)) as database, database:
        column = database.execute(
            "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (table,)
        ).fetchone()
        database.executescript(SCHEMA)
        database.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault, description, owner, ui) "
            "VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '', NULL)",
            (table, column[0], layer.name, qml(layer, kind_of(geometry_types)), layer.summary.fr),
        )


def kind_of(geometry_types: Sequence[str]) -> str:
    """Return fill, line or marker: what suits most rows."""
    plain = pd.Series(list(geometry_types), dtype="string").str.removeprefix("Multi").map(KINDS)
    counts = plain.value_counts()
    return str(counts.index[0]) if len(counts) else "fill"


def qml(layer: Layer, kind: str) -> str:
    """Return a QGIS style: one colour, or a graduated scale where the layer has one; labels of columns in French."""
    root = Element("qgis", version="3.22", styleCategories="Symbology|Fields")
    ramp = layer.style.ramp
    if ramp is None or not ramp.column:
        renderer = SubElement(root, "renderer-v2", type="singleSymbol", enableorderby="0", forceraster="0")
        symbols = SubElement(renderer, "symbols")
        symbol(symbols, "0", kind, layer.style.color, fill=layer.style.fill)
    else:
        renderer = SubElement(
            root, "renderer-v2", type="graduatedSymbol", attr=ramp.column, graduatedMethod="GraduatedColor",
            enableorderby="0", forceraster="0",
        )  # fmt: skip
        ranges, symbols = SubElement(renderer, "ranges"), SubElement(renderer, "symbols")
        unit = layer.columns[ramp.column].unit
        for number, (low, high, color) in enumerate(steps(ramp.stops)):
            text = f"{low:g} - {high:g} {unit}" if abs(low) < FAR and high < FAR else outer(low, high, unit)
            SubElement(
                ranges, "range", lower=f"{low:.6f}", upper=f"{high:.6f}", label=text, symbol=str(number), render="true"
            )
            symbol(symbols, str(number), kind, color, fill=True)
    aliases = SubElement(root, "aliases")
    for number, (name, column) in enumerate(layer.columns.items()):
        label = f"{column.label.fr} ({column.unit})" if column.unit else column.label.fr
        SubElement(aliases, "alias", field=name, index=str(number), name=label)
    return '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n' + tostring(root, encoding="unicode")


FAR: Final = 1e9
"""Beyond any measure: the open ends of a scale."""


def steps(stops: tuple[tuple[float, str], ...]) -> list[tuple[float, float, str]]:
    """Return (from, to, colour) of each class of a scale; a value takes the colour of the stop below it."""
    lows = [-FAR, *(value for value, _ in stops[1:])]
    highs = [*(value for value, _ in stops[1:]), FAR]
    return [(low, high, color) for low, high, (_, color) in zip(lows, highs, stops, strict=True)]


def outer(low: float, high: float, unit: str) -> str:
    """Return the label of an open class."""
    return f"moins de {high:g} {unit}" if abs(low) >= FAR else f"{low:g} {unit} et plus"


def symbol(parent: Element, name: str, kind: str, color: str, *, fill: bool) -> None:
    """Add a symbol of one colour."""
    alpha = FILL_ALPHA if kind == "fill" else OPAQUE
    element = SubElement(parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = SubElement(element, "layer", {"class": SYMBOL_CLASS[kind], "enabled": "1", "locked": "0", "pass": "0"})
    options: dict[str, str] = {
        "fill": {
            "color": rgba(color, alpha), "outline_color": rgba(color, OPAQUE), "outline_width": "0.4",
            "outline_style": "solid", "style": "solid" if fill else "no",
        },
        "line": {"line_color": rgba(color, OPAQUE), "line_width": "0.7", "line_style": "solid"},
        "marker": {
            "name": "circle", "color": rgba(color, OPAQUE), "outline_color": "255,255,255,255", "size": "2.6",
            "size_unit": "MM",
        },
    }[kind]  # fmt: skip
    table = SubElement(layer, "Option", type="Map")
    for key, value in options.items():
        SubElement(table, "Option", name=key, value=value, type="QString")
    for key, value in options.items():
        SubElement(layer, "prop", k=key, v=value)


def rgba(color: str, alpha: int) -> str:
    """Return #rrggbb as QGIS writes it.

    >>> rgba("#2e8b57", 255)
    '46,139,87,255'
    """
    return ",".join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5)) + f",{alpha}"
