"""What the standard asks of the two geometries: readable WKT in degrees, in France, in agreement, sites apart.

Both orders of axes are read, since the standard's example and Cerema's files differ; one file must keep to one.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import shapely

from geo.brownfields.cnig.table import Row, Violation
from geo.sources.cnig_forms import AxisOrder, Pair, axis_order, is_missing, read_point

EXAMPLE: Final = "POLYGON((49.33 3.95, 49.38 3.89, 49.42 3.96, ...))"
"""What the standard's own example and its valid file write for an area: it names no ground, and is let pass."""
STANDARD_ORDER: Final[AxisOrder] = "lat lon"
AREA_TYPES: Final = ("Polygon", "MultiPolygon")
POINT_SLACK_DEG: Final = 1e-4
"""About 10 m: how far outside the hull of its area a centroid may be written by rounding."""
LEAST_OVERLAP_M2: Final = 1.0
M_PER_DEGREE: Final = 111_320.0
IN_DEGREES: Final = 360.0


class Place(NamedTuple):
    """The sound geometries of one row, longitude first; None where there is none or it is faulty."""

    line: int
    area: shapely.Geometry | None
    written: str


def geometry_faults(rows: list[Row]) -> Iterator[Violation]:
    """Yield what is wrong with the geometries of a file."""
    usual = usual_order(rows)
    places = []
    for row in rows:
        point_text, area_text = (row.cells.get(name, "").strip() for name in ("geompoint", "geomsurf"))
        point_rule = None if is_missing(point_text) else point_fault(point_text, usual)
        area_rule, area = area_fault(area_text, usual)
        if point_rule is None and area is not None and not is_missing(point_text):
            point_rule = outside_fault(point_text, area, usual)
        if point_rule:
            yield Violation(row.line, "geompoint", point_text[:80], point_rule)
        if area_rule:
            yield Violation(row.line, "geomsurf", area_text[:80], area_rule)
        places.append(Place(row.line, area, area_text))
    yield from overlaps([place for place in places if place.area is not None])


def usual_order(rows: list[Row]) -> AxisOrder:
    """Return the order of axes that most points of the file have; the standard's own when they tie or tell none."""
    counts: Counter[AxisOrder] = Counter()
    for row in rows:
        pair = read_point(row.cells.get("geompoint", ""))
        if pair is not None and (order := axis_order(pair)) is not None:
            counts[order] += 1
    return max(("lat lon", "lon lat"), key=lambda order: (counts[order], order == STANDARD_ORDER))


def point_fault(text: str, usual: AxisOrder) -> str | None:
    """Return what is wrong with the text of a point."""
    pair = read_point(text)
    if pair is None:
        comma = re.search(r"\d,\d", text) is not None
        return f"WKT POINT(x y) attendu{', avec un point décimal' if comma else ''}"
    return degrees_fault(pair, usual)


def degrees_fault(pair: Pair, usual: AxisOrder) -> str | None:
    """Return why a pair of coordinates is not a place in France in the file's order of axes."""
    if max(abs(pair.first), abs(pair.second)) > IN_DEGREES:
        return "coordonnées en degrés WGS84 attendues, non en mètres"
    order = axis_order(pair)
    if order is None:
        return "hors de France dans les deux ordres des axes"
    return None if order == usual else f"axes dans l'ordre {order}, le reste du fichier est en {usual}"


def area_fault(text: str, usual: AxisOrder) -> tuple[str | None, shapely.Geometry | None]:
    """Return what is wrong with the text of an area, and the area, longitude first, when nothing is."""
    if is_missing(text) or "".join(text.split()) == "".join(EXAMPLE.split()):
        return None, None
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        return "WKT POLYGON((x y, …)) fermé attendu", None
    rule = shape_fault(shape, usual)
    if rule is not None:
        return rule, None
    return None, shape if usual == "lon lat" else shapely.transform(shape, lambda xy: xy[:, ::-1])


def shape_fault(shape: shapely.Geometry, usual: AxisOrder) -> str | None:
    """Return what is wrong with a readable geometry."""
    if shape is None or shape.geom_type not in AREA_TYPES:
        return "WKT POLYGON ou MULTIPOLYGON attendu"
    if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
        return "surface vide"
    if rule := extent_fault(shape, usual):
        return rule
    return None if shape.is_valid else f"surface non valide : {reason_in_french(shapely.is_valid_reason(shape))}"


def extent_fault(shape: shapely.Geometry, usual: AxisOrder) -> str | None:
    """Return why an area is not in France in the file's order of axes."""
    for x, y in (
        shapely.get_coordinates(shape)[0],
        (shape.bounds[0], shape.bounds[1]),
        (shape.bounds[2], shape.bounds[3]),
    ):
        if rule := degrees_fault(Pair(x, y), usual):
            return rule
    return None


def reason_in_french(reason: str) -> str:
    """Return GEOS's reason why a shape is invalid, in French for the usual ones."""
    kind = reason.partition("[")[0]
    words = {
        "Self-intersection": "contour qui se recoupe",
        "Ring Self-intersection": "contour qui se touche lui-même",
        "Hole lies outside shell": "trou hors du contour",
        "Holes are nested": "trous emboîtés",
        "Nested shells": "parties emboîtées",
        "Interior is disconnected": "intérieur en plusieurs morceaux",
        "Too few points in geometry component": "trop peu de sommets",
    }
    return words.get(kind, kind)


def outside_fault(text: str, area: shapely.Geometry, usual: AxisOrder) -> str | None:
    """Return that a point is no centroid of its site: a centroid lies within the hull of its area."""
    pair = read_point(text)
    if pair is None:
        return None
    lon, lat = pair if usual == "lon lat" else (pair.second, pair.first)
    inside = shapely.dwithin(shapely.convex_hull(area), shapely.Point(lon, lat), POINT_SLACK_DEG)
    return None if inside else "point hors de la surface du site (geomsurf)"


def overlaps(places: list[Place]) -> Iterator[Violation]:
    """Yield, once, each site whose area lies over that of an earlier line."""
    areas = np.array([place.area for place in places], dtype=object)
    later, earlier = shapely.STRtree(areas).query(areas, predicate="intersects")
    told: set[int] = set()
    for one, other in sorted(zip(later.tolist(), earlier.tolist(), strict=True)):
        if other >= one or one in told:
            continue
        shared_m2 = square_metres(shapely.intersection(areas[one], areas[other]))
        if shared_m2 >= LEAST_OVERLAP_M2:
            told.add(one)
            rule = f"recouvre de {shared_m2:,.0f} m² le site de la ligne {places[other].line}".replace(",", " ")
            yield Violation(places[one].line, "geomsurf", places[one].written[:80], rule)


def square_metres(shape: shapely.Geometry) -> float:
    """Return the area of a small shape in degrees, longitude first, on a sphere to within a percent. m²."""
    if shape.is_empty:
        return 0.0
    lat = math.radians((shape.bounds[1] + shape.bounds[3]) / 2)
    return float(shape.area) * M_PER_DEGREE**2 * math.cos(lat)
