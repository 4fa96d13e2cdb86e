"""What a reader asks of a roof: its sheet, its panels on the map, a simulation, on a desk and on a phone."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from playwright.sync_api import Page, Route, expect

from geo import products
from geo.catalogue import LAYERS
from geo.config import Settings
from geo.layers import Layer

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
FAR = (50.30, 2.60)
"""Latitude and longitude without a roof within 50 m."""
HOSTILE = '<img src=x onerror="window.ran=1"><svg onload=window.ran=1></script><script>window.ran=1</script>{{7*7}}'

Publish = Callable[[Path, Callable[[Layer, str], str], str], Settings]
Served = Callable[[Settings], AbstractContextManager[str]]


class Quarter:
    """The sample quarter, served; a gabled house in it, and its school."""

    def __init__(self, address: str, settings: Settings) -> None:
        self.address = address
        buildings = products.read_table("buildings", settings.processed)
        houses = buildings[(buildings["segments"] == 2) & (buildings["kwp"] > 9) & (buildings["kind"] == "house")]
        self.house = self.place(houses.iloc[[0]])
        self.school = self.place(buildings[buildings["kind"] == "school"].iloc[[0]])

    @staticmethod
    def place(row: gpd.GeoDataFrame) -> tuple[str, float, float]:
        """Return a building's id, and the latitude and longitude of a point on it."""
        at = row.geometry.representative_point().to_crs("EPSG:4326").iloc[0]
        return str(row["id"].iloc[0]), float(at.y), float(at.x)


@pytest.fixture(scope="module")
def quarter(sample_build: Settings, serve_town: Served) -> Iterator[Quarter]:
    with serve_town(sample_build) as address:
        yield Quarter(address, sample_build)


on_a_phone = pytest.mark.parametrize("page", [PHONE], ids=["phone"], indirect=True)


def click_middle(page: Page) -> None:
    area = page.locator(".folium-map").bounding_box()
    assert area is not None
    page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)


def open_roof(page: Page, quarter: Quarter, roof: tuple[str, float, float], lang: str = "fr") -> dict[str, Any]:
    """Click a roof in the middle of the map; return its sheet as the service gives it."""
    key, lat, lon = roof
    page.goto(f"{quarter.address}/?lang={lang}#18/{lat}/{lon}/buildings/none")
    expect(page.locator(".leaflet-layer-buildings-pane path").first).to_be_attached()
    click_middle(page)
    expect(page.locator(".roof .figures")).to_be_visible()
    sheet: dict[str, Any] = page.request.get(f"{quarter.address}/solar/buildings/{key}").json()
    return sheet


def figures(page: Page, within: str) -> dict[str, str]:
    """Return the figures of a list, label to value."""
    found = page.locator(f"{within} .figures > div").all()
    return {one.locator("dt").inner_text(): one.locator("dd").first.inner_text() for one in found}


def fr(value: float) -> str:
    """Return a whole number as French writes it, with the spaces of a browser."""
    return f"{value:,.0f}".replace(",", "\u202f")


def ask(page: Page, **fields: str) -> None:
    """Fill the form and send it."""
    for name, value in fields.items():
        page.fill(f"#simulation-{name}", value)
    page.locator(".simulation button[type=submit]").click()


def test_a_click_on_a_roof_tells_what_the_service_knows_of_it(page: Page, quarter: Quarter, pictures: Path) -> None:
    sheet = open_roof(page, quarter, quarter.house)
    facts = sheet["building"]["properties"]
    expect(page.locator("#roof-title")).to_be_focused()
    expect(page.locator("#roof-title")).to_have_text(f"Maison, {facts['commune']}")
    shown = figures(page, ".roof-body >")
    assert shown["Production médiane (P50)"] == f"{fr(facts['yield_p50_kwh'])}\u00a0kWh/an"
    assert shown["Production prudente (P90)"] == f"{fr(facts['yield_p90_kwh'])}\u00a0kWh/an"
    assert shown["Panneaux"] == fr(facts["panels"])
    assert shown["Surface du toit"] == f"{fr(facts['roof_area_m2'])}\u00a0m²"
    assert shown["Surface utile"] == f"{fr(facts['usable_area_m2'])}\u00a0m²"
    body = page.locator(".roof-body")
    for words in ("une année sur deux", "neuf années sur dix", "Aptitude bonne", "estimations", "inventé"):
        expect(body).to_contain_text(words)
    expect(page.locator(".sources")).to_contain_text(sheet["credit"])
    expect(page.locator(".sources")).to_contain_text(facts["weather"])
    page.screenshot(path=pictures / "roof_desk.png")


