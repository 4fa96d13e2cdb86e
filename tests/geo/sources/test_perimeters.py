from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, Polygon, box

from geo.config import Territory
from geo.errors import CrsError, GeoError, SourceError
from geo.raw import RawFolder
from geo.sources import perimeters

SQUARE = box(684_000, 7_038_000, 684_400, 7_038_300)


@pytest.fixture
def raw(tmp_path: Path, territory: Territory) -> RawFolder:
    (tmp_path / "perimeters").mkdir()
    return RawFolder("parks", tmp_path, tmp_path, territory)


def write(raw: RawFolder, name: str, crs: str | None = "EPSG:2154", **columns: object) -> Path:
    shapes = columns.pop("geometry", [SQUARE])
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:2154")
    table = table.to_crs(crs) if crs else table.set_crs(None, allow_override=True)
    path = raw.folder / "perimeters" / name
    if crs:
        table.to_file(path)
    else:
        with pytest.warns(UserWarning, match="crs"):
            table.to_file(path)
    return path


def read(raw: RawFolder) -> gpd.GeoDataFrame:
    table = perimeters.read(raw)
    assert table is not None
    return table


def refused(raw: RawFolder, kind: type[GeoError], path: Path, *parts: str) -> None:
    with pytest.raises(kind) as caught:
        perimeters.read(raw)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    assert [part for part in parts if part not in message] == []


def test_no_file_is_none(raw: RawFolder) -> None:
    assert perimeters.read(raw) is None
    assert set(raw.lookups) == set(perimeters.PATTERNS)


@pytest.mark.parametrize("crs", ["EPSG:3950", "EPSG:2154", "EPSG:3949", "EPSG:32631", "EPSG:4326"])
@pytest.mark.parametrize("name", ["parcs.gpkg", "parcs.shp", "parcs.geojson"])
def test_any_french_projection_lands_in_the_same_place(raw: RawFolder, crs: str, name: str) -> None:
    """GeoJSON is written in WGS84 whatever is asked (RFC 7946), which moves nothing."""
    write(raw, name, "EPSG:4326" if name.endswith("json") else crs, nom=["Bois"])
    table = read(raw)
    assert table.crs.to_epsg() == 2154
    assert table.geometry.iloc[0].hausdorff_distance(SQUARE) < 0.02
    assert table[["name", "file", "row"]].to_numpy().tolist() == [["Bois", name, 1]]


def test_columns_are_known_by_several_names_and_values_put_in_order(raw: RawFolder) -> None:
    write(
        raw, "a.gpkg", LIBELLÉ=["Bois", " ", "Étang"], Propriétaire=["CALL", None, "<b>x</b>"],
        etat=["En travaux", "Ouvert", "on verra"], annee=[2019.0, np.nan, 31.0],
        geometry=[SQUARE, SQUARE.buffer(5), SQUARE.buffer(9)],
    )  # fmt: skip
    table = read(raw)
    assert table["name"].tolist() == ["Bois", pd.NA, "Étang"]
    assert table["owner"].tolist() == ["CALL", pd.NA, "<b>x</b>"]
    assert table["state"].tolist() == ["works", "open", pd.NA]
    assert table["opening_year"].tolist() == ["2019", pd.NA, pd.NA]
    assert table["manager"].isna().all()
    assert [(note.action, note.count, note.example) for note in raw.notes] == [
        ("flagged", 1, "on verra"),
        ("flagged", 1, "31"),
    ]


def test_a_shapefiles_short_names_are_known_and_its_parts_are_inputs(raw: RawFolder) -> None:
    write(raw, "a.shp", nom=["Bois"], proprietai=["CALL"], gestionnai=["Eden 62"])
    table = read(raw)
    assert table[["owner", "manager"]].to_numpy().tolist() == [["CALL", "Eden 62"]]
    assert {file.name.rpartition(".")[2] for file in raw.inputs()} >= {"shp", "dbf", "prj", "shx"}


def test_a_file_without_projection_is_refused(raw: RawFolder) -> None:
    path = write(raw, "a.shp", None, nom=["Bois"])
    refused(raw, CrsError, path, "states no CRS", "expected one", "assign it")


def test_a_projection_that_the_coordinates_contradict_is_refused(raw: RawFolder) -> None:
    table = gpd.GeoDataFrame({"nom": ["Bois"]}, geometry=[SQUARE], crs="EPSG:4326")
    path = raw.folder / "perimeters" / "a.gpkg"
    table.to_file(path)
    refused(raw, CrsError, path, "says WGS 84", "expected degrees", "state the CRS")


def test_a_file_without_names_is_refused(raw: RawFolder) -> None:
    refused(raw, SourceError, write(raw, "a.gpkg", surface=[1.0]), "no column of names", "'surface'", "rename")


def test_points_are_refused(raw: RawFolder) -> None:
    path = write(raw, "a.gpkg", nom=["Bois"], geometry=[Point(684_000, 7_038_000)])
    refused(raw, SourceError, path, "['Point']", "expected areas", "export")


def test_absent_and_invalid_shapes_are_told_and_rows_keep_their_number(raw: RawFolder) -> None:
    x, y = 684_000, 7_038_000
    bow_tie = Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])
    write(raw, "a.gpkg", nom=["Vide", "Noeud", "Bon"], geometry=[None, bow_tie, SQUARE])
    table = read(raw)
    assert table[["name", "row"]].to_numpy().tolist() == [["Noeud", 2], ["Bon", 3]]
    assert table.geometry.is_valid.all()
    assert [(note.action, note.count) for note in raw.notes] == [("dropped", 1), ("repaired", 1)]


def test_a_geopackage_of_several_maps_is_refused(raw: RawFolder) -> None:
    path = write(raw, "a.gpkg", nom=["Bois"])
    gpd.read_file(path).to_file(path, layer="autre")
    refused(raw, SourceError, path, "['a', 'autre']", "expected one", "export each")


def test_a_damaged_file_is_refused(raw: RawFolder) -> None:
    path = raw.folder / "perimeters" / "a.gpkg"
    path.write_bytes(b"SQLite format 3\0" + b"x" * 50)
    refused(raw, SourceError, path, "cannot be read", "export it again")


def test_heights_are_left_out(raw: RawFolder) -> None:
    write(
        raw,
        "a.gpkg",
        nom=["Bois"],
        geometry=[Polygon([(684_000, 7_038_000, 5), (684_100, 7_038_000, 6), (684_000, 7_038_100, 7)])],
    )
    assert not read(raw).geometry.has_z.any()
