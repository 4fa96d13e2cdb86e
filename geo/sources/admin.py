"""Commune outlines: Admin Express (simplified) joined with the census, as one GeoJSON for the territory."""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import read_vector

COMMUNES: Final = "admin/communes.geojson"
CREDIT: Final = Credit(
    holder="IGN Admin Express COG simplifié, DGCL",
    licence="Licence Ouverte 2.0",
    vintage="2018 (contours), 2024 (population)",
)
COLUMNS: Final = {
    "insee": "id",
    "nom": "name",
    "epci_siren": "epci_siren",
    "pmun_2024": "population",
}


def read_communes(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return id (INSEE), name, epci_siren, population and outline of every commune in the file."""
    table = read_vector(raw.file(COMMUNES, CREDIT), COLUMNS, raw)
    return table.assign(source=CREDIT.holder, certainty="surveyed", synthetic=False)
