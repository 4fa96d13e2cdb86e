"""The solar cadastre over HTTP, on the synthetic quarter."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from geo import products
from geo.config import Settings

MONEY = {"retail_eur_per_kwh": 0.2}


@pytest.fixture(scope="module")
def client(sample_build: Settings) -> TestClient:
    return TestClient(create_app(sample_build))


@pytest.fixture(scope="module")
def somewhere(sample_build: Settings) -> dict[str, Any]:
    """A gabled house, with a place on its roof."""
    buildings = products.read_table("buildings", sample_build.processed)
    house = buildings[(buildings["segments"] == 2) & (buildings["panels"] > 12)].iloc[[0]]
    at = house.geometry.representative_point().to_crs("EPSG:4326").iloc[0]
    return {"id": house["id"].iloc[0], "lon": at.x, "lat": at.y, "row": house.iloc[0]}


def get(client: TestClient, path: str, **query: object) -> dict[str, Any]:
    answer = client.get(path, params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_nearest_building_has_its_planes_months_quality_and_credit(
    client: TestClient, somewhere: dict[str, Any]
) -> None:
    page = get(client, "/solar/buildings", lon=somewhere["lon"], lat=somewhere["lat"])
    facts = page["building"]["properties"]
    assert page["building"]["id"] == somewhere["id"]
    assert len(page["segments"]) == 2
    assert (page["quality"], page["synthetic"], page["estimate"]) == ("ok", True, True)
    assert "synthétique" in page["credit"]
    assert len(facts["yield_month_kwh"]) == 12
    np.testing.assert_allclose(sum(facts["yield_month_kwh"]), facts["yield_p50_kwh"], rtol=1e-5)
    for name in ("panels", "kwp", "yield_p50_kwh"):
        np.testing.assert_allclose(sum(one["properties"][name] for one in page["segments"]), facts[name], rtol=1e-5)
    for one in page["segments"]:
        months = one["properties"]["irradiation_month_kwh_m2"]
        np.testing.assert_allclose(sum(months), one["properties"]["irradiation_kwh_m2"], rtol=1e-5)
    assert get(client, f"/solar/buildings/{somewhere['id']}") == page


def test_panels_are_points_whose_energy_adds_up(client: TestClient, somewhere: dict[str, Any]) -> None:
    panels = get(client, f"/solar/buildings/{somewhere['id']}/panels")
    assert panels["numberReturned"] == len(panels["features"]) == somewhere["row"]["panels"]
    energy = sum(one["properties"]["yearly_energy_kwh"] for one in panels["features"])
    np.testing.assert_allclose(energy, somewhere["row"]["yield_p50_kwh"], rtol=1e-4)


def test_google_clients_find_their_fields(client: TestClient, somewhere: dict[str, Any]) -> None:
    place = {"location.latitude": somewhere["lat"], "location.longitude": somewhere["lon"], "key": "any"}
    found = get(client, "/v1/buildingInsights:findClosest", **place)
    potential = found["solarPotential"]
    assert found["name"] == f"buildings/{somewhere['id']}"
    assert {"center", "boundingBox", "imageryDate", "imageryQuality", "regionCode"} <= found.keys()
    assert potential["maxArrayPanelsCount"] == len(potential["solarPanels"]) == somewhere["row"]["panels"]
    assert len(potential["wholeRoofStats"]["sunshineQuantiles"]) == 11
    assert potential["wholeRoofStats"]["sunshineQuantiles"] == sorted(potential["wholeRoofStats"]["sunshineQuantiles"])
    energies = [panel["yearlyEnergyDcKwh"] for panel in potential["solarPanels"]]
    assert energies == sorted(energies, reverse=True)
    last = potential["solarPanelConfigs"][-1]
    assert last["panelsCount"] == len(energies)
    np.testing.assert_allclose(last["yearlyEnergyDcKwh"], sum(energies))
    np.testing.assert_allclose(sum(part["yearlyEnergyDcKwh"] for part in last["roofSegmentSummaries"]), sum(energies))


def test_google_clients_are_refused_in_googles_words(client: TestClient) -> None:
    far = client.get("/v1/buildingInsights:findClosest?location.latitude=50&location.longitude=2")
    assert (far.status_code, far.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_a_simulation_of_a_roof_keeps_the_cadastres_months(client: TestClient, somewhere: dict[str, Any]) -> None:
    question = {"building_id": somewhere["id"], "kwp": 1e4, "money": MONEY | {"cost_eur_per_wp": 1.5}}
    found = client.post("/solar/simulations", json=question).json()
    np.testing.assert_allclose(found["kwp"], somewhere["row"]["kwp"])
    np.testing.assert_allclose(found["production_kwh"], somewhere["row"]["yield_p50_kwh"], rtol=1e-3)
    balance = found["production_kwh"] - found["exported_kwh"] - (found["load_kwh"] - found["imported_kwh"])
    np.testing.assert_allclose(balance, 0.0, atol=1e-6)
    assert found["synthetic"]
    assert found["notes"]


def test_a_free_plane_and_an_own_load_are_simulated(client: TestClient) -> None:
    hours = "kwh\n" + "0.5\n" * 8760
    plane = {"kwp": 3, "tilt_deg": 35, "azimuth_deg": 180}
    found = client.post(
        "/solar/simulations", json={"plane": plane, "load": {"hourly_csv": hours}, "money": MONEY}
    ).json()
    np.testing.assert_allclose(found["load_kwh"], 4380.0)
    assert 900 < found["production_kwh"] / 3 < 1150


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"money": MONEY}, 400),
        ({"building_id": "nobody", "money": MONEY}, 404),
        ({"building_id": "x", "plane": {"kwp": 3, "tilt_deg": 35, "azimuth_deg": 180}, "money": MONEY}, 400),
        ({"plane": {"kwp": 3, "tilt_deg": 35, "azimuth_deg": 180}}, 400),
        ({"plane": {"kwp": 3, "tilt_deg": 35, "azimuth_deg": 180}, "money": MONEY, "tariff": "../../x"}, 400),
        ({"plane": {"kwp": 3, "tilt_deg": 35, "azimuth_deg": 180}, "money": MONEY, "tariff": "1999-Q1"}, 404),
        (
            {"plane": {"kwp": 3, "tilt_deg": 35, "azimuth_deg": 180}, "load": {"hourly_csv": "kwh\nx"}, "money": MONEY},
            400,
        ),
        ({"plane": {"kwp": 500, "tilt_deg": 35, "azimuth_deg": 180}, "money": MONEY}, 400),
    ],
)
def test_bad_questions_are_one_clear_line(client: TestClient, body: dict[str, Any], status: int) -> None:
    answer = client.post("/solar/simulations", json=body)
    assert answer.status_code == status, answer.text
    assert len(answer.json()["detail"].splitlines()) == 1


def test_a_body_without_end_is_refused(client: TestClient) -> None:
    assert client.post("/solar/simulations", content=b" " * 1_000_001).status_code == 413


def test_summaries_add_up(client: TestClient, sample_build: Settings) -> None:
    whole = get(client, "/solar/summary")
    buildings = products.read_table("buildings", sample_build.processed)
    assert whole["totals"]["roofs"] == len(buildings)
    np.testing.assert_allclose(whole["totals"]["power_mwp"], buildings["kwp"].sum() / 1000, rtol=1e-5)
    assert sum(one["segments"] for one in whole["by_suitability"].values()) == buildings["segments"].sum()
    assert get(client, "/solar/summary", epci="CALL")["totals"] == whole["totals"]
    communes = whole["by_commune"]
    first = next(iter(communes))
    one = get(client, "/solar/summary", commune=first)
    assert one["totals"] == {name: communes[first][name] for name in one["totals"]}
    assert one["by_size_kwp"] == communes[first]["by_size_kwp"]
    for name in ("by_suitability", "by_size_kwp", "by_public"):
        assert sum(part["roofs"] for part in whole[name].values()) == whole["totals"]["roofs"]
        power = sum(part["power_mwp"] for part in whole[name].values())
        np.testing.assert_allclose(power, whole["totals"]["power_mwp"], atol=1e-5)
    planes_m2 = sum(part["usable_area_m2"] for part in whole["by_suitability"].values())
    np.testing.assert_allclose(planes_m2, whole["totals"]["usable_area_m2"], atol=0.5)
    assert whole["provenance"]["synthetic_roofs"] == len(buildings)
    assert "synthétique" in whole["provenance"]["credit"]
    assert whole["public_buildings"]["roofs"] == 1


def test_figures_are_a_table_too(small_cadastre: Path) -> None:
    answer = TestClient(create_app(Settings(processed=small_cadastre))).get("/solar/summary.csv?epci=CAE")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="solar_summary.csv"'
    assert answer.headers["access-control-allow-origin"] == "*"
    table = pd.read_csv(io.StringIO(answer.text), dtype={"code": "string"})
    assert table["level"].tolist() == ["asked", "epci", "commune", "commune"]
    assert table["power_mwp"].tolist() == [0.093, 0.093, 0.093, 0.0]
    assert table["name"].tolist()[-1] == "'=Est+1"


@pytest.mark.parametrize("suffix", ["", ".csv"])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("commune=62001%0A", 400),
        ("commune=62001%7C62002", 400),
        ("commune=٦٢٠٠١", 400),
        ("commune=", 400),
        ("commune=62999", 404),
        ("epci=", 404),
        ("epci=%00", 404),
        ("epci=CAE%27--", 404),
        ("epci=" + "9" * 41, 400),
        ("commune=62001&commune=62002", 200),
        ("epci=987654321", 200),
    ],
)
def test_hostile_areas_are_refused_in_one_line(small_cadastre: Path, suffix: str, query: str, status: int) -> None:
    answer = TestClient(create_app(Settings(processed=small_cadastre))).get(f"/solar/summary{suffix}?{query}")
    assert answer.status_code == status, answer.text
    if status != 200:
        assert len(answer.json()["detail"].splitlines()) == 1


def test_figures_of_nothing_built_are_503(tmp_path: Path) -> None:
    for suffix in ("", ".csv", "?epci=CALL"):
        assert TestClient(create_app(Settings(processed=tmp_path))).get(f"/solar/summary{suffix}").status_code == 503


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/solar/buildings?lon=2.0&lat=50.0", 404),
        ("/solar/buildings?lon=nan&lat=50.0", 400),
        ("/solar/buildings?lon=2.0", 400),
        ("/solar/buildings/nobody", 404),
        ("/solar/buildings/nobody/panels", 404),
        ("/solar/summary?commune=99999", 404),
        ("/solar/summary?commune=x", 400),
        ("/solar/summary?epci=x", 404),
        ("/solar/summary?epci=CALL&commune=62498", 400),
        ("/solar/summary?unknown=1", 400),
    ],
)
def test_bad_requests_are_one_clear_line(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert "expected" in answer.json()["detail"]


def test_figures_in_the_middle_of_a_build_are_503(small_cadastre: Path) -> None:
    (small_cadastre / "buildings.parquet").write_bytes(b"another table")
    answer = TestClient(create_app(Settings(processed=small_cadastre))).get("/solar/summary")
    assert answer.status_code == 503
    assert "ask again" in answer.json()["detail"]
