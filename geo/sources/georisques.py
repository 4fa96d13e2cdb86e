"""Flood zones (Géorisques): `georisques/*`, TRI zones told apart by their probability in the file's name.

Glossary: TRI = territory at important flood risk; 01for, 02moy, 04fai = high, medium, low probability; PPRI = plan of
prevention, whose zones bind what is built.
"""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.zones import read_zones

CREDIT: Final = Credit(holder="Géorisques (BRGM, ministère)", licence="Licence Ouverte 2.0 (à vérifier)")
KINDS: Final = {
    "high": ("georisques/*01for*", "georisques/*fort*"),
    "medium": (
        "georisques/*02moy*",
        "georisques/*03mcc*",
        "georisques/*moyen*",
        "georisques/*ppr*",
        "georisques/*PPR*",
    ),
    "low": ("georisques/*04fai*", "georisques/*faible*"),
}
"""From the greatest risk. Zones of a PPRI are taken as medium: what each binds to is in its rules."""


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the flood zones with `kind` and `name`; None when there is no file."""
    return read_zones(KINDS, CREDIT, raw)
