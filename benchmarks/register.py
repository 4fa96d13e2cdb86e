"""Writers and readers on one register, killed (SIGKILL) at random moments: no acknowledged write lost, none half done.

Run `python -m benchmarks.register [--writers 8 --readers 8 --seconds 60 --kills 50]`. Each writer records whole signs
(sign, two blades of two lines, a cost), moves their status, and all of them change one sign that they share; what it
was told to be recorded it notes in a file of its own. At the end the register is compared with those notes.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import sqlite3
import tempfile
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

from geo.errors import StaleError
from geo.register import blades, money, signs
from geo.register.database import Register, initialise
from geo.register.health import faults
from geo.register.people import Actor
from geo.register.status import MOVES

SHARED = "ZZ-001"
FORKED = multiprocessing.get_context("fork")
PLATE = blades.Blade(lines=(blades.Line(text="Terril"), blades.Line(text="Gare", distance_km=1.2)))
BORN = 3
"""Version of a sign when its first write ends: created, blades, cost."""


def actor(number: int) -> Actor:
    """Return the planner that a writer acts as."""
    return Actor(f"writer {number}", "planner")


def form(rng: random.Random) -> signs.SignForm:
    """Return a sign somewhere in the Artois."""
    return signs.SignForm(x=rng.uniform(660e3, 710e3), y=rng.uniform(7.02e6, 7.05e6), name=f"n{rng.random()}")


def write_for_ever(path: Path, notes: Path, number: int, seed: int) -> None:
    """Write until killed, and note each write when it is acknowledged."""
    rng, who, register = random.Random(seed), actor(number), Register(path)
    out = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    mine: list[signs.Sign] = []
    while True:
        kind = rng.random()
        if kind < 0.3:
            with contextlib.suppress(StaleError):
                with register.read() as database:
                    seen = signs.sign(database, who, SHARED)
                with register.write(who.name) as database:
                    done = signs.describe(database, who, SHARED, form(rng), version=seen.version)
                note(out, done)
        elif kind < 0.6 and mine:
            sign = mine[-1]
            new = rng.choice(MOVES[sign.status] or ("",))
            if not new:
                mine.pop()
                continue
            with register.write(who.name) as database:
                mine[-1] = signs.move(database, who, sign.code, new, version=sign.version)
            note(out, mine[-1])
        else:
            mine.append(new_sign(register, who, rng, chr(65 + number)))
            note(out, mine[-1])


def new_sign(register: Register, who: Actor, rng: random.Random, letter: str) -> signs.Sign:
    """Record a whole sign in one write."""
    with register.write(who.name) as database:
        sign = signs.create(database, who, form(rng), signs.Birth(prefix=f"W{letter}", draft=False))
        sign = blades.write_blades(database, who, sign.code, [PLATE, PLATE], version=sign.version)
        return money.write_cost(database, who, sign.code, "estimate", 123_45, version=sign.version, source="essai")


def note(out: int, sign: signs.Sign) -> None:
    """Keep what was acknowledged; the bytes are the system's, and outlive the process."""
    os.write(out, f"{sign.code} {sign.version} {sign.status} {sign.name}\n".encode())


def read_for_ever(path: Path, notes: Path, number: int, seed: int) -> None:
    """Read until killed; note what no reader may ever see: half a sign."""
    register, who, rng = Register(path), actor(number), random.Random(seed)
    out, count = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT), 0
    while True:
        with register.read() as database:
            last = database.execute("SELECT max(fid) FROM signs").fetchone()[0]
            row = database.execute("SELECT code FROM signs WHERE fid = ?", (rng.randint(1, last),)).fetchone()
            if row[0] != SHARED:
                fault = torn(signs.sign(database, who, row[0]), blades.blades(database, who, row[0]))
                if fault or len(signs.history(database, who, row[0])) == 0:
                    os.write(out, f"torn {row[0]}\n".encode())
        count += 1
        if count % 50 == 0:
            os.write(out, b"50\n")


def torn(sign: signs.Sign, plates: list[blades.Blade]) -> bool:
    """Tell whether a sign is not as one write has left it."""
    return sign.version < BORN or plates != [PLATE, PLATE]


