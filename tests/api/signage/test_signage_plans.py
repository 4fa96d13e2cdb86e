"""Plans as jobs: asked for, followed, cancelled for good, forgotten in time."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pyogrio
import pytest
from fastapi.testclient import TestClient

from api.errors import RefusedError
from api.jobs import FAILED, Job, Jobs, Limits, Order
from api.main import create_app
from geo.build import build
from geo.config import Settings
from geo.errors import UnknownNameError
from geo.register import people
from geo.register.database import Register, initialise
from geo.register.people import Actor
from geo.sample import make_sample
from geo.signage import plan as planner

if TYPE_CHECKING:
    from tests.api.signage.conftest import Town

Opened = Callable[..., Jobs]
URL = "/signage/plans"
PATIENCE_S = 60.0
FORM = {"years": {"2026": 200_000, "2027": 150_000}, "assume_open": True}
LAYERS = ["communes", "spoil_heaps", "parks", "greenways", "park_entrances", "signs"]
"""What a plan stands on, in the order in which they are built."""

WORK = """
import os, time
from geo.errors import RequestError


def quick(order, target, teller):
    teller.send(("progress", 0.5))
    target.write_text(str(os.getpid()))
    teller.send(("summary", [{"year": "all"}]))


def slow(order, target, teller):
    target.write_text(str(os.getpid()))
    teller.send(("progress", 0.5))
    time.sleep(600)


def deaf(order, target, teller):
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    slow(order, target, teller)


def wrong(order, target, teller):
    raise RequestError("found this, expected that, do better")


