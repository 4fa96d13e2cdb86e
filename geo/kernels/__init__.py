"""Formulas on arrays: numpy in, numpy out; nothing here knows a file, a layer or a town.

Compiled kernels are kept beside their sources. numba tells a changed function by its own file alone, and would keep one
that calls a changed function of another file; so the folder is named after the bytes of all the sources.
"""

import hashlib
from pathlib import Path

import numba

_sources = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.rglob("*.py")))
numba.config.CACHE_DIR = str(  # type: ignore[attr-defined]
    Path(__file__).parent / "__pycache__" / f"numba-{hashlib.sha256(_sources).hexdigest()[:12]}"
)
