"""How far a plan is, for those who wait: steps with the part of the work that is done."""

from collections.abc import Callable
from typing import NamedTuple


class Step(NamedTuple):
    """What is worked at now, the part of all work before it (0 to 1, a rough estimate), and what is known of it."""

    name: str
    done: float
    detail: str = ""


Tell = Callable[[Step], None]


def silent(step: Step) -> None:
    """Tell nobody."""
