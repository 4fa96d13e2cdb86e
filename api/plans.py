"""Plans of signs over HTTP: asked for by planners, worked in the background, cancelled when nobody wants them."""

from sqlite3 import Connection
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, Field

from api.auth import PlannerDep
from api.dependencies import NoQueryDep
from api.errors import PROBLEMS
from api.jobs import RESULT, Job, Jobs, Order, closing_jobs, make_plan
from api.signage_writes import Answer, SentDep, done
from geo.errors import UnknownNameError
from geo.signage import plan as planner

router = APIRouter(tags=["signage"], responses=PROBLEMS, lifespan=closing_jobs)

GPKG: Final = "application/geopackage+sqlite3"
Year = Annotated[int, Field(ge=2000, le=2100)]
Euros = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class PlanForm(BaseModel, frozen=True, extra="forbid"):
    """Years with their budgets in euros before tax, and the planner's choices, as in `artois signage plan`."""

    years: dict[Year, Euros] = Field(min_length=1, max_length=10)
    region_rate: Share = 0.5
    owner_rate: Share = 0.0
    least_epci_share: dict[Annotated[str, Field(max_length=40)], Share] = Field(default_factory=dict, max_length=20)
    discount: float = Field(default=0.9, gt=0, le=1)
    assume_open: bool = False
    sight_m: float = Field(default=25.0, ge=1, le=500)
    gap_m: float = Field(default=1_000.0, ge=50, le=20_000)
    time_limit_s: float = Field(default=60.0, ge=0.1, le=600)


def install(app: FastAPI) -> None:
    """Give the application its jobs."""
    app.state.jobs = Jobs(make_plan)


@router.post("/signage/plans", status_code=202)
def post_plan(request: Request, sender: SentDep, _: PlannerDep, form: PlanForm, __: NoQueryDep) -> JSONResponse:
    """Ask for a plan; follow it at `Location`. It stands on the layers as they were built last."""
    jobs: Jobs = request.app.state.jobs
    choices = planner.Settings(**form.model_dump(exclude={"years"}))
    order = Order(sender.here.settings, form.years, choices)

    def work(_: Connection) -> Answer:
        job = jobs.submit(order, sender.actor.name)
        return Answer(202, {"Location": f"/signage/plans/{job.id}"}, shown(job))

    return done(sender, form.model_dump(mode="json"), work)


@router.get("/signage/plans/{key}")
def read_plan(request: Request, _: PlannerDep, key: str, __: NoQueryDep) -> JSONResponse:
    """Return how far a plan is; when it is done, its summary and the link to its GeoPackage."""
    return JSONResponse(shown(request.app.state.jobs.find(key)), headers={"Cache-Control": "no-store"})


@router.delete("/signage/plans/{key}")
def cancel_plan(request: Request, _: PlannerDep, key: str, __: NoQueryDep) -> dict[str, Any]:
    """Stop a plan: nothing of it runs any more when the answer comes. A finished one stays as it is."""
    jobs: Jobs = request.app.state.jobs
    job = jobs.find(key)
    jobs.cancel(job)
    return shown(job)


@router.get(f"/signage/plans/{{key}}/{RESULT}", response_class=Response, responses={200: {"content": {GPKG: {}}}})
def plan_file(request: Request, _: PlannerDep, key: str, __: NoQueryDep) -> FileResponse:
    """Return a finished plan as a GeoPackage: signs, their lines, needs, summary."""
    jobs: Jobs = request.app.state.jobs
    job = jobs.find(key)
    if job.state != "done":
        raise UnknownNameError(f"found a plan that is {job.state}, expected a finished one, ask again when it is done")
    return FileResponse(jobs.result(job), media_type=GPKG, filename=RESULT)


def shown(job: Job) -> dict[str, Any]:
    """Return a plan as JSON: `progress` is the part of its steps that is done, from 0 to 1."""
    answer = {"id": job.id, "state": job.state, "progress": job.progress, "asked_by": job.who, "error": job.error}
    link = f"/signage/plans/{job.id}/{RESULT}" if job.state == "done" else None
    years = {str(year): budget for year, budget in job.order.years.items()}
    return {**answer, "years": years, "summary": job.summary, "result": link}
