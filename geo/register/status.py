"""The life of a sign: which moves of its status are legal, and who may make them.

requested → validated → designed → manufactured → installed → (to_repair → repaired)* → removed. What is not made yet
(requested, validated, designed) can be cancelled; what is made but not laid is removed. `unknown` is how an imported
sign begins whose source tells no status: somebody must see it first. `removed` and `cancelled` are final.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from geo.errors import ForbiddenError, IllegalMoveError, RequestError
from geo.register.people import Actor

MOVES: Final[dict[str, tuple[str, ...]]] = {
    "requested": ("validated", "cancelled"),
    "validated": ("designed", "cancelled"),
    "designed": ("manufactured", "cancelled"),
    "manufactured": ("installed", "removed"),
    "installed": ("to_repair", "removed"),
    "to_repair": ("repaired", "removed"),
    "repaired": ("to_repair", "removed"),
    "removed": (),
    "cancelled": (),
    "unknown": ("installed", "to_repair", "removed"),
}
"""The same as the table `status_moves`, by which the register's triggers judge."""

OWNER_MOVES: Final = frozenset(
    {
        ("requested", "cancelled"),
        ("installed", "to_repair"),
        ("repaired", "to_repair"),
        ("to_repair", "repaired"),
    }
)
"""What an owner may do with his own signs; all else is the pole's."""

TIME_ZONE: Final = "Europe/Paris"
"""Where a day begins an hour or two before it does in UTC, which is the register's clock."""


def require_move(actor: Actor, old: str, new: str, *, draft: bool) -> None:
    """Refuse a move that is not legal, or not this actor's.

    Raises
    ------
    RequestError
        If there is no such status.
    IllegalMoveError
        If the table has no such move, or a draft is moved elsewhere than to cancelled.
    ForbiddenError
        If it is not the role's.
    """
    require_status(new)
    if new not in MOVES[old]:
        expected = " or ".join(MOVES[old]) or "none: that is the end"
        raise IllegalMoveError(f"found a move from {old} to {new}; expected {expected}; read the sign again")
    if draft and new != "cancelled":
        raise IllegalMoveError(f"found a draft to move to {new}; expected a published sign; publish it first")
    if actor.role == "owner" and (old, new) not in OWNER_MOVES:
        raise ForbiddenError(f"found an owner who moves {old} to {new}; expected a planner; ask the pole to do it")


def require_status(status: str) -> None:
    """Refuse what is no status at all."""
    if status not in MOVES:
        raise RequestError(f"found the status {status!r:.40}; expected one of {', '.join(MOVES)}; correct it")


def require_day(on: date | None, *, told: Iterable[date], today: date) -> None:
    """Refuse a day on which a step cannot have been; None, an untold day, always can.

    Parameters
    ----------
    on
        The day of the step.
    told
        The days of the steps before it. Those still to come are errors of an earlier time, and bind nobody.
    today
        The day it is.

    Raises
    ------
    RequestError
        If the day has not come, or lies before one that was told.
    """
    if on is None:
        return
    if on > today:
        raise RequestError(
            f"found the day {on}, which has not come; expected {today} or before; record it once it is done"
        )
    last = max((day for day in told if day <= today), default=on)
    if on < last:
        raise RequestError(
            f"found the day {on}, before the sign's last step on {last}; expected {last} to {today}; correct it"
        )


def day_in_france(clock: str) -> date:
    """Return the day it is in France when the register's clock shows that time (ISO 8601).

    >>> day_in_france("2026-11-23T23:30:00.000Z")
    datetime.date(2026, 11, 24)
    """
    return datetime.fromisoformat(clock).astimezone(ZoneInfo(TIME_ZONE)).date()
