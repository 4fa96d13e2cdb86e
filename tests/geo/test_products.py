import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from affine import Affine
from shapely import box

from geo import products
from geo.crs import LAMBERT93
from geo.errors import GeoError, MissingDataError, ProductError
from geo.provenance import Credit, Provenance, provenance_path
from geo.raster import Raster
from geo.raw import sha256

ROOT = Path(__file__).parents[2]


def squares(names: tuple[str | None, ...] = ("Liévin", None)) -> gpd.GeoDataFrame:
    columns = {
        "id": pd.array([str(row) for row in range(len(names))], dtype="string"),
        "name": pd.array(names, dtype="string"),
        "area_m2": np.where(pd.isna(pd.array(names, dtype="string")), np.nan, 100.0),
        "count": pd.array([None if name is None else 3 for name in names], dtype="Int64"),
        "synthetic": pd.array([None if name is None else True for name in names], dtype="boolean"),
    }
    shapes = [box(10 * row, 0, 10 * row + 10, 10) for row in range(len(names))]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=LAMBERT93)


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    path = products.write_table(squares(), "squares", tmp_path / "new" / "folder")
    assert path == products.product_path("squares", tmp_path / "new" / "folder")
    again = products.read_table("squares", path.parent)
    pd.testing.assert_frame_equal(again, squares())
    assert again.crs == LAMBERT93


def test_some_columns_come_without_the_geometry(tmp_path: Path) -> None:
    products.write_table(squares(), "squares", tmp_path)
    pd.testing.assert_frame_equal(
        products.read_columns("squares", tmp_path, ["count", "name"]), squares()[["count", "name"]]
    )
    with pytest.raises(ProductError, match="owner"):
        products.read_columns("squares", tmp_path, ["owner"])
    with pytest.raises(MissingDataError, match="artois build circles"):
        products.read_columns("circles", tmp_path, ["name"])


def test_the_file_is_geoparquet_1_1_with_boxes_of_its_rows(tmp_path: Path) -> None:
    file = pq.read_table(products.write_table(squares(), "squares", tmp_path))
    geo = json.loads(file.schema.metadata[b"geo"])
    column = geo["columns"][geo["primary_column"]]
    assert geo["version"] == "1.1.0"
    assert column["encoding"] == "WKB"
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 2154}
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert file.column("bbox").to_pylist()[1] == {"xmin": 10.0, "ymin": 0.0, "xmax": 20.0, "ymax": 10.0}


def test_a_raster_comes_back_as_it_was(tmp_path: Path) -> None:
    values = np.array([[1.5, np.nan], [3.0, 4.0]], dtype=np.float32)
    raster = Raster(values, Affine(10, 0, 1000, 0, -10, 2000), LAMBERT93)
    path = products.write_raster(raster, "heights", tmp_path / "new", tags={"WEATHER": "2020"})
    assert path == products.product_path("heights", tmp_path / "new")
    again = products.read_product_raster("heights", path.parent)
    np.testing.assert_array_equal(again.values, values)
    assert (again.transform, again.crs) == (raster.transform, LAMBERT93)
    assert products.read_tags("heights", path.parent)["WEATHER"] == "2020"


def test_what_was_not_built_is_missing(tmp_path: Path) -> None:
    assert products.product_path("squares", tmp_path) is None
    for read in (products.read_table, products.read_product_raster):
        with pytest.raises(MissingDataError) as caught:
            read("squares", tmp_path)
        assert_one_line(caught.value, [str(tmp_path / "squares"), "absent", "`artois build squares`"])


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), products.replaced(path) as part:
        part.write_text("half of the n")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "facts.csv"
    with products.replaced(path) as part:
        assert part.parent == path.parent, "another disk could not be renamed from"
        assert part.suffix == path.suffix, "GDAL chooses by the extension"
        part.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_process_left_does_not_get_into_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    with products.replaced(path) as part:
        part.write_text("new")
    part.write_text("rest of a killed process of the same number; ")
    with products.replaced(path) as part, part.open("a") as stream:
        stream.write("newer")
    assert path.read_text() == "newer"
    assert list(tmp_path.iterdir()) == [path]


WRITE_MUCH = """
import resource, sys
from pathlib import Path
import geopandas as gpd, numpy as np
from geo import products
from geo.crs import LAMBERT93
xy = np.random.default_rng(0).random((2, 20_000))
table = gpd.GeoDataFrame({"id": range(20_000)}, geometry=gpd.points_from_xy(*xy), crs=LAMBERT93)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    products.write_table(table, "squares", Path(sys.argv[1]))
except OSError as error:
    sys.exit(f"full: {error}")
"""

WRITE_FOREVER = """
import sys
from pathlib import Path
from geo import products
with products.replaced(products.table_path("squares", Path(sys.argv[1]))) as part:
    with part.open("wb") as stream:
        stream.write(b"PAR1 and the beginning of a table")
        stream.flush()
        print("writing", flush=True)
        sys.stdin.read()
"""