def trial(path: Path, *, writers: int, readers: int, seconds: float, kills: int, seed: int) -> dict[str, int | float]:
    """Run the writers and readers, kill some at random moments, and return what was found."""
    initialise(path)
    register, rng = Register(path), random.Random(seed)
    with register.write("setup") as database:
        signs.create(database, actor(0), form(rng), signs.Birth(code=SHARED, draft=False))
    register.close()
    kinds = [write_for_ever] * writers + [read_for_ever] * readers
    running = [start(kind, path, number, rng) for number, kind in enumerate(kinds)]
    begun = time.monotonic()
    for moment in sorted(rng.uniform(0.3, seconds) for _ in range(kills)):
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        number = rng.randrange(len(kinds)) if rng.random() < 0.2 else rng.randrange(writers)
        kill(running[number])
        running[number] = start(kinds[number], path, number, rng)
    time.sleep(max(0.0, begun + seconds - time.monotonic()))
    early = sum(not process.is_alive() for process in running)
    for process in running:
        kill(process)
    return verdict(path) | {"kills": kills, "seconds": round(time.monotonic() - begun, 1), "died": early}


def start(kind: object, path: Path, number: int, rng: random.Random) -> BaseProcess:
    """Start a worker."""
    notes = path.with_name(f"{'write' if kind is write_for_ever else 'read'}-{number}.txt")
    process = FORKED.Process(target=kind, args=(path, notes, number, rng.getrandbits(32)), daemon=True)  # type: ignore[arg-type]
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """Kill a worker of ours (SIGKILL), as the system would for lack of memory."""
    process.kill()
    process.join()


def verdict(path: Path) -> dict[str, int | float]:
    """Compare the register with what was acknowledged."""
    notes = [line.split() for file in path.parent.glob("write-*.txt") for line in file.read_text().splitlines()]
    reads = [line for file in path.parent.glob("read-*.txt") for line in file.read_text().splitlines()]
    with Register(path).read() as database:
        lost = sum(not recorded(database, *line) for line in notes)
        lost += len(notes) - len({(code, version) for code, version, *_ in notes})  # a version given twice
        whole = "SELECT count(*) FROM blades WHERE sign_id = s.fid"
        half = database.execute(
            f"SELECT count(*) FROM signs s WHERE code <> ? AND (version < ? OR ({whole}) <> 2 OR "
            "(SELECT count(*) FROM lines l JOIN blades b ON b.id = l.blade_id WHERE b.sign_id = s.fid) <> 4 OR "
            "(SELECT count(*) FROM costs WHERE sign_id = s.fid) <> 1)",
            (SHARED, BORN),
        ).fetchone()[0]
        shared = database.execute("SELECT version FROM signs WHERE code = ?", (SHARED,)).fetchone()[0]
        return {
            "acknowledged": len(notes), "lost": lost, "half": half, "faults": len(faults(database)),
            "reads": 50 * reads.count("50"), "torn_reads": sum(line.startswith("torn") for line in reads),
            "unacknowledged_on_shared": shared - 1 - sum(code == SHARED for code, *_ in notes),
        }  # fmt: skip


def recorded(database: sqlite3.Connection, code: str, version: str, status: str, name: str) -> bool:
    """Tell whether the trace of changes holds that version of that sign, with that status and name."""
    row = database.execute(
        "SELECT 1 FROM signs s JOIN changes c ON c.table_name = 'signs' AND c.row_id = s.fid "
        "WHERE s.code = ? AND s.version >= ? AND json_extract(c.after, '$.version') = ? "
        "AND json_extract(c.after, '$.status') = ? AND json_extract(c.after, '$.name') = ?",
        (code, int(version), int(version), status, name),
    ).fetchone()
    return row is not None


def main() -> None:
    """Print what was found; exit code 1 if anything was lost, half written or torn."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("writers", 8), ("readers", 8), ("kills", 50), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--folder", type=Path)
    options = vars(parser.parse_args())
    with tempfile.TemporaryDirectory(dir=options.pop("folder")) as folder:
        found = trial(Path(folder) / "register.gpkg", **options)
    print(json.dumps(found))
    bad = ("lost", "half", "faults", "torn_reads", "died")
    if (
        any(found[name] for name in bad)
        or not 0 <= found["unacknowledged_on_shared"] <= options["kills"] + options["writers"]
    ):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
