"""What a reader sees and does: opens the map, switches layers on, reads an object, shares a link."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect

from geo.catalogue import LAYERS
from geo.layers import Layer
from geo.maps import BACKGROUND_HOSTS

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning"),  # rasterio's, drawing tiles
]

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
FIRST = {name: (50.4303, 2.8003 + 0.001 * number) for number, name in enumerate(LAYERS)}
FIRST |= {"epci": (50.4500, 2.8000), "communes": (50.4400, 2.8000)}
FIRST |= {name: (50.4300, FIRST[name][1]) for name, layer in LAYERS.items() if "LineString" in layer.geometry}
FIRST |= {name: (50.4300, FIRST[name][1] - 0.0003) for name, layer in LAYERS.items() if layer.geometry == ("Point",)}
"""Latitude and longitude of a spot on the first object of each layer."""
PANELS = {"buildings": "Toutes les données du bâtiment", "parks": "Toutes les données du parc"}
"""Layers whose objects open a panel, and where in it all their facts stand."""


class Visit:
    """A page that reaches this machine only, and what it did besides."""

    def __init__(self, browser: Browser, address: str, viewport: dict[str, int]) -> None:
        self.address = address
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.context = browser.new_context(viewport=viewport, locale="fr-FR")  # type: ignore[arg-type]
        self.page = self.context.new_page()
        self.page.route("**/*", self.answer)
        self.page.on("console", self.listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def answer(self, route: Route) -> None:
        """Let requests to the service through; note and refuse all others."""
        if route.request.url.startswith((self.address, "data:")):
            route.continue_()
        else:
            self.foreign.append(route.request.url)
            route.abort()

    def listen(self, message: ConsoleMessage) -> None:
        """Note errors, except those of refused backgrounds."""
        if message.type == "error" and not message.location["url"].startswith(BACKGROUND_HOSTS):
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        loaded(self.page)
        return self.page


@pytest.fixture
def desk(browser: Browser, town: str) -> Iterator[Visit]:
    visit = Visit(browser, town, DESK)
    yield visit
    visit.context.close()
    assert visit.complaints == []


@pytest.fixture
def phone(browser: Browser, town: str) -> Iterator[Visit]:
    visit = Visit(browser, town, PHONE)
    yield visit
    visit.context.close()
    assert visit.complaints == []


def loaded(page: Page) -> None:
    """Wait until no layer is being fetched any more."""
    expect(page.locator(".folium-map.leaflet-container")).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


def shapes(page: Page, layer: str) -> int:
    return page.locator(f".leaflet-layer-{layer}-pane path").count()


def click_middle(page: Page) -> None:
    """Click where a link without room for doubt has put the object: the middle of the map."""
    area = page.locator(".folium-map").bounding_box()
    assert area is not None
    page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)


def at(layer: str, switched: str = "", zoom: int = 18, ground: str = "none") -> str:
    """Return the end of a permalink over a layer's first object."""
    lat, lon = FIRST[layer]
    return f"#{zoom}/{lat}/{lon}/{switched}/{ground}"


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_each_layer_is_switched_on_and_an_object_read(desk: Visit, layer: Layer) -> None:
    page = desk.open("/" + at(layer.name))
    assert shapes(page, layer.name) == 0
    page.locator(f"#layer-{layer.name}").check()
    expect(page.locator(f".leaflet-layer-{layer.name}-pane path").first).to_be_attached()
    click_middle(page)
    if layer.name in PANELS:  # its facts stand at the end of the panel
        page.get_by_text(PANELS[layer.name]).click()
    sheet = page.locator(".sheet")
    expect(sheet.locator(".kicker")).to_have_text(layer.title.fr)
    expect(sheet.locator("h3")).to_have_text(f"{layer.name} name")
    read = dict(zip(sheet.locator("dt").all_inner_texts(), sheet.locator("dd").all_inner_texts(), strict=True))
    shown = {column.label.fr for name, column in layer.columns.items() if column.shown and name != "name"}
    assert read.keys() == shown
    assert read["Certitude"] == "sourcé"
    assert read["Source"] == f"{layer.name} source"
    assert sheet.locator(".warning").count() == (1 if layer.name == "buildings" else 0)
    page.locator(f"#layer-{layer.name}").uncheck()
    assert shapes(page, layer.name) == 0


