import json
from itertools import combinations_with_replacement
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given
from shapely import Point, box

from geo.config import read_settings
from geo.errors import GeoError, SourceError
from geo.raw import RawFolder
from geo.sources import cnig
from geo.sources.cnig_forms import FRANCE, Pair, as_told, axis_order, neutralised, read_date, read_items
from tests.geo.brownfields.cnig.rows import NAMES, sound, write_rows

LON, LAT = 2.8275, 50.4275


@pytest.fixture
def raw(tmp_path: Path) -> RawFolder:
    (tmp_path / "cnig").mkdir()
    return RawFolder("brownfields", tmp_path, tmp_path, read_settings().territory)


def notes(raw: RawFolder) -> list[tuple[str, int]]:
    return [(note.action, note.count) for note in raw.notes]


@pytest.mark.parametrize("day", ["2019-03-04", "04/03/2019"])
@pytest.mark.parametrize("point", [f"POINT({LAT} {LON})", f"POINT ({LON} {LAT})"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_the_four_combinations_of_axes_and_dates_with_either_separator(
    day: str, point: str, separator: str, raw: RawFolder
) -> None:
    rows = [sound(1, site_identif_date=day, site_actu_date=day, geompoint=point, geomsurf="NA")]
    write_rows(raw.folder / "cnig" / "a.csv", rows, separator=separator, encoding="utf-8-sig")
    site = cnig.read(raw).iloc[0]
    place = gpd.GeoSeries([Point(LON, LAT)], crs="EPSG:4326").to_crs("EPSG:2154").iloc[0]
    assert site["geometry"].distance(place) < 0.001
    assert (site["identified"], site["updated"]) == ("2019-03-04", "2019-03-04")
    assert raw.notes == []


def test_no_place_of_france_is_in_france_with_its_axes_swapped() -> None:
    for (west, south, east, north), other in combinations_with_replacement(FRANCE, 2):
        assert not box(south, west, north, east).intersects(box(*other))
        assert not box(*other).intersects(box(south, west, north, east))


@given(st.sampled_from(FRANCE), st.floats(0, 1), st.floats(0, 1))
def test_a_point_tells_its_own_order(country: tuple[float, ...], right: float, up: float) -> None:
    west, south, east, north = country
    lon, lat = west + right * (east - west), south + up * (north - south)
    assert axis_order(Pair(lon, lat)) == "lon lat"
    assert axis_order(Pair(lat, lon)) == "lat lon"


@given(st.dates())
def test_both_forms_of_a_date_are_the_same_day(day: object) -> None:
    assert read_date(f"{day:%Y-%m-%d}".zfill(10)) == read_date(f"{day:%d/%m/}" + f"{day:%Y}".zfill(4)) == day


@pytest.mark.parametrize("text", ["13/13/2022", "2022-02-30", "hier", "10-10-2022", "22/1/1"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert read_date(text) is None


@given(st.lists(st.from_regex(r"[0-9]{5}000[A-Z]{2}[0-9]{4}", fullmatch=True), max_size=5))
def test_arrays_and_bars_hold_the_same_parcels(parcels: list[str]) -> None:
    assert read_items("{" + ",".join(parcels) + "}") == read_items("|".join(parcels)) == tuple(parcels)


@given(st.text())
def test_neutralised_text_comes_back(text: str) -> None:
    assert as_told(neutralised(text)) == text
    assert not neutralised(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_areas_are_kept_and_missing_values_are_missing(raw: RawFolder) -> None:
    write_rows(
        raw.folder / "cnig" / "a.csv", [sound(1), sound(2, geomsurf="", bati_surface="NaN", urba_zone_lib="N/A")]
    )
    sites = cnig.read(raw)
    assert sites.geom_type.tolist() == ["Polygon", "Point"]
    assert sites.crs == "EPSG:2154"
    assert sites["id"].tolist() == ["62498_1", "62498_2"]
    assert sites["floor_area_m2"].fillna(-1).tolist() == [2400, -1]
    assert sites["zoning"].isna().tolist() == [False, True]
    assert sites.geometry.iloc[0].area == pytest.approx(
        111_229 * 71_696 * 1e-6, rel=0.003
    )  # 0.001° each way, GRS80 at 50°


def test_no_name_of_a_person_is_kept(raw: RawFolder) -> None:
    private = {
        "proprio_personne": "personne physique",
        "proprio_nom": "MARTIN Paul",
        "source_producteur": "paul martin",
    }
    write_rows(
        raw.folder / "cnig" / "a.csv",
        [sound(1, site_nom="MARTIN Paul", **private), sound(2, **private), sound(3, site_nom="Ets Martin")],
    )
    sites = cnig.read(raw)
    assert sites["name"].tolist() == [
        "Site sans nom publié (62498_1)",
        "Ancienne usine à gaz",
        "Site sans nom publié (62498_3)",
    ]
    said = sites.drop(columns="geometry").to_csv() + "".join(note.line() for note in raw.notes)
    assert "martin" not in said.casefold()
    assert notes(raw) == [("repaired", 2)]


def test_both_orders_in_one_file_are_read_and_told(raw: RawFolder) -> None:
    rows = [sound(n, geomsurf="") for n in (1, 2)] + [sound(3, geompoint="POINT (2.8005 50.0305)", geomsurf="")]
    write_rows(raw.folder / "cnig" / "a.csv", rows)
    north = cnig.read(raw).to_crs("EPSG:4326").geometry.y
    assert north.round(6).tolist() == [50.0105, 50.0205, 50.0305]
    assert notes(raw) == [("repaired", 1)]


def test_what_cannot_be_read_is_told_and_the_rest_is_kept(raw: RawFolder) -> None:
    rows = [sound(1), sound(2, geomsurf="POLYGON((1 2, ...))"), sound(3, site_id=""), sound(4, site_actu_date="hier")]
    rows += [sound(5, geompoint="NA", geomsurf=""), sound(1)]
    write_rows(raw.folder / "cnig" / "a.csv", rows)
    assert cnig.read(raw)["id"].tolist() == ["62498_1", "62498_2", "62498_4"]
    assert sorted(notes(raw)) == [("dropped", 1)] * 3 + [("flagged", 1)] * 2


@pytest.mark.parametrize("columns", [NAMES, [name for name in NAMES if name != "urba_zaer"]], ids=["51", "50"])
def test_either_number_of_columns_is_read(columns: list[str], raw: RawFolder) -> None:
    write_rows(raw.folder / "cnig" / "a.csv", [sound(1)], names=columns)
    assert cnig.read(raw)["renewables_zone"].isna().tolist() == [len(columns) == 50]


@pytest.mark.parametrize("driver", ["GeoJSON", "GPKG"])
def test_vector_files_have_the_same_columns(driver: str, raw: RawFolder) -> None:
    write_rows(raw.folder / "cnig" / "a.csv", [sound(1), sound(2)])
    from_csv = cnig.read(raw)
    (raw.folder / "cnig" / "a.csv").unlink()
    table = pd.DataFrame([sound(1), sound(2)]).drop(columns=["geompoint", "geomsurf"])
    table = table.assign(bati_nombre=[2, 2], site_actu_date=pd.to_datetime(table["site_actu_date"]))
    suffix = {"GeoJSON": "geojson", "GPKG": "gpkg"}[driver]
    layer = gpd.GeoDataFrame(table, geometry=from_csv.geometry).to_crs("EPSG:4326")
    layer.to_file(raw.folder / "cnig" / f"a.{suffix}", driver=driver)
    read = cnig.read(raw)
    pd.testing.assert_frame_equal(
        pd.DataFrame(read.drop(columns="geometry")), pd.DataFrame(from_csv.drop(columns="geometry")), check_dtype=False
    )
    assert read.geometry.hausdorff_distance(from_csv.geometry).max() < 0.01


@pytest.mark.parametrize(
    ("point", "message"),
    [("POINT(11.575 48.137)", "no point is in France"), ("POINT(688000 7037000)", "no point is in France"),
     ("NA", "no point is in France")],
)  # fmt: skip
def test_a_file_that_is_nowhere_in_france_is_refused(point: str, message: str, raw: RawFolder) -> None:
    write_rows(raw.folder / "cnig" / "a.csv", [sound(1, geompoint=point, geomsurf="")])
    with pytest.raises(SourceError, match=message):
        cnig.read(raw)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.csv", b"\xff\xfe\x00"), ("a.csv", b""), ("a.csv", b"site_id,site_nom\n1,2\n"), ("a.csv", b"a;b\n1;2;3;4\n"),
        ("a.geojson", b"{"), ("a.gpkg", b"SQLite format 3\x00"),
        ("a.geojson", json.dumps({"type": "FeatureCollection", "features": []}).encode()),
    ],
)  # fmt: skip
def test_hostile_files_end_in_one_clear_line(name: str, body: bytes, raw: RawFolder) -> None:
    (raw.folder / "cnig" / name).write_bytes(body)
    with pytest.raises(GeoError, match=r"expected|lacks|cannot be read"):
        cnig.read(raw)


def test_no_file_is_said(raw: RawFolder) -> None:
    assert not cnig.present(raw)
    with pytest.raises(SourceError, match="expected one"):
        cnig.read(raw)


@pytest.mark.real_data
def test_the_real_file_with_50_columns(real_data: Path, raw: RawFolder) -> None:
    body = (real_data / "cartofriches" / "friches_standard_cnig_50.csv").read_bytes()
    (raw.folder / "cnig" / "a.csv").write_bytes(body)
    sites = cnig.read(raw)
    points = gpd.read_file(real_data / "cartofriches" / "points.geojson").to_crs("EPSG:2154").set_index("site_id")
    assert len(sites) == 19
    assert sites.distance(gpd.GeoSeries(points.geometry.reindex(sites["id"]).to_numpy(), crs="EPSG:2154")).max() < 1.0
    assert notes(raw) == [("repaired", 5)]
