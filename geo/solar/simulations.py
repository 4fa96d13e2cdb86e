"""A simulation as somebody asks for it: a building or a free plane, a load, a price, perhaps a battery."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, model_validator

from geo.config import Settings
from geo.errors import RequestError
from geo.light.production import by_month, hourly_yield
from geo.raw import RawFolder
from geo.solar import loads, tariffs
from geo.solar.panels import PanelSettings
from geo.solar.sheets import MONTHS, Feature, Sheet, sheet
from geo.solar.simulation import Simulation, SimulationSettings, simulate
from geo.sources import weather_years
from geo.store import Store
from geo.weather import Weather

Floats = NDArray[np.float64]
USUAL_KWP: Final = 9.0
"""What is taken of a larger roof when no power is asked for: the largest class of the household tariff."""

LONGEST_CSV: Final = 400_000
"""Characters of an hourly load that a stranger may send."""


class Load(BaseModel, frozen=True, extra="forbid"):
    """What is consumed: a typical profile scaled to a year's bill, or the user's own hours."""

    kind: Literal["household", "school", "office", "shop"] = "household"
    yearly_kwh: float = Field(default=4_000.0, gt=0, le=1e8)
    hourly_csv: str | None = Field(default=None, max_length=LONGEST_CSV)


class Plane(BaseModel, frozen=True, extra="forbid"):
    """A free plane, unshaded, when no building is named."""

    kwp: float = Field(gt=0, le=100_000)
    tilt_deg: float = Field(ge=0, le=90)
    azimuth_deg: float = Field(ge=0, le=360)


class Question(BaseModel, frozen=True, extra="forbid"):
    """Everything a simulation needs. Money in euros, energy in kWh, power in kWc or kW."""

    building_id: str | None = Field(default=None, max_length=100)
    plane: Plane | None = None
    kwp: float | None = Field(default=None, gt=0, le=100_000)
    load: Load = Load()
    tariff: str = Field(default="2026-Q1", pattern=r"^\d{4}-Q[1-4]$")
    money: SimulationSettings

    @model_validator(mode="after")
    def one_roof(self) -> "Question":
        """Refuse neither or both of a building and a plane."""
        if (self.building_id is None) == (self.plane is None):
            raise ValueError("expected either building_id or plane")
        return self


class Face(NamedTuple):
    """Panels of one tilt and azimuth on one plane: their power, and each month in the cadastre if any."""

    kwp: float
    tilt_deg: float
    azimuth_deg: float
    month_kwh: Floats | None


def answer(question: Question, store: Store, settings: Settings) -> dict[str, Any]:
    """Return the figures of a simulation, units in the names.

    Raises
    ------
    UnknownNameError
        If there is no such building.
    RequestError
        If the roof holds no panel, the load or the tariff does not fit.
    """
    weather = site_weather(settings)
    lon, lat = settings.territory().center
    page = sheet(store, question.building_id, panels=True) if question.building_id is not None else None
    faces = faces_of(page, question)
    production = sum((face_hours(face, weather, (lon, lat)) for face in faces), np.zeros(len(weather.time_utc)))
    load = read_load(question.load, weather)
    kwp = sum(face.kwp for face in faces)
    money = question.money if question.money.on else question.money.model_copy(update={"on": date.today()})
    result = simulate(production, load, kwp=kwp, tariff=tariffs.read(question.tariff), settings=money)
    return as_json(result, production, weather, kwp, page)


def faces_of(page: Sheet | None, question: Question) -> list[Face]:
    """Return the panels to simulate: the free plane, or the building's best panels up to the power asked for."""
    if page is None:
        plane = question.plane
        if plane is None:
            raise RequestError("found neither building_id nor plane, expected one of them, add it")
        return [Face(plane.kwp, plane.tilt_deg, plane.azimuth_deg, None)]
    if not page.panels:
        raise RequestError("found a roof that holds no panel, expected one that does, ask for another building")
    each_kwp = PanelSettings().module_wp / 1000.0
    wanted = min(question.kwp or USUAL_KWP, len(page.panels) * each_kwp)
    count = max(1, int(wanted / each_kwp + 1e-9))
    best = sorted(page.panels, key=lambda panel: (-panel["properties"]["yearly_energy_kwh"], panel["id"]))[:count]
    return grouped(best, page.segments, each_kwp)


