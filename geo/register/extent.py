"""Where signs can stand: metropolitan France, so that a longitude given as a latitude is told as what it is."""

from typing import Final

from pyproj import Transformer

from geo.crs import LAMBERT93, WGS84
from geo.errors import RequestError

WEST_M: Final = 50_000.0
EAST_M: Final = 1_300_000.0
SOUTH_M: Final = 6_000_000.0
NORTH_M: Final = 7_200_000.0
DECIMALS: Final = 5
TO_WGS84: Final = Transformer.from_crs(LAMBERT93, WGS84, always_xy=True)


def require_in_france(x: float, y: float) -> None:
    """Refuse a place that is not in metropolitan France, in degrees and in metres: either may have been typed.

    Parameters
    ----------
    x, y
        Lambert-93 metres.

    Raises
    ------
    RequestError
        If it is elsewhere; when the two numbers make a place in France the other way round, it says so.
    """
    if inside(x, y):
        return
    lon, lat = (round(degrees, DECIMALS) for degrees in TO_WGS84.transform(x, y))
    swapped = inside(y, x) or inside(*TO_WGS84.transform(lat, lon, direction="INVERSE"))
    advice = "the two look swapped: exchange them" if swapped else "correct the position"
    raise RequestError(
        f"found lon {lon}, lat {lat} (x {x:.0f} m, y {y:.0f} m in Lambert-93); expected a place in metropolitan "
        f"France; {advice}"
    )


def inside(x: float, y: float) -> bool:
    """Tell whether a place is within the bounds. Lambert-93 metres."""
    return WEST_M <= x <= EAST_M and SOUTH_M <= y <= NORTH_M
