"""The sweep against closed forms, invariants, and rays cast one by one."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.kernels.far import FarGround
from geo.kernels.irradiation import Scene, Window, accumulate
from geo.kernels.sky import Glow, Lights, energy_tables, view_table
from geo.kernels.terrain import horn_gradient

Grid = NDArray[np.float32]
VIEW = view_table(directions=64)


def sky_view(heights: Grid, *, cell_m: float = 1.0, **more: object) -> Grid:
    return accumulate(Scene(heights, cell_m, **more), VIEW)[0]  # type: ignore[arg-type]


def polar(size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance from the middle cell, and heading clockwise from north, of each cell."""
    row, col = np.mgrid[:size, :size] - size // 2
    return np.hypot(row, col), np.arctan2(col, -row)


def quarter(size: int, seed: int = 0) -> Grid:
    """Pitched roofs in several headings on ground that rises to the east."""
    rng = np.random.default_rng(seed)
    row, col = np.mgrid[:size, :size].astype(float)
    heights = 0.005 * col
    for _ in range(size * size // 2200):
        middle, half = rng.uniform(0, size, 2), rng.uniform((9, 7), (30, 14))
        eaves, pitch, turn = rng.uniform(4, 9), rng.choice([0, 0.4, 0.7, 1.0]), rng.choice([0, 0.3, 0.8, 1.1, 1.6])
        along = (col - middle[0]) * np.cos(turn) + (row - middle[1]) * np.sin(turn)
        across = (row - middle[1]) * np.cos(turn) - (col - middle[0]) * np.sin(turn)
        inside = (np.abs(along) < half[0]) & (np.abs(across) < half[1])
        roof = eaves + (half[1] - np.abs(across)) * 0.5 * pitch
        heights = np.where(inside, np.maximum(heights, roof), heights)
    return heights.astype(np.float32)


@pytest.mark.parametrize("tilt_deg", [0.0, 20.0, 45.0, 70.0])
@pytest.mark.parametrize("azimuth_deg", [0.0, 33.0, 90.0, 225.0])
def test_an_open_slope_sees_its_half_of_the_sky(tilt_deg: float, azimuth_deg: float) -> None:
    row, col = np.mgrid[:40, :40].astype(float)
    towards = col * np.sin(np.radians(azimuth_deg)) - row * np.cos(np.radians(azimuth_deg))
    plane = (-np.tan(np.radians(tilt_deg)) * towards).astype(np.float32)
    np.testing.assert_allclose(sky_view(plane), (1 + np.cos(np.radians(tilt_deg))) / 2, rtol=2e-3)


@pytest.mark.parametrize("horizon_deg", [15.0, 35.0, 60.0])
def test_the_bottom_of_a_cylinder_sees_cosine_squared(horizon_deg: float) -> None:
    distance, _ = polar(401)
    wall = np.where(distance >= 150, 150 * np.tan(np.radians(horizon_deg)), 0.0).astype(np.float32)
    assert sky_view(wall)[200, 200] == pytest.approx(np.cos(np.radians(horizon_deg)) ** 2, rel=0.01)


@pytest.mark.parametrize("horizon_deg", [10.0, 30.0, 55.0])
def test_the_bottom_of_a_cone_sees_cosine_squared(horizon_deg: float) -> None:
    distance, _ = polar(201)
    rising = distance >= 12  # level ground to stand on, wide enough for the cells to draw a round cone
    cone = np.where(rising, distance * np.tan(np.radians(horizon_deg)), 0.0).astype(np.float32)
    assert sky_view(cone)[100, 100] == pytest.approx(np.cos(np.radians(horizon_deg)) ** 2, rel=0.01)


@pytest.mark.parametrize("away", [3, 12, 50])
def test_an_endless_wall_hides_its_share(away: int) -> None:
    heights = np.zeros((1601, 160), np.float32)
    heights[:, 100:] = 20.0
    wall_deg = np.degrees(np.arctan2(20.0, away))
    ours = sky_view(heights, window=Window(slice(800, 801), slice(100 - away, 101 - away)))[0, 0]
    assert ours == pytest.approx((1 + np.cos(np.radians(wall_deg))) / 2, rel=0.01)


def test_a_ring_of_hills_five_kilometres_away() -> None:
    distance, _ = polar(1041)
    ring = np.where((distance >= 500) & (distance < 515), 1000.0, 0.0).astype(np.float32)
    ours = sky_view(ring, cell_m=10.0, window=Window(slice(520, 521), slice(520, 521)))[0, 0]
    assert np.arccos(np.sqrt(ours)) == pytest.approx(0.1974, rel=0.02)
    assert ours == pytest.approx(np.cos(0.1974) ** 2, rel=0.002)


def test_the_same_ring_as_far_terrain() -> None:
    distance, _ = polar(521)
    hills = np.where((distance >= 250) & (distance < 258), 1000.0, 0.0).astype(np.float32)
    corner = 260.5 * 20.0
    far = FarGround(hills, 20.0, west_m=-corner + 10.25, north_m=corner - 10.25, nearest_m=100.0, reach_m=5200.0)
    ours = sky_view(np.zeros((41, 41), np.float32), cell_m=0.5, far=far)
    np.testing.assert_allclose(ours, np.cos(0.1974) ** 2, rtol=0.002)


def test_far_terrain_is_lower_from_a_roof() -> None:
    hills = np.zeros((101, 101), np.float32)
    hills[:, :40] = 30.0
    far = FarGround(hills, 20.0, west_m=-1010.0, north_m=1010.0, nearest_m=100.0, reach_m=1000.0)
    roof = np.zeros((40, 40), np.float32)
    roof[10:30, 10:30] = 25.0
    ours = sky_view(roof, far=far)
    assert ours[20, 20] > 0.999 > sky_view(np.zeros_like(roof), far=far)[20, 20]


def test_a_quarter_turn_turns_the_answer() -> None:
    heights = quarter(150)
    turned = np.rot90(heights).copy()
    np.testing.assert_allclose(sky_view(turned), np.rot90(sky_view(heights)), rtol=0.03, atol=0.01)


@pytest.mark.parametrize("size", [65, 130])
def test_rows_and_columns_are_alike(size: int) -> None:
    heights = quarter(size)
    np.testing.assert_allclose(sky_view(heights.T.copy()).T, sky_view(heights), rtol=1e-4)


def test_height_above_the_sea_changes_nothing() -> None:
    heights = quarter(150)
    np.testing.assert_allclose(sky_view(heights + 500), sky_view(heights), atol=5e-4)


def test_tiles_agree_wherever_they_are_cut() -> None:
    heights = np.zeros((330, 330), np.float32)
    heights[120:210, 120:210] = quarter(90)
    whole = sky_view(heights, cell_m=0.5)
    top, left = 71, 53
    part = sky_view(heights[top:300, left:290], cell_m=0.5, origin=(top, left))
    ours, known = part[50:140, 70:160], whole[top + 50 : top + 140, left + 70 : left + 160]
    np.testing.assert_allclose(ours, known, rtol=1e-3)


def test_a_tile_that_sees_everything_is_the_whole() -> None:
    heights = quarter(200)
    whole = sky_view(heights)
    part = sky_view(heights, window=Window(slice(33, 141), slice(57, 133)))
    np.testing.assert_allclose(part, whole[33:141, 57:133], rtol=1e-4)


def test_origin_keeps_blocks_in_place() -> None:
    distance, _ = polar(301)
    heights = np.where(distance > 120, 40.0, 0.0).astype(np.float32)
    bordered = np.pad(heights, ((37, 0), (91, 0)))
    part = sky_view(heights, origin=(37, 91))
    whole = sky_view(bordered)[37:, 91:]
    np.testing.assert_allclose(part[60:240, 60:240], whole[60:240, 60:240], rtol=1e-4)


def test_unknown_cells_stay_unknown_hide_nothing_and_do_not_spread() -> None:
    heights = np.zeros((60, 60), np.float32)
    heights[30, 20:40] = np.nan
    ours = sky_view(heights)
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(heights))
    np.testing.assert_allclose(ours[~np.isnan(ours)], 1.0, rtol=1e-5)


