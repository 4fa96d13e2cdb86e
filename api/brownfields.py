"""Brownfields over HTTP: the sheet of a site, and the ranking with filters and weights of one's own."""

import csv
import io
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError

from api.dependencies import Installation, InstallationDep, NoQueryDep
from api.errors import PROBLEMS
from api.features import parse_commune
from geo.brownfields import ranking, sheets
from geo.brownfields.scores import Params
from geo.errors import ConfigError, RequestError
from geo.export import neutralised

router = APIRouter(tags=["brownfields"], responses=PROBLEMS)

WEIGHT: Final = "weight."
"""Query parameters `weight.<criterion>=<number>` replace weights."""
PUBLIC_DRAWS: Final = 300
"""Drawn worlds for a stranger's ranking: enough for a rank interval, cheap enough to be asked for often."""


class RankingQuery(BaseModel):
    """Which sites are ranked, and how many are returned; weights are read beside (`weight.<criterion>`)."""

    certainty: str = Field(default="checked", max_length=20, description="checked, all, or one certainty.")
    commune: str | None = Query(default=None, description="INSEE code.", examples=["62498"])
    epci: str | None = Query(default=None, max_length=40, description="SIREN or short name.", examples=["CALL"])
    status: str | None = Query(default=None, max_length=60, description="Status of the CNIG standard.")
    min_area_ha: float = Query(default=0.0, ge=0, le=1e5, allow_inf_nan=False, description="Least area, hectares.")
    limit: int = Query(default=100, ge=1, le=10_000, description="Sites in the answer.")


@router.get("/brownfields/ranking")
def rank(here: InstallationDep, request: Request, query: Annotated[RankingQuery, Query()]) -> dict[str, Any]:
    """Return the sites in order, each with its interval and ranks; `weight.<criterion>=` replaces a weight."""
    return ranked(here, request, query)


@router.get("/brownfields/ranking.csv")
def rank_csv(here: InstallationDep, request: Request, query: Annotated[RankingQuery, Query()]) -> Response:
    """Return the same as a table; cells that a spreadsheet would run are neutralised."""
    sites = ranked(here, request, query)["sites"]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(sites[0]), lineterminator="\r\n")
    writer.writeheader()
    for site in sites:
        writer.writerow({name: neutralised(value) if isinstance(value, str) else value for name, value in site.items()})
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8")


@router.get("/brownfields/{site_id:path}")
def brownfield(here: InstallationDep, site_id: str, _: NoQueryDep) -> dict[str, Any]:
    """Return a site's sheet: every criterion with its source, date and status, both scores, potential, doubts."""
    return sheets.sheet(here.store, site_id, params_of(here))


def ranked(here: Installation, request: Request, query: RankingQuery) -> dict[str, Any]:
    """Return the ranking that a request asks for."""
    known = set(RankingQuery.model_fields)
    weights: dict[str, float] = {}
    for name, value in request.query_params.multi_items():
        if name.startswith(WEIGHT):
            weights[name.removeprefix(WEIGHT)] = number(name, value)
        elif name not in known:
            raise RequestError(f"found the unknown parameter {name[:80]!r}, expected filters or weight.<criterion>")
    commune = parse_commune(query.commune) if query.commune is not None else None
    wanted = query.model_dump(exclude={"limit"}) | {"commune": commune}
    params = params_of(here).model_copy(update={"draws": PUBLIC_DRAWS})
    filters = ranking.Filters.model_validate(wanted)
    return ranking.rank(here.settings.processed, filters, params, weights=weights, limit=query.limit)


def number(name: str, value: str) -> float:
    """Return a weight as a number, or refuse it."""
    try:
        return float(value)
    except ValueError as error:
        raise RequestError(f"found {name[:80]}={value[:40]!r}, expected a number of at least 0, correct it") from error


def params_of(here: Installation) -> Params:
    """Return the territory's choices."""
    try:
        return Params.model_validate(here.territory.params.get("brownfield_scores", {}))
    except ValidationError as error:
        raise ConfigError("territory.toml, [params.brownfield_scores] is wrong; correct it") from error
