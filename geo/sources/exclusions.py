"""Zones in which the territory wants no plant: `exclusions/*`, any outline that planners bring."""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.zones import read_zones

CREDIT: Final = Credit(
    holder="Zones d'exclusion fournies par les collectivités", licence="à préciser par le producteur"
)


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the excluded zones with `name` and `file`; None when there is no file."""
    return read_zones({"excluded": ("exclusions/*",)}, CREDIT, raw)
