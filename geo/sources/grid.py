"""The electric grid: lines of the distributor (`enedis/*`), substations (`rte/*`) with what they can still take.

Glossary: HTA = medium voltage, 20 kV; poste source = substation; capacité restante = remaining capacity, MW.
"""

from typing import Final

import geopandas as gpd
import pandas as pd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.zones import read_zones

LINES: Final = Credit(holder="Enedis, réseau HTA", licence="Licence Ouverte 2.0 (à vérifier)")
SUBSTATIONS: Final = Credit(holder="RTE, Capareseau", licence="Licence Ouverte 2.0 (à vérifier)")
CAPACITY: Final = {
    "capacity": (
        *("capacite_restante_mw", "capacite_restante", "capacite_disponible", "capacite_disponible_mw"),
        *("capacite_reservee_restante", "remaining_mw", "capacite"),
    )
}


def read_lines(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the lines and posts of the medium-voltage grid; None when there is no file."""
    return read_zones({"line": ("enedis/*",)}, LINES, raw)


def read_substations(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the substations with `name` and `remaining_mw` (missing where not told); None when there is no file."""
    table = read_zones({"substation": ("rte/*",)}, SUBSTATIONS, raw, columns=CAPACITY)
    if table is None:
        return None
    told = table["capacity"].str.replace(",", ".", regex=False).str.extract(r"(-?\d+(?:\.\d+)?)")[0]
    return table.assign(remaining_mw=pd.to_numeric(told).astype("float64")).drop(columns="capacity")
