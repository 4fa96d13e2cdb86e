"""What every pipeline is: a module with LAYER, Params, load and compute."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import geopandas as gpd
from pydantic import BaseModel

from geo.layers import Layer, RasterLayer
from geo.provenance import Note
from geo.raster import Raster
from geo.raw import RawFolder


class Outcome(NamedTuple):
    """A table for a layer, the notes on rows that its making repaired, dropped or flagged, and by-products.

    `also` holds tables of other layers that come out of the same work, by name; `geo.build.ALSO` declares them.
    """

    table: gpd.GeoDataFrame
    notes: tuple[Note, ...] = ()
    also: Mapping[str, gpd.GeoDataFrame] = MappingProxyType({})


class RasterOutcome(NamedTuple):
    """A raster for a layer, the tags written into its file, and the notes on its making."""

    raster: Raster
    tags: dict[str, str]
    notes: tuple[Note, ...] = ()


class Pipeline(Protocol):
    """A module that makes one layer: `load` does all the input, `compute` is pure.

    `load` raises MissingDataError when nothing that it could use is there.
    """

    LAYER: Layer | RasterLayer
    Params: type[BaseModel]

    def load(self, raw: RawFolder) -> Any:  # noqa: ANN401 - each pipeline has its own Inputs
        """Read the raw files."""

    def compute(self, inputs: Any, params: Any) -> Outcome | RasterOutcome:  # noqa: ANN401
        """Return the layer. Pure: same inputs, same result."""


class NoParams(BaseModel, frozen=True, extra="forbid"):
    """For a pipeline in which a town has nothing to choose."""
