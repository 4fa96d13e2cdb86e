from fastapi.testclient import TestClient

from geo.catalogue import SIGNS


def test_health_counts_the_layers(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["layers"] == 3
    assert answer.json()["version"]


def test_health_is_503_while_nothing_is_built_and_names_no_file(unbuilt: TestClient) -> None:
    answer = unbuilt.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "not built"
    assert "artois build" in answer.json()["detail"]
    assert "/secret" not in answer.text


def test_layers_are_listed_in_the_order_of_the_catalogue(client: TestClient) -> None:
    assert [layer["name"] for layer in client.get("/layers").json()] == ["parks", "signs", "irradiation"]


def test_a_vector_layer_tells_its_columns_credit_and_links(client: TestClient) -> None:
    signs = client.get("/layers").json()[1]
    assert signs["type"] == "vector"
    assert signs["geometry"] == ["Point"]
    assert signs["rows"] == 5
    assert signs["bbox"] == [2.80, 50.40, 2.90, 50.50]
    assert signs["credit"] == "Crédit signs"
    assert signs["synthetic"] is True
    assert signs["built_at"] == "2026-03-12T09:30:00Z"
    assert [column["name"] for column in signs["columns"]] == list(SIGNS.columns)
    assert signs["links"] == {
        "map": "http://testserver/maps/signs",
        "geojson": "http://testserver/layers/signs.geojson",
    }


def test_titles_units_and_coded_values_follow_the_language(client: TestClient) -> None:
    french = client.get("/layers", params={"lang": "fr"}).json()
    english = client.get("/layers", params={"lang": "en"}).json()
    assert [french[1]["title"], english[1]["title"]] == ["Signalétique", "Signage"]
    assert [french[2]["unit"], english[2]["unit"]] == ["kWh/m²/an", "kWh/m²/yr"]
    status = {column["name"]: column for column in english[1]["columns"]}["status"]
    assert status["label"] == "Status"
    assert status["values"]["to_repair"] == "to repair"


def test_a_raster_layer_links_its_tiles(client: TestClient) -> None:
    raster = client.get("/layers").json()[2]
    assert raster["type"] == "raster"
    assert raster["columns"] == []
    assert raster["links"]["tiles"] == "http://testserver/tiles/irradiation/{z}/{x}/{y}.png"


def test_an_unknown_language_is_400(client: TestClient) -> None:
    answer = client.get("/layers", params={"lang": "nl"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "found 'lang'='nl', expected 'fr' or 'en', correct it and ask again"
