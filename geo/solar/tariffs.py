"""Tariffs: what solar electricity earns, costs and emits, read from dated files.

A file holds only figures with their source, or marked as assumptions. Glossary: surplus sale = vente du surplus; full
sale = vente en totalité; premium = prime à l'autoconsommation; tender = appel d'offres.
"""

from datetime import date
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, Field, model_validator

from geo.config import ROOT, read_toml
from geo.dated import Figure, Source, figures
from geo.errors import MissingDataError, RequestError, UnknownNameError

FOLDER: Final = ROOT / "tariffs"

Mode = Literal["surplus", "full_sale"]


class SizeClass(BaseModel, frozen=True, extra="forbid"):
    """Prices up to, and with, a peak power; no full sale where its price is absent."""

    up_to_kwp: float = Field(gt=0)
    surplus_eur_per_kwh: Figure
    premium_eur_per_kwp: Figure
    full_sale_eur_per_kwh: Figure | None = None


class CostRange(BaseModel, frozen=True, extra="forbid"):
    """What an installation costs, from above one power up to another; a bound nobody gives is absent."""

    over_kwp: float = Field(ge=0)
    up_to_kwp: float | None = None
    vat: Literal["included", "excluded"]
    low_eur_per_wp: Figure | None = None
    high_eur_per_wp: Figure | None = None


class Contract(BaseModel, frozen=True, extra="forbid"):
    """How long the price of sale holds, and what comes after."""

    years: Figure
    price_after_eur_per_kwh: Figure


class CarbonFactors(BaseModel, frozen=True, extra="forbid"):
    """Greenhouse gases per kWh, in g CO2 equivalent."""

    mix_name: str
    mix_g_per_kwh: Figure
    pv_life_cycle_g_per_kwh: Figure


class Assumptions(BaseModel, frozen=True, extra="forbid"):
    """What no source settles; the retail price is only proposed to users, never used unasked."""

    retail_eur_per_kwh: Figure
    inverter_year: Figure
    inverter_eur_per_kwp: Figure


class Tariff(BaseModel, frozen=True, extra="forbid"):
    """The money of one period. Prices in euros."""

    name: str
    title: str
    valid_from: date
    valid_until: date
    tender: str
    sources: dict[str, Source]
    classes: tuple[SizeClass, ...] = Field(min_length=1)
    costs: tuple[CostRange, ...] = ()
    contract: Contract
    carbon: CarbonFactors
    assumptions: Assumptions

    @model_validator(mode="after")
    def _holds_together(self) -> "Tariff":
        """Refuse dates or sizes in the wrong order, and sources that are not listed."""
        if self.valid_from > self.valid_until:
            raise ValueError(f"valid_from {self.valid_from} is after valid_until {self.valid_until}")
        limits = [size.up_to_kwp for size in self.classes]
        if limits != sorted(set(limits)):
            raise ValueError(f"classes end at {limits} kWc; expected growing limits")
        if unknown := {figure.source for figure in figures(self) if figure.source} - set(self.sources):
            raise ValueError(f"unknown sources {sorted(unknown)}; list them under [sources]")
        return self

    def size_class(self, kwp: float) -> SizeClass:
        """Return the class of a peak power.

        Raises
        ------
        RequestError
            If the power is not positive, or too large for a fixed price.
        """
        if not kwp > 0:
            raise RequestError(f"the installation has {kwp:g} kWc; expected more than 0; choose some panels")
        for size in self.classes:
            if kwp <= size.up_to_kwp:
                return size
        raise RequestError(
            f"{kwp:g} kWc has no fixed price in {self.name}, which ends at {self.classes[-1].up_to_kwp:g} kWc: "
            f"{self.tender}; simulate a smaller installation"
        )

    def sale_eur_per_kwh(self, kwp: float, mode: Mode) -> float:
        """Return the price of a kWh sold during the contract.

        Raises
        ------
        RequestError
            If that size has no such offer.
        """
        size = self.size_class(kwp)
        if mode == "surplus":
            return size.surplus_eur_per_kwh.value
        if size.full_sale_eur_per_kwh is None:
            raise RequestError(
                f"full sale is not allowed for {kwp:g} kWc (up to {size.up_to_kwp:g} kWc in {self.name}); "
                "simulate the sale of the surplus"
            )
        return size.full_sale_eur_per_kwh.value

    def premium_eur(self, kwp: float, mode: Mode) -> float:
        """Return the premium of an installation; none with full sale."""
        return self.size_class(kwp).premium_eur_per_kwp.value * kwp if mode == "surplus" else 0.0

    def cost_range(self, kwp: float) -> CostRange:
        """Return what installations of that size cost.

        Raises
        ------
        RequestError
            If no range with both bounds is known for that size.
        """
        for cost in self.costs:
            within = cost.over_kwp < kwp <= (cost.up_to_kwp or float("inf"))
            if within and cost.low_eur_per_wp and cost.high_eur_per_wp:
                return cost
        raise RequestError(f"{self.name} gives no cost for {kwp:g} kWc; give cost_eur_per_wp from a quotation")

    def cost_bounds_eur_per_wp(self, kwp: float) -> tuple[float, float]:
        """Return the lowest and the highest usual cost, in €/Wc; raises as `cost_range` does."""
        cost = self.cost_range(kwp)
        bounds = [figure.value for figure in (cost.low_eur_per_wp, cost.high_eur_per_wp) if figure]
        return bounds[0], bounds[-1]

    def check_validity(self, on: date) -> str | None:
        """Return what to tell the user when the tariff does not hold on a day, else None."""
        if on < self.valid_from:
            return f"Tariff {self.name} holds from {self.valid_from}: not yet on {on}."
        if on > self.valid_until:
            return f"Tariff {self.name} held until {self.valid_until}: prices may differ on {on}."
        return None


def read(which: str | Path) -> Tariff:
    """Return a tariff by its name, such as "2026-Q1", or from a file.

    Raises
    ------
    UnknownNameError
        If no tariff has that name.
    MissingDataError
        If there is no such file.
    ConfigError
        If it is no TOML, or a figure is missing, wrong, or without a source.
    """
    path = which if isinstance(which, Path) else _find(which)
    try:
        return read_toml(path, Tariff)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingDataError(
            f"{path} is absent or a folder; expected a tariff; known: {', '.join(names())}"
        ) from error


def names() -> list[str]:
    """Return the tariffs at hand, oldest first."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def _find(which: str) -> Path:
    """Return the file of a tariff at hand; a name is never a way into other folders."""
    if which not in names():
        raise UnknownNameError(f"no tariff is named {which!r}; expected one of {', '.join(names())}; correct it")
    return FOLDER / f"{which}.toml"
