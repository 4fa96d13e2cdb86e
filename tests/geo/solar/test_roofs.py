import math
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon, box
from shapely.affinity import rotate

from geo.crs import LAMBERT93, WGS84
from geo.errors import ConfigError, CrsError, SourceError
from geo.raster import Raster
from geo.solar.roofs import Roofs, RoofSettings, label_cells, plane_centres, plane_heights, segment_roofs

Floats = NDArray[np.float64]
Height = Callable[[Floats, Floats], Floats]
CELL_M = 0.5
WEST_M, NORTH_M = 684_000.0, 7_040_040.0
SIDE = 80
MIDDLE = (WEST_M + 20.0, NORTH_M - 20.0)


def surface(height: Height, *, noise_m: float = 0.05, footprint: Polygon | None = None) -> Raster:
    """Return heights from a formula in metres from the middle of a square of 40 m; ground at 0 outside a footprint."""
    x_m = (np.arange(SIDE) + 0.5) * CELL_M - 20.0
    grid_x, grid_y = np.meshgrid(x_m, -x_m)
    heights_m = np.array(np.broadcast_to(height(grid_x, grid_y), grid_x.shape), dtype=np.float64)
    if footprint is not None:
        heights_m[~shapely.contains_xy(footprint, grid_x + MIDDLE[0], grid_y + MIDDLE[1])] = 0.0
    heights_m += np.random.default_rng(3).normal(0.0, noise_m, heights_m.shape)
    return Raster(heights_m.astype(np.float32), Affine(CELL_M, 0, WEST_M, 0, -CELL_M, NORTH_M), LAMBERT93)


def house(west: float, south: float, east: float, north: float) -> Polygon:
    """Return a rectangle in metres from the middle."""
    return box(MIDDLE[0] + west, MIDDLE[1] + south, MIDDLE[0] + east, MIDDLE[1] + north)


def table(*shapes: shapely.Geometry | None, ids: list[object] | None = None) -> gpd.GeoDataFrame:
    names = ids or [f"B{number}" for number in range(1, len(shapes) + 1)]
    return gpd.GeoDataFrame({"id": names}, geometry=list(shapes), crs=LAMBERT93)


def tan(angle_deg: float) -> float:
    return math.tan(math.radians(angle_deg))


def check_polygons(roofs: Roofs, buildings: gpd.GeoDataFrame, *, covered: bool = True) -> None:
    """Hold polygons to their promise: valid, inside, apart, and together the whole footprint."""
    assert roofs.segments.is_valid.all()
    assert (roofs.segments.geom_type == "Polygon").all()
    assert roofs.segments["segment_id"].is_unique
    for name, footprint in zip(buildings["id"], buildings.geometry, strict=True):
        polygons = roofs.segments[roofs.segments["building_id"] == name]
        union = polygons.union_all()
        assert union.difference(footprint).area < 1e-3
        assert abs(polygons.area.sum() - union.area) < 1e-3
        if covered:
            assert union.area == pytest.approx(footprint.area, rel=1e-3)


@pytest.mark.parametrize("azimuth_deg", [0.0, 37.0, 180.0, 251.0])
def test_one_tilted_plane_is_exact_without_noise(azimuth_deg: float) -> None:
    east, north = (
        -tan(30) * math.sin(math.radians(azimuth_deg)),
        -tan(30) * math.cos(math.radians(azimuth_deg)),
    )
    buildings = table(house(-6, -4, 6, 4))
    roofs = segment_roofs(surface(lambda x, y: 50 + east * x + north * y, noise_m=0.0), buildings)
    [row] = roofs.segments.to_dict("records")
    assert row["pitch_deg"] == pytest.approx(30.0, abs=1e-3)
    assert abs((row["azimuth_deg"] - azimuth_deg + 180.0) % 360.0 - 180.0) < 1e-3
    assert row["area_m2"] == pytest.approx(96.0 / math.cos(math.radians(30.0)), rel=1e-4)
    assert row["area_plan_m2"] == pytest.approx(96.0)
    assert row["plane_height_m"] == pytest.approx(50.0, abs=1e-3)
    assert (row["segment_id"], row["building_id"]) == ("B1-1", "B1")
    assert list(roofs.quality.loc[0]) == ["B1", "ok", ""]


def test_gable_has_two_planes_that_meet_on_the_ridge() -> None:
    buildings = table(house(-6, -4, 6, 4))
    roofs = segment_roofs(surface(lambda x, y: 10 - tan(40) * np.abs(y), noise_m=0.0), buildings)
    assert sorted(roofs.segments["azimuth_deg"].round(3) % 360.0) == [0.0, 180.0]
    np.testing.assert_allclose(roofs.segments["pitch_deg"], 40.0, atol=1e-3)
    np.testing.assert_allclose(roofs.segments["area_plan_m2"], 48.0, atol=1e-3)
    check_polygons(roofs, buildings)