def test_all_layers_on_show_a_picture_of_the_map(desk: Visit, pictures: Path) -> None:
    page = desk.open("/" + at("signs", ",".join([*LAYERS, "irradiation"]), zoom=16))
    for name, layer in LAYERS.items():
        assert shapes(page, name) > 0 or layer.style.min_zoom > 16, name
    expect(page.locator(".leaflet-layer-irradiation-pane img").first).to_be_attached()
    expect(page.get_by_text("Données synthétiques de démonstration")).to_be_visible()
    click_middle(page)
    expect(page.locator(".leaflet-popup")).to_have_css("opacity", "1")
    page.screenshot(path=pictures / "map_desk.png")


def test_raster_tiles_are_drawn(desk: Visit) -> None:
    page = desk.open("/maps/irradiation")
    picture = page.locator(".leaflet-layer-irradiation-pane img.leaflet-tile-loaded").first
    expect(picture).to_be_attached()
    assert picture.evaluate("image => image.naturalWidth") == 256


def test_only_the_listed_backgrounds_are_asked_of_others(desk: Visit) -> None:
    page = desk.open("/" + at("signs", ",".join([*LAYERS, "irradiation"]), zoom=16))
    assert desk.foreign == []
    for ground in ("Plan IGN", "Photos aériennes IGN", "OpenStreetMap"):
        page.get_by_label(ground).check()
        page.wait_for_timeout(100)
    hosts = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in desk.foreign}
    assert hosts == set(BACKGROUND_HOSTS)
    expect(page.get_by_text("Le fond de carte ne répond pas")).to_be_visible()
    page.get_by_label("Aucun").check()
    expect(page.get_by_text("Le fond de carte ne répond pas")).to_be_hidden()


def test_numbers_codes_and_booleans_are_written_in_the_language(desk: Visit) -> None:
    page = desk.open("/" + at("brownfields", "brownfields"))
    click_middle(page)
    expect(page.locator(".sheet")).to_contain_text(re.compile("Surface déclarée\\s*1\u202f235\u00a0m²"))
    expect(page.locator(".sheet")).to_contain_text(re.compile("Commune corrigée\\s*oui"))
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    loaded(page)
    assert "#18/50.43030" in page.url
    click_middle(page)
    expect(page.locator(".sheet")).to_contain_text(re.compile("Stated area\\s*1,235\u00a0m²"))
    expect(page.locator(".sheet")).to_contain_text(re.compile("Certainty\\s*sourced"))


def test_objects_that_lie_upon_each_other_are_leafed_through(desk: Visit) -> None:
    page = desk.open("/" + at("signs", "epci,communes,signs"))
    click_middle(page)
    expect(page.locator(".stepper span")).to_have_text("1 / 3")
    expect(page.locator(".sheet .kicker")).to_have_text("Signalétique")
    # by key: the map may still be moving under a mouse
    page.get_by_label("Objet suivant").press("Enter")
    expect(page.locator(".sheet .kicker")).to_have_text("Communes")
    page.get_by_label("Objet précédent").press("Enter")
    expect(page.locator(".sheet .kicker")).to_have_text("Signalétique")


def test_quiet_rows_wait_until_they_are_asked_for(desk: Visit) -> None:
    page = desk.open("/" + at("brownfields", "brownfields", zoom=17))
    assert shapes(page, "brownfields") == 1
    page.get_by_label("afficher aussi 1 sites historiques non vérifiés").check()
    assert shapes(page, "brownfields") == 2


def test_estimated_shapes_are_dashed(desk: Visit) -> None:
    page = desk.open("/" + at("parks", "parks", zoom=17))
    paths = page.locator(".leaflet-layer-parks-pane path")
    assert [path.get_attribute("stroke-dasharray") for path in paths.all()] == [None, "5 4"]


