"""Outdoor car parks: BD TOPO's (`bdtopo/EQUIPEMENT_DE_TRANSPORT.*`, NATURE Parking), OpenStreetMap's (`osm_parking/*`).

Where both draw the same one, BD TOPO's is kept. Glossary: parc de stationnement = car park.
"""

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources import quarter
from geo.sources.zones import read_zones

BDTOPO: Final = Credit(holder="IGN, BD TOPO", licence="Licence Ouverte 2.0")
OSM: Final = Credit(holder="Contributeurs d'OpenStreetMap", licence="ODbL")
COLUMNS: Final = {
    "key": ("cleabs", "id", "osm_id", "@id", "full_id"),
    "nature": ("nature",),
    "form": ("parking",),
    "name": ("nom", "name", "toponyme"),
}
INDOORS: Final = ("underground", "multi-storey", "rooftop", "sheds", "carports", "garage_boxes")
"""OpenStreetMap's forms that are no open ground."""
SAME: Final = 0.5
"""Part of the smaller outline that two drawings of one car park have in common."""
AREAS: Final = ("Polygon", "MultiPolygon")


def read(raw: RawFolder) -> gpd.GeoDataFrame | None:
    """Return the outdoor car parks with id, name and the origin, in Lambert-93; None where no source is there."""
    official = read_zones({"parking": ("bdtopo/EQUIPEMENT_DE_TRANSPORT",)}, BDTOPO, raw, columns=COLUMNS)
    mapped = read_zones({"parking": ("osm_parking/*",)}, OSM, raw, columns=COLUMNS)
    tables = []
    if official is not None:
        tables.append(named(official[official["nature"] == "Parking"], "BDT-", BDTOPO))
    if mapped is not None:
        tables.append(named(mapped[~mapped["form"].isin(INDOORS)], "OSM-", OSM))
    if not tables and quarter.present(raw):
        return quarter.read("car_parks", raw).assign(name=pd.NA)
    return once(gpd.GeoDataFrame(pd.concat(tables, ignore_index=True)), raw) if tables else None


def named(table: gpd.GeoDataFrame, prefix: str, credit: Credit) -> gpd.GeoDataFrame:
    """Return areas with an id each: the provider's, else that of their file and row."""
    areas = table[table.geom_type.isin(AREAS)]
    key = areas["key"].fillna(areas["file"].astype("string") + "-" + areas.index.astype(str)).str.replace("/", "-")
    repeat = key.groupby(key).cumcount()
    ids = prefix + key + ("-" + (repeat + 1).astype(str)).where(repeat > 0, "")
    kept = areas[["name", "geometry"]].assign(geometry=areas.geometry.map(shapely.force_2d))
    return kept.assign(id=ids, source=credit.holder, synthetic=False)


def once(table: gpd.GeoDataFrame, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the car parks without those that an earlier row draws too."""
    shapes, sizes = table.geometry.to_numpy(), table.area.to_numpy()
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    common = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    again = table.index.isin(two[common >= SAME * np.minimum(sizes[one], sizes[two])])
    if not again.any():
        return table
    example = str(table["id"][again].iloc[0])
    raw.note(Note(action="dropped", reason="car park drawn by another source", count=int(again.sum()), example=example))
    return table[~again].reset_index(drop=True)
