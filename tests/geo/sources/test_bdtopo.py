from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geo.config import Territory
from geo.errors import SourceError
from geo.raw import RawFolder
from geo.solar.figures import PUBLIC_NAMES, public_rank
from geo.sources import bdtopo

ROWS = {  # NATURE, USAGE1, USAGE2: kind, likely public
    ("Indifférenciée", "Résidentiel", None): ("Résidentiel", "other"),
    ("Indifférenciée", "Sportif", None): ("Sportif", "likely"),
    ("Indifférenciée", "Indifférencié", "Sportif"): ("Sportif", "likely"),
    ("Indifférenciée", "Commercial et services", "Sportif"): ("Commercial et services", "unknown"),
    ("Industriel, agricole ou commercial", "Sportif", None): ("Sportif", "likely"),
    ("Industriel, agricole ou commercial", "Indifférencié", None): ("Industriel, agricole ou commercial", "unknown"),
    ("Eglise", "Religieux", None): ("Eglise", "unknown"),
    ("Tribune", "Sportif", None): ("Tribune", "likely"),
    ("Serre", "Agricole", None): ("Serre", "other"),
    ("Indifférenciée", "Indifférencié", None): (None, "unknown"),
}


def folder(tmp_path: Path, territory: Territory, uses: list[tuple[str | None, ...]], **options: str) -> RawFolder:
    """Return a raw folder with one building for each nature and uses."""
    columns = dict(zip(("NATURE", "USAGE1", "USAGE2"), zip(*uses, strict=True), strict=True))
    ids = [f"BATIMENT{number:016d}" for number in range(len(uses))]
    shapes = [box(684_000 + 20 * number, 7_038_000, 684_010 + 20 * number, 7_038_010) for number in range(len(uses))]
    facts = {"ID": ids, "HAUTEUR": 6.0, "Z_MIN_TOIT": 40.0, "Z_MAX_TOIT": 43.0}
    table = gpd.GeoDataFrame(facts | columns, geometry=shapes, crs="EPSG:2154")
    (tmp_path / "bdtopo").mkdir()
    table.to_file(tmp_path / "bdtopo" / "BATIMENT.shp", **options)
    return RawFolder("buildings", tmp_path, tmp_path, territory)


def test_the_kind_is_the_most_telling_of_nature_and_uses(tmp_path: Path, territory: Territory) -> None:
    raw = folder(tmp_path, territory, list(ROWS), encoding="UTF-8")
    table = bdtopo.read(raw)
    kinds = [None if pd.isna(kind) else kind for kind in table["kind"]]
    assert kinds == [kind for kind, _ in ROWS.values()]
    assert [PUBLIC_NAMES[public_rank(str(kind))] for kind in kinds] == [public for _, public in ROWS.values()]
    assert raw.notes == []
    assert {"nature", "first_use", "second_use"}.isdisjoint(table.columns)


def test_accents_survive_a_lost_cpg_file(tmp_path: Path, territory: Territory) -> None:
    raw = folder(tmp_path, territory, list(ROWS), encoding="UTF-8")
    cpg = tmp_path / "bdtopo" / "BATIMENT.cpg"
    cpg.unlink()
    table = bdtopo.read(raw)
    assert table["kind"].iloc[0] == "Résidentiel"
    assert table["kind"].isna().sum() == 1
    assert [(note.action, note.count) for note in raw.notes] == [("repaired", 6)]


def test_buildings_without_uses_are_refused(tmp_path: Path, territory: Territory) -> None:
    raw = folder(tmp_path, territory, list(ROWS))
    path = tmp_path / "bdtopo" / "BATIMENT.shp"
    gpd.read_file(path).drop(columns="USAGE1").to_file(path)
    with pytest.raises(SourceError, match="USAGE1"):
        bdtopo.read(raw)


@pytest.mark.real_data
def test_real_buildings_have_known_kinds(real_data: Path, territory: Territory) -> None:
    raw = RawFolder("buildings", real_data, real_data, territory)
    kinds = bdtopo.read(raw)["kind"].value_counts()
    assert {"Résidentiel", "Sportif", "Eglise", "Annexe"} <= set(kinds.index)
    assert not any("Ã" in name for name in kinds.index)
    assert set(bdtopo.UNTOLD).isdisjoint(kinds.index)
