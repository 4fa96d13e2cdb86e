"""The synthetic quarter: its truth is true, its surface follows it, and it is the same every time."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import LAMBERT93
from geo.errors import ConfigError
from geo.raster import Raster, read_raster
from geo.sample import make_sample

SIDE_M = 1024.0
SIGN_TYPES = {
    "Totem",
    "Relais d\u2019information service (RIS)",
    "Mât directionnel / jalonnement",
    "Jalon / borne",
    "Table de lecture / d\u2019orientation",
    "Panneau réglementaire",
}
COLUMNS = {
    "buildings": {"building_id", "kind", "storeys", "height_m"},
    "roof_planes": {"building_id", "plane_id", "pitch_deg", "azimuth_deg", "area_m2", "area_plan_m2", "altitude_m"},
    "roof_obstacles": {"building_id", "kind", "altitude_m"},
    "parks": {"id", "name", "kind", "area_m2"},
    "park_entrances": {"park_id"},
    "greenways": {"id", "name", "surface"},
    "brownfields": {"id", "name", "status", "area_m2"},
    "car_parks": {"id", "area_m2"},
    "signs": {"code", "type", "park_id", "status", "name", "date"},
    "addresses": {"number", "street", "building_id"},
    "spoil_heaps": {"number", "name", "height_m"},
    "trees": {"height_m", "crown_m"},
    "streets": {"id", "name", "width_m"},
    "canals": {"id", "name"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("raw") / "sample")


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, gpd.GeoDataFrame]:
    return {path.stem: gpd.read_parquet(path) for path in folder.glob("*.parquet")}


@pytest.fixture(scope="module")
def dsm(folder: Path) -> Raster:
    return read_raster(folder / "dsm.tif")


@pytest.fixture(scope="module")
def dtm(folder: Path) -> Raster:
    return read_raster(folder / "dtm.tif")


@pytest.fixture(scope="module")
def roof_cells(tables: dict[str, gpd.GeoDataFrame], dsm: Raster) -> pd.DataFrame:
    """Return the cells well inside a plane and under no crown or obstacle: place in roof_planes, x, y, altitude."""
    crowns = tables["trees"].geometry.buffer(tables["trees"]["crown_m"] / 2 + 0.5)
    hidden = [*crowns, *tables["roof_obstacles"].geometry.buffer(0.75)]
    inner = tables["roof_planes"].geometry.buffer(-0.3)
    numbered = [(shape, number) for number, shape in enumerate(inner, start=1) if not shape.is_empty]
    index = rasterize(numbered, out_shape=dsm.values.shape, transform=dsm.transform, dtype="int32")
    index[rasterize(hidden, out_shape=dsm.values.shape, transform=dsm.transform) > 0] = 0
    rows, cols = np.nonzero(index)
    x, y = cell_centres(dsm)
    z = dsm.values[rows, cols].astype(np.float64)
    return pd.DataFrame({"plane": index[rows, cols] - 1, "x": x[rows, cols], "y": y[rows, cols], "z": z})


def cell_centres(raster: Raster) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y of every cell, each of shape (rows, cols)."""
    turn, (rows, cols) = raster.transform, raster.values.shape
    x, y = np.meshgrid(turn.c + (np.arange(cols) + 0.5) * turn.a, turn.f + (np.arange(rows) + 0.5) * turn.e)
    return x, y


def altitude_at(raster: Raster, x: float, y: float) -> float:
    turn = raster.transform
    return float(raster.values[int((y - turn.f) / turn.e), int((x - turn.c) / turn.a)])


def test_every_table_has_its_columns_and_says_it_is_synthetic(tables: dict[str, gpd.GeoDataFrame]) -> None:
    assert tables.keys() == COLUMNS.keys()
    for name, table in tables.items():
        assert set(table.columns) >= COLUMNS[name], name
        assert set(table["source"]) == {"Quartier synthétique"}
        assert table["synthetic"].dtype == bool
        assert table["synthetic"].all()


def test_everything_is_valid_and_inside_the_square(tables: dict[str, gpd.GeoDataFrame], dsm: Raster) -> None:
    assert dsm.crs == LAMBERT93
    assert dsm.transform[:6] == (0.5, 0.0, 684_000.0, 0.0, -0.5, 7_038_000.0 + SIDE_M)
    square = shapely.box(684_000.0, 7_038_000.0, 684_000.0 + SIDE_M, 7_038_000.0 + SIDE_M)
    for name, table in tables.items():
        assert table.crs == LAMBERT93, name
        assert table.geometry.is_valid.all(), name
        assert table.geometry.covered_by(square).all(), name


def test_terrain_is_that_of_the_place(dsm: Raster, dtm: Raster, tables: dict[str, gpd.GeoDataFrame]) -> None:
    assert dsm.values.shape == dtm.values.shape == (2048, 2048)
    assert dsm.values.dtype == np.float32
    assert np.isfinite(dsm.values).all()
    heap = tables["spoil_heaps"].geometry.iloc[0]
    shapely.prepare(heap)
    away = dtm.values[~shapely.contains_xy(heap, *cell_centres(dtm))]
    assert away.min() >= 30
    assert away.max() <= 50


