"""Writers and readers on one register, killed (SIGKILL) at random moments: no acknowledged write lost, none half done.

Run `python -m benchmarks.register [--writers 8 --readers 8 --seconds 60 --kills 50] [--postgis [--server-kills 5]]`.
Each writer records whole signs (sign, two blades of two lines, a cost), moves their status, and all of them change one
sign that they share; what it was told to be recorded it notes in a file of its own. At the end the register is compared
with those notes. With `--postgis` the register lives in a server of the trial's own, which can be killed too, all its
processes at once, and is started again.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple

from benchmarks.postgis_server import NO_POSTGIS, Server, found_programs, served
from geo.errors import RegisterError, StaleError
from geo.register import blades, money, signs
from geo.register.connection import Connection
from geo.register.database import Register
from geo.register.health import health
from geo.register.people import Actor
from geo.register.status import MOVES

SHARED = "ZZ-001"
FORKED = multiprocessing.get_context("fork")
PLATE = blades.Blade(lines=(blades.Line(text="Terril"), blades.Line(text="Gare", distance_km=1.2)))
BORN = 3
"""Version of a sign when its first write ends: created, blades, cost."""

HALF = """
SELECT count(*) FROM signs s WHERE code <> ? AND (
    version < ?
    OR (SELECT count(*) FROM blades WHERE sign_id = s.fid) <> 2
    OR (SELECT count(*) FROM lines l JOIN blades b ON b.id = l.blade_id WHERE b.sign_id = s.fid) <> 4
    OR (SELECT count(*) FROM costs WHERE sign_id = s.fid) <> 1
)
"""
"""Signs that no write has left so."""


class Plan(NamedTuple):
    """How a trial goes: how many of each, for how long, and what is killed."""

    writers: int
    readers: int
    seconds: float
    kills: int
    server_kills: int
    seed: int


class Home(NamedTuple):
    """Where the register of a trial lives; beside it stand the notes of its workers."""

    path: Path
    server: Server | None = None

    def register(self) -> Register:
        """Return the register, as a process of its own opens it."""
        return Register(self.path, self.server.url("postgres") if self.server is not None else None)


def actor(number: int) -> Actor:
    """Return the planner that a writer acts as."""
    return Actor(f"writer {number}", "planner")


def form(rng: random.Random) -> signs.SignForm:
    """Return a sign somewhere in the Artois."""
    return signs.SignForm(x=rng.uniform(660e3, 710e3), y=rng.uniform(7.02e6, 7.05e6), name=f"n{rng.random()}")


def write_for_ever(home: Home, notes: Path, number: int, seed: int) -> None:
    """Write until killed, and note each write when it is acknowledged."""
    rng, who, register = random.Random(seed), actor(number), home.register()
    out = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    mine: list[signs.Sign] = []
    while True:
        with server_may_be_down(home, mine):
            note(out, write_once(register, who, rng, mine))


def write_once(register: Register, who: Actor, rng: random.Random, mine: list[signs.Sign]) -> signs.Sign | None:
    """Change the shared sign, move the newest of one's own, or record another; return what was acknowledged."""
    kind = rng.random()
    if kind < 0.3:
        with contextlib.suppress(StaleError):
            with register.read() as database:
                seen = signs.sign(database, who, SHARED)
            with register.write(who.name) as database:
                return signs.describe(database, who, SHARED, form(rng), version=seen.version)
        return None
    if kind < 0.6 and mine:
        sign = mine[-1]
        new = rng.choice(MOVES[sign.status] or ("",))
        if not new:
            mine.pop()
            return None
        with register.write(who.name) as database:
            done = signs.move(database, who, sign.code, new, version=sign.version)
        mine[-1] = done
        return done
    done = new_sign(register, who, rng, chr(65 + int(who.name.split()[-1])))
    mine.append(done)
    return done


@contextlib.contextmanager
def server_may_be_down(home: Home, mine: list[signs.Sign]) -> Iterator[None]:
    """Go on with new signs after the server was killed; a file is always there."""
    try:
        yield
    except RegisterError:
        if home.server is None:
            raise
        mine.clear()
        time.sleep(0.1)


def new_sign(register: Register, who: Actor, rng: random.Random, letter: str) -> signs.Sign:
    """Record a whole sign in one write."""
    with register.write(who.name) as database:
        sign = signs.create(database, who, form(rng), signs.Birth(prefix=f"W{letter}", draft=False))
        sign = blades.write_blades(database, who, sign.code, [PLATE, PLATE], version=sign.version)
        return money.write_cost(database, who, sign.code, "estimate", 123_45, version=sign.version, source="essai")


def note(out: int, sign: signs.Sign | None) -> None:
    """Keep what was acknowledged; the bytes are the system's, and outlive the process."""
    if sign is not None:
        os.write(out, f"{sign.code} {sign.version} {sign.status} {sign.name}\n".encode())


def read_for_ever(home: Home, notes: Path, number: int, seed: int) -> None:
    """Read until killed; note what no reader may ever see: half a sign."""
    register, who, rng = home.register(), actor(number), random.Random(seed)
    out, count = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 0
    while True:
        with server_may_be_down(home, []), register.read() as database:
            if (code := torn_sign(database, who, rng)) is not None:
                os.write(out, f"torn {code}\n".encode())
            count += 1
            if count % 50 == 0:
                os.write(out, b"50\n")


def torn_sign(database: Connection, who: Actor, rng: random.Random) -> str | None:
    """Return the code of a sign, taken at random, that is not whole."""
    last = database.execute("SELECT max(fid) FROM signs").fetchone()[0]
    row = database.execute("SELECT code FROM signs WHERE fid = ?", (rng.randint(1, last),)).fetchone()
    if row is None or row[0] == SHARED:  # a number that no write has kept
        return None
    plates = blades.blades(database, who, row[0])
    whole = signs.history(database, who, row[0]) and not torn(signs.sign(database, who, row[0]), plates)
    return None if whole else str(row[0])


