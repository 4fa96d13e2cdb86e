"""What we make: every layer of the platform, in the order in which maps list them."""

from typing import Final

from geo.catalogue.access import COMMUNE_ACCESS, PARK_ACCESS
from geo.catalogue.brownfields import BROWNFIELD_FACTS, BROWNFIELDS, BROWNFIELDS_ISSUES, CAR_PARKS
from geo.catalogue.greenways import GREENWAY_LINKS, GREENWAYS, PARK_ENTRANCES
from geo.catalogue.parks import EVENTS, LARGE_PARKS, PARKS, PARKS_ISSUES, SPOIL_HEAPS
from geo.catalogue.scores import BROWNFIELD_SCORES
from geo.catalogue.signage import SIGN_STATUS, SIGNS
from geo.catalogue.solar import BUILDINGS, IRRADIATION, PANELS, ROOF_SEGMENTS, SUITABILITY
from geo.catalogue.territory import COMMUNES, EPCI
from geo.catalogue.words import CERTAINTY
from geo.layers import Layer, RasterLayer

__all__ = [
    "BROWNFIELDS",
    "BROWNFIELDS_ISSUES",
    "BROWNFIELD_FACTS",
    "BROWNFIELD_SCORES",
    "BUILDINGS",
    "CAR_PARKS",
    "CERTAINTY",
    "COMMUNES",
    "COMMUNE_ACCESS",
    "EPCI",
    "EVENTS",
    "GREENWAYS",
    "GREENWAY_LINKS",
    "IRRADIATION",
    "LARGE_PARKS",
    "LAYERS",
    "PANELS",
    "PARKS",
    "PARKS_ISSUES",
    "PARK_ACCESS",
    "PARK_ENTRANCES",
    "RASTERS",
    "ROOF_SEGMENTS",
    "SIGNS",
    "SIGN_STATUS",
    "SPOIL_HEAPS",
    "SUITABILITY",
]

LAYERS: Final[dict[str, Layer]] = {
    layer.name: layer
    for layer in (
        *(
            EPCI,
            COMMUNES,
            PARKS,
            LARGE_PARKS,
            SPOIL_HEAPS,
            GREENWAYS,
            GREENWAY_LINKS,
            PARK_ENTRANCES,
            EVENTS,
            COMMUNE_ACCESS,
            PARK_ACCESS,
            BROWNFIELDS,
            BROWNFIELD_SCORES,
            CAR_PARKS,
            SIGNS,
        ),
        *(BUILDINGS, ROOF_SEGMENTS, PANELS, PARKS_ISSUES, BROWNFIELDS_ISSUES, BROWNFIELD_FACTS),
    )
}
RASTERS: Final[dict[str, RasterLayer]] = {IRRADIATION.name: IRRADIATION}
