"""A layer as a file for other programs: QGIS, spreadsheets, scripts."""

import json
import logging
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio

from geo import products
from geo.brownfields.cnig import writer as cnig
from geo.catalogue import BROWNFIELDS, LAYERS, RASTERS
from geo.crs import WGS84
from geo.errors import RequestError, UnknownNameError
from geo.qgis_style import add_style
from geo.solar import summary
from geo.store.geopackage import feature_bodies, one_type

logger = logging.getLogger(__name__)

FORMATS: Final = ("gpkg", "geojson", "csv", "parquet", "fgb")
DRIVERS: Final = {"gpkg": "GPKG", "fgb": "FlatGeobuf"}
SUMMARY: Final = "solar_summary"
"""What `artois export` calls the territory figures, which are no layer."""
SUMMARY_FORMATS: Final = ("csv", "json")
CNIG: Final = "cnig"
"""The format of the CNIG Friches standard, for brownfields alone."""
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def export(layer: str, form: str, target: Path, *, processed: Path, commune: str | None = None) -> int:
    """Write a layer (or its rows in one commune, by INSEE code) to a file, whole or not at all; return the rows.

    GeoPackage, FlatGeobuf and GeoParquet are in Lambert-93; GeoJSON in WGS84; CSV in UTF-8 with the geometry as WKT in
    Lambert-93, and text that a spreadsheet would take for a formula neutralised by an apostrophe.

    Raises
    ------
    UnknownNameError
        If there is no such layer.
    RequestError
        If the format is not one of `FORMATS`, or the layer is a raster.
    MissingDataError
        If the layer has not been built.
    """
    if layer in RASTERS:
        file = products.raster_path(layer, processed)
        raise RequestError(f"{layer} is a raster; expected a vector layer; its GeoTIFF is {file}, ready to copy")
    if layer not in LAYERS:
        raise UnknownNameError(f"no layer is named {layer!r}; expected one of {', '.join(LAYERS)}")
    if form not in FORMATS:
        raise RequestError(f"format {form!r} is not known; expected one of {', '.join(FORMATS)}")
    table = in_commune(products.read_table(layer, processed), commune)
    with products.replaced(target) as part:
        write(table, layer, form, part)
    return len(table)


def in_commune(table: gpd.GeoDataFrame, commune: str | None) -> gpd.GeoDataFrame:
    """Return the rows in one commune, by INSEE code; all of them when none is asked."""
    if commune is None:
        return table
    return table[("|" + table["insee"].fillna("") + "|").str.contains(f"|{commune}|", regex=False)]


def export_cnig(layer: str, target: Path, *, processed: Path, commune: str | None = None) -> int:
    """Write the brownfields as a CSV that keeps the CNIG Friches standard v1.0.6; return the rows.

    Sites that the standard refuses, or whose obligatory values are not known, are left out; each reason is logged.

    Raises
    ------
    RequestError
        If another layer is asked, or no site can be written.
    MissingDataError
        If the brownfields have not been built.
    """
    if layer != BROWNFIELDS.name:
        raise RequestError(f"found format {CNIG} for {layer}; expected it for {BROWNFIELDS.name}; it describes friches")
    sites = in_commune(products.read_table(layer, processed), commune)
    with products.replaced(target) as part:
        rows, left = cnig.write(sites, part, today=datetime.now(UTC).date())
        by_reason = defaultdict(list)
        for one in left:
            by_reason[one.reason].append(one.id)
        for reason, ids in by_reason.items():
            logger.warning("%s: %d left out: %s (such as %s)", layer, len(ids), reason, ids[0])
        if not rows:
            reason = next(iter(by_reason), "aucune friche")
            raise RequestError(
                f"no site of {len(sites)} can be written ({reason}); expected one; complete the inventory"
            )
    return rows


def export_summary(
    form: str, target: Path, *, processed: Path, commune: str | None = None, epci: str | None = None
) -> int:
    """Write the territory figures (of one commune or one EPCI) to a file, whole or not at all; return the table's rows.

    CSV is that of `summary_csv`, JSON the answer of `GET /solar/summary`.

    Raises
    ------
    RequestError
        If the format is not one of `SUMMARY_FORMATS`, or a commune and an EPCI are asked together.
    UnknownNameError
        If there is no such EPCI, or no roof in it.
    MissingDataError
        If the cadastre has not been built.
    """
    if form not in SUMMARY_FORMATS:
        raise RequestError(
            f"found format {form!r} for {SUMMARY}; expected one of {', '.join(SUMMARY_FORMATS)}; it has no geometry"
        )
    codes = summary.codes_asked(processed, commune=commune, epci=epci)
    answer = summary.summarise(processed, codes=codes)
    body = json.dumps(answer, ensure_ascii=False, indent=2) + "\n" if form == "json" else summary_csv(answer)
    with products.replaced(target) as part:
        part.write_text(body, encoding="utf-8", newline="")
    return sum(1 for _ in summary.flat_rows(answer))


def summary_csv(answer: summary.Area) -> str:
    """Return the territory figures as CSV, units in the column names; no cell would run as a formula."""
    return safe_texts(pd.DataFrame(list(summary.flat_rows(answer)))).to_csv(index=False, lineterminator="\r\n")


def write(table: gpd.GeoDataFrame, layer: str, form: str, part: Path) -> None:
    """Write the table in one format."""
    if form == "parquet":
        table.to_parquet(part, schema_version="1.1.0", write_covering_bbox=True)
    elif form == "csv":
        spreadsheet(table).to_csv(part, index=False, encoding="utf-8", lineterminator="\r\n")
    elif form == "geojson":
        part.write_text(geojson(table, layer), encoding="utf-8")
    else:
        pyogrio.write_dataframe(table, part, layer=layer, driver=DRIVERS[form], geometry_type=one_type(table))
    if form == "gpkg":
        add_style(part, layer, LAYERS[layer], table.geom_type.tolist())


def geojson(table: gpd.GeoDataFrame, layer: str) -> str:
    """Return the table as the text of a GeoJSON collection (RFC 7946)."""
    features = ",\n".join(feature_bodies(table.to_crs(WGS84)))
    return f'{{"type":"FeatureCollection","name":{json.dumps(layer)},"features":[\n{features}\n]}}\n'


def spreadsheet(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the table for a spreadsheet: geometry as WKT, no cell that would run as a formula."""
    plain = pd.DataFrame(table.drop(columns="geometry"))
    return safe_texts(plain).assign(wkt=table.geometry.to_wkt(rounding_precision=2))


def safe_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every text neutralised."""
    texts = table.select_dtypes(include=["string", "object"]).columns
    return table.assign(**{name: table[name].map(neutralised, na_action="ignore") for name in texts})


def neutralised(text: str) -> str:
    """Return the text with an apostrophe before what a spreadsheet would run.

    >>> neutralised("=1+1"), neutralised("Parc")
    ("'=1+1", 'Parc')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
