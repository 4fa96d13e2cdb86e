"""Net area: each deduction against figures known by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from shapely import Point, box

from geo.brownfields.lie import Limits, coarse
from geo.brownfields.net_area import Grounds, NetArea, with_net_area
from geo.crs import LAMBERT93
from geo.mosaic import Mosaic, of_raster
from geo.raster import Raster
from geo.sources import synthetic_weather
from geo.weather import Weather

WEST, NORTH = 684_000.0, 7_038_400.0
LIMITS = Limits(cell_m=2.0, halo_m=50.0)


@pytest.fixture(scope="module")
def weather() -> Weather:
    return synthetic_weather.year(50.43, 2.77)


def layer(*shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"area_m2": np.nan}, index=range(len(shapes)), geometry=list(shapes), crs=LAMBERT93)


def surface(heights: np.ndarray) -> Mosaic:
    return of_raster(Raster(heights.astype(np.float32), Affine(2, 0, WEST, 0, -2, NORTH), LAMBERT93))


def site(x: float, y: float, width: float, height: float) -> object:
    """A box whose north-west corner is (x, y) metres east and south of the model's."""
    return box(WEST + x, NORTH - y - height, WEST + x + width, NORTH - y)


def test_buildings_and_exclusions_are_deducted_once() -> None:
    hall, heath = box(10, 10, 20, 20), box(0, 0, 15, 100)
    found = with_net_area(layer(box(0, 0, 100, 100)), Grounds(layer(hall), layer(heath)), NetArea(building_buffer_m=0))
    row = found.iloc[0]
    assert (row["built_area_m2"], row["excluded_area_m2"]) == (100.0, 1450.0)
    assert row["net_area_m2"] == 10_000 - 100 - 1450
    assert (row["net_area_status"], row["area_status"]) == ("derived", "drawn")
    assert row["net_area_method"] == "bâti : déduit ; zones exclues : déduites ; pente et ombre inconnues"


def test_surroundings_of_buildings_are_kept_free() -> None:
    found = with_net_area(layer(box(0, 0, 100, 100)), Grounds(layer(box(40, 40, 60, 60))), NetArea(building_buffer_m=5))
    assert found["built_area_m2"].iloc[0] == pytest.approx(400 + 4 * 20 * 5 + np.pi * 25, rel=5e-3)


def test_absent_layers_are_told_and_deduct_nothing() -> None:
    row = with_net_area(layer(box(0, 0, 10, 10)), Grounds(), NetArea()).iloc[0]
    assert row["net_area_m2"] == 100
    assert "bâti : non déduit, données absentes" in row["net_area_method"]
    assert np.isnan([row["built_area_m2"], row["excluded_area_m2"], row["steep_area_m2"], row["slope_deg"]]).all()


def test_half_of_a_site_on_a_slope_is_too_steep(weather: Weather) -> None:
    heights = np.full((200, 200), 40.0)
    heights[:, 100:] += np.arange(1, 101) * 2 * np.tan(np.radians(20))
    grounds = Grounds(surface=surface(heights), weather=weather)
    table = layer(site(120, 120, 160, 160))
    row = with_net_area(table, grounds, NetArea(limits=LIMITS)).iloc[0]
    assert row["steep_area_m2"] == pytest.approx(12_800, abs=2 * 160 * 2)
    assert (
        with_net_area(table, grounds, NetArea(limits=Limits(max_slope_deg=25, halo_m=50))).iloc[0]["steep_area_m2"] == 0
    )


def test_the_north_side_of_a_wall_is_shaded_and_the_rest_is_not(weather: Weather) -> None:
    heights = np.full((200, 200), 40.0)
    heights[150:152, :] = 60.0
    grounds = Grounds(surface=surface(heights), weather=weather)
    near = with_net_area(layer(site(120, 282, 160, 16)), grounds, NetArea(limits=LIMITS)).iloc[0]
    far = with_net_area(layer(site(120, 60, 160, 20)), grounds, NetArea(limits=LIMITS)).iloc[0]
    assert near["shaded_area_m2"] > 0.9 * 160 * 14
    assert (far["shaded_area_m2"], far["steep_area_m2"]) == (0, 0)
    assert far["net_area_m2"] == pytest.approx(3200)


def test_a_site_beyond_the_surface_model_has_no_slope(weather: Weather) -> None:
    grounds = Grounds(surface=surface(np.full((50, 50), 40.0)), weather=weather)
    off = with_net_area(layer(site(80, 10, 40, 20), Point(0, 0)), grounds, NetArea(limits=LIMITS))
    assert off["slope_deg"].isna().all()
    assert "inconnues" in off["net_area_method"].iloc[0]
    assert pd.isna(off["net_area_method"].iloc[1])


def test_blocks_are_means_of_their_known_cells() -> None:
    values = np.array([[1, 3, 9], [np.nan, 2, 9], [np.nan, np.nan, 9], [np.nan, np.nan, 9]], np.float32)
    np.testing.assert_array_equal(coarse(values, 2), [[2.0], [np.nan]])
