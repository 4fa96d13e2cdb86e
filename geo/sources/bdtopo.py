"""Buildings of BD TOPO (`bdtopo/BATIMENT.*`), version 3: IGN, descriptif de contenu, https://geoservices.ign.fr/bdtopo.

Glossary: NATURE = what a building is, told of remarkable ones alone; USAGE1, USAGE2 = its first and second use;
ZONE_D_ACTIVITE_OU_D_INTERET = grounds such as a school's, with their CATEGORIE.
"""

from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError

from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources.files import read_vector

FILES: Final = ("bdtopo/BATIMENT.gpkg", "bdtopo/BATIMENT.shp")
ZONE_FILES: Final = tuple(f"bdtopo/ZONE_D_ACTIVITE_OU_D_INTERET.{suffix}" for suffix in ("gpkg", "shp"))
CREDIT: Final = Credit(holder="IGN, BD TOPO", licence="Licence Ouverte 2.0")
HEIGHTS: Final = {"Z_MIN_TOIT": "roof_low_m", "Z_MAX_TOIT": "roof_high_m"}
"""Altitudes of eaves and ridge. Metres."""
USES: Final = {"NATURE": "nature", "USAGE1": "first_use", "USAGE2": "second_use"}
COLUMNS: Final = {"ID": "id", "HAUTEUR": "height_m"} | USES | HEIGHTS
NATIVE: Final = {
    "ID": "cleabs", "HAUTEUR": "hauteur", "NATURE": "nature", "USAGE1": "usage_1", "USAGE2": "usage_2",
    "Z_MIN_TOIT": "altitude_minimale_toit", "Z_MAX_TOIT": "altitude_maximale_toit", "CATEGORIE": "categorie",
}  # fmt: skip
"""The same columns in GeoPackages, whose names are not cut to ten letters."""

UNTOLD: Final = ("Indifférenciée", "Indifférencié")
BROAD: Final = ("Industriel, agricole ou commercial",)
"""A nature that says less than any use."""

SERVICES: Final = "Commercial et services"
"""A use that may be a shop as well as a school: it says less than the grounds."""

CATEGORIES: Final = ("Science et enseignement", "Administratif ou militaire", "Santé", "Culture et loisirs", "Sport")
"""Categories of grounds that become the kind of buildings whose own use does not tell."""

LIKELY_PUBLIC: Final = frozenset(
    {"Sportif", "Tribune", "Sport", "Science et enseignement", "Administratif ou militaire"}
)
"""Kinds that public bodies mostly hold; none says who owns the building."""

NOT_PUBLIC: Final = frozenset({"Résidentiel", "Annexe", "Agricole", "Industriel", "Serre", "Silo"})
"""Kinds that are no public building in the usual sense, whoever owns them.

What is in neither set does not tell: worship, health, culture and remarkable buildings (public bodies, dioceses,
associations and companies own some each), commerce and services, and whatever has no use stated. BATIMENT has no value
for schools, town halls or hospitals: without the grounds' file they stay unknown.
"""


def present(raw: RawFolder) -> bool:
    """Tell whether the provider's buildings are there."""
    return any([raw.has(name) for name in FILES])  # noqa: C419 - every look must be recorded


def read(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the buildings with id, kind, height_m, roof_low_m, roof_high_m and footprint.

    `kind` is the nature where it tells one, else the first use, else the second; where none of them tells whether it
    serves the public, the category of the grounds that hold it, if their file is there; missing where nothing is told.
    """
    name = next(name for name in FILES if raw.has(name))
    path = raw.file(name, CREDIT)
    table = as_utf8(read_vector(path, as_delivered(path, COLUMNS), raw), tuple(USES.values()), name, raw)
    plain = table.assign(kind=kind(table), geometry=table.geometry.force_2d()).drop(columns=list(USES.values()))
    if found := [zones for zones in ZONE_FILES if raw.has(zones)]:
        plain = plain.assign(kind=kind_on_grounds(plain, read_grounds(found[0], raw)))
    return plain.assign(source=CREDIT.holder, certainty="surveyed", synthetic=False)


def as_delivered(path: Path, columns: dict[str, str]) -> dict[str, str]:
    """Return the columns under the names of a Shapefile, or of a GeoPackage where the file has those."""
    try:
        fields = set(pyogrio.read_info(path)["fields"])
    except DataSourceError:
        return columns  # reading it says what is wrong
    native = {NATIVE[name]: ours for name, ours in columns.items()}
    return native if set(native) & fields and not set(columns) & fields else columns


def read_grounds(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the outlines of `CATEGORIES`, the smallest first."""
    path = raw.file(name, CREDIT)
    table = read_vector(path, as_delivered(path, {"ID": "id", "CATEGORIE": "category"}), raw)
    grounds = as_utf8(table, ("category",), name, raw)
    wanted = grounds[grounds["category"].isin(CATEGORIES)]
    return wanted.iloc[wanted.area.argsort(kind="stable")].reset_index(drop=True)


def kind_on_grounds(buildings: gpd.GeoDataFrame, grounds: gpd.GeoDataFrame) -> pd.Series:
    """Return the kinds, with the category of the smallest grounds around where a building's own use does not tell."""
    kinds = buildings["kind"]
    silent = kinds.isna() | kinds.isin([*BROAD, SERVICES])
    places = buildings.geometry[silent].representative_point().to_numpy()
    place, ground = shapely.STRtree(grounds.geometry.to_numpy()).query(places, predicate="within")
    smallest = pd.Series(ground).groupby(place).min()
    told = pd.Series(pd.NA, index=kinds.index, dtype="string")
    told.loc[kinds.index[silent][smallest.index]] = grounds["category"].astype("string").iloc[smallest].to_numpy()
    return told.fillna(kinds)


def kind(table: pd.DataFrame) -> pd.Series:
    """Return the most telling of nature, first and second use; missing where none tells anything."""
    nature, first, second = (table[name].astype("string") for name in USES.values())
    told = nature.mask(nature.isin([*UNTOLD, *BROAD]))
    for use in (first, second):
        told = told.fillna(use.mask(use.isin(UNTOLD)))
    return told.fillna(nature.mask(nature.isin(UNTOLD)))


def as_utf8(table: gpd.GeoDataFrame, columns: tuple[str, ...], name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the table with texts put right where a DBF in UTF-8, without its .cpg, was read as Latin-1."""
    right = {column: table[column].map(recoded, na_action="ignore") for column in columns}
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
