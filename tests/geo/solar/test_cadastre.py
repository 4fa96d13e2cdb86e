"""A street of gables: rated whole, in parts, stopped and resumed, and with every bad footprint there is."""

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from affine import Affine
from shapely import Polygon, box

from geo.crs import LAMBERT93
from geo.errors import ConfigError, CrsError, MissingDataError, SourceError
from geo.raster import Raster, write_cog
from geo.solar.building_index import distinct, of_file
from geo.solar.cadastre import Cadastre, Part, compute_cadastre
from geo.solar.cadastre_file import Job, run
from geo.solar.rating import YIELD_MONTHS, CadastreSettings
from geo.sources import synthetic_weather
from geo.weather import Weather

CELL_M, ROWS, COLS = 0.5, 260, 320
WEST_M, NORTH_M = 684_000.0, 7_040_130.0
SMALL_TILE = 150


def street() -> tuple[Raster, gpd.GeoDataFrame]:
    """Twenty gables of 10 by 8 m, 40 degrees steep, every 30 m, one after another turned by 90 degrees."""
    row, col = np.mgrid[0:ROWS, 0:COLS]
    x, y = WEST_M + (col + 0.5) * CELL_M, NORTH_M - (row + 0.5) * CELL_M
    heights = np.random.default_rng(1).normal(0, 0.03, x.shape)
    shapes = []
    for number in range(20):
        middle = WEST_M + 20 + 30 * (number % 5), NORTH_M - 20 - 30 * (number // 5)
        wide, deep = (5.0, 4.0) if number % 2 else (4.0, 5.0)
        east, north = abs(x - middle[0]), abs(y - middle[1])
        down = north if number % 2 else east
        heights += np.where((east < wide) & (north < deep), 6 + (4 - down) * np.tan(np.radians(40)), 0)
        shapes.append(box(middle[0] - wide, middle[1] - deep, middle[0] + wide, middle[1] + deep))
    surface = Raster(heights.astype(np.float32), Affine(CELL_M, 0, WEST_M, 0, -CELL_M, NORTH_M), LAMBERT93)
    return surface, gpd.GeoDataFrame({"id": [f"H{k:02d}" for k in range(20)]}, geometry=shapes, crs=LAMBERT93)


@pytest.fixture(scope="module")
def weather() -> Weather:
    return synthetic_weather.year(50.4, 2.8)


@pytest.fixture(scope="module")
def whole(weather: Weather) -> Cadastre:
    surface, houses = street()
    return compute_cadastre(surface, houses, weather)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    surface, houses = street()
    write_cog(tmp_path / "dsm.tif", surface)
    houses.to_file(tmp_path / "houses.gpkg", layer="houses")
    return Job(tmp_path / "dsm.tif", tmp_path / "houses.gpkg", tmp_path / "roofs.gpkg", tile=SMALL_TILE)


def by_id(table: gpd.GeoDataFrame, column: str) -> pd.DataFrame:
    return pd.DataFrame(table.drop(columns="geometry")).set_index(column).sort_index()


def test_parts_give_what_the_whole_gives(job: Job, weather: Weather, whole: Cadastre) -> None:
    written = run(job, weather)
    assert written.rows == {"buildings": 20, "panels": len(whole.panels), "roof_segments": len(whole.segments)}
    assert written.quality == {"ok": 20}
    found, wanted = gpd.read_file(job.out, layer="roof_segments"), whole.segments
    one, other = by_id(found, "segment_id"), by_id(wanted, "segment_id")
    assert list(one.index) == list(other.index)
    for column in ("pitch_deg", "azimuth_deg", "area_m2", "fit_rmse_m", "usable_area_m2", "panels", "kwp"):
        np.testing.assert_allclose(one[column], other[column], rtol=1e-9, err_msg=column)
    for column in ("irradiation_kwh_m2", "yield_p50_kwh"):
        np.testing.assert_allclose(one[column], other[column], rtol=5e-4, err_msg=column)
    assert not list(job.out.parent.glob(".roofs*"))


def test_the_file_has_three_layers_with_types_units_and_credit(job: Job, weather: Weather) -> None:
    run(job, weather)
    kinds = dict(map(tuple, pyogrio.list_layers(job.out)))
    assert kinds == {"roof_segments": "Polygon", "panels": "Point", "buildings": "MultiPolygon"}
    buildings = gpd.read_file(job.out, layer="buildings")
    assert buildings["credit"].str.contains("synthétique").all()
    panels = gpd.read_file(job.out, layer="panels")
    assert set(panels["building_id"]) <= set(buildings["building_id"])


def test_a_stopped_run_goes_on_with_the_missing_parts(job: Job, weather: Weather, whole: Cadastre) -> None:
    def stopped(parts: list[Part]) -> Iterator[Part]:
        yield from parts[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(job, weather, track=stopped)
    assert not job.out.exists()
    left: list[str] = []

    def watched(parts: list[Part]) -> Iterator[Part]:
        left.extend(part.name for part in parts)
        yield from parts

    written = run(job, weather, track=watched)
    assert len(left) == 2
    assert written.rows["panels"] == len(whole.panels)


def test_other_weather_starts_anew(job: Job, weather: Weather) -> None:
    def stopped(parts: list[Part]) -> Iterator[Part]:
        yield parts[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(job, weather, track=stopped)
    seen: list[str] = []
    brighter = synthetic_weather.year(49.0, 2.8)
    run(job, brighter, track=lambda parts: (seen.append(part.name) or part for part in parts))
    assert len(seen) == 4


def test_sums_agree_and_poor_planes_carry_nothing(weather: Weather) -> None:
    surface, houses = street()
    strict = CadastreSettings(poor_below_kwh_m2=1000.0)
    made = compute_cadastre(surface, houses, weather, settings=strict)
    poor = made.segments["suitability"] == "poor"
    assert poor.any() and not poor.all()
    assert (made.segments.loc[poor, ["panels", "kwp", "usable_area_m2", "yield_p50_kwh"]] == 0).all(axis=None)
    assert (made.segments.loc[~poor, "panels"] > 0).all()
    sums = made.segments.groupby("building_id")[["usable_area_m2", "kwp", "yield_p50_kwh"]].sum()
    for column in sums:
        np.testing.assert_allclose(made.buildings.set_index("id")[column], sums[column], rtol=1e-12)
    np.testing.assert_allclose(made.segments[list(YIELD_MONTHS)].sum(axis=1), made.segments["yield_p50_kwh"])
    assert made.panels["yearly_energy_kwh"].sum() == pytest.approx(made.buildings["yield_p50_kwh"].sum())


def test_usable_area_keeps_the_setback_on_the_slope(whole: Cadastre) -> None:
    plane = whole.segments.iloc[0]
    across, up = 10.0, 4.0 / np.cos(np.radians(40))
    assert plane["usable_area_m2"] == pytest.approx((across - 0.6) * (up - 0.6), rel=0.03)


def bad_footprints(houses: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Append what is wrong in real files: off the surface, overlapping, crossed, empty, repeated, tiny, no id."""
    one, two, three, four = houses.geometry.iloc[:4]
    bowtie = Polygon([(0, 0), (8, 10), (8, 0), (0, 10)])
    crossed = shapely.transform(bowtie, lambda xy: xy + np.array([WEST_M + 61, NORTH_M - 128]))
    far = box(WEST_M + 9000, NORTH_M, WEST_M + 9010, NORTH_M + 10)
    rows = [
        ("off", far), ("over", shapely.affinity.translate(two, 3, 0)), ("crossed", crossed), ("empty", None),
        ("H02", three), ("H03", shapely.affinity.translate(four, 0, -90)), ("tiny", box(*(one.bounds[:2] * 2))),
        (None, box(WEST_M + 150, NORTH_M - 126, WEST_M + 158, NORTH_M - 120)),
    ]  # fmt: skip
    bad = gpd.GeoDataFrame({"id": [name for name, _ in rows]}, geometry=[shape for _, shape in rows], crs=houses.crs)
    return gpd.GeoDataFrame(pd.concat([houses, bad], ignore_index=True), crs=houses.crs)


def test_bad_footprints_are_flagged_and_the_run_goes_on(job: Job, weather: Weather) -> None:
    _, houses = street()
    bad_footprints(houses).to_file(job.buildings, layer="houses")
    run(job, weather)
    quality = gpd.read_file(job.out, layer="buildings").set_index("building_id")["quality"]
    assert quality["off"] == "coarse"
    assert quality["over"] == "overlapping"
    assert quality["crossed"] in {"invalid_repaired", "under_trees", "no_cells"}
    assert quality["empty"] == "no_cells"
    assert quality["tiny"] == "no_cells"
    assert quality["H02"] == "duplicate_id"
    assert quality["H03"] == quality["H03~2"] == "duplicate_id"
    assert "row-28" in quality.index
    assert (quality.loc[[f"H{k:02d}" for k in range(4, 18)]] == "ok").all()
    assert quality.index.is_unique


def test_ids_are_shared_only_by_rows_that_meet() -> None:
    bounds = np.array([[0, 0, 1, 1], [0.5, 0, 2, 1], [9, 9, 10, 10], [0, 0, 1, 1], [9.5, 9, 11, 10]], dtype=float)
    ids, repeated = distinct(pd.Series(["a", "a", "a", pd.NA, "a"]), bounds)
    assert ids.tolist() == ["a", "a", "a~2", "row-4", "a~2"]
    assert repeated == {"a", "a~2"}


@pytest.mark.parametrize("form", ["geojson", "parquet", "shp", "fgb"])
def test_footprints_are_read_from_any_file_in_any_projection(tmp_path: Path, form: str) -> None:
    _, houses = street()
    path, crs = tmp_path / f"houses.{form}", houses.crs
    moved = houses.to_crs(4326)
    if form == "parquet":
        moved.to_parquet(path)
    else:
        moved.to_file(path)
    index = of_file(path, crs)
    assert sorted(index.ids) == sorted(houses["id"])
    rows = np.array([3, 17])
    read = index.read(rows)
    assert list(read["id"]) == list(index.ids[rows])
    wanted = houses.set_index("id").geometry.loc[read["id"]]
    assert shapely.hausdorff_distance(read.geometry.to_numpy(), wanted.to_numpy()).max() < 0.01
    np.testing.assert_allclose(index.bounds[rows], wanted.bounds, atol=0.2)


def test_a_file_that_is_no_table_of_footprints_is_refused(tmp_path: Path, job: Job, weather: Weather) -> None:
    _, houses = street()
    broken, empty, layers = (tmp_path / name for name in ("a.gpkg", "b.gpkg", "c.gpkg"))
    broken.write_bytes(b"SQLite format 3\0 no more")
    houses.iloc[:0].to_file(empty)
    houses.to_file(layers, layer="north")
    houses.to_file(layers, layer="south", mode="a")
    bare = tmp_path / "d.parquet"
    houses.set_crs(None, allow_override=True).to_parquet(bare)
    for path, error, words in [
        (tmp_path / "none.gpkg", MissingDataError, "absent"), (broken, SourceError, "cannot be read"),
        (empty, SourceError, "no footprint"), (layers, SourceError, "north, south; expected one layer"),
        (bare, CrsError, "states no CRS"),
    ]:  # fmt: skip
        with pytest.raises(error, match=words):
            of_file(path, LAMBERT93)
    with pytest.raises(ConfigError, match="is no folder"):
        run(Job(job.surface, job.buildings, tmp_path / "no" / "roofs.gpkg"), weather)


def test_a_panel_beside_a_chimney_gives_less_and_all_give_what_the_plane_gives(weather: Weather) -> None:
    surface, houses = street()
    heights = surface.values.copy()
    west, south, east, north = houses.geometry.iloc[1].bounds  # its ridge runs from west to east
    row, col = np.mgrid[0:ROWS, 0:COLS]
    x, y = WEST_M + (col + 0.5) * CELL_M, NORTH_M - (row + 0.5) * CELL_M
    middle = (west + east) / 2, (south + north) / 2
    heights[(abs(x - middle[0]) < 0.6) & (abs(y - south - 0.8) < 0.6)] += 4
    made = compute_cadastre(Raster(heights, surface.transform, surface.crs), houses.iloc[[1]], weather)
    south_plane = made.segments.set_index("segment_id")["azimuth_deg"].sub(180).abs().idxmin()
    panels = made.panels[made.panels["segment_id"] == south_plane]
    far = panels.distance(shapely.Point(middle[0], south + 0.8)).to_numpy()
    energy = panels["yearly_energy_kwh"].to_numpy()
    assert energy[far.argmin()] < 0.9 * energy[far.argmax()]
    assert energy.sum() == pytest.approx(made.segments.set_index("segment_id")["yield_p50_kwh"][south_plane])
    assert made.panels["yearly_energy_kwh"].sum() == pytest.approx(made.buildings["yield_p50_kwh"].sum())