def test_hipped_roof_is_cut_along_its_hips() -> None:
    buildings = table(house(-7, -4, 7, 4))
    roofs = segment_roofs(surface(lambda x, y: 10 + tan(35) * np.minimum(4 - np.abs(y), 7 - np.abs(x))), buildings)
    np.testing.assert_allclose(sorted(roofs.segments["area_plan_m2"]), [16, 16, 40, 40], rtol=0.05)
    np.testing.assert_allclose(roofs.segments["pitch_deg"], 35.0, atol=1.0)
    np.testing.assert_allclose(sorted(roofs.segments["azimuth_deg"].sub(45) % 360), [45, 135, 225, 315], atol=2.0)
    check_polygons(roofs, buildings)


def test_wings_of_an_l_meet_in_a_valley() -> None:
    shape = house(-8, -4, 8, 4).union(house(-8, -12, 0, 4))

    def height(x: Floats, y: Floats) -> Floats:
        main = np.where(np.abs(y) < 4, 4 - np.abs(y), 0.0)
        wing = np.where((np.abs(x + 4) < 4) & (y < 0), 4 - np.abs(x + 4), 0.0)
        return 10 + tan(40) * np.maximum(main, wing)

    buildings = table(shape)
    roofs = segment_roofs(surface(height), buildings)
    np.testing.assert_allclose(sorted(roofs.segments["area_plan_m2"]), [8, 40, 40, 40, 64], rtol=0.05)
    check_polygons(roofs, buildings)


def test_flat_roof_with_a_parapet_is_one_plane_of_pitch_zero() -> None:
    def height(x: Floats, y: Floats) -> Floats:
        return np.where((np.abs(x) < 9.4) & (np.abs(y) < 6.4), 8.0, 8.6)

    [row] = segment_roofs(surface(height), table(house(-10, -7, 10, 7))).segments.to_dict("records")
    assert row["pitch_deg"] == row["slope_east"] == row["slope_north"] == 0.0
    assert math.isnan(row["azimuth_deg"])
    assert row["plane_height_m"] == pytest.approx(8.0, abs=0.03)
    assert row["area_m2"] == pytest.approx(280.0)


def test_two_flat_levels_part_at_the_step() -> None:
    buildings = table(house(-10, -6, 10, 6))
    roofs = segment_roofs(surface(lambda x, y: np.where(x < 2.0, 6.0, 9.0) + 0 * y), buildings)
    np.testing.assert_allclose(roofs.segments["area_m2"], [144, 96], rtol=0.02)
    np.testing.assert_allclose(roofs.segments["plane_height_m"], [6, 9], atol=0.03)
    check_polygons(roofs, buildings)


def test_sawtooth_has_a_slope_and_a_glass_for_each_bay() -> None:
    def height(x: Floats, y: Floats) -> Floats:
        along = (y + 12.0) % 8.0
        return 6 + np.minimum(tan(25) * along, tan(60) * (8.0 - along)) + 0 * x

    roofs = segment_roofs(surface(height), table(house(-12, -12, 12, 12)))
    np.testing.assert_allclose(np.sort(roofs.segments["pitch_deg"]), [25, 25, 25, 60, 60, 60], atol=1.5)


def test_house_under_a_tree_is_flagged_and_a_crown_over_a_corner_is_no_plane() -> None:
    rough = np.random.default_rng(9).normal(0.0, 0.6, (SIDE, SIDE))
    hidden = segment_roofs(surface(lambda x, y: 12 + rough), table(house(-6, -4, 6, 4)))
    assert list(hidden.quality["quality"]) == ["under_trees"]
    assert hidden.segments.empty

    def crown(x: Floats, y: Floats) -> Floats:
        return np.where(np.hypot(x - 6, y - 4) < 3.5, 13 + rough, 10 - tan(40) * np.abs(y))

    buildings = table(house(-6, -4, 6, 4))
    over = segment_roofs(surface(crown), buildings)
    assert list(over.quality["quality"]) == ["ok"]
    np.testing.assert_allclose(over.segments["area_plan_m2"], [48, 48], rtol=0.05)
    check_polygons(over, buildings)


