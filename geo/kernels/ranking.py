"""Ranks of uncertain scores: how high and how low a place can be, and where it is most of the time.

Rank 1 is the highest score; those that tie share the best of their places (1, 2, 2, 4).
"""

from typing import Final, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Places = NDArray[np.int32]


CROWDED: Final = 32
"""Scores in one bin beyond which they are sorted as any others."""


class RankBounds(NamedTuple):
    """The best and the worst rank that each site can have, shape (sites,)."""

    best: Ints
    worst: Ints


def weighted_mean(utility: Floats, weight: Floats) -> Floats:
    """Return the weighted mean of each row.

    Summed column by column, so that a row nowhere lower than another never comes out lower by rounding.

    Parameters
    ----------
    utility
        Shape (sites, criteria).
    weight
        Shape (criteria,), >= 0, one at least positive.

    Raises
    ------
    ValueError
        If a weight is negative, or none is positive.
    """
    share = shares(weight)
    total = np.zeros(len(utility))
    for column, part in enumerate(share):
        total += part * utility[:, column]
    return total


def shares(weight: Floats) -> Floats:
    """Return weights that sum to 1; raises as `weighted_mean` does."""
    weight = np.asarray(weight, dtype=np.float64)
    if not (weight >= 0).all() or not 0 < weight.sum() < np.inf:
        raise ValueError(f"weights must be at least 0, and one positive, got {weight}")
    share: Floats = weight / weight.sum()
    return share


def ranks(score: Floats) -> Ints:
    """Return 1 + the number of strictly higher scores, shape (sites,)."""
    places: Ints = 1 + len(score) - np.searchsorted(np.sort(score), score, side="right")
    return places


def best_first(score: Floats) -> Ints:
    """Return the rows from the highest score to the lowest; those that tie stay in their order."""
    return np.argsort(-score, kind="stable")


def rank_bounds(low: Floats, high: Floats) -> RankBounds:
    """Return the ranks a site can have when each score may be anywhere between its bounds.

    Best: this site at its highest and all others at their lowest; worst: the other way round. Both are reached, as
    scores are free of each other.

    Parameters
    ----------
    low, high
        Bounds of each score, shape (sites,), low <= high.

    Raises
    ------
    ValueError
        If some low is above its high.
    """
    if not (low <= high).all():
        raise ValueError("each low bound must be at most its high bound")
    best = 1 + len(low) - np.searchsorted(np.sort(low), high, side="right")
    # A site with an interval of its own counts itself among those that can be above its low bound.
    worst = 1 + len(low) - np.searchsorted(np.sort(high), low, side="right") - (high > low)
    return RankBounds(best, worst)


def drawn_ranks(low: Floats, high: Floats, weights: Floats, *, seed: int) -> Places:
    """Return the ranks of many worlds, in each of which every utility is drawn evenly between its bounds.

    What is drawn for a site depends on seed, world, row and criterion only: neither on the number of threads nor on
    what is known of other sites.

    Parameters
    ----------
    low, high
        Bounds of each utility, shape (sites, criteria); equal where it is known.
    weights
        One row a world, each sums to 1, shape (draws, criteria).
    seed
        Any whole number >= 0 below 2^63.

    Returns
    -------
    Rank of each site in each world, shape (sites, draws).

    References
    ----------
    The hash of the counters is the finaliser of SplitMix64: Steele, Lea and Flood (2014),
    https://doi.org/10.1145/2660193.2660195.
    """
    if not len(low):
        return np.empty((0, len(weights)), dtype=np.int32)
    low, high, weights = (np.ascontiguousarray(each, dtype=np.float64) for each in (low.T, high.T, weights))
    places: Places = _rank_worlds(low, high, weights, np.uint64(seed)).T
    return places


