"""What a brownfield could carry: peak power as a range, energy, a simple flow of money, and whether the grid takes it.

Ratios are data in `ratios.toml`, each with its source and date. No loan, tax on profits, inflation, soil treatment or
grid extension is counted: an order of magnitude to compare sites, not an offer. Glossary: kWp, MWp = kWc, MWc;
levelised cost = coût actualisé de l'énergie (LCOE).
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from geo.config import read_toml
from geo.dated import Figure, Source, figures
from geo.errors import RequestError
from geo.kernels.cash import discount, internal_rate, payback_years, present_value

Floats = NDArray[np.float64]

FILE: Final = Path(__file__).with_name("ratios.toml")
CASES: Final = ("low", "mid", "high")

Fit = Literal["fits", "depends", "does_not_fit", "unknown"]


class Density(BaseModel, frozen=True, extra="forbid"):
    """Peak power on net area. MWp/ha."""

    low: Figure
    mid: Figure
    high: Figure


class Sale(BaseModel, frozen=True, extra="forbid"):
    """What the electricity is sold for, and how long."""

    price_eur_per_mwh: Figure
    years: Figure


class Assumptions(BaseModel, frozen=True, extra="forbid"):
    """What no source settles."""

    discount_rate: Figure
    decline_per_year: Figure


class Ratios(BaseModel, frozen=True, extra="forbid"):
    """The ratios of one period."""

    name: str
    valid_from: date
    valid_until: date
    validity_basis: str
    sources: dict[str, Source]
    density_mwp_per_ha: Density
    invest_eur_per_kwp: dict[str, Figure]
    yearly_eur_per_kwp: dict[str, Figure]
    sale: Sale
    assumptions: Assumptions

    @model_validator(mode="after")
    def _holds_together(self) -> "Ratios":
        """Refuse dates or densities in the wrong order, and sources that are not listed."""
        if self.valid_from > self.valid_until:
            raise ValueError(f"valid_from {self.valid_from} is after valid_until {self.valid_until}")
        density = self.density_mwp_per_ha
        if not 0 < density.low.value <= density.mid.value <= density.high.value:
            raise ValueError("densities must be positive and rise from low to high")
        if unknown := {figure.source for figure in figures(self) if figure.source} - set(self.sources):
            raise ValueError(f"unknown sources {sorted(unknown)}; list them under [sources]")
        return self

    def check_validity(self, on: date) -> str | None:
        """Return what to tell the user when the ratios do not hold on a day, else None."""
        if on < self.valid_from:
            return f"Ratios {self.name} hold from {self.valid_from}: not yet on {on}."
        if on > self.valid_until:
            return f"Ratios {self.name} held until {self.valid_until}: costs and prices may differ on {on}."
        return None


class Economics(BaseModel, frozen=True, extra="forbid"):
    """What a town or a request may choose; the defaults are those of `ratios.toml` (`economics`)."""

    density_low: float = Field(gt=0, le=10)
    density_mid: float = Field(gt=0, le=10)
    density_high: float = Field(gt=0, le=10)
    invest_eur_per_kwp: float = Field(ge=0, le=1e5)
    yearly_eur_per_kwp: float = Field(ge=0, le=1e5)
    price_eur_per_mwh: float = Field(ge=0, le=1e5)
    years: int = Field(ge=1, le=60)
    discount_rate: float = Field(gt=-0.9, le=1)
    decline_per_year: float = Field(ge=0, lt=1)

    @model_validator(mode="after")
    def _rises(self) -> "Economics":
        """Refuse densities out of order."""
        if not self.density_low <= self.density_mid <= self.density_high:
            raise ValueError("densities must rise from low to high")
        return self


class Worth(NamedTuple):
    """What a plant costs and earns. Euros; `internal_rate` and `payback_years` are None where there is none."""

    invest_eur: float
    yearly_cost_eur: float
    first_year_sale_eur: float
    net_present_value_eur: float
    internal_rate: float | None
    payback_years: float | None
    levelised_cost_eur_per_mwh: float | None


@cache
def ratios() -> Ratios:
    """Read the dated ratios.

    Raises
    ------
    ConfigError
        If the file does not hold together.
    """
    return read_toml(FILE, Ratios)


def economics(chosen: Mapping[str, float] | None = None) -> Economics:
    """Return the ratios as plain numbers, those chosen in place of the dated ones.

    Raises
    ------
    RequestError
        If a name is unknown, or a number makes no sense.
    """
    dated, density = ratios(), ratios().density_mwp_per_ha
    defaults = {
        "density_low": density.low.value,
        "density_mid": density.mid.value,
        "density_high": density.high.value,
        "invest_eur_per_kwp": sum(figure.value for figure in dated.invest_eur_per_kwp.values()),
        "yearly_eur_per_kwp": sum(figure.value for figure in dated.yearly_eur_per_kwp.values()),
        "price_eur_per_mwh": dated.sale.price_eur_per_mwh.value,
        "years": dated.sale.years.value,
        "discount_rate": dated.assumptions.discount_rate.value,
        "decline_per_year": dated.assumptions.decline_per_year.value,
    }
    try:
        return Economics.model_validate(defaults | dict(chosen or {}))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise RequestError(f"ratios: {reason}; known are {', '.join(defaults)}; correct it") from error


def power_and_energy(net_area_ha: pd.Series, yields: pd.DataFrame, chosen: Economics) -> pd.DataFrame:
    """Return the range of peak power, and of energy of the first year, of each site.

    Parameters
    ----------
    net_area_ha
        Left after slope, shade, buildings and exclusions. Hectares, >= 0, NaN where unknown.
    yields
        Columns `low`, `mid`, `high`: kWh/kWp a year on the site, tilted racks, slope and shade included; same index.
    chosen
        Densities.

    Returns
    -------
    `mwp_low`, `mwp_mid`, `mwp_high` and `mwh_low`, `mwh_mid`, `mwh_high` (low density with low yield, and so on); NaN
    where unknown; same index.

    Raises
    ------
    ValueError
        If an area is negative, or yields do not rise from low to high.
    """
    rising = (yields["low"] <= yields["mid"]) & (yields["mid"] <= yields["high"])
    if (net_area_ha < 0).any() or not (rising | yields[list(CASES)].isna().any(axis=1)).all():
        raise ValueError("areas must be at least 0 and yields rise from low to high")
    found = {f"mwp_{case}": net_area_ha * getattr(chosen, f"density_{case}") for case in CASES}
    # A MWp that yields y kWh/kWp gives y MWh.
    found |= {f"mwh_{case}": found[f"mwp_{case}"] * yields[case] for case in CASES}
    return pd.DataFrame(found)


def worth(mwp: float, yield_kwh_per_kwp: float, chosen: Economics) -> Worth:
    """Return what a plant is worth: invested at once, then sales less yearly costs at the end of each year.

    Parameters
    ----------
    mwp
        Peak power. MWp, >= 0.
    yield_kwh_per_kwp
        Of the first year, >= 0; later ones decline.
    chosen
        Costs, price, years, rates.

    Raises
    ------
    ValueError
        If power or yield is negative or no number.

    References
    ----------
    Levelised cost: present value of all costs over that of all energy, both at the discount rate; Short, Packey and
    Holt (1995), NREL/TP-462-5173, https://doi.org/10.2172/35391.
    """
    if not (0 <= mwp < np.inf and 0 <= yield_kwh_per_kwp < np.inf):
        raise ValueError(f"power and yield must be numbers of at least 0, got {mwp} and {yield_kwh_per_kwp}")
    per_kwp = _flows(yield_kwh_per_kwp, chosen)
    flows = per_kwp.flows
    kwp = mwp * 1000
    energy_mwh = present_value(per_kwp.energy_mwh, chosen.discount_rate)
    cost = (
        chosen.invest_eur_per_kwp
        + chosen.yearly_eur_per_kwp * discount(chosen.years + 1, chosen.discount_rate)[1:].sum()
    )
    return Worth(
        invest_eur=chosen.invest_eur_per_kwp * kwp,
        yearly_cost_eur=chosen.yearly_eur_per_kwp * kwp,
        first_year_sale_eur=float(per_kwp.energy_mwh[1]) * chosen.price_eur_per_mwh * kwp,
        net_present_value_eur=present_value(flows, chosen.discount_rate) * kwp,
        internal_rate=internal_rate(flows),
        payback_years=payback_years(flows),
        levelised_cost_eur_per_mwh=cost / energy_mwh if energy_mwh > 0 else None,
    )


def worth_of_cases(potential: pd.DataFrame, yields: pd.DataFrame, chosen: Economics) -> pd.DataFrame:
    """Return the worth of each site in its three cases, columns as in `Worth` with `_low`, `_mid`, `_high`.

    Parameters
    ----------
    potential, yields
        Of, and as for, `power_and_energy`. Where either is unknown, so is the worth.
    """
    columns: dict[str, list[float | None]] = {}
    for case in CASES:
        pairs = zip(potential[f"mwp_{case}"], yields[case], strict=True)
        found = [None if np.isnan(mwp) or np.isnan(each) else worth(mwp, each, chosen) for mwp, each in pairs]
        for place, name in enumerate(Worth._fields):
            columns[f"{name}_{case}"] = [None if one is None else one[place] for one in found]
    return pd.DataFrame(columns, index=potential.index, dtype=np.float64)


def connection(potential: pd.DataFrame, remaining_mw: pd.Series) -> pd.Series:
    """Return whether the capacity left on the grid takes the plant.

    Peak power is compared with grid power as if inverters had the power of the modules: on the safe side.

    Parameters
    ----------
    potential
        Of `power_and_energy`.
    remaining_mw
        Capacity left at the substation. MW, NaN where unknown; same index.

    Returns
    -------
    "fits" even at the high density, "depends" on the density, "does_not_fit" even at the low one, or "unknown".
    """
    left, low, high = (
        each.to_numpy(dtype=np.float64) for each in (remaining_mw, potential["mwp_low"], potential["mwp_high"])
    )
    fit = np.select(
        [np.isnan(left) | np.isnan(low), high <= left, low > left], ["unknown", "fits", "does_not_fit"], "depends"
    )
    return pd.Series(fit, index=potential.index, dtype="object")


class _Flows(NamedTuple):
    """One kWp: money and energy at the end of years 0, 1, ..., shape (years + 1,). €, MWh."""

    flows: Floats
    energy_mwh: Floats


def _flows(yield_kwh_per_kwp: float, chosen: Economics) -> _Flows:
    """Return the flows of one kWp."""
    year = np.arange(chosen.years + 1)
    energy_mwh = np.where(year > 0, yield_kwh_per_kwp / 1000 * (1 - chosen.decline_per_year) ** (year - 1.0), 0.0)
    flows = energy_mwh * chosen.price_eur_per_mwh - np.where(
        year > 0, chosen.yearly_eur_per_kwp, chosen.invest_eur_per_kwp
    )
    return _Flows(flows, energy_mwh)
