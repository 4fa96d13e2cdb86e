"""What blades say, on ways known by hand."""

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point

from geo.crs import LAMBERT93
from geo.signage.content import blades
from geo.signage.ways import sign_net, trees
from tests.geo.signage.town import greenways


def test_a_blade_holds_four_lines_at_most_the_nearest_of_each_level_among_them() -> None:
    line = greenways(
        [LineString([(0, 0), (500, 0)]), LineString([(500, 0), (14_000, 0)]), LineString([(0, 0), (0, 9)])]
    )
    x = [600, 700, 800, 900, 6000, 13_000]
    doors = gpd.GeoDataFrame({"park_id": list("ABCDEF")}, geometry=[Point(one, 0) for one in x], crs=LAMBERT93)
    net = sign_net(line, doors, most_leg_m=10.0)
    start = np.array([int(np.argmin(np.hypot(*net.network.nodes.T)))])
    table = blades(net, trees(net), start, pd.Series(list("ABCDEF"), index=list("ABCDEF")), pd.Series(dtype="int64"))
    assert table["park_id"].tolist() == ["A", "B", "C", "E"]
    assert table["line"].tolist() == [1, 2, 3, 4]
    assert table["turn"].isna().all()


def test_short_ways_are_told_in_metres() -> None:
    doors = gpd.GeoDataFrame({"park_id": ["A"]}, geometry=[Point(34, 0)], crs=LAMBERT93)
    net = sign_net(greenways([LineString([(0, 0), (500, 0)])]), doors, most_leg_m=10.0)
    start = np.array([int(np.argmin(np.hypot(*net.network.nodes.T)))])
    line = blades(net, trees(net), start, pd.Series(["Parc"], index=["A"]), pd.Series(dtype="int64")).iloc[0]
    assert (line["distance_m"], line["distance_km"], line["text"]) == (34.0, 0.03, "Parc 30 m")


def test_the_straight_leg_to_an_entrance_off_the_ways_is_told_apart() -> None:
    doors = gpd.GeoDataFrame({"park_id": ["A", "B"]}, geometry=[Point(400, 30), Point(700, 0)], crs=LAMBERT93)
    net = sign_net(greenways([LineString([(0, 0), (1000, 0)])]), doors, most_leg_m=50.0)
    start = np.array([int(np.argmin(np.hypot(*net.network.nodes.T)))])
    lines = blades(net, trees(net), start, pd.Series(["a", "b"], index=["A", "B"]), pd.Series(dtype="int64"))
    assert lines[["distance_m", "leg_m"]].to_numpy().tolist() == [[430.0, 30.0], [700.0, 0.0]]
