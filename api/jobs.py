"""Plans of signs as jobs: queued, worked in processes of their own, followed and really stopped.

Jobs live in this service's memory and their results in a temporary folder: both go with it, or after a day. A service
that is killed while no plan is at work leaves its folder to whatever cleans temporary files.
"""

import multiprocessing
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from fastapi import FastAPI

from api.errors import NOT_BUILT, RefusedError
from api.plan_process import RESULT, Order, Work, tell
from geo.errors import RequestError, UnknownNameError
from geo.register.once import LONGEST_KEY

State = Literal["queued", "running", "done", "failed", "cancelled"]
FINISHED: Final = ("done", "failed", "cancelled")
FAILED: Final = "found a plan that ended without result, expected one, tell the pole: the server's log has the rest"
SLOW: Final = "found a plan that took too long, expected a quicker one, ask for fewer years or a lower time_limit_s"
NO_JOB: Final = "found no plan of that number, expected one asked for within a day from this service, ask for it again"
FULL: Final = "found too many plans that wait, expected a free place, cancel one or ask again in a minute"
USED: Final = "found a key that was used for another plan, expected a new one, choose another"
STOP_S: Final = 5.0
"""How long a process may take to end before it is killed."""


class Limits(NamedTuple):
    """How many plans are worked at once, how many may wait, how long one may take, how long and how many are kept."""

    at_once: int = 1
    waiting: int = 5
    longest_s: float = 3_600.0
    kept_s: float = 86_400.0
    kept: int = 20


class Progress(NamedTuple):
    """What a plan is at: the step, the part of the work that is done (0 to 1, a rough estimate), what is known."""

    step: str
    done: float = 0.0
    detail: str = ""


NOT_BEGUN: Final = Progress("waiting")


