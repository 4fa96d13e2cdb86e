"""A PostgreSQL server of one's own in a temporary folder, for the tests and the benchmark of the register.

It listens on a socket in that folder alone. As root, which PostgreSQL refuses to be, it runs as the account `postgres`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from pydantic import SecretStr

ACCOUNT: Final = "postgres"
HASTY: Final = "-F -c full_page_writes=off -c synchronous_commit=off"
"""Never waits for the disk: for tests, which lose nothing when the machine stops."""
START_S: Final = 30.0
NO_POSTGIS: Final = (
    "found no PostgreSQL with PostGIS on this machine; expected both; install postgresql and postgresql-postgis"
)


class Server(NamedTuple):
    """A server: where its data are, its programs, and the options that it is started with."""

    folder: Path
    programs: Path
    options: str

    def url(self, database: str) -> SecretStr:
        """Return the address of one of its databases."""
        return SecretStr(f"postgresql://artois@/{database}?host={self.folder}")

    def start(self) -> None:
        """Start it, and wait until it answers; after a kill, until the last of its processes is gone."""
        options = f"-k {self.folder} -c listen_addresses='' {self.options}"
        until = time.monotonic() + START_S
        command = (self.programs / "pg_ctl", "-D", self.folder, "-l", self.folder / "log", "-w", "-o", options, "start")
        while run(*command, check=False).returncode:
            if time.monotonic() > until:
                raise RuntimeError((self.folder / "log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it at once, and close every connection."""
        run(self.programs / "pg_ctl", "-D", self.folder, "-m", "fast", "-w", "stop", check=False)

    def kill(self) -> None:
        """Kill its first process and every other (SIGKILL), as the system would for lack of memory."""
        note = self.folder / "postmaster.pid"
        first = int(note.read_text(encoding="utf-8").split()[0])
        family = [first, *map(int, listed("--ppid", str(first), "-o", "pid="))]
        for process in family:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        while any(not state.startswith("Z") for state in listed("-p", ",".join(map(str, family)), "-o", "stat=")):
            time.sleep(0.01)
        for lock in (note, *self.folder.glob(".s.PGSQL.*.lock")):
            lock.unlink(missing_ok=True)  # else a dead process that nobody has buried yet is taken for a server


def listed(*options: str) -> list[str]:
    """Return what `ps` tells of some processes, a word for each."""
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout.split()


def found_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL on this machine that has PostGIS, None without one."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: float(one.parent.name), reverse=True)
    return next((folder for folder in folders if has_postgis(folder)), None)


def has_postgis(programs: Path) -> bool:
    """Tell whether a PostgreSQL can be started and has the extension."""
    if not all((programs / name).is_file() for name in ("initdb", "pg_ctl", "pg_config")):
        return False
    shared = subprocess.run([programs / "pg_config", "--sharedir"], capture_output=True, text=True, check=False)
    return (Path(shared.stdout.strip()) / "extension" / "postgis.control").is_file()


@contextmanager
def served(programs: Path, *, options: str = "", place: Path | None = None) -> Iterator[Server]:
    """Give a new server in a folder of that place (where temporary files go by default), and leave nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="artois-pg-", dir=place))
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT)
    server = Server(folder, programs, options)
    try:
        run(programs / "initdb", "-D", folder, "-A", "trust", "-U", "artois", "-E", "UTF8", "--no-locale", "-N")
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(*command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs under its account."""
    other: dict[str, Any] = {"user": ACCOUNT, "group": ACCOUNT, "extra_groups": []} if os.geteuid() == 0 else {}
    return subprocess.run(
        [str(part) for part in command],
        check=check, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}, **other,
    )  # fmt: skip
