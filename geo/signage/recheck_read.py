"""What is written on signs, from a plan, from anybody's CSV, or from the register."""

import logging
import re
from pathlib import Path
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from geo.crs import LAMBERT93
from geo.errors import MissingDataError, SourceError
from geo.names import plain, words
from geo.register.database import Register
from geo.register.export import blade_table, sign_table
from geo.register.people import Actor
from geo.signage.plan_file import read_plan
from geo.sources.files import numbers, read_csv

logger = logging.getLogger(__name__)

COLUMNS: Final = {"sign": "sign", "lon": "lon", "lat": "lat", "park_id": "park_id", "distance_km": "distance_km"}
BEARING: Final = "bearing_deg"
ON_WAYS: Final = ("direction", "marker")
"""Roles of the signs of a plan that stand on ways."""
GONE: Final = ("removed", "cancelled")
"""States of signs of the register that nobody reads."""
PRINTED_KM: Final = re.compile(r"[\s,:;-]*\b\d+(?:[.,]\d+)?\s*k?m\s*$", re.IGNORECASE)
M_PER_KM: Final = 1000.0


class Told(NamedTuple):
    """Signs (`id`, point) and their lines: `sign`, `park_id`, `distance_m`, `bearing_deg`, missing where unknown."""

    signs: gpd.GeoDataFrame
    lines: pd.DataFrame


def from_plan(path: Path) -> Told:
    """Return the signs of a plan that stand on ways, and the lines of the directional ones."""
    signs, lines = read_plan(path)
    kept = signs[signs["role"].isin(ON_WAYS) | signs["id"].isin(lines["sign"])]
    return Told(kept.reset_index(drop=True), lines)


def from_csv(path: Path) -> Told:
    """Return the signs and lines of a CSV: sign, lon, lat (WGS84), park_id, distance_km; bearing_deg where it has it.

    Raises
    ------
    MissingDataError, SourceError
        If the file is not there, lacks a column, or holds no numbers where numbers are meant.
    """
    if not path.is_file():
        raise MissingDataError(f"{path} is absent; expected a CSV of {', '.join(COLUMNS)}; check --signs")
    table = read_csv(path, COLUMNS)
    bearing = numbers(read_csv(path, {BEARING: BEARING})[BEARING], path) if has_bearings(path) else float("nan")
    table = table.assign(**{name: numbers(table[name], path) for name in ("lon", "lat", "distance_km")})
    if table[list(COLUMNS)].isna().any(axis=None):
        raise SourceError(f"{path} has empty cells; expected every line with {', '.join(COLUMNS)}; fill them in")
    to_metres = pyproj.Transformer.from_crs(4326, LAMBERT93, always_xy=True)
    x, y = to_metres.transform(table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float))
    if not (np.isfinite(x) & np.isfinite(y)).all():
        raise SourceError(
            f"{path} has a place that is none on Earth; expected lon and lat in WGS84 degrees; correct it"
        )
    points = gpd.GeoDataFrame({"id": table["sign"]}, geometry=gpd.points_from_xy(x, y), crs=LAMBERT93)
    lines = table[["sign", "park_id"]].assign(distance_m=table["distance_km"] * M_PER_KM, bearing_deg=bearing)
    return Told(points.drop_duplicates("id").reset_index(drop=True), lines)


def has_bearings(path: Path) -> bool:
    """Tell whether the header of a CSV names bearings."""
    with path.open(encoding="utf-8-sig") as stream:
        return BEARING in re.split(r"[,;]", stream.readline().strip().replace('"', ""))


def from_register(register: Register, names: pd.Series, actor: Actor) -> Told:
    """Return the signs of the register with lines that name a park, whatever their state but removed or cancelled.

    Parameters
    ----------
    register
        The register.
    names
        Name of each park, by id; a line is a park's when it holds the same words, a printed distance left out.
    actor
        Who reads.

    Raises
    ------
    MissingDataError, RegisterError
        If there is no register, or it cannot be read.
    """
    with register, register.read() as database:
        signs, lines = sign_table(database, actor), blade_table(database, actor)
    present = signs[~signs["status"].isin(GONE)]
    said = lines[lines["text"].notna() & lines["code"].isin(present["code"])]
    said = said.assign(park_id=parks_named(said["text"], names))
    if (other := said["park_id"].isna()).any():
        example = said["text"][other].iloc[0]
        logger.warning("%d lines name no known park and are not checked (such as %r)", other.sum(), str(example)[:60])
    said = said[said["park_id"].notna()].rename(columns={"code": "sign"}).reset_index(drop=True)
    table = said[["sign", "park_id", BEARING]].assign(distance_m=said["distance_km"] * M_PER_KM)
    kept = present[present["code"].isin(said["sign"])].rename(columns={"code": "id"})
    return Told(gpd.GeoDataFrame(kept[["id", "geometry"]]).reset_index(drop=True), table)


def parks_named(texts: pd.Series, names: pd.Series) -> pd.Series:
    """Return the id of the park that each text names, missing where none or more than one does."""
    exact, alike = once(names.map(plain)), once(names.map(words))
    bare = texts.map(lambda text: PRINTED_KM.sub("", text))
    found = bare.map(lambda text: exact.get(plain(text)) or alike.get(words(text)))
    return found.astype("string")


def once(forms: pd.Series) -> dict[object, str]:
    """Return the id of each form that is of one park alone and not empty."""
    known = forms[forms.map(bool)]
    alone = known[~known.duplicated(keep=False)]
    return {form: str(park) for park, form in alone.items()}
