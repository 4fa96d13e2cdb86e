"""Scenes whose graph is known by hand, and what holds of any lines."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

from geo.network.graph import component_table, components
from geo.network.noding import Network, build_network

CIRCLE = LineString(Point(0, 0).buffer(50).exterior)


def made(*lines: shapely.Geometry | None, snap_m: float = 5.0, level: list[int] | None = None) -> Network:
    rows = np.empty(len(lines), dtype=object)
    rows[:] = lines
    return build_network(rows, snap_m=snap_m, level=None if level is None else np.array(level))


def pieces(network: Network) -> int:
    return int(components(network).max()) + 1


def line(*points: tuple[float, float]) -> LineString:
    return LineString(points)


SCENES = {
    # name: lines, (nodes, edges, components, length)
    "one line": ([line((0, 0), (100, 0))], (2, 1, 1, 100)),
    "cross": ([line((0, 0), (100, 0)), line((50, -50), (50, 50))], (5, 4, 1, 200)),
    "cross at a vertex of both": (
        [line((0, 0), (50, 0), (100, 0)), line((50, -50), (50, 0), (50, 50))],
        (5, 4, 1, 200),
    ),
    "T that touches": ([line((0, 0), (100, 0)), line((50, 0), (50, 50))], (4, 3, 1, 150)),
    "T short of the line": ([line((0, 0), (100, 0)), line((50, 4), (50, 50))], (4, 3, 1, 146)),
    "T too short of the line": ([line((0, 0), (100, 0)), line((50, 6), (50, 50))], (4, 2, 2, 144)),
    "T past the line": ([line((0, 0), (100, 0)), line((50, -3), (50, 50))], (5, 4, 1, 153)),
    "T near an end joins the end": ([line((0, 0), (100, 0)), line((97, 4), (97, 50))], (3, 2, 1, 146)),
    "ends 4 m apart": ([line((0, 0), (100, 0)), line((104, 0), (200, 0))], (3, 2, 1, 196)),
    "ends 6 m apart": ([line((0, 0), (100, 0)), line((106, 0), (200, 0))], (4, 2, 2, 194)),
    "a chain of ends": (
        [line((0, 0), (100, 0)), line((104, 0), (104, 90)), line((108, 0), (200, 0))],
        (4, 3, 1, 282),
    ),
    "drawn twice": ([line((0, 0), (100, 0)), line((100, 0), (0, 0))], (2, 1, 1, 100)),
    "overlap": ([line((0, 0), (100, 0)), line((60, 0), (160, 0))], (4, 3, 1, 160)),
    "overlap within another's run": ([line((0, 0), (100, 30)), line((20, 6), (80, 24))], (4, 3, 1, 104.403065)),
    "ring": ([CIRCLE], (1, 1, 1, CIRCLE.length)),
    "ring that almost closes": ([line((0, 0), (90, 0), (90, 90), (0, 90), (0, 3))], (1, 1, 1, 357)),
    "figure of eight": ([line((0, 0), (50, 50), (50, 0), (0, 50))], (3, 3, 1, 191.421356)),
    "eight at a vertex": ([line((0, 0), (25, 25), (50, 50), (50, 0), (25, 25), (0, 50))], (3, 3, 1, 191.421356)),
    "lasso": ([line((0, 0), (100, 0), (100, 60), (40, 60), (40, 3))], (2, 2, 1, 277)),
    "spike": ([line((0, 0), (100, 0), (60, 0))], (3, 2, 1, 100)),
    "several lines in one": ([MultiLineString([[(0, 0), (50, 0)], [(50, 0), (90, 0)]])], (3, 2, 1, 90)),
    "without length": ([line((0, 0), (100, 0)), line((30, 0), (30, 0)), None, LineString()], (2, 1, 1, 100)),
    "two ways between two nodes": (
        [line((0, 0), (100, 0)), line((0, 0), (50, 40), (100, 0))],
        (2, 2, 1, 228.062485),
    ),
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("turned", [False, True])
def test_scene(scene: str, turned: bool) -> None:
    lines, (nodes, edges, parts, length_m) = SCENES[scene]
    if turned:
        lines = [one and shapely.reverse(one) for one in lines[::-1]]
    network = made(*lines)
    assert (len(network.nodes), len(network.edges), pieces(network)) == (nodes, edges, parts)
    np.testing.assert_allclose(network.length_m.sum(), length_m, rtol=1e-6)
    np.testing.assert_allclose(network.length_m, shapely.length(network.lines))


BRIDGES = {
    # name: lines, levels, components
    "over a path": ([line((0, 0), (100, 0)), line((50, -50), (50, 50))], [1, 0], 2),
    "two bridges of one level cross": ([line((0, 0), (100, 0)), line((50, -50), (50, 50))], [1, 1], 1),
    "a path ends below the bridge": ([line((0, 0), (100, 0)), line((50, 2), (50, 50))], [1, 0], 2),
    "the bridge ends on the ground": ([line((0, 0), (100, 0)), line((100, 0), (200, 0))], [1, 0], 1),
    "the bridge ends in the middle of a path": ([line((0, 0), (100, 0)), line((100, -50), (100, 50))], [1, 0], 1),
    "a bridge in two pieces, a path below the joint": (
        [line((0, 0), (50, 0)), line((50, 0), (100, 0)), line((50, -50), (50, 50))],
        [1, 1, 0],
        2,
    ),
    "a tunnel below a path": ([line((0, 0), (100, 0)), line((50, -50), (50, 50))], [-1, 0], 2),
    "a bridge shorter than the snap distance ends in the middle of a path": (
        [line((0, 0), (4, 0)), line((4, -50), (4, 50)), line((-90, 0), (0, 0))],
        [1, 0, 0],
        1,
    ),
    "along one line on two levels": ([line((0, 0), (100, 0)), line((10, 0), (90, 0))], [1, 0], 2),
}


@pytest.mark.parametrize("scene", BRIDGES)
def test_levels_meet_at_their_ends_only(scene: str) -> None:
    lines, level, parts = BRIDGES[scene]
    assert pieces(made(*lines, level=level)) == parts


def test_an_edge_knows_its_way_and_runs_along_it() -> None:
    network = made(line((0, 0), (100, 0)), line((70, 50), (70, -50)), line((100, 0), (60, 0)))
    assert network.way.tolist() == [0, 0, 0, 1, 1]
    np.testing.assert_allclose(network.length_m, [60, 10, 30, 50, 50])
    starts = shapely.get_coordinates(shapely.get_point(network.lines, 0)).tolist()
    assert starts == [[0, 0], [60, 0], [70, 0], [70, 50], [70, 0]]
    np.testing.assert_allclose(network.nodes[network.edges[:, 0]], starts)


def test_without_noding_ends_alone_are_joined() -> None:
    lines = np.array([line((0, 0), (100, 0)), line((50, -50), (50, 50)), line((103, 0), (200, 0))])
    network = build_network(lines, snap_m=5, crossings=False, joins=False)
    assert (len(network.nodes), len(network.edges), pieces(network)) == (5, 3, 2)


def test_no_line_gives_an_empty_network() -> None:
    network = made()
    assert network.nodes.shape == network.edges.shape == (0, 2)
    assert len(network.lines) == len(network.length_m) == len(network.way) == 0


@pytest.mark.parametrize("snap_m", [-1.0, np.nan, np.inf])
def test_a_snap_distance_is_a_length(snap_m: float) -> None:
    with pytest.raises(ValueError, match="snap_m"):
        made(line((0, 0), (1, 0)), snap_m=snap_m)


def test_only_lines_with_one_level_each_are_taken() -> None:
    with pytest.raises(ValueError, match="found a Point"):
        made(Point(0, 0))
    with pytest.raises(ValueError, match="2 levels for 1 lines"):
        made(line((0, 0), (1, 0)), level=[0, 0])


SPOT = st.tuples(st.integers(0, 60), st.integers(0, 60))
TOWN = st.lists(st.lists(SPOT, min_size=2, max_size=5).map(LineString), min_size=1, max_size=12)


@settings(max_examples=150, deadline=None)
@given(TOWN, st.sampled_from([0.0, 1.5, 7.0]))
def test_any_lines_keep_the_length_of_their_union_and_end_in_nodes(lines: list[LineString], snap_m: float) -> None:
    network = made(*lines, snap_m=snap_m)
    whole = shapely.unary_union([one for one in lines if one.length > 0] or [LineString()])
    np.testing.assert_allclose(network.length_m.sum(), whole.length, rtol=1e-3, atol=0.05)
    ends = np.stack([shapely.get_coordinates(shapely.get_point(network.lines, n)) for n in (0, -1)], axis=1)
    off_m = np.linalg.norm(network.nodes[network.edges] - ends, axis=2)
    assert snap_m > 0 or off_m.size == 0 or off_m.max() == 0
    assert np.array_equal(np.unique(network.edges), np.arange(len(network.nodes)))


@settings(max_examples=100, deadline=None)
@given(TOWN, st.sampled_from([0.0, 1.5, 7.0]))
def test_noding_and_wider_snapping_only_join(lines: list[LineString], snap_m: float) -> None:
    rows = np.array(lines, dtype=object)
    plain = build_network(rows, snap_m=snap_m, crossings=False, joins=False)
    crossed = build_network(rows, snap_m=snap_m, joins=False)
    full = build_network(rows, snap_m=snap_m)
    wide = build_network(rows, snap_m=2 * snap_m)
    if len(plain.edges):
        assert pieces(plain) >= pieces(crossed) >= pieces(full) >= pieces(wide)


@settings(max_examples=100, deadline=None)
@given(TOWN, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_node(lines: list[LineString], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = made(*lines), made(*shuffled)
    assert pieces_or_none(one) == pieces_or_none(other)
    np.testing.assert_allclose(one.nodes, other.nodes, atol=1e-9)
    np.testing.assert_allclose(np.sort(one.length_m), np.sort(other.length_m), atol=1e-6)


def pieces_or_none(network: Network) -> int | None:
    return pieces(network) if len(network.edges) else None


@pytest.mark.real_data
@pytest.mark.parametrize(("snap_m", "parts", "longest_km"), [(5, 739, 6), (25, 261, 32), (100, 102, 133)])
def test_the_real_cavaliers_fall_into_the_known_parts(
    real_data: Path, snap_m: float, parts: int, longest_km: float
) -> None:
    """Counted once by another program on the same file, line ends alone; noding only joins, and loses no length."""
    lines = gpd.read_file(real_data / "unesco" / "zt-cavaliers.geojson").to_crs("EPSG:2154").geometry.to_numpy()
    ends_alone = component_table(build_network(lines, snap_m=snap_m, crossings=False, joins=False))
    assert (len(ends_alone), round(ends_alone["length_m"].max() / 1000)) == (parts, longest_km)
    crossed = build_network(lines, snap_m=snap_m, joins=False)
    full = build_network(lines, snap_m=snap_m)
    assert parts > pieces(crossed) > pieces(full)
    for network in (crossed, full):
        np.testing.assert_allclose(network.length_m.sum(), shapely.length(lines).sum(), rtol=1e-6)
