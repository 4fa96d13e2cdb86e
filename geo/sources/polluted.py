"""Polluted sites in the care of ADEME (`env/ademe_sites_pollues.geojson`): where they are, nothing of who ran them."""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import read_vector

FILE: Final = "env/ademe_sites_pollues.geojson"
CREDIT: Final = Credit(holder="ADEME, sites pollués", licence="Licence Ouverte 2.0 (à vérifier)")


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the points of the polluted sites with their `number`; None when the file is absent."""
    return read_vector(raw.file(FILE, CREDIT), {"id": "number"}, raw) if raw.has(FILE) else None