@dataclass
class Job:
    """One plan asked for; changed by `Jobs` alone, under its lock."""

    id: str
    who: str
    order: Order
    key: str | None = None
    state: State = "queued"
    progress: Progress = NOT_BEGUN
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
        self.lock = threading.Condition()
        self.jobs: dict[str, Job] = {}
        self.busy = 0
        self.folder: Path | None = None
        self.closed = False

    def submit(self, order: Order, who: str, *, key: str | None = None) -> Job:
        """Queue a plan and return it, or the one that this user has asked for under the same key.

        Raises
        ------
        RefusedError
            503 when too many wait already, 422 when the key was used for another plan.
        RequestError
            If the key is empty or too long.
        """
        if key is not None and not 0 < len(key) <= LONGEST_KEY:
            raise RequestError(f"found a key of {len(key)} characters, expected 1 to {LONGEST_KEY}, choose another")
        with self.lock:
            self.forget_old()
            known = next(
                (job for job in self.jobs.values() if key is not None and (job.who, job.key) == (who, key)), None
            )
            if known is not None:
                return require_same(known, order)
            unfinished = sum(job.state not in FINISHED for job in self.jobs.values())
            if self.closed or unfinished >= self.limits.at_once + self.limits.waiting:
                raise RefusedError(503, FULL, {"Retry-After": "60"})
            if self.folder is None:
                self.folder = Path(tempfile.mkdtemp(prefix="artois-plans-"))
            job = Job(secrets.token_hex(16), who, order, key)
            self.jobs[job.id] = job
        threading.Thread(target=self.run, args=(job,), name=f"plan-{job.id[:8]}", daemon=True).start()
        return job

    def every(self) -> list[Job]:
        """Return the plans that are not forgotten, oldest first."""
        with self.lock:
            self.forget_old()
            return list(self.jobs.values())

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

    def finished(self, key: str) -> Path:
        """Return the file of a plan that is done.

        Raises
        ------
        UnknownNameError
            If it is not, or there is none.
        """
        job = self.find(key)
        if job.state != "done":
            raise UnknownNameError(
                f"found a plan that is {job.state}, expected a finished one, ask again when it is done"
            )
        return self.result(job)

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
        """Wait for a turn, work the plan in a process of its own, and see to its end."""
        if not self.take_turn(job):
            job.over.set()
            return
        try:
            self.work_out(job)
        finally:
            with self.lock:
                if job.state not in FINISHED:
                    self.end(job, "failed", error=FAILED)
                if job.summary is None:
                    shutil.rmtree(self.result(job).parent, ignore_errors=True)
                self.busy -= 1
                self.lock.notify_all()
            job.over.set()

    def take_turn(self, job: Job) -> bool:
        """Wait until it is the turn of a plan; tell whether it is still wanted then."""
        with self.lock:
            self.lock.wait_for(lambda: job.state != "queued" or (self.busy < self.limits.at_once and self.is_next(job)))
            wanted = job.state == "queued"
            self.busy += wanted
            return wanted

    def is_next(self, job: Job) -> bool:
        """Tell whether no other plan has waited longer."""
        return job is next((one for one in self.jobs.values() if one.state == "queued"), None)

    def work_out(self, job: Job) -> None:
        """Start the process of a plan, listen to it, and wait for its end."""
        listener, teller = multiprocessing.get_context("spawn").Pipe(duplex=False)
        with listener:
            with self.lock, teller:
                if job.state != "queued":
                    return
                self.start(job, teller)
            self.listen(job, listener)
        if job.process is not None:
            job.process.join()

    def start(self, job: Job, teller: Connection) -> None:
        """Start the process of a plan."""
        # A terminal sends Ctrl-C to all: the service hears it and stops the plan, which inherits our deafness. The
        # tracker that Python starts before its first process would give this thread its hearing back.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        target = self.result(job)
        target.parent.mkdir()
        arguments = (self.work, job.order, target, teller)
        job.process = multiprocessing.get_context("spawn").Process(target=tell, args=arguments, daemon=True)
        job.process.start()
        job.state, job.progress = "running", Progress("start")

    def listen(self, job: Job, listener: Connection) -> None:
        """Take over what the process tells, until it is silent for good; a process that takes too long is killed."""
        until = time.monotonic() + self.limits.longest_s
        while listener.poll(max(0.0, until - time.monotonic())):
            try:
                word = listener.recv()
            except (EOFError, OSError):
                return
            with self.lock:
                self.hear(job, word)
        with self.lock:
            self.hear(job, ("error", SLOW))
        if job.process is not None:
            job.process.kill()

    def hear(self, job: Job, word: tuple[str, Any]) -> None:
        """Take over one thing that the process tells; of a plan that has ended, nothing."""
        what, value = word
        if job.state in FINISHED:
            return
        if what == "step":
            job.progress = Progress(*value)
        elif what == "summary":
            job.summary = value
            self.end(job, "done")
        else:
            self.end(job, "failed", error={"not built": NOT_BUILT, "broken": FAILED}.get(what, value))

    def end(self, job: Job, state: State, *, error: str | None = None) -> None:
        """Remember how a plan ended, and let others know."""
        job.state, job.error, job.ended = state, error, self.clock()
        if state == "done":
            job.progress = Progress("done", 1.0)
        self.lock.notify_all()

    def forget_old(self) -> None:
        """Forget plans that ended long ago, and the oldest beyond the number that is kept."""
        ended = sorted((job.ended, job.id) for job in self.jobs.values() if job.ended is not None)
        surplus = ended[: max(0, len(ended) - self.limits.kept)]
        old = [one for one in ended if one[0] <= self.clock() - self.limits.kept_s]
        for _, key in {*surplus, *old}:
            shutil.rmtree(self.result(self.jobs[key]).parent, ignore_errors=True)
            del self.jobs[key]


def require_same(known: Job, order: Order) -> Job:
    """Return a plan that was asked for under a key, or refuse the key for another."""
    if known.order != order:
        raise RefusedError(422, USED)
    return known


@asynccontextmanager
async def closing_jobs(app: FastAPI) -> AsyncIterator[None]:
    """Stop what runs when the service stops."""
    yield
    app.state.jobs.close()
