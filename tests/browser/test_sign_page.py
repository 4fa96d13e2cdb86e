"""What the signage offers on the map: a sign's sheet to all, requests to owners, plans to the pole."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.jobs import Progress
from api.maps import SIGN_TASKS
from geo.config import Settings
from geo.maps import ASSETS, texts
from geo.register import requests, signs
from geo.register.database import Register
from tests.browser.sign_town import ADMIN, HOSTILE, LAT, LON, FakeJobs, Town, make_register, publish_signs

OURS = ("http://127.0.0.1:", "blob:http://127.0.0.1:")
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1440, "height": 900}
Served = Callable[[Settings], AbstractContextManager[str]]


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor for all tests, whose browser has the scripts after the first page."""
    visitor = browser.new_context(viewport=WIDE, locale="fr-FR", accept_downloads=True)  # type: ignore[arg-type]
    yield visitor
    visitor.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that asks this machine only, whose scripts do not fail and keep to the page's policy."""
    faults: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    opened.on("request", lambda one: None if one.url.startswith(OURS) else faults.append(one.url))
    yield opened
    opened.close()
    assert faults == []


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, serve_town: Served) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("signage")
    settings = Settings(processed=folder / "town", register_file=folder / "register" / "register.gpkg")
    tokens = make_register(settings.register_file)
    publish_signs(settings)
    with serve_town(settings) as address:
        yield Town(address, settings.register_file, **tokens)


def open_map(page: Page, town: Town, lang: str = "fr") -> None:
    """Open the map on the register's signs."""
    page.goto(f"{town.address}/?lang={lang}#18/{LAT}/{LON}/signs/none")
    expect(page.locator(".leaflet-layer-signs-pane path").nth(1)).to_be_attached()


def click_sign(page: Page, number: int) -> None:
    place = page.locator(".leaflet-layer-signs-pane path").nth(number).bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)


def require_no_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == page.viewport_size["width"]  # type: ignore[index]
    wide = page.locator(".side-body, .side-body :not(input, .across, .across *)").evaluate_all(
        "parts => parts.filter((part) => part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1)"
        ".map((part) => part.outerHTML)"
    )
    assert wide == []


def require_named_fields(page: Page) -> None:
    """Prove that every field has a label."""
    fields = page.locator("#signage :is(input, select, textarea)")
    assert fields.count() > 0
    for field in fields.all():
        assert field.evaluate("field => field.labels.length") == 1


def asked(*names: str) -> set[str]:
    """Return the sentences that some scripts of ours ask for."""
    return {key for name in names for key in re.findall(r"\btexts\.(\w+)", (ASSETS / name).read_text(encoding="utf-8"))}


def test_every_sentence_that_the_signage_asks_for_is_written_in_both_languages_and_none_besides() -> None:
    wanted = asked("signage.js", *(name for names in SIGN_TASKS.values() for name in names)) - set(texts("panel", "fr"))
    french, english = texts("signage", "fr"), texts("signage", "en")
    assert wanted == set(french) == set(english)
    for key, text in french.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key


@pytest.mark.browser
def test_a_click_on_a_sign_tells_what_the_register_knows(page: Page, town: Town, pictures: Path) -> None:
    open_map(page, town)
    click_sign(page, 0)
    expect(page.locator("#signage-title")).to_have_text("Carrefour des Îles")
    expect(page.locator("#signage-title")).to_be_focused()
    expect(page.locator(".badges")).to_have_text(re.compile("^État\\s: posé, le 15 juin 2024$"))
    rows = page.locator(".signage-body > .facts")
    told = dict(zip(rows.locator("dt").all_inner_texts(), rows.locator("dd").all_inner_texts(), strict=True))
    assert told == {"Code": "LEN-001", "Type": "Mât directionnel / jalonnement", "Parc": "P02"}
    blades = page.locator(".blade")
    expect(blades).to_have_count(2)
    expect(blades.first).to_contain_text(re.compile("Parc des Îles\\s*1,2\\skm · 18\\smin"))
    expect(blades.first.locator(".way")).to_have_text("à gauche, est (90°)")
    expect(blades.nth(1).locator(".way")).to_have_text("sud-ouest (225°)")
    expect(blades.nth(1).locator("path")).to_have_attribute("transform", "rotate(225 10 10)")
    photo = page.get_by_alt_text("Photo 1 du panneau LEN-001")
    expect(photo).to_have_js_property("naturalWidth", 64)
    steps = page.locator(".signage .events li").all_inner_texts()
    assert [re.sub(r"\s+", " ", step) for step in steps] == [
        "sans date demandé",
        "1 mars 2024 validé",
        "sans date conçu",
        "sans date fabriqué",
        "15 juin 2024 posé",
    ]
    expect(page.locator(".signage .sources")).to_contain_text("Certitude : relevé")
    expect(page.locator(".signage .sources")).to_contain_text("relevé du pôle")
    require_no_sideways(page)
    page.screenshot(path=pictures / "sign_desk.png")


