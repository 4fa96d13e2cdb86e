"""Points as a GeoPackage keeps them (OGC 12-128r18, 2.1.3): a header of 8 bytes, an optional envelope, WKB."""

import struct
from typing import Final

POINT: Final = struct.Struct("<2sBBiBIdd")
"""Magic, version, flags, SRS; byte order, geometry type, x, y: all little-endian, no envelope."""

MAGIC: Final = b"GP"
LITTLE_ENDIAN: Final = 1
WKB_POINT: Final = 1
SRS: Final = 2154


def point_blob(x: float, y: float) -> bytes:
    """Return a point of Lambert-93 metres as a GeoPackage geometry.

    >>> point_xy(point_blob(686000.5, 7037000.25))
    (686000.5, 7037000.25)
    """
    return POINT.pack(MAGIC, 0, LITTLE_ENDIAN, SRS, LITTLE_ENDIAN, WKB_POINT, x, y)


def point_xy(blob: bytes) -> tuple[float, float]:
    """Return the coordinates of a geometry that `point_blob` made.

    Raises
    ------
    ValueError
        If the bytes are anything else: the register writes no other.
    """
    if len(blob) != POINT.size:
        raise ValueError(f"found a geometry of {len(blob)} bytes; expected a point of {POINT.size}")
    *head, x, y = POINT.unpack(blob)
    if tuple(head) != (MAGIC, 0, LITTLE_ENDIAN, SRS, LITTLE_ENDIAN, WKB_POINT):
        raise ValueError(f"found a geometry that begins with {blob[:13].hex()}; expected a point in EPSG:2154")
    return x, y
