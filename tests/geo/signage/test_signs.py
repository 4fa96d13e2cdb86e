import geopandas as gpd
import pytest
from shapely import Point

from geo.catalogue import SIGNS
from geo.errors import SourceError
from geo.layers import check
from geo.signage.signs import Inputs, Params, compute


def signs(status: list[str | None]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": [f"S{i}" for i in range(len(status))], "name": "Totem", "type": "Totem", "status": status,
            "park": None, "dated": None, "source": "essai", "certainty": "surveyed", "synthetic": False,
            "geometry": [Point(500 + 9000 * i, 500) for i in range(len(status))],
        },
        crs="EPSG:2154",
    )  # fmt: skip


def test_signs_outside_the_territory_are_kept_and_reported(two_communes: gpd.GeoDataFrame) -> None:
    outcome = compute(Inputs(signs(["installed", None]), two_communes), Params())
    assert check(outcome.table, SIGNS)["status"].tolist() == ["installed", "unknown"]
    assert [(note.action, note.count, note.example) for note in outcome.notes] == [("flagged", 1, "S1")]


def test_an_unknown_status_is_refused(two_communes: gpd.GeoDataFrame) -> None:
    with pytest.raises(SourceError, match="volé"):
        compute(Inputs(signs(["volé"]), two_communes), Params())
