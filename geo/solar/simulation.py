"""Simulation: what an installation brings its owner, from an hourly balance of production and load.

Glossary: self-consumption = autoconsommation (share of production used on the spot); self-sufficiency = autoproduction
(share of load met by the roof); payback = temps de retour; NPV = valeur actuelle nette; IRR = taux de rentabilité
interne.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from pydantic import BaseModel, Field, model_validator

from geo.errors import RequestError
from geo.kernels.balance import Balance, Battery, Floats, balance_hours
from geo.kernels.cash import internal_rate, payback_years, present_value
from geo.solar.tariffs import Mode, Tariff

GRAMS_PER_KG: Final = 1000.0
WP_PER_KWP: Final = 1000.0


class Counterfactual(BaseModel, frozen=True, extra="forbid"):
    """What would make the electricity instead: its name, and its greenhouse gases in g CO2 equivalent per kWh."""

    name: str = Field(min_length=1)
    g_per_kwh: float = Field(ge=0)


class SimulationSettings(BaseModel, frozen=True, extra="forbid"):
    """What the owner knows or chooses.

    Attributes
    ----------
    retail_eur_per_kwh
        Price of a bought kWh, taxes included, in the first year: from the bill. Euros.
    retail_escalation, discount_rate
        Yearly growth of that price, and rate of the present values; 0.02 for 2 %.
    mode
        "surplus": use first, sell the rest; "full_sale": sell all.
    years
        Length of the study.
    degradation
        Share of production lost each year.
    cost_eur_per_wp
        Of the finished installation; None for the middle of the tariff's range.
    inverter_year, inverter_eur_per_kwp
        When the inverter is replaced (0: never), for how much; None for the tariff's assumptions.
    upkeep_eur_per_year
        Cleaning, insurance, metering. Euros.
    battery_kwh, battery_power_kw, battery_efficiency, battery_eur_per_kwh
        Usable capacity (0: none), power (None: half the capacity in an hour), energy out over energy in, and price,
        which has no default.
    counterfactual
        What the carbon is compared with; None for the tariff's average mix.
    on
        Day of the simulation, to say whether the tariff still holds.
    """

    retail_eur_per_kwh: float = Field(ge=0, le=5)
    retail_escalation: float = Field(default=0.0, gt=-0.5, lt=0.5)
    discount_rate: float = Field(default=0.03, gt=-0.5, lt=1)
    mode: Mode = "surplus"
    years: int = Field(default=25, ge=1, le=50)
    degradation: float = Field(default=0.005, ge=0, lt=0.2)
    cost_eur_per_wp: float | None = Field(default=None, ge=0)
    inverter_year: int | None = Field(default=None, ge=0)
    inverter_eur_per_kwp: float | None = Field(default=None, ge=0)
    upkeep_eur_per_year: float = Field(default=0.0, ge=0)
    battery_kwh: float = Field(default=0.0, ge=0)
    battery_power_kw: float | None = Field(default=None, gt=0)
    battery_efficiency: float = Field(default=0.90, gt=0, le=1)
    battery_eur_per_kwh: float | None = Field(default=None, ge=0)
    counterfactual: Counterfactual | None = None
    on: date | None = None

    @model_validator(mode="after")
    def _battery_makes_sense(self) -> "SimulationSettings":
        """Refuse a battery without a price, or one that nothing would fill."""
        if self.battery_kwh > 0 and self.battery_eur_per_kwh is None:
            raise ValueError("a battery has no default price; give battery_eur_per_kwh from a quotation")
        if self.battery_kwh > 0 and self.mode == "full_sale":
            raise ValueError("with full sale nothing is stored; set battery_kwh to 0, or mode to surplus")
        return self

    @property
    def battery(self) -> Battery:
        """Return the battery as the balance takes it."""
        power_kw = self.battery_kwh / 2.0 if self.battery_power_kw is None else self.battery_power_kw
        return Battery(self.battery_kwh, power_kw, self.battery_efficiency)


@dataclass(frozen=True)
class Carbon:
    """Greenhouse gases over the whole study, kg CO2 equivalent.

    Attributes
    ----------
    counterfactual, g_per_kwh
        What would have made the electricity, and its emissions.
    avoided_kg
        Of the counterfactual, for the kWh that reached a use.
    emitted_kg
        Over the life cycle of the modules that made them.
    """

    counterfactual: str
    g_per_kwh: float
    avoided_kg: float
    emitted_kg: float

    @property
    def saved_kg(self) -> float:
        """Return what is saved; negative when the installation emits more than what it replaces."""
        return self.avoided_kg - self.emitted_kg


@dataclass(frozen=True)
class Simulation:
    """What comes out. Energies and shares are those of the first year, in kWh and 0 to 1; money is in euros.

    Attributes
    ----------
    hourly
        The flows of the first year.
    production_kwh, load_kwh, used_kwh, exported_kwh, imported_kwh
        Sums; `used_kwh` is the load met by the roof, at once or through the battery.
    self_consumption, self_sufficiency
        `used_kwh` over production and over load; 0 where there is none.
    bill_savings_eur, sales_eur
        First year.
    premium_eur
        Paid once, with the first year.
    cost_eur
        Installation and battery.
    cash_flows_eur
        Years 0 (the expense) to the last, shape (years + 1,).
    payback_years, discounted_payback_years
        None when not reached in the study.
    npv_eur, irr
        Present value at the discount rate; internal rate, None when there is none.
    carbon
        With its counterfactual.
    notes
        What the reader must know beside the figures.
    """

    hourly: Balance
    production_kwh: float
    load_kwh: float
    used_kwh: float
    exported_kwh: float
    imported_kwh: float
    self_consumption: float
    self_sufficiency: float
    bill_savings_eur: float
    sales_eur: float
    premium_eur: float
    cost_eur: float
    cash_flows_eur: Floats
    payback_years: float | None
    discounted_payback_years: float | None
    npv_eur: float
    irr: float | None
    carbon: Carbon
    notes: tuple[str, ...]
    tariff: Tariff

    def check_validity(self, on: date) -> str | None:
        """Return what to tell the user when the tariff does not hold on a day, else None."""
        return self.tariff.check_validity(on)


@dataclass(frozen=True)
class _Years:
    """Energies of each year of the study. kWh, shape (years,)."""

    production_kwh: Floats
    used_kwh: Floats
    exported_kwh: Floats


def simulate(
    production_kwh: Floats, load_kwh: Floats, *, kwp: float, tariff: Tariff, settings: SimulationSettings
) -> Simulation:
    """Return the energy, the money and the carbon of an installation.

    Each year is balanced anew, hour by hour, with the production left by degradation and the same load.

    Parameters
    ----------
    production_kwh
        Alternating current of each hour of the first year. kWh, shape (hours,).
    load_kwh
        Consumption of the same hours. kWh, shape (hours,).
    kwp
        Peak power, which decides on prices and cost. kWc.
    tariff
        Prices, costs and carbon factors.
    settings
        The owner's choices.

    Raises
    ------
    RequestError
        If the hours do not match or hold nonsense, or the tariff has no price or cost for that size.
    """
    _check_hours(production_kwh, load_kwh)
    sale_eur_per_kwh = tariff.sale_eur_per_kwh(kwp, settings.mode)
    premium_eur = tariff.premium_eur(kwp, settings.mode)
    cost_eur = _cost_eur(kwp, tariff, settings)
    hourly = _balance(production_kwh, load_kwh, settings)
    years = _run_years(production_kwh, load_kwh, settings)
    savings, sales = _yearly_income(years, sale_eur_per_kwh, tariff, settings)
    flows = np.concatenate([[-cost_eur], savings + sales - _expenses(kwp, tariff, settings)])
    flows[1] += premium_eur
    carbon = _carbon(years, tariff, settings)
    produced, load = float(production_kwh.sum()), float(load_kwh.sum())
    used = float(years.used_kwh[0])
    return Simulation(
        hourly=hourly, production_kwh=produced, load_kwh=load, used_kwh=used,
        exported_kwh=float(hourly.exported.sum()), imported_kwh=float(hourly.imported.sum()),
        self_consumption=_share(used, produced), self_sufficiency=_share(used, load),
        bill_savings_eur=float(savings[0]), sales_eur=float(sales[0]), premium_eur=premium_eur, cost_eur=cost_eur,
        cash_flows_eur=flows, payback_years=payback_years(flows),
        discounted_payback_years=payback_years(flows, settings.discount_rate),
        npv_eur=present_value(flows, settings.discount_rate), irr=internal_rate(flows), carbon=carbon,
        notes=tuple(_notes(kwp, tariff, settings, carbon)), tariff=tariff,
    )  # fmt: skip


def _check_hours(production_kwh: Floats, load_kwh: Floats) -> None:
    """Refuse hours that do not match, and what is no energy."""
    if production_kwh.ndim != 1 or production_kwh.size == 0 or production_kwh.shape != load_kwh.shape:
        raise RequestError(
            f"production has {production_kwh.size} hours and load {load_kwh.size}; expected the same hours; "
            "use a load of the weather's year"
        )
    for name, values in (("production", production_kwh), ("load", load_kwh)):
        bad = ~(np.isfinite(values) & (values >= 0))
        if bad.any():
            first = int(np.argmax(bad))
            raise RequestError(
                f"{name} of hour {first} is {values[first]:g} kWh; expected 0 or more; repair {int(bad.sum())} hours"
            )


def _cost_eur(kwp: float, tariff: Tariff, settings: SimulationSettings) -> float:
    """Return the price of installation and battery: the quotation, else the middle of the tariff's range."""
    battery_eur = settings.battery_kwh * (settings.battery_eur_per_kwh or 0.0)
    if settings.cost_eur_per_wp is not None:
        return settings.cost_eur_per_wp * kwp * WP_PER_KWP + battery_eur
    low, high = tariff.cost_bounds_eur_per_wp(kwp)
    return (low + high) / 2.0 * kwp * WP_PER_KWP + battery_eur


