"""The project's own fact tables (`data/raw/artois`): small, sourced row by row, estimates marked as such."""

from typing import Final

import geopandas as gpd
import pandas as pd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import numbers, points, read_csv

CREDIT: Final = Credit(
    holder="Faits publics rassemblés par le projet (source et certitude par ligne)",
    licence="Licence Ouverte 2.0",
    vintage="novembre 2026",
)
ORIGIN: Final = {"source": "source", "certainty": "certainty"}
SQUARE_M_PER_HA: Final = 10_000.0


def read_communes(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return id, name, epci (short), population, area_m2 and centre of every commune."""
    columns = {"insee": "id", "name": "name", "epci": "epci", "population": "population", "area_ha": "area_ha"}
    table = read_points("communes", columns, raw)
    return table.rename(columns={"area_ha": "area_m2"})


def read_parks(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return every site of the Chaîne des Parcs with its position and stated area."""
    columns = {
        "id": "id",
        "name": "name",
        "kind": "kind",
        "large_park": "large_park",
        "area_ha": "stated_area_m2",
        "manager": "manager",
        "coord_status": "location",
        "insee": "insee_declared",
    }
    return read_points("parks", columns, raw)


def read_large_parks(raw: RawFolder) -> pd.Series:
    """Return the name of each large park, by its id."""
    table = read_csv(raw.facts("large_parks", CREDIT), {"id": "id", "name": "name"})
    return table.set_index("id")["name"]


def read_spoil_heaps(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return every spoil heap of the fact table: number, name, shape, height_m, stated area, position."""
    columns = {"no": "number", "name": "name", "kind": "shape", "height_m": "height_m", "area_ha": "area_m2"}
    columns |= {"insee": "insee_declared"}
    return read_points("spoil_heaps", columns, raw)


def read_brownfields(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the well-known brownfields of the fact table; areas are the first figure of the source's text."""
    columns = {
        "id": "id",
        "name": "name",
        "former_use": "activity",
        "area_ha": "area_m2",
        "cnig_site_statut": "status",
        "insee": "insee_declared",
    }
    return read_points("brownfields", columns, raw)


def read_points(name: str, columns: dict[str, str], raw: RawFolder) -> gpd.GeoDataFrame:
    """Return one fact table as points, its measures as numbers (areas in m²)."""
    path = raw.facts(name, CREDIT)
    table = points(read_csv(path, columns | ORIGIN | {"lon": "lon", "lat": "lat"}), path)
    for column in ("area_m2", "stated_area_m2", "area_ha"):
        if column in table.columns:
            figure = table[column].str.extract(r"^(\d+(?:\.\d+)?)")[0]
            table = table.assign(**{column: numbers(figure, path) * SQUARE_M_PER_HA})
    for column in ("population", "height_m"):
        if column in table.columns:
            table = table.assign(**{column: numbers(table[column], path)})
    return table.assign(synthetic=False)
