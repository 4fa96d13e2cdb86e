"""Zones, the grid and outlines of sites from small files; absent ones are None, and owners are never read."""

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from geo.config import Territory
from geo.errors import SourceError
from geo.raw import RawFolder
from geo.sources import exclusions, georisques, grid, inpn, polluted, roads, site_outlines, town_centres

SQUARE = box(684_000, 7_038_000, 684_100, 7_038_100)


@pytest.fixture
def raw(tmp_path: Path, territory: Territory) -> RawFolder:
    return RawFolder("brownfields", tmp_path, tmp_path, territory)


def put(raw: RawFolder, name: str, *shapes: object, **columns: object) -> None:
    path = raw.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    table = columns or {"n": range(len(shapes))}
    gpd.GeoDataFrame(table, geometry=list(shapes), crs="EPSG:2154").to_file(path)


def test_absent_files_are_none(raw: RawFolder) -> None:
    readers = (exclusions.read, georisques.read, grid.read_lines, grid.read_substations, inpn.read, polluted.read)
    assert [reader(raw) for reader in (*readers, roads.read, site_outlines.read, town_centres.read)] == [None] * 9


def test_kinds_come_from_the_names_of_files(raw: RawFolder) -> None:
    put(raw, "inpn/znieff1.geojson", SQUARE, NOM=["Marais"])
    put(raw, "inpn/N_SIC_L93.gpkg", SQUARE, SITENAME=["Pelouses"])
    put(raw, "inpn/rnr_2024.shp", SQUARE, nom=["Réserve"])
    table = inpn.read(raw)
    assert table is not None
    told = dict(zip(table["kind"], table["name"], strict=True))
    assert told == {"reserve": "Réserve", "natura_2000": "Pelouses", "znieff_1": "Marais"}
    assert "inpn/rnr_2024.dbf" in raw.opened


def test_flood_has_the_probability_of_its_file(raw: RawFolder) -> None:
    put(raw, "georisques/n_tri_lens_inondable_01_01for_s.geojson", SQUARE)
    put(raw, "georisques/n_tri_lens_inondable_01_04fai_s.geojson", SQUARE.buffer(50))
    table = georisques.read(raw)
    assert table is not None
    assert table["kind"].tolist() == ["high", "low"]


def test_what_a_substation_has_left_may_be_text_or_nothing(raw: RawFolder) -> None:
    put(raw, "rte/postes.geojson", Point(684_000, 7_038_000), Point(685_000, 7_038_000), Point(686_000, 7_038_000),
        nom=["A", "B", "C"], capacite_restante=["12,5 MW", "0", None])  # fmt: skip
    table = grid.read_substations(raw)
    assert table is not None
    assert table["remaining_mw"].fillna(-1).tolist() == [12.5, 0.0, -1.0]


def test_paths_are_no_roads(raw: RawFolder) -> None:
    line = LineString([(684_000, 7_038_000), (684_100, 7_038_000)])
    put(raw, "bdtopo/TRONCON_DE_ROUTE.gpkg", line, line, NATURE=["Route à 1 chaussée", "Sentier"])
    table = roads.read(raw)
    assert table is not None
    assert table["nature"].tolist() == ["Route à 1 chaussée"]


def test_outlines_of_sites_have_ids_and_no_owner(raw: RawFolder) -> None:
    put(raw, "sites/friches.gpkg", SQUARE, SQUARE, nom=["Cokerie", None], site_id=["62001_1", None],
        proprio_nom=["Personne Privée", "Autre"], surface_m2=["9500,5", None])  # fmt: skip
    table = site_outlines.read(raw)
    assert table is not None
    assert table["id"].tolist() == ["62001_1", "friches-2"]
    assert table["area_m2"].iloc[0] == 9500.5
    assert set(table["certainty"]) == {"declared"}
    assert not table.astype("string").apply(lambda column: column.str.contains("Privée")).any(axis=None)


def test_outlines_that_cannot_be_told_apart_or_are_no_areas_are_refused(raw: RawFolder) -> None:
    put(raw, "sites/a.gpkg", SQUARE, owner=["x"])
    with pytest.raises(SourceError, match="no column of ids or names"):
        site_outlines.read(raw)
    put(raw, "sites/a.gpkg", Point(684_000, 7_038_000), nom=["Cokerie"])
    with pytest.raises(SourceError, match="expected areas"):
        site_outlines.read(raw)