def _balance(production_kwh: Floats, load_kwh: Floats, settings: SimulationSettings) -> Balance:
    """Return the flows of one year; with full sale, all that is made is sold and all that is used is bought."""
    if settings.mode == "surplus":
        return balance_hours(production_kwh, load_kwh, settings.battery)
    none = np.zeros_like(production_kwh)
    return Balance(none, none, none, exported=production_kwh, imported=load_kwh, stored=none)


def _run_years(production_kwh: Floats, load_kwh: Floats, settings: SimulationSettings) -> _Years:
    """Return the energies of all years."""
    left = (1.0 - settings.degradation) ** np.arange(settings.years)
    balances = [_balance(production_kwh * share, load_kwh, settings) for share in left]
    return _Years(
        production_kwh=production_kwh.sum() * left,
        used_kwh=np.array([flows.self_consumed.sum() + flows.from_battery.sum() for flows in balances]),
        exported_kwh=np.array([flows.exported.sum() for flows in balances]),
    )


def _yearly_income(
    years: _Years, sale_eur_per_kwh: float, tariff: Tariff, settings: SimulationSettings
) -> tuple[Floats, Floats]:
    """Return what the bill is spared and what is sold, year by year; the sale price is fixed during the contract."""
    year = np.arange(1, settings.years + 1)
    retail = settings.retail_eur_per_kwh * (1.0 + settings.retail_escalation) ** (year - 1)
    contract = tariff.contract
    sale = np.where(year <= contract.years.value, sale_eur_per_kwh, contract.price_after_eur_per_kwh.value)
    return years.used_kwh * retail, years.exported_kwh * sale


