"""The project's own fact tables (`data/raw/artois`): small, sourced row by row, estimates marked as such."""

from typing import Final

import geopandas as gpd
import pandas as pd

from geo.errors import SourceError
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
FIGURES: Final = {"parks": "", "area": "_ha", "route": "_km"}
"""What the schemes state, and the ending of its columns."""
ISO_DATE: Final = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"


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
        "coord_precision_m": "precision_m",
        "insee": "insee_declared",
        "communes": "communes",
        "owner": "owner",
        "state": "state",
        "opening_year": "opening_year",
    }
    return read_points("parks", columns, raw)


def read_large_parks(raw: RawFolder) -> pd.Series:
    """Return the name of each large park, by its id."""
    table = read_csv(raw.facts("large_parks", CREDIT), {"id": "id", "name": "name"})
    return table.set_index("id")["name"]


def read_schemes(raw: RawFolder) -> pd.DataFrame:
    """Return what the schemes of 2015 and 2019 state of each large park, and of the whole under the id `network`.

    Columns: id, name, scheme, source, certainty, and `parks_`, `area_…_m2`, `route_…_km` of 2015 and 2019.
    """
    path = raw.facts("large_parks", CREDIT)
    given = {f"{what}_{year}{unit}": f"{what}_{year}{unit}" for what, unit in FIGURES.items() for year in (2015, 2019)}
    table = read_csv(path, {"id": "id", "name": "name", "scheme": "scheme"} | ORIGIN | given)
    table = table.assign(**{column: numbers(table[column], path) for column in given})
    areas = {f"area_{year}_m2": table[f"area_{year}_ha"] * SQUARE_M_PER_HA for year in (2015, 2019)}
    return table.assign(**areas).drop(columns=["area_2015_ha", "area_2019_ha"])


def read_events(raw: RawFolder) -> pd.DataFrame:
    """Return the dated facts: id, kind, name, starts, ends (ISO 8601, may be a year or month), parks, large_parks.

    `parks` and `large_parks` are ids joined by "|"; both are missing for what concerns the whole chain.

    Raises
    ------
    SourceError
        If a date is not in ISO 8601.
    """
    path = raw.facts("events", CREDIT)
    columns = {"id": "id", "kind": "kind", "title": "name", "start": "starts", "end": "ends", "parks": "parks"}
    table = read_csv(path, columns | {"large_parks": "large_parks", "figures": "figures"} | ORIGIN)
    for column in ("starts", "ends"):
        if (bad := ~table[column].fillna("2019").str.fullmatch(ISO_DATE)).any():
            found, line = table[column][bad].iloc[0], int(bad.to_numpy().argmax()) + 2
            raise SourceError(
                f"{path}, line {line}: found date {found!r}; expected 2019, 2019-06 or 2019-06-30; correct it"
            )
    return table.assign(synthetic=False)


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
    for column in ("population", "height_m", "precision_m"):
        if column in table.columns:
            table = table.assign(**{column: numbers(table[column], path)})
    return table.assign(synthetic=False)
