"""The published matrix: what Mutafriches (ADEME) says of ground photovoltaics on a brownfield, reproduced.

Criteria, weights and scores are data in `matrix.toml`: version 1.12 of 4 September 2026, 28 criteria whose weights sum
to 30, read in github.com/incubateur-ademe/mutafriches at commit 5875bfe. The arithmetic is that of its
`calcul.service.ts` and `fiabilite.calculator.ts` (commits 93e596b and af3a19a): a neutral answer (0.5) counts on both
sides, so that it pulls the index towards one half and raises it where it is lower; an index without any answer is 0.
Not compared with a running Mutafriches. Glossary: index = indice de mutabilité; reliability = indice de fiabilité; plus
and minus = avantages and contraintes.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from geo.config import read_toml
from geo.errors import SourceError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FILE: Final = Path(__file__).with_name("matrix.toml")
NEUTRAL: Final = 0.5
DONT_KNOW: Final = "ne-sait-pas"
NOT_FOUND: Final = "sans-resultat"
"""Our code for the published null: looked for without result. It scores nothing and counts as answered."""


class Band(BaseModel, frozen=True, extra="forbid"):
    """A stretch of numbers with one score: below a limit, up to and with one, or all the rest."""

    under: float | None = None
    up_to: float | None = None
    score: float


class PublishedCriterion(BaseModel, frozen=True, extra="forbid"):
    """One line of the matrix: answers are numbers in bands, or codes; an unscored code counts as answered."""

    id: str
    published: str
    weight: float = Field(gt=0)
    bands: tuple[Band, ...] = ()
    values: dict[str, float] = Field(default_factory=dict)
    unscored: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_one_kind(self) -> "PublishedCriterion":
        """Refuse a line without scores, or with two kinds of them."""
        if bool(self.bands) == bool(self.values):
            raise ValueError(f"{self.id} needs either bands or values")
        return self


class Matrix(BaseModel, frozen=True, extra="forbid"):
    """The criteria of one published version, and where they were read."""

    version: str
    date: date
    repository: str
    commit: str
    path: str
    total_weight: float
    criteria: tuple[PublishedCriterion, ...]

    @model_validator(mode="after")
    def _sums_up(self) -> "Matrix":
        """Refuse a line lost or given twice."""
        if not np.isclose(sum(each.weight for each in self.criteria), self.total_weight):
            raise ValueError(f"the weights do not sum to {self.total_weight}")
        if len({each.id for each in self.criteria}) < len(self.criteria):
            raise ValueError("a criterion stands there twice")
        return self


@dataclass(frozen=True)
class Published:
    """What the matrix says of each site; all shape (sites,), none rounded.

    `index` in [0, 1], 0 without any answer; `reliability` in [0, 1]: weight answered over the whole weight; `plus`
    and `minus`, >= 0: weighted scores for and against.
    """

    index: Floats
    reliability: Floats
    plus: Floats
    minus: Floats


@cache
def matrix() -> Matrix:
    """Read the matrix.

    Raises
    ------
    ConfigError
        If the file does not hold together.
    """
    return read_toml(FILE, Matrix)


def published(table: pd.DataFrame) -> Published:
    """Return the published index and reliability of each site.

    Parameters
    ----------
    table
        One row a site; columns named as the criteria of `matrix()`, others are left aside, an absent one is
        unanswered. Areas in m², distances in m, vacant homes in %; codes as published. Missing, empty or
        "ne-sait-pas" is unanswered; infinite, or "sans-resultat" among codes, is the published null.

    Raises
    ------
    SourceError
        If a column holds a code or a number that the matrix does not know.
    """
    plus, minus, filled = np.zeros(len(table)), np.zeros(len(table)), np.zeros(len(table))
    for criterion in matrix().criteria:
        if criterion.id in table.columns:
            score, answered = scores(table[criterion.id], criterion)
            points = criterion.weight * np.abs(score)
            plus += np.where(score > 0, points, 0.0)
            minus += np.where((score < 0) | (score == NEUTRAL), points, 0.0)
            filled += criterion.weight * answered
    both = plus + minus
    index = np.divide(plus, both, out=np.zeros(len(table)), where=both > 0)
    return Published(index, filled / matrix().total_weight, plus, minus)


def scores(answers: pd.Series, criterion: PublishedCriterion) -> tuple[Floats, Bools]:
    """Return the score of each answer, 0 where there is none, and whether it counts as answered."""
    return _in_bands(answers, criterion) if criterion.bands else _by_code(answers, criterion)


def as_shown(result: Published) -> pd.DataFrame:
    """Return both as Mutafriches shows them: the index in % to 0.1, the reliability out of 10 to 0.5; halves go up."""
    return pd.DataFrame(
        {
            "index_percent": np.floor(result.index * 1000 + 0.5) / 10,
            "reliability_of_10": np.floor(result.reliability * 20 + 0.5) / 2,
        }
    )


def _in_bands(answers: pd.Series, criterion: PublishedCriterion) -> tuple[Floats, Bools]:
    """Return scores of numbers."""
    try:
        number = pd.to_numeric(answers).to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError) as error:
        raise SourceError(f"column {criterion.id}: {error}; expected numbers; correct the table") from error
    if (number < 0).any():
        raise SourceError(f"column {criterion.id} holds {np.nanmin(number):g}; expected 0 or more; correct the table")
    score, free = np.zeros(len(number)), np.isfinite(number)
    for band in criterion.bands:
        inside = free.copy()
        if band.under is not None:
            inside &= number < band.under
        if band.up_to is not None:
            inside &= number <= band.up_to
        score[inside] = band.score
        free &= ~inside
    return score, ~np.isnan(number)


def _by_code(answers: pd.Series, criterion: PublishedCriterion) -> tuple[Floats, Bools]:
    """Return scores of codes; true and false may be booleans."""
    number, codes = pd.factorize(answers)
    known = [str(code).lower() if isinstance(code, bool | np.bool_) else str(code) for code in codes]
    silent = {"", DONT_KNOW}
    allowed = criterion.values.keys() | set(criterion.unscored) | silent | {NOT_FOUND}
    if strange := sorted(set(known) - allowed):
        raise SourceError(
            f"column {criterion.id} holds {strange[0]!r}; expected one of {', '.join(criterion.values)}; "
            "correct the table"
        )
    # The last entry is that of missing answers, whose number is -1.
    score = np.array([criterion.values.get(code, 0.0) for code in known] + [0.0])
    answered = np.array([code not in silent for code in known] + [False])
    return score[number], answered[number]
