"""Brownfields over HTTP, on the sample: traced sheets, rankings with weights of one's own, and nonsense refused."""

import csv
import io
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from geo.brownfields.criteria import criteria, default_weights
from geo.brownfields.matrix import matrix
from geo.config import Settings


@pytest.fixture(scope="module")
def client(sample_build: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(sample_build)) as found:
        yield found


def test_the_sheet_traces_every_criterion_and_its_parts_sum_to_the_score(client: TestClient) -> None:
    first = client.get("/brownfields/ranking?certainty=all&limit=1").json()["sites"][0]
    page = client.get(f"/brownfields/{first['id']}").json()
    lines = page["criteria"]
    assert [line["criterion"] for line in lines] == [each.id for each in criteria()]
    for line in lines:
        assert line["status"] in ("observed", "derived", "unknown")
        assert (line["value"] is None or line["value"] == "") == (line["status"] == "unknown")
        assert line["status"] == "unknown" or line["source"]
    assert sum(line["part"] for line in lines) == pytest.approx(page["score"]["score"], abs=1e-4)
    assert sum(line["part_low"] for line in lines) == pytest.approx(page["score"]["score_low"], abs=1e-4)
    assert sum(line["part_high"] for line in lines) == pytest.approx(page["score"]["score_high"], abs=1e-4)
    assert page["credit"] and page["estimate"] is True


def test_the_published_matrix_adds_up_on_the_sheet(client: TestClient) -> None:
    for site in client.get("/brownfields/ranking?certainty=all&limit=5").json()["sites"]:
        told = client.get(f"/brownfields/{site['id']}").json()["published"]
        assert len(told["lines"]) == len(matrix().criteria)
        scored = [(line["weight"], line["score"]) for line in told["lines"] if line["score"] is not None]
        plus = sum(weight * score for weight, score in scored if score > 0)
        minus = sum(weight * abs(score) for weight, score in scored if score < 0 or score == 0.5)
        index = plus / (plus + minus) if plus + minus else 0.0
        assert told["index_percent"] == pytest.approx(100 * index, abs=1e-3)
        assert told["reliability_percent"] == pytest.approx(100 * sum(weight for weight, _ in scored) / 30, abs=1e-3)


def test_the_potential_is_a_range_that_follows_from_the_area(client: TestClient) -> None:
    sites = client.get("/brownfields/ranking?certainty=all&limit=50").json()["sites"]
    known = next(site for site in sites if site["net_area_ha"])
    page = client.get(f"/brownfields/{known['id']}").json()["potential"]
    assert page["mwp_low"] == pytest.approx(0.45 * page["net_area_ha"], rel=1e-3)
    assert page["mwp_low"] < page["mwp_mid"] < page["mwp_high"]
    assert page["money_mid"]["invest_eur"] == pytest.approx(955_000 * page["mwp_mid"], rel=1e-3)
    assert page["connection"] in ("fits", "depends", "does_not_fit", "unknown")


def test_weights_of_one_s_own_are_used_and_told(client: TestClient) -> None:
    usual = client.get("/brownfields/ranking?certainty=all").json()
    heavy = client.get("/brownfields/ranking?certainty=all&weight.net_area_ha=1000").json()
    assert heavy["weights"]["net_area_ha"] == 1000
    assert heavy["default_weights"] == usual["weights"] == dict(default_weights())
    areas = [site["net_area_ha"] for site in heavy["sites"] if site["net_area_ha"] and not site["excluded_by"]]
    assert min(areas[0], 10) >= min(areas[-1], 10)  # beyond 10 ha more is no better
    for site in usual["sites"]:
        assert site["score_low"] <= site["score"] <= site["score_high"]
        assert site["rank_best"] <= site["rank"] <= site["rank_worst"]


def test_filters_narrow_and_the_table_says_the_same(client: TestClient) -> None:
    whole = client.get("/brownfields/ranking?certainty=all").json()
    one = whole["sites"][0]
    code = one["insee"].split("|")[0]
    here = client.get(f"/brownfields/ranking?certainty=all&commune={code}").json()
    assert one["id"] in [site["id"] for site in here["sites"]]
    assert here["numberMatched"] < whole["numberMatched"]
    large = client.get("/brownfields/ranking?certainty=all&min_area_ha=30").json()
    assert 0 < large["numberMatched"] < whole["numberMatched"]
    text = client.get("/brownfields/ranking.csv?certainty=all")
    assert text.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(text.text)))
    assert [row["id"] for row in rows] == [site["id"] for site in whole["sites"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/brownfields/nobody", 404),
        ("/brownfields/ranking?commune=62498&epci=CALL", 400),
        ("/brownfields/ranking?commune=x", 400),
        ("/brownfields/ranking?epci=nowhere", 404),
        ("/brownfields/ranking?certainty=none-such", 404),
        ("/brownfields/ranking?weight.slope_deg=heavy", 400),
        ("/brownfields/ranking?weight.slope_deg=-1", 400),
        ("/brownfields/ranking?weight.slope_deg=nan", 400),
        ("/brownfields/ranking?weight.beauty=1", 400),
        ("/brownfields/ranking?beauty=1", 400),
        ("/brownfields/ranking?limit=0", 400),
        ("/brownfields/ranking?min_area_ha=inf", 400),
    ],
)
def test_bad_requests_are_one_clear_line(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert len(answer.json()["detail"].splitlines()) == 1
