"""Plans as jobs: asked for, followed, cancelled for good, forgotten in time."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio
import pytest
from fastapi.testclient import TestClient

from api.errors import RefusedError
from api.jobs import FAILED, SLOW, STOP_S, Job, Jobs, Limits
from api.main import create_app
from api.plan_process import Order
from geo.build import build
from geo.config import Settings
from geo.crs import LAMBERT93, WGS84
from geo.errors import RequestError, UnknownNameError
from geo.register import people
from geo.register.database import Register, initialise
from geo.register.people import Actor
from geo.sample import make_sample

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.signage.conftest import Town

Opened = Callable[..., Jobs]
URL = "/signage/plans"
PATIENCE_S = 60.0
FORM = {"years": {"2026": 200_000, "2027": 150_000}, "assume_open": True}
LAYERS = ["communes", "spoil_heaps", "parks", "greenways", "park_entrances", "signs"]
"""What a plan stands on, in the order in which they are built."""

WORK = """
import os, time
from geo.errors import RequestError, SourceError


def quick(order, target, teller):
    teller.send(("step", ("half", 0.5, "")))
    target.write_text(str(os.getpid()))
    teller.send(("summary", [{"year": "all"}]))


def slow(order, target, teller):
    target.write_text(str(os.getpid()))
    teller.send(("step", ("half", 0.5, "")))
    time.sleep(600)


def deaf(order, target, teller):
    import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    slow(order, target, teller)


def wrong(order, target, teller):
    raise RequestError("found this, expected that, do better")


def broken(order, target, teller):
    raise SourceError(f"{target} is of no use")


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
    return Order(Settings(processed=tmp_path), {2026: 1.0}, {})


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
    until(lambda: job.progress.done == 0.5)


def test_a_job_is_done_in_another_process_and_leaves_its_result(opened: Opened, work: ModuleType, order: Order) -> None:
    jobs = opened(work.quick)
    job = jobs.submit(order, "paul")
    until(lambda: job.state == "done")
    assert (job.progress.done, job.summary, job.error) == (1.0, [{"year": "all"}], None)
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


def test_a_service_that_closes_takes_no_more(work: ModuleType, order: Order) -> None:
    jobs = Jobs(work.slow, Limits(at_once=0, waiting=3))
    job = jobs.submit(order, "paul")
    jobs.close()
    assert job.state == "cancelled"
    with pytest.raises(RefusedError):
        jobs.submit(order, "paul")


def test_what_data_forbid_is_told_and_what_broke_is_not(opened: Opened, work: ModuleType, order: Order) -> None:
    for name, expected in (("wrong", "found this, expected that, do better"), ("dead", FAILED), ("broken", FAILED)):
        job = opened(getattr(work, name)).submit(order, "paul")
        until(lambda job=job: job.state == "failed")
        assert job.error == expected


def test_jobs_are_forgotten_after_a_while_and_beyond_a_number(opened: Opened, work: ModuleType, order: Order) -> None:
    now = [0.0]
    jobs = opened(work.slow, Limits(at_once=0, kept=2, kept_s=100.0), clock=lambda: now[0])
    made = []
    for moment in (1.0, 2.0, 3.0):
        now[0] = moment
        made.append(jobs.submit(order, "paul"))
        jobs.cancel(made[-1])
    with pytest.raises(UnknownNameError):
        jobs.find(made[0].id)
    assert jobs.every() == made[1:]
    now[0] = 102.0
    with pytest.raises(UnknownNameError):
        jobs.find(made[1].id)
    assert jobs.find(made[2].id) is made[2]


def test_jobs_that_nobody_wants_any_more_leave_no_thread(opened: Opened, work: ModuleType, order: Order) -> None:
    jobs = opened(work.slow, Limits(at_once=0))
    for _ in range(50):
        jobs.cancel(jobs.submit(order, "paul"))
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("plan-")])


def test_a_key_asks_for_one_plan_of_one_user_as_long_as_it_is_remembered(
    opened: Opened, work: ModuleType, order: Order
) -> None:
    jobs = opened(work.slow, Limits(at_once=0, kept=0))
    first = jobs.submit(order, "paul", key="k")
    assert jobs.submit(order._replace(), "paul", key="k") is first
    assert jobs.submit(order, "ada", key="k") is not first
    with pytest.raises(RefusedError, match="expected a new one") as refused:
        jobs.submit(order._replace(years={2027: 1.0}), "paul", key="k")
    assert refused.value.status == 422
    for strange in ("", "x" * 201):
        with pytest.raises(RequestError):
            jobs.submit(order, "paul", key=strange)
    jobs.cancel(first)
    assert jobs.submit(order, "paul", key="k") is not first


def test_a_job_that_takes_too_long_is_ended(opened: Opened, work: ModuleType, order: Order) -> None:
    job = opened(work.deaf, Limits(longest_s=0.1)).submit(order, "paul")
    until(job.over.is_set)
    assert (job.state, job.error) == ("failed", SLOW)
    assert job.process is not None
    assert job.process.exitcode is not None


