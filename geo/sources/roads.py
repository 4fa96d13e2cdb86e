"""Roads: BD TOPO's (`bdtopo/TRONCON_DE_ROUTE.*`), else OpenStreetMap's (`osm_roads/*`).

Glossary: tronçon de route = stretch of road; sentier, escalier = path, steps, which no lorry takes.
"""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.zones import read_zones

BDTOPO: Final = Credit(holder="IGN, BD TOPO", licence="Licence Ouverte 2.0")
OSM: Final = Credit(holder="Contributeurs d'OpenStreetMap", licence="ODbL")
NATURE: Final = {"nature": ("nature", "highway")}
NOT_FOR_LORRIES: Final = (
    "Sentier",
    "Escalier",
    "Chemin",
    "Bac ou liaison maritime",
    "footway",
    "path",
    "steps",
    "cycleway",
)


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the roads that a lorry can take, with `name` and `file`; None when there is no file."""
    table = read_zones({"road": ("bdtopo/TRONCON_DE_ROUTE",)}, BDTOPO, raw, columns=NATURE)
    if table is None:
        table = read_zones({"road": ("osm_roads/*",)}, OSM, raw, columns=NATURE)
    if table is None:
        return None
    return table[~table["nature"].isin(NOT_FOR_LORRIES)].reset_index(drop=True)
