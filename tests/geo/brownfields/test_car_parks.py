"""Car parks: the limits of the act, half of the area, a range of energy, one row for two drawings."""

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from geo.brownfields.car_parks import Inputs, Params, compute
from geo.catalogue import CAR_PARKS
from geo.config import Territory
from geo.layers import check
from geo.raw import RawFolder
from geo.sources import parking, synthetic_weather
from geo.weather import Weather

CENTER = (2.77, 50.43)


@pytest.fixture(scope="module")
def weather() -> Weather:
    return synthetic_weather.year(CENTER[1], CENTER[0])


def squares(*areas_m2: float) -> gpd.GeoDataFrame:
    shapes = [box(50, 50, 60, 50 + area / 10) for area in areas_m2]
    ids = [f"P{n}" for n in range(len(shapes))]
    return gpd.GeoDataFrame({"id": ids, "name": None, "source": "essai", "synthetic": False}, geometry=shapes, crs=2154)


def test_the_act_binds_over_1500_and_earlier_from_10000(two_communes: gpd.GeoDataFrame, weather: Weather) -> None:
    communes = two_communes.assign(geometry=two_communes.buffer(2000))
    parks = squares(1500, 1500.1, 9999.9, 10_000)
    outcome = compute(Inputs(parks, communes, weather, CENTER), Params(kwp_per_m2=0.2))
    table = check(outcome.table, CAR_PARKS).set_index("id")
    assert table["due"].to_dict() == {"P1": "2028-07-01", "P2": "2028-07-01", "P3": "2026-07-01"}
    assert table.loc["P3", ["canopy_area_m2", "kwp"]].tolist() == [5000.0, 1000.0]
    assert set(table["certainty"]) == {"estimated"}
    assert set(table["exempt_trees"]) == {"unknown"}
    assert (table["energy_low_mwh"] < table["energy_mwh"]).all()
    assert (table["energy_mwh"] < table["energy_high_mwh"]).all()
    assert 700 < table.loc["P3", "energy_mwh"] < 1100
    assert [(note.action, note.count) for note in outcome.notes] == [("dropped", 1)]


def test_level_canopies_give_the_same_in_every_direction(two_communes: gpd.GeoDataFrame, weather: Weather) -> None:
    inputs = Inputs(squares(2000), two_communes, weather, CENTER)
    row = compute(inputs, Params(tilt_deg=0)).table.iloc[0]
    assert row["energy_low_mwh"] == pytest.approx(row["energy_high_mwh"], rel=1e-9)


def test_no_source_is_told_and_gives_no_row(two_communes: gpd.GeoDataFrame, weather: Weather) -> None:
    outcome = compute(Inputs(None, two_communes, weather, CENTER), Params())
    assert check(outcome.table, CAR_PARKS).empty
    assert "no file of car parks" in outcome.notes[0].reason


def test_one_car_park_in_two_sources_is_one_row(tmp_path: Path, territory: Territory) -> None:
    raw = tmp_path / "raw"
    near, far = box(684_000, 7_038_000, 684_100, 7_038_100), box(684_500, 7_038_000, 684_600, 7_038_100)
    for name, shapes, columns in (
        ("bdtopo/EQUIPEMENT_DE_TRANSPORT.gpkg", [near, far], {"ID": ["A", "B"], "NATURE": ["Parking", "Gare"]}),
        (
            "osm_parking/lens.geojson",
            [near.buffer(2), far, far],
            {"@id": ["way/1", "way/2", "way/3"], "parking": ["surface", "surface", "underground"]},
        ),
    ):
        (raw / name).parent.mkdir(parents=True, exist_ok=True)
        gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:2154").to_file(raw / name)
    folder = RawFolder("car_parks", raw, tmp_path, territory)
    table = parking.read(folder)
    assert table is not None
    assert table["id"].tolist() == ["BDT-A", "OSM-way-2"]
    assert [(note.action, note.count) for note in folder.notes] == [("dropped", 1)]
    assert parking.read(RawFolder("car_parks", tmp_path / "none", tmp_path, territory)) is None
