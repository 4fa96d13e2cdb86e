import geopandas as gpd
import numpy as np
from affine import Affine
from shapely import box

from geo.catalogue import BUILDINGS
from geo.crs import LAMBERT93
from geo.layers import check
from geo.raster import Raster
from geo.solar.buildings import Inputs, Params, compute


def test_each_building_has_the_mean_of_its_cells(two_communes: gpd.GeoDataFrame) -> None:
    values = np.full((10, 10), 500.0, dtype=np.float32)
    values[:5, :5] = 1000.0
    values[0, 0] = np.nan
    raster = Raster(values, Affine(1, 0, 0, 0, -1, 10), LAMBERT93)
    shapes = [box(0, 5, 5, 10), box(2, 0, 8, 10), box(50, 50, 60, 60)]
    buildings = gpd.GeoDataFrame(
        {"id": ["A", "B", "C"], "source": "essai", "certainty": "surveyed", "synthetic": False, "geometry": shapes},
        crs="EPSG:2154",
    )
    outcome = compute(Inputs(buildings.iloc[[0, 2]], raster, "essai", two_communes), Params())
    table = check(outcome.table, BUILDINGS)
    assert table["id"].tolist() == ["A"]
    assert table["irradiation_kwh_m2"].tolist() == [1000.0]
    assert [(note.action, note.count) for note in outcome.notes] == [("dropped", 1)]
    mixed = compute(Inputs(buildings.iloc[[1]], raster, "essai", two_communes), Params()).table
    np.testing.assert_allclose(mixed["irradiation_kwh_m2"], 500 + 500 * 15 / 60, atol=0.05)
