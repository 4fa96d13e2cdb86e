"""What a reader asks of a park: its sheet, its entrances on the map, the nearest ones, on a desk and on a phone."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from geo import products
from geo.catalogue import LAYERS
from geo.config import Settings

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
HOSTILE = '<img src=x onerror="window.ran=1"><svg onload=window.ran=1></script><script>window.ran=1</script>{{7*7}}'
LAT, LON = 50.4303, 2.8003 + 0.001 * list(LAYERS).index("parks")
"""A spot on the town's first park."""

SQUARE = [[LON, LAT], [LON + 0.002, LAT], [LON + 0.002, LAT + 0.002], [LON, LAT + 0.002], [LON, LAT]]
FACTS = {
    "id": "P 1", "name": "Parc d'essai", "kind": "terril", "large_park": "Parc Centralité", "state": "works",
    "opening_year": "2027", "owner": "Ville d'essai", "manager": None, "perimeter_source": "circle",
    "area_m2": 123_400.0, "stated_area_m2": 125_000.0, "protections": "bien inscrit 62 %", "inscribed_share": 0.62,
    "buffer_share": 0.0, "classified_share": None, "insee": "62001|62002", "commune": "Ouest, Est",
    "commune_shares": "62002:61 %|62001:39 %", "source": "La source", "certainty": "estimated", "synthetic": False,
}  # fmt: skip
ACCESS = {
    "people_300m": 752.8, "people_10min_straight": 4294.9, "people_10min_network": 1719.5,
    "population_origin": "communes", "greenway_near_m": 4652.9, "entrances": 2, "certainty": "estimated",
}  # fmt: skip
DOORS = [("crossing", True, 0.0005), ("assumed", False, 0.0015)]
EVENTS = [
    {"name": "Ouverture", "kind": "opening", "starts": "2027-05-02", "ends": "2027-05-02", "scope": "park"},
    {"name": "Fêtes", "kind": "festival", "starts": "2019-06", "ends": "2019-07", "scope": "network", "figures": "40"},
    {"name": "Dépliant", "kind": "publication", "starts": None, "ends": None, "scope": "large_park", "source": "S"},
]
ISSUE = {
    "kind": "no_outline", "message": "Aucun contour.", "message_en": "No outline.", "action": "le déposer",
    "action_en": "bring it",
}  # fmt: skip


def feature(properties: dict[str, Any], geometry: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "id": properties.get("id"), "geometry": geometry, "properties": properties}


def a_sheet(**facts: object) -> dict[str, Any]:
    """Return a sheet with every part filled; `facts` change the park's own."""
    point = {"type": "Point", "coordinates": [LON, LAT]}
    doors = [
        feature({"kind": kind, "synthetic": made}, {"type": "Point", "coordinates": [LON + east, LAT]})
        for kind, made, east in DOORS
    ]
    return {
        "park": feature(FACTS | facts, {"type": "Polygon", "coordinates": [SQUARE]}),
        "access": ACCESS, "entrances": doors, "events": [feature(one, point) for one in EVENTS],
        "issues": [feature(ISSUE, point)], "estimate": True, "synthetic": False,
        "credit": "Crédit d'essai", "built_at": "2026-03-12T00:00:00+00:00",
    }  # fmt: skip


def a_walk(number: int, by: str, name: str) -> dict[str, Any]:
    return {
        "id": f"P {number}", "name": name, "state": "unknown", "straight_m": 648.0, "walk_m": 912.3, "walk_min": 12.2,
        "by": by, "entrance": {"id": "E", "lon": LON + 0.004, "lat": LAT + 0.001},
    }  # fmt: skip


def some_walks(name: str = "Parc voisin") -> dict[str, Any]:
    parks = [a_walk(1, "network", "Parc d'essai"), a_walk(2, "estimate", name)]
    return {"nearest": parks[0], "parks": parks, "walking": {"speed_km_h": 4.5, "detour": 1.3, "estimate": True}}


on_a_phone = pytest.mark.parametrize("page", [PHONE], ids=["phone"], indirect=True)


def click_middle(page: Page) -> None:
    area = page.locator(".folium-map").bounding_box()
    assert area is not None
    page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)


