"""The solar cadastre over HTTP: sheets of buildings, panels, figures, simulations, and Google's shape of the same."""

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from api.dependencies import InstallationDep, NoQueryDep
from api.errors import PROBLEMS
from api.features import parse_commune
from geo import export
from geo.errors import RequestError, SourceError, UnknownNameError
from geo.solar import insights, sheets, simulations, summary

router = APIRouter(tags=["solar"], responses=PROBLEMS)

CSV: Final = "text/csv"
THEIR_LOAD: Final = "hourly_csv"
"""How an error begins that is about the load which a client has sent."""
NO_BUILDING = "found no building within 50 m, expected a place on or near a roof of the cadastre, move the point"


class PlaceQuery(BaseModel, extra="forbid"):
    """A place in WGS84 degrees."""

    lon: float = Query(ge=-180, le=180, allow_inf_nan=False, description="Longitude.", examples=[2.7795])
    lat: float = Query(ge=-90, le=90, allow_inf_nan=False, description="Latitude.", examples=[50.4432])


class GooglePlaceQuery(BaseModel, extra="ignore", populate_by_name=True):
    """The place under Google's names; its other parameters (key, fields, requiredQuality…) are accepted and ignored."""

    latitude: float = Field(alias="location.latitude", ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(alias="location.longitude", ge=-180, le=180, allow_inf_nan=False)


class AreaQuery(BaseModel, extra="forbid"):
    """Which roofs are summed: one commune, one EPCI, or all."""

    commune: str | None = Query(default=None, description="INSEE code.", examples=["62498"])
    epci: str | None = Query(default=None, max_length=40, description="SIREN or short name.", examples=["CALL"])


@router.get("/solar/buildings")
def nearest(here: InstallationDep, query: Annotated[PlaceQuery, Query()]) -> dict[str, Any]:
    """Return the sheet of the building nearest to a place, within 50 m."""
    page = sheets.nearest_sheet(here.store, query.lon, query.lat)
    if page is None:
        raise UnknownNameError(NO_BUILDING)
    return sheets.as_json(page)


@router.get("/solar/buildings/{building_id:path}/panels")
def panels(here: InstallationDep, building_id: str, _: NoQueryDep) -> dict[str, Any]:
    """Return a building's possible panels as a GeoJSON collection of points, each with its yearly energy."""
    page = sheets.sheet(here.store, building_id, panels=True)
    return {"type": "FeatureCollection", "numberReturned": len(page.panels), "features": page.panels}


@router.get("/solar/buildings/{building_id:path}")
def building(here: InstallationDep, building_id: str, _: NoQueryDep) -> dict[str, Any]:
    """Return the sheet of a building: its facts, planes, months, quality and credit."""
    return sheets.as_json(sheets.sheet(here.store, building_id))


@router.post("/solar/simulations")
def simulate(here: InstallationDep, question: simulations.Question) -> dict[str, Any]:
    """Return a year hour by hour and the money of many years for a roof, a load and a price."""
    try:
        return simulations.answer(question, here.store, here.settings)
    except SourceError as error:
        if not str(error).startswith(THEIR_LOAD):  # a file of ours, whose place is nobody's business
            raise
        raise RequestError(str(error)) from error


@router.get("/solar/summary")
def summarise(here: InstallationDep, query: Annotated[AreaQuery, Query()]) -> dict[str, Any]:
    """Return totals and distributions of the roofs of a commune, an EPCI or the whole territory."""
    return summarised(here.settings.processed, query)


@router.get("/solar/summary.csv", response_class=Response, responses={200: {"content": {CSV: {}}}})
def summarise_as_csv(here: InstallationDep, query: Annotated[AreaQuery, Query()]) -> Response:
    """Return the same figures as a table: one row for what is asked, each EPCI and each commune."""
    headers = {"Content-Disposition": 'attachment; filename="solar_summary.csv"'}
    return Response(export.summary_csv(summarised(here.settings.processed, query)), media_type=CSV, headers=headers)


def summarised(processed: Path, query: AreaQuery) -> dict[str, Any]:
    """Return the figures of the area that a query asks for."""
    commune = parse_commune(query.commune) if query.commune is not None else None
    return summary.summarise(processed, codes=summary.codes_asked(processed, commune=commune, epci=query.epci))


@router.get("/v1/buildingInsights:findClosest", response_model=None)
def find_closest(here: InstallationDep, query: Annotated[GooglePlaceQuery, Query()]) -> dict[str, Any] | JSONResponse:
    """Return the nearest building in the shape of Google's Solar API."""
    page = sheets.nearest_sheet(here.store, query.longitude, query.latitude)
    if page is None:
        error = {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}
        return JSONResponse({"error": error}, 404)
    whole = sheets.sheet(here.store, page.building["id"], panels=True)
    return insights.building_insights(whole)