def test_party_walls_share_a_ridge_and_make_no_plane() -> None:
    buildings = table(*(house(-15 + 6 * number, -4, -9 + 6 * number, 4) for number in range(5)))
    roofs = segment_roofs(surface(lambda x, y: 9 - tan(42) * np.abs(y)), buildings)
    assert list(roofs.segments.groupby("building_id").size()) == [2] * 5
    np.testing.assert_allclose(roofs.segments["area_plan_m2"], 24.0, rtol=0.03)
    assert set(roofs.quality["quality"]) == {"ok"}


def test_a_quarter_turn_turns_the_answer() -> None:
    def height(x: Floats, y: Floats) -> Floats:
        return 10 + tan(35) * np.minimum(4 - np.abs(y), 7 - np.abs(x))

    upright = surface(height)
    turned = Raster(np.rot90(upright.values).copy(), upright.transform, upright.crs)
    one = segment_roofs(upright, table(house(-7, -4, 7, 4))).segments
    two = segment_roofs(turned, table(house(-4, -7, 4, 7))).segments
    np.testing.assert_allclose(
        sorted((one["azimuth_deg"] - 90 + 45) % 360), sorted((two["azimuth_deg"] + 45) % 360), atol=0.3
    )
    np.testing.assert_allclose(sorted(one["area_m2"]), sorted(two["area_m2"]), rtol=0.02)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    wide=st.floats(6, 20), deep=st.floats(6, 20), pitch_deg=st.floats(15, 55), turn_deg=st.floats(0, 360),
    hipped=st.booleans(),
)  # fmt: skip
def test_random_houses_keep_the_promise(
    wide: float, deep: float, pitch_deg: float, turn_deg: float, *, hipped: bool
) -> None:
    wide, deep = max(wide, deep), min(wide, deep)
    angle = math.radians(turn_deg)

    def height(x: Floats, y: Floats) -> Floats:
        u, v = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
        inward = deep / 2 - np.abs(v)
        return 10 + tan(pitch_deg) * (np.minimum(inward, wide / 2 - np.abs(u)) if hipped else inward)

    shape = rotate(house(-wide / 2, -deep / 2, wide / 2, deep / 2), turn_deg, origin=MIDDLE)
    buildings = table(shape)
    roofs = segment_roofs(surface(height, footprint=shape), buildings)
    check_polygons(roofs, buildings)
    assert len(roofs.segments) == (4 if hipped else 2)
    np.testing.assert_allclose(roofs.segments["pitch_deg"], pitch_deg, atol=2.5)
    sloped_m2 = shape.area / math.cos(math.radians(pitch_deg))
    assert roofs.segments["area_m2"].sum() == pytest.approx(sloped_m2, rel=0.02)


def bad_table() -> gpd.GeoDataFrame:
    good = house(-6, -4, 6, 4)
    x, y = MIDDLE
    bow = Polygon([(x - 18, y + 10), (x - 10, y + 18), (x - 10, y + 10), (x - 18, y + 18)])
    return table(
        good, bow, house(500, 500, 510, 510), house(15, -4, 26, 4), house(-0.1, 12, 0.1, 12.1), None, Polygon(),
        Point(x, y), good, house(-8, -16, 2, -8), house(-2, -16, 8, -8), house(-19, -19, -12, -12),
        MultiPolygon([house(10, 10, 14, 14), house(14.5, 10, 18, 14)]),
        ids=["good", "bow", "off", "part", "tiny", "none", "empty", "point", "good", "left", "right", None, "two"],
    )  # fmt: skip


def test_bad_footprints_are_flagged_and_the_run_goes_on() -> None:
    roofs = segment_roofs(surface(lambda x, y: 9 - tan(30) * np.abs(y)), bad_table())
    assert list(roofs.quality["quality"]) == [
        "duplicate_id", "invalid_repaired", "coarse", "partial", "no_cells", "no_cells", "no_cells", "no_cells",
        "duplicate_id", "overlapping", "overlapping", "ok", "ok",
    ]  # fmt: skip
    notes = dict(zip(roofs.quality["building_id"], roofs.quality["notes"], strict=True))
    assert "right" in notes["left"]
    assert "repeats row 1" in notes["good"]
    assert set(roofs.segments["building_id"]) == {"good", "bow", "part", "left", "right", "row-12", "two"}
    assert roofs.segments["segment_id"].is_unique
    assert roofs.segments[["area_m2", "pitch_deg", "plane_height_m", "fit_rmse_m"]].notna().all().all()


