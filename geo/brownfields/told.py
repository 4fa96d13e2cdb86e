"""What inventories tell of a site, in the codes of the criteria.

Glossary: bâti = buildings; zone U, AU, N, A = urban, to be urbanised, natural, agricultural zone.
"""

from typing import Final

import pandas as pd

POLLUTION: Final = {
    "pollution inexistante": "none",
    "pollution traitée": "treated",
    "pollution peu probable": "unlikely",
    "pollution supposée": "suspected",
    "pollution avérée": "proven",
}
ZONES: Final = {"U": "urban", "AUc": "to_urbanise", "AUs": "to_urbanise", "A": "agricultural", "N": "natural"}
"""Zones of municipal maps (ZC, ZnC) and of the national rules tell nothing of the kind and stay unknown."""
BUILDING_STATE: Final = {
    "dégradation inexistante ou faible": "sound",
    "dégradation moyenne": "medium",
    "dégradation très importante": "ruined",
    "dégradation hétérogène": "uneven",
}
ACCELERATION: Final = {"oui": "yes", "non": "no"}
ASBESTOS: Final = "amiante"


def pollution(sites: pd.DataFrame) -> pd.Series:
    """Return the pollution of ground and buildings; asbestos in buildings stands before what is told of the ground."""
    ground = coded(sites["pollution"], POLLUTION)
    return ground.mask(sites["building_pollution"].astype("string").eq(ASBESTOS).fillna(value=False), "asbestos")


def building_state(sites: pd.DataFrame) -> pd.Series:
    """Return the state of the buildings; none where the inventory counts none."""
    return coded(sites["building_state"], BUILDING_STATE).mask(sites["buildings"].eq(0).fillna(value=False), "none")


def coded(values: pd.Series, codes: dict[str, str]) -> pd.Series:
    """Return texts in our codes; missing where they have none."""
    return values.astype("string").map(codes, na_action="ignore").astype("string")
