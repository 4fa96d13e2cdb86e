import json
import re
from datetime import UTC, datetime
from pathlib import Path

import folium
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.catalogue import BROWNFIELDS, BUILDINGS, EVENTS, IRRADIATION, LAYERS, PARKS, SIGNS
from geo.config import Territory
from geo.layers import Layer, RasterLayer
from geo.maps import (
    ASSETS,
    Frame,
    Parks,
    Shown,
    Solar,
    column_config,
    draw,
    layer_config,
    page,
    panel_row,
    script_json,
    texts,
)
from geo.store import Published

SCRIPTS = sorted(ASSETS.glob("*.js"))
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}{% raw %}${1}`'\"&\u2028"


def shown(layer: Layer | RasterLayer, credit: str = "Un crédit", features: tuple[str, ...] = ()) -> Shown:
    published = Published(layer.name, 1234, (2.7, 50.4, 2.9, 50.5), credit, True, datetime(2026, 3, 12, tzinfo=UTC))
    return Shown(layer, published, "" if features else f"/somewhere/{layer.name}", features)


def config_of(html: str) -> dict[str, object]:
    """Return what the page hands to its script."""
    found = re.search(r'<script type="application/json" id="map-config">(.*?)</script>', html, re.DOTALL)
    assert found is not None
    config: dict[str, object] = json.loads(found[1])
    return config


def test_a_page_hands_its_layers_to_the_script(territory: Territory) -> None:
    config = config_of(page([shown(SIGNS), shown(IRRADIATION)], Frame(territory)))
    layers = config["layers"]
    assert isinstance(layers, list)
    assert [layer["name"] for layer in layers] == ["signs", "irradiation"]
    assert layers[0]["bounds"] == [[50.4, 2.7], [50.5, 2.9]]
    assert layers[0]["points"] is True
    assert layers[1]["raster"] is True


def test_hostile_text_is_printed_and_never_read_as_markup_or_template(territory: Territory) -> None:
    hostile = territory.model_copy(update={"name": HOSTILE, "network": HOSTILE})
    html = page([shown(SIGNS, HOSTILE)], Frame(hostile, notice=HOSTILE, home_link="/"))
    assert "alert(1)</script>" not in html
    assert "<img" not in html
    assert html.count("{{7*7}}") == 5  # title, heading, owner, notice, credit
    assert html.count("<script") == 2


def test_hostile_features_inside_a_notebook_map_stay_data(territory: Territory) -> None:
    feature = json.dumps({"type": "Feature", "geometry": None, "properties": {"name": HOSTILE}})
    html = draw([shown(SIGNS, features=(feature,))], territory).get_root().render()
    layers = config_of(html)["layers"]
    assert isinstance(layers, list)
    assert layers[0]["data"][0]["properties"]["name"] == HOSTILE
    assert "alert(1)</script>" not in html


def test_a_notebook_map_shows_itself_in_a_frame(territory: Territory) -> None:
    feature = json.dumps({"type": "Feature", "geometry": None, "properties": {}})
    assert "<iframe srcdoc=" in draw([shown(SIGNS, features=(feature,))], territory)._repr_html_()


def test_a_notebook_map_carries_an_installed_leaflet_or_links_the_public_one(
    territory: Territory, tmp_path: Path
) -> None:
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "leaflet.js").write_text("const stub = 'Leaflet';")
    (tmp_path / "dist" / "leaflet.css").write_text(".stub {}")
    carried = draw([shown(SIGNS)], territory, leaflet=tmp_path).get_root().render()
    linked = draw([shown(SIGNS)], territory).get_root().render()
    assert "const stub = 'Leaflet';" in carried
    assert "cdn.jsdelivr.net" not in carried
    assert "https://cdn.jsdelivr.net/npm/leaflet" in linked


def test_drawing_leaves_folium_as_it_was(territory: Territory) -> None:
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    page([shown(SIGNS)], Frame(territory, scripts=("/a.js",), styles=("/a.css",)))
    assert (folium.Map.default_js, folium.Map.default_css) == before


def test_a_page_links_what_its_frame_names_and_nothing_else(territory: Territory) -> None:
    html = page([shown(SIGNS)], Frame(territory, scripts=("/a.js",), styles=("/a.css",), icon="/i.svg"))
    assert re.findall(r'<script src="([^"]+)"', html) == ["/a.js"]
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', html) == ["/a.css"]


def test_a_page_lets_readers_enlarge_it(territory: Territory) -> None:
    assert "user-scalable" not in page([shown(SIGNS)], Frame(territory))


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_every_layer_tells_the_script_all_its_columns_in_both_languages(layer: Layer) -> None:
    for lang in ("fr", "en"):
        config = layer_config(shown(layer), lang)
        assert [column["name"] for column in config["columns"]] == list(layer.columns)
        assert all(column["label"] for column in config["columns"])


def test_units_and_numbers_follow_the_language() -> None:
    assert column_config(BUILDINGS, "irradiation_kwh_m2", "fr")["unit"] == "kWh/m²/an"
    assert column_config(BUILDINGS, "irradiation_kwh_m2", "en")["unit"] == "kWh/m²/yr"
    assert panel_row(shown(PARKS), "fr")["rows"] == "1\u202f234"
    assert panel_row(shown(PARKS), "en")["rows"] == "1,234"


def test_a_scale_runs_from_its_first_stop_to_its_last() -> None:
    ramp = panel_row(shown(IRRADIATION), "fr")["ramp"]
    assert ramp["unit"] == "kWh/m²/an"
    assert ramp["stops"][0] == (0.0, "300", "#2c2a6b")
    assert ramp["stops"][-1] == (100.0, "1\u202f200", "#fbd34d")


def test_quiet_rows_are_announced() -> None:
    quiet = layer_config(shown(BROWNFIELDS), "en")["quiet"]
    assert quiet == {"column": "certainty", "values": ("unverified",), "label": "unverified historical sites"}
    assert layer_config(shown(PARKS), "en")["quiet"] is None


def asked(*names: str) -> set[str]:
    """Return the sentences that some files of ours ask for."""
    return {key for name in names for key in re.findall(r"\btexts\.(\w+)", (ASSETS / name).read_text(encoding="utf-8"))}


def test_every_text_that_a_script_or_the_template_asks_for_is_written_and_none_besides() -> None:
    roof = asked("roof.js", "roof_words.js", "roof_sheet.js", "simulation.js", "results.js")
    park = asked("park.js", "park_sheet.js", "nearest.js")
    frame = asked("side_panel.js", "service.js", "tools.js")
    ours = asked("map.js", "layers.js", "grounds.js", "popup.js", "permalink.js")
    shared = frame | (roof & park & set(texts("panel", "fr")))
    wanted = {"page": asked("page.html"), "script": ours, "panel": shared, "roof": roof - shared, "park": park - shared}
    for part, keys in wanted.items():
        assert keys == set(texts(part, "fr")) == set(texts(part, "en")), part


def test_both_languages_leave_the_same_blanks_to_fill() -> None:
    for part in ("page", "script", "panel", "roof", "park"):
        french, english = texts(part, "fr"), texts(part, "en")
        for key, text in french.items():
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[key])), key


def test_a_map_without_a_service_offers_no_roof(territory: Territory) -> None:
    service = Solar("/solar", 9.0, 1e8, 5.0, 0.0, 0.03)
    served = page([shown(BUILDINGS)], Frame(territory, solar=service))
    config = config_of(served)["solar"]
    assert isinstance(config, dict)
    assert (config["address"], config["usual_kwp"]) == ("/solar", 9.0)
    assert 'id="roof"' in served
    for html in (page([shown(BUILDINGS)], Frame(territory)), draw([shown(BUILDINGS)], territory).get_root().render()):
        assert config_of(html)["solar"] is None
        assert 'id="roof"' not in html


def test_a_map_without_a_service_offers_no_sheet_of_a_park(territory: Territory) -> None:
    served = page([shown(PARKS)], Frame(territory, parks=Parks("/parks", (PARKS, EVENTS))))
    config = config_of(served)["parks"]
    assert isinstance(config, dict)
    assert config["address"] == "/parks"
    assert config["layers"]["parks"]["state"]["values"]["works"] == "travaux"
    assert list(config["layers"]["events"]) == list(EVENTS.columns)
    assert 'id="park"' in served
    for html in (page([shown(PARKS)], Frame(territory)), draw([shown(PARKS)], territory).get_root().render()):
        assert config_of(html)["parks"] is None
        assert 'id="park"' not in html


def test_a_notebook_map_carries_every_script_that_it_calls(territory: Territory) -> None:
    html = draw([shown(PARKS)], territory).get_root().render()
    for name in ("startMap", "startLayers", "startGrounds", "startReading", "startPermalink", "element"):
        assert f"function {name}(" in html


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_stays_readable(script: Path) -> None:
    assert len(script.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_no_script_reads_text_as_markup(script: Path) -> None:
    markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setAttribute\(\"(style|on)"
    assert not re.search(markup, script.read_text(encoding="utf-8"))


@given(st.text())
def test_any_text_survives_the_way_into_a_script_element(text: str) -> None:
    written = script_json({"text": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"text": text}
