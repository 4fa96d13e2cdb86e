"""Greenways: old mine railways (cavaliers) and paths, each piece with its length and communes."""

from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geo.catalogue import GREENWAYS
from geo.errors import MissingDataError
from geo.pipeline import NoParams, Outcome
from geo.raw import RawFolder
from geo.sources import quarter, unesco
from geo.vector import placed, require_lambert93

LAYER = GREENWAYS
Params = NoParams


class Inputs(NamedTuple):
    """Pieces of way with number, name, kind, surface, protection and, for areas, a stated length; the communes."""

    ways: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the cavaliers where they are present, else the synthetic quarter's paths."""
    communes = raw.product("communes")
    if unesco.present(raw):
        return Inputs(unesco.read_cavaliers(raw).assign(kind="cavalier", surface=pd.NA), communes)
    if quarter.present(raw):
        paths = quarter.read("greenways", raw).assign(kind="path", protection="unknown", stated_length_m=pd.NA)
        return Inputs(paths.rename(columns={"id": "number"}), communes)
    raise MissingDataError(
        f"{raw.folder} holds neither unesco/ nor sample/; expected greenways; fetch them or run `artois sample`"
    )


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per piece: lines measured, areas with the length stated by their provider."""
    ways = require_lambert93(inputs.ways, "greenways")
    is_line = ways.geometry.geom_type.str.contains("LineString")
    stated_m = pd.to_numeric(ways["stated_length_m"]).astype("float64")
    repeat = ways.groupby("number").cumcount()
    pieces = ways.assign(
        id=ways["number"].where(repeat == 0, ways["number"] + "-" + (repeat + 1).astype(str)),
        length_m=ways.length.where(is_line, stated_m),
    )
    return Outcome(placed(pieces, inputs.communes).sort_values("id"))
