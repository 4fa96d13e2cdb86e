"""Power, energy, money and connection of a brownfield: worked by hand and by closed forms."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.brownfields.potential import (
    Figure,
    Ratios,
    connection,
    economics,
    power_and_energy,
    ratios,
    worth,
    worth_of_cases,
)
from geo.errors import RequestError

YIELDS = pd.DataFrame({"low": [900.0, 900.0], "mid": [1000.0, 1000.0], "high": [1100.0, np.nan]})


def test_ten_hectares_by_hand() -> None:
    found = power_and_energy(pd.Series([10.0, 2.0]), YIELDS, economics())
    # 10 ha x 0.45, 0.58, 1.0 MWc/ha; 4.5 MWc x 900, 5.8 x 1000, 10 x 1100 kWh/kWc in MWh
    assert found.loc[0].tolist() == pytest.approx([4.5, 5.8, 10, 4050, 5800, 11000])
    assert found.loc[1].tolist() == pytest.approx([0.9, 1.16, 2, 810, 1160, np.nan], nan_ok=True)


def test_the_ratios_are_those_of_benefriches() -> None:
    chosen = economics()
    assert chosen.invest_eur_per_kwp == 955  # 830 + 40 + 85
    assert chosen.yearly_eur_per_kwp == pytest.approx(28.542)  # 7 + 18 + 3.542
    assert (chosen.price_eur_per_mwh, chosen.years) == (75, 20)


def test_money_of_one_megawatt_by_hand() -> None:
    chosen = economics({"decline_per_year": 0.0, "discount_rate": 0.05})
    found = worth(1.0, 1000.0, chosen)
    # 1000 MWh x 75 = 75,000 € a year, less 28,542 = 46,458; 955,000 € at first
    assert found.invest_eur == 955_000 and found.first_year_sale_eur == pytest.approx(75_000)
    assert found.yearly_cost_eur == pytest.approx(28_542)
    annuity = (1 - 1.05**-20) / 0.05  # 12.462210...
    assert found.net_present_value_eur == pytest.approx(46_458 * annuity - 955_000)
    assert found.levelised_cost_eur_per_mwh == pytest.approx(955 / annuity + 28.542)  # €/kWc over MWh/kWc
    assert found.payback_years is None  # 955,000 / 46,458 = 20.6 years, more than the 20 of the contract


def test_payback_and_rate_within_the_years() -> None:
    chosen = economics({"decline_per_year": 0.0, "price_eur_per_mwh": 100.0})
    found = worth(3.0, 1000.0, chosen)
    assert found.payback_years == pytest.approx(955 / (100 - 28.542))
    rate = found.internal_rate
    assert rate is not None
    assert (100 - 28.542) * (1 - (1 + rate) ** -20) / rate == pytest.approx(955)  # the annuity at that rate


def test_decline_is_a_geometric_sum() -> None:
    chosen = economics({"decline_per_year": 0.01, "discount_rate": 0.0, "yearly_eur_per_kwp": 0.0})
    found = worth(1.0, 1000.0, chosen)
    energy = 1000 * (1 - 0.99**20) / 0.01
    assert found.net_present_value_eur == pytest.approx(energy * 75 - 955_000)
    assert found.levelised_cost_eur_per_mwh == pytest.approx(955_000 / energy)


@given(st.floats(0.1, 100), st.floats(500, 1500), st.floats(0.01, 0.15))
def test_sold_at_its_levelised_cost_a_plant_earns_the_discount_rate(mwp: float, kwh: float, rate: float) -> None:
    cost = worth(mwp, kwh, economics({"discount_rate": rate})).levelised_cost_eur_per_mwh
    assert cost is not None
    sold = worth(mwp, kwh, economics({"discount_rate": rate, "price_eur_per_mwh": cost}))
    assert sold.net_present_value_eur == pytest.approx(0, abs=1e-6 * sold.invest_eur)
    assert sold.internal_rate == pytest.approx(rate, abs=1e-9)


def test_a_plant_that_loses_money_has_no_payback_and_darkness_no_cost() -> None:
    assert worth(1.0, 500.0, economics()).payback_years is None
    dark = worth(1.0, 0.0, economics())
    assert dark.levelised_cost_eur_per_mwh is None and dark.internal_rate is None


def test_three_cases_of_each_site() -> None:
    chosen = economics()
    found = worth_of_cases(power_and_energy(pd.Series([10.0, 2.0]), YIELDS, chosen), YIELDS, chosen)
    for case, mwp, kwh in (("low", 4.5, 900.0), ("mid", 5.8, 1000.0), ("high", 10.0, 1100.0)):
        alone = worth(mwp, kwh, chosen)
        assert found.loc[0, f"net_present_value_eur_{case}"] == pytest.approx(alone.net_present_value_eur)
        assert found.loc[0, f"invest_eur_{case}"] == pytest.approx(alone.invest_eur)
    assert np.isnan(found.loc[1, "invest_eur_high"]) and not np.isnan(found.loc[1, "invest_eur_mid"])


def test_connection() -> None:
    area, yields = pd.Series([10.0, 10.0, 10.0, 10.0, np.nan]), pd.concat([YIELDS.iloc[[0]]] * 5, ignore_index=True)
    found = connection(power_and_energy(area, yields, economics()), pd.Series([10.0, 9.9, 4.4, np.nan, 50.0]))
    assert found.tolist() == ["fits", "depends", "does_not_fit", "unknown", "unknown"]


def test_validity_is_told() -> None:
    assert ratios().check_validity(date(2026, 11, 23)) is None
    assert "held until 2026-12-31" in str(ratios().check_validity(date(2027, 1, 1)))
    assert "not yet" in str(ratios().check_validity(date(2025, 12, 31)))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [({"density": 1.0}, "density"), ({"years": 0}, "years"), ({"density_low": 0.9}, "rise from low to high")],
)
def test_ratios_that_make_no_sense_are_refused(chosen: dict[str, float], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        economics(chosen)


def test_figures_out_of_nowhere_are_refused() -> None:
    with pytest.raises(ValueError, match="names its source"):
        Figure(value=1.0, date="2026")
    whole = ratios().model_dump()
    density = whole["density_mwp_per_ha"]
    for change, message in (
        ({"sources": {}}, "unknown sources"),
        ({"valid_until": date(2025, 1, 1)}, "is after"),
        ({"density_mwp_per_ha": density | {"mid": density["mid"] | {"value": 2.0}}}, "rise"),
    ):
        with pytest.raises(ValueError, match=message):
            Ratios.model_validate(whole | change)


@pytest.mark.parametrize(("mwp", "kwh"), [(-1.0, 1000.0), (1.0, np.nan), (np.inf, 1.0)])
def test_no_power_and_no_yield_below_nothing(mwp: float, kwh: float) -> None:
    with pytest.raises(ValueError, match="at least 0"):
        worth(mwp, kwh, economics())


def test_areas_and_yields_are_checked() -> None:
    with pytest.raises(ValueError, match="rise from low to high"):
        power_and_energy(pd.Series([-1.0, 1.0]), YIELDS, economics())
    with pytest.raises(ValueError, match="rise from low to high"):
        power_and_energy(pd.Series([1.0, 1.0]), YIELDS.assign(low=2000.0), economics())
