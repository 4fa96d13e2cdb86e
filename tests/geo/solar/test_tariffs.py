from datetime import date
from pathlib import Path

import pytest

from geo.errors import ConfigError, MissingDataError, RequestError, UnknownNameError
from geo.solar import tariffs

TARIFF = tariffs.read("2026-Q1")
TEXT = (tariffs.FOLDER / "2026-Q1.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kwp", "surplus", "full_sale", "premium"),
    [
        (3.0, 0.04, None, 240.0), (9.0, 0.04, None, 720.0), (9.1, 0.0536, 0.0911, 1274.0),
        (36.0, 0.0536, 0.0911, 5040.0), (36.5, 0.0536, 0.0792, 2555.0), (100.0, 0.0536, 0.0792, 7000.0),
    ],
)  # fmt: skip
def test_prices_by_size(kwp: float, surplus: float, full_sale: float | None, premium: float) -> None:
    assert TARIFF.sale_eur_per_kwh(kwp, "surplus") == surplus
    assert TARIFF.premium_eur(kwp, "surplus") == pytest.approx(premium)
    assert TARIFF.premium_eur(kwp, "full_sale") == 0.0
    if full_sale is None:
        with pytest.raises(RequestError, match="full sale is not allowed"):
            TARIFF.sale_eur_per_kwh(kwp, "full_sale")
    else:
        assert TARIFF.sale_eur_per_kwh(kwp, "full_sale") == full_sale


@pytest.mark.parametrize(("kwp", "reason"), [(100.1, "tender"), (0.0, "more than 0"), (float("nan"), "more than 0")])
def test_sizes_without_an_offer_are_refused(kwp: float, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        TARIFF.size_class(kwp)


@pytest.mark.parametrize(("kwp", "low", "high"), [(3.0, 2.5, 3.0), (3.1, 2.0, 2.5), (9.0, 2.0, 2.5), (60.0, 1.0, 1.2)])
def test_costs_by_size(kwp: float, low: float, high: float) -> None:
    cost = TARIFF.cost_range(kwp)
    assert cost.low_eur_per_wp
    assert cost.high_eur_per_wp
    assert (cost.low_eur_per_wp.value, cost.high_eur_per_wp.value) == (low, high)


@pytest.mark.parametrize("kwp", [20.0, 200.0, 600.0])
def test_costs_nobody_gave_are_asked_for(kwp: float) -> None:
    with pytest.raises(RequestError, match="cost_eur_per_wp"):
        TARIFF.cost_range(kwp)


def test_dates() -> None:
    assert TARIFF.check_validity(date(2026, 1, 1)) is None
    assert TARIFF.check_validity(date(2026, 3, 31)) is None
    assert (
        TARIFF.check_validity(date(2026, 4, 1))
        == "Tariff 2026-Q1 held until 2026-03-31: prices may differ on 2026-04-01."
    )
    assert "not yet" in str(TARIFF.check_validity(date(2025, 12, 31)))


def test_what_no_source_gives_is_called_an_assumption() -> None:
    assert {figure.status for _, figure in TARIFF.assumptions} == {"assumption"}
    assert TARIFF.contract.price_after_eur_per_kwh.status == "assumption"
    assert TARIFF.carbon.mix_g_per_kwh.value < TARIFF.carbon.pv_life_cycle_g_per_kwh.value


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("value = 0.0911", "value = -1", "classes.1.full_sale_eur_per_kwh.value"),
        ('source = "rte"', 'source = "hearsay"', "hearsay"),
        (', source = "rte"', "", "names its source"),
        ("valid_until = 2026-03-31", "valid_until = 2025-03-31", "is after"),
        ("up_to_kwp = 36.0\nsurplus", "up_to_kwp = 5.0\nsurplus", "growing limits"),
        ("[carbon]", "[carbone]", "field carbon: Field required"),
        ('name = "2026-Q1"', "name = ", "not valid TOML"),
        ('date = "2024"', 'date = "soon"', "mix_g_per_kwh.date"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in TEXT
    path = tmp_path / "wrong.toml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        tariffs.read(path)
    assert "\n" not in str(caught.value)


def test_absent_files_and_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="expected one of 2026-Q1"):
        tariffs.read("1999-Q1")
    with pytest.raises(UnknownNameError, match="no tariff is named"):
        tariffs.read("../territory")
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(MissingDataError, match="expected a tariff"):
            tariffs.read(path)