def test_cells_that_nobody_asks_about_still_shade() -> None:
    heights = quarter(180)
    mask = np.random.default_rng(1).random(heights.shape) < 0.1
    ours = sky_view(heights, wanted=mask)
    np.testing.assert_array_equal(np.isnan(ours), ~mask)
    np.testing.assert_allclose(ours[mask], sky_view(heights)[mask], rtol=1e-5)


def test_nothing_asked_is_nothing_done() -> None:
    assert np.isnan(sky_view(np.full((5, 7), np.nan, np.float32))).all()


def test_a_raster_of_one_cell_sees_the_whole_sky() -> None:
    assert sky_view(np.zeros((1, 1), np.float32))[0, 0] == pytest.approx(1.0)


def test_against_rays_cast_one_by_one() -> None:
    brute = _brute_force()
    heights, cell_m = quarter(220), 0.5
    rng = np.random.default_rng(2)
    cells = rng.integers(3, 217, (300, 2))
    hours = np.arange(40)
    lights = Lights(
        azimuth_rad=np.radians(70 + 220 * ((hours * 0.618) % 1)),
        elevation_rad=np.radians(8 + 52 * ((hours * 0.37) % 1)),
        energy_kwh_m2=np.full((1, 40), 12.0),
    )  # fmt: skip
    none = np.zeros(1)
    tables = energy_tables(lights, Glow(np.array([500.0]), none, none), directions=256)
    slope = horn_gradient(heights, cell_m=cell_m)
    truth = brute.irradiation(
        heights.astype(float), cells, slope.east.astype(float), slope.north.astype(float), cell_m,
        lights.azimuth_rad, lights.elevation_rad, lights.energy_kwh_m2[0], 500.0, 180,
    )  # fmt: skip
    ours = accumulate(Scene(heights, cell_m), tables)[0][cells[:, 0], cells[:, 1]]
    assert ours.mean() == pytest.approx(truth.mean(), rel=0.005)
    assert np.abs(ours - truth).mean() / truth.mean() < 0.01
    assert np.percentile(np.abs(ours / truth - 1), 90) < 0.03


def _brute_force():  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Load the ray caster that stands beside this file."""
    spec = importlib.util.spec_from_file_location("brute_force", Path(__file__).with_name("brute_force.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
