"""The map's signs are those that the register has published, when it has."""

from pathlib import Path

from geo.build import build
from geo.config import Settings
from geo.products import read_provenance, read_table, table_path
from geo.register import export, signs
from geo.register.database import Register, initialise
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm


def test_the_register_comes_before_files(small_raw: Settings, tmp_path: Path) -> None:
    assert [one.state for one in build(["communes", "signs"], small_raw)] == ["built", "built"]
    assert read_table("signs", small_raw.processed)["id"].tolist() == ["S-1"]
    path, planner = tmp_path / "register.gpkg", Actor("a", "planner")
    initialise(path)
    with Register(path).write("a") as database:
        form = SignForm(x=684_500, y=7_038_500, name="Entrée")
        signs.create(database, planner, form, Birth(code="SOU-001", draft=False, source="relevé", certainty="surveyed"))
        osm = Birth(
            code="OSM-123", draft=False, status="unknown", source="© les contributeurs d'OpenStreetMap, ODbL 1.0"
        )
        signs.create(database, planner, form, osm)
    target = small_raw.raw / "register" / "signs.geojson"
    export.publish(path, target)
    assert [one.state for one in build(["signs"], small_raw)] == ["built"]
    table = read_table("signs", small_raw.processed)
    assert table["id"].tolist() == ["OSM-123", "SOU-001"]
    assert table["certainty"].tolist() == ["unverified", "surveyed"]
    assert table["insee"].tolist() == ["62001", "62001"]
    credits = [credit.holder for credit in read_provenance(table_path("signs", small_raw.processed)).credits]
    assert "Registre de la signalétique" in credits
    assert "© les contributeurs d'OpenStreetMap" in credits
    export.publish(path, target)
    assert [one.state for one in build(["signs"], small_raw)] == ["current"]