def open_park(page: Page, address: str, sheet: dict[str, Any], lang: str = "fr") -> None:
    """Click the town's park while the service answers this sheet."""
    page.route("**/parks/parks*", lambda route: route.fulfill(json=sheet))
    page.goto(f"{address}/?lang={lang}#18/{LAT}/{LON}/parks/none")
    expect(page.locator(".leaflet-layer-parks-pane path").first).to_be_attached()
    click_middle(page)
    expect(page.locator(".park .sources")).to_be_visible()


def look_for_parks(page: Page, address: str, answer: dict[str, Any]) -> None:
    """Ask for the nearest parks in the middle of the map while the service answers this."""
    page.route("**/parks/nearest*", lambda route: route.fulfill(json=answer))
    page.route("**/parks/P*", lambda route: route.fulfill(json=a_sheet()))
    page.goto(f"{address}/#15/{LAT}/{LON}//none")
    page.get_by_role("button", name="Parc le plus proche").click()
    expect(page.get_by_text("Touchez l'endroit d'où vous partez.")).to_be_visible()
    click_middle(page)
    expect(page.locator("#park-title")).to_have_text("Les parcs les plus proches à pied")


def facts(page: Page) -> dict[str, str]:
    """Return the facts at the sheet's head, label to value."""
    found = page.locator(".park-body > .facts")
    return dict(zip(found.locator("dt").all_inner_texts(), found.locator("dd").all_inner_texts(), strict=True))


def part(page: Page, title: str) -> Locator:
    """Return the part of the sheet under that title."""
    return page.locator(".park .part", has=page.get_by_role("heading", name=title))


def require_no_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
    for place in page.locator(".side-body, .side-body *").all():
        assert place.evaluate("part => part.clientWidth === 0 || part.scrollWidth <= part.clientWidth + 1")


def test_a_click_on_a_park_tells_all_that_its_sheet_knows(page: Page, town: str, pictures: Path) -> None:
    open_park(page, town, a_sheet())
    expect(page.locator("#park-title")).to_be_focused()
    expect(page.locator("#park-title")).to_have_text("Parc d'essai")
    expect(page.locator(".badges")).to_have_text(re.compile("État\\s: travaux.*Grand parc\\s: Parc Centralité"))
    assert facts(page) == {
        "Nature": "terril",
        "Ouverture": "2027",
        "Surface dessinée": "12,3\u00a0ha",
        "Surface annoncée": "12,5\u00a0ha",
        "Périmètre": "cercle de la surface annoncée estimation",
        "Propriétaire": "Ville d'essai",
        "Protections": "bien inscrit (UNESCO) : 62\u00a0%",
        "Commune(s)": "Est : 61\u00a0%\nOuest : 39\u00a0%",
    }
    sources = page.locator(".park .sources")
    for words in ("Certitude : estimé", "La source", "Crédit d'essai", "12/03/2026"):
        expect(sources).to_contain_text(words)
    page.wait_for_timeout(300)  # the map glides to the park
    page.screenshot(path=pictures / "park_desk.png")
    page.locator(".park-body").evaluate("body => body.scrollTo(0, body.scrollHeight / 2)")
    page.screenshot(path=pictures / "park_desk_below.png")


def test_straight_lines_and_known_ways_stand_side_by_side_with_their_difference(page: Page, town: str) -> None:
    open_park(page, town, a_sheet())
    found = {
        one.locator("dt").inner_text(): one.locator("dd").first.inner_text()
        for one in page.locator(".park .figures > div").all()
    }
    assert found == {
        "À moins de 300 m d'une entrée": "753\u00a0hab.",
        "À 10 min à pied, à vol d'oiseau": "4\u202f295\u00a0hab.",
        "À 10 min à pied, par les voies connues": "1\u202f720\u00a0hab.",
    }
    left, right = (page.locator(".park .figures > div").nth(number).bounding_box() for number in (1, 2))
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    access = part(page, "Qui habite à côté")
    expect(access).to_contain_text("La différence, 2\u202f575 habitants")
    expect(access).to_contain_text("Population : population communale répartie par surface (estimation)")


