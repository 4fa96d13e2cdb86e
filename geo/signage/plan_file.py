"""The plan as a GeoPackage: plan_signs, plan_lines, decision_points, summary; written whole or not at all."""

from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.errors import MissingDataError, SourceError
from geo.products import replaced
from geo.signage.geopackage import require_whole, steady
from geo.signage.plan import Plan

LAYERS: Final = ("plan_signs", "plan_lines", "decision_points", "summary")
NEED_COLUMNS: Final = ("kind", "park_id", "people", "weight", "length_m", "year", "unreached", "gap_m")


def write_plan(plan: Plan, target: Path) -> None:
    """Write the plan; the file is replaced when it is complete.

    Raises
    ------
    ProductError
        If it cannot be written, such as on a full disk.
    """
    needs = plan.needs[[*NEED_COLUMNS, "geometry"]]
    with replaced(target) as part, steady(target.name):
        pyogrio.write_dataframe(plain(plan.signs), part, layer=LAYERS[0], driver="GPKG", geometry_type="Point")
        for table, layer in ((plan.lines, LAYERS[1]), (plan.summary, LAYERS[3])):
            pyogrio.write_dataframe(table, part, layer=layer, driver="GPKG", append=True)
        pyogrio.write_dataframe(plain(needs), part, layer=LAYERS[2], driver="GPKG", geometry_type="Point", append=True)
        require_whole(part, (LAYERS[0], LAYERS[2]))


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
