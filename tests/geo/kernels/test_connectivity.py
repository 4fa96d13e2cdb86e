"""PC and dPC on chains of patches worked out by hand."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.kernels.connectivity import (
    Links,
    connection_probability,
    link_gain,
    patch_importance,
    probability_of_connectivity,
    strongest_paths,
)

# Three patches in a row: a - b at one median distance, b - c at one, a - c straight at three.
AREA_M2 = np.array([10.0, 20.0, 10.0])
DISTANCE_M = np.array([[0.0, 100, 300], [100, 0, 100], [300, 100, 0]])
CHAIN = connection_probability(DISTANCE_M, median_m=100)


def test_half_go_as_far_as_the_median() -> None:
    found = connection_probability(np.array([0, 50, 100, 200, np.inf]), median_m=50)
    np.testing.assert_allclose(found, [1, 0.5, 0.25, 0.0625, 0])


def test_the_strongest_path_goes_through_the_middle() -> None:
    np.testing.assert_allclose(strongest_paths(CHAIN), [[1, 0.5, 0.25], [0.5, 1, 0.5], [0.25, 0.5, 1]])


def test_pc_by_hand() -> None:
    """Alone 100 + 400 + 100; a-b and b-c twice 10·20/2 each; a-c twice 10·10/4: 600 + 400 + 50 = 1050."""
    found = probability_of_connectivity(AREA_M2, strongest_paths(CHAIN), landscape_m2=100.0)
    np.testing.assert_allclose(found, 1050 / 100**2)


def test_dpc_of_patches_by_hand() -> None:
    """Without a: 400 + 100 + 200 = 700. Without b, a and c reach each other straight, 1/8: 200 + 25 = 225."""
    np.testing.assert_allclose(patch_importance(AREA_M2, CHAIN), 100 * (1 - np.array([700, 225, 700]) / 1050))


def test_dpc_of_links_by_hand() -> None:
    """Two patches out of reach, 100 + 400 = 500. A link from one to the other at half: 2·10·20/2 = 200 more."""
    area_m2 = np.array([10.0, 20.0])
    apart = strongest_paths(np.zeros((2, 2)))
    useful = ([1.0, 0.0], [0.0, 1.0], 0.5)
    backwards = ([0.0, 1.0], [1.0, 0.0], 0.5)
    far = ([0.5, 0.0], [0.0, 0.5], 0.5)
    useless = ([1.0, 0.0], [1.0, 0.0], 1.0)
    start, end, crossing = (np.array(one) for one in zip(useful, backwards, far, useless, strict=True))
    np.testing.assert_allclose(link_gain(area_m2, apart, Links(start, end, crossing)), [40, 40, 10, 0])


PROBABILITIES = st.integers(2, 5).flatmap(
    lambda n: st.lists(st.floats(0, 1), min_size=n * n, max_size=n * n).map(lambda v: np.reshape(v, (n, n)))
)


@given(PROBABILITIES)
def test_a_link_between_two_patches_is_worth_what_a_new_search_finds(values: np.ndarray) -> None:
    straight = np.maximum(values, values.T)
    number = len(straight)
    area_m2 = np.arange(1.0, number + 1)
    strongest = strongest_paths(straight)
    before = probability_of_connectivity(area_m2, strongest, landscape_m2=100.0)
    pairs = list(combinations(range(number), 2))
    eye = np.eye(number)
    links = Links(eye[[i for i, _ in pairs]], eye[[j for _, j in pairs]], np.full(len(pairs), 0.9))
    for (i, j), gain in zip(pairs, link_gain(area_m2, strongest, links), strict=True):
        linked = straight.copy()
        linked[i, j] = linked[j, i] = max(linked[i, j], 0.9)
        after = probability_of_connectivity(area_m2, strongest_paths(linked), landscape_m2=100.0)
        np.testing.assert_allclose(gain, 100 * (after / before - 1), atol=1e-9)


@given(PROBABILITIES)
def test_pc_lies_between_no_and_full_connection(values: np.ndarray) -> None:
    area_m2 = np.arange(1.0, len(values) + 1)
    total = area_m2.sum()
    found = probability_of_connectivity(
        area_m2, strongest_paths(np.maximum(values, values.T)), landscape_m2=float(total)
    )
    assert (area_m2**2).sum() / total**2 - 1e-9 <= found <= 1 + 1e-9


def test_no_area_has_no_importance() -> None:
    nothing = np.zeros(2)
    assert np.isnan(patch_importance(nothing, np.eye(2))).all()
    assert np.isnan(link_gain(nothing, np.eye(2), Links(np.eye(2), np.eye(2), np.ones(2)))).all()


def test_wrong_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="median_m"):
        connection_probability(np.ones(2), median_m=0)
    for landscape_m2 in (0.0, 39.0, np.nan):
        with pytest.raises(ValueError, match="landscape_m2"):
            probability_of_connectivity(AREA_M2, strongest_paths(CHAIN), landscape_m2=landscape_m2)
