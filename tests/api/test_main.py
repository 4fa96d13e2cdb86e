import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from geo.config import Settings
from geo.store import Published

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")  # rasterio's

PAGES = ["/", "/?lang=en", "/maps/signs", "/maps/irradiation?lang=en"]


class BrokenStore:
    """A store whose file is damaged in a way nobody foresaw."""

    def published(self) -> dict[str, Published]:
        raise ZeroDivisionError("the inside of the house")

    features: Callable[..., None] = published  # type: ignore[assignment]


def policy_of(answer: object) -> dict[str, str]:
    """Return a security policy as directive -> sources."""
    text = answer.headers["content-security-policy"]  # type: ignore[attr-defined]
    return {name: rest for name, _, rest in (part.strip().partition(" ") for part in text.split(";"))}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_html_in_its_language(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert f'<html lang="{"en" if "lang=en" in path else "fr"}">' in answer.text


def test_the_home_page_names_every_layer_and_says_synthetic(client: TestClient) -> None:
    page = client.get("/").text
    for name in ("signs", "parks", "irradiation"):
        assert f'data-layer="{name}"' in page
    assert "Données synthétiques de démonstration" in page
    assert "Crédit signs" in page


def test_a_layer_page_holds_that_layer_alone(client: TestClient) -> None:
    page = client.get("/maps/parks").text
    assert 'data-layer="parks"' in page
    assert 'data-layer="signs"' not in page
    assert "Données synthétiques" not in page


def test_pages_do_not_carry_the_features(client: TestClient) -> None:
    assert "Panneau 1" not in client.get("/").text


@pytest.mark.parametrize("name", ["nowhere", "communes"])
def test_a_page_of_a_layer_that_is_not_there_is_404(client: TestClient, name: str) -> None:
    assert client.get(f"/maps/{name}").status_code == 404


def test_a_page_in_an_unknown_language_is_400(client: TestClient) -> None:
    assert client.get("/?lang=de").status_code == 400


def test_a_link_marked_by_another_site_still_opens_the_map(client: TestClient) -> None:
    assert client.get("/?utm_source=letter").status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_every_inline_script_of_a_page_carries_its_nonce(client: TestClient, path: str) -> None:
    answer = client.get(path)
    nonce = re.search(r"'nonce-([\w-]+)'", policy_of(answer)["script-src"])
    assert nonce is not None
    scripts = re.findall(r"<script([^>]*)>", answer.text)
    running = [one for one in scripts if "src=" not in one and "application/json" not in one]
    assert running == [f' nonce="{nonce[1]}"']
    assert "<style" not in answer.text
    assert not re.search(r"\son\w+=", answer.text)


def test_the_nonce_is_new_for_every_answer(client: TestClient) -> None:
    assert policy_of(client.get("/"))["script-src"] != policy_of(client.get("/"))["script-src"]


def test_a_page_may_load_nothing_foreign_but_map_backgrounds(client: TestClient) -> None:
    policy = policy_of(client.get("/"))
    assert policy["default-src"] == "'none'"
    assert policy["img-src"] == "'self' data: https://data.geopf.fr https://tile.openstreetmap.org"
    assert policy["connect-src"] == "'self'"
    assert "unsafe" not in " ".join(policy.values())


def leaflet_folder(tmp_path: Path) -> Path:
    dist = tmp_path / "leaflet" / "dist"
    dist.mkdir(parents=True)
    (dist / "leaflet.js").write_text("/* Leaflet */")
    (dist / "leaflet.css").write_text("/* Leaflet */")
    return tmp_path


def test_an_installed_leaflet_is_served_from_here(settings: Settings, tmp_path: Path, memory_store: object) -> None:
    local = settings.model_copy(update={"assets": leaflet_folder(tmp_path)})
    client = TestClient(create_app(local, memory_store))  # type: ignore[arg-type]
    answer = client.get("/")
    assert "https://cdn" not in answer.text
    assert policy_of(answer)["script-src"].startswith("'self' 'nonce-")
    assert "https" not in policy_of(answer)["script-src"]
    assert client.get("/static/leaflet/leaflet.js").text == "/* Leaflet */"


def test_without_leaflet_the_public_link_is_admitted_named_and_logged(
    settings: Settings, tmp_path: Path, memory_store: object, caplog: pytest.LogCaptureFixture
) -> None:
    bare = settings.model_copy(update={"assets": tmp_path / "absent"})
    with caplog.at_level(logging.WARNING):
        client = TestClient(create_app(bare, memory_store))  # type: ignore[arg-type]
    answer = client.get("/")
    sources = re.findall(r'(?:src|href)="(https://[^"]+leaflet[^"]+\.(?:js|css))"', answer.text)
    assert len(sources) == 2
    assert {source.split("/")[2] for source in sources} == {"cdn.jsdelivr.net"}
    assert policy_of(answer)["script-src"].endswith(" https://cdn.jsdelivr.net")
    assert policy_of(answer)["style-src"] == "'self' https://cdn.jsdelivr.net"
    assert "est chargée depuis cdn.jsdelivr.net" in answer.text
    assert "cdn.jsdelivr.net" in caplog.text


@pytest.mark.parametrize(
    "path", ["/", "/layers", "/layers/signs.geojson", "/layers/none.geojson", "/static/artois/map.js"]
)
def test_every_answer_forbids_guessing_types_and_tells_little_of_where_it_comes_from(
    client: TestClient, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert "default-src 'none'" in headers["content-security-policy"]


def test_data_may_be_read_by_any_site_and_pages_not(client: TestClient) -> None:
    for path in ("/layers", "/layers/signs.geojson", "/health", "/tiles/irradiation/1/0/0.png"):
        assert client.get(path).headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in client.get("/").headers


def test_long_answers_are_compressed_and_pictures_are_not(client: TestClient) -> None:
    assert client.get("/layers").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/tiles/irradiation/5/1/1.png").headers


def test_the_api_describes_itself_without_422_and_offers_no_page_that_loads_foreign_scripts(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert "/layers/{name}.geojson" in described["paths"]
    verbs = [(path, verb) for path, one in described["paths"].items() for verb in one.values()]
    assert not [path for path, verb in verbs if "422" in verb["responses"]]
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


def test_what_nobody_foresaw_is_a_bare_500(settings: Settings) -> None:
    client = TestClient(create_app(settings, BrokenStore()), raise_server_exceptions=False)  # type: ignore[arg-type]
    answer = client.get("/layers")
    assert answer.status_code == 500
    assert answer.json() == {"detail": "internal error"}
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_address_or_method_that_is_not_there_is_answered_in_json(client: TestClient) -> None:
    assert "expected" in client.get("/nowhere").json()["detail"]
    answer = client.post("/layers")
    assert answer.status_code == 405
    assert "expected GET" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/static/artois/../maps.py", "/static/artois/%2e%2e/maps.py", "/static/leaflet/../../x"]
)
def test_static_files_stay_in_their_folder(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
