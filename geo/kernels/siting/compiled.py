"""How loops are compiled: those that Python calls, and those within them, which need no door of their own.

Doors (from Python, from C) take half of the seconds that the first call spends on compiling.
"""

from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar, cast

from numba import njit

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

DOOR: Final[dict[str, Any]] = {"nogil": True, "error_model": "numpy", "cache": True}
INNER: Final[dict[str, Any]] = {
    "nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True
}  # fmt: skip


def door(loop: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Compile a loop that Python calls, and keep what was compiled."""
    return cast("Callable[Given, Answer]", njit(**DOOR)(loop))


def inner(loop: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Compile a loop that other loops alone call."""
    return cast("Callable[Given, Answer]", njit(**INNER)(loop))
