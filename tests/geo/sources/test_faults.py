import json
from pathlib import Path

import pytest

from geo.config import Territory
from geo.raw import RawFolder
from geo.sources.faults import read_faults
from geo.sources.unesco import CREDIT

BOW_TIE = {"type": "Polygon", "coordinates": [[[2.8, 50.4], [2.9, 50.5], [2.9, 50.4], [2.8, 50.5], [2.8, 50.4]]]}
FLAT = {"type": "Polygon", "coordinates": [[[2.8, 50.4], [2.9, 50.5], [2.8, 50.4], [2.8, 50.4]]]}
POINT = {"type": "Point", "coordinates": [2.8, 50.4]}


@pytest.fixture
def raw(tmp_path: Path, territory: Territory) -> RawFolder:
    return RawFolder("parks", tmp_path, tmp_path, territory)


def test_absent_and_invalid_geometries_are_found_and_the_latter_repaired(raw: RawFolder) -> None:
    names = ["Bon", "Vide", "Noeud", "Plat"]
    features = [
        {"type": "Feature", "properties": {"id": str(row), "nom": name}, "geometry": shape}
        for row, (name, shape) in enumerate(zip(names, [POINT, None, BOW_TIE, FLAT], strict=True))
    ]
    (raw.folder / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    table = read_faults("*.geojson", CREDIT, raw)
    assert table[["file", "row", "name", "fault", "reason"]].to_numpy().tolist() == [
        ["a.geojson", 2, "Vide", "null_geometry", ""],
        ["a.geojson", 3, "Noeud", "invalid_geometry", "Self-intersection"],
        ["a.geojson", 4, "Plat", "invalid_geometry", "Too few points in geometry component"],
    ]
    assert [shape is not None and shape.is_valid for shape in table.geometry] == [False, True, False]
    assert table.crs.to_epsg() == 2154


def test_no_file_is_no_fault(raw: RawFolder) -> None:
    assert read_faults("*.geojson", CREDIT, raw).empty
    assert raw.lookups == {"*.geojson": ()}
