"""Plans of signs over HTTP: asked for by planners, worked in the background, cancelled when nobody wants them."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from pydantic import BaseModel, Field

from api.auth import PlannerDep
from api.dependencies import NoQueryDep
from api.errors import PROBLEMS
from api.features import GEOJSON
from api.jobs import Job, Jobs, closing_jobs
from api.plan_process import RESULT, SIGNS, Order, make_plan
from api.sign_forms import Number
from api.writing import SentDep
from geo.signage import plan as planner
from geo.signage.rules import MOST_PRIORITY

router = APIRouter(tags=["signage"], responses=PROBLEMS, lifespan=closing_jobs)

FRESH: Final = {"Cache-Control": "no-store"}
GPKG: Final = "application/geopackage+sqlite3"
Year = Annotated[int, Field(ge=2000, le=2100)]
Euros = Annotated[Number, Field(ge=0, le=1e9)]
Share = Annotated[Number, Field(ge=0, le=1)]
Priority = Annotated[Number, Field(ge=0, le=MOST_PRIORITY)]


class PlanForm(BaseModel, frozen=True, extra="forbid"):
    """Years with their budgets in euros before tax, and the planner's choices, as in `artois signage plan`."""

    years: dict[Year, Euros] = Field(min_length=1, max_length=10)
    region_rate: Share = 0.5
    owner_rate: Share = 0.0
    least_epci_share: dict[Annotated[str, Field(max_length=40)], Share] = Field(default_factory=dict, max_length=20)
    discount: Annotated[Number, Field(gt=0, le=1)] = 0.9
    assume_open: bool = False
    rules_everywhere: bool = False
    information: Annotated[Number, Field(ge=0, le=10)] = 0.5
    priorities: dict[Annotated[str, Field(max_length=40)], Priority] = Field(default_factory=dict, max_length=200)
    sight_m: Annotated[Number, Field(ge=1, le=500)] = 25.0
    gap_m: Annotated[Number, Field(ge=50, le=20_000)] = 1_000.0
    time_limit_s: Annotated[Number, Field(ge=0.1, le=600)] = 60.0


def install(app: FastAPI) -> None:
    """Give the application its jobs."""
    app.state.jobs = Jobs(make_plan)


@router.post("/signage/plans", status_code=202)
def post_plan(request: Request, sender: SentDep, _: PlannerDep, form: PlanForm, __: NoQueryDep) -> JSONResponse:
    """Ask for a plan; follow it at `Location`. It stands on the layers as they were built last."""
    jobs: Jobs = request.app.state.jobs
    choices = form.model_dump(exclude={"years"})
    planner.require_sense(form.years, planner.Settings(**choices))
    job = jobs.submit(Order(sender.here.settings, form.years, choices), sender.actor.name, key=sender.key)
    return JSONResponse(shown(jobs, job), 202, {"Location": f"/signage/plans/{job.id}"})


@router.get("/signage/plans")
def list_plans(request: Request, _: PlannerDep, __: NoQueryDep) -> JSONResponse:
    """Return the plans that this service remembers, oldest first, without their summaries."""
    jobs: Jobs = request.app.state.jobs
    plans = [{name: value for name, value in shown(jobs, job).items() if name != "summary"} for job in jobs.every()]
    return JSONResponse({"plans": plans}, headers=FRESH)


@router.get("/signage/plans/{key}")
def read_plan(request: Request, _: PlannerDep, key: str, __: NoQueryDep) -> JSONResponse:
    """Return how far a plan is; when it is done, its summary and the links to its files."""
    jobs: Jobs = request.app.state.jobs
    return JSONResponse(shown(jobs, jobs.find(key)), headers=FRESH)


@router.delete("/signage/plans/{key}")
def cancel_plan(request: Request, _: PlannerDep, key: str, __: NoQueryDep) -> dict[str, Any]:
    """Stop a plan: nothing of it runs any more when the answer comes. A finished one stays as it is."""
    jobs: Jobs = request.app.state.jobs
    job = jobs.find(key)
    jobs.cancel(job)
    return shown(jobs, job)


@router.get(f"/signage/plans/{{key}}/{RESULT}", response_class=Response, responses={200: {"content": {GPKG: {}}}})
def plan_file(request: Request, _: PlannerDep, key: str, __: NoQueryDep) -> FileResponse:
    """Return a finished plan as a GeoPackage: signs, their lines, needs, summary."""
    jobs: Jobs = request.app.state.jobs
    return FileResponse(jobs.finished(key), media_type=GPKG, filename=RESULT, headers=FRESH)


@router.get(f"/signage/plans/{{key}}/{SIGNS}", response_class=Response, responses={200: {"content": {GEOJSON: {}}}})
def plan_signs(request: Request, _: PlannerDep, key: str, __: NoQueryDep) -> FileResponse:
    """Return the signs of a finished plan as GeoJSON in WGS84: year, type, text, cost and who pays."""
    jobs: Jobs = request.app.state.jobs
    return FileResponse(jobs.finished(key).with_name(SIGNS), media_type=GEOJSON, headers=FRESH)


def shown(jobs: Jobs, job: Job) -> dict[str, Any]:
    """Return a plan as JSON; `ephemeral`: it is forgotten when the service stops, and `kept_s` after its end."""
    base = f"/signage/plans/{job.id}"
    links = {"result": f"{base}/{RESULT}", "signs": f"{base}/{SIGNS}"} if job.state == "done" else {}
    return {
        "id": job.id,
        "state": job.state,
        "progress": round(job.progress.done, 3),
        "step": job.progress.step,
        "detail": job.progress.detail,
        "asked_by": job.who,
        "years": {str(year): budget for year, budget in job.order.years.items()},
        "error": job.error,
        "summary": job.summary,
        "result": None,
        "signs": None,
        **links,
        "ephemeral": True,
        "kept_s": jobs.limits.kept_s,
    }