def test_months_and_planes_are_those_of_the_service(page: Page, quarter: Quarter) -> None:
    sheet = open_roof(page, quarter, quarter.house)
    months = sheet["building"]["properties"]["yield_month_kwh"]
    bars = page.locator(".roof-body > figure .bar")
    heights = bars.evaluate_all("bars => bars.map((bar) => bar.height.baseVal.value)")
    for height, month in zip(heights, months, strict=True):
        assert height / heights[5] == pytest.approx(month / months[5], rel=1e-3)
    page.get_by_text("Les mêmes chiffres en tableau").click()
    assert page.locator("figure td").all_inner_texts() == [fr(month) for month in months]
    rows = page.locator(".planes tbody tr")
    assert rows.count() == len(sheet["segments"])
    for row, segment in zip(rows.all(), sheet["segments"], strict=True):
        facts = segment["properties"]
        sides = ["nord", "nord-est", "est", "sud-est", "sud", "sud-ouest", "ouest", "nord-ouest"]
        side = sides[round(facts["azimuth_deg"] / 45) % 8]
        assert row.locator("td").all_inner_texts()[0] == side
        assert row.locator("td").all_inner_texts()[2:4] == [fr(facts["area_m2"]), fr(facts["irradiation_kwh_m2"])]


def test_the_panels_of_a_roof_are_shown_on_the_map_and_hidden_again(page: Page, quarter: Quarter) -> None:
    sheet = open_roof(page, quarter, quarter.house)
    button = page.get_by_role("button", name="Panneaux sur la carte")
    button.click()
    dots = page.locator(".roof-pane path[fill='#1d3557']")
    expect(dots).to_have_count(sheet["building"]["properties"]["panels"])
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(dots).to_have_count(0)


def test_a_simulation_shows_what_the_service_answers_in_french(page: Page, quarter: Quarter, pictures: Path) -> None:
    open_roof(page, quarter, quarter.house)
    with page.expect_response("**/solar/simulations") as waited:
        ask(page, yearly_kwh="4 500", retail="0,21")
    sent, answer = waited.value.request.post_data_json, waited.value.json()
    assert sent["load"] == {"kind": "household", "yearly_kwh": 4500}
    assert sent["money"]["retail_eur_per_kwh"] == 0.21
    assert answer["load_kwh"] == pytest.approx(4500)
    expect(page.locator(".results h3")).to_be_focused()
    shown = figures(page, ".results")
    assert shown["Autoconsommation"] == f"{100 * answer['self_consumption']:.0f}\u00a0%"
    assert shown["Autonomie"] == f"{100 * answer['self_sufficiency']:.0f}\u00a0%"
    assert shown["Économies sur la facture"] == f"{fr(answer['bill_savings_eur'])}\u00a0€/an"
    assert shown["Dépense au départ"] == f"{fr(answer['cost_eur'])}\u00a0€"
    results = page.locator(".results")
    expect(results).to_contain_text("production électrique française moyenne de 2024")
    expect(results).to_contain_text(re.compile(r"Le barème \S+ valait jusqu'au \d\d/\d\d/20\d\d"))
    expect(results.locator("[lang=en]")).to_have_count(0)  # every note of the service has its French
    assert results.locator(".caveats li").count() >= len(answer["notes"])
    total = sum(answer["cash_flows_eur"])
    assert results.locator("figure td").last.evaluate("cell => cell.textContent").replace("-", "") == fr(abs(total))
    results.scroll_into_view_if_needed()
    page.screenshot(path=pictures / "roof_simulation.png")


def test_without_a_price_of_the_readers_own_nothing_is_simulated(page: Page, quarter: Quarter) -> None:
    open_roof(page, quarter, quarter.house)
    expect(page.locator("#simulation-retail")).to_have_value("")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    ask(page, yearly_kwh="4500")
    expect(page.locator("#simulation-refusal")).to_have_text("« Prix du kWh acheté » manque : indiquez un nombre.")
    expect(page.locator("#simulation-retail")).to_be_focused()
    ask(page, retail="beaucoup")
    expect(page.locator("#simulation-refusal")).to_have_text(
        "« Prix du kWh acheté » : indiquez un nombre entre 0 et 5."
    )
    assert "POST" not in asked


