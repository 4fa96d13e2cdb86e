"""The serving store: what the API reads. One protocol; an embedded GeoPackage keeps it by default."""

from datetime import datetime
from typing import NamedTuple, Protocol

BBox = tuple[float, float, float, float]
"""west, south, east, north in WGS84 degrees."""


class Published(NamedTuple):
    """What the store knows of one layer; `bbox` is in WGS84."""

    name: str
    rows: int
    bbox: BBox
    credit: str
    synthetic: bool
    built_at: datetime


class Page(NamedTuple):
    """Some features of a layer: each one a GeoJSON Feature as text, and how many match in all."""

    features: list[str]
    matched: int


class Store(Protocol):
    """How published layers are read; every method is safe to call from several threads."""

    def published(self) -> dict[str, Published]:
        """Return every layer that the store holds, vector and raster, by name."""

    def features(
        self, name: str, *, bbox: BBox | None = None, insee: str | None = None, limit: int, offset: int = 0
    ) -> Page:
        """Return the features that intersect the box and touch the commune, in stable order.

        Raises
        ------
        UnknownNameError
            If no vector layer of that name is published.
        """

    def feature(self, name: str, key: str) -> str:
        """Return one feature by its id.

        Raises
        ------
        UnknownNameError
            If the layer has no feature of that id.
        """

    def children(self, name: str, parent: str) -> list[str]:
        """Return the features that belong to a building, in stable order."""

    def nearest(self, name: str, lon: float, lat: float, *, within_m: float) -> str | None:
        """Return the feature nearest to a place (WGS84 degrees), None when all are farther than `within_m` metres."""
