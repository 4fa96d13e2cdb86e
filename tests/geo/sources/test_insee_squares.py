from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from geo.config import Territory
from geo.crs import LAMBERT93
from geo.errors import SourceError
from geo.raw import RawFolder
from geo.sources import insee_squares

LENS = (2.83, 50.43)
COLUMNS = {"ind": [12.5, 40.0, 7.0], "men": [5.0, 20.0, 3.0], "men_pauv": [1.0, 4.0, 0.0], "ind_snv": [2e5, 7e5, 1e5]}


def squares() -> gpd.GeoDataFrame:
    """Two squares in Lens, one in Paris, drawn on the grid of their ids."""
    places = [LENS, (2.84, 50.43), (2.35, 48.85)]
    corners = []
    for lon, lat in places:
        east, north = Transformer.from_crs(4326, 3035, always_xy=True).transform(lon, lat)
        corners.append((int(east // 200 * 200), int(north // 200 * 200)))
    ids = [f"CRS3035RES200mN{north}E{east}" for east, north in corners]
    boxes = [shapely.box(east, north, east + 200, north + 200) for east, north in corners]
    return gpd.GeoDataFrame({"idcar_200m": ids} | COLUMNS, geometry=boxes, crs=3035)


def folder(tmp_path: Path, territory: Territory) -> RawFolder:
    (tmp_path / "insee").mkdir(exist_ok=True)
    return RawFolder("commune_access", tmp_path, tmp_path, territory)


def put(tmp_path: Path, form: str) -> None:
    path, table = tmp_path / "insee" / f"carreaux_200m_met.{form}", squares()
    if form == "csv":
        pd.DataFrame(table.drop(columns="geometry")).to_csv(path, index=False)
    elif form == "parquet":
        table.to_parquet(path)
    else:
        table.to_crs(LAMBERT93).rename(columns={"ind": "Ind", "idcar_200m": "IdINSPIRE"}).to_file(path)


@pytest.mark.parametrize("form", ["gpkg", "csv", "parquet"])
def test_squares_of_the_territory_are_read_from_any_form(tmp_path: Path, territory: Territory, form: str) -> None:
    raw = folder(tmp_path, territory)
    put(tmp_path, form)
    name = insee_squares.find(raw)
    assert name == f"insee/carreaux_200m_met.{form}"
    table = insee_squares.read(name, raw)
    assert sorted(table["people"]) == [12.5, 40.0]
    assert table.area.to_numpy() == pytest.approx(40_000, rel=0.01)  # EPSG:3035 keeps areas, Lambert-93 nearly
    wanted = squares().sort_values("idcar_200m").iloc[lambda rows: rows["ind"].isin([12.5, 40.0]).to_numpy()]
    wanted = wanted.to_crs(LAMBERT93).geometry
    assert shapely.hausdorff_distance(table.geometry.to_numpy(), wanted.to_numpy()).max() < 0.5
    assert [credit.holder for credit in raw.credits] == [insee_squares.CREDIT.holder]


def test_nothing_there_is_no_file(tmp_path: Path, territory: Territory) -> None:
    assert insee_squares.find(folder(tmp_path, territory)) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("idcar_200m,ind\nx,1\n", "lacks the columns men, men_pauv, ind_snv"),
        ("idcar_200m,ind,men,men_pauv,ind_snv\nhere,1,1,0,10\n", "expected CRS3035RES200mN"),
        ("idcar_200m,ind,men,men_pauv,ind_snv\nCRS3035RES200mN2000000E4000000,1,1,0,10\n", "no inhabited square"),
    ],
)
def test_what_are_no_squares_is_refused(tmp_path: Path, territory: Territory, text: str, words: str) -> None:
    raw = folder(tmp_path, territory)
    (tmp_path / "insee" / "x200m.csv").write_text(text)
    with pytest.raises(SourceError, match=words):
        insee_squares.read("insee/x200m.csv", raw)


def test_a_broken_file_is_refused(tmp_path: Path, territory: Territory) -> None:
    raw = folder(tmp_path, territory)
    (tmp_path / "insee" / "x200m.gpkg").write_bytes(b"SQLite format 3\0 no more")
    with pytest.raises(SourceError, match="cannot be read"):
        insee_squares.read("insee/x200m.gpkg", raw)