def torn(sign: signs.Sign, plates: list[blades.Blade]) -> bool:
    """Tell whether a sign is not as one write has left it."""
    return sign.version < BORN or plates != [PLATE, PLATE]


def trial(home: Home, plan: Plan) -> dict[str, int | float]:
    """Run the writers and readers, kill some at random moments, and return what was found."""
    rng = random.Random(plan.seed)
    with home.register() as register:
        register.initialise()
        with register.write("setup") as database:
            signs.create(database, actor(0), form(rng), signs.Birth(code=SHARED, draft=False))
    kinds = [write_for_ever] * plan.writers + [read_for_ever] * plan.readers
    running = [start(kind, home, number, rng) for number, kind in enumerate(kinds)]
    begun = time.monotonic()
    for moment, of_server in moments(plan, rng):
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        if of_server and home.server is not None:
            home.server.kill()
            home.server.start()
            continue
        number = rng.randrange(len(kinds)) if rng.random() < 0.2 else rng.randrange(plan.writers)
        kill(running[number])
        running[number] = start(kinds[number], home, number, rng)
    time.sleep(max(0.0, begun + plan.seconds - time.monotonic()))
    early = sum(not process.is_alive() for process in running)
    for process in running:
        kill(process)
    times = {"kills": plan.kills, "server_kills": plan.server_kills, "seconds": round(time.monotonic() - begun, 1)}
    return verdict(home) | times | {"died": early}


def moments(plan: Plan, rng: random.Random) -> list[tuple[float, bool]]:
    """Return when something is killed, and whether it is the server."""
    of_workers = [(rng.uniform(0.3, plan.seconds), False) for _ in range(plan.kills)]
    return sorted(of_workers + [(rng.uniform(0.3, plan.seconds), True) for _ in range(plan.server_kills)])


def start(kind: object, home: Home, number: int, rng: random.Random) -> BaseProcess:
    """Start a worker."""
    notes = home.path.with_name(f"{'write' if kind is write_for_ever else 'read'}-{number}.txt")
    process = FORKED.Process(target=kind, args=(home, notes, number, rng.getrandbits(32)), daemon=True)  # type: ignore[arg-type]
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """Kill a worker of ours (SIGKILL), as the system would for lack of memory."""
    process.kill()
    process.join()


def verdict(home: Home) -> dict[str, int | float]:
    """Compare the register with what was acknowledged."""
    notes = [line.split() for file in home.path.parent.glob("write-*.txt") for line in file.read_text().splitlines()]
    reads = [line for file in home.path.parent.glob("read-*.txt") for line in file.read_text().splitlines()]
    with home.register() as register:
        found = health(register).faults
        with register.read() as database:
            traced = trace(database)
            half = database.execute(HALF, (SHARED, BORN)).fetchone()[0]
            shared = database.execute("SELECT version FROM signs WHERE code = ?", (SHARED,)).fetchone()[0]
    lost = sum(traced.get((code, int(version))) != (status, name) for code, version, status, name in notes)
    lost += len(notes) - len({(code, version) for code, version, *_ in notes})  # a version given twice
    return {
        "acknowledged": len(notes), "lost": lost, "half": half, "faults": len(found),
        "reads": 50 * reads.count("50"), "torn_reads": sum(line.startswith("torn") for line in reads),
        "unacknowledged_on_shared": shared - 1 - sum(code == SHARED for code, *_ in notes),
    }  # fmt: skip


def trace(database: Connection) -> dict[tuple[str, int], tuple[str, str]]:
    """Return the status and name of each version of each sign that still has as many versions."""
    query = (
        "SELECT s.code, s.version, c.after FROM changes c JOIN signs s ON s.fid = c.row_id "
        "WHERE c.table_name = 'signs' ORDER BY c.id"
    )
    rows = ((code, version, json.loads(after)) for code, version, after in database.execute(query).fetchall())
    return {
        (code, after["version"]): (after["status"], after["name"])
        for code, version, after in rows
        if after["version"] <= version
    }


def main() -> None:
    """Print what was found; exit code 1 if anything was lost, half written or torn."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("writers", 8), ("readers", 8), ("kills", 50), ("server-kills", 0), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, help="where the register stands (default: the temporary folder)")
    parser.add_argument("--postgis", action="store_true", help="in a PostGIS server of the trial's own")
    options = vars(parser.parse_args())
    place, postgis = options.pop("folder"), options.pop("postgis")
    plan = Plan(**options)
    if plan.server_kills and not postgis:
        parser.error("--server-kills needs --postgis")
    with tempfile.TemporaryDirectory(dir=place) as folder, in_postgis(place) if postgis else in_file() as server:
        found = trial(Home(Path(folder) / "register.gpkg", server), plan)
    print(json.dumps(found))
    bad = ("lost", "half", "faults", "torn_reads", "died")
    most = plan.kills + plan.writers + plan.server_kills
    if any(found[name] for name in bad) or not 0 <= found["unacknowledged_on_shared"] <= most:
        raise SystemExit(1)


def in_file() -> contextlib.AbstractContextManager[None]:
    """Give no server: the register is a file."""
    return contextlib.nullcontext()


def in_postgis(place: Path | None) -> contextlib.AbstractContextManager[Server]:
    """Give a server that waits for its disk, as an installation's does."""
    programs = found_programs()
    if programs is None:
        raise SystemExit(NO_POSTGIS)
    return served(programs, place=place)


if __name__ == "__main__":
    main()
