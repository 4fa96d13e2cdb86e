"""Long work that can be stopped: finished pieces wait in a hidden folder beside the output."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def folder(
    out: Path, *, question: Mapping[str, Any], inputs: Sequence[Path], arrays: Sequence[NDArray[Any]] = ()
) -> Path:
    """Return the folder of finished pieces for an output, emptied if they answer another question.

    Parameters
    ----------
    out
        The file that will be written when all pieces are there.
    question
        What was asked, as anything that has a text.
    inputs
        Files read: another size or time of change is another question.
    arrays
        Numbers read: other bytes are another question.
    """
    files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in inputs]
    text = json.dumps([dict(question), files, version("artois")], default=str)
    digest = hashlib.sha256(text.encode())
    for values in arrays:
        digest.update(np.ascontiguousarray(values).tobytes())
    pieces = out.with_name(f".{out.name}.tiles")
    label = pieces / "question"
    if not (label.exists() and label.read_text(encoding="utf-8") == digest.hexdigest()):
        shutil.rmtree(pieces, ignore_errors=True)
        pieces.mkdir(parents=True)
        label.write_text(digest.hexdigest(), encoding="utf-8")
    return pieces
