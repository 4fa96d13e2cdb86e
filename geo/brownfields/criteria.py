"""The criteria of our score, as data: names, units, utilities, weights; and what is known of them, with its origin.

A utility says how good an answer is for a ground photovoltaic plant, from 0 to 1. The criteria are in `criteria.toml`,
the weights in `weights.toml`. Glossary: net area = surface nette, after slope, shade, buildings and exclusions;
substation = poste source; acceleration zone = zone d'accélération des énergies renouvelables (ZAER).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, RootModel, model_validator

from geo.config import read_toml
from geo.errors import RequestError, SourceError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CRITERIA_FILE: Final = Path(__file__).with_name("criteria.toml")
WEIGHTS_FILE: Final = Path(__file__).with_name("weights.toml")

Status = Literal["observed", "derived", "unknown"]
Direction = Literal["more_is_better", "less_is_better", "by_answer"]
Points = tuple[tuple[float, float], ...]
MIN_POINTS: Final = 2


class Fact(NamedTuple):
    """What is known of one criterion at one site: a number or a code, who says so, and since when (ISO date).

    `observed` is read from a source, `derived` computed from one; an unknown fact has the value None.
    """

    value: float | str | None
    source: str = ""
    date: str = ""
    status: Status = "unknown"


class Criterion(BaseModel, frozen=True, extra="forbid"):
    """One thing that the score looks at: a number along `points`, or one of its codes."""

    id: str
    fr: str
    en: str
    unit: str = ""
    basis: str
    points: Points = ()
    answers: dict[str, float] = Field(default_factory=dict)
    neutral: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_one_utility(self) -> "Criterion":
        """Refuse utilities outside [0, 1], points out of order, codes given twice, and criteria that tell nothing."""
        if bool(self.points) == bool(self.answers) or (self.points and (self.neutral or self.excluded)):
            raise ValueError(f"{self.id} needs either points, or answers and what goes with them")
        if any(after[0] <= before[0] for before, after in pairwise(self.points)):
            raise ValueError(f"{self.id}: points must go from left to right, each further than the one before")
        given = [utility for _, utility in self.points] or list(self.answers.values())
        if not all(0 <= utility <= 1 for utility in given) or len(set(given)) < MIN_POINTS:
            raise ValueError(f"{self.id}: utilities must differ and lie between 0 and 1, got {given}")
        if not all(np.isfinite(number) for number, _ in self.points):
            raise ValueError(f"{self.id}: points must be finite")
        codes = [*self.answers, *self.neutral, *self.excluded]
        if len(set(codes)) < len(codes):
            raise ValueError(f"{self.id}: a code stands there twice")
        return self

    @property
    def low(self) -> float:
        """Return the utility of the worst answer; one that excludes is worth 0."""
        return 0.0 if self.excluded else min([utility for _, utility in self.points] or self.answers.values())

    @property
    def high(self) -> float:
        """Return the utility of the best answer."""
        return max([utility for _, utility in self.points] or self.answers.values())

    @property
    def middle(self) -> float:
        """Return what is expected where nothing is known, and given by a neutral answer."""
        return (self.low + self.high) / 2

    @property
    def direction(self) -> Direction:
        """Return whether more or less is better; where utility rises and falls, or by codes, only the answer tells."""
        steps = {np.sign(after[1] - before[1]) for before, after in pairwise(self.points)} - {0}
        if len(steps) != 1:
            return "by_answer"
        return "more_is_better" if steps == {1} else "less_is_better"


class _Criteria(BaseModel, frozen=True, extra="forbid"):
    """The file of criteria."""

    criteria: tuple[Criterion, ...]


class _Weights(RootModel[dict[str, float]]):
    """The file of weights."""


class Utilities(NamedTuple):
    """What the answers of sites are worth; each shape (sites, criteria).

    `low` and `high` bound each utility and are equal where it is known; `known` tells where; `excludes` tells which
    answers exclude their site (they are worth 0).
    """

    low: Floats
    high: Floats
    known: Bools
    excludes: Bools


@cache
def criteria() -> tuple[Criterion, ...]:
    """Read our criteria, in the order in which all arrays hold them.

    Raises
    ------
    ConfigError
        If the file does not hold together.
    """
    return read_toml(CRITERIA_FILE, _Criteria).criteria


@cache
def default_weights() -> Mapping[str, float]:
    """Read the weight of each criterion; raises as `criteria` does."""
    return read_toml(WEIGHTS_FILE, _Weights).root


def with_points(points: Mapping[str, Points]) -> tuple[Criterion, ...]:
    """Return the criteria with other points for some of them.

    Raises
    ------
    RequestError
        If a name is no criterion of numbers, or its points make no utility.
    """
    numeric = [each.id for each in criteria() if each.points]
    if strange := sorted(points.keys() - set(numeric)):
        raise RequestError(f"points for {strange[0]!r}; expected one of {', '.join(numeric)}; correct the name")
    try:
        return tuple(
            Criterion.model_validate(each.model_dump() | {"points": points.get(each.id, each.points)})
            for each in criteria()
        )
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise RequestError(f"points of a utility: {reason}; give [number, utility] pairs that rise") from error


def utilities(table: pd.DataFrame, used: tuple[Criterion, ...]) -> Utilities:
    """Return what each site's answers are worth.

    Parameters
    ----------
    table
        One row a site; columns named as criteria hold numbers in their unit, or codes; missing or empty is unknown;
        an absent column is unknown everywhere, other columns are left aside.
    used
        The criteria.

    Raises
    ------
    SourceError
        If a column holds what its criterion does not know.
    """
    shape = (len(table), len(used))
    low = np.broadcast_to([each.low for each in used], shape).copy()
    high = np.broadcast_to([each.high for each in used], shape).copy()
    known, excludes = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for place, criterion in enumerate(used):
        if criterion.id in table.columns:
            utility, out = _worth(table[criterion.id], criterion)
            given = ~np.isnan(utility)
            low[given, place] = high[given, place] = utility[given]
            known[:, place], excludes[:, place] = given, out
    return Utilities(low, high, known, excludes)


def values_of(facts: Mapping[str, Mapping[str, Fact]]) -> pd.DataFrame:
    """Return the table of values that `utilities` reads, one row a site, from facts by site and criterion."""
    rows = {site: {name: fact.value for name, fact in known.items()} for site, known in facts.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=[each.id for each in criteria()])


def provenance_of(facts: Mapping[str, Mapping[str, Fact]]) -> pd.DataFrame:
    """Return one row a site and criterion: its value as text, source, date and status; unknown where no fact is."""
    rows = [
        {"site": site, "criterion": each.id, **known.get(each.id, Fact(None))._asdict()}
        for site, known in facts.items()
        for each in criteria()
    ]
    table = pd.DataFrame(rows, columns=["site", "criterion", *Fact._fields])
    return table.assign(value=table["value"].map(lambda value: "" if pd.isna(value) else str(value)))


def _worth(answers: pd.Series, criterion: Criterion) -> tuple[Floats, Bools]:
    """Return utilities, NaN where unknown, and which answers exclude."""
    if criterion.points:
        return _worth_of_numbers(answers, criterion), np.zeros(len(answers), dtype=np.bool_)
    number, codes = pd.factorize(answers)
    worth = dict(_worth_of_codes(criterion))
    if strange := sorted({str(code) for code in codes} - worth.keys() - {""}):
        raise SourceError(
            f"column {criterion.id} holds {strange[0]!r}; expected one of {', '.join(worth)}; correct the table"
        )
    # The last entry is that of missing answers, whose number is -1.
    utility = np.array([worth.get(str(code), np.nan) for code in codes] + [np.nan])
    out = np.array([code in criterion.excluded for code in codes] + [False], dtype=np.bool_)
    return utility[number], out[number]


def _worth_of_codes(criterion: Criterion) -> Iterator[tuple[str, float]]:
    """Yield every code of a criterion and its utility."""
    yield from criterion.answers.items()
    yield from ((code, criterion.middle) for code in criterion.neutral)
    yield from ((code, 0.0) for code in criterion.excluded)


def _worth_of_numbers(answers: pd.Series, criterion: Criterion) -> Floats:
    """Return utilities along the points, NaN where unknown."""
    try:
        number = pd.to_numeric(answers).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise SourceError(f"column {criterion.id}: {error}; expected numbers; correct the table") from error
    if np.isinf(number).any():
        raise SourceError(f"column {criterion.id} holds an infinite number; expected finite ones; leave it empty")
    at, utility = zip(*criterion.points, strict=True)
    return np.asarray(np.interp(number, at, utility), dtype=np.float64)
