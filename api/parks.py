"""Parks over HTTP: the sheet of a park, the nearest ones on foot, indicators of access."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ValidationError

from api.dependencies import InstallationDep, NoQueryDep
from api.errors import PROBLEMS
from api.features import parse_commune
from api.solar import AreaQuery, PlaceQuery
from geo.errors import ConfigError, RequestError
from geo.parks import figures, nearest, sheets
from geo.parks.indicators import Params

router = APIRouter(tags=["parks"], responses=PROBLEMS)


@router.get("/parks/nearest")
def nearest_parks(here: InstallationDep, query: Annotated[PlaceQuery, Query()]) -> dict[str, Any]:
    """Return the parks nearest to a place on foot: walk along known ways, and straight line beside it."""
    return nearest.nearest(here.settings.processed, query.lon, query.lat, walking_params(here))


@router.get("/parks/indicators")
def indicators(here: InstallationDep, query: Annotated[AreaQuery, Query()]) -> dict[str, Any]:
    """Return who lives near parks, and how much park and way there is, in a commune, an EPCI or the territory."""
    if query.commune is not None and query.epci is not None:
        raise RequestError("found commune and epci together, expected one of them, remove the other")
    commune = parse_commune(query.commune) if query.commune is not None else None
    return figures.indicators(here.settings.processed, params=walking_params(here), commune=commune, epci=query.epci)


@router.get("/parks/{park_id:path}")
def park(here: InstallationDep, park_id: str, _: NoQueryDep) -> dict[str, Any]:
    """Return the sheet of a park: facts, perimeter, entrances, access, events, open questions."""
    return sheets.sheet(here.store, park_id)


def walking_params(here: InstallationDep) -> Params:
    """Return the territory's choices of what is near."""
    try:
        return Params.model_validate(here.territory.params.get("commune_access", {}))
    except ValidationError as error:
        raise ConfigError("territory.toml, [params.commune_access] is wrong; correct it") from error
