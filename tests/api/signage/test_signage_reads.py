"""Reading signs: filters, pages, marks, tables for spreadsheets."""

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from geo.export import FORMULA_STARTS
from geo.register import signs
from geo.register.database import Register
from geo.register.people import Actor

if TYPE_CHECKING:
    from tests.api.signage.conftest import Town

URL = "/signage/signs"


def codes(town: "Town", query: str, who: str | None = "ada") -> list[str]:
    answer = town.ask(who, "GET", f"{URL}{query}")
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["features"]]


def test_signs_are_geojson_in_degrees(town: "Town") -> None:
    answer = town.client.get(URL)
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    assert (body["numberMatched"], body["numberReturned"]) == (2, 2)
    for one in body["features"]:
        lon, lat = one["geometry"]["coordinates"]
        assert 2.7 < lon < 2.9
        assert 50.3 < lat < 50.5


def test_the_meridian_of_3_degrees_is_x_700_km_in_the_register(town: "Town") -> None:
    new = {"facts": {"lon": 3.0, "lat": 50.4}, "birth": {"prefix": "LEN"}}
    code = town.ask("anne", "POST", URL, json=new).json()["code"]
    with Register(town.path) as register, register.read() as database:
        assert signs.sign(database, Actor("test", "admin"), code).x == pytest.approx(700_000, abs=1e-3)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["AVI-001", "LEN-001", "LEN-002"]),
        ("?status=installed", ["AVI-001"]),
        ("?status=removed", []),
        ("?park=P02", ["LEN-001", "LEN-002"]),
        ("?park=%27%20OR%201%3D1%20--", []),
        ("?commune=62498", ["AVI-001"]),
        ("?bbox=2.70,50.40,2.80,50.50", ["LEN-001", "LEN-002"]),
        ("?bbox=2.70,50.40,2.80,50.50&status=installed", []),
        ("?limit=1&offset=1", ["LEN-001"]),
        ("?offset=9", []),
    ],
)
def test_filters_keep_what_they_say(town: "Town", query: str, expected: list[str]) -> None:
    assert codes(town, query) == expected


def test_pages_follow_each_other_and_add_up(town: "Town") -> None:
    found, url = [], f"{URL}?limit=1"
    while url:
        body = town.ask("ada", "GET", url).json()
        assert body["numberMatched"] == 3
        found += [one["id"] for one in body["features"]]
        url = next((link["href"] for link in body["links"] if link["rel"] == "next"), None)
    assert found == ["AVI-001", "LEN-001", "LEN-002"]


@pytest.mark.parametrize("query", ["?status=new", "?bbox=1,2,3", "?commune=abc", "?limit=0", "?draft=1", "?offset=-1"])
def test_a_question_that_makes_no_sense_is_400(town: "Town", query: str) -> None:
    answer = town.client.get(f"{URL}{query}")
    assert answer.status_code == 400
    assert "expected" in answer.json()["detail"]


def test_a_commune_that_is_not_published_is_404(town: "Town") -> None:
    assert town.client.get(f"{URL}?commune=62427").status_code == 404


def test_a_sign_has_its_version_as_mark_and_costs_304_when_unchanged(town: "Town") -> None:
    first = town.client.get(f"{URL}/LEN-001")
    assert first.headers["etag"] == f'"{town.version("LEN-001")}"'
    assert first.json()["blades"][0]["lines"][0]["text"] == "Parc des Îles"
    again = town.client.get(f"{URL}/LEN-001", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_was_cancelled_is_shown_to_its_owner_and_the_pole_alone(town: "Town") -> None:
    version = town.version("LEN-001")
    assert town.ask("anne", "POST", f"{URL}/LEN-001/status", version, json={"status": "cancelled"}).status_code == 200
    assert [town.ask(who, "GET", f"{URL}/LEN-001").status_code for who in (None, "bruno", "anne", "paul")] == [
        404, 404, 200, 200,
    ]  # fmt: skip
    assert codes(town, "", None) == ["AVI-001"]


def rows(town: "Town", who: str | None, query: str = "") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(town.ask(who, "GET", f"{URL}.csv{query}").text, newline="")))


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


def test_the_table_holds_the_same_signs(town: "Town") -> None:
    for who in (None, "anne", "bruno", "paul", "ada"):
        assert [row["code"] for row in rows(town, who)] == codes(town, "", who)
    assert rows(town, None)[1]["organisation"] == ""
    assert rows(town, "paul")[1]["organisation"] == "Lens"


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=60))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "a\r=1+1", "a\n=1+1", '",=', ""])
def test_no_cell_of_the_table_runs_and_none_is_lost(town: "Town", start: str, text: str) -> None:
    said = f"{start}{text}"
    edit = {"facts": {"notes": said}}
    assert town.ask("anne", "PATCH", f"{URL}/LEN-001", town.version("LEN-001"), json=edit).status_code == 200
    table = rows(town, "anne")
    assert [row["code"] for row in table] == ["AVI-001", "LEN-001", "LEN-002"]
    notes = table[1]["notes"]
    assert not notes.startswith(FORMULA_STARTS)
    assert notes.removeprefix("'") == said.removeprefix("'")
    assert all(not str(cell).startswith(FORMULA_STARTS) for row in table for cell in row.values() if cell)


