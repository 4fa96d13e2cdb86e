from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from geo.errors import RequestError
from geo.kernels.balance import Battery, balance_hours
from geo.kernels.cash import internal_rate, payback_years, present_value
from geo.solar import tariffs
from geo.solar.simulation import Counterfactual, Simulation, SimulationSettings, simulate

TARIFF = tariffs.read("2026-Q1")

DAY_PRODUCTION = np.array([0.0] * 9 + [200.0] * 6 + [0.0] * 9)
DAY_LOAD = np.full(24, 50.0)
BY_HAND = SimulationSettings(
    retail_eur_per_kwh=0.25, years=3, degradation=0.1, cost_eur_per_wp=0.15, inverter_year=2, inverter_eur_per_kwp=20.0,
    discount_rate=0.05,
)  # fmt: skip


def by_hand(**changes: object) -> Simulation:
    """Simulate a year of 24 hours for 3 kWc with some settings changed."""
    chosen = SimulationSettings.model_validate(BY_HAND.model_dump() | changes)
    return simulate(DAY_PRODUCTION, DAY_LOAD, kwp=3.0, tariff=TARIFF, settings=chosen)


def test_energy_of_a_day_by_hand() -> None:
    result = by_hand()
    assert result.hourly.self_consumed.tolist() == [0.0] * 9 + [50.0] * 6 + [0.0] * 9
    assert result.hourly.exported.tolist() == [0.0] * 9 + [150.0] * 6 + [0.0] * 9
    assert result.hourly.imported.tolist() == [50.0] * 9 + [0.0] * 6 + [50.0] * 9
    assert (result.production_kwh, result.load_kwh) == (1200.0, 1200.0)
    assert (result.used_kwh, result.exported_kwh, result.imported_kwh) == (300.0, 900.0, 900.0)
    assert (result.self_consumption, result.self_sufficiency) == (0.25, 0.25)


def test_money_of_three_years_by_hand() -> None:
    """Yearly production 1200, 1080, 972 kWh; 300 are used each year, 900, 780, 672 are sold at 0.04 €."""
    result = by_hand()
    assert result.cost_eur == pytest.approx(450.0)  # 0.15 € x 3,000 Wc
    assert result.premium_eur == 240.0  # 80 € x 3 kWc
    assert result.bill_savings_eur == pytest.approx(75.0)  # 300 x 0.25
    assert result.sales_eur == pytest.approx(36.0)  # 900 x 0.04
    # 75 + 36 + 240; 75 + 31.20 - inverter 60; 75 + 26.88
    np.testing.assert_allclose(result.cash_flows_eur, [-450.0, 351.0, 46.2, 101.88])
    assert result.payback_years == pytest.approx(2 + 52.8 / 101.88)
    # at 5 %: 334.2857 + 41.9048 + 88.0078 - 450
    assert result.npv_eur == pytest.approx(14.1983, abs=1e-4)
    assert result.discounted_payback_years == pytest.approx(2 + 73.8095 / 88.0078, abs=1e-5)
    # at 7.2 % the flows are worth 450.33, at 7.3 % 449.72
    assert result.irr == pytest.approx(0.07254, abs=1e-5)


def test_a_dearer_grid_year_after_year_by_hand() -> None:
    flows = by_hand(retail_escalation=0.1, upkeep_eur_per_year=5.0).cash_flows_eur
    # savings 75, 82.5, 90.75
    np.testing.assert_allclose(flows, [-450.0, 346.0, 82.5 + 31.2 - 65.0, 90.75 + 26.88 - 5.0])


