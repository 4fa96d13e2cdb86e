import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from geo.catalogue import EVENTS, LARGE_PARKS
from geo.errors import SourceError
from geo.layers import check
from geo.parks import events, large_parks
from geo.pipeline import NoParams


@pytest.fixture
def parks() -> gpd.GeoDataFrame:
    columns = {
        "id": ["P1", "P2", "P3", "P4"], "name": ["Un", "Deux", "Trois", "Quatre"],
        "large_park_id": ["nord", "nord", "sud", pd.NA],
        "perimeter_source": ["spoil_heap", "circle", "point", "imported"],
        "insee": ["62001", "62001|62002", "62002", pd.NA], "commune": ["Ouest", "Ouest, Est", "Est", pd.NA],
        "synthetic": False,
    }  # fmt: skip
    shapes = [box(0, 0, 100, 100), box(50, 0, 150, 100), Point(1500, 500), box(900, 900, 910, 910)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:2154")


@pytest.fixture
def schemes() -> pd.DataFrame:
    nan = np.nan
    return pd.DataFrame(
        {
            "id": ["nord", "sud", "perdu", "network"], "name": ["Parc Nord", "Parc Sud", "(sans nom)", "Chaîne"],
            "scheme": "2015", "source": "essai", "certainty": "sourced", "parks_2015": [nan, nan, nan, 2],
            "parks_2019": [nan, nan, nan, 3], "area_2015_m2": [1e6, nan, nan, 2e6],
            "area_2019_m2": [nan, nan, nan, 4e6],
            "route_2015_km": [10, nan, nan, 60], "route_2019_km": [nan, nan, nan, 420],
        }
    )  # fmt: skip


@pytest.fixture
def dated() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["E1", "E2", "E3"], "kind": ["works", "case_study", "festival"], "name": ["Travaux", "Étude", "Fête"],
            "starts": ["2019-06", "2018", pd.NA], "ends": ["2020", "2018", pd.NA], "parks": ["P1|P3", pd.NA, pd.NA],
            "large_parks": [pd.NA, "nord", pd.NA], "figures": pd.NA, "source": "essai", "certainty": "sourced",
            "synthetic": False,
        }
    )  # fmt: skip


def joined(
    parks: gpd.GeoDataFrame, schemes: pd.DataFrame, dated: pd.DataFrame, communes: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    outcome = large_parks.compute(large_parks.Inputs(parks, schemes, dated, communes), NoParams())
    assert [(note.action, note.count, note.example) for note in outcome.notes] == [("dropped", 1, "(sans nom)")]
    return check(outcome.table, LARGE_PARKS)


def test_sites_are_joined_and_shared_ground_counts_once(
    parks: gpd.GeoDataFrame, schemes: pd.DataFrame, dated: pd.DataFrame, two_communes: gpd.GeoDataFrame
) -> None:
    table = joined(parks, schemes, dated, two_communes).set_index("id")
    assert table.index.tolist() == ["nord", "sud", "network"]
    assert table["level"].tolist() == ["park", "park", "network"]
    assert table["sites"].tolist() == [2, 1, 4]
    assert table["sites_outlined"].tolist() == [1, 0, 2]
    assert table["area_m2"].tolist() == [15_000.0, 0.0, 15_100.0]
    assert table["outlined_area_m2"].tolist() == [10_000.0, 0.0, 10_100.0]
    assert table.geometry.geom_type.tolist() == ["Polygon", "Point", "MultiPolygon"]


def test_what_the_schemes_state_stands_beside_and_nothing_is_split(
    parks: gpd.GeoDataFrame, schemes: pd.DataFrame, dated: pd.DataFrame, two_communes: gpd.GeoDataFrame
) -> None:
    table = joined(parks, schemes, dated, two_communes).set_index("id")
    np.testing.assert_array_equal(table["area_2015_m2"], [1e6, np.nan, 2e6])
    np.testing.assert_array_equal(table["area_2019_m2"], [np.nan, np.nan, 4e6])
    assert table.loc["network", ["named_parks", "parks_2019", "parks_2015"]].tolist() == [2, 3, 2]
    assert table.loc["nord", ["named_parks", "parks_2019"]].isna().all()
    assert table["events"].tolist() == ["2018 : Étude", pd.NA, "sans date : Fête"]


def test_events_stand_on_what_they_are_about(
    parks: gpd.GeoDataFrame, schemes: pd.DataFrame, dated: pd.DataFrame, two_communes: gpd.GeoDataFrame
) -> None:
    large = joined(parks, schemes, dated, two_communes)
    outcome = events.compute(events.Inputs(dated, parks, large, two_communes), NoParams())
    table = check(outcome.table, EVENTS)
    assert table["scope"].tolist() == ["park", "large_park", "network"]
    assert table["where"].tolist() == ["Un, Trois", "Parc Nord", pd.NA]
    assert table["insee"].tolist() == ["62001|62002", "62001", pd.NA], "the whole chain is in no one commune"
    assert large.geometry.iloc[0].contains(table.geometry.iloc[1])
    assert box(0, 0, 2000, 1000).contains(table.geometry.iloc[2])
    assert [(note.reason, note.count) for note in outcome.notes] == [("event without a date", 1)]


def test_an_event_of_an_unknown_park_is_refused_in_one_line(
    parks: gpd.GeoDataFrame, schemes: pd.DataFrame, dated: pd.DataFrame, two_communes: gpd.GeoDataFrame
) -> None:
    large = joined(parks, schemes, dated, two_communes)
    with pytest.raises(SourceError) as caught:
        events.compute(
            events.Inputs(dated.assign(parks=["P1|P9", pd.NA, pd.NA]), parks, large, two_communes), NoParams()
        )
    assert str(caught.value) == ("events.csv, line 2, column parks: found 'P9'; expected the id of a park; correct it")


def test_the_events_of_a_park_are_listed_by_date(dated: pd.DataFrame) -> None:
    assert events.listed(events.of_park(dated, "P3")) == "2019-06 à 2020 : Travaux"
    assert events.listed(events.of_park(dated, "P2")) is pd.NA
    assert events.listed(events.of_park(None, "P1")) is pd.NA
