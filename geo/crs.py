"""The two projections used everywhere: measure in Lambert-93, show in WGS84."""

from typing import Final

from pyproj import CRS, Geod

from geo.errors import CrsError

LAMBERT93: Final = CRS.from_epsg(2154)
"""RGF93 / Lambert-93, metres: every length and area is measured in it."""

WGS84: Final = CRS.from_epsg(4326)
"""Longitude, latitude in degrees: only at the doors (API, maps, GeoJSON)."""

GEOD: Final = Geod(ellps="GRS80")
"""The ellipsoid of both."""


def require_metric(crs: CRS | None, *, what: str) -> CRS:
    """Return the projected CRS in metres, or refuse with one clear line.

    Compound systems (horizontal + height, such as EPSG:7415) are accepted.

    Raises
    ------
    CrsError
        If the CRS is missing, geographic, or not in metres.
    """
    if crs is None:
        raise CrsError(f"{what} has no CRS; expected a projected one in metres such as EPSG:2154; assign it first")
    horizontal = crs.sub_crs_list[0] if crs.is_compound else crs
    if not horizontal.is_projected:
        raise CrsError(f"{what} is in {crs.name} (degrees); expected a projected CRS in metres; reproject it first")
    unit = horizontal.axis_info[0].unit_name
    if unit not in ("metre", "meter"):
        raise CrsError(f"{what} is in {unit}; expected metres; reproject it to EPSG:2154 first")
    return crs
