"""The look inside a GeoPackage, read back from the file and, where QGIS is installed, by QGIS itself."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from xml.etree.ElementTree import fromstring

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from geo.catalogue import BUILDINGS, GREENWAYS, LAYERS, PARKS, SIGNS
from geo.layers import Layer
from geo.qgis_style import add_style, kind_of, qml

ASK_QGIS = """
import sys
from qgis.core import QgsApplication, QgsVectorLayer
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(sys.argv[1], "x", "ogr")
renderer = layer.renderer()
found = [item.color().name() for item in renderer.ranges() for item in [item.symbol()]] \
    if renderer.type() == "graduatedSymbol" else [renderer.symbol().color().name()]
print(layer.isValid(), renderer.type(), *found)
"""


def styled(path: Path, layer: Layer, shape: object) -> Path:
    columns = {layer.style.ramp.column: [950.0]} if layer.style.ramp else {"name": ["Parc"]}
    gpd.GeoDataFrame(columns, geometry=[shape], crs=2154).to_file(path, layer=layer.name)
    add_style(path, layer.name, layer, [shape.geom_type])
    return path


@pytest.mark.parametrize("layer", LAYERS.values(), ids=list(LAYERS))
def test_every_layer_has_a_style_with_its_colours_and_labels(layer: Layer) -> None:
    root = fromstring(qml(layer, "fill").split("\n", 1)[1])
    labels = [alias.get("name") for alias in root.iter("alias")]
    assert len(labels) == len(layer.columns)
    colors = {element.get("v") for element in root.iter("prop") if element.get("k") == "outline_color"}
    assert len(colors) == (len({color for _, color in layer.style.ramp.stops}) if layer.style.ramp else 1)


def test_the_style_is_the_default_of_its_table(tmp_path: Path) -> None:
    path = styled(tmp_path / "a.gpkg", PARKS, box(0, 0, 1, 1))
    with closing(sqlite3.connect(path)) as database:
        row = database.execute("SELECT f_table_name, f_geometry_column, useAsDefault FROM layer_styles").fetchone()
        listed = database.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchone()
    assert row == ("parks", "geom", 1)
    assert listed == ("attributes",)
    assert len(gpd.read_file(path, layer="parks")) == 1


def test_most_rows_say_what_is_drawn() -> None:
    assert kind_of(["Polygon", "MultiPolygon", "Point"]) == "fill"
    assert kind_of(["MultiLineString", "Polygon", "LineString"]) == "line"
    assert kind_of([]) == "fill"


@pytest.mark.skipif(
    not shutil.which("qgis") and not Path("/usr/lib/python3/dist-packages/qgis").is_dir(), reason="QGIS is absent"
)
@pytest.mark.parametrize(
    ("layer", "shape", "wanted"),
    [
        (PARKS, box(0, 0, 1, 1), "singleSymbol #2e8b57"),
        (GREENWAYS, LineString([(0, 0), (9, 9)]), f"singleSymbol {GREENWAYS.style.color}"),
        (SIGNS, Point(1, 1), "singleSymbol #1f5fbf"),
        (BUILDINGS, box(0, 0, 1, 1), "graduatedSymbol #2c2a6b #6b4d9a #c8577f #f2884b #fbd34d"),
    ],
    ids=["area", "line", "point", "scale"],
)
def test_qgis_draws_it_so(tmp_path: Path, layer: Layer, shape: object, wanted: str) -> None:
    path = styled(tmp_path / "a.gpkg", layer, shape)
    env = {
        "QT_QPA_PLATFORM": "offscreen",
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    done = subprocess.run(
        ["/usr/bin/python3", "-c", ASK_QGIS, f"{path}|layername={layer.name}"],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.strip().splitlines()[-1:] == [f"True {wanted}"], done.stderr
