import geopandas as gpd
import numpy as np
from shapely import box

from geo.catalogue import EPCI
from geo.config import Territory
from geo.layers import check
from geo.territory.epci import Inputs, Params, compute


def test_communes_merge_into_their_epci(two_communes: gpd.GeoDataFrame, territory: Territory) -> None:
    communes = two_communes.assign(
        insee=two_communes["id"], epci_siren="123456789", population=[10, 20], source="essai", synthetic=False
    )
    table = check(compute(Inputs(communes, territory), Params()).table, EPCI)
    row = table.iloc[0]
    assert (len(table), row["short"], row["population"], row["communes"]) == (1, "CAE", 30, 2)
    assert row["insee"] == "62001|62002"
    assert row.geometry.equals(box(0, 0, 2000, 1000))
    np.testing.assert_allclose(row["area_km2"], 2.0)
