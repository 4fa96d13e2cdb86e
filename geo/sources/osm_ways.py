"""Greenways from OpenStreetMap: lines with tags in `osm/*.geojson`, `*.gpkg` or `*.fgb`.

What counts as a greenway: a way that is closed to cars and open to walkers or riders. That is `highway` = cycleway,
footway, path, pedestrian, bridleway, track or steps (existing), the same under `construction` or `proposed` (project),
and `railway` = abandoned or disused without a `highway` (disused). Left out: pavements beside a street
(`footway=sidewalk`), areas (`area=yes`), and ways whose access is private or forbidden to both walkers and riders.
Tags stand in columns of their own, or together in `other_tags` as GDAL's OSM driver writes them (hstore or JSON).
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.errors import SourceError
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources.files import UNREADABLE, clean, first_line, open_vector, to_lambert93
from geo.sources.signs import OSM

PATTERNS: Final = ("osm/*.geojson", "osm/*.gpkg", "osm/*.fgb")
HIGHWAYS: Final = ("cycleway", "footway", "path", "pedestrian", "bridleway", "track", "steps")
PLANNED: Final = ("construction", "proposed")
OLD_RAILWAYS: Final = ("abandoned", "disused")
CLOSED: Final = ("no", "private")
OPEN: Final = ("yes", "designated", "permissive")
IDS: Final = ("@id", "full_id", "osm_way_id", "osm_id", "id")
HSTORE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*=>\s*"((?:[^"\\]|\\.)*)"')
TAGS: Final = (
    *("highway", "railway", "construction", "proposed", "footway", "area", "access", "foot", "bicycle"),
    *("surface", "bridge", "tunnel", "layer", "name"),
)
MAX_LEVEL: Final = 20


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the greenways of every file: number, name, kind, surface, state, level, bridge, origin, lines.

    None where there is no such file. A way that stands in several files is taken once.
    """
    names = [name for pattern in PATTERNS for name in raw.find(pattern)]
    if not names:
        return None
    table = gpd.GeoDataFrame(pd.concat([read_file(name, raw) for name in names], ignore_index=True))
    return table.drop_duplicates("number").assign(source=OSM.holder, certainty="unverified", synthetic=False)


