"""Our score of brownfields for ground photovoltaics: unknown criteria widen an interval and never move the score.

The score is a weighted mean of utilities, from 0 to 1. Where a criterion is unknown, `score` takes the middle of its
utilities, `score_low` the worst and `score_high` the best; a drawn world takes any between, evenly. The middle, and not
the mean of the sites where it is known, because a fact learnt about one site must not move another's score. So a
neutral answer leaves the score as it is to the last bit, and any fact narrows the interval within what it was. Scores
are no probabilities, and their weights are a choice.
"""

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from geo.brownfields.criteria import (
    Criterion,
    Fact,
    Points,
    Utilities,
    default_weights,
    provenance_of,
    utilities,
    values_of,
    with_points,
)
from geo.errors import RequestError
from geo.kernels.ranking import (
    best_first,
    drawn_ranks,
    perturbed_weights,
    rank_bounds,
    rank_interval,
    ranks,
    shares,
    weighted_mean,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

CHANGES = {"without": 0.0, "doubled": 2.0}
"""What sensitivity multiplies a weight by."""


class ScoreParams(BaseModel, frozen=True, extra="forbid"):
    """What a town or a request may choose; `weights` and `points` replace the defaults they name.

    `concentration` draws the weights too, by a Dirichlet law around themselves (100 moves a weight of one eighteenth by
    about 40 %); without it they stay as they are. `top` is the list that sensitivity watches.
    """

    weights: dict[str, float] = Field(default_factory=dict)
    points: dict[str, Points] = Field(default_factory=dict)
    top: int = Field(default=10, ge=1, le=1000)
    draws: int = Field(default=1000, ge=20, le=2000)
    confidence: float = Field(default=0.9, gt=0, lt=1)
    concentration: float | None = Field(default=None, gt=0, le=1e6)
    seed: int = Field(default=2026, ge=0, lt=2**63)


class Sensitivity(NamedTuple):
    """What would change the first sites.

    `by_weight`: for each criterion and change of its weight, the sites that enter and leave. `by_unknown`: each single
    unknown criterion of one site that would make this site enter or leave, with its score then.
    """

    by_weight: pd.DataFrame
    by_unknown: pd.DataFrame


class _Judged(NamedTuple):
    """Sites by what their answers are worth: the bounds, the middle, shape (sites, criteria), and the weights."""

    used: tuple[Criterion, ...]
    worth: Utilities
    middle: Floats
    weight: Floats


def score_sites(table: pd.DataFrame, params: ScoreParams | None = None) -> pd.DataFrame:
    """Return the score, its interval and the ranks of each site.

    Parameters
    ----------
    table
        One row a site, columns named as criteria (`geo.brownfields.criteria.utilities`).
    params
        Choices; the defaults without any.

    Returns
    -------
    Same index. `score`, `score_low`, `score_high` in [0, 1]; `known_share` of the weight; `excluded_by`, the criteria
    that exclude the site; `may_be_excluded`, whether an unknown one still could. Ranks among sites not excluded,
    missing for excluded ones: `rank`; `rank_best` and `rank_worst`, whatever the unknowns turn out to be, weights as
    given (the best lets others turn out excluded, the worst counts what would exclude as worth 0); `rank_likely_best`
    and `rank_likely_worst`, in `confidence` of the drawn worlds, in which nobody is excluded.

    Raises
    ------
    RequestError
        If weights or points make no score.
    SourceError
        If a column holds what its criterion does not know.
    """
    params = params or ScoreParams()
    judged = _judge(table, params)
    low, high = (weighted_mean(each, judged.weight) for each in (judged.worth.low, judged.worth.high))
    score = weighted_mean(judged.middle, judged.weight)
    scored = pd.DataFrame(
        {
            "score": score,
            "score_low": low,
            "score_high": high,
            "known_share": weighted_mean(judged.worth.known.astype(np.float64), judged.weight),
            "excluded_by": list(_excluded_by(judged)),
            "may_be_excluded": _may_be_excluded(judged),
        },
        index=table.index,
    )
    ranked = _ranked(judged, (low, score, high), params).set_axis(table.index)
    return pd.concat([scored, ranked], axis=1)


def sensitivity(table: pd.DataFrame, params: ScoreParams | None = None) -> Sensitivity:
    """Return what would change the first `top` sites: weights, and single unknowns; excluded sites are left out.

    Sites are named by the table's index. Raises as `score_sites`.
    """
    params = params or ScoreParams()
    judged = _judge(table, params)
    free = np.flatnonzero(~judged.worth.excludes.any(axis=1))
    names, middle = table.index.to_numpy()[free], judged.middle[free]
    order = best_first(weighted_mean(middle, judged.weight))
    weights = pd.DataFrame(
        list(_changed_weights(judged, middle, names, params.top)),
        columns=["criterion", "change", "number", "entered", "left"],
    )
    unknowns = [
        row
        for place, each in enumerate(judged.used)
        for effect, rows, then in _changed_unknown(judged, free, order, place, params.top)
        for row in zip(names[rows], repeat(each.id), repeat(effect), then, strict=False)
    ]
    return Sensitivity(weights, pd.DataFrame(unknowns, columns=["site", "criterion", "effect", "score_then"]))


def explain(facts: Mapping[str, Fact], params: ScoreParams | None = None) -> pd.DataFrame:
    """Return how one site's score comes about: one row a criterion, each traced to its source and date.

    `weight` is the share of the whole; `part`, `part_low`, `part_high` are what the criterion adds, and sum to the
    score and its bounds. Raises as `score_sites`.
    """
    judged = _judge(values_of({"site": facts}), params or ScoreParams())
    share = shares(judged.weight)
    table = provenance_of({"site": facts}).drop(columns="site")
    return table.assign(
        weight=share,
        utility=np.where(judged.worth.known[0], judged.worth.low[0], np.nan),
        part=share * judged.middle[0],
        part_low=share * judged.worth.low[0],
        part_high=share * judged.worth.high[0],
        excludes=judged.worth.excludes[0],
    )


def weights_of(used: tuple[Criterion, ...], chosen: Mapping[str, float]) -> Floats:
    """Return the weight of each criterion, those chosen in place of the defaults.

    Raises
    ------
    RequestError
        If a name is no criterion, a weight is negative or no number, or all are 0.
    """
    names = [each.id for each in used]
    if strange := sorted(chosen.keys() - set(names)):
        raise RequestError(f"weight of {strange[0]!r}; expected one of {', '.join(names)}; correct the name")
    for name, given in chosen.items():
        if not 0 <= given < np.inf:
            raise RequestError(f"weight of {name} is {given}; expected a number of at least 0; correct it")
    defaults = default_weights()
    weight: Floats = np.array([chosen.get(name, defaults[name]) for name in names], dtype=np.float64)
    if not weight.any():
        raise RequestError("every weight is 0; expected one above 0; give a criterion some weight")
    return weight


def _judge(table: pd.DataFrame, params: ScoreParams) -> _Judged:
    """Return what the answers are worth."""
    used = with_points(params.points)
    worth = utilities(table, used)
    middle = np.where(worth.known, worth.low, [each.middle for each in used])
    return _Judged(used, worth, middle, weights_of(used, params.weights))


def _excluded_by(judged: _Judged) -> Iterator[str]:
    """Yield for each site the criteria that exclude it, joined by bars."""
    names = np.array([each.id for each in judged.used])
    yield from ("|".join(names[row]) if row.any() else "" for row in judged.worth.excludes)


def _may_be_excluded(judged: _Judged) -> Bools:
    """Return whether a criterion that can exclude is still unknown."""
    can = np.array([bool(each.excluded) for each in judged.used])
    return np.asarray((~judged.worth.known[:, can]).any(axis=1))


def _ranked(judged: _Judged, scores: tuple[Floats, Floats, Floats], params: ScoreParams) -> pd.DataFrame:
    """Return the columns of ranks."""
    free = np.flatnonzero(~judged.worth.excludes.any(axis=1))
    low, score, high = (each[free] for each in scores)
    low_or_out = np.where(_may_be_excluded(judged)[free], -np.inf, low)
    weights = perturbed_weights(judged.weight, params.draws, concentration=params.concentration, seed=params.seed)
    places = drawn_ranks(judged.worth.low[free], judged.worth.high[free], weights, seed=params.seed)
    likely = rank_interval(places, params.confidence)
    columns = {
        "rank": ranks(score),
        "rank_best": rank_bounds(low_or_out, high).best,
        "rank_worst": rank_bounds(low, high).worst,
        "rank_likely_best": likely.best,
        "rank_likely_worst": likely.worst,
    }
    ranked = pd.DataFrame(columns, index=free, dtype="Int64")
    return ranked.reindex(np.arange(len(scores[0])))


def _changed_weights(
    judged: _Judged, middle: Floats, names: NDArray[np.object_], top: int
) -> Iterator[tuple[str, str, int, str, str]]:
    """Yield each criterion and change of its weight: how many sites enter the first ones, which, and which leave."""
    before = best_first(weighted_mean(middle, judged.weight))[:top]
    for place, criterion in enumerate(judged.used):
        for change, factor in CHANGES.items():
            weight = judged.weight.copy()
            weight[place] *= factor
            if not weight.any():
                continue
            after = best_first(weighted_mean(middle, weight))[:top]
            entered, left = (
                sorted(names[np.setdiff1d(*pair)].astype(str)) for pair in ((after, before), (before, after))
            )
            yield criterion.id, change, len(entered), "|".join(entered), "|".join(left)


def _changed_unknown(
    judged: _Judged, free: Ints, order: Ints, place: int, top: int
) -> Iterator[tuple[str, Ints, Floats]]:
    """Yield the sites that one unknown criterion, at its best or worst, would bring among the first, or out of them."""
    if len(order) <= top:
        return
    middle, number = judged.middle[free], np.arange(len(free))
    unknown = ~judged.worth.known[free, place]
    inside = np.isin(number, order[:top])
    score = weighted_mean(middle, judged.weight)
    for effect, bound, last, who in (
        ("enters", judged.worth.high, order[top - 1], ~inside),
        ("leaves", judged.worth.low, order[top], inside),
    ):
        changed = middle.copy()
        changed[:, place] = bound[free, place]
        then = weighted_mean(changed, judged.weight)
        before_last = (then > score[last]) | ((then == score[last]) & (number < last))
        rows = np.flatnonzero(unknown & who & (before_last if effect == "enters" else ~before_last))
        yield effect, rows, then[rows]
