import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.postgis_server import NO_POSTGIS, found_programs

ROOT = Path(__file__).parents[3]
SHORT = ("--writers", "3", "--readers", "2", "--seconds", "2.5", "--kills", "5", "--seed", "7")


@pytest.mark.parametrize("home", [(), ("--postgis", "--server-kills", "1")], ids=["file", "postgis"])
def test_killed_writers_lose_nothing_that_was_acknowledged(home: tuple[str, ...], tmp_path: Path) -> None:
    """A short form of `python -m benchmarks.register`, which kills 50 times among 16."""
    if home and found_programs() is None:
        pytest.skip(NO_POSTGIS)
    place = () if home else ("--folder", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.register", *SHORT, *home, *place],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["acknowledged"] > 0
    assert found["reads"] > 0
    assert (found["lost"], found["half"], found["faults"], found["torn_reads"], found["died"]) == (0, 0, 0, 0, 0)
