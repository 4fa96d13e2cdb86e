"""Layers of the Nord-Pas de Calais Mining Basin, World Heritage: spoil heaps and cavaliers.

Glossary: cavalier = mine railway, now mostly a path; terril = spoil heap; zone tampon (zt) = buffer zone.
"""

from typing import Final

import geopandas as gpd
import pandas as pd

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import read_vector

FOLDER: Final = "unesco"
CREDIT: Final = Credit(
    holder="Mission Bassin Minier",
    licence="Licence Ouverte 2.0",
    url="https://www.data.gouv.fr",
)


def present(raw: RawFolder) -> bool:
    """Tell whether the provider's folder is there."""
    return raw.has(FOLDER)


def read_spoil_heaps(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the listed heaps and those of the buffer zone: number such as T074A, name, shape, outline."""
    listed = read("terrils.geojson", {"no_terril": "number", "nom": "name", "forme": "shape"}, raw)
    buffer = read("zt-terrils.geojson", {"id": "number", "nom": "name", "forme": "shape"}, raw)
    return joined(listed.assign(protection="inscribed"), buffer.assign(protection="buffer"))


def read_cavaliers(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the old mine railways: listed ones as areas with a stated length, those of the buffer zone as lines."""
    listed = read("cavaliers.geojson", {"id": "part", "id_unesco": "number", "longueur_m": "stated_length_m"}, raw)
    listed = listed.assign(name="Cavalier " + listed["number"], protection="inscribed")
    buffer = read("zt-cavaliers.geojson", {"id": "part", "id_troncon": "number", "nom": "name"}, raw)
    return joined(listed, buffer.assign(protection="buffer"))


def read(name: str, columns: dict[str, str], raw: RawFolder) -> gpd.GeoDataFrame:
    """Return one file of the provider with our column names."""
    return read_vector(raw.file(f"{FOLDER}/{name}", CREDIT), columns, raw)


def joined(listed: gpd.GeoDataFrame, buffer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return both tables as one, with their origin."""
    table = gpd.GeoDataFrame(pd.concat([listed, buffer], ignore_index=True))
    return table.assign(source=CREDIT.holder, certainty="surveyed", synthetic=False)


def read_protections(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the areas of the inscribed property and of its buffer zone: `protection` and outline; None if absent."""
    names = ("bien-inscrit.geojson", "zone-tampon.geojson")
    looks = [raw.has(f"{FOLDER}/{name}") for name in names]  # all of them, so that each is recorded
    if not all(looks):
        return None
    inscribed = read("bien-inscrit.geojson", {"id": "part"}, raw).assign(protection="inscribed")
    buffer = read("zone-tampon.geojson", {"id": "part"}, raw).assign(protection="buffer")
    return joined(inscribed, buffer)


def read_neo_natural(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the neo-natural spaces, listed and of the buffer zone: `number`, `name`, outline; None if absent.

    Glossary: espace néonaturel = land that nature took back after mining, such as a pond in a subsidence.
    """
    files = {
        "espace-neonaturel.geojson": ("id_unesco", "inscribed"),
        "zt-espaces-neonaturels.geojson": ("id", "buffer"),
    }
    looks = {name: raw.has(f"{FOLDER}/{name}") for name in files}
    tables = [
        read(name, {number: "number", "nom": "name"}, raw).assign(protection=protection)
        for name, (number, protection) in files.items()
        if looks[name]
    ]
    if not tables:
        return None
    table = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True))
    return table.assign(source=CREDIT.holder, certainty="surveyed", synthetic=False)