def dead(order, target, teller):
    os._exit(3)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module of work that other processes can import too."""
    (tmp_path / "plan_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import plan_work

    return plan_work


@pytest.fixture
def order(tmp_path: Path) -> Order:
    return Order(Settings(processed=tmp_path), {2026: 1.0}, planner.Settings())


@pytest.fixture
def opened() -> Iterator[Opened]:
    every: list[Jobs] = []

    def make(*given: object, **named: object) -> Jobs:
        every.append(Jobs(*given, **named))  # type: ignore[arg-type]
        return every[-1]

    yield make
    for one in every:
        one.close()


def until(told: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + PATIENCE_S
    while not told():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def started(job: Job) -> None:
    until(lambda: job.progress == 0.5)


def test_a_job_is_done_in_another_process_and_leaves_its_result(opened: Opened, work: ModuleType, order: Order) -> None:
    jobs = opened(work.quick)
    job = jobs.submit(order, "paul")
    until(lambda: job.state == "done")
    assert (job.progress, job.summary, job.error) == (1.0, [{"year": "all"}], None)
    assert int(jobs.result(job).read_text()) != os.getpid()
    folder = jobs.folder
    jobs.close()
    assert not folder.exists()


@pytest.mark.parametrize("kind", ["slow", "deaf"])
def test_a_cancelled_job_runs_no_more(
    opened: Opened, work: ModuleType, order: Order, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr("api.jobs.STOP_S", 0.5)
    jobs = opened(getattr(work, kind))
    job = jobs.submit(order, "paul")
    started(job)
    pid = int(jobs.result(job).read_text())
    assert runs(pid)
    jobs.cancel(job)
    assert not runs(pid)
    assert job.state == "cancelled"
    assert not jobs.result(job).exists()
    jobs.cancel(job)
    assert job.state == "cancelled"


def test_jobs_wait_for_their_turn_and_too_many_are_refused(opened: Opened, work: ModuleType, order: Order) -> None:
    jobs = opened(work.slow, Limits(at_once=1, waiting=1))
    first, second = jobs.submit(order, "paul"), jobs.submit(order, "paul")
    started(first)
    assert second.state == "queued"
    with pytest.raises(RefusedError, match="expected a free place"):
        jobs.submit(order, "paul")
    jobs.cancel(second)
    third = jobs.submit(order, "paul")
    jobs.cancel(first)
    started(third)
    assert second.process is None
    assert [job.state for job in (first, second, third)] == ["cancelled", "cancelled", "running"]


def test_a_service_that_closes_leaves_no_process(work: ModuleType, order: Order) -> None:
    jobs = Jobs(work.slow)
    job = jobs.submit(order, "paul")
    started(job)
    pid = int(jobs.result(job).read_text())
    jobs.close()
    assert not runs(pid)
    with pytest.raises(RefusedError):
        jobs.submit(order, "paul")


def test_what_data_forbid_is_told_and_what_broke_is_not(opened: Opened, work: ModuleType, order: Order) -> None:
    for name, expected in (("wrong", "found this, expected that, do better"), ("dead", FAILED)):
        job = opened(getattr(work, name)).submit(order, "paul")
        until(lambda job=job: job.state == "failed")
        assert job.error == expected


def test_jobs_are_forgotten_after_a_while_and_beyond_a_number(opened: Opened, work: ModuleType, order: Order) -> None:
    now = [0.0]
    jobs = opened(work.wrong, Limits(kept=2, kept_s=100.0), clock=lambda: now[0])
    made = []
    for moment in (1.0, 2.0, 3.0):
        now[0] = moment
        made.append(jobs.submit(order, "paul"))
        until(made[-1].over.is_set)
    with pytest.raises(UnknownNameError):
        jobs.find(made[0].id)
    assert jobs.find(made[2].id) is made[2]
    now[0] = 102.0
    with pytest.raises(UnknownNameError):
        jobs.find(made[1].id)
    assert jobs.find(made[2].id) is made[2]


@pytest.mark.parametrize(
    "form",
    [
        {}, {"years": {}}, {"years": {"soon": 1}}, {"years": {"2026": -1}}, {"years": {"2026": "NaN"}},
        {"years": {str(year): 1 for year in range(2000, 2020)}}, {"years": {"2026": 1}, "region_rate": 2},
        {"years": {"2026": 1}, "cell_m": 0.001}, {"years": {"2026": 1}, "time_limit_s": 1e9}, {"years": [2026]},
    ],
)  # fmt: skip
def test_plans_that_make_no_sense_are_400(town: "Town", form: dict[str, object]) -> None:
    answer = town.ask("paul", "POST", URL, json=form)
    assert answer.status_code == 400
    assert "expected" in answer.json()["detail"]


def test_a_plan_without_layers_fails_and_says_what_to_do_without_telling_places(town: "Town") -> None:
    answer = town.ask("paul", "POST", URL, json=FORM, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 202
    address = answer.headers["location"]
    until(lambda: town.ask("ada", "GET", address).json()["state"] == "failed")
    told = town.ask("ada", "GET", address).json()
    assert "artois build" in told["error"]
    assert str(town.path.parent) not in str(told)
    assert town.ask("paul", "POST", URL, json=FORM, headers={"Idempotency-Key": "k"}).headers["location"] == address
    assert town.ask("paul", "GET", f"{address}/plan.gpkg").status_code == 404
    assert town.ask("anne", "GET", address).status_code == 403


def test_a_plan_is_asked_for_followed_and_cancelled_over_http(town: "Town", work: ModuleType) -> None:
    jobs = town.client.app.state.jobs
    jobs.work = work.slow
    address = town.ask("paul", "POST", URL, json=FORM).headers["location"]
    until(lambda: town.ask("paul", "GET", address).json()["progress"] == 0.5)
    told = town.ask("paul", "DELETE", address).json()
    assert (told["state"], told["result"]) == ("cancelled", None)
    assert [one for one in threading.enumerate() if one.name.startswith("plan-")] == []


def test_a_plan_of_the_sample_is_that_of_the_planner(tmp_path: Path) -> None:
    path = tmp_path / "register.gpkg"
    settings = Settings(raw=tmp_path / "raw", processed=tmp_path / "processed", register_file=path)
    settings.raw.mkdir()
    make_sample(settings.raw / "sample")
    assert [one for one in build(LAYERS, settings) if one.error] == []
    initialise(path)
    with Register(path) as register, register.write("setup") as database:
        token = people.add_user(database, Actor("setup", "admin"), "paul", role="planner")
    said = {"Authorization": f"Bearer {token}"}
    with TestClient(create_app(settings)) as client:
        address = client.post(URL, json=FORM, headers=said).headers["location"]
        until(lambda: client.get(address, headers=said).json()["state"] in ("done", "failed"))
        told = client.get(address, headers=said).json()
        assert (told["state"], told["error"], told["progress"]) == ("done", None, 1.0)
        (tmp_path / "plan.gpkg").write_bytes(client.get(told["result"], headers=said).content)
    signs = pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="plan_signs")
    assert [row["year"] for row in told["summary"]] == ["2026", "2027", "all"]
    assert told["summary"][-1]["signs"] == len(signs) > 0
    whole = told["summary"][-1]
    assert whole["cost_eur"] == pytest.approx(signs["cost_eur"].sum())
    assert whole["region_eur"] == pytest.approx(whole["cost_eur"] / 2)
    assert whole["cost_eur"] <= whole["budget_eur"] == 350_000
