"""What is read of OpenStreetMap's ways and of anyone's files."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point

from geo.config import Settings
from geo.errors import CrsError, SourceError
from geo.raw import RawFolder
from geo.sources import greenway_files, osm_ways

LINE = LineString([(684_000, 7_038_000), (684_100, 7_038_000)])


@pytest.fixture
def raw(tmp_path: Path) -> RawFolder:
    return RawFolder("greenways", tmp_path, tmp_path / "processed", Settings(raw=tmp_path).territory())


def write(raw: RawFolder, name: str, rows: list[dict[str, object]], crs: str = "EPSG:4326", **options: object) -> None:
    path = raw.folder / name
    path.parent.mkdir(exist_ok=True)
    shapes = [row.pop("geometry", LINE) for row in rows]
    gpd.GeoDataFrame(rows, geometry=shapes, crs="EPSG:2154").to_crs(crs).to_file(path, **options)


KEPT = {
    # tags: kind, state, level, bridge
    "greenway": ({"highway": "cycleway", "surface": "asphalt"}, ("cycleway", "existing", 0, False)),
    "bridge": ({"highway": "path", "bridge": "yes"}, ("path", "existing", 1, True)),
    "bridge that says its layer": (
        {"highway": "footway", "bridge": "boardwalk", "layer": "2"},
        ("footway", "existing", 2, True),
    ),
    "tunnel": ({"highway": "track", "tunnel": "culvert"}, ("track", "existing", -1, False)),
    "layer that is no number": ({"highway": "track", "layer": "ground"}, ("track", "existing", 0, False)),
    "private, but riders are welcome": (
        {"highway": "track", "access": "private", "bicycle": "designated"},
        ("track", "existing", 0, False),
    ),
    "being built": ({"highway": "construction", "construction": "cycleway"}, ("cycleway", "project", 0, False)),
    "planned": ({"highway": "proposed", "proposed": "path"}, ("path", "project", 0, False)),
    "old railway": ({"railway": "abandoned"}, ("disused_railway", "disused", 0, False)),
    "old railway with a path": ({"railway": "abandoned", "highway": "path"}, ("path", "existing", 0, False)),
}

LEFT = {
    "street": {"highway": "residential"},
    "pavement": {"highway": "footway", "footway": "sidewalk"},
    "private": {"highway": "path", "access": "private"},
    "neither walkers nor riders": {"highway": "path", "foot": "no", "bicycle": "no"},
    "square": {"highway": "pedestrian", "area": "yes"},
    "planned street": {"highway": "proposed", "proposed": "secondary"},
    "running railway": {"railway": "rail"},
}


@pytest.mark.parametrize("case", KEPT)
@pytest.mark.parametrize("packed", [False, True])
def test_greenways_are_taken(raw: RawFolder, case: str, packed: bool) -> None:
    tags, expected = KEPT[case]
    other = ",".join(f'"{key}"=>"{value}"' for key, value in tags.items() if key != "highway")
    row = {"highway": tags.get("highway"), "other_tags": other} if packed else {"highway": None, **tags}
    write(raw, "osm/ways.geojson", [{"@id": "way/12", **row}])
    table = osm_ways.read(raw)
    assert table is not None
    assert tuple(table.iloc[0][["kind", "state", "level", "bridge"]]) == expected
    assert table["number"].tolist() == ["OSM-12"]
    assert [credit.licence for credit in raw.credits] == ["ODbL 1.0"]
    assert raw.notes == []


@pytest.mark.parametrize("case", LEFT)
def test_other_ways_are_left_out_and_counted(raw: RawFolder, case: str) -> None:
    write(raw, "osm/ways.geojson", [{"highway": None, **LEFT[case]}, {"highway": "path"}])
    table = osm_ways.read(raw)
    assert table is not None
    assert table["kind"].tolist() == ["path"]
    assert [(note.action, note.count) for note in raw.notes] == [("dropped", 1)]


def test_the_lines_of_gdals_geopackage_are_found(raw: RawFolder) -> None:
    write(raw, "osm/a.gpkg", [{"osm_id": "7", "geometry": Point(684_000, 7_038_000)}], layer="points")
    write(raw, "osm/a.gpkg", [{"osm_id": "8", "highway": "path", "other_tags": '"surface"=>"dirt"'}], layer="lines")
    table = osm_ways.read(raw)
    assert table is not None
    assert table[["number", "surface"]].to_numpy().tolist() == [["OSM-8", "dirt"]]


def test_a_way_of_two_files_is_taken_once_and_one_without_number_by_its_course(raw: RawFolder) -> None:
    for name in ("osm/a.geojson", "osm/b.fgb"):
        write(raw, name, [{"highway": "path"}, {"highway": "path", "geometry": LINE.reverse()}])
    table = osm_ways.read(raw)
    assert table is not None
    assert len(table) == 1
    assert table["number"].iloc[0].startswith("OSM-")


def test_a_file_without_tags_is_refused(raw: RawFolder) -> None:
    write(raw, "osm/ways.geojson", [{"name": "Voie"}])
    with pytest.raises(SourceError, match="no tag highway"):
        osm_ways.read(raw)


def test_nothing_is_found_where_nothing_is(raw: RawFolder) -> None:
    assert osm_ways.read(raw) is None
    assert greenway_files.read(raw) is None


@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:3950", "EPSG:4326", "EPSG:27572"])
def test_any_projection_of_france_is_read(raw: RawFolder, crs: str) -> None:
    row = {"ID": 4, "Nom": "Voie verte", "ETAT": "Projet", "Revetement": "asphalt", "pont": "non"}
    write(raw, "greenways/voies.gpkg", [row], crs=crs)
    table = greenway_files.read(raw)
    assert table is not None
    told = table[["number", "name", "kind", "state", "surface", "level", "bridge"]].iloc[0].tolist()
    assert told == ["voies-4", "Voie verte", "greenway", "project", "asphalt", 0, False]
    assert LINE.hausdorff_distance(table.geometry.iloc[0]) < 2.0


def test_what_a_file_does_not_tell_is_unknown(raw: RawFolder) -> None:
    write(raw, "greenways/voies.geojson", [{"x": 1}, {"x": 2, "geometry": Point(684_000, 7_038_000)}])
    table = greenway_files.read(raw)
    assert table is not None
    assert table["state"].tolist() == ["unknown"]
    assert pd.isna(table["name"].iloc[0])
    assert [(note.action, note.count) for note in raw.notes] == [("dropped", 1)]


def test_files_without_lines_or_with_a_wrong_projection_are_refused(raw: RawFolder) -> None:
    write(raw, "greenways/a.geojson", [{"x": 1, "geometry": Point(684_000, 7_038_000)}])
    with pytest.raises(SourceError, match="expected lines"):
        greenway_files.read(raw)
    (raw.folder / "greenways" / "a.geojson").unlink()
    gpd.GeoDataFrame({"x": [1]}, geometry=[LINE], crs="EPSG:4326").to_file(raw.folder / "greenways" / "b.gpkg")
    with pytest.raises(CrsError, match="has coordinates such as"):
        greenway_files.read(raw)
