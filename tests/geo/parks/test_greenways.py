import geopandas as gpd
import numpy as np
from shapely import LineString, box

from geo.catalogue import GREENWAYS
from geo.layers import check
from geo.parks.greenways import Inputs, Params, compute


def test_lines_are_measured_areas_take_the_stated_length(two_communes: gpd.GeoDataFrame) -> None:
    ways = gpd.GeoDataFrame(
        {
            "number": ["1", "2", "2"], "name": "Cavalier", "kind": "cavalier", "surface": None, "protection": "buffer",
            "stated_length_m": [None, "750", None], "source": "essai", "certainty": "surveyed", "synthetic": False,
            "geometry": [LineString([(500, 500), (1500, 500)]), box(0, 0, 700, 10), LineString([(0, 0), (0, 30)])],
        },
        crs="EPSG:2154",
    )  # fmt: skip
    table = check(compute(Inputs(ways, two_communes), Params()).table, GREENWAYS)
    assert table["id"].tolist() == ["1", "2", "2-2"]
    np.testing.assert_allclose(table["length_m"], [1000.0, 750.0, 30.0])
    assert table["insee"].tolist() == ["62001|62002", "62001", "62001"]
    assert table["commune"].tolist() == ["Ouest, Est", "Ouest", "Ouest"]
