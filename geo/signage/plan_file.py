"""The plan as a GeoPackage: plan_signs, plan_lines, decision_points, summary; written whole or not at all."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio
import pyproj

from geo.crs import LAMBERT93
from geo.errors import MissingDataError, SourceError
from geo.products import replaced
from geo.signage.plan import Plan
from geo.sources.files import numbers, read_csv

LAYERS: Final = ("plan_signs", "plan_lines", "decision_points", "summary")
COLUMNS: Final = {"sign": "sign", "lon": "lon", "lat": "lat", "park_id": "park_id", "distance_km": "distance_km"}
NEED_COLUMNS: Final = ("kind", "park_id", "people", "weight", "length_m", "year", "unreached", "gap_m")
STEADY: Final = "2000-01-01T00:00:00.000Z"
"""Date that GDAL writes into the file, so that the same plan is the same bytes."""


def write_plan(plan: Plan, target: Path) -> None:
    """Write the plan; the file is replaced when it is complete."""
    needs = plan.needs[[*NEED_COLUMNS, "geometry"]]
    with replaced(target) as part:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": STEADY})
        try:
            pyogrio.write_dataframe(plain(plan.signs), part, layer=LAYERS[0], driver="GPKG", geometry_type="Point")
            for table, layer in ((plan.lines, LAYERS[1]), (plan.summary, LAYERS[3])):
                pyogrio.write_dataframe(table, part, layer=layer, driver="GPKG", append=True)
            pyogrio.write_dataframe(
                plain(needs), part, layer=LAYERS[2], driver="GPKG", geometry_type="Point", append=True
            )
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def plain(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with empty text columns as text, which GDAL wants to know."""
    empty = [name for name in table.columns if table[name].dtype == object and table[name].isna().all()]
    return gpd.GeoDataFrame(table.assign(**{name: table[name].astype("string") for name in empty}))


def read_plan(path: Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the signs and the lines of a plan.

    Raises
    ------
    MissingDataError
        If the file is not there.
    SourceError
        If it is no plan.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected a plan; write one with `artois signage plan --out {path}`")
    try:
        signs = pyogrio.read_dataframe(path, layer=LAYERS[0])
        lines = pyogrio.read_dataframe(path, layer=LAYERS[1])
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(
            f"{path} holds no {LAYERS[0]} and {LAYERS[1]}; expected a plan of `artois signage plan`"
        ) from error
    return signs, lines


def read_signs(path: Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the signs and lines of a CSV: sign, lon, lat (WGS84), park_id, distance_km, a row per line.

    Raises
    ------
    MissingDataError, SourceError
        If the file is not there, lacks a column, or holds no numbers where numbers are meant.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected a CSV of {', '.join(COLUMNS)}; check --signs")
    table = read_csv(path, COLUMNS)
    table = table.assign(**{name: numbers(table[name], path) for name in ("lon", "lat", "distance_km")})
    if table[list(COLUMNS)].isna().any(axis=None):
        raise SourceError(f"{path} has empty cells; expected every line with {', '.join(COLUMNS)}; fill them in")
    to_metres = pyproj.Transformer.from_crs(4326, LAMBERT93, always_xy=True)
    x, y = to_metres.transform(table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float))
    points = gpd.GeoDataFrame({"id": table["sign"]}, geometry=gpd.points_from_xy(x, y), crs=LAMBERT93)
    lines = table[["sign", "park_id"]].assign(distance_m=table["distance_km"].astype("float64") * 1000)
    return points.drop_duplicates("id").reset_index(drop=True), lines