@pytest.mark.browser
def test_a_sign_that_the_register_does_not_hold_shows_what_the_map_knows(page: Page, town: Town) -> None:
    page.route("**/signage/signs/LEN-001", lambda route: route.continue_(url=f"{town.address}/signage/signs/NO-001"))
    open_map(page, town)
    click_sign(page, 0)
    expect(page.locator("#signage-title")).to_have_text("Panneau hors du registre")
    expect(page.locator(".signage .sheet")).to_contain_text("LEN-001")
    expect(page.locator(".signage .refusal")).to_have_count(0)


@pytest.mark.browser
def test_hostile_words_of_a_sign_stand_as_text(page: Page, town: Town) -> None:
    open_map(page, town, "en")
    click_sign(page, 1)
    expect(page.locator("#signage-title")).to_have_text(HOSTILE)
    expect(page.locator(".badges")).to_have_text(re.compile("^Status: requested, undated.*estimate$"))
    expect(page.locator(".blade")).to_contain_text(HOSTILE)
    expect(page.locator(".signage .sources")).to_contain_text(HOSTILE)
    assert page.evaluate("window.ran") is None
    assert page.locator("img[src=x], svg[onload], .far b").count() == 0
    require_no_sideways(page)


NEAREST = {
    "parks": [
        {"id": "P02", "name": "Parc des Îles", "straight_m": 120.0},
        {"id": "P07", "name": HOSTILE, "straight_m": 900.0},
    ]
}


def open_task(page: Page, town: Town, name: str) -> None:
    """Open the map, and one of the signage's tasks from the keyboard."""
    page.route("**/parks/nearest*", lambda route: route.fulfill(json=NEAREST))
    open_map(page, town)
    door = page.get_by_role("button", name="Signalétique", exact=True)
    door.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#signage-title")).to_be_focused()
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#signage-title")).to_have_text(name)


def fill_request(page: Page, token: str) -> None:
    page.get_by_role("button", name="Choisir sur la carte").click()
    expect(page.get_by_text("Touchez l'endroit où le panneau doit être.")).to_be_visible()
    page.locator(".folium-map").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".picked")).to_have_text(re.compile(r"^Latitude 50,4\d{4}, longitude 2,8\d{4}$"))
    page.get_by_label("Type de panneau").select_option("Totem")
    expect(page.get_by_label("Lettres du code")).to_have_value("LEN")  # as the park's signs have
    page.get_by_label("Votre demande").fill(HOSTILE)
    page.get_by_label("Jeton d'accès").fill(token)


def recorded(town: Town) -> tuple[int, int]:
    """Return how many signs and requests the register holds."""
    with Register(town.register) as register, register.read() as database:
        return len(signs.signs(database, ADMIN)), len(requests.requests(database, ADMIN))


@pytest.mark.browser
def test_an_owner_asks_for_a_sign_and_a_double_click_asks_once(page: Page, town: Town, pictures: Path) -> None:
    before = recorded(town)
    open_task(page, town, "Demander un panneau")
    require_named_fields(page)
    fill_request(page, town.anne)
    expect(page.get_by_label("Parc", exact=True).locator("option:checked")).to_have_text("Parc des Îles (120\u00a0m)")
    expect(page.locator("#sign-type-hint")).to_contain_text("estimation du catalogue")
    page.screenshot(path=pictures / "sign_request_desk.png")
    page.get_by_role("button", name="Envoyer la demande").dblclick()
    expect(page.locator(".done")).to_have_text(re.compile(r"^Le panneau LEN-\d{3} est demandé : demande n° \d, le "))
    expect(page.locator("blockquote")).to_have_text(HOSTILE)
    assert recorded(town) == (before[0] + 1, before[1] + 1)
    assert page.evaluate("window.ran") is None
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href, document.cookie])")
    assert town.anne not in stored
    page.get_by_role("button", name="Fiche du panneau").click()
    expect(page.locator(".badges")).to_have_text(re.compile("demandé, sans date.*non vérifié"))