def test_unknown_heights_are_flagged() -> None:
    ground = surface(lambda x, y: 9 - tan(30) * np.abs(y))
    values = ground.values.copy()
    values[:, :40] = np.nan
    holed = Raster(values, ground.transform, ground.crs)
    roofs = segment_roofs(holed, table(house(-16, -4, -6, 4), house(-3, -4, 9, 4), house(3, 6, 10, 12)))
    assert list(roofs.quality["quality"]) == ["coarse", "partial", "ok"]


def test_nothing_gives_empty_tables() -> None:
    roofs = segment_roofs(surface(lambda x, y: 9 + 0 * x), table(house(500, 500, 510, 510)).iloc[:0])
    assert roofs.segments.empty
    assert roofs.quality.empty
    assert {"segment_id", "geometry", "slope_east"} <= set(roofs.segments.columns)


def test_workers_and_neighbours_do_not_change_a_roof() -> None:
    ground = surface(lambda x, y: 9 - tan(42) * np.abs(y))
    many = table(*(house(-19 + number % 7, -5, -9 + number % 7, 4) for number in range(300)))
    one, two = segment_roofs(ground, many), segment_roofs(ground, many, workers=2)
    assert one.segments.equals(two.segments)
    assert one.quality.equals(two.quality)
    alone = segment_roofs(ground, many.iloc[[200]]).segments
    same = one.segments[one.segments["building_id"] == "B201"].reset_index(drop=True)
    assert alone.drop(columns="geometry").equals(same.drop(columns="geometry"))


def test_labels_name_the_row_of_the_plane_under_each_cell() -> None:
    ground = surface(lambda x, y: 9 - tan(30) * np.abs(y))
    segments = segment_roofs(ground, table(house(-16, -4, -6, 4), house(3, -4, 10, 4))).segments
    labels = label_cells(segments, ground.transform, (SIDE, SIDE))
    assert set(np.unique(labels)) == {0, 1, 2, 3, 4}
    counts = np.bincount(labels.ravel())[1:] * CELL_M**2
    np.testing.assert_allclose(counts, segments["area_plan_m2"], rtol=0.05)
    corner = label_cells(segments, ground.transform * Affine.translation(40, 0), (SIDE, 40))
    np.testing.assert_array_equal(corner, labels[:, 40:])
    assert not label_cells(segments, ground.transform, (3, 3)).any()
    rows, cols = np.nonzero(labels)
    x_m, y_m = WEST_M + (cols + 0.5) * CELL_M, NORTH_M - (rows + 0.5) * CELL_M
    heights_m = plane_heights(segments, labels[rows, cols] - 1, x_m, y_m)
    assert np.abs(heights_m - ground.values[rows, cols]).mean() < 0.06
    assert shapely.contains(segments.geometry.array, plane_centres(segments.geometry.to_numpy())).all()


def test_what_cannot_be_laid_on_each_other_is_refused() -> None:
    ground, buildings = surface(lambda x, y: 9 + 0 * x), table(house(-6, -4, 6, 4))
    with pytest.raises(SourceError, match="expected `id`"):
        segment_roofs(ground, buildings.rename(columns={"id": "name"}))
    with pytest.raises(CrsError, match="degrees"):
        segment_roofs(ground, buildings.to_crs(WGS84))
    with pytest.raises(CrsError, match="expected one"):
        segment_roofs(ground, buildings.to_crs(3857))
    with pytest.raises(SourceError, match="north up"):
        segment_roofs(Raster(ground.values, ground.transform * Affine.rotation(10), LAMBERT93), buildings)
    with pytest.raises(ConfigError, match="workers"):
        segment_roofs(ground, buildings, workers=0)
    with pytest.raises(ConfigError, match="flat_deg"):
        RoofSettings(flat_deg=60)


def test_a_plane_inside_another_is_outlined_all_round() -> None:
    buildings = table(house(-12, -12, 12, 12))
    roofs = segment_roofs(surface(lambda x, y: np.where(np.maximum(abs(x), abs(y)) < 5.0, 12.0, 8.0)), buildings)
    np.testing.assert_allclose(roofs.segments["area_m2"], [476, 100], rtol=0.01)
    check_polygons(roofs, buildings)
    assert len(roofs.segments.geometry.iloc[0].interiors) == 1


def test_many_planes_that_no_line_parts_are_outlined_from_the_cells() -> None:
    buildings = table(house(-16, -16, 16, 16))

    def height(x: Floats, y: Floats) -> Floats:
        rings = np.floor(np.hypot(x, y) / 3.2)
        return 8.0 + 0.8 * rings + 1.5 * ((np.degrees(np.arctan2(y, x)) // 45) % 2)

    roofs = segment_roofs(surface(height), buildings)
    assert len(roofs.segments) > 12
    check_polygons(roofs, buildings)