def test_entrances_are_counted_and_shown_on_the_map(page: Page, town: str) -> None:
    open_park(page, town, a_sheet())
    entrances = part(page, "Entrées (2)")
    expect(entrances).to_contain_text("dont 1 d'après des voies inventées")
    expect(entrances).to_contain_text("supposée : aucune voie connue n'y mène : 1")
    button = page.get_by_role("button", name="Entrées sur la carte")
    outline = page.locator(".park-pane path")
    expect(outline).to_have_count(1)
    button.click()
    expect(outline).to_have_count(3)
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(outline).to_have_count(1)


def test_events_and_open_questions_are_read(page: Page, town: str) -> None:
    open_park(page, town, a_sheet())
    whens = part(page, "Événements et études").locator(".when").all_inner_texts()
    assert whens == ["2 mai 2027", "juin 2019 \N{EN DASH} juillet 2019", "sans date"]
    questions = part(page, "Points à vérifier")
    expect(questions).to_contain_text("site sans contour")
    expect(questions).to_contain_text("Aucun contour.")
    expect(questions).to_contain_text("Que faire : le déposer")


def test_what_is_missing_is_left_out_and_an_unknown_state_stays_unknown(page: Page, town: str) -> None:
    bare = dict.fromkeys(FACTS) | {"id": "P 1", "name": "Nu", "state": None, "perimeter_source": "point"}
    sheet = a_sheet(**bare) | {"access": None, "entrances": [], "events": [], "issues": []}
    sheet["park"]["geometry"] = {"type": "Point", "coordinates": [LON, LAT]}
    open_park(page, town, sheet)
    expect(page.locator(".badges")).to_have_text(re.compile("^État\\s: inconnu$"))
    assert facts(page) == {"Périmètre": "point, périmètre inconnu estimation"}
    expect(page.locator(".park .part")).to_have_count(0)
    expect(page.locator(".park .sources")).to_contain_text("Source : non connu")
    assert "null" not in page.locator(".park").inner_text()
    assert "undefined" not in page.locator(".park").inner_text()


def test_a_known_protection_that_does_not_reach_the_park_is_told(page: Page, town: str) -> None:
    open_park(page, town, a_sheet(inscribed_share=0.0, protections="aucune"))
    assert facts(page)["Protections"] == "aucune parmi celles qui sont connues ici"


def test_the_panel_speaks_english_too(page: Page, town: str) -> None:
    open_park(page, town, a_sheet(), "en")
    assert facts(page)["Perimeter"] == "circle of the stated area estimate"
    assert facts(page)["Drawn area"] == "12.3\u00a0ha"
    assert facts(page)["Commune(s)"] == "Est: 61%\nOuest: 39%"
    expect(part(page, "To be checked")).to_contain_text("No outline.")
    assert part(page, "Events and studies").locator(".when").first.inner_text() == "2 May 2027"


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (404, {"detail": "found no park of that id"}, "found no park of that id"),
        (503, {"detail": "found no published layers, expected a built store"}, "pas encore publiées sur ce serveur"),
        (500, {}, "Le service ne répond pas"),
    ],
)
def test_without_a_sheet_the_map_s_own_facts_remain(
    page: Page, town: str, status: int, answer: dict[str, str], words: str
) -> None:
    page.route("**/parks/parks*", lambda route: route.fulfill(status=status, json=answer))
    page.goto(f"{town}/#18/{LAT}/{LON}/parks/none")
    expect(page.locator(".leaflet-layer-parks-pane path").first).to_be_attached()
    click_middle(page)
    expect(page.locator("#park-title")).to_have_text("Fiche indisponible")
    expect(page.locator(".park .refusal")).to_contain_text(words)
    expect(page.locator(".park .sheet h3")).to_have_text("parks name")


