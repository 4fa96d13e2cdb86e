"""data/processed: finished layers, each written whole or not at all, its provenance beside it."""

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import shorten
from typing import Final

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import rasterio
from pydantic import ValidationError
from pyproj.exceptions import CRSError

from geo.errors import MissingDataError, ProductError
from geo.provenance import Provenance, provenance_path
from geo.raster import Raster, read_raster, write_cog

DAMAGED: Final = (pa.ArrowException, CRSError, OSError, ValueError, KeyError, TypeError)
"""What geopandas raises on a GeoParquet file whose bytes or metadata are damaged."""


def table_path(layer: str, processed: Path) -> Path:
    """Return where a vector layer's product stands."""
    return processed / f"{layer}.parquet"


def raster_path(layer: str, processed: Path) -> Path:
    """Return where a raster layer's product stands."""
    return processed / f"{layer}.tif"


def product_path(layer: str, processed: Path) -> Path | None:
    """Return the product of a layer, vector or raster; None when it has not been built."""
    paths = (table_path(layer, processed), raster_path(layer, processed))
    return next((path for path in paths if path.is_file()), None)


def write_table(table: gpd.GeoDataFrame, layer: str, processed: Path) -> Path:
    """Write a table as GeoParquet 1.1 in Lambert-93 and return its path."""
    path = table_path(layer, processed)
    with replaced(path) as part:
        table.to_parquet(part, schema_version="1.1.0", write_covering_bbox=True, compression="zstd")
    return path


def read_table(layer: str, processed: Path) -> gpd.GeoDataFrame:
    """Return a layer's table.

    Raises
    ------
    MissingDataError
        If it has not been built.
    ProductError
        If the file is damaged.
    """
    path = table_path(layer, processed)
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected the layer {layer}; run `artois build {layer}`")
    try:
        return gpd.read_parquet(path)
    except DAMAGED as error:
        reason = shorten(str(error), 200)
        raise ProductError(f"{path} cannot be read ({reason}); delete it and run `artois build {layer}`") from error


def read_columns(layer: str, processed: Path, columns: Sequence[str]) -> pd.DataFrame:
    """Return some columns of a layer without its geometry; the others are not read from disk.

    Raises
    ------
    MissingDataError
        If the layer has not been built.
    ProductError
        If the file is damaged, or lacks one of the columns.
    """
    path = table_path(layer, processed)
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected the layer {layer}; run `artois build {layer}`")
    try:
        return pd.read_parquet(path, columns=list(columns))
    except DAMAGED as error:
        reason = shorten(str(error), 200)
        raise ProductError(f"{path} cannot be read ({reason}); delete it and run `artois build {layer}`") from error


def write_raster(raster: Raster, layer: str, processed: Path, *, tags: dict[str, str]) -> Path:
    """Write a raster as a Cloud Optimised GeoTIFF and return its path."""
    processed.mkdir(parents=True, exist_ok=True)
    return write_cog(raster_path(layer, processed), raster, tags)


def read_product_raster(layer: str, processed: Path) -> Raster:
    """Return a raster layer, or say that it has not been built."""
    path = raster_path(layer, processed)
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected the layer {layer}; run `artois build {layer}`")
    return read_raster(path)


def read_tags(layer: str, processed: Path) -> dict[str, str]:
    """Return the tags written into a raster product."""
    with rasterio.open(raster_path(layer, processed)) as source:
        return dict(source.tags())


def write_provenance(provenance: Provenance, product: Path) -> None:
    """Write a product's provenance beside it."""
    with replaced(provenance_path(product)) as part:
        part.write_text(provenance.model_dump_json(indent=2), encoding="utf-8")


def read_provenance(product: Path) -> Provenance:
    """Return a product's provenance.

    Raises
    ------
    MissingDataError
        If there is none.
    ProductError
        If it cannot be understood, or speaks of other bytes than the product's.
    """
    path = provenance_path(product)
    rebuild = f"run `artois build {product.stem} --force`"
    try:
        provenance = Provenance.model_validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise MissingDataError(f"{path} is absent; expected it beside {product.name}; {rebuild}") from error
    except ValidationError as error:
        raise ProductError(
            f"{path} is no provenance of this version ({error.error_count()} errors); {rebuild}"
        ) from error
    if not product.is_file():
        raise MissingDataError(f"{product} is absent; expected what {path.name} describes; {rebuild}")
    with product.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    if digest != provenance.product_sha256:
        raise ProductError(f"{product} is not the file that {path.name} describes; {rebuild}")
    return provenance


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a path to write to; it takes the place of `path` only when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")  # GDAL wants the extension
    part.unlink(missing_ok=True)  # a killed process of the same number may have left one
    try:
        yield part
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
