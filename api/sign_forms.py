"""What people send about signs and requests: forms that say what is missing, unknown or out of bounds."""

import re
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from geo.register import money
from geo.register.blades import MOST_BLADES, Blade
from geo.register.signs import FIRST_YEAR, LAST_YEAR, Birth, LongText, Words

DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def iso_day(given: object) -> object:
    """Return what is written as a day; a bare number would be taken for seconds since 1970."""
    if isinstance(given, str) and DAY.fullmatch(given):
        return given
    raise ValueError("a day such as 2026-03-01")


def with_iso_day(given: object) -> object:
    """Return how a sign comes into the register, whose day is written as one."""
    if isinstance(given, dict) and given.get("status_on") is not None:
        iso_day(given["status_on"])
    return given


def no_number(given: object) -> object:
    """Return what is true, false or null; 0 and 1 are neither."""
    if given is None or isinstance(given, bool):
        return given
    raise ValueError("false")


Day = Annotated[date, BeforeValidator(iso_day)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""A number of JSON: neither its text nor true, which would count as 1."""
Share = Annotated[int, Field(strict=True, ge=0, le=money.WHOLE_BP)]


class RequestForm(BaseModel, frozen=True, extra="forbid"):
    """What an organisation asks for, about a sign or about none yet."""

    wanted: LongText
    sign: str | None = Field(default=None, max_length=20)


class RequestEdit(BaseModel, frozen=True, extra="forbid"):
    """Other words for a request that waits, by those who asked; or what the pole decided of it, and why."""

    wanted: LongText | None = None
    decision: Literal["accepted", "refused"] | None = None
    reason: LongText | None = None

    @model_validator(mode="after")
    def one_of_two(self) -> Self:
        """Refuse an edit that is neither or both, and a reason without decision."""
        if (self.wanted is None) == (self.decision is None) or (self.wanted is not None and self.reason is not None):
            raise ValueError("either wanted, or decision with or without reason")
        return self


class MoveForm(BaseModel, frozen=True, extra="forbid"):
    """Where a status moves, on which day (unknown when left out), and why."""

    status: str = Field(max_length=20)
    on: Day | None = None
    note: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")] | None = None


class CostForm(BaseModel, frozen=True, extra="forbid"):
    """What a sign costs at one stage, in whole cents before tax, and who says so."""

    stage: money.Stage
    amount_cents: int = Field(strict=True, ge=0, le=10**12)
    source: Words
    stated_on: Day | None = None


class FundingForm(BaseModel, frozen=True, extra="forbid"):
    """Who pays which share, in basis points: 10,000 in all."""

    region: Share
    pole: Share
    owner: Share


class SignFacts(BaseModel, frozen=True, extra="forbid"):
    """What is said of a sign; WGS84 degrees. In an edit, what is left out stays as it is and null makes it unknown."""

    lon: Annotated[Number, Field(ge=-180, le=180)] | None = None
    lat: Annotated[Number, Field(ge=-90, le=90)] | None = None
    type: Words | None = None
    name: Words | None = None
    park: Words | None = None
    sealing: str | None = Field(default=None, max_length=20)
    condition: str | None = Field(default=None, max_length=20)
    visibility_m: Number | None = None
    road_permission: str | None = Field(default=None, max_length=20)
    languages: str | None = Field(default=None, max_length=30)
    notes: LongText | None = None


class NewSign(BaseModel, frozen=True, extra="forbid"):
    """A new sign: what is said of it, how it comes into the register, and what is written on it."""

    facts: SignFacts
    birth: Annotated[Birth, BeforeValidator(with_iso_day)]
    blades: tuple[Blade, ...] = Field(default=(), max_length=MOST_BLADES)


class SignEdit(BaseModel, frozen=True, extra="forbid"):
    """What changes: facts, all blades, a draft made public; cost, shares and year of order by planner or admin."""

    facts: SignFacts | None = None
    blades: tuple[Blade, ...] | None = Field(default=None, max_length=MOST_BLADES)
    draft: Annotated[Literal[False] | None, BeforeValidator(no_number)] = None
    cost: CostForm | None = None
    funding: FundingForm | None = None
    order_year: int | None = Field(default=None, strict=True, ge=FIRST_YEAR, le=LAST_YEAR)
