"""Intercommunalities (EPCI): their communes' outlines merged."""

from typing import NamedTuple

import geopandas as gpd

from geo.catalogue import EPCI
from geo.config import Territory
from geo.pipeline import NoParams, Outcome
from geo.raw import RawFolder

LAYER = EPCI
Params = NoParams


class Inputs(NamedTuple):
    """The communes product, and the names of the EPCI."""

    communes: gpd.GeoDataFrame
    territory: Territory


def load(raw: RawFolder) -> Inputs:
    """Read the communes product."""
    return Inputs(raw.product("communes"), raw.territory)


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per EPCI that has communes."""
    merged = inputs.communes.dissolve(
        "epci_siren",
        aggfunc={
            "population": "sum",
            "id": "count",
            "insee": "|".join,
            "source": "first",
            "certainty": "first",
            "synthetic": "any",
        },
    )
    merged = merged.rename(columns={"id": "communes"}).reset_index(names="id")
    names = {epci.siren: epci for epci in inputs.territory.epci}
    return Outcome(
        merged.assign(
            name=merged["id"].map(lambda siren: names[siren].name),
            short=merged["id"].map(lambda siren: names[siren].short),
            area_km2=merged.area / 1e6,
        )
    )
