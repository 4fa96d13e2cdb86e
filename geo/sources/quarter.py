"""The synthetic quarter that `artois sample` writes: stands in where no provider's data is present."""

from typing import Final

import geopandas as gpd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import read_parquet

FOLDER: Final = "sample"
CREDIT: Final = Credit(
    holder="Quartier synthétique (données inventées pour la démonstration)",
    licence="Licence Ouverte 2.0",
    synthetic=True,
)


def present(raw: RawFolder) -> bool:
    """Tell whether the quarter has been written into the raw folder."""
    return raw.has(f"{FOLDER}/README.md")


def read(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return one table of the quarter, its rows marked as synthetic."""
    table = read_parquet(raw.file(f"{FOLDER}/{name}.parquet", CREDIT))
    return table.assign(source=CREDIT.holder, certainty="synthetic", synthetic=True)