def grouped(panels: Sequence[Feature], segments: Sequence[Feature], each_kwp: float) -> list[Face]:
    """Return panels grouped by plane, tilt and azimuth, with the monthly yield that the cadastre gives them."""
    plane = {segment["properties"]["segment_id"]: segment["properties"] for segment in segments}
    counts: dict[tuple[str, float, float], int] = {}
    for panel in panels:
        facts = panel["properties"]
        key = (facts["segment_id"], facts["tilt_deg"], facts["azimuth_deg"])
        counts[key] = counts.get(key, 0) + 1
    return [
        Face(count * each_kwp, tilt, azimuth or 0.0, month_kwh(plane[segment], count))
        for (segment, tilt, azimuth), count in counts.items()
    ]


def month_kwh(segment: Feature, count: int) -> Floats:
    """Return the share of a plane's monthly yield that some of its panels bring."""
    months: Floats = np.array([segment[f"yield_month_kwh_{month}"] for month in MONTHS], dtype=np.float64)
    share: Floats = months * count / max(segment["panels"], 1)
    return share


def face_hours(face: Face, weather: Weather, place: tuple[float, float]) -> Floats:
    """Return the hourly production of some panels, each month as the cadastre's shading leaves it."""
    lon, lat = place
    hours = face.kwp * hourly_yield(
        weather, tilt_deg=face.tilt_deg, azimuth_deg=face.azimuth_deg, latitude_deg=lat, longitude_deg=lon
    )
    if face.month_kwh is None:
        return hours
    open_kwh = by_month(hours, time_utc=weather.time_utc)
    ratio = np.divide(face.month_kwh, open_kwh, out=np.zeros_like(open_kwh), where=open_kwh > 0)
    scaled: Floats = hours * ratio[np.asarray(weather.time_utc.month) - 1]
    return scaled


def read_load(load: Load, weather: Weather) -> Floats:
    """Return the hourly load."""
    if load.hourly_csv is not None:
        return loads.parse_hourly(load.hourly_csv, weather.time_utc, name="hourly_csv")
    return loads.profile(load.kind, weather.time_utc, yearly_kwh=load.yearly_kwh)


def as_json(result: Simulation, production: Floats, weather: Weather, kwp: float, page: Sheet | None) -> dict[str, Any]:
    """Return a simulation for a program."""
    used = result.hourly.self_consumed + result.hourly.from_battery
    return {
        "kwp": kwp,
        "production_kwh": result.production_kwh,
        "load_kwh": result.load_kwh,
        "self_consumption": result.self_consumption,
        "self_sufficiency": result.self_sufficiency,
        "exported_kwh": result.exported_kwh,
        "imported_kwh": result.imported_kwh,
        "production_month_kwh": by_month(production, time_utc=weather.time_utc).tolist(),
        "used_month_kwh": by_month(used, time_utc=weather.time_utc).tolist(),
        "bill_savings_eur": result.bill_savings_eur,
        "sales_eur": result.sales_eur,
        "premium_eur": result.premium_eur,
        "cost_eur": result.cost_eur,
        "cash_flows_eur": result.cash_flows_eur.tolist(),
        "payback_years": result.payback_years,
        "discounted_payback_years": result.discounted_payback_years,
        "npv_eur": result.npv_eur,
        "irr": result.irr,
        "carbon": {
            "counterfactual": result.carbon.counterfactual,
            "counterfactual_g_per_kwh": result.carbon.g_per_kwh,
            "avoided_kg": result.carbon.avoided_kg,
            "emitted_kg": result.carbon.emitted_kg,
        },
        "notes": list(result.notes),
        "weather": f"{weather.source} {weather.period}",
        "synthetic": bool(page and page.building["properties"]["synthetic"]),
        "estimate": True,
    }


def site_weather(settings: Settings) -> Weather:
    """Return the weather year that the cadastre is rated with."""
    return kept_weather(settings.raw, settings.processed, settings.territory_file)


@lru_cache(maxsize=2)
def kept_weather(raw: Path, processed: Path, territory_file: Path) -> Weather:
    """Return the weather of an installation, read once."""
    settings = Settings(raw=raw, processed=processed, territory_file=territory_file)
    return weather_years.read(RawFolder("simulation", raw, processed, settings.territory()))