def read_file(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the greenways of one file."""
    path = raw.file(name, OSM)
    table = open_lines(path)
    if "highway" not in with_tags(table).columns:
        raise SourceError(f"{path} has no tag highway; expected OpenStreetMap lines with their tags; export them again")
    tagged = clean(to_lambert93(with_tags(table), path), path, raw)
    lines = tagged[tagged.geom_type.isin(["LineString", "MultiLineString"])]
    kept = lines[is_greenway(lines)]
    if left := len(table) - len(kept):
        raw.note(Note(action="dropped", reason=f"{path.name}: no line open to walkers or riders alone", count=left))
    return translated(kept)


def open_lines(path: Path) -> gpd.GeoDataFrame:
    """Return the layer `lines` where there is one, as in GDAL's GeoPackages of OpenStreetMap, else the only layer."""
    try:
        layers = pyogrio.list_layers(path)[:, 0].tolist()
        return gpd.read_file(path, layer="lines") if "lines" in layers else open_vector(path)
    except UNREADABLE as error:
        raise SourceError(
            f"{path} cannot be read ({first_line(error)}); is it whole? fetch or export it again"
        ) from error


def with_tags(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with a text column for each tag that is used, from its own column or from `other_tags`."""
    others = pd.DataFrame(index=table.index)
    if "other_tags" in table.columns:
        parsed = [parsed_tags(text) if isinstance(text, str) else {} for text in table["other_tags"]]
        others = pd.DataFrame(parsed, index=table.index, dtype="object")
    columns = {tag: table[tag] if tag in table.columns else others[tag] for tag in TAGS if tag in {*table, *others}}
    both = {tag: values.fillna(others[tag]) if tag in others else values for tag, values in columns.items()}
    kept = table[[column for column in IDS if column in table.columns]]
    return gpd.GeoDataFrame(kept.assign(**both), geometry=table.geometry, crs=table.crs)


def parsed_tags(text: str) -> dict[str, str]:
    r"""Return the tags of GDAL's `other_tags`.

    >>> parsed_tags(r'"foot"=>"yes","name:fr"=>"Voie \"verte\""')
    {'foot': 'yes', 'name:fr': 'Voie "verte"'}
    >>> parsed_tags('{"foot": "yes"}')
    {'foot': 'yes'}
    """
    if text.lstrip().startswith("{"):
        try:
            return {str(key): str(value) for key, value in json.loads(text).items()}
        except json.JSONDecodeError:
            return {}
    return {plain(key): plain(value) for key, value in HSTORE.findall(text)}


def plain(text: str) -> str:
    """Return a text of hstore without its escapes."""
    return re.sub(r"\\(.)", r"\1", text)


def tag(table: pd.DataFrame, name: str) -> pd.Series:
    """Return a tag in lower case, empty where it lacks."""
    if name not in table.columns:
        return pd.Series("", index=table.index, dtype="object")
    return table[name].astype("string").fillna("").str.strip().str.lower()


def way_kind(table: pd.DataFrame) -> pd.Series:
    """Return the kind of way that each row is or is to become; empty where it is no greenway."""
    highway = tag(table, "highway")
    kind = highway.where(highway.isin(HIGHWAYS), "")
    for word in PLANNED:
        planned = tag(table, word)
        kind = kind.where((highway != word) | ~planned.isin(HIGHWAYS), planned)
    return kind.where((highway != "") | ~tag(table, "railway").isin(OLD_RAILWAYS), "disused_railway")


def is_greenway(table: pd.DataFrame) -> pd.Series:
    """Tell which rows count as greenways."""
    foot, bicycle = tag(table, "foot"), tag(table, "bicycle")
    welcome = foot.isin(OPEN) | bicycle.isin(OPEN)
    closed = (tag(table, "access").isin(CLOSED) & ~welcome) | (foot.isin(CLOSED) & bicycle.isin(CLOSED))
    beside_street = tag(table, "footway") == "sidewalk"
    return (way_kind(table) != "") & ~closed & ~beside_street & (tag(table, "area") != "yes")


def translated(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return greenways with our columns."""
    kind = way_kind(table)
    state = pd.Series("existing", index=table.index).mask(tag(table, "highway").isin(PLANNED), "project")
    surface, name = tag(table, "surface"), table.get("name", pd.Series(pd.NA, index=table.index))
    return gpd.GeoDataFrame(
        {
            "number": way_numbers(table),
            "name": name.astype("string"),
            "kind": kind,
            "surface": surface.where(surface != ""),
            "state": state.mask(kind == "disused_railway", "disused"),
            "level": levels(table),
            "bridge": is_set(tag(table, "bridge")),
        },
        geometry=table.geometry,
        crs=table.crs,
    )


def levels(table: pd.DataFrame) -> pd.Series:
    """Return the level of each way: its tag `layer`, else 1 on a bridge, -1 in a tunnel, 0 elsewhere."""
    built = is_set(tag(table, "bridge")).astype(int) - is_set(tag(table, "tunnel")).astype(int)
    told = pd.to_numeric(tag(table, "layer"), errors="coerce")
    told = told.where(told.between(-MAX_LEVEL, MAX_LEVEL) & (told % 1 == 0))
    return told.fillna(built).astype("int64")


def is_set(values: pd.Series) -> pd.Series:
    """Tell where a tag says anything but no."""
    return ~values.isin(["", "no"])


def way_numbers(table: gpd.GeoDataFrame) -> pd.Series:
    """Return OpenStreetMap's number of each way with our prefix, else one made from its course."""
    columns = [table[column].astype("string") for column in IDS if column in table.columns]
    told = columns[0] if columns else pd.Series(pd.NA, index=table.index, dtype="string")
    for other in columns[1:]:
        told = told.fillna(other)
    digits = told.str.extract(r"(\d+)$", expand=False)
    return ("OSM-" + digits).fillna("OSM-" + course_marks(table.geometry))


def course_marks(lines: gpd.GeoSeries) -> pd.Series:
    """Return a short mark of each line's course, the same in any direction, rounded to 10 cm."""
    shapes = shapely.normalize(shapely.set_precision(shapely.force_2d(lines.to_numpy()), 0.1, mode="pointwise"))
    marks = [hashlib.sha256(text).hexdigest()[:12] for text in np.atleast_1d(shapely.to_wkb(shapes))]
    return pd.Series(marks, index=lines.index, dtype="string")
