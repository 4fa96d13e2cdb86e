"""The ranking as somebody asks for it: filters, weights of their own, and what would change the first ten."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from pydantic import BaseModel, Field

from geo import products
from geo.brownfields.answers import wide
from geo.brownfields.criteria import criteria, default_weights
from geo.brownfields.score import sensitivity, weights_of
from geo.brownfields.scores import Params, ranked
from geo.brownfields.sheets import plain
from geo.errors import RequestError, UnknownNameError

LAYERS: Final = ("brownfields", "brownfield_facts", "brownfield_scores")
DECIMALS: Final = 4
NO_SITE: Final = "found no site, expected at least one, widen the filters (certainty=all takes every site)"


class Filters(BaseModel, frozen=True, extra="forbid"):
    """Which sites are ranked among themselves.

    Attributes
    ----------
    certainty
        "curated" (the default: curated and declared), "all", or one certainty.
    commune, epci
        INSEE code; SIREN or short name.
    status
        Of the CNIG standard, such as "friche sans projet".
    min_area_ha
        Least net area, else stated area; sites of unknown area are kept out when it is above 0.
    """

    certainty: str = Field(default="checked", max_length=20)
    commune: str | None = None
    epci: str | None = Field(default=None, max_length=40)
    status: str | None = Field(default=None, max_length=60)
    min_area_ha: float = Field(default=0.0, ge=0, le=1e5, allow_inf_nan=False)


CHECKED: Final = ("curated", "declared", "surveyed", "sourced", "estimated", "synthetic")
"""What "checked" takes: all but historical records that nobody verified."""


class Ground(NamedTuple):
    """What is kept in memory until it is built again."""

    sites: gpd.GeoDataFrame
    answers: pd.DataFrame
    plain_kwh_per_kwp: float


def rank(
    processed: Path, filters: Filters, params: Params, *, weights: Mapping[str, float], limit: int
) -> dict[str, Any]:
    """Return the sites in order with their intervals, the weights used, and what would change the first ones.

    Raises
    ------
    MissingDataError
        If the layers have not been built.
    UnknownNameError
        If no site is left.
    RequestError
        If a weight is of no criterion, or all are 0.
    """
    ground = read_ground(processed, mark(processed))
    chosen = params.model_copy(update={"weights": params.weights | dict(weights)})
    used = weights_of(criteria(), chosen.weights)
    sites = filtered(ground.sites, filters, processed)
    if sites.empty:
        raise UnknownNameError(NO_SITE)
    table = ranked(sites, ground.answers, chosen, plain_kwh_per_kwp=ground.plain_kwh_per_kwp)
    moves = sensitivity(ground.answers.reindex(sites["id"]), chosen.scoring)
    return {
        "sites": records(table.drop(columns=["geometry", "site_id"]).head(limit)),
        "numberMatched": len(table),
        "weights": {each.id: float(weight) for each, weight in zip(criteria(), used, strict=True)},
        "default_weights": dict(default_weights()),
        "sensitivity": {
            "by_weight": records(moves.by_weight[moves.by_weight["number"] > 0]),
            "by_unknown": records(moves.by_unknown),
        },
        "confidence": chosen.confidence,
        "estimate": True,
        "credit": products.read_provenance(products.table_path("brownfield_scores", processed)).credit_line(),
    }


def filtered(sites: gpd.GeoDataFrame, filters: Filters, processed: Path) -> gpd.GeoDataFrame:
    """Return the sites that pass."""
    keep = np.ones(len(sites), dtype=bool)
    if filters.certainty == "checked":
        keep &= sites["certainty"].isin(CHECKED).to_numpy(dtype=bool)
    elif filters.certainty != "all":
        keep &= (sites["certainty"] == filters.certainty).to_numpy(dtype=bool, na_value=False)
    codes = communes_of(filters, processed)
    if codes is not None:
        held = sites["insee"].fillna("").map(lambda text: bool(codes & set(text.split("|"))))
        keep &= held.to_numpy(dtype=bool)
    if filters.status is not None:
        keep &= (sites["status"] == filters.status).to_numpy(dtype=bool, na_value=False)
    if filters.min_area_ha > 0:
        area = sites["net_area_m2"].astype("float64").fillna(sites["area_m2"].astype("float64"))
        keep &= (area / 1e4 >= filters.min_area_ha).to_numpy()
    return gpd.GeoDataFrame(sites[keep])


def communes_of(filters: Filters, processed: Path) -> frozenset[str] | None:
    """Return the codes that the filters name; None for everywhere.

    Raises
    ------
    RequestError
        If both a commune and an EPCI are named.
    UnknownNameError
        If there is no such EPCI.
    """
    if filters.commune is not None and filters.epci is not None:
        raise RequestError("found commune and epci together, expected one of them, remove the other")
    if filters.commune is not None:
        return frozenset({filters.commune})
    if filters.epci is None:
        return None
    epci = products.read_table("epci", processed)
    found = epci[(epci["id"] == filters.epci) | (epci["short"] == filters.epci)]
    if found.empty:
        raise UnknownNameError(f"found no EPCI of that name, expected one of {', '.join(epci['short'])}, correct it")
    return frozenset(str(found["insee"].iloc[0]).split("|"))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows for JSON; unknown is null."""
    rounded = table.round(DECIMALS)
    return [{str(name): plain(value) for name, value in row.items()} for row in rounded.to_dict("records")]


def mark(processed: Path) -> tuple[int, ...]:
    """Return a mark that changes when a layer is built again."""
    paths = [products.table_path(name, processed) for name in LAYERS]
    return tuple(path.stat().st_mtime_ns for path in paths if path.is_file())


@lru_cache(maxsize=2)
def read_ground(processed: Path, _: tuple[int, ...]) -> Ground:
    """Return sites and answers, read once."""
    sites = products.read_table("brownfields", processed)
    facts = products.read_columns("brownfield_facts", processed, ["site_id", "criterion", "value"])
    scores = products.read_columns("brownfield_scores", processed, ["id", "yield_kwh_per_kwp"])
    answers = wide(facts)
    own = answers["yield_kwh_per_kwp"] if "yield_kwh_per_kwp" in answers else pd.Series(dtype="float64")
    elsewhere = scores[~scores["id"].isin(own.dropna().index)]["yield_kwh_per_kwp"]
    return Ground(sites, answers, float(elsewhere.iloc[0]) if len(elsewhere) else float("nan"))
