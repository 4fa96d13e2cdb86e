"""Buildings of BD TOPO (`bdtopo/BATIMENT.*`)."""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import read_vector

FILES: Final = ("bdtopo/BATIMENT.gpkg", "bdtopo/BATIMENT.shp")
CREDIT: Final = Credit(holder="IGN, BD TOPO", licence="Licence Ouverte 2.0")
HEIGHTS: Final = {"Z_MIN_TOIT": "roof_low_m", "Z_MAX_TOIT": "roof_high_m"}
"""Altitudes of eaves and ridge. Metres."""
COLUMNS: Final = {"ID": "id", "NATURE": "kind", "HAUTEUR": "height_m"} | HEIGHTS


def present(raw: RawFolder) -> bool:
    """Tell whether the provider's buildings are there."""
    return any([raw.has(name) for name in FILES])  # noqa: C419 - every look must be recorded


def read(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the buildings with id, kind, height_m, roof_low_m, roof_high_m and footprint."""
    name = next(name for name in FILES if raw.has(name))
    table = read_vector(raw.file(name, CREDIT), COLUMNS, raw)
    return table.assign(geometry=table.geometry.force_2d(), source=CREDIT.holder, certainty="surveyed", synthetic=False)