def _expenses(kwp: float, tariff: Tariff, settings: SimulationSettings) -> Floats:
    """Return upkeep, and the inverter in its year."""
    assumed = tariff.assumptions
    year = int(assumed.inverter_year.value) if settings.inverter_year is None else settings.inverter_year
    price = settings.inverter_eur_per_kwp
    expenses = np.full(settings.years, settings.upkeep_eur_per_year)
    if 1 <= year <= settings.years:
        expenses[year - 1] += kwp * (assumed.inverter_eur_per_kwp.value if price is None else price)
    return expenses


def _carbon(years: _Years, tariff: Tariff, settings: SimulationSettings) -> Carbon:
    """Return the greenhouse gases of all years against what would have made the electricity."""
    factors = tariff.carbon
    other = settings.counterfactual or Counterfactual(name=factors.mix_name, g_per_kwh=factors.mix_g_per_kwh.value)
    delivered_kwh = float((years.used_kwh + years.exported_kwh).sum())
    produced_kwh = float(years.production_kwh.sum())
    return Carbon(
        counterfactual=other.name,
        g_per_kwh=other.g_per_kwh,
        avoided_kg=delivered_kwh * other.g_per_kwh / GRAMS_PER_KG,
        emitted_kg=produced_kwh * factors.pv_life_cycle_g_per_kwh.value / GRAMS_PER_KG,
    )


def _notes(kwp: float, tariff: Tariff, settings: SimulationSettings, carbon: Carbon) -> list[str]:
    """Return what the reader must know: validity, cost, end of contract, carbon."""
    notes = [tariff.check_validity(settings.on)] if settings.on else []
    if settings.cost_eur_per_wp is None:
        low, high = tariff.cost_bounds_eur_per_wp(kwp)
        vat = tariff.cost_range(kwp).vat
        notes.append(f"Cost: middle of {low:g} to {high:g} €/Wc, VAT {vat}; a quotation is better.")
    contract = tariff.contract
    if settings.years > contract.years.value:
        after = contract.price_after_eur_per_kwh.value
        notes.append(f"Sales count {after:g} €/kWh after the {contract.years.value:g} years of the contract.")
    if carbon.saved_kg <= 0:
        life_cycle = tariff.carbon.pv_life_cycle_g_per_kwh.value
        notes.append(
            f"Against {carbon.counterfactual} ({carbon.g_per_kwh:g} g/kWh) the installation saves no carbon: "
            f"about {life_cycle:g} g/kWh over its life cycle."
        )
    return [note for note in notes if note]


def _share(part: float, whole: float) -> float:
    """Return part of a whole, 0 of nothing."""
    return part / whole if whole > 0 else 0.0
