"""The ranked brownfields: our score with its interval, the published index beside it, power and energy as a range."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from geo.brownfields.answers import for_the_matrix, net_area_ha, wide, yield_range
from geo.brownfields.matrix import published
from geo.brownfields.potential import Economics, economics, power_and_energy
from geo.brownfields.score import ScoreParams, score_sites
from geo.catalogue.scores import BROWNFIELD_SCORES
from geo.light.production import hourly_yield
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import weather_years
from geo.weather import Weather

Floats = NDArray[np.float64]

LAYER = BROWNFIELD_SCORES
KEPT = ("id", "name", "insee", "commune", "source", "synthetic", "certainty", "geometry")
PERCENT = 100.0
FACTS = ("site_id", "criterion", "value")


class Params(ScoreParams, frozen=True, extra="forbid"):
    """What a town may choose, beside the weights and points of the score.

    Attributes
    ----------
    rack_tilt_deg
        Of the racks of a plant; they face south.
    yield_spread
        Relative half-width of the yield's range: two standard deviations of a year, the light and the system, as the
        solar cadastre counts them, rounded. An assumption.
    economics
        Ratios in place of those of `ratios.toml`.
    """

    rack_tilt_deg: float = Field(default=25.0, ge=0, le=60)
    yield_spread: float = Field(default=0.1, ge=0, lt=1)
    economics: dict[str, float] = Field(default_factory=dict)

    @property
    def scoring(self) -> ScoreParams:
        """Return the choices of the score alone."""
        return ScoreParams.model_validate({name: getattr(self, name) for name in ScoreParams.model_fields})


class Inputs(NamedTuple):
    """The inventory, what is known of each site, and a weather year with the place that it stands for."""

    sites: gpd.GeoDataFrame
    facts: pd.DataFrame
    weather: Weather
    center: tuple[float, float]


def load(raw: RawFolder) -> Inputs:
    """Read the finished layers and the weather."""
    facts = raw.product("brownfield_facts")
    return Inputs(raw.product("brownfields"), facts, weather_years.read(raw), raw.territory.center)


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per site, the best first."""
    plain = unshaded_yield(inputs.weather, inputs.center, params.rack_tilt_deg)
    table = ranked(inputs.sites, wide(inputs.facts[list(FACTS)]), params, plain_kwh_per_kwp=plain)
    unknown = int(table["net_area_ha"].isna().sum())
    notes = (
        (Note(action="flagged", reason="site of unknown area: no power is given", count=unknown),) if unknown else ()
    )
    return Outcome(table, notes)


def ranked(
    sites: gpd.GeoDataFrame, answers: pd.DataFrame, params: Params, *, plain_kwh_per_kwp: float
) -> gpd.GeoDataFrame:
    """Return the scores of some sites, the best first, excluded ones last.

    Parameters
    ----------
    sites
        Rows of the layer `brownfields`.
    answers
        Of `wide`, any sites.
    params
        Choices.
    plain_kwh_per_kwp
        Yield where the engine has not computed the site.
    """
    known = answers.reindex(sites["id"])
    scored = excluded_last(score_sites(known, params.scoring))
    index = published(for_the_matrix(known, pd.Series(site_area_m2(sites), index=known.index)))
    energy = potential(known, economics(params.economics), params, plain_kwh_per_kwp)
    columns = pd.concat([scored, energy], axis=1).reset_index(drop=True)
    table = sites.reset_index(drop=True)[list(KEPT)]
    table = table.assign(
        **{str(name): columns[name] for name in columns if name != "excluded_by"},
        excluded_by=columns["excluded_by"].where(columns["excluded_by"] != "", None),
        site_id=table["id"],
        published_index=PERCENT * index.index,
        published_reliability=PERCENT * index.reliability,
    )
    return gpd.GeoDataFrame(table.sort_values(["rank", "id"], na_position="last").reset_index(drop=True))


def excluded_last(scored: pd.DataFrame) -> pd.DataFrame:
    """Return the scores with ranks for excluded sites too: after all others, in the order of their scores.

    At best, every site that an unknown could still exclude is so, and none but the excluded ones' own order counts.
    """
    out = scored["excluded_by"] != ""
    free, number = int((~out).sum()), len(scored)
    sure = int((~out & ~scored["may_be_excluded"].astype(bool)).sum())
    place = scored.loc[out, "score"].rank(method="min", ascending=False).astype("Int64") + free
    ends = {"rank_best": sure + 1, "rank_worst": number, "rank_likely_best": free + 1, "rank_likely_worst": number}
    filled = {name: scored[name].astype("Int64").mask(out, value) for name, value in ends.items()}
    filled["rank"] = scored["rank"].astype("Int64").fillna(place.reindex(scored.index))
    return scored.assign(**filled)


def site_area_m2(sites: gpd.GeoDataFrame) -> Floats:
    """Return the area of each site's outline, else the stated one; NaN where unknown."""
    drawn, stated = (sites[name].astype("float64").to_numpy() for name in ("drawn_area_m2", "area_m2"))
    area: Floats = np.where(np.isnan(drawn), stated, drawn)
    return area


def potential(answers: pd.DataFrame, chosen: Economics, params: Params, plain_kwh_per_kwp: float) -> pd.DataFrame:
    """Return power and energy of each site as a range, with the area and the yield that they rest on."""
    area = net_area_ha(answers)
    yields = yield_range(answers, plain_kwh_per_kwp=plain_kwh_per_kwp, spread=params.yield_spread)
    return power_and_energy(area, yields, chosen).assign(net_area_ha=area, yield_kwh_per_kwp=yields["mid"])


def unshaded_yield(weather: Weather, center: tuple[float, float], tilt_deg: float) -> float:
    """Return the yearly yield of unshaded racks that face south. kWh/kWc."""
    longitude_deg, latitude_deg = center
    hours = hourly_yield(
        weather, tilt_deg=tilt_deg, azimuth_deg=180.0, latitude_deg=latitude_deg, longitude_deg=longitude_deg
    )
    return float(hours.sum())