def test_a_battery_by_hand() -> None:
    """100 kWh, 100 kW, 0.9 each way: 100 kWh go in and leave 90, 11.1 more fill it, 90 come out by evening."""
    result = by_hand(battery_kwh=100.0, battery_power_kw=100.0, battery_efficiency=0.81, battery_eur_per_kwh=1.0)
    flows = result.hourly
    np.testing.assert_allclose(flows.to_battery[9:12], [100.0, 100 / 9, 0.0], atol=1e-9)
    np.testing.assert_allclose(flows.from_battery[15:18], [50.0, 40.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(flows.stored[8:17], [0, 90, 100, 100, 100, 100, 100, 400 / 9, 0], atol=1e-9)
    assert result.used_kwh == pytest.approx(390.0)
    assert result.exported_kwh == pytest.approx(900 - 1000 / 9)
    assert result.imported_kwh == pytest.approx(810.0)
    assert result.cost_eur == pytest.approx(550.0)
    assert result.bill_savings_eur == pytest.approx(97.5)


def test_full_sale_by_hand() -> None:
    """20 kWc: 1,200 kWh sold at 0.0911 €, no premium, all the load is bought."""
    chosen = BY_HAND.model_copy(update={"mode": "full_sale"})
    result = simulate(DAY_PRODUCTION, DAY_LOAD, kwp=20.0, tariff=TARIFF, settings=chosen)
    assert result.sales_eur == pytest.approx(109.32)
    assert (result.bill_savings_eur, result.premium_eur) == (0.0, 0.0)
    assert (result.self_consumption, result.imported_kwh, result.exported_kwh) == (0.0, 1200.0, 1200.0)


def test_sales_stop_paying_when_the_contract_ends() -> None:
    result = by_hand(years=25, degradation=0.0, inverter_year=0)
    np.testing.assert_allclose(result.cash_flows_eur[2:21], 111.0)
    np.testing.assert_allclose(result.cash_flows_eur[21:], 75.0)
    assert any("0 €/kWh after the 20 years" in note for note in result.notes)


def test_carbon_names_what_it_is_compared_with() -> None:
    """3,252 kWh in three years, at 40 g; against 21.7 g and against 400 g."""
    usual = by_hand()
    assert usual.carbon.counterfactual == "French average production mix of 2024"
    assert usual.carbon.emitted_kg == pytest.approx(130.08)
    assert usual.carbon.saved_kg == pytest.approx(3252 * (21.7 - 40.0) / 1000)
    assert any("saves no carbon" in note for note in usual.notes)
    gas = by_hand(counterfactual=Counterfactual(name="a gas plant", g_per_kwh=400.0))
    assert gas.carbon.saved_kg == pytest.approx(3252 * 0.36)
    assert not any("saves no carbon" in note for note in gas.notes)


def test_a_battery_s_losses_save_no_carbon() -> None:
    lossy = by_hand(battery_kwh=100.0, battery_eur_per_kwh=1.0, battery_efficiency=0.5).carbon
    assert lossy.avoided_kg < by_hand().carbon.avoided_kg
    assert lossy.emitted_kg == by_hand().carbon.emitted_kg


def test_past_the_tariff_s_date_the_result_says_so() -> None:
    assert by_hand().check_validity(date(2026, 2, 1)) is None
    assert "held until 2026-03-31" in str(by_hand().check_validity(date(2026, 5, 1)))
    assert by_hand(on=date(2026, 5, 1)).notes[0].startswith("Tariff 2026-Q1 held until")
    assert by_hand(on=date(2026, 2, 1)).notes == by_hand().notes


def test_without_a_quotation_the_middle_of_the_range_counts_and_is_named() -> None:
    result = by_hand(cost_eur_per_wp=None)
    assert result.cost_eur == pytest.approx(2.75 * 3000)
    assert result.notes[0] == "Cost: middle of 2.5 to 3 €/Wc, VAT included; a quotation is better."
    assert (result.payback_years, result.irr is None or result.irr < 0) == (None, True)


@pytest.mark.parametrize(
    ("kwp", "changes", "message"),
    [
        (3.0, {"mode": "full_sale"}, "full sale is not allowed"),
        (120.0, {}, "tender"),
        (20.0, {"cost_eur_per_wp": None}, "give cost_eur_per_wp"),
        (0.0, {}, "more than 0"),
    ],
)
def test_offers_that_do_not_exist_are_refused(kwp: float, changes: dict[str, object], message: str) -> None:
    chosen = SimulationSettings.model_validate(BY_HAND.model_dump() | changes)
    with pytest.raises(RequestError, match=message):
        simulate(DAY_PRODUCTION, DAY_LOAD, kwp=kwp, tariff=TARIFF, settings=chosen)


@pytest.mark.parametrize(
    ("production", "load", "message"),
    [
        (np.ones(24), np.ones(23), "24 hours and load 23"),
        (np.ones(0), np.ones(0), "expected the same hours"),
        (np.ones((2, 12)), np.ones((2, 12)), "expected the same hours"),
        (np.array([1.0, -1.0]), np.ones(2), "production of hour 1 is -1"),
        (np.ones(2), np.array([np.nan, 1.0]), "load of hour 0 is nan"),
    ],
)
def test_hours_that_make_no_sense_are_refused(production: np.ndarray, load: np.ndarray, message: str) -> None:
    with pytest.raises(RequestError, match=message):
        simulate(production, load, kwp=3.0, tariff=TARIFF, settings=BY_HAND)


@pytest.mark.parametrize(
    "wrong",
    [
        {"battery_kwh": 5.0},
        {"battery_kwh": 5.0, "battery_eur_per_kwh": 500.0, "mode": "full_sale"},
        {"years": 0},
        {"tax": 1},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SimulationSettings.model_validate({"retail_eur_per_kwh": 0.25} | wrong)


def test_the_retail_price_has_no_default() -> None:
    with pytest.raises(ValidationError, match="retail_eur_per_kwh"):
        SimulationSettings.model_validate({})


kilowatt_hours = st.lists(st.floats(0, 20), min_size=24, max_size=24).map(np.array)
batteries = st.builds(Battery, capacity_kwh=st.floats(0, 50), power_kw=st.floats(0, 20), efficiency=st.floats(0.3, 1.0))


@given(kilowatt_hours, kilowatt_hours, batteries)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_every_hour_closes(production: np.ndarray, load: np.ndarray, battery: Battery) -> None:
    flows = balance_hours(production, load, battery)
    np.testing.assert_allclose(flows.self_consumed + flows.to_battery + flows.exported, production, atol=1e-6)
    np.testing.assert_allclose(flows.self_consumed + flows.from_battery + flows.imported, load, atol=1e-6)
    assert min(part.min() for part in flows) >= 0
    assert max(flows.to_battery.max(), flows.from_battery.max()) <= battery.power_kw
    assert flows.stored.max() <= battery.capacity_kwh
    each_way = np.sqrt(battery.efficiency)
    change = np.diff(flows.stored, prepend=0.0)
    np.testing.assert_allclose(change, flows.to_battery * each_way - flows.from_battery / each_way, atol=1e-6)


@given(kilowatt_hours, kilowatt_hours, batteries, st.floats(1, 3), st.floats(1, 3))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_more_battery_never_lowers_self_consumption(
    production: np.ndarray, load: np.ndarray, battery: Battery, larger: float, stronger: float
) -> None:
    more = battery._replace(capacity_kwh=battery.capacity_kwh * larger, power_kw=battery.power_kw * stronger)
    before, after = (balance_hours(production, load, one).from_battery.sum() for one in (battery, more))
    assert after >= before - 1e-9


@given(kilowatt_hours, kilowatt_hours, batteries)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_twice_everything_is_twice_the_energy(production: np.ndarray, load: np.ndarray, battery: Battery) -> None:
    twice = battery._replace(capacity_kwh=2 * battery.capacity_kwh, power_kw=2 * battery.power_kw)
    for one, two in zip(
        balance_hours(production, load, battery), balance_hours(2 * production, 2 * load, twice), strict=True
    ):
        np.testing.assert_allclose(two, 2 * one, atol=1e-9)


@given(st.floats(10, 1000), st.lists(st.floats(0.1, 500), min_size=1, max_size=25))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_the_present_value_at_the_internal_rate_is_nothing(cost: float, income: list[float]) -> None:
    flows = np.array([-cost, *income])
    rate = internal_rate(flows)
    if rate is None:  # outside -90 % to 1,000 %
        assert present_value(flows, -0.9) < 0 or present_value(flows, 10.0) > 0
    else:
        assert abs(present_value(flows, rate)) <= 1e-6 * abs(flows / (1 + rate) ** np.arange(flows.size)).sum()
        assert (rate >= 0) == (payback_years(flows) is not None)


def test_rates_and_paybacks_by_hand() -> None:
    assert internal_rate(np.array([-100.0, 110.0])) == pytest.approx(0.10)
    assert internal_rate(np.array([-100.0, 0.0, 121.0])) == pytest.approx(0.10)
    assert internal_rate(np.array([-100.0, 50.0])) == pytest.approx(-0.5)
    assert internal_rate(np.array([-100.0, 0.0])) is None
    assert internal_rate(np.array([0.0, 10.0])) is None
    assert payback_years(np.array([-100.0, 80.0, 80.0])) == pytest.approx(1.25)
    assert payback_years(np.array([-100.0, 110.0]), 0.2) is None
    assert payback_years(np.array([0.0, 10.0])) == 0.0
    # repaid in year 1, in debt again by a repair in year 2, repaid for good in the middle of year 3
    assert payback_years(np.array([-100.0, 100.0, -50.0, 100.0])) == pytest.approx(2.5)
