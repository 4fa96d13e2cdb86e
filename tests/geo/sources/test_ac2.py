from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Polygon, box

from geo.config import Territory
from geo.raw import RawFolder
from geo.sources import ac2

X, Y = 684_000, 7_038_000


@pytest.fixture
def raw(tmp_path: Path, territory: Territory) -> RawFolder:
    return RawFolder("parks", tmp_path, tmp_path, territory)


@pytest.fixture
def within() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[box(X, Y, X + 1000, Y + 1000)], crs="EPSG:2154")


def write(folder: Path, rows: list[tuple[str, str, str, float | None, Polygon]]) -> None:
    ids, sites, names, declared, shapes = zip(*rows, strict=True)
    columns = {
        "id": ids, "idsup": sites, "nomgen": names, "typesite": "Site classé", "surfdclha": declared,
        "datecrea": "28/12/2016",
    }  # fmt: skip
    (folder / "env").mkdir()
    table = gpd.GeoDataFrame(columns, geometry=list(shapes), crs="EPSG:2154").to_crs("EPSG:4326")
    table.to_file(folder / ac2.FILE, driver="GeoJSON")


def test_absent_is_none(raw: RawFolder, within: gpd.GeoDataFrame) -> None:
    assert ac2.read(raw, within) is None


def test_one_polygon_under_two_ids_is_one_row_and_noted(raw: RawFolder, within: gpd.GeoDataFrame) -> None:
    square = box(X, Y, X + 100, Y + 100)
    turned = Polygon([*square.exterior.coords[2:], *square.exterior.coords[1:3]])
    far = box(X + 50_000, Y, X + 50_100, Y + 100)
    write(
        raw.folder,
        [("1", "S", "Terrils", 1e4, square), ("2", "S1", "Terrils", 1e4, turned), ("3", "S", "Loin", 1e4, far)],
    )
    table = ac2.read(raw, within)
    assert table is not None
    assert table[["id", "also", "kind"]].to_numpy().tolist() == [["1", "2", "classified"]]
    assert [(note.action, note.count) for note in raw.notes] == [("repaired", 1), ("repaired", 1)]
    assert "2 records, 1 kept" in raw.notes[0].reason


@pytest.mark.parametrize(
    ("declared", "expected_m2", "reason"),
    [
        (20_000.0, 20_000.0, "is in m²"),
        (2.0, 20_000.0, None),
        (30_000.0, 30_000.0, "is in m²"),
        (2e9, np.nan, "fits neither"),
        (None, np.nan, None),
        (0.0, np.nan, "fits neither"),
    ],
)
def test_the_unit_of_the_declared_area_is_told_by_the_whole_site(
    raw: RawFolder, within: gpd.GeoDataFrame, declared: float | None, expected_m2: float, reason: str | None
) -> None:
    """Two squares of 1 ha are one site: the figure speaks of both."""
    squares = [box(X + at, Y, X + at + 100, Y + 100) for at in (0, 200)]
    other = box(X + 500, Y, X + 510, Y + 10)
    rows = [(str(row), "S", "Site", declared, square) for row, square in enumerate(squares)]
    write(raw.folder, [*rows, ("9", "T", "Autre", 0.01, other)])
    table = ac2.read(raw, within)
    assert table is not None
    np.testing.assert_allclose(table["stated_area_m2"], [expected_m2, expected_m2, 100.0])
    assert [reason in note.reason for note in raw.notes if reason] == ([True] if reason else [])


def test_no_figure_fits_both_units() -> None:
    ratios = np.logspace(-8, 4, 500)
    units = ac2.area_units(pd.Series(ratios), pd.Series(1.0, index=range(500)))
    assert set(units.dropna()) == {1.0, 10_000.0}
    np.testing.assert_array_equal(units == 1.0, (ratios >= 0.1) & (ratios <= 10))
    np.testing.assert_array_equal(units == 1e4, (ratios >= 1e-5) & (ratios <= 1e-3))