SERVICE = """
import sys
import plan_work
import uvicorn
from api.main import create_app
from api.plan_process import Order
from geo.config import Settings

if __name__ == "__main__":
    app = create_app(Settings())
    app.state.jobs.work = plan_work.slow
    job = app.state.jobs.submit(Order(Settings(), {2026: 1.0}, {}), "paul")
    print(app.state.jobs.result(job), flush=True)
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
"""


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_a_plan_ends_with_its_service_however_that_ends(tmp_path: Path, work: ModuleType, kind: signal.Signals) -> None:
    (tmp_path / "service.py").write_text(SERVICE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(tmp_path / "service.py"), str(port)]
    path = os.pathsep.join([str(Path(__file__).parents[3]), str(tmp_path)])
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, start_new_session=True, **pipes) as service:  # type: ignore[call-overload]
        result = Path(service.stdout.readline().strip())
        until(lambda: answers(port) and result.is_file() and result.read_text() != "")
        pid = int(result.read_text())
        assert runs(pid)
        if kind is signal.SIGINT:
            os.killpg(service.pid, kind)  # as a terminal sends it: to all at once
        else:
            service.send_signal(kind)
        said = service.communicate(timeout=PATIENCE_S)[1]
    until(lambda: not runs(pid))
    until(lambda: not result.parent.parent.exists())
    assert "Traceback" not in said
    assert service.returncode == (-signal.SIGKILL if kind is signal.SIGKILL else 0)


def answers(port: int) -> bool:
    """Tell whether somebody listens there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize(
    "form",
    [
        {}, {"years": {}}, {"years": {"soon": 1}}, {"years": {"2026": -1}}, {"years": {"2026": "NaN"}},
        {"years": {str(year): 1 for year in range(2000, 2020)}}, {"years": {"2026": 1}, "region_rate": 2},
        {"years": {"2026": 1}, "cell_m": 0.001}, {"years": {"2026": 1}, "time_limit_s": 1e9}, {"years": [2026]},
        {"years": {"2026": 1}, "region_rate": 0.7, "owner_rate": 0.7}, {"years": {"2026": True}},
        {"years": {"2026": 1}, "priorities": {"P42": -1}}, {"years": {"2026": 1}, "priorities": {"x" * 41: 1}},
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
    asked = town.ask("paul", "POST", URL, json=FORM | {"priorities": {"P42": 3}})
    address = asked.headers["location"]
    assert jobs.find(address.rpartition("/")[2]).order.choices["priorities"] == {"P42": 3}
    assert (asked.status_code, asked.json()["ephemeral"], asked.json()["kept_s"]) == (202, True, 86_400)
    until(lambda: town.ask("paul", "GET", address).json()["progress"] == 0.5)
    assert town.ask("ada", "GET", URL).json()["plans"][0]["step"] == "half"
    begun = time.monotonic()
    told = town.ask("paul", "DELETE", address).json()
    assert time.monotonic() - begun < STOP_S + PATIENCE_S
    assert (told["state"], told["result"]) == ("cancelled", None)
    assert town.ask("paul", "GET", f"{address}/signs.geojson").status_code == 404
    until(lambda: not [one for one in threading.enumerate() if one.name.startswith("plan-")])


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
    words: list[tuple[str, Any]] = []
    with TestClient(create_app(settings)) as client:
        jobs: Jobs = client.app.state.jobs  # type: ignore[attr-defined]
        hear = jobs.hear
        jobs.hear = lambda job, word: (words.append(word), hear(job, word))[1]  # type: ignore[method-assign]
        address = client.post(URL, json=FORM, headers=said).headers["location"]
        until(lambda: client.get(address, headers=said).json()["state"] in ("done", "failed"))
        told = client.get(address, headers=said).json()
        assert (told["state"], told["error"], told["progress"]) == ("done", None, 1.0)
        (tmp_path / "plan.gpkg").write_bytes(client.get(told["result"], headers=said).content)
        shown = client.get(told["signs"], headers=said)
    signs = pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="plan_signs")
    assert [row["year"] for row in told["summary"]] == ["2026", "2027", "all"]
    assert told["summary"][-1]["signs"] == len(signs) > 0
    whole = told["summary"][-1]
    assert whole["cost_eur"] == pytest.approx(signs["cost_eur"].sum())
    assert whole["region_eur"] == pytest.approx(whole["cost_eur"] / 2)
    assert whole["cost_eur"] <= whole["budget_eur"] == 350_000
    require_same_places(shown, signs)
    parts = [word[1][1] for word in words if word[0] == "step"]
    assert parts == sorted(parts)
    assert (parts[0], len(set(parts)) > 4, parts[-1] < 1) == (0.0, True, True)


def require_same_places(shown: "Response", signs: gpd.GeoDataFrame) -> None:
    """Compare the GeoJSON of a plan with its GeoPackage."""
    assert shown.headers["content-type"] == "application/geo+json"
    found = gpd.GeoDataFrame.from_features(shown.json()["features"], crs=WGS84).to_crs(LAMBERT93)
    assert found["id"].tolist() == signs["id"].tolist()
    assert found["cost_eur"].tolist() == signs["cost_eur"].tolist()
    assert found.geometry.distance(signs.geometry).max() < 0.02  # 7 decimals of a degree
