"""Parks over HTTP, on the sample: sheets, the nearest on foot, indicators, and requests that make no sense."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fastapi.testclient import TestClient
from pyproj import Geod

from api.main import create_app
from geo import products
from geo.config import Settings
from geo.parks.sheets import concerns


@pytest.fixture(scope="module")
def client(sample_build: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(sample_build)) as found:
        yield found


@pytest.fixture(scope="module")
def door(sample_build: Settings) -> pd.Series:
    """An entrance that lies on a known way, in degrees."""
    doors = products.read_table("park_entrances", sample_build.processed).to_crs(4326)
    return doors[doors["kind"] == "crossing"].sort_values("id").iloc[0]


def test_a_park_has_a_sheet_with_access_entrances_and_events(client: TestClient, door: pd.Series) -> None:
    page = client.get(f"/parks/{door['park_id']}").json()
    assert page["park"]["id"] == door["park_id"]
    assert door["id"] in [one["id"] for one in page["entrances"]]
    assert page["access"]["entrances"] == len(page["entrances"])
    assert page["access"]["people_10min_straight"] >= page["access"]["people_300m"] >= 0
    assert [one["properties"]["kind"] for one in page["events"]]
    assert page["credit"] and page["built_at"]


def test_standing_at_an_entrance_its_park_is_nearest(client: TestClient, door: pd.Series) -> None:
    answer = client.get("/parks/nearest", params={"lon": door.geometry.x, "lat": door.geometry.y}).json()
    assert answer["nearest"]["id"] == door["park_id"]
    assert answer["nearest"]["straight_m"] < 1
    assert answer["nearest"]["walk_m"] < 5
    walks = [one["walk_m"] for one in answer["parks"]]
    assert walks == sorted(walks)
    assert len({one["id"] for one in answer["parks"]}) == len(walks) <= 5


def test_a_walk_is_never_shorter_than_the_straight_line_nor_longer_than_the_estimate(
    client: TestClient, door: pd.Series
) -> None:
    for east_m, north_m in ((150, 0), (-400, 300), (0, -900)):
        lon, lat, _ = Geod(ellps="WGS84").fwd(
            door.geometry.x, door.geometry.y, np.degrees(np.arctan2(east_m, north_m)), np.hypot(east_m, north_m)
        )
        answer = client.get("/parks/nearest", params={"lon": lon, "lat": lat}).json()
        detour = answer["walking"]["detour"]
        for park in answer["parks"]:
            assert park["straight_m"] * 0.999 <= park["walk_m"] <= park["straight_m"] * detour * 1.001 + 0.1
            assert park["walk_min"] == pytest.approx(
                park["walk_m"] / (answer["walking"]["speed_km_h"] / 0.06), abs=0.06
            )


def test_indicators_of_communes_add_up_to_the_epci_and_the_territory(client: TestClient) -> None:
    whole = client.get("/parks/indicators").json()
    assert whole["connectivity"]["components"] >= 1
    assert 0 < whole["connectivity"]["probability_of_connectivity"] < 1
    assert whole["connectivity"]["joining_links"] <= whole["connectivity"]["missing_links"]
    for name in ("population", "people_300m", "people_10min_network", "park_m2", "greenway_m"):
        assert sum(row[name] for row in whole["communes"]) == pytest.approx(whole["totals"][name], rel=1e-6, abs=1)
    by_epci = [client.get("/parks/indicators", params={"epci": short}).json() for short in ("CALL", "CAHC", "CABBALR")]
    assert sum(one["totals"]["population"] for one in by_epci) == pytest.approx(whole["totals"]["population"])
    assert sum(len(one["communes"]) for one in by_epci) == len(whole["communes"]) == 150
    lens = client.get("/parks/indicators", params={"commune": "62498"}).json()
    assert [row["id"] for row in lens["communes"]] == ["62498"]
    assert lens["totals"]["share_300m"] == pytest.approx(
        100 * lens["totals"]["people_300m"] / lens["totals"]["population"], abs=0.01
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/parks/nobody", 404),
        ("/parks/P01?x=1", 400),
        ("/parks/nearest", 400),
        ("/parks/nearest?lon=nan&lat=50", 400),
        ("/parks/nearest?lon=2.35&lat=48.85", 404),
        ("/parks/indicators?commune=99999", 404),
        ("/parks/indicators?commune=x", 400),
        ("/parks/indicators?epci=%27%20OR%201", 404),
        ("/parks/indicators?epci=CALL&commune=62498", 400),
        ("/parks/indicators?other=1", 400),
    ],
)
def test_bad_requests_are_one_clear_line(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert len(answer.json()["detail"].splitlines()) == 1


def test_nothing_built_is_503(tmp_path: Path) -> None:
    empty = TestClient(create_app(Settings(processed=tmp_path)))
    for path in ("/parks/P01", "/parks/indicators", "/parks/nearest?lon=2.8&lat=50.4"):
        assert empty.get(path).status_code == 503


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ({"parks": "P01|P02"}, True),
        ({"parks": "P011"}, False),
        ({"large_parks": "centralite"}, True),
        ({"parks": "P09", "large_parks": "centralite"}, True),
        ({"large_parks": "canal-deule"}, False),
        ({"parks": None, "large_parks": None}, True),
    ],
)
def test_events_of_a_park_of_its_large_park_and_of_the_chain(event: dict[str, Any], wanted: bool) -> None:
    assert concerns(event, "P01", "centralite") is wanted