def test_the_catalogue_tells_what_prices_are_worth(town: "Town") -> None:
    types = town.client.get("/signage/catalogue").json()["types"]
    assert len(types) > 5
    assert not [one["name"] for one in types if one["name"].startswith("(yardstick)")]
    assert all(one["cost_status"] and one["source"] for one in types)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("ada", ["LEN-001", "LEN-002"]),
        ("paul", ["LEN-001"]),
        ("anne", ["LEN-001", "LEN-002"]),
        ("bruno", []),
        (None, []),
    ],
)
def test_the_filter_by_owner_tells_owners_to_those_alone_who_are_shown_them(
    town: "Town", who: str | None, expected: list[str]
) -> None:
    assert codes(town, "?organisation=Lens", who) == expected
    assert [row["code"] for row in rows(town, who, "?organisation=Lens")] == expected
    assert codes(town, "?organisation=Lens&status=installed", who) == []
    assert codes(town, "?organisation=Nowhere", who) == []


@pytest.mark.parametrize("known", ['W/"{}"', '"x", "{}"', '"x",W/"{}"', "*"])
def test_what_is_known_already_is_304_through_proxies_and_in_lists(town: "Town", known: str) -> None:
    town.ask("ada", "PATCH", "/signage/requests/1", 1, json={"decision": "accepted"})
    for url, version in ((f"{URL}/LEN-001", town.version("LEN-001")), ("/signage/requests/1", 2)):
        assert town.ask("ada", "GET", url, headers={"If-None-Match": known.format(version)}).status_code == 304
        other = known.format(version + 1)
        assert other == "*" or town.ask("ada", "GET", url, headers={"If-None-Match": other}).status_code == 200


def test_a_table_leads_to_its_next_page(town: "Town") -> None:
    found, url = [], f"{URL}.csv?limit=2"
    while url:
        answer = town.ask("ada", "GET", url)
        found += [row["code"] for row in csv.DictReader(io.StringIO(answer.text, newline=""))]
        url = answer.links.get("next", {}).get("url")
    assert found == ["AVI-001", "LEN-001", "LEN-002"]


def test_requests_are_filtered_and_paged(town: "Town") -> None:
    def numbers(query: str, who: str = "paul") -> list[int]:
        return [one["id"] for one in town.ask(who, "GET", f"/signage/requests{query}").json()["requests"]]

    town.ask("paul", "PATCH", "/signage/requests/1", 1, json={"decision": "accepted"})
    assert numbers("?decision=waiting") == [2]
    assert numbers("?decision=accepted") == [1]
    assert numbers("?decision=refused") == []
    assert numbers("?limit=1&offset=1") == [2]
    assert numbers("?decision=waiting", "anne") == []
    assert town.ask("paul", "GET", "/signage/requests?limit=1").json()["numberMatched"] == 2
    for strange in ("?decision=lost", "?limit=0", "?who=anne"):
        assert town.ask("paul", "GET", f"/signage/requests{strange}").status_code == 400


def test_changes_tell_who_changed_what_oldest_first(town: "Town") -> None:
    version = town.version("LEN-001")
    before = town.ask("anne", "GET", f"{URL}/LEN-001/changes").json()["numberMatched"]
    town.ask("anne", "PATCH", f"{URL}/LEN-001", version, json={"facts": {"lon": 2.81, "lat": 50.43, "name": "Entrée"}})
    told = town.ask("ada", "GET", f"{URL}/LEN-001/changes?offset={before}").json()
    assert (told["numberMatched"], told["numberReturned"]) == (before + 1, 1)
    (change,) = told["changes"]
    assert (change["who"], change["table"], change["action"]) == ("anne", "signs", "update")
    assert (change["before"]["name"], change["after"]["name"]) == ("=cmd|'/c calc'!A0", "Entrée")
    assert (change["after"]["lon"], change["after"]["lat"]) == pytest.approx((2.81, 50.43), abs=1e-7)
    assert "geom" not in change["before"]


def test_a_cancelled_sign_is_404_to_another_owner_whatever_he_asks(town: "Town") -> None:
    town.ask("anne", "POST", f"{URL}/LEN-001/status", town.version("LEN-001"), json={"status": "cancelled"})
    version = town.version("LEN-001")
    asked = (
        ("GET", "", {}), ("GET", "/changes", {}), ("PATCH", "", {"json": {}}),
        ("POST", "/status", {"json": {"status": "validated"}}), ("POST", "/photos", {"content": png()}),
    )  # fmt: skip
    for method, rest, body in asked:
        assert town.ask("bruno", method, f"{URL}/LEN-001{rest}", version, **body).status_code == 404
