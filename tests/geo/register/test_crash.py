import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SHORT = ("--writers", "3", "--readers", "2", "--seconds", "2.5", "--kills", "5", "--seed", "7")


def test_killed_writers_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A short form of `python -m benchmarks.register`, which kills 50 times among 16."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.register", *SHORT, "--folder", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["acknowledged"] > 0
    assert found["reads"] > 0
    assert (found["lost"], found["half"], found["faults"], found["torn_reads"], found["died"]) == (0, 0, 0, 0, 0)
