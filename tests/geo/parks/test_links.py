"""Missing links between three ways in a row, with gains worked out by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, box

from geo.catalogue import GREENWAY_LINKS
from geo.layers import check
from geo.parks import entrances, greenways
from geo.parks.chain import Doors, Gaps, cheapest_chain
from geo.parks.links import Inputs, Params, compute
from geo.pipeline import Outcome

WAYS = {
    "a": LineString([(100, 500), (400, 500)]),
    "b": LineString([(500, 500), (800, 500)]),
    "c": LineString([(1000, 500), (1300, 500)]),
}
PARKS = {"P1": box(0, 450, 100, 550), "P2": box(800, 400, 900, 600), "P3": box(1300, 450, 1400, 550)}
LARGE = ["Ouest", "Est", "Est"]


def found(
    communes: gpd.GeoDataFrame,
    ways: dict[str, LineString] = WAYS,
    large: list[str | None] = LARGE,
    **params: float,
) -> Outcome:
    origin = {"source": "essai", "certainty": "surveyed", "synthetic": False}
    lines = gpd.GeoDataFrame(
        {"number": list(ways), "name": None, "kind": "path", **origin}, geometry=list(ways.values()), crs="EPSG:2154"
    )
    edges = greenways.compute(greenways.Inputs(lines, communes), greenways.Params()).table
    parks = gpd.GeoDataFrame(
        {"id": list(PARKS), "name": "Parc", "perimeter_source": "surveyed", "large_park": large, **origin},
        geometry=list(PARKS.values()), crs="EPSG:2154",
    )  # fmt: skip
    parks = parks.assign(area_m2=parks.area, stated_area_m2=np.nan)
    gates = entrances.compute(entrances.Inputs(parks, edges, communes), entrances.Params()).table
    return compute(Inputs(edges, gates, parks, communes), Params(**params))


def table_of(outcome: Outcome) -> gpd.GeoDataFrame:
    return check(outcome.table, GREENWAY_LINKS).set_index("id")


def test_gains_by_hand(two_communes: gpd.GeoDataFrame) -> None:
    """Areas of 1, 2 and 1 ha. P1 to P2 is 700 m once a - b is closed; P2 to c is 100 m straight, so P2 to P3 is known.

    The entrance of P2 lies on b, its P3 on c: without links no two parks connect, PC is 1 + 4 + 1.
    """
    outcome = found(two_communes, median_m=500.0)
    table = table_of(outcome)
    assert table.index.tolist() == ["b.1~c.1", "a.1~b.1"]
    np.testing.assert_allclose(table["length_m"], [200, 100])
    closed = 2 * 1 * 2 * 2.0 ** -np.array([(200 + 300) / 500, (300 + 100 + 300) / 500])
    np.testing.assert_allclose(table["dpc_percent"], 100 * closed / 6)
    assert table["rank"].tolist() == [1, 2]


def test_the_set_that_joins_the_large_parks(two_communes: gpd.GeoDataFrame) -> None:
    """West and East are joined once P1 reaches P2: the link a - b alone."""
    outcome = found(two_communes)
    assert table_of(outcome)["in_tree"].to_dict() == {"a.1~b.1": True, "b.1~c.1": False}
    assert [note.count for note in outcome.notes] == [1]
    assert "(100 m with the steps from sites to ways, exact)" in outcome.notes[0].reason
    all_three = found(two_communes, large=["Ouest", "Milieu", "Est"])
    assert table_of(all_three)["in_tree"].all()


def test_what_no_link_joins_is_told(two_communes: gpd.GeoDataFrame) -> None:
    outcome = found(two_communes, large=["Ouest", "Milieu", "Est"], link_reach_m=150.0)
    assert table_of(outcome).index.tolist() == ["a.1~b.1"]
    assert [note.count for note in outcome.notes] == [1, 2]
    assert "no links join" in outcome.notes[1].reason


def test_a_large_park_on_paper_is_no_way(two_communes: gpd.GeoDataFrame) -> None:
    """P1 and P3 are one large park, P2 another: the link to the nearer site, 100 m, is taken, P3's of 200 m is not."""
    outcome = found(two_communes, large=["Un", "Deux", "Un"])
    assert table_of(outcome)["in_tree"].to_dict() == {"a.1~b.1": True, "b.1~c.1": False}
    assert len(outcome.notes) == 1
    between = found(two_communes, large=["Un", "Un", "Deux"], link_reach_m=150.0)
    assert not table_of(between)["in_tree"].any()
    assert [(note.reason, note.count) for note in between.notes] == [("groups of large parks that no links join", 2)]


def test_sites_that_no_link_joins_are_joined_on_paper_and_told() -> None:
    """Two networks out of reach of each other; Un has a site on each, Deux on the first, Trois on the second."""
    gaps = Gaps(np.empty(0, dtype=object), np.empty((0, 2), dtype=np.int64), np.empty((0, 2), dtype=np.int64))
    doors = Doors(np.arange(4), np.array([0, 0, 1, 2]), np.array([0, 1, 0, 1]), np.array([3.0, 4.0, 5.0, 6.0]))
    chain = cheapest_chain(gaps, 2, doors)
    assert (chain.groups, chain.jumps) == (1, 1)
    np.testing.assert_allclose([chain.length_m, chain.lower_bound_m], 18)


def test_a_price_is_the_towns_to_give(two_communes: gpd.GeoDataFrame) -> None:
    assert table_of(found(two_communes))["cost_eur"].isna().all()
    priced = table_of(found(two_communes, eur_per_m=150.0))
    np.testing.assert_allclose(priced["cost_eur"], priced["length_m"] * 150)
    with pytest.raises(ValueError, match="eur_per_m"):
        Params(eur_per_m=-1.0)


def test_a_whole_network_lacks_nothing(two_communes: gpd.GeoDataFrame) -> None:
    outcome = found(two_communes, ways={"a": LineString([(100, 500), (1300, 500)])})
    assert table_of(outcome).empty
    assert outcome.notes == ()


def test_without_large_parks_no_set_is_made(two_communes: gpd.GeoDataFrame) -> None:
    outcome = found(two_communes, large=[None, None, None])
    assert not table_of(outcome)["in_tree"].any()
    assert outcome.notes == ()


def test_the_same_links_come_again(two_communes: gpd.GeoDataFrame) -> None:
    turned = {name: WAYS[name].reverse() for name in reversed(WAYS)}
    columns = ["length_m", "dpc_percent", "rank", "in_tree"]
    once, again = table_of(found(two_communes)), table_of(found(two_communes, ways=turned))
    pd.testing.assert_frame_equal(once[columns], again[columns])
