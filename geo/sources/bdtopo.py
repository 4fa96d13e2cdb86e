"""Buildings of BD TOPO (`bdtopo/BATIMENT.*`), version 3: IGN, descriptif de contenu, https://geoservices.ign.fr/bdtopo.

Glossary: NATURE = what a building is, told of remarkable ones alone; USAGE1, USAGE2 = its first and second use.
"""

from typing import Final

import geopandas as gpd
import pandas as pd

from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources.files import read_vector

FILES: Final = ("bdtopo/BATIMENT.gpkg", "bdtopo/BATIMENT.shp")
CREDIT: Final = Credit(holder="IGN, BD TOPO", licence="Licence Ouverte 2.0")
HEIGHTS: Final = {"Z_MIN_TOIT": "roof_low_m", "Z_MAX_TOIT": "roof_high_m"}
"""Altitudes of eaves and ridge. Metres."""
USES: Final = {"NATURE": "nature", "USAGE1": "first_use", "USAGE2": "second_use"}
COLUMNS: Final = {"ID": "id", "HAUTEUR": "height_m"} | USES | HEIGHTS

UNTOLD: Final = ("Indifférenciée", "Indifférencié")
BROAD: Final = ("Industriel, agricole ou commercial",)
"""A nature that says less than any use."""

LIKELY_PUBLIC: Final = frozenset({"Sportif", "Tribune"})
"""Kinds that public bodies mostly hold; none says who owns the building."""

NOT_PUBLIC: Final = frozenset({"Résidentiel", "Annexe", "Agricole", "Industriel", "Serre", "Silo"})
"""Kinds that are no public building in the usual sense, whoever owns them.

What is in neither set does not tell: worship and remarkable buildings (communes, the State, dioceses and associations
own some each), commerce and services, and whatever has no use stated. BATIMENT has no value for schools, town halls or
hospitals: the layer ZONE_D_ACTIVITE_OU_D_INTERET has, and is not read.
"""


def present(raw: RawFolder) -> bool:
    """Tell whether the provider's buildings are there."""
    return any([raw.has(name) for name in FILES])  # noqa: C419 - every look must be recorded


def read(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the buildings with id, kind, height_m, roof_low_m, roof_high_m and footprint.

    `kind` is the nature where it tells one, else the first use, else the second; missing where none is told.
    """
    name = next(name for name in FILES if raw.has(name))
    table = as_utf8(read_vector(raw.file(name, CREDIT), COLUMNS, raw), name, raw)
    plain = table.assign(kind=kind(table), geometry=table.geometry.force_2d()).drop(columns=list(USES.values()))
    return plain.assign(source=CREDIT.holder, certainty="surveyed", synthetic=False)


def kind(table: pd.DataFrame) -> pd.Series:
    """Return the most telling of nature, first and second use; missing where none tells anything."""
    nature, first, second = (table[name].astype("string") for name in USES.values())
    told = nature.mask(nature.isin([*UNTOLD, *BROAD]))
    for use in (first, second):
        told = told.fillna(use.mask(use.isin(UNTOLD)))
    return told.fillna(nature.mask(nature.isin(UNTOLD)))


def as_utf8(table: gpd.GeoDataFrame, name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the table with natures and uses put right where a DBF in UTF-8, without its .cpg, was read as Latin-1."""
    right = {column: table[column].map(recoded, na_action="ignore") for column in USES.values()}
    changed = pd.concat([(right[column] != table[column]) & table[column].notna() for column in right], axis=1).any(
        axis=1
    )
    if changed.any():
        reason = f"{name}: text in UTF-8 read as Latin-1, for want of a .cpg file"
        example = str(table.loc[changed, "id"].iloc[0])
        raw.note(Note(action="repaired", reason=reason, count=int(changed.sum()), example=example))
    return table.assign(**right)


def recoded(text: str) -> str:
    """Return UTF-8 that was read as Latin-1 as what it says; other text as it is.

    >>> recoded("RÃ©sidentiel"), recoded("Résidentiel")
    ('Résidentiel', 'Résidentiel')
    """
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