def test_a_refusal_of_the_service_is_one_line_in_the_form(page: Page, quarter: Quarter) -> None:
    open_roof(page, quarter, quarter.school)
    ask(page, yearly_kwh="90000", retail="0,2", kwp="20")
    refused = page.locator("#simulation-refusal")
    expect(refused).to_have_text(
        re.compile("^Le barème 2026-Q1 ne donne pas de prix d'installation pour 20 kWc : .* devis\\.$")
    )
    expect(page.locator("#simulation-cost")).to_be_focused()
    expect(page.locator(".results")).to_be_hidden()
    with page.expect_response("**/solar/simulations") as waited:
        ask(page, cost="30 000")
    assert waited.value.json()["cost_eur"] == pytest.approx(30_000)
    expect(refused).to_be_hidden()
    expect(page.locator(".results")).to_be_visible()
    page.route("**/solar/simulations", lambda route: route.fulfill(status=400, json={"detail": HOSTILE}))
    ask(page)
    expect(refused).to_have_text(HOSTILE)
    assert page.evaluate("window.ran") is None


def test_the_whole_roof_is_asked_for_by_the_figure_that_the_form_tells(page: Page, quarter: Quarter) -> None:
    sheet = open_roof(page, quarter, quarter.house)
    most = re.search(r"porte ([\d,]+) kWc", page.locator("#simulation-kwp-hint").inner_text())
    assert most is not None
    with page.expect_response("**/solar/simulations") as waited:
        ask(page, yearly_kwh="4500", retail="0,2", cost="15000", kwp=most[1])
    assert waited.value.json()["kwp"] == pytest.approx(sheet["building"]["properties"]["kwp"])


def test_a_second_click_waits_for_the_first(page: Page, quarter: Quarter) -> None:
    open_roof(page, quarter, quarter.house)
    asked: list[Route] = []
    page.route("**/solar/simulations", lambda route: asked.append(route))
    ask(page, yearly_kwh="4500", retail="0,2")
    button = page.locator(".simulation button[type=submit]")
    expect(button).to_have_text("Calcul en cours…")
    button.click(force=True)
    page.locator("#simulation-retail").press("Enter")
    page.wait_for_timeout(100)
    assert len(asked) == 1
    asked[0].abort()
    expect(page.locator("#simulation-refusal")).to_have_text("Le service ne répond pas ; réessayez dans un instant.")
    expect(button).to_have_text("Simuler")


def test_the_tool_finds_the_nearest_roof_or_says_that_there_is_none(page: Page, quarter: Quarter) -> None:
    page.goto(f"{quarter.address}/#18/{FAR[0]}/{FAR[1]}//none")
    tool = page.get_by_role("button", name="Mon toit")
    tool.click()
    expect(page.get_by_text("Touchez votre toit sur la carte.")).to_be_visible()
    click_middle(page)
    expect(page.get_by_text("Aucun toit à moins de 50 m")).to_be_visible()
    page.goto(f"{quarter.address}/#11/{FAR[0]}/{FAR[1]}//none")
    click_middle(page)
    expect(page).to_have_url(re.compile("#17/"))  # one finger covers a town: first come closer
    page.keyboard.press("Escape")
    expect(tool).to_have_attribute("aria-pressed", "false")
    _, lat, lon = quarter.house
    page.goto(f"{quarter.address}/#18/{lat}/{lon}//none")
    tool.click()
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#roof-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#roof")).to_be_hidden()
    expect(page.locator(".folium-map")).to_be_focused()


def test_the_panel_speaks_english_too(page: Page, quarter: Quarter) -> None:
    sheet = open_roof(page, quarter, quarter.house, "en")
    facts = sheet["building"]["properties"]
    assert figures(page, ".roof-body >")["Median yield (P50)"] == f"{facts['yield_p50_kwh']:,.0f}\u00a0kWh/year"
    with page.expect_response("**/solar/simulations") as waited:
        ask(page, yearly_kwh="4,500", retail="0.21")
    assert waited.value.request.post_data_json["load"]["yearly_kwh"] == 4500
    expect(page.locator(".results")).to_contain_text("Self-consumption")


