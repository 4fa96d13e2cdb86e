"""A list of what is wrong may be empty: checked, written, published, read and exported like any other layer."""

from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest

from geo import products
from geo.build import publish
from geo.catalogue import PARKS, PARKS_ISSUES
from geo.config import Settings
from geo.errors import ProductError
from geo.export import FORMATS, export
from geo.layers import Layer, check
from geo.provenance import Provenance
from geo.raw import sha256
from geo.store import Page
from geo.store.geopackage import GeoPackageStore


def empty(layer: Layer) -> gpd.GeoDataFrame:
    columns = {name: pd.Series(dtype=object) for name in layer.columns}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs="EPSG:2154"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(processed=tmp_path)
    path = products.write_table(check(empty(PARKS_ISSUES), PARKS_ISSUES), "parks_issues", tmp_path)
    provenance = Provenance(
        layer="parks_issues", rows=0, synthetic=False, built_at=datetime(2026, 3, 12, tzinfo=UTC), software="essai",
        recipe_sha256="", params={}, credits=(), inputs=(), lookups={}, notes=(), product_sha256=sha256(path),
    )  # fmt: skip
    products.write_provenance(provenance, path)
    return settings


def test_other_layers_may_not_be_empty() -> None:
    with pytest.raises(ProductError, match="no row is left"):
        check(empty(PARKS), PARKS)


def test_columns_keep_their_types(settings: Settings) -> None:
    table = products.read_table("parks_issues", settings.processed)
    assert {str(dtype) for name, dtype in table.dtypes.items() if name != "geometry"} == {"string", "boolean"}
    pd.testing.assert_frame_equal(check(table, PARKS_ISSUES), table)


def test_it_is_published_with_the_territorys_box_and_gives_empty_pages(settings: Settings) -> None:
    publish(settings)
    store = GeoPackageStore(settings.store)
    published = store.published()["parks_issues"]
    assert (published.rows, published.bbox) == (0, settings.territory().bbox)
    assert store.features("parks_issues", limit=5) == Page([], 0)
    assert store.features("parks_issues", bbox=(2.0, 50.0, 3.0, 51.0), insee="62001", limit=5) == Page([], 0)
    assert store.nearest("parks_issues", 2.8, 50.4, within_m=1e5) is None


@pytest.mark.parametrize("form", FORMATS)
def test_it_is_exported_in_every_format(settings: Settings, form: str) -> None:
    target = settings.processed / "out" / f"issues.{form}"
    assert export("parks_issues", form, target, processed=settings.processed) == 0
    if form == "parquet":
        assert gpd.read_parquet(target).empty
    elif form == "csv":
        assert pd.read_csv(target).empty
    else:
        assert pyogrio.read_dataframe(target, layer=0).empty