@pytest.mark.browser
def test_what_is_missing_or_refused_is_one_line_at_its_field(page: Page, town: Town) -> None:
    before = recorded(town)
    open_task(page, town, "Demander un panneau")
    send = page.get_by_role("button", name="Envoyer la demande")
    refused = page.locator("#sign-refusal")
    send.click()
    expect(refused).to_have_text("Le lieu manque : choisissez-le sur la carte.")
    expect(page.get_by_role("button", name="Choisir sur la carte")).to_be_focused()
    fill_request(page, "")
    send.click()
    expect(refused).to_have_text("Le jeton manque : demandez-en un au pôle.")
    page.get_by_label("Jeton d'accès").fill("faux")
    send.click()
    expect(refused).to_have_text("Jeton refusé : vérifiez-le, ou demandez-en un au pôle.")
    expect(page.get_by_label("Jeton d'accès")).to_be_focused()
    expect(page.get_by_label("Jeton d'accès")).to_have_attribute("aria-invalid", "true")
    page.route("**/signage/signs", lambda route: route.fulfill(status=503, json={"detail": "found no free register"}))
    page.get_by_label("Jeton d'accès").fill(town.anne)
    send.click()
    expect(refused).to_have_text("found no free register")
    expect(refused).to_have_attribute("lang", "en")
    assert recorded(town) == before


@pytest.mark.browser
def test_what_was_recorded_by_half_is_told_and_sent_again_without_doubling_it(page: Page, town: Town) -> None:
    before = recorded(town)
    open_task(page, town, "Demander un panneau")
    fill_request(page, town.paul)  # the pole may record signs, and is no organisation that asks
    refused = page.locator("#sign-refusal")
    for _ in range(2):
        with page.expect_response("**/signage/requests"):
            page.get_by_role("button", name="Envoyer la demande").click()
        expect(refused).to_have_text(
            re.compile(r"^Le panneau LEN-\d{3} est enregistré, mais pas vos mots : Ce jeton n'est celui d'aucun ")
        )
    assert recorded(town) == (before[0] + 1, before[1])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> FakeJobs:
    return FakeJobs(tmp_path_factory.mktemp("plan"))


@pytest.fixture
def plans(made: FakeJobs) -> FakeJobs:
    """The plan, not begun for anybody."""
    made.job.error = None
    made.job.state, made.job.progress, made.job.summary = "running", Progress("search", 0.4), None
    made.asked.clear()
    made.keys.clear()
    return made


def ask_for_plan(page: Page, token: str = "paul") -> None:
    """Fill the form for two years, from the keyboard where it matters, and send it twice at once."""
    page.get_by_role("textbox", name="Année").fill("2026")
    page.get_by_label("Budget (€ HT)").fill("9 000")
    page.get_by_role("button", name="Ajouter une année").press("Enter")
    budgets = page.get_by_label("Budget (€ HT)")
    expect(budgets.nth(1)).to_be_focused()
    expect(page.get_by_role("textbox", name="Année").nth(1)).to_have_value("2027")
    budgets.nth(1).fill("6000,00")
    page.get_by_label("Part minimale de chaque EPCI (%)").fill("12,5")
    page.get_by_label("Compter comme ouverts").check()
    page.get_by_label("Jeton d'accès").fill(token)
    require_named_fields(page)
    page.get_by_role("button", name="Calculer le plan").dblclick()


@pytest.mark.browser
def test_the_pole_asks_for_a_plan_follows_it_and_reads_what_it_brings(
    page: Page, town: Town, plans: FakeJobs, pictures: Path
) -> None:
    page.route("**/signage/plans**", plans.answer)
    open_task(page, town, "Préparer un plan")
    ask_for_plan(page)
    expect(page.locator(".step")).to_have_text("Étape : recherche du meilleur plan")
    expect(page.get_by_label("Calcul du plan")).to_have_js_property("value", 0.4)
    assert len(plans.asked) == len(plans.keys) == 1
    form = plans.asked[0]
    assert form.years == {2026: 9_000.0, 2027: 6_000.0}
    assert (form.region_rate, form.owner_rate, form.least_epci_share) == (0.5, 0.0, {"*": 0.125})
    assert form.assume_open
    page.keyboard.press("Escape")  # the plan goes on, and is found again
    plans.finish()
    page.get_by_role("button", name="Signalétique", exact=True).click()
    page.get_by_role("button", name="Préparer un plan").click()
    expect(page.locator("#signage-title")).to_have_text("Le plan est prêt")
    expect(page.locator(".signage .warning")).to_contain_text("Les coûts sont des estimations")
    require_table(page, plans)
    expect(page.locator(".sign-pane path, .leaflet-sign-pane path")).to_have_count(len(plans.signs))
    page.screenshot(path=pictures / "sign_plan_desk.png")
    require_planned_signs(page, plans)