def test_the_nearest_parks_tell_walk_and_straight_line_and_how_they_are_known(
    page: Page, town: str, pictures: Path
) -> None:
    look_for_parks(page, town, some_walks())
    expect(page.get_by_role("button", name="Parc le plus proche")).to_have_attribute("aria-pressed", "false")
    lines = page.locator(".walks .walk").all_inner_texts()
    assert lines == [
        "12\u00a0min (910\u00a0m) par les voies connues",
        "12\u00a0min (910\u00a0m) estimé à vol d'oiseau (\N{MULTIPLICATION SIGN}\u00a01,3)",
    ]
    assert page.locator(".walks .straight").all_inner_texts() == ["650\u00a0m à vol d'oiseau"] * 2
    expect(page.locator(".park-pane path")).to_have_count(3)  # the place, and both entrances
    page.wait_for_timeout(300)
    page.screenshot(path=pictures / "park_nearest_desk.png")
    page.get_by_role("button", name=re.compile("Parc d'essai")).click()
    expect(page.locator("#park-title")).to_have_text("Parc d'essai")
    expect(page.locator(".walk-there")).to_contain_text("par les voies connues")
    expect(page.locator(".park-pane path[stroke-dasharray='6 6']")).to_have_count(1)
    expect(page.locator(".park-pane path")).to_have_count(4)  # outline, line, place, entrance
    page.wait_for_timeout(400)
    page.screenshot(path=pictures / "park_walk_desk.png")
    page.get_by_role("button", name="Retour à la liste").click()
    expect(page.locator(".walks li")).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.locator("#park")).to_be_hidden()
    expect(page.locator(".park-pane path")).to_have_count(0)
    expect(page.locator(".folium-map")).to_be_focused()


def test_the_nearest_park_is_asked_for_from_the_keyboard_alone(page: Page, town: str) -> None:
    page.route("**/parks/nearest*", lambda route: route.fulfill(json=some_walks()))
    page.goto(f"{town}/#15/{LAT}/{LON}//none")
    tool = page.get_by_role("button", name="Parc le plus proche")
    tool.focus()
    page.keyboard.press("Enter")
    expect(tool).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(tool).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    page.locator(".folium-map").focus()
    with page.expect_request("**/parks/nearest*") as asked:
        page.keyboard.press("Enter")
    sent = parse_qs(urlsplit(asked.value.url).query)
    assert float(sent["lon"][0]) == pytest.approx(LON, abs=2e-4)  # a few pixels
    assert float(sent["lat"][0]) == pytest.approx(LAT, abs=2e-4)
    expect(page.locator("#park-title")).to_be_focused()
    for _ in range(2):
        page.keyboard.press("Tab")
    expect(page.locator(".walks button").first).to_be_focused()


@pytest.mark.parametrize(
    ("status", "detail", "words"),
    [
        (404, "found no park entrance within 20 km, expected a place in the territory, move the point", "20 km"),
        (503, "found no published layers, expected a built store, run `artois build` and ask again", "pas encore"),
        (503, "found products that are being built or are damaged, expected whole ones", "cours de mise à jour"),
    ],
)
def test_a_refusal_is_one_line_and_the_tool_waits_for_another_place(
    page: Page, town: str, status: int, detail: str, words: str
) -> None:
    page.route("**/parks/nearest*", lambda route: route.fulfill(status=status, json={"detail": detail}))
    page.goto(f"{town}/#15/{LAT}/{LON}//none")
    tool = page.get_by_role("button", name="Parc le plus proche")
    tool.click()
    click_middle(page)
    expect(page.locator(".tool-hint")).to_contain_text(words)
    expect(tool).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#park")).to_be_hidden()


def test_one_tool_waits_and_one_panel_is_open_at_a_time(page: Page, town: str) -> None:
    lon = 2.8003 + 0.001 * list(LAYERS).index("buildings")
    page.goto(f"{town}/#18/{LAT}/{lon}/buildings/none")
    roof, park = (page.get_by_role("button", name=name) for name in ("Mon toit", "Parc le plus proche"))
    roof.click()
    park.click()
    expect(roof).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-layer-buildings-pane path").first).to_be_attached()
    click_middle(page)
    expect(page.locator("#roof")).to_be_visible()
    page.route("**/parks/nearest*", lambda route: route.fulfill(json=some_walks()))
    park.click()
    click_middle(page)
    expect(page.locator("#park")).to_be_visible()
    expect(page.locator("#roof")).to_be_hidden()