def test_a_dense_layer_asks_for_a_closer_look_and_leads_there(desk: Visit) -> None:
    page = desk.open("/" + at("buildings", "buildings", zoom=12))
    row = page.locator("[data-layer=buildings]")
    expect(row.locator(".state")).to_contain_text("Zoomez pour voir")
    assert shapes(page, "buildings") == 0
    row.locator(".state button").click()
    expect(page.locator(".leaflet-layer-buildings-pane path")).to_have_count(2)
    expect(row.locator(".state")).to_be_hidden()


def test_a_layer_that_fails_says_so_and_is_tried_again(desk: Visit) -> None:
    fails = [True]

    def once(route: Route) -> None:
        route.fulfill(status=500) if fails.pop() else route.continue_()

    desk.page.route("**/layers/parks.geojson", lambda route: once(route) if fails else route.continue_())
    page = desk.open("/" + at("parks", "parks"))
    row = page.locator("[data-layer=parks]")
    expect(row.locator(".state")).to_contain_text("n'a pas pu être chargée")
    row.get_by_role("button", name="Réessayer").click()
    expect(page.locator(".leaflet-layer-parks-pane path").first).to_be_attached()
    assert [complaint for complaint in desk.complaints if "500" not in complaint] == []
    desk.complaints.clear()


def test_the_address_tells_position_layers_and_background(desk: Visit) -> None:
    page = desk.open("/" + at("parks", "parks"))
    page.get_by_label("Terrils", exact=True).check()
    page.get_by_label("Aucun").check()
    assert page.url.endswith("#18/50.43030/2.80230/parks,spoil_heaps/none")
    page.goto(page.url.replace("#18/", "#15/").replace("parks,", ""))
    expect(page.get_by_label("Parcs et sites", exact=True)).not_to_be_checked()
    expect(page.get_by_label("Terrils", exact=True)).to_be_checked()
    assert page.url.endswith("#15/50.43030/2.80230/spoil_heaps/none")


@pytest.mark.parametrize("end", ["#x/y/z/signs/none", "#9/99/2/signs/none", "#1/2", "#////", "#18/NaN/2/a/b"])
def test_a_spoilt_permalink_opens_the_map_all_the_same(desk: Visit, end: str) -> None:
    page = desk.open("/" + end)
    expect(page.locator(".leaflet-container")).to_be_visible()
    assert re.search(r"#\d+/\d+\.\d{5}/\d+\.\d{5}/", page.url)


def test_an_object_is_read_from_the_keyboard_alone(desk: Visit) -> None:
    page = desk.open("/" + at("signs", "signs"))
    page.keyboard.press("Tab")
    expect(page.get_by_text("Aller à la liste des couches")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.locator(".folium-map")).to_be_focused()
    expect(page.locator(".crosshair")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".sheet")).to_be_focused()
    expect(page.locator(".sheet h3")).to_have_text("signs name")
    page.keyboard.press("Escape")
    expect(page.locator(".sheet")).to_have_count(0)
    expect(page.locator(".folium-map")).to_be_focused()


def test_the_skip_link_leads_to_the_layers(phone: Visit) -> None:
    page = phone.open("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#layers")).to_be_focused()


def test_a_phone_shows_the_map_first_and_the_layers_on_demand(phone: Visit, pictures: Path) -> None:
    page = phone.open("/" + at("signs", ",".join(LAYERS), zoom=16))
    expect(page.locator("#layers")).to_be_hidden()
    click_middle(page)
    sheet = page.locator(".leaflet-popup")
    expect(sheet).to_be_visible()
    expect(sheet).to_have_css("opacity", "1")
    page.wait_for_timeout(300)  # the map glides until the sheet is whole
    area = sheet.bounding_box()
    assert area is not None
    assert area["x"] >= 0
    assert area["x"] + area["width"] <= PHONE["width"]
    page.screenshot(path=pictures / "map_phone.png")
    page.get_by_role("button", name="Fermer").click()
    page.get_by_role("button", name="Couches", exact=True).click()
    expect(page.get_by_label("Communes", exact=True)).to_be_visible()
    page.screenshot(path=pictures / "map_phone_layers.png")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