def rank_interval(places: Places | Ints, confidence: float) -> RankBounds:
    """Return the ranks between which a site is in a share of the worlds, the rest cut off evenly at both ends.

    Parameters
    ----------
    places
        Of `drawn_ranks`, shape (sites, draws).
    confidence
        In (0, 1); 0.9 leaves one in twenty out on either side.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, got {confidence}")
    draws = places.shape[1]
    first = int(round(draws * (1 - confidence), 9) / 2)  # 1 - 0.9 falls short of 0.1
    last = draws - 1 - first
    sorted_there = np.partition(places, (first, last), axis=1)
    return RankBounds(sorted_there[:, first].astype(np.int64), sorted_there[:, last].astype(np.int64))


def perturbed_weights(weight: Floats, draws: int, *, concentration: float | None, seed: int) -> Floats:
    """Return weights drawn around given ones, each row summing to 1, shape (draws, criteria).

    Parameters
    ----------
    weight
        Shape (criteria,), >= 0; a weight of 0 stays 0.
    draws
        How many rows.
    concentration
        Of the Dirichlet law: a share p varies with standard deviation sqrt(p (1 - p) / (concentration + 1)). None
        leaves the weights as they are.
    seed
        Of the generator.

    Raises
    ------
    ValueError
        As `weighted_mean`; or if `concentration` is not positive.
    """
    share = shares(weight)
    if concentration is None:
        return np.tile(share, (draws, 1))
    if not concentration > 0:
        raise ValueError(f"concentration must be positive, got {concentration}")
    drawn, live = np.zeros((draws, len(share))), share > 0
    drawn[:, live] = np.random.default_rng(seed).dirichlet(concentration * share[live], size=draws)
    return drawn


@njit(cache=True, parallel=True)
def _rank_worlds(low: Floats, high: Floats, weights: Floats, seed: np.uint64) -> Places:
    """Return ranks, shape (draws, sites), from bounds of shape (criteria, sites)."""
    places = np.empty((len(weights), low.shape[1]), dtype=np.int32)
    for world in prange(len(weights)):
        score, key = np.zeros(low.shape[1]), _mix(seed + np.uint64(world))
        for column in range(len(low)):
            _add_drawn(score, low[column], high[column], weights[world, column], _mix(key + np.uint64(column)))
        _fill_ranks(score, places[world])
    return places


@njit(cache=True)
def _add_drawn(score: Floats, low: Floats, high: Floats, weight: float, key: np.uint64) -> None:
    """Add a criterion drawn for every site; without branches, so that it runs on whole vectors."""
    for site in range(len(score)):
        even = np.float64(_mix(key + np.uint64(site)) >> np.uint64(11)) * 2.0**-53
        score[site] += weight * min(low[site] + even * (high[site] - low[site]), high[site])


@njit(cache=True)
def _fill_ranks(score: Floats, places: Places) -> None:
    """Write the rank of each score, sorted by as many bins as there are scores."""
    order, begins = _binned(score)
    for number in range(len(begins) - 1):
        first, end = begins[number], begins[number + 1]
        if end - first > CROWDED:
            order[first:end] = order[first:end][np.argsort(-score[order[first:end]])]
        else:
            _sort_few(order[first:end], score)
        for place in range(first, end):
            tie = place > first and score[order[place]] == score[order[place - 1]]
            places[order[place]] = places[order[place - 1]] if tie else place + 1


@njit(cache=True)
def _binned(score: Floats) -> tuple[Ints, Ints]:
    """Return the rows bin by bin from the highest scores down, and where each bin begins; equals share a bin."""
    top, scale = score.max(), (len(score) - 1) / max(np.ptp(score), 1e-300)
    number = ((top - score) * scale).astype(np.int64)
    begins = np.zeros(len(score) + 2, dtype=np.int64)
    for each in number:
        begins[each + 2] += 1
    begins = np.cumsum(begins)
    order = np.empty(len(score), dtype=np.int64)
    for row, each in enumerate(number):
        order[begins[each + 1]] = row
        begins[each + 1] += 1
    return order, begins[:-1]


@njit(cache=True)
def _sort_few(order: Ints, score: Floats) -> None:
    """Sort a few rows in place, highest score first."""
    for end in range(1, len(order)):
        row, place = order[end], end
        while place > 0 and score[order[place - 1]] < score[row]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = row


@njit(cache=True, inline="always")
def _mix(value: np.uint64) -> np.uint64:
    """Return the bits of a counter thoroughly mixed."""
    mixed = value * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
