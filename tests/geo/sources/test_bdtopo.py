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


def test_grounds_tell_the_kind_of_buildings_whose_use_does_not(tmp_path: Path, territory: Territory) -> None:
    uses = [("Indifférenciée", "Indifférencié", None)] * 3
    uses += [("Indifférenciée", "Commercial et services", None), ("Indifférenciée", "Résidentiel", None)]
    raw = folder(tmp_path, territory, uses, encoding="UTF-8")
    grounds = {  # the first holds buildings 0 and 1; the second, smaller, 0 alone; the last 3 and 4
        "Culture et loisirs": box(683_990, 7_037_900, 684_035, 7_038_100),
        "Science et enseignement": box(683_995, 7_037_990, 684_015, 7_038_020),
        "Industriel et commercial": box(684_035, 7_037_990, 684_055, 7_038_020),
        "Administratif ou militaire": box(684_055, 7_037_990, 684_100, 7_038_020),
    }
    table = gpd.GeoDataFrame(
        {"ID": [f"SURFACTI{number}" for number in range(4)], "CATEGORIE": list(grounds)},
        geometry=list(grounds.values()),
        crs="EPSG:2154",
    )
    table.to_file(tmp_path / "bdtopo" / "ZONE_D_ACTIVITE_OU_D_INTERET.shp", encoding="UTF-8")
    kinds = [None if pd.isna(kind) else kind for kind in bdtopo.read(raw)["kind"]]
    assert kinds == [
        "Science et enseignement", "Culture et loisirs", None, "Administratif ou militaire", "Résidentiel",
    ]  # fmt: skip
    public = [PUBLIC_NAMES[public_rank(str(kind))] for kind in kinds]
    assert public == ["likely", "unknown", "unknown", "likely", "other"]


@pytest.mark.parametrize("uses", [list(ROWS), [("Indifférenciée", "Résidentiel", None)]])
def test_grounds_that_serve_nobody_change_nothing(
    tmp_path: Path, territory: Territory, uses: list[tuple[str | None, ...]]
) -> None:
    raw = folder(tmp_path, territory, uses, encoding="UTF-8")
    before = bdtopo.read(raw)["kind"]
    table = gpd.GeoDataFrame(
        {"ID": ["1"], "CATEGORIE": ["Gestion des eaux"]}, geometry=[box(0, 0, 1e6, 1e7)], crs="EPSG:2154"
    )
    table.to_file(tmp_path / "bdtopo" / "ZONE_D_ACTIVITE_OU_D_INTERET.gpkg")
    pd.testing.assert_series_equal(bdtopo.read(raw)["kind"], before)


@pytest.mark.real_data
def test_real_buildings_have_known_kinds(real_data: Path, territory: Territory) -> None:
    raw = RawFolder("buildings", real_data, real_data, territory)
    kinds = bdtopo.read(raw)["kind"].value_counts()
    assert {"Résidentiel", "Sportif", "Eglise", "Annexe"} <= set(kinds.index)
    assert not any("Ã" in name for name in kinds.index)
    assert set(bdtopo.UNTOLD).isdisjoint(kinds.index)


def test_a_geopackage_with_its_own_names_says_the_same(tmp_path: Path, territory: Territory) -> None:
    raw = folder(tmp_path, territory, list(ROWS), encoding="UTF-8")
    wanted = bdtopo.read(raw)
    path = tmp_path / "bdtopo" / "BATIMENT.shp"
    gpd.read_file(path).rename(columns=bdtopo.NATIVE).to_file(path.with_suffix(".gpkg"), layer="batiment")
    found = bdtopo.read(RawFolder("buildings", tmp_path, tmp_path, territory))
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")), pd.DataFrame(wanted.drop(columns="geometry"))
    )
