"""Costs and who pays them: whole cents before tax, shares that always sum to the cost."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal, NamedTuple, get_args

from geo.errors import RequestError
from geo.register.connection import Connection
from geo.register.people import Actor, require_role
from geo.register.signs import Sign, change, day, sign, to_change

Stage = Literal["estimate", "ordered", "invoiced"]
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)
FUNDERS: Final = ("region", "pole", "owner")
WHOLE_BP: Final = 10_000
"""Basis points of the whole."""


class Cost(NamedTuple):
    """What a sign costs at one stage, in cents before tax; the day and the source that say so."""

    stage: str
    amount_cents: int
    stated_on: str | None
    source: str


def split(amount_cents: int, weights: Mapping[str, int]) -> dict[str, int]:
    """Return an amount split by weights into whole cents that sum to it.

    Each gets the whole cents of its quota; the cents left go to the largest remainders, of equals to the first named.

    Parameters
    ----------
    amount_cents
        Whole cents, >= 0.
    weights
        Whole numbers >= 0, at least one above 0.

    Raises
    ------
    ValueError
        If the amount or a weight is negative, or all weights are 0.

    References
    ----------
    Hamilton's method of apportionment (largest remainder): M. L. Balinski, H. P. Young, Fair Representation (2001).

    >>> split(1001, {"region": 5000, "pole": 2500, "owner": 2500})
    {'region': 501, 'pole': 250, 'owner': 250}
    """
    whole = sum(weights.values())
    if amount_cents < 0 or whole <= 0 or min(weights.values()) < 0:
        raise ValueError(f"found {amount_cents} cents and weights {dict(weights)}; expected none negative, not all 0")
    cents = {name: amount_cents * weight // whole for name, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda name: -(amount_cents * weights[name] % whole))
    for name in by_remainder[: amount_cents - sum(cents.values())]:
        cents[name] += 1
    return cents


def costs(database: Connection, actor: Actor, code: str) -> list[Cost]:
    """Return what is known of a sign's cost: estimate, ordered, invoiced."""
    query = "SELECT stage, amount_cents, stated_on, source FROM costs WHERE sign_id = ?"
    found = [Cost(*row) for row in database.execute(query, (sign(database, actor, code).fid,))]
    return sorted(found, key=lambda cost: STAGES.index(cost.stage))


def write_cost(  # noqa: PLR0913 - an amount is told with its stage, day and source
    database: Connection, actor: Actor, code: str, stage: Stage, amount_cents: int, *, version: int,
    source: str, on: date | None = None,
) -> Sign:  # fmt: skip
    """Record the cost of a sign at one stage, in place of an earlier figure, and return the sign.

    Raises
    ------
    ForbiddenError, UnknownNameError, StaleError
        As `signs.describe`, or for an owner.
    RequestError
        If the amount is negative, the stage unknown, or no source is named.
    """
    require_role(actor, "planner", "admin")
    if stage not in STAGES or not 0 <= amount_cents <= 10**12 or not source.strip():
        raise RequestError(
            f"found {stage} of {amount_cents} cents by {source!r:.40}; expected one of {', '.join(STAGES)}, at least "
            "0 cents, and who says so; correct it"
        )
    found = to_change(database, actor, code, version=version)
    database.execute(
        "INSERT INTO costs (sign_id, stage, amount_cents, stated_on, source) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (sign_id, stage) DO UPDATE SET "
        "amount_cents = excluded.amount_cents, stated_on = excluded.stated_on, source = excluded.source",
        (found.fid, stage, amount_cents, day(on), source),
    )
    return change(database, actor, found, {})


def write_funding(database: Connection, actor: Actor, code: str, shares_bp: Mapping[str, int], *, version: int) -> Sign:
    """Record who pays which share of a sign (basis points, 10,000 in all) and return the sign.

    Raises
    ------
    ForbiddenError, UnknownNameError, StaleError
        As `signs.describe`, or for an owner.
    RequestError
        If the shares are not those of region, pole and owner, or do not sum to 10,000.
    """
    require_role(actor, "planner", "admin")
    if set(shares_bp) != set(FUNDERS) or min(shares_bp.values()) < 0 or sum(shares_bp.values()) != WHOLE_BP:
        raise RequestError(
            f"found the shares {dict(shares_bp)}; expected {', '.join(FUNDERS)}, which sum to {WHOLE_BP}; correct them"
        )
    found = to_change(database, actor, code, version=version)
    database.execute(
        "INSERT INTO funding (sign_id, region_bp, pole_bp, owner_bp) VALUES (?, ?, ?, ?) ON CONFLICT (sign_id) "
        "DO UPDATE SET region_bp = excluded.region_bp, pole_bp = excluded.pole_bp, owner_bp = excluded.owner_bp",
        (found.fid, *(shares_bp[name] for name in FUNDERS)),
    )
    return change(database, actor, found, {})


def funding(database: Connection, actor: Actor, code: str) -> dict[str, dict[str, int]]:
    """Return what each pays at each stage that has a cost, in cents; empty where shares or costs are unknown."""
    query = "SELECT region_bp, pole_bp, owner_bp FROM funding WHERE sign_id = ?"
    row = database.execute(query, (sign(database, actor, code).fid,)).fetchone()
    if row is None:
        return {}
    weights = dict(zip(FUNDERS, row, strict=True))
    return {cost.stage: split(cost.amount_cents, weights) for cost in costs(database, actor, code)}