def test_a_full_disk_leaves_the_old_product_and_nothing_else(tmp_path: Path) -> None:
    path = products.write_table(squares(), "squares", tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", WRITE_MUCH, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "full: " in done.stderr
    assert list(tmp_path.iterdir()) == [path]
    pd.testing.assert_frame_equal(products.read_table("squares", tmp_path), squares())


def test_a_killed_process_leaves_the_old_product(tmp_path: Path) -> None:
    products.write_table(squares(), "squares", tmp_path)
    command = [sys.executable, "-c", WRITE_FOREVER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    pd.testing.assert_frame_equal(products.read_table("squares", tmp_path), squares())


def cut(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lambda whole: b"",
        lambda whole: b"not a parquet file at all",
        lambda whole: whole[:-8] + b"\xff\xff\xff\x7fPAR1",
        lambda whole: whole.replace(b"ProjectedCRS", b"ProjectedKRS"),
        lambda whole: whole.replace(b'"numpy_type"', b'"numpi_type"'),
        lambda whole: whole.replace(b'"primary_column"', b'"primary_colimn"'),
    ],
    ids=["cut", "empty", "text", "footer", "projection", "pandas", "geo"],
)
def test_a_damaged_table_is_refused_in_one_line(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = products.write_table(squares(), "squares", tmp_path)
    path.write_bytes(damage(plain(path)))
    with pytest.raises(ProductError) as caught:
        products.read_table("squares", tmp_path)
    assert_one_line(caught.value, [str(path), "cannot be read", "delete it", "`artois build squares`"])


def test_a_table_without_geometry_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"id": ["a"]}).to_parquet(products.table_path("squares", tmp_path))
    with pytest.raises(ProductError) as caught:
        products.read_table("squares", tmp_path)
    assert_one_line(caught.value, ["squares.parquet", "cannot be read"])


def test_a_truncated_raster_is_refused_in_one_line(tmp_path: Path) -> None:
    raster = Raster(np.random.default_rng(0).random((600, 600), dtype=np.float32), Affine(1, 0, 9, 0, -1, 9), LAMBERT93)
    path = products.write_raster(raster, "heights", tmp_path, tags={})
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(GeoError) as caught:
        products.read_product_raster("heights", tmp_path)
    assert_one_line(caught.value, [str(path), "cannot be read"])


def plain(path: Path) -> bytes:
    """Return the product's bytes with its metadata once, readable (pyarrow writes the schema a second time, coded)."""
    file = pq.read_table(path)
    pq.write_table(file, path, store_schema=False)
    return path.read_bytes()


def provenance_of(path: Path, **changes: object) -> Provenance:
    told: dict[str, object] = {
        "layer": path.stem,
        "rows": 2,
        "synthetic": False,
        "built_at": datetime(2025, 1, 1, tzinfo=UTC),
        "software": "artois",
        "recipe_sha256": "0",
        "params": {},
        "credits": (Credit(holder="Géomètre", licence="LO 2.0"),),
        "inputs": (),
        "lookups": {},
        "notes": (),
        "product_sha256": sha256(path),
    }
    return Provenance.model_validate(told | changes)


def test_provenance_comes_back_as_it_was(tmp_path: Path) -> None:
    path = products.write_table(squares(), "squares", tmp_path)
    told = provenance_of(path)
    products.write_provenance(told, path)
    assert products.read_provenance(path) == told
    assert {file.name for file in tmp_path.iterdir()} == {"squares.parquet", "squares.provenance.json"}


def test_provenance_of_other_bytes_is_refused(tmp_path: Path) -> None:
    path = products.write_table(squares(), "squares", tmp_path)
    products.write_provenance(provenance_of(path), path)
    products.write_table(squares(("Lens",)), "squares", tmp_path)
    with pytest.raises(ProductError) as caught:
        products.read_provenance(path)
    assert_one_line(caught.value, [str(path), "squares.provenance.json", "`artois build squares --force`"])


@pytest.mark.parametrize("content", [b"", b"{}", b'{"layer": 1', "é".encode("latin-1")])
def test_provenance_that_is_none_is_refused(tmp_path: Path, content: bytes) -> None:
    path = products.write_table(squares(), "squares", tmp_path)
    provenance_path(path).write_bytes(content)
    with pytest.raises(ProductError) as caught:
        products.read_provenance(path)
    assert_one_line(caught.value, [str(provenance_path(path)), "`artois build squares --force`"])


@pytest.mark.parametrize("lost", ["squares.parquet", "squares.provenance.json"])
def test_a_product_and_its_provenance_go_together(tmp_path: Path, lost: str) -> None:
    path = products.write_table(squares(), "squares", tmp_path)
    products.write_provenance(provenance_of(path), path)
    (tmp_path / lost).unlink()
    with pytest.raises(MissingDataError) as caught:
        products.read_provenance(path)
    assert_one_line(caught.value, [lost, "absent", "`artois build squares --force`"])


def test_a_table_is_preferred_to_a_raster_of_the_same_name(tmp_path: Path) -> None:
    products.raster_path("squares", tmp_path).touch()
    assert products.product_path("squares", tmp_path) == products.raster_path("squares", tmp_path)
    path = products.write_table(squares(), "squares", tmp_path)
    assert products.product_path("squares", tmp_path) == path


def assert_one_line(error: GeoError, parts: list[str]) -> None:
    message = str(error)
    assert "\n" not in message
    assert [part for part in parts if part not in message] == []
