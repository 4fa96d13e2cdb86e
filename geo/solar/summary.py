"""Territory figures: what the roofs of a commune, an EPCI or the whole territory could do."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from geo import products
from geo.errors import UnknownNameError

SIZES_KWP: Final = (0.0, 3.0, 9.0, 36.0, 100.0, float("inf"))
SIZE_NAMES: Final = ("0-3", "3-9", "9-36", "36-100", "100+")
"""kWc: the size classes of the French tariffs."""

TOP: Final = 10
PUBLIC_KINDS: Final = ("school", "Sportif", "Religieux")
"""Kinds of building held by public bodies, as far as their source tells."""


def summarise(processed: Path, *, codes: frozenset[str] | None) -> dict[str, Any]:
    """Return totals and distributions of the roofs in some communes (INSEE codes), in all of them by default.

    Raises
    ------
    MissingDataError
        If the cadastre has not been built.
    UnknownNameError
        If there is no roof in these communes.
    """
    buildings, segments = tables(processed, mark(processed))
    if codes is not None:
        buildings = buildings[within(buildings["insee"], codes)]
        segments = segments[segments["building_id"].isin(buildings["id"])]
    if buildings.empty:
        raise UnknownNameError(
            "found no roof there, expected a commune or EPCI with roofs in the cadastre, see /layers"
        )
    return {
        "totals": totals(buildings),
        "by_suitability": by_suitability(segments),
        "by_size_kwp": by_size(buildings),
        "by_commune": {str(code): totals(group) for code, group in buildings.groupby(main_commune(buildings["insee"]))},
        "top_roofs": top(buildings),
        "public_buildings": totals(buildings[buildings["kind"].isin(PUBLIC_KINDS)]),
    }


def totals(buildings: pd.DataFrame) -> dict[str, float]:
    """Return the sums of some buildings, units in the names."""
    return {
        "roofs": len(buildings),
        "roof_area_m2": round(float(buildings["roof_area_m2"].sum()), 1),
        "usable_area_m2": round(float(buildings["usable_area_m2"].sum()), 1),
        "panels": int(buildings["panels"].sum()),
        "power_mwp": round(float(buildings["kwp"].sum()) / 1e3, 6),
        "yield_p50_gwh": round(float(buildings["yield_p50_kwh"].sum()) / 1e6, 6),
        "yield_p90_gwh": round(float(buildings["yield_p90_kwh"].sum()) / 1e6, 6),
    }


def by_suitability(segments: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return planes, area, power and yield of each suitability class."""
    return {
        str(name): {
            "segments": len(group),
            "area_m2": round(float(group["area_m2"].sum()), 1),
            "power_mwp": round(float(group["kwp"].sum()) / 1e3, 6),
            "yield_p50_gwh": round(float(group["yield_p50_kwh"].sum()) / 1e6, 6),
        }
        for name, group in segments.groupby("suitability")
    }


def by_size(buildings: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the totals of each class of possible power; roofs that hold no panel are left out."""
    classes = pd.cut(buildings["kwp"], SIZES_KWP, labels=SIZE_NAMES)
    return {str(name): totals(group) for name, group in buildings.groupby(classes, observed=False)}


def top(buildings: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the roofs that could yield most."""
    first = buildings.nlargest(TOP, "yield_p50_kwh")
    wanted = ["id", "name", "commune", "roof_area_m2", "kwp", "yield_p50_kwh"]
    plain = first[wanted].astype(object).where(first[wanted].notna(), None)
    return [dict(zip(wanted, row, strict=True)) for row in plain.itertuples(index=False)]


def within(codes: pd.Series, wanted: frozenset[str]) -> pd.Series:
    """Tell for each row whether its main commune is wanted."""
    return main_commune(codes).isin(wanted)


def main_commune(codes: pd.Series) -> pd.Series:
    """Return the commune that holds most of each row; empty where none does."""
    return codes.fillna("").str.split("|").str[0]


def epci_codes(processed: Path, key: str) -> frozenset[str]:
    """Return the communes of an EPCI, by its SIREN or short name.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    epci = products.read_table("epci", processed)
    found = epci[(epci["id"] == key) | (epci["short"] == key)]
    if found.empty:
        raise UnknownNameError(f"found no EPCI of that name, expected one of {', '.join(epci['short'])}, correct it")
    return frozenset(str(found["insee"].iloc[0]).split("|"))


def mark(processed: Path) -> tuple[int, ...]:
    """Return a mark that changes when the cadastre is built again."""
    paths: Iterable[Path] = (products.table_path(name, processed) for name in ("buildings", "roof_segments"))
    return tuple(path.stat().st_mtime_ns for path in paths if path.is_file())


@lru_cache(maxsize=2)
def tables(processed: Path, _: tuple[int, ...]) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return buildings and planes, kept in memory until they are built again."""
    return products.read_table("buildings", processed), products.read_table("roof_segments", processed)