def test_no_text_of_a_park_runs(page: Page, town: str) -> None:
    texts = {key: HOSTILE for key, value in FACTS.items() if isinstance(value, str)}
    sheet = a_sheet(**texts) | {"credit": HOSTILE, "built_at": "2026-03-12"}
    for kind in ("events", "issues", "entrances"):
        for one in sheet[kind]:
            one["properties"] = dict.fromkeys([*ISSUE, *EVENTS[1], "source", "name", "kind"], HOSTILE)
    sheet["access"] = ACCESS | {"population_origin": HOSTILE}
    open_park(page, town, sheet)
    expect(page.locator("#park-title")).to_have_text(HOSTILE)
    for place in (".badges", ".sources", ".events", ".issues", ".facts >> nth=0", ".park .part >> nth=0"):
        expect(page.locator(place)).to_contain_text(HOSTILE)
    require_no_sideways(page)
    page.get_by_role("button", name="Fermer").click()
    page.route("**/parks/nearest*", lambda route: route.fulfill(json=some_walks(HOSTILE)))
    page.get_by_role("button", name="Parc le plus proche").click()
    click_middle(page)
    expect(page.locator(".walks")).to_contain_text(HOSTILE)
    assert page.evaluate("window.ran") is None
    assert page.locator("img[src=x], svg[onload]").count() == 0


@on_a_phone
def test_on_a_phone_the_panel_stands_under_the_map_and_nothing_scrolls_sideways(
    page: Page, town: str, pictures: Path
) -> None:
    open_park(page, town, a_sheet())
    panel = page.locator("#park").bounding_box()
    assert panel is not None
    assert (panel["x"], panel["width"]) == (0, PHONE["width"])
    assert panel["y"] + panel["height"] == pytest.approx(PHONE["height"], abs=1)
    require_no_sideways(page)
    page.get_by_role("button", name="Entrées sur la carte").click()
    page.locator(".park-body").evaluate("body => body.scrollTo(0, 0)")
    page.wait_for_timeout(300)
    page.screenshot(path=pictures / "park_phone.png")
    page.locator(".park-body").evaluate("body => body.scrollTo(0, 420)")
    page.screenshot(path=pictures / "park_phone_below.png")
    page.get_by_role("button", name="Fermer").click()
    look_for_parks(page, town, some_walks("Parc au nom bien plus long que la largeur d'un téléphone ne le permet"))
    require_no_sideways(page)
    page.screenshot(path=pictures / "park_nearest_phone.png")
    page.get_by_role("button", name=re.compile("Parc d'essai")).click()
    expect(page.locator(".walk-there")).to_be_visible()
    page.wait_for_timeout(400)
    page.screenshot(path=pictures / "park_walk_phone.png")


@pytest.fixture(scope="module")
def sample(
    sample_build: Settings, serve_town: Callable[[Settings], AbstractContextManager[str]]
) -> Iterator[tuple[str, Settings]]:
    with serve_town(sample_build) as address:
        yield address, sample_build


def test_the_sheet_of_a_real_park_is_that_of_the_service(page: Page, sample: tuple[str, Settings]) -> None:
    address, settings = sample
    parks = products.read_table("parks", settings.processed)
    park = parks[parks["large_park"].notna()].sort_values("id").iloc[[0]]
    at = park.geometry.representative_point().to_crs("EPSG:4326").iloc[0]
    sheet = page.request.get(f"{address}/parks/{park['id'].iloc[0]}").json()
    page.goto(f"{address}/#18/{at.y}/{at.x}/parks/none")
    expect(page.locator(".leaflet-layer-parks-pane path").first).to_be_attached()
    click_middle(page)
    expect(page.locator("#park-title")).to_have_text(sheet["park"]["properties"]["name"])
    expect(page.locator(".badges")).to_contain_text(sheet["park"]["properties"]["large_park"])
    expect(page.locator(".park .sources")).to_contain_text(sheet["credit"])
    for kind, entry in (("events", ".events > li"), ("issues", ".issues > li")):
        expect(page.locator(entry)).to_have_count(len(sheet[kind]))
    expect(page.locator(".park [lang=en]")).to_have_count(0)
