import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.kernels.roof_edges import border_lines, cells_inside
from geo.kernels.roofs import RoofPlanes, segment_planes

Floats = NDArray[np.float64]
CELL_M = 0.5


def axes(rows: int, cols: int) -> tuple[Floats, Floats]:
    """Return x and y of cell centres, from the north-west corner."""
    return (np.arange(cols) + 0.5) * CELL_M, -(np.arange(rows)[:, None] + 0.5) * CELL_M


def inner(shape: tuple[int, int], margin: int = 4) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    mask[margin:-margin, margin:-margin] = True
    return mask


def segment(heights_m: Floats, mask: NDArray[np.bool_], noise_m: float = 0.05) -> RoofPlanes:
    noise = np.random.default_rng(5).normal(0.0, noise_m, heights_m.shape)
    return segment_planes(heights_m + noise, mask, cell_m=CELL_M)


def test_plane_without_noise_is_exact() -> None:
    x_m, y_m = axes(30, 34)
    roof = segment(100.0 + 0.31 * x_m - 0.77 * y_m, inner((30, 34)), noise_m=0.0)
    np.testing.assert_allclose(roof.planes, [[0.31, -0.77, 100.0]], atol=1e-9)
    assert roof.rmse_m[0] < 1e-9
    assert roof.cells[0] == inner((30, 34)).sum()


def test_gable_without_noise_is_exact_and_parts_at_the_ridge() -> None:
    x_m, y_m = axes(30, 40)
    roof = segment(10.0 - 0.8 * np.abs(x_m - 10.0) + 0.0 * y_m, inner((30, 40)), noise_m=0.0)
    np.testing.assert_allclose(sorted(roof.planes[:, 0]), [-0.8, 0.8], atol=1e-9)
    west = roof.labels[10, 6]
    np.testing.assert_array_equal(roof.labels[inner((30, 40))] == west, (x_m + 0 * y_m < 10.0)[inner((30, 40))])


def test_low_gable_with_noise_has_two_planes() -> None:
    rise = math.tan(math.radians(6.0))
    x_m, y_m = axes(44, 48)
    roof = segment(10.0 - rise * np.abs(x_m - 12.0) + 0.0 * y_m, inner((44, 48)))
    assert len(roof.planes) == 2
    np.testing.assert_allclose(sorted(roof.planes[:, 0]), [-rise, rise], atol=0.01)


def test_chimney_belongs_to_no_plane_and_its_cells_are_filled() -> None:
    x_m, y_m = axes(30, 30)
    heights_m = 10.0 + 0.6 * y_m + 0.0 * x_m
    heights_m[14:16, 14:16] += 1.5
    roof = segment(heights_m, inner((30, 30)))
    assert len(roof.planes) == 1
    assert (roof.labels[14:16, 14:16] == 0).all()
    assert (roof.filled[inner((30, 30))] == 1).all()


def test_rough_crown_is_no_plane() -> None:
    rough = np.random.default_rng(1).normal(8.0, 0.5, (30, 30))
    roof = segment_planes(rough, inner((30, 30)), cell_m=CELL_M)
    assert len(roof.planes) == 0
    assert (roof.labels[inner((30, 30))] == 0).all()


def test_narrow_steep_strip_is_found() -> None:
    x_m, y_m = axes(40, 30)
    across_m = x_m - 2.0
    heights_m = np.where(across_m < 1.5, 2.0 * across_m, 3.0 + 0.4 * (across_m - 1.5)) + 0.0 * y_m
    roof = segment(heights_m, inner((40, 30)))
    np.testing.assert_allclose(sorted(roof.planes[:, 0]), [0.4, 2.0], atol=0.06)


def test_unknown_heights_and_an_empty_mask_give_no_plane() -> None:
    for heights_m, mask in (
        (np.full((20, 20), np.nan), inner((20, 20))),
        (np.zeros((20, 20)), np.zeros((20, 20), bool)),
    ):
        roof = segment_planes(heights_m, mask, cell_m=CELL_M)
        assert len(roof.planes) == 0
        assert (roof.labels == np.where(mask, 0, -1)).all()


def test_more_height_changes_nothing_but_height() -> None:
    x_m, y_m = axes(30, 40)
    heights_m = 10.0 - 0.8 * np.abs(x_m - 10.0) + 0.0 * y_m
    low, high = segment(heights_m, inner((30, 40))), segment(heights_m + 512.0, inner((30, 40)))
    np.testing.assert_array_equal(low.labels, high.labels)
    np.testing.assert_allclose(low.planes + np.array([0, 0, 512.0]), high.planes, atol=1e-7)


def test_inputs_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        segment_planes(np.zeros((4, 4)), np.zeros((4, 5), bool), cell_m=0.5)
    with pytest.raises(ValueError, match="positive"):
        segment_planes(np.zeros((4, 4)), np.zeros((4, 4), bool), cell_m=0.0)


def test_cells_inside_a_square_with_a_hole() -> None:
    def ring(low: float, high: float) -> list[list[float]]:
        corners = [(low, -low), (high, -low), (high, -high), (low, -high), (low, -low)]
        return [[*a, *b] for a, b in itertools.pairwise(corners)]

    inside = cells_inside(np.array(ring(1, 5) + ring(2, 3)), 6, 6, 1.0)
    expected = np.zeros((6, 6), bool)
    expected[1:5, 1:5] = True
    expected[2, 2] = False
    np.testing.assert_array_equal(inside, expected)


def test_border_line_is_the_ridge() -> None:
    labels = np.ones((10, 20), np.int32)
    labels[:, 9:] = 2  # the staircase is off by half a cell; the planes know better
    planes = np.array([[1.0, 0.0, 0.0], [-1.0, 0.0, 9.5]])
    lines = border_lines(labels, planes, np.array([0.0]), 1.0, 0.5)
    np.testing.assert_allclose(lines[:, [0, 2]], [[4.75, 4.75]], atol=1e-9)
    assert abs(lines[0, 1] - lines[0, 3]) > 5.0


def test_border_line_of_a_step_follows_the_cells() -> None:
    labels = np.ones((10, 20), np.int32)
    labels[:, 9:] = 2
    planes = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 3.0]])
    lines = border_lines(labels, planes, np.array([0.0, np.pi / 2]), 1.0, 0.5)
    np.testing.assert_allclose(lines[:, [0, 2]], [[4.5, 4.5]], atol=1e-9)
