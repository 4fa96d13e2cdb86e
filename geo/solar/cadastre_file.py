"""The cadastre as a file: footprints in, a GeoPackage out."""

from importlib.metadata import version
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.errors import CrsError, MissingDataError, SourceError
from geo.products import replaced
from geo.raster import Raster
from geo.solar.cadastre import Cadastre
from geo.sources import bdtopo
from geo.weather import Weather

ID_COLUMNS: Final = ("id", "building_id", "ID", "cleabs", "fid")
"""Where footprints keep their id: ours, then BD TOPO's; else the row's number."""


def read_buildings(path: Path, surface: Raster) -> gpd.GeoDataFrame:
    """Return footprints with a text `id`, in the CRS of the surface model.

    Raises
    ------
    MissingDataError
        If the file is absent.
    SourceError
        If it cannot be read or holds nothing.
    CrsError
        If it states no CRS, or the surface model has none.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected footprints; check --buildings")
    try:
        table = gpd.read_parquet(path) if path.suffix == ".parquet" else gpd.read_file(path)
    except (ValueError, OSError, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise SourceError(
            f"{path} cannot be read ({str(error).splitlines()[0]}); is it whole? export it again"
        ) from error
    if not isinstance(table, gpd.GeoDataFrame) or table.empty:
        raise SourceError(f"{path} holds no footprint; expected polygons; export it again")
    if table.crs is None or surface.crs is None:
        lacking = path if table.crs is None else "the surface model"
        raise CrsError(f"{lacking} states no CRS; expected a projected one in metres; assign it first")
    column = next((name for name in ID_COLUMNS if name in table.columns), None)
    ids = table[column].astype("string") if column else pd.Series(range(1, len(table) + 1), dtype="string")
    table = table.rename(columns=bdtopo.HEIGHTS | {"HAUTEUR": "height_m"})
    horizontal = surface.crs.sub_crs_list[0] if surface.crs.is_compound else surface.crs
    return table.assign(id=ids.to_numpy()).to_crs(horizontal).reset_index(drop=True)


def write_cadastre(cadastre: Cadastre, weather: Weather, path: Path) -> Path:
    """Write planes, buildings and panels as layers of one GeoPackage, whole or not at all."""
    credit = f"{weather.source} {weather.period}; artois {version('artois')}"
    layers = {
        "roof_segments": cadastre.segments.drop(columns="id").assign(credit=credit),
        "buildings": cadastre.buildings.assign(building_id=cadastre.buildings["id"], credit=credit),
        "panels": cadastre.panels,
    }
    with replaced(path) as part:
        for name, table in layers.items():
            plain = table[own_names(table)]
            pyogrio.write_dataframe(
                plain, part, layer=name, driver="GPKG", append=part.exists(), promote_to_multi=False
            )
    return path


def own_names(table: gpd.GeoDataFrame) -> list[str]:
    """Return the columns that a GeoPackage can hold: of names that differ by case alone the last, and no `fid`."""
    last = {str(column).lower(): str(column) for column in table.columns}
    return [column for column in map(str, table.columns) if last[column.lower()] == column and column.lower() != "fid"]
