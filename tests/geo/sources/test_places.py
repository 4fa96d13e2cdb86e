"""Places of arrivals and belvederes: our columns, OpenStreetMap's tags, and what is refused."""

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point, box

from geo.config import Territory
from geo.errors import SourceError
from geo.raw import RawFolder
from geo.sources import places

SPOTS = [Point(2.8, 50.4), Point(2.81, 50.41), Point(2.82, 50.42)]


@pytest.fixture
def raw(tmp_path: Path, territory: Territory) -> RawFolder:
    (tmp_path / "places").mkdir()
    return RawFolder("signage plan", tmp_path, tmp_path, territory)


def put(raw: RawFolder, columns: dict[str, list[object]], name: str = "a.geojson", shapes: object = None) -> None:
    number = len(next(iter(columns.values())))
    table = gpd.GeoDataFrame(columns, geometry=shapes or SPOTS[:number], crs="EPSG:4326")
    table.to_file(raw.folder / "places" / name)


def test_without_a_file_there_are_none_and_the_look_is_recorded(raw: RawFolder) -> None:
    assert places.read(raw) is None
    assert raw.lookups["places/*.geojson"] == ()


def test_our_columns(raw: RawFolder) -> None:
    put(raw, {"kind": ["station", "belvedere", "settlement"], "name": ["Lens", "Vue", "Rollencourt"],
              "weight": [None, 4.5, 120]})  # fmt: skip
    table = places.read(raw)
    assert table is not None
    assert table.crs.to_epsg() == 2154
    assert table["id"].tolist() == ["belvedere-vue", "settlement-rollencourt", "station-lens"]
    assert table["weight"].tolist()[:2] == [4.5, 120.0]
    assert table["weight"].isna().tolist() == [False, False, True]
    assert [credit.licence for credit in raw.credits] == ["à préciser par le producteur"]


def test_openstreetmap_tags_and_areas(raw: RawFolder) -> None:
    shapes = [SPOTS[0], box(2.81, 50.41, 2.811, 50.411), SPOTS[2]]
    columns: dict[str, list[object]] = {
        "railway": ["halt", None, None],
        "amenity": [None, "parking", "bench"],
        "tourism": [None, None, None],
    }
    put(raw, columns, shapes=shapes)
    table = places.read(raw)
    assert table is not None
    assert table["kind"].tolist() == ["parking", "station"]
    assert (table.geom_type == "Point").all()
    assert table["id"].tolist() == ["parking", "station"]
    assert raw.credits[0].licence == "ODbL 1.0"


def test_two_of_one_name_have_two_ids_whatever_the_order_of_the_files(raw: RawFolder) -> None:
    put(raw, {"kind": ["belvedere", "belvedere"], "name": ["Vue", "Vue"]})
    table = places.read(raw)
    assert table is not None
    ids = dict(zip(table["id"], table.geometry, strict=True))
    put(raw, {"kind": ["belvedere", "belvedere"], "name": ["Vue", "Vue"]}, shapes=SPOTS[1::-1])
    again = places.read(raw)
    assert again is not None
    assert dict(zip(again["id"], again.geometry, strict=True)) == ids
    assert set(ids) == {"belvedere-vue", "belvedere-vue-2"}


def test_a_belvedere_that_no_sign_can_name_is_left_out_and_noted(raw: RawFolder) -> None:
    put(raw, {"kind": ["belvedere", "parking"], "name": [None, None]})
    table = places.read(raw)
    assert table is not None
    assert table["kind"].tolist() == ["parking"]
    assert raw.notes[0].count == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"type": ["station"]}, "expected places"),
        ({"kind": ["gare"]}, "expected station, parking, belvedere, settlement"),
        ({"kind": [None], "name": ["x"]}, "expected station"),
        ({"kind": ["settlement"], "name": ["x"]}, "expected its people"),
        ({"kind": ["station"], "weight": [-1.0]}, "0 or more"),
        ({"kind": ["station"], "weight": ["many"]}, "0 or more"),
        ({"amenity": ["bench"]}, "holds none of"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(
    raw: RawFolder, columns: dict[str, list[object]], words: str
) -> None:
    put(raw, columns)
    with pytest.raises(SourceError, match=words) as told:
        places.read(raw)
    assert "\n" not in str(told.value)
