"""Plans of signs as jobs: each in a process of its own, so that it leaves the service free and can really be stopped.

Jobs live in this service's memory and their results in a temporary folder: both go with it, or after a day.
"""

import logging
import multiprocessing
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from fastapi import FastAPI

from api.errors import NOT_BUILT, RefusedError
from geo.config import Settings
from geo.errors import GeoError, MissingDataError, ProductError, UnknownNameError
from geo.raw import RawFolder
from geo.signage import plan as planner
from geo.signage.plan_file import write_plan

logger = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
FINISHED: Final = ("done", "failed", "cancelled")
FAILED: Final = "found a plan that ended without result, expected one, tell the pole: the server's log has the rest"
NO_JOB: Final = "found no plan of that number, expected one asked for within a day, ask for it again"
FULL: Final = "found too many plans that wait, expected a free place, cancel one or ask again in a minute"
RESULT: Final = "plan.gpkg"
STOP_S: Final = 5.0
"""How long a process may take to end before it is killed."""


class Order(NamedTuple):
    """What a process is told: the installation, years with budgets, and the planner's choices."""

    settings: Settings
    years: dict[int, float]
    choices: planner.Settings


class Limits(NamedTuple):
    """How many plans are worked at once, how many may wait, how long and how many results are kept."""

    at_once: int = 1
    waiting: int = 5
    kept_s: float = 86_400.0
    kept: int = 20


Work = Callable[[Order, Path, Connection], None]
"""Runs in the other process: writes its result to the path and tells of its progress."""


@dataclass
class Job:
    """One plan asked for; changed by `Jobs` alone, under its lock."""

    id: str
    who: str
    order: Order
    state: State = "queued"
    progress: float = 0.0
    summary: list[dict[str, Any]] | None = None
    error: str | None = None
    process: BaseProcess | None = field(default=None, repr=False)
    ended: float | None = None
    over: threading.Event = field(default_factory=threading.Event, repr=False)


class Jobs:
    """The plans of one running service."""

    def __init__(self, work: Work, limits: Limits | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with none; the folder of results is made with the first."""
        self.work, self.limits, self.clock = work, limits or Limits(), clock
        self.lock = threading.Lock()
        self.turns = threading.Semaphore(self.limits.at_once)
        self.jobs: dict[str, Job] = {}
        self.folder: Path | None = None
        self.closed = False

    def submit(self, order: Order, who: str) -> Job:
        """Queue a plan and return it.

        Raises
        ------
        RefusedError
            503 when too many wait already.
        """
        with self.lock:
            self.forget_old()
            unfinished = sum(job.state not in FINISHED for job in self.jobs.values())
            if self.closed or unfinished >= self.limits.at_once + self.limits.waiting:
                raise RefusedError(503, FULL, {"Retry-After": "60"})
            if self.folder is None:
                self.folder = Path(tempfile.mkdtemp(prefix="artois-plans-"))
            job = Job(secrets.token_hex(16), who, order)
            self.jobs[job.id] = job
        threading.Thread(target=self.run, args=(job,), name=f"plan-{job.id[:8]}", daemon=True).start()
        return job

    def find(self, key: str) -> Job:
        """Return a plan.

        Raises
        ------
        UnknownNameError
            If there is none of that number, or it is forgotten.
        """
        with self.lock:
            self.forget_old()
            if key not in self.jobs:
                raise UnknownNameError(NO_JOB)
            return self.jobs[key]

    def result(self, job: Job) -> Path:
        """Return where the file of a plan is, or will be."""
        if self.folder is None:
            raise UnknownNameError(NO_JOB)
        return self.folder / job.id / RESULT

    def cancel(self, job: Job) -> None:
        """Stop a plan: its process has ended when this returns. What is finished stays as it is."""
        with self.lock:
            if job.state in FINISHED:
                return
            self.end(job, "cancelled")
            process = job.process
        if process is None:
            return
        process.terminate()
        if not job.over.wait(STOP_S):
            process.kill()
            job.over.wait()

    def close(self) -> None:
        """Stop every plan and delete every result."""
        with self.lock:
            self.closed = True
            every = list(self.jobs.values())
        for job in every:
            self.cancel(job)
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, job: Job) -> None:
        """Wait for a turn, work the plan in a process of its own, and listen to it."""
        with self.turns:
            listener, teller = multiprocessing.get_context("spawn").Pipe(duplex=False)
            with listener:
                with self.lock, teller:
                    if job.state != "queued":
                        return
                    self.start(job, teller)
                self.listen(job, listener)
            if job.process is not None:
                job.process.join()
        with self.lock:
            if job.state not in FINISHED:
                self.end(job, "failed", error=FAILED)
            if job.summary is None:
                shutil.rmtree(self.result(job).parent, ignore_errors=True)
        job.over.set()

    def start(self, job: Job, teller: Connection) -> None:
        """Start the process of a plan."""
        target = self.result(job)
        target.parent.mkdir()
        arguments = (self.work, job.order, target, teller)
        job.process = multiprocessing.get_context("spawn").Process(target=tell, args=arguments, daemon=True)
        job.process.start()
        job.state = "running"

    def listen(self, job: Job, listener: Connection) -> None:
        """Take over what the process tells, until it is silent for good."""
        while True:
            try:
                what, value = listener.recv()
            except (EOFError, OSError):
                return
            with self.lock:
                if job.state in FINISHED:
                    continue
                if what == "progress":
                    job.progress = value
                elif what == "summary":
                    job.summary = value
                    self.end(job, "done")
                else:
                    self.end(job, "failed", error=value)

    def end(self, job: Job, state: State, *, error: str | None = None) -> None:
        """Remember how a plan ended."""
        job.state, job.error, job.ended = state, error, self.clock()
        if state == "done":
            job.progress = 1.0

    def forget_old(self) -> None:
        """Forget plans that ended long ago, and the oldest beyond the number that is kept."""
        ended = sorted((job.ended, job.id) for job in self.jobs.values() if job.ended is not None)
        surplus = ended[: max(0, len(ended) - self.limits.kept)]
        old = [one for one in ended if one[0] <= self.clock() - self.limits.kept_s]
        for _, key in {*surplus, *old}:
            shutil.rmtree(self.result(self.jobs[key]).parent, ignore_errors=True)
            del self.jobs[key]


def tell(work: Work, order: Order, target: Path, teller: Connection) -> None:
    """Work in this process, and tell in one line what data or choices have made impossible."""
    try:
        work(order, target, teller)
    except (MissingDataError, ProductError) as error:
        logger.warning("%s", error)
        teller.send(("error", NOT_BUILT))
    except GeoError as error:
        teller.send(("error", str(error)))
    finally:
        teller.close()


def make_plan(order: Order, target: Path, teller: Connection) -> None:
    """Make a plan from the layers as they were built, and write it."""
    settings = order.settings
    inputs = planner.load(RawFolder("signage plan", settings.raw, settings.processed, settings.territory()))
    teller.send(("progress", 0.2))
    made = planner.plan(inputs, order.years, order.choices)
    teller.send(("progress", 0.9))
    write_plan(made, target)
    rows = made.summary.astype(object).where(made.summary.notna(), None)
    teller.send(("summary", rows.to_dict("records")))


@asynccontextmanager
async def closing_jobs(app: FastAPI) -> AsyncIterator[None]:
    """Stop what runs when the service stops."""
    yield
    app.state.jobs.close()
