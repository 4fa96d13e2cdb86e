"""Ranks of uncertain scores, against trying every case and against closed forms."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.kernels.ranking import (
    best_first,
    drawn_ranks,
    perturbed_weights,
    rank_bounds,
    rank_interval,
    ranks,
    weighted_mean,
)

STEPS = st.integers(0, 4).map(float)
"""Few values, so that ties are common."""


def test_those_that_tie_share_the_best_place() -> None:
    score = np.array([0.5, 0.9, 0.5, 0.1])
    assert ranks(score).tolist() == [2, 1, 2, 4]
    assert best_first(score).tolist() == [1, 0, 2, 3]


@given(st.lists(st.tuples(STEPS, STEPS).map(sorted), min_size=1, max_size=5))
def test_bounds_are_those_of_every_corner_tried(pairs: list[list[float]]) -> None:
    low, high = np.array(pairs).T
    tried = np.array([ranks(np.array(corner)) for corner in product(*pairs)])
    bounds = rank_bounds(low, high)
    np.testing.assert_array_equal(bounds.best, tried.min(axis=0))
    np.testing.assert_array_equal(bounds.worst, tried.max(axis=0))


@settings(deadline=None)
@given(arrays(np.float64, (6, 3), elements=st.floats(0, 1)), arrays(np.float64, (6, 3), elements=st.floats(0, 1)))
def test_ranks_drawn_lie_between_the_bounds(one: np.ndarray, other: np.ndarray) -> None:
    low, high, weight = np.minimum(one, other), np.maximum(one, other), np.array([3.0, 1.0, 2.0])
    places = drawn_ranks(low, high, perturbed_weights(weight, 40, concentration=None, seed=0), seed=7)
    bounds = rank_bounds(weighted_mean(low, weight), weighted_mean(high, weight))
    assert (places >= bounds.best[:, None]).all() and (places <= bounds.worst[:, None]).all()


@settings(deadline=None)
@given(arrays(np.float64, (8, 3), elements=st.integers(0, 3).map(float)))
def test_known_scores_have_one_rank_in_every_world(utility: np.ndarray) -> None:
    weight = np.ones(3) / 3
    places = drawn_ranks(utility, utility, np.tile(weight, (5, 1)), seed=1)
    np.testing.assert_array_equal(places, np.tile(ranks(weighted_mean(utility, weight))[:, None], (1, 5)))


@pytest.mark.parametrize("number", [1, 2, 500])
@pytest.mark.parametrize("shape", ["spread", "crowded", "equal", "rounded"])
def test_bins_rank_as_sorting_does(number: int, shape: str) -> None:
    rng = np.random.default_rng(number)
    made = {
        "spread": rng.random(number),
        "crowded": np.append(rng.random(number - 1) * 1e-9, 1.0),  # one bin holds all but one
        "equal": np.full(number, 0.3),
        "rounded": rng.integers(0, 5, number) / 7,
    }
    score = made[shape]
    places = drawn_ranks(score[:, None], score[:, None], np.ones((1, 1)), seed=0)
    np.testing.assert_array_equal(places[:, 0], ranks(score))


def test_an_even_draw_is_even() -> None:
    # One site unknown on [0, 1], nine known at 0.1, ..., 0.9: each of ten ranks has one chance in ten.
    low = np.append(np.arange(1, 10) / 10, 0.0)[:, None]
    high = np.append(np.arange(1, 10) / 10, 1.0)[:, None]
    draws = 20_000
    places = drawn_ranks(low, high, np.ones((draws, 1)), seed=3)[-1]
    expected = draws / 10
    chi2 = ((np.bincount(places, minlength=11)[1:] - expected) ** 2 / expected).sum()
    assert chi2 < 27.9  # 0.999 of the law with nine degrees of freedom
    interval = rank_interval(places[None], 0.9)
    assert interval.best[0] == 1 and interval.worst[0] == 10


def test_draws_of_two_criteria_are_independent() -> None:
    # A site with two unknown halves beats 1/2 + t with the area of a corner of the unit square: t = 1/4, 1/8.
    low, high = np.array([[0.0, 0.0], [0.75, 0.75]]), np.array([[1.0, 1.0], [0.75, 0.75]])
    places = drawn_ranks(low, high, np.full((40_000, 2), 0.5), seed=5)
    share = (places[0] == 1).mean()
    assert abs(share - 1 / 8) < 4 * np.sqrt(1 / 8 * 7 / 8 / 40_000)


def test_same_seed_same_ranks_and_no_other_site_in_a_draw() -> None:
    rng = np.random.default_rng(0)
    low, weights = rng.random((50, 4)) / 2, np.full((30, 4), 0.25)
    first, again = (drawn_ranks(low, low + 0.5, weights, seed=11) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != drawn_ranks(low, low + 0.5, weights, seed=12)).any()
    # A site far below all others is learnt: nothing moves among the others.
    sure = np.vstack([low, np.full((1, 4), -9.0)])
    unsure = np.vstack([low + 0.5, np.full((1, 4), -8.0)])
    known = np.vstack([low + 0.5, np.full((1, 4), -9.0)])
    for top in (unsure, known):
        np.testing.assert_array_equal(drawn_ranks(sure, top, weights, seed=11)[:-1], first)


def test_interval_cuts_off_both_ends_evenly() -> None:
    places = np.arange(1, 101)[None]
    assert [int(each[0]) for each in rank_interval(places, 0.9)] == [6, 95]
    with pytest.raises(ValueError, match="confidence"):
        rank_interval(places, 1.0)


def test_weights_vary_as_the_dirichlet_law_says() -> None:
    drawn = perturbed_weights(np.array([1.0, 3.0, 0.0]), 40_000, concentration=24.0, seed=2)
    np.testing.assert_allclose(drawn.sum(axis=1), 1, rtol=1e-12)
    assert (drawn[:, 2] == 0).all()
    np.testing.assert_allclose(drawn.mean(axis=0), [0.25, 0.75, 0], atol=0.003)
    assert drawn[:, 0].std() == pytest.approx(np.sqrt(0.25 * 0.75 / 25), rel=0.02)


@pytest.mark.parametrize("weight", [[0.0, 0.0], [1.0, -1.0], [np.nan, 1.0], [np.inf, 1.0]])
def test_weights_that_make_no_mean_are_refused(weight: list[float]) -> None:
    with pytest.raises(ValueError, match="weights must be"):
        weighted_mean(np.ones((1, 2)), np.array(weight))


def test_wrong_bounds_and_laws_are_refused() -> None:
    with pytest.raises(ValueError, match="low bound"):
        rank_bounds(np.array([1.0]), np.array([0.0]))
    with pytest.raises(ValueError, match="concentration"):
        perturbed_weights(np.ones(2), 3, concentration=0.0, seed=0)


def test_no_site_has_no_rank() -> None:
    assert drawn_ranks(np.empty((0, 2)), np.empty((0, 2)), np.full((3, 2), 0.5), seed=0).shape == (0, 3)