@on_a_phone
def test_on_a_phone_the_panel_stands_under_the_map(page: Page, quarter: Quarter, pictures: Path) -> None:
    open_roof(page, quarter, quarter.house)
    panel, area = page.locator("#roof").bounding_box(), page.locator(".folium-map").bounding_box()
    assert panel is not None
    assert area is not None
    assert (panel["x"], panel["width"]) == (0, PHONE["width"])
    assert panel["y"] + panel["height"] == pytest.approx(PHONE["height"], abs=1)
    assert area["height"] > 200
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    page.wait_for_timeout(300)  # the map glides to the roof
    page.screenshot(path=pictures / "roof_phone.png")
    ask(page, yearly_kwh="4500", retail="0,2")
    expect(page.locator(".results")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    for part in (".roof-body", ".roof-body > .figures", ".results .figures", ".planes"):
        assert page.locator(part).evaluate("part => part.scrollWidth - part.clientWidth") == 0, part
    page.screenshot(path=pictures / "roof_phone_simulation.png")
    page.get_by_role("button", name="Fermer").click()
    expect(page.get_by_role("button", name="Couches", exact=True)).to_be_visible()


def test_a_doubtful_roof_says_what_is_not_known_of_it(page: Page, quarter: Quarter) -> None:
    def doubtful(route: Route) -> None:
        sheet = route.fetch().json()
        sheet["quality"] = "under_trees"
        sheet["building"]["properties"] |= {
            "panels": 0, "kwp": 0.0, "yield_p50_kwh": None, "yield_p90_kwh": None, "suitability": "poor",
            "best_irradiation_kwh_m2": 650.0, "heritage": "zone tampon",
        }  # fmt: skip
        sheet["segments"][0]["properties"] |= {"pitch_deg": 1.0, "irradiation_kwh_m2": None}
        route.fulfill(json=sheet)

    page.route("**/solar/buildings/*", doubtful)
    open_roof(page, quarter, quarter.house)
    assert figures(page, ".roof-body >")["Production médiane (P50)"] == "non connu"
    body = page.locator(".roof-body")
    for words in (
        "des arbres cachent une partie du toit",
        "Patrimoine : zone tampon",
        "Aptitude faible",
        "aucun panneau",
    ):
        expect(body).to_contain_text(words)
    assert page.locator(".planes tbody tr").first.locator("td").all_inner_texts()[0] == "plat"
    assert page.locator(".planes tbody tr").first.locator("td").all_inner_texts()[3] == "\N{EN DASH}"
    expect(page.locator(".simulation, .roof-body > figure")).to_have_count(0)


def test_what_else_lies_under_the_click_stays_within_reach(page: Page, quarter: Quarter) -> None:
    _, lat, lon = quarter.house
    page.goto(f"{quarter.address}/#18/{lat}/{lon}/buildings,communes/none")
    expect(page.locator(".leaflet-layer-communes-pane path").first).to_be_attached()
    expect(page.locator(".leaflet-layer-buildings-pane path").first).to_be_attached()
    click_middle(page)
    page.get_by_role("button", name="Autres objets à cet endroit").click()
    expect(page.locator("#roof")).to_be_hidden()
    expect(page.locator(".leaflet-popup .kicker")).to_have_text("Communes")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, publish_town: Publish, serve_town: Served) -> Iterator[str]:
    """A town in which every text but the ids is hostile."""
    keys = {"id": "b", "building_id": "b 1"}
    folder = tmp_path_factory.mktemp("hostile-roofs")
    with serve_town(publish_town(folder, lambda layer, name: keys.get(name, HOSTILE), HOSTILE)) as address:
        yield address


def test_no_text_of_a_roof_or_of_its_simulation_runs(page: Page, hostile: str) -> None:
    lon = 2.8003 + 0.001 * list(LAYERS).index("buildings")  # as the town places them
    page.goto(f"{hostile}/#18/50.4303/{lon}/buildings/none")
    expect(page.locator(".leaflet-layer-buildings-pane path").first).to_be_attached()
    click_middle(page)
    expect(page.locator("#roof-title")).to_have_text(f"{HOSTILE}, {HOSTILE}")
    for place in (".heritage", ".quality", ".sources"):
        expect(page.locator(f".roof {place}")).to_contain_text(HOSTILE)
    answer = {
        "kwp": 9.0, "production_kwh": 1.0, "exported_kwh": 1.0, "imported_kwh": 1.0, "self_consumption": 0.5,
        "self_sufficiency": 0.5, "bill_savings_eur": 1.0, "sales_eur": 1.0, "premium_eur": 1.0, "cost_eur": 1.0,
        "cash_flows_eur": [-1.0, 2.0], "payback_years": 0.5, "irr": None, "npv_eur": 1.0, "notes": [HOSTILE],
        "carbon": {"counterfactual": HOSTILE, "counterfactual_g_per_kwh": 1.0, "avoided_kg": 1.0, "emitted_kg": 2.0},
        "weather": HOSTILE, "synthetic": True,
    }  # fmt: skip
    page.route("**/solar/simulations", lambda route: route.fulfill(json=answer))
    ask(page, yearly_kwh="4500", retail="0,2")
    for place in (".carbon", ".caveats"):
        expect(page.locator(f".results {place}")).to_contain_text(HOSTILE)
    assert page.evaluate("window.ran") is None
    assert page.locator("img[src=x], svg[onload]").count() == 0