def require_planned_signs(page: Page, plans: FakeJobs) -> None:
    """Prove that a planned sign says its year and its estimated cost, and that the file is the plan's own."""
    page.get_by_text(f"Les panneaux prévus ({len(plans.signs)})").press("Enter")
    first = page.locator(".planned-sign").first
    first.press("Enter")
    popup = page.locator(".leaflet-popup .sheet")
    expect(popup).to_be_focused()
    cost = f"{plans.signs['cost_eur'].iloc[0]:_.0f}".replace("_", "\u202f")
    expect(popup).to_contain_text(f"Prévu en 2026, coût estimé {cost}\u00a0€ HT.")
    page.keyboard.press("Escape")
    expect(popup).to_have_count(0)
    expect(first).to_be_focused()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Télécharger le plan (GeoPackage)").click()
    assert saved.value.suggested_filename == "plan.gpkg"
    assert saved.value.path().read_bytes() == (plans.folder / "plan.gpkg").read_bytes()


def require_table(page: Page, plans: FakeJobs) -> None:
    """Prove that the table tells the summary: money to the cent, cover beside the greedy plan."""
    head = page.locator(".plan-table thead th").all_inner_texts()
    assert [text.strip() for text in head] == ["2026", "2027", "Total"]
    rows = {
        row.locator("th").inner_text(): [re.sub(r"\s", "", cell) for cell in row.locator("td").all_inner_texts()]
        for row in page.locator(".plan-table tbody tr").all()
    }
    for label, name in [("Dépense", "cost_eur"), ("Région", "region_eur"), ("Pôle", "pole_eur")]:
        told = [float(cell.removesuffix("€").replace(",", ".")) for cell in rows[label]]
        assert told == [year[name] for year in plans.summary]
    assert rows["Panneaux"] == [str(year["signs"]) for year in plans.summary]
    for label, name in [("Besoins couverts", "covered"), ("… par le choix pas à pas", "greedy_covered")]:
        told = [float(cell.removesuffix("%").replace(",", ".")) for cell in rows[label]]
        assert told == pytest.approx([100 * year[name] for year in plans.summary], abs=0.051)


@pytest.mark.browser
def test_a_plan_is_cancelled_on_a_phone_and_an_owner_is_refused(
    page: Page, town: Town, plans: FakeJobs, pictures: Path
) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    open_task(page, town, "Préparer un plan")
    page.screenshot(path=pictures / "sign_plan_form_phone.png")
    ask_for_plan(page, town.anne)
    expect(page.locator("#sign-refusal")).to_have_text(
        "Ce jeton est celui d'un maître d'ouvrage : le plan est réservé au pôle."
    )
    require_no_sideways(page)
    page.route("**/signage/plans**", plans.answer)
    page.get_by_label("Jeton d'accès").fill("paul")
    page.get_by_role("button", name="Calculer le plan").click()
    expect(page.locator(".step")).to_have_text("Étape : recherche du meilleur plan")
    page.screenshot(path=pictures / "sign_plan_progress_phone.png")
    page.get_by_role("button", name="Annuler le calcul").click()
    expect(page.locator(".signage-body")).to_contain_text("Le calcul a été annulé.")
    page.get_by_role("button", name="Nouveau plan").click()
    budget = page.get_by_label("Budget (€ HT)").first
    expect(budget).to_have_value("9 000")  # what was typed stays
    page.get_by_role("button", name="Retirer l'année 2027").click()
    budget.fill("dix")
    page.get_by_role("button", name="Calculer le plan").click()
    expect(page.locator("#sign-refusal")).to_have_text("Budget : écrivez un nombre d'euros, de 0 à un milliard.")
    expect(budget).to_be_focused()
    plans.job.state, plans.job.error = "failed", "the first entrance totem costs 4,500 €, and the highest budget of a"
    budget.fill("10")
    page.get_by_role("button", name="Calculer le plan").click()
    expect(page.locator(".signage .refusal")).to_contain_text("augmentez un budget")
