"""Facts of small sites among layers whose answers are known by hand; what no layer tells stays unknown."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point, box

from geo.brownfields.criteria import criteria
from geo.brownfields.facts import REMAINING, Inputs, Layers, Params, compute
from geo.brownfields.surroundings import covered, share_within
from geo.catalogue import BROWNFIELD_FACTS
from geo.layers import check

UNTOLD = dict.fromkeys(
    ("zone_type", "owner", "building_state", "renewables_zone", "pollution", "building_pollution", "buildings",
     "drawn_area_m2", "net_area_m2", "built_area_m2", "slope_deg", "light_share", "net_area_method")
)  # fmt: skip
SQUARE = box(0, 0, 100, 100)


def site(shape: object = SQUARE, **columns: object) -> gpd.GeoDataFrame:
    drawn = shape.geom_type != "Point"
    row = UNTOLD | {
        "id": "F1", "name": "Friche", "insee": "62001", "commune": "Ouest", "certainty": "curated", "synthetic": False,
        "source": "inventaire", "updated": "2024-01-02", "area_m2": 20_000.0, "geometry": shape,
        "area_status": "drawn" if drawn else "stated",
    }  # fmt: skip
    if drawn:
        row |= {"drawn_area_m2": shape.area, "net_area_m2": 8000.0, "built_area_m2": 2000.0, "net_area_method": "bâti"}
    table = gpd.GeoDataFrame([row | columns], crs="EPSG:2154")
    texts = ("zone_type", "owner", "building_state", "renewables_zone", "pollution", "building_pollution")
    numbers = ("area_m2", "drawn_area_m2", "net_area_m2", "built_area_m2", "slope_deg", "light_share")
    return table.astype(dict.fromkeys(texts, "string") | dict.fromkeys(numbers, "float64"))


def layer(*shapes: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, index=range(len(shapes)), geometry=list(shapes), crs="EPSG:2154")


def facts(sites: gpd.GeoDataFrame, **layers: object) -> pd.DataFrame:
    table = check(compute(Inputs(sites, Layers(**layers)), Params()).table, BROWNFIELD_FACTS)
    assert len(table) == len(sites) * (len(criteria()) + 1)
    return table.set_index("criterion")


def value(sites: gpd.GeoDataFrame, criterion: str, **layers: object) -> object:
    found = facts(sites, **layers).loc[criterion]
    assert pd.isna(found["value"]) == (found["status"] == "unknown") == pd.isna(found["source"])
    return None if pd.isna(found["value"]) else found["value"]


def test_without_layers_only_what_the_inventory_tells_is_known() -> None:
    known = facts(site())
    assert set(known.index[known["status"] != "unknown"]) == {"net_area_ha", "built_share"}
    assert known.loc["net_area_ha", ["value", "unit", "status"]].tolist() == ["0.8", "ha", "derived"]
    assert known.loc["built_share", "value"] == "0.2"


def test_a_stated_area_says_that_nothing_was_deducted() -> None:
    row = facts(site(Point(0, 0))).loc["net_area_ha"]
    assert (row["value"], row["date"]) == ("2", "2024-01-02")
    assert row["source"] == "inventaire : surface déclarée, rien n'est déduit (majorant)"


@pytest.mark.parametrize(
    ("column", "told", "criterion", "code"),
    [
        ("pollution", "pollution traitée", "pollution", "treated"),
        ("building_pollution", "amiante", "pollution", "asbestos"),
        ("zone_type", "AUc", "zoning", "to_urbanise"),
        ("zone_type", "RNU", "zoning", None),
        ("building_state", "dégradation très importante", "building_state", "ruined"),
        ("buildings", 0, "building_state", "none"),
        ("renewables_zone", "Oui", "acceleration_zone", "yes"),
        ("owner", "public", "owner", "public"),
    ],
)
def test_words_of_the_standard_become_codes(column: str, told: object, criterion: str, code: str | None) -> None:
    found = facts(site(**{column: told})).loc[criterion]
    assert (None if pd.isna(found["value"]) else found["value"]) == code
    assert found["status"] == ("observed" if code else "unknown")
    assert code is None or found["source"] == "inventaire"


def test_every_code_is_one_that_its_criterion_knows() -> None:
    from geo.brownfields import told
    from geo.brownfields.facts import FLOOD, HERITAGE, NATURE

    known = {each.id: {*each.answers, *each.neutral, *each.excluded} for each in criteria()}
    assert {*told.POLLUTION.values(), "asbestos"} <= known["pollution"]
    assert set(told.ZONES.values()) <= known["zoning"]
    assert {*told.BUILDING_STATE.values(), "none"} <= known["building_state"]
    assert set(told.ACCELERATION.values()) <= known["acceleration_zone"]
    assert {*HERITAGE, "none"} <= known["heritage"]
    assert {*NATURE, "near", "outside"} <= known["nature"]
    assert {*FLOOD, "outside"} <= known["flood"]


def test_the_strongest_zone_is_told_and_silence_only_where_the_layer_reaches() -> None:
    both = layer(box(90, 0, 200, 100), box(50, 0, 60, 10), kind=["znieff_2", "natura_2000"])
    assert value(site(), "nature", nature=both) == "natura_2000"
    assert value(site(), "nature", nature=layer(box(300, 0, 400, 9), kind=["reserve"])) == "near"
    assert value(site(), "nature", nature=layer(box(900, 0, 950, 9), kind=["reserve"])) == "outside"
    assert value(site(), "nature", nature=layer(box(90_000, 0, 90_100, 9), kind=["reserve"])) is None
    assert value(site(), "flood", flood=layer(box(0, 0, 9, 9), kind=["low"])) == "low"
    assert value(site(), "heritage", heritage=layer(box(200, 0, 300, 9), kind=["classified_site"])) == "none"


def test_a_polluted_site_speaks_where_the_inventory_is_silent() -> None:
    near = layer(Point(120, 50))
    assert value(site(), "pollution", polluted=near) == "proven"
    assert value(site(pollution="pollution traitée"), "pollution", polluted=near) == "treated"
    assert value(site(), "pollution", polluted=layer(Point(200, 50))) is None


def test_distances_to_the_grid_and_what_the_substation_has_left() -> None:
    table = facts(
        site(),
        lines=layer(LineString([(600, 0), (600, 100)])),
        substations=layer(Point(3100, 50), Point(9000, 0), remaining_mw=[4.0, 90.0]),
        roads=layer(LineString([(0, -40), (100, -40)])),
    )["value"]
    assert (table["grid_km"], table["substation_km"], table["road_m"]) == ("0.5", "3", "40")
    assert (table[REMAINING], table["capacity_ratio"]) == ("4", "5")


def test_town_centres_and_parks() -> None:
    assert value(site(), "town_centre", centres=layer(Point(399, 50))) == "yes"
    assert value(site(), "town_centre", centres=layer(Point(401, 50))) == "no"
    assert value(site(), "park_share", chain=layer(box(0, 0, 30, 100), box(20, 0, 50, 100))) == "0.5"


def test_a_point_is_inside_or_far_enough_away_or_tells_nothing() -> None:
    park = layer(box(0, 0, 100, 100))
    points = layer(Point(50, 50), Point(150, 50), Point(300, 50), Point(300, 50))
    stated = pd.Series([1e4, 1e4, 1e4, None], dtype="float64")
    share = share_within(points, park, stated)
    assert share[:3].tolist() == pytest.approx([1.0, float("nan"), 0.0], nan_ok=True)
    assert pd.isna(share[3])


def test_an_empty_layer_covers_nothing() -> None:
    empty = gpd.GeoDataFrame(geometry=[], crs="EPSG:2154")
    assert not covered(site(), empty).any()
