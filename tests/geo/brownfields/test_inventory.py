import geopandas as gpd
from shapely import Point

from geo.brownfields.inventory import Inputs, Params, compute
from geo.catalogue import BROWNFIELDS
from geo.layers import check


def sites(declared: list[str | None], points: list[Point]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "id": [f"F{i}" for i in range(len(points))], "name": "Friche", "insee_declared": declared, "area_m2": 1.0,
            "source": "essai", "certainty": "curated", "synthetic": False, "geometry": points,
        },
        crs="EPSG:2154",
    )  # fmt: skip


def test_the_ground_corrects_the_declared_commune(two_communes: gpd.GeoDataFrame) -> None:
    points = [Point(500, 500), Point(1500, 500), Point(1500, 600), Point(9999, 0)]
    outcome = compute(Inputs(sites(["62001", "62001", "62003|62002", "62001"], points), two_communes), Params())
    table = check(outcome.table, BROWNFIELDS)
    assert table["commune_corrected"].tolist() == [False, True, False, False]
    assert table["insee"].fillna("").tolist() == ["62001", "62002", "62002", ""]
    assert table["insee_declared"].iloc[1] == "62001"
    assert [(note.action, note.count, note.example) for note in outcome.notes] == [
        ("repaired", 1, "F1"),
        ("flagged", 1, "F3"),
    ]


def test_estimated_outlines_correct_nothing(two_communes: gpd.GeoDataFrame) -> None:
    communes = two_communes.assign(certainty="estimated")
    outcome = compute(Inputs(sites(["62001", None], [Point(1500, 500), Point(500, 500)]), communes), Params())
    assert not outcome.table["commune_corrected"].any()
    assert outcome.table["insee"].tolist() == ["62001", "62001"]
