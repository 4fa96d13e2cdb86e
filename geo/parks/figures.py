"""Indicators of the parks as an answer: a commune, an EPCI or the whole territory."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from geo import products
from geo.errors import UnknownNameError
from geo.kernels.connectivity import probability_of_connectivity, strongest_paths
from geo.parks import nearest
from geo.parks.indicators import Params, chances

SUMMED: Final = (
    "population", "people_300m", "people_10min_straight", "people_10min_network", "poor_households_300m",
    "poor_households", "park_m2", "park_estimated_m2", "greenway_m", "entrances",
)  # fmt: skip
SHARES: Final = {
    "share_300m": "people_300m",
    "share_10min_straight": "people_10min_straight",
    "share_10min_network": "people_10min_network",
}
COMMUNE: Final = ("id", "name", "epci", "epci_siren", "population_origin", *SUMMED, *SHARES, "park_m2_per_head")
PARK: Final = (
    "id", "name", "state", "insee", "people_300m", "people_10min_straight", "people_10min_network",
    "m2_per_head_10min", "entrances", "greenway_near_m", "dpc",
)  # fmt: skip
DECIMALS: Final = 2


def indicators(
    processed: Path, *, params: Params | None = None, commune: str | None = None, epci: str | None = None
) -> dict[str, Any]:
    """Return the indicators of one commune (INSEE), of one EPCI (SIREN or short name) or of all; units in the names.

    Raises
    ------
    MissingDataError
        If they have not been built.
    UnknownNameError
        If there is no such commune or EPCI.
    """
    params = params or Params()
    everywhere = products.read_columns("commune_access", processed, list(COMMUNE))
    communes = everywhere
    if commune is not None:
        communes = everywhere[everywhere["id"] == commune]
    elif epci is not None:
        communes = everywhere[(everywhere["epci_siren"] == epci) | (everywhere["epci"] == epci)]
    if communes.empty:
        known = ", ".join(sorted(set(everywhere["epci"].dropna())))
        raise UnknownNameError(f"found nothing of that name, expected a commune's code or one of {known}, correct it")
    parks = products.read_columns("park_access", processed, list(PARK))
    codes = set(communes["id"])
    touching = parks["insee"].fillna("").map(lambda text: bool(codes & set(text.split("|"))))
    provenance = products.read_provenance(products.table_path("commune_access", processed))
    return {
        "totals": totals(communes),
        "communes": records(communes),
        "parks": records(parks[touching]),
        "connectivity": connectivity(processed, params) if commune is None and epci is None else None,
        "population_origin": str(communes["population_origin"].iloc[0]),
        "estimate": True,
        "params": provenance.params,
        "credit": provenance.credit_line(),
        "synthetic": provenance.synthetic,
        "built_at": provenance.built_at.isoformat(),
    }


def totals(communes: pd.DataFrame) -> dict[str, float | None]:
    """Return the sums over communes, the shares and the area per head that follow from them."""
    sums = {name: communes[name].astype("float64").sum(min_count=1) for name in SUMMED}
    people = sums["population"]
    shares = {name: 100.0 * sums[part] / people if people > 0 else np.nan for name, part in SHARES.items()}
    per_head = sums["park_m2"] / people if people > 0 else np.nan
    return {name: plain(value) for name, value in (sums | shares | {"park_m2_per_head": per_head}).items()}


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows for JSON; unknown is null."""
    return [{str(name): plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def plain(value: Any) -> Any:  # noqa: ANN401 - any cell
    """Return a cell for JSON: measures rounded, null for unknown."""
    if pd.isna(value):
        return None
    return round(float(value), DECIMALS) if isinstance(value, float | np.floating) else value


def connectivity(processed: Path, params: Params) -> dict[str, float | int | None]:
    """Return how far the ways of the territory hold together, and what would join its large parks."""
    ways = products.read_columns("greenways", processed, ["component", "length_m"]).dropna(subset=["component"])
    by_component = ways.groupby("component")["length_m"].sum()
    return {
        "components": int(by_component.size),
        "greenway_m": round(float(by_component.sum()), 1),
        "largest_component_m": round(float(by_component.max()), 1) if by_component.size else 0.0,
        "probability_of_connectivity": probability(processed, nearest.mark(processed), params),
        **joining_links(processed),
    }


def joining_links(processed: Path) -> dict[str, float | int | None]:
    """Return the shortest set of missing links that joins the large parks; the cost is null where none is known."""
    links = products.read_columns("greenway_links", processed, ["in_tree", "length_m", "cost_eur"])
    tree = links[links["in_tree"].fillna(False).astype(bool)]
    cost = tree["cost_eur"].astype("float64")
    return {
        "missing_links": len(links),
        "joining_links": len(tree),
        "joining_links_m": round(float(tree["length_m"].sum()), 1),
        "joining_links_eur": round(float(cost.sum()), 2) if len(cost) and cost.notna().all() else None,
    }


@lru_cache(maxsize=2)
def probability(processed: Path, _: tuple[int, ...], params: Params) -> float | None:
    """Return PC of the parks over the communes: two spots thrown at random fall into parks that connect.

    References
    ----------
    Saura and Pascual-Hortal (2007), https://doi.org/10.1016/j.landurbplan.2007.03.005
    """
    ground = nearest.read_ground(processed, nearest.mark(processed))
    parks = ground.parks.reset_index()
    area_m2 = parks["area_m2"].astype("float64").fillna(0.0).to_numpy()
    landscape_m2 = float(products.read_columns("communes", processed, ["area_km2"])["area_km2"].sum()) * 1e6
    if area_m2.sum() > landscape_m2:
        return None  # overlapping perimeters: the measure has no meaning
    strongest = strongest_paths(chances(parks, ground.net, params))
    return probability_of_connectivity(area_m2, strongest, landscape_m2=landscape_m2)
