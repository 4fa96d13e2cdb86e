"""Data is hostile: whatever a text column says is shown, and nothing of it runs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from geo.catalogue import LAYERS, SIGNS
from geo.config import Settings
from geo.layers import Layer
from geo.maps import Shown, draw
from geo.store.geopackage import GeoPackageStore

pytestmark = pytest.mark.browser

HOSTILE = (
    '<img src=x onerror="window.ran=1"></script><script>window.ran=1</script>`${window.ran=1}`'
    "{{7*7}}{% raw %}'\"><svg onload=window.ran=1>&amp;\u2028javascript:window.ran=1"
)
"""No text column of the hostile town says anything else."""

SPOTS = {name: (50.4303, 2.8003 + 0.001 * number) for number, name in enumerate(LAYERS)}
SPOTS |= {"epci": (50.4500, 2.8000), "communes": (50.4400, 2.8000)}
SPOTS |= {name: (50.4300, SPOTS[name][1]) for name, layer in LAYERS.items() if "LineString" in layer.geometry}
SPOTS |= {name: (50.4300, SPOTS[name][1] - 0.0003) for name, layer in LAYERS.items() if layer.geometry == ("Point",)}

Publish = Callable[[Path, Callable[[Layer, str], str], str], Settings]
Served = Callable[[Settings], AbstractContextManager[str]]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, publish_town: Publish) -> Settings:
    return publish_town(tmp_path_factory.mktemp("hostile"), lambda layer, name: HOSTILE, HOSTILE)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def refuse_foreign(route: Route) -> None:
    own = route.request.url.startswith(("http://127.0.0.1", "about:", "data:"))
    route.continue_() if own else route.abort()


def click_middle(page: Page) -> None:
    area = page.locator(".folium-map").bounding_box()
    assert area is not None
    page.mouse.click(area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)


def require_harmless(page: Page) -> None:
    """Prove that the text stands there as text, and that nothing of it became markup or ran."""
    assert page.evaluate("window.ran") is None
    assert page.locator("img[src=x], svg[onload]").count() == 0
    sheet = page.locator(".sheet")
    written = HOSTILE.replace("\u2028", "")
    assert sheet.locator("h3").evaluate("title => title.textContent").replace("\u2028", "") == written
    for value in sheet.locator("dd").all():
        text = value.evaluate("cell => cell.textContent").replace("\u2028", "")
        assert "<" not in text or text.startswith(written)


@pytest.fixture(scope="module")
def address(hostile: Settings, serve_town: Served) -> Iterator[str]:
    with serve_town(hostile) as found:
        yield found


@pytest.mark.parametrize("layer", LAYERS)
def test_no_text_of_a_layer_runs_on_the_map_page(page: Page, address: str, layer: str) -> None:
    page.route("**/*", refuse_foreign)
    lat, lon = SPOTS[layer]
    page.goto(f"{address}/#18/{lat}/{lon}/{layer}/none")
    expect(page.locator(f".leaflet-layer-{layer}-pane path").first).to_be_attached()
    click_middle(page)
    if layer in ("buildings", "parks"):  # their facts stand at the end of a panel
        page.locator(".raw summary").click()
    expect(page.locator(".sheet")).to_be_visible()
    require_harmless(page)
    page.locator(f"[data-layer={layer}] .about").click()
    credit = page.locator(f"[data-layer={layer}] .details").evaluate("details => details.textContent")
    assert "{{7*7}}" in credit
    assert "<img src=x" in credit


def test_no_text_runs_in_a_notebook_map_which_no_security_policy_guards(page: Page, hostile: Settings) -> None:
    store = GeoPackageStore(hostile.store)
    features = tuple(store.features("signs", limit=10).features)
    territory = hostile.territory().model_copy(update={"center": SPOTS["signs"][::-1], "name": HOSTILE})
    shown = Shown(SIGNS, store.published()["signs"], features=features)
    html = draw([shown], territory, leaflet=hostile.assets / "leaflet").get_root().render()
    page.route("**/*", refuse_foreign)
    page.set_content(html)
    lat, lon = SPOTS["signs"]
    page.evaluate(f"window[document.querySelector('.folium-map').id].setView([{lat}, {lon}], 18, {{animate: false}})")
    click_middle(page)
    expect(page.locator(".sheet")).to_be_visible()
    require_harmless(page)
