import math
import string

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.features import parse_bbox, parse_commune
from geo.errors import RequestError

LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)


def ids(answer: dict[str, object]) -> list[str]:
    features = answer["features"]
    assert isinstance(features, list)
    return [feature["id"] for feature in features]


def test_a_layer_is_a_feature_collection_with_counts_and_time(client: TestClient) -> None:
    answer = client.get("/layers/signs.geojson")
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    assert body["type"] == "FeatureCollection"
    assert ids(body) == ["S0", "S1", "S2", "S3", "S4"]
    assert (body["numberMatched"], body["numberReturned"]) == (5, 5)
    assert body["timeStamp"].endswith("Z")
    assert [link["rel"] for link in body["links"]] == ["self"]


def test_a_box_keeps_the_features_inside_it(client: TestClient) -> None:
    body = client.get("/layers/signs.geojson", params={"bbox": "2.805,50,2.825,51"}).json()
    assert ids(body) == ["S1", "S2"]
    assert body["numberMatched"] == 2


def test_a_commune_keeps_its_features(client: TestClient) -> None:
    assert ids(client.get("/layers/signs.geojson", params={"commune": "62498"}).json()) == ["S0", "S2", "S4"]
    assert ids(client.get("/layers/signs.geojson", params={"commune": "2A004"}).json()) == ["S1", "S3"]


def test_a_commune_without_features_gives_an_empty_collection(client: TestClient) -> None:
    body = client.get("/layers/signs.geojson", params={"commune": "75056"}).json()
    assert (body["features"], body["numberMatched"]) == ([], 0)


def test_next_links_lead_through_every_feature_once(client: TestClient) -> None:
    address, seen = "/layers/signs.geojson?limit=2&bbox=2,50,3,51", []
    while address:
        body = client.get(address).json()
        assert body["numberMatched"] == 5
        seen += ids(body)
        address = next((link["href"] for link in body["links"] if link["rel"] == "next"), "")
    assert seen == ["S0", "S1", "S2", "S3", "S4"]


def test_an_offset_past_the_end_is_empty_and_has_no_next(client: TestClient) -> None:
    body = client.get("/layers/signs.geojson", params={"offset": 99}).json()
    assert body["numberReturned"] == 0
    assert [link["rel"] for link in body["links"]] == ["self"]


def test_an_unchanged_layer_is_304(client: TestClient) -> None:
    first = client.get("/layers/signs.geojson")
    again = client.get("/layers/signs.geojson", headers={"If-None-Match": first.headers["etag"]})
    other = client.get("/layers/signs.geojson?limit=1", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


@pytest.mark.parametrize("name", ["nowhere", "irradiation", "communes", "<script>", "..%2Fstore"])
def test_a_layer_that_is_not_there_is_404(client: TestClient, name: str) -> None:
    answer = client.get(f"/layers/{name}.geojson")
    assert answer.status_code == 404
    assert "expected" in answer.json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3",
        "bbox=1,2,3,4,5,6",
        "bbox=",
        "bbox=a,b,c,d",
        "bbox=nan,50,3,51",
        "bbox=-inf,50,3,51",
        "bbox=1e999,50,3,51",
        "bbox=2,51,3,50",
        "bbox=3,50,2,51",
        "bbox=-181,50,3,51",
        "bbox=2,50,3,91",
        "bbox=685000,7035000,686000,7036000",
        "limit=0",
        "limit=10001",
        "limit=-1",
        "limit=unlimited",
        "limit=",
        "offset=-1",
        "offset=99999999999999999999",
        "commune=6249",
        "commune=624981",
        "commune=62498'--",
        "commune=2C004",
        "commune=",
        "lang=fr",
        "box=1,2,3,4",
        "LIMIT=3",
    ],
)
def test_a_bad_or_unknown_parameter_is_400_and_says_what_to_do(client: TestClient, query: str) -> None:
    answer = client.get(f"/layers/signs.geojson?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    detail = answer.json()["detail"]
    assert detail.startswith("found ")
    assert "expected" in detail


def test_a_store_that_is_not_built_is_503(unbuilt: TestClient) -> None:
    answer = unbuilt.get("/layers/signs.geojson")
    assert answer.status_code == 503
    assert "/secret" not in answer.text


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_every_box_written_out_is_read_back(lon1: float, lat1: float, lon2: float, lat2: float) -> None:
    box = (min(lon1, lon2), min(lat1, lat2), max(lon1, lon2), max(lat1, lat2))
    assert parse_bbox(",".join(repr(side) for side in box)) == box


@given(st.text(alphabet=string.digits + "+-.,eE naif_", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_sound_box_or_refused(text: str) -> None:
    try:
        west, south, east, north = parse_bbox(text)
    except RequestError as error:
        assert "expected" in str(error)
        return
    assert all(math.isfinite(side) for side in (west, south, east, north))
    assert -180 <= west <= east <= 180
    assert -90 <= south <= north <= 90


@given(st.text(max_size=8))
def test_any_text_is_a_commune_code_or_refused(text: str) -> None:
    try:
        code = parse_commune(text)
    except RequestError:
        return
    assert len(code) == 5
    assert code.isascii()
