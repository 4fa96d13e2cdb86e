import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from shapely import box

from geo.catalogue import BUILDINGS, PANELS, ROOF_SEGMENTS
from geo.crs import LAMBERT93
from geo.layers import check
from geo.pipeline import Outcome
from geo.raster import Raster
from geo.solar.buildings import BUFFER, INSCRIBED, Inputs, Params, compute, heritage
from geo.solar.rating import YIELD_MONTHS
from geo.sources import synthetic_weather


def town() -> tuple[Raster, gpd.GeoDataFrame]:
    """A house of 10 by 8 m with a ridge from west to east, 30 degrees on both sides, a shed off the raster."""
    row, col = np.mgrid[0:80, 0:80]
    x, y = 684_000 + (col + 0.5) * 0.5, 7_038_040 - (row + 0.5) * 0.5
    roof = (abs(x - 684_020) < 5) & (abs(y - 7_038_020) < 4)
    heights = np.where(roof, 6 + (4 - abs(y - 7_038_020)) * np.tan(np.radians(30)), 0).astype(np.float32)
    surface = Raster(heights, Affine(0.5, 0, 684_000, 0, -0.5, 7_038_040), LAMBERT93)
    house, off = box(684_015, 7_038_016, 684_025, 7_038_024), box(0, 0, 10, 10)
    origin = {"source": "essai", "certainty": "surveyed", "synthetic": False}
    return surface, gpd.GeoDataFrame({"id": ["A", "B"], **origin, "geometry": [house, off]}, crs="EPSG:2154")


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    surface, buildings = town()
    communes = gpd.GeoDataFrame(
        {"id": ["62001"], "name": ["Lens"], "certainty": "surveyed", "geometry": [box(6e5, 7e6, 7e5, 8e6)]},
        crs="EPSG:2154",
    )
    return compute(Inputs(buildings, surface, synthetic_weather.year(50.4, 2.8), None, communes), Params())


def test_a_gable_has_two_planes_of_its_pitch_facing_north_and_south(outcome: Outcome) -> None:
    segments = check(outcome.also["roof_segments"], ROOF_SEGMENTS).sort_values("irradiation_kwh_m2", ascending=False)
    np.testing.assert_allclose(segments["pitch_deg"], 30, atol=0.5)
    south, north = segments.iloc[0], segments.iloc[1]
    np.testing.assert_allclose(south["azimuth_deg"], 180, atol=1)
    assert min(north["azimuth_deg"], 360 - north["azimuth_deg"]) < 1
    np.testing.assert_allclose(segments["area_m2"], 40 / np.cos(np.radians(30)), rtol=0.02)
    assert south["irradiation_kwh_m2"] > 1.4 * north["irradiation_kwh_m2"]


def test_sums_of_planes_months_and_panels_agree(outcome: Outcome) -> None:
    buildings = check(outcome.table, BUILDINGS)
    panels = check(outcome.also["panels"], PANELS)
    house, segments = buildings.iloc[0], outcome.also["roof_segments"]
    assert house["panels"] == segments["panels"].sum() == len(panels)
    np.testing.assert_allclose(house["kwp"], len(panels) * 0.425)
    np.testing.assert_allclose(house["yield_p50_kwh"], segments["yield_p50_kwh"].sum())
    np.testing.assert_allclose(house[list(YIELD_MONTHS)].astype(float).sum(), house["yield_p50_kwh"])
    np.testing.assert_allclose(panels["yearly_energy_kwh"].sum(), house["yield_p50_kwh"])
    assert segments["yield_p90_kwh"].lt(segments["yield_p50_kwh"]).all()
    assert segments["usable_area_m2"].lt(segments["area_m2"]).all()


def test_an_unshaded_plane_yields_what_the_chain_gives_its_tilt(outcome: Outcome) -> None:
    from geo.light.production import hourly_yield

    south = outcome.also["roof_segments"].sort_values("irradiation_kwh_m2", ascending=False).iloc[0]
    weather = synthetic_weather.year(50.4, 2.8)
    open_kwh = hourly_yield(weather, tilt_deg=30, azimuth_deg=180, latitude_deg=50.4, longitude_deg=2.8).sum()
    np.testing.assert_allclose(south["yield_p50_kwh"] / south["kwp"], open_kwh, rtol=0.03)


def test_a_building_off_the_surface_is_flagged_and_the_run_goes_on(outcome: Outcome) -> None:
    shed = outcome.table.iloc[1]
    assert (shed["quality"], shed["segments"], shed["suitability"]) == ("coarse", 0, "unknown")
    assert "building of quality coarse" in {note.reason for note in outcome.notes}


def test_the_stricter_protection_is_named() -> None:
    _, buildings = town()
    areas = gpd.GeoDataFrame(
        {"protection": ["buffer", "inscribed"], "geometry": [box(6e5, 7e6, 7e5, 8e6), box(0, 0, 5, 5)]}, crs="EPSG:2154"
    )
    assert heritage(buildings, areas).tolist() == [BUFFER, INSCRIBED]
    assert heritage(buildings, None).isna().all()
    assert pd.api.types.is_string_dtype(heritage(buildings, None))