def test_spoil_heap_is_ninety_metres_high_and_as_steep_as_loose_rock(
    dtm: Raster, tables: dict[str, gpd.GeoDataFrame]
) -> None:
    heap = tables["spoil_heaps"].geometry.iloc[0]
    foot_m = [altitude_at(dtm, x, y) for x, y in heap.exterior.coords]
    assert tables["spoil_heaps"]["height_m"].iloc[0] == 90
    assert dtm.values.max() - np.mean(foot_m) == pytest.approx(90, abs=0.5)
    x, y = cell_centres(dtm)
    top = shapely.Point(684_800, 7_038_812)
    away_m = np.hypot(x - top.x, y - top.y)
    down, across = np.gradient(dtm.values.astype(np.float64), 0.5)
    slope_deg = np.degrees(np.arctan(np.hypot(down, across)))[(away_m > 25) & (away_m < 110)]
    assert 35 < slope_deg.mean() < 38
    assert slope_deg.min() > 34.5
    assert slope_deg.max() < 38.5


def test_planes_tile_every_footprint(tables: dict[str, gpd.GeoDataFrame]) -> None:
    planes, footprints = tables["roof_planes"], tables["buildings"].set_index("building_id")
    assert planes["plane_id"].is_unique
    area = planes.groupby("building_id")["area_plan_m2"].sum()
    np.testing.assert_allclose(area, footprints.geometry.area[area.index], atol=1e-6)
    together = shapely.union_all(footprints.geometry.to_numpy())
    assert together.area == pytest.approx(footprints.geometry.area.sum(), abs=1e-3)
    joined = planes.dissolve("building_id").geometry
    gap = joined.symmetric_difference(footprints.geometry[joined.index]).area
    assert gap.max() < 1e-6
    np.testing.assert_allclose(planes["area_plan_m2"], planes.geometry.area, atol=1e-6)
    sloped = planes["area_plan_m2"] / np.cos(np.radians(planes["pitch_deg"]))
    np.testing.assert_allclose(planes["area_m2"], sloped, rtol=1e-12)


def test_roofs_are_those_of_a_mining_town(tables: dict[str, gpd.GeoDataFrame]) -> None:
    buildings = tables["buildings"]
    houses = buildings[buildings["kind"] == "house"]
    assert len(houses) >= 600
    assert set(houses["roof"]) == {"gabled", "hipped"}
    assert (buildings["kind"] == "school").sum() == (buildings["kind"] == "hall").sum() == 1
    planes = tables["roof_planes"].merge(buildings[["building_id", "kind", "roof"]], on="building_id")
    of_houses = planes[planes["kind"] == "house"]
    assert of_houses["pitch_deg"].between(25, 50).all()
    assert planes["azimuth_deg"].isna().equals(planes["roof"] == "flat")
    assert of_houses["azimuth_deg"].round().nunique() > 50


def test_eaves_are_as_high_as_a_house_with_one_or_two_storeys(tables: dict[str, gpd.GeoDataFrame]) -> None:
    buildings = tables["buildings"].set_index("building_id")
    planes = tables["roof_planes"][tables["roof_planes"]["building_id"].map(buildings["kind"]) == "house"]
    for plane in planes.itertuples():
        x, y = np.array(plane.geometry.exterior.coords).T
        height_m = plane_altitude(plane, x, y) - buildings.loc[plane.building_id, "base_altitude_m"]
        assert 2.4 < height_m.min() < 6.1
        assert height_m.max() <= buildings.loc[plane.building_id, "height_m"] + 1e-6


