"""People by squares of 200 m (INSEE, Filosofi): `insee/*200m*` as GeoPackage, CSV or GeoParquet.

Columns: ind = people, men = households, men_pauv = poor households, ind_snv = sum of the standards of living.
Reference: INSEE, Revenus, pauvreté et niveau de vie, données carroyées, dictionnaire des variables.
"""

from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS, Transformer

from geo.crs import LAMBERT93
from geo.errors import SourceError
from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import UNREADABLE, first_line

CREDIT: Final = Credit(holder="INSEE, Filosofi, carreaux de 200 m", licence="Licence Ouverte 2.0")
PATTERNS: Final = ("insee/*200m*.gpkg", "insee/*200m*.csv", "insee/*200m*.parquet")
COLUMNS: Final = {
    "ind": "people",
    "men": "households",
    "men_pauv": "poor_households",
    "ind_snv": "living_standards_eur",
}
IDS: Final = ("idcar_200m", "idinspire", "idcar_200")
EUROPE: Final = CRS.from_epsg(3035)
SQUARE: Final = r"RES200mN(\d+)E(\d+)"
"""Where the id of a square says its south-west corner in EPSG:3035, in metres."""
SIDE_M: Final = 200.0


def find(raw: RawFolder) -> str | None:
    """Return the name of the first file of squares; None where there is none."""
    looks = [raw.find(pattern) for pattern in PATTERNS]  # all of them, so that each is recorded
    return next((names[0] for names in looks if names), None)


def read(name: str, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the inhabited squares within the territory's bounds, in Lambert-93.

    Columns: id, people, households, poor_households, living_standards_eur (sum over people), and the square itself,
    drawn from its id where the file has no geometry.

    Raises
    ------
    SourceError
        If the file cannot be read, lacks a column, or holds no square of the territory.
    """
    path = raw.file(name, CREDIT)
    box = territory_box(raw)
    try:
        table = open_squares(path, box)
    except UNREADABLE as error:
        raise SourceError(f"{path} cannot be read ({first_line(error)}); is it whole? fetch it again") from error
    named = with_our_names(table, path)
    squares = gpd.GeoDataFrame(named) if isinstance(table, gpd.GeoDataFrame) else drawn(named, path)
    here = squares.to_crs(LAMBERT93)
    inside = here[here.intersects(box) & (here["people"] > 0)].sort_values("id")
    if inside.empty:
        raise SourceError(f"{path} holds no inhabited square of the territory; expected some; is it the right file?")
    return gpd.GeoDataFrame(inside.reset_index(drop=True))


def territory_box(raw: RawFolder) -> shapely.Polygon:
    """Return the territory's bounds in Lambert-93."""
    bounds = Transformer.from_crs(4326, LAMBERT93, always_xy=True).transform_bounds(*raw.territory.bbox)
    return shapely.box(*bounds)


def open_squares(path: Path, box: shapely.Polygon) -> pd.DataFrame | gpd.GeoDataFrame:
    """Return the file as it is, cut to the bounds where its format can."""
    if path.suffix == ".csv":
        plain: pd.DataFrame = pd.read_csv(path)
        return plain
    if path.suffix == ".parquet":
        squares: gpd.GeoDataFrame = gpd.read_parquet(path)
        return squares
    crs = CRS.from_user_input(pyogrio.read_info(path)["crs"])
    mask = Transformer.from_crs(LAMBERT93, crs, always_xy=True).transform_bounds(*box.bounds)
    near: gpd.GeoDataFrame = gpd.read_file(path, bbox=mask)
    return near


def with_our_names(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """Return the columns that we use under our names, whatever the case of theirs."""
    lower = {str(column).lower(): column for column in table.columns}
    key = next((name for name in IDS if name in lower), None)
    if missing := [name for name in (*COLUMNS, *([] if key else [IDS[0]])) if name not in lower]:
        raise SourceError(f"{path} lacks the columns {', '.join(missing)}; expected INSEE's squares; fetch them again")
    wanted = {lower[name]: ours for name, ours in COLUMNS.items()} | {lower[str(key)]: "id"}
    kept = [*wanted, *(["geometry"] if "geometry" in table.columns else [])]
    named = table[kept].rename(columns=wanted)
    return named.assign(
        id=named["id"].astype("string"),
        **{ours: pd.to_numeric(named[ours], errors="coerce").fillna(0.0) for ours in COLUMNS.values()},
    )


def drawn(table: pd.DataFrame, path: Path) -> gpd.GeoDataFrame:
    """Return the squares that the ids name."""
    corner = table["id"].str.extract(SQUARE)
    if corner.isna().any(axis=None):
        example = table["id"][corner[0].isna()].iloc[0]
        raise SourceError(f"{path} has the id {example!r}; expected CRS3035RES200mN…E…; fetch the file again")
    south, west = (corner[column].astype(np.float64).to_numpy() for column in (0, 1))
    boxes = shapely.box(west, south, west + SIDE_M, south + SIDE_M)
    return gpd.GeoDataFrame(table, geometry=boxes, crs=EUROPE)
