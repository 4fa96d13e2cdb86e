"""The register as other programs see it: GDAL by pyogrio, ogrinfo and QGIS where they are installed."""

import shutil
import subprocess
from pathlib import Path

import pyogrio
import pytest

from geo.register import blades, signs
from geo.register.blades import Blade, Line
from geo.register.database import Register
from geo.register.health import faults
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm

HOMES = ("file",)

QGIS_PRESENT = shutil.which("qgis") or Path("/usr/lib/python3/dist-packages/qgis").is_dir()

VALIDATOR = Path("/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py")

ASK_QGIS = """
import sys
from qgis.core import QgsApplication, QgsRectangle, QgsVectorLayer
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(sys.argv[1] + "|layername=signs", "x", "ogr")
lines = QgsVectorLayer(sys.argv[1] + "|layername=lines", "y", "ogr")
box = QgsRectangle(685999, 7036999, 686001, 7037001)
names = [one["name"] for one in layer.getFeatures(box)]
layer.startEditing()
layer.changeAttributeValue(next(layer.getFeatures()).id(), layer.fields().indexOf("name"), "volé")
print(layer.isValid(), layer.crs().authid(), layer.featureCount(), *names, lines.featureCount(), layer.commitChanges())
"""


@pytest.fixture
def filled(register: Register, planner: Actor) -> Register:
    with register.write("a") as database:
        for n in range(3):
            form = SignForm(x=686_000 + 100 * n, y=7_037_000, name=f"S{n}")
            signs.create(database, planner, form, Birth(prefix="SOU", draft=False))
        blades.write_blades(database, planner, "SOU-001", [Blade(lines=(Line(text="Gare"),))], version=1)
    return register


def test_gdal_lists_what_is_for_others(filled: Register) -> None:
    listed = {str(name): kind for name, kind in pyogrio.list_layers(filled.path)}
    assert listed.pop("signs") == "Point"
    assert set(listed) == {
        *("blades", "lines", "photos", "sign_types", "status_history", "organisations", "requests", "costs", "funding")
    }
    assert set(listed.values()) == {None}


def test_gdal_reads_the_signs_and_uses_their_tree(filled: Register) -> None:
    info = pyogrio.read_info(filled.path, layer="signs")
    assert (info["crs"], info["geometry_type"], info["features"]) == ("EPSG:2154", "Point", 3)
    assert info["capabilities"]["fast_spatial_filter"]
    near = pyogrio.read_dataframe(filled.path, layer="signs", bbox=(686_050, 7_036_900, 686_150, 7_037_100))
    assert near["name"].tolist() == ["S1"]
    assert near.geometry.iloc[0].coords[0] == (686_100, 7_037_000)


@pytest.mark.skipif(not shutil.which("ogrinfo"), reason="GDAL's programs are absent")
def test_ogrinfo_has_nothing_to_say_against_it(filled: Register) -> None:
    done = subprocess.run(
        ["ogrinfo", "-ro", "-al", "-so", str(filled.path)], capture_output=True, text=True, timeout=60, check=True
    )
    assert "Warning" not in done.stderr + done.stdout
    assert "ERROR" not in done.stderr + done.stdout
    assert "Layer name: status_history" in done.stdout


@pytest.mark.skipif(not VALIDATOR.is_file(), reason="GDAL's Python programs are absent")
def test_gdals_validator_finds_nothing(filled: Register, tmp_path: Path) -> None:
    filled.close()
    ask = (
        "import sys; from osgeo_utils.samples.validate_gpkg import check; "
        "check(sys.argv[1], abort_at_first_error=True, extra_checks=True, warning_as_error=True); print('valid')"
    )
    done = subprocess.run(
        ["/usr/bin/python3", "-c", ask, str(filled.path)],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("valid\n"), done.stderr


@pytest.mark.skipif(not QGIS_PRESENT, reason="QGIS is absent")
def test_qgis_shows_it_and_cannot_change_it(filled: Register, planner: Actor, tmp_path: Path) -> None:
    env = {
        "QT_QPA_PLATFORM": "offscreen",
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    done = subprocess.run(
        ["/usr/bin/python3", "-c", ASK_QGIS, str(filled.path)],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.strip().splitlines()[-1:] == ["True EPSG:2154 3 S0 1 False"], done.stderr
    with filled.write("a") as database:
        assert [one.name for one in signs.signs(database, planner)] == ["S0", "S1", "S2"]
        assert faults(database) == []
