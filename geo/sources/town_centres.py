"""Town centres that planners bring, as areas or points: `town_centres/*`. No national file is known."""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.zones import read_zones

CREDIT: Final = Credit(holder="Centres-villes fournis par les collectivités", licence="à préciser par le producteur")


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the town centres with `name`; None when there is no file."""
    return read_zones({"centre": ("town_centres/*",)}, CREDIT, raw)
