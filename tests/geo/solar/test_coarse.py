import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity, box

from geo.solar.coarse import coarse_planes


def building(shape: shapely.Polygon, low: float | None, high: float | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["A"], "roof_low_m": [low], "roof_high_m": [high], "geometry": [shape]}, crs="EPSG:2154"
    )


@given(turn=st.floats(0, 179))
def test_a_ridge_along_the_long_axis_makes_two_planes_back_to_back(turn: float) -> None:
    planes = coarse_planes(building(affinity.rotate(box(0, 0, 12, 8), turn), 6.0, 10.0))
    np.testing.assert_allclose(planes["pitch_deg"], 45.0)
    np.testing.assert_allclose(planes["area_plan_m2"], 48.0)
    facing = np.sort(planes["azimuth_deg"].to_numpy())
    np.testing.assert_allclose(facing[1] - facing[0], 180.0, atol=1e-6)
    off_long_axis = (facing[0] + turn) % 180
    assert min(off_long_axis, 180 - off_long_axis) < 1e-6
    for face, shape in zip(planes["azimuth_deg"], planes.geometry, strict=True):
        out = np.array([np.sin(np.radians(face)), np.cos(np.radians(face))])
        middle = np.array([shape.centroid.x - 6, shape.centroid.y - 4])
        assert middle @ out > 0  # the plane lies on the side that it faces


@pytest.mark.parametrize(("low", "high", "pitches"), [(6.0, 6.2, [0.0]), (None, 9.0, []), (6.0, 60.0, [60.0, 60.0])])
def test_flat_unknown_and_absurd_heights(low: float | None, high: float | None, pitches: list[float]) -> None:
    planes = coarse_planes(building(box(0, 0, 12, 8), low, high))
    np.testing.assert_allclose(planes.get("pitch_deg", []), pitches)