def plane_altitude(plane: NamedTuple, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the altitude of a row of roof_planes at (x, y), as the README of the sample states it."""
    azimuth = math.radians(0.0 if math.isnan(plane.azimuth_deg) else plane.azimuth_deg)
    centre = plane.geometry.centroid
    down_m = (x - centre.x) * math.sin(azimuth) + (y - centre.y) * math.cos(azimuth)
    return plane.altitude_m - math.tan(math.radians(plane.pitch_deg)) * down_m


def test_surface_differs_from_the_planes_by_the_noise_only(
    tables: dict[str, gpd.GeoDataFrame], roof_cells: pd.DataFrame
) -> None:
    gaps = [
        cells["z"].to_numpy() - plane_altitude(plane, cells["x"].to_numpy(), cells["y"].to_numpy())
        for plane, cells in by_plane(tables, roof_cells)
    ]
    gap_m = np.concatenate(gaps)
    assert gap_m.size > 100_000
    assert abs(gap_m.mean()) < 0.001
    assert np.sqrt((gap_m**2).mean()) == pytest.approx(0.05, abs=0.001)
    assert np.abs(gap_m).max() < 0.3


def test_least_squares_find_pitch_and_azimuth(tables: dict[str, gpd.GeoDataFrame], roof_cells: pd.DataFrame) -> None:
    fitted = 0
    for plane, cells in by_plane(tables, roof_cells):
        x, y, z = (cells[name].to_numpy() - cells[name].mean() for name in ("x", "y", "z"))
        if math.isnan(plane.azimuth_deg) or x.size < 60 or min(np.ptp(x), np.ptp(y)) < 3:
            continue
        east, north = np.linalg.lstsq(np.column_stack([x, y]), z)[0]
        turn = (math.degrees(math.atan2(-east, -north)) - plane.azimuth_deg + 180) % 360 - 180
        assert math.degrees(math.atan(math.hypot(east, north))) == pytest.approx(plane.pitch_deg, abs=1.0)
        assert abs(turn) < 1.5
        fitted += 1
    assert fitted > 1000


def by_plane(tables: dict[str, gpd.GeoDataFrame], cells: pd.DataFrame) -> Iterator[tuple[NamedTuple, pd.DataFrame]]:
    planes = list(tables["roof_planes"].itertuples())
    return ((planes[number], found) for number, found in cells.groupby("plane"))


def test_party_houses_share_their_ridge(tables: dict[str, gpd.GeoDataFrame]) -> None:
    """Two houses that touch have the same base and the same top."""
    houses = tables["buildings"][tables["buildings"]["kind"] == "house"]
    near, far = houses.sindex.query(houses.geometry.buffer(0.01), predicate="intersects")
    pairs = near < far
    tops = (houses["base_altitude_m"] + houses["height_m"]).to_numpy()
    assert pairs.sum() > 600
    np.testing.assert_allclose(tops[near[pairs]], tops[far[pairs]])


def test_trees_stand_on_free_ground_and_some_hang_over_roofs(tables: dict[str, gpd.GeoDataFrame]) -> None:
    footprints = shapely.union_all(tables["buildings"].geometry.to_numpy())
    shapely.prepare(footprints)
    trees = tables["trees"]
    assert not trees.geometry.within(footprints).any()
    assert trees.geometry.buffer(trees["crown_m"] / 2).intersects(footprints).sum() > 10


def test_addresses_are_unique_and_on_the_edge_of_their_house(tables: dict[str, gpd.GeoDataFrame]) -> None:
    addresses, buildings = tables["addresses"], tables["buildings"].set_index("building_id")
    assert len(addresses) == (buildings["kind"] == "house").sum()
    assert not addresses.duplicated(["street", "number"]).any()
    assert addresses["building_id"].is_unique
    assert addresses["street"].str.endswith("(rue inventée)").all()
    edges = buildings.geometry[addresses["building_id"]].boundary
    assert addresses.geometry.distance(edges, align=False).max() < 1e-6


def test_signs_are_thirty_and_of_every_type(tables: dict[str, gpd.GeoDataFrame]) -> None:
    signs = tables["signs"]
    assert signs["code"].tolist() == [f"QRT-{number:03d}" for number in range(1, 31)]
    assert set(signs["type"]) == SIGN_TYPES
    assert set(signs["park_id"]) <= set(tables["parks"]["id"])
    assert set(signs["status"]) == {"requested", "validated", "designed", "manufactured", "installed", "to_repair"}
    assert pd.to_datetime(signs["date"], format="%Y-%m-%d").is_monotonic_increasing


def test_sites_keep_their_promises(tables: dict[str, gpd.GeoDataFrame]) -> None:
    assert tables["car_parks"]["area_m2"].min() > 1500
    for name in ("parks", "brownfields", "car_parks", "spoil_heaps"):
        np.testing.assert_allclose(tables[name]["area_m2"], tables[name].geometry.area, atol=1e-6)
    entrances = tables["park_entrances"]
    perimeters = tables["parks"].set_index("id").geometry[entrances["park_id"]].boundary
    assert set(entrances["park_id"]) == set(tables["parks"]["id"])
    assert entrances.geometry.distance(perimeters, align=False).max() < 0.001


@pytest.mark.parametrize("name", ["greenways", "streets"])
def test_network_holds_together_and_is_cut_at_every_crossing(tables: dict[str, gpd.GeoDataFrame], name: str) -> None:
    lines = tables[name].geometry
    ends = [line.coords[place] for line in lines for place in (0, -1)]
    places = {end: number for number, end in enumerate(dict.fromkeys(ends))}
    starts, stops = ([places[end] for end in side] for side in (ends[::2], ends[1::2]))
    graph = coo_array((np.ones(len(lines)), (starts, stops)), shape=(len(places), len(places)))
    assert connected_components(graph, directed=False)[0] == 1
    first, second = lines.sindex.query(lines.to_numpy(), predicate="crosses")
    assert [pair for pair in zip(first, second, strict=True) if pair[0] < pair[1]] == []


def test_same_seed_gives_the_same_bytes_and_replaces_the_older_sample(folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "sample"
    again.mkdir()
    (again / "roof_planes.parquet").write_bytes(b"older")
    make_sample(again)
    assert list(tmp_path.iterdir()) == [again]
    assert {path.name for path in again.iterdir()} == {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigError, match="not a sample"):
        make_sample(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sample").write_text("mine")
    with pytest.raises(ConfigError, match="is a file"):
        make_sample(tmp_path / "sample")


def test_negative_noise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="noise_m"):
        make_sample(tmp_path / "sample", noise_m=-0.1)
