"""Buildings as a layer: what every roof receives and could yield, with its planes and panels."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.catalogue import BUILDINGS
from geo.errors import MissingDataError
from geo.mosaic import Mosaic
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raster import Raster
from geo.raw import RawFolder
from geo.solar.cadastre import Cadastre, compute_cadastre
from geo.solar.rating import CadastreSettings
from geo.sources import bdtopo, lidar, quarter, unesco, weather_years
from geo.vector import placed, require_lambert93
from geo.weather import Weather

LAYER = BUILDINGS
Params = CadastreSettings
ORIGIN = ("source", "certainty", "synthetic")
INSCRIBED = "bien inscrit au patrimoine mondial : avis de l'Architecte des Bâtiments de France"
BUFFER = "zone tampon du patrimoine mondial : renseignez-vous auprès de l'Architecte des Bâtiments de France"


class Inputs(NamedTuple):
    """Footprints; the surface model, read window by window; a weather year; protected areas; communes."""

    buildings: gpd.GeoDataFrame
    surface: Raster | Mosaic
    weather: Weather
    protections: gpd.GeoDataFrame | None
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the surface model, the footprints under it, the weather, the protected areas and the communes."""
    surface = lidar.surface(raw)
    protections = unesco.read_protections(raw)
    return Inputs(read_footprints(raw, surface), surface, weather_years.read(raw), protections, raw.product("communes"))


def read_footprints(raw: RawFolder, surface: Mosaic) -> gpd.GeoDataFrame:
    """Return BD TOPO's footprints where they meet the surface, else the mask's outlines, else the synthetic ones."""
    if bdtopo.present(raw):
        footprints = bdtopo.read(raw)
        under = footprints[footprints.intersects(shapely.box(*surface.grid.bounds))]
        if not under.empty:
            return under
        raw.note(Note(action="dropped", reason="BD TOPO building off the surface model", count=len(footprints)))
    if lidar.present(raw) and (outlines := lidar.read_mask_outlines(raw)) is not None:
        return outlines
    if quarter.present(raw):
        return quarter.read("buildings", raw).rename(columns={"building_id": "id"})
    raise MissingDataError(
        f"{raw.folder} holds no building under the surface model; expected bdtopo/ or lidarhd/*_bldg.tif; "
        "fetch one or run `artois sample`"
    )


def compute(inputs: Inputs, params: CadastreSettings) -> Outcome:
    """Return one row per building; its planes and panels beside it."""
    buildings = require_lambert93(inputs.buildings, "buildings").reset_index(drop=True)
    for column in ("name", "kind", "height_m"):
        if column not in buildings.columns:
            buildings = buildings.assign(**{column: pd.NA})
    cadastre = compute_cadastre(inputs.surface, buildings, inputs.weather, settings=params)
    table = placed(cadastre.buildings, inputs.communes).assign(
        heritage=heritage(cadastre.buildings, inputs.protections), weather=inputs.weather.source
    )
    return Outcome(table, notes(table), parts(cadastre, table))


def heritage(buildings: gpd.GeoDataFrame, protections: gpd.GeoDataFrame | None) -> pd.Series:
    """Return what a protected area asks of each building, the stricter first; missing where none is known."""
    asked = pd.Series(pd.NA, index=buildings.index, dtype="string")
    if protections is None:
        return asked
    for kind, words in (("buffer", BUFFER), ("inscribed", INSCRIBED)):
        areas = shapely.union_all(protections.geometry[protections["protection"] == kind].to_numpy())
        asked = asked.mask(buildings.intersects(areas), words)
    return asked


def parts(cadastre: Cadastre, buildings: gpd.GeoDataFrame) -> dict[str, gpd.GeoDataFrame]:
    """Return planes and panels with the place and origin of their building."""
    origin = buildings.set_index("id")[["insee", "commune", *ORIGIN]]
    return {
        "roof_segments": numbered(cadastre.segments, "Pan").join(origin, on="building_id"),
        "panels": numbered(cadastre.panels, "Panneau").join(origin, on="building_id"),
    }


def numbered(table: gpd.GeoDataFrame, word: str) -> gpd.GeoDataFrame:
    """Return the table with a name that people can say, from the last number of the id."""
    return table.assign(name=word + " " + table["id"].astype("string").str.rpartition("-")[2])


def notes(table: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return how many buildings are of each doubtful quality, and how many lie outside the territory."""
    found = [(f"building of quality {quality}", table["quality"] == quality) for quality in table["quality"].unique()]
    doubts = [
        *(one for one in found if not one[0].endswith(" ok")),
        ("building outside the territory", table["insee"].isna()),
    ]
    return tuple(
        Note(action="flagged", reason=reason, count=int(rows.sum()), example=str(table["id"][rows].iloc[0]))
        for reason, rows in doubts
        if np.any(rows)
    )
