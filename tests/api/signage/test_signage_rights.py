"""Who may do what: every endpoint, asked by everybody."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.auth import MOST_ADDRESSES, MOST_FAILURES, WINDOW_S, FailedTokens, neighbourhood
from api.main import create_app
from geo.config import Settings
from geo.register import people
from geo.register.database import Register
from geo.register.people import Actor

if TYPE_CHECKING:
    from tests.api.signage.conftest import Town

WHO = (None, "anne", "bruno", "paul", "ada")
"""The public, the owner of the signs, another owner, a planner, an administrator."""


def red_square() -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8), (200, 0, 0)).save(file, "PNG")
    return file.getvalue()


class Case(NamedTuple):
    """One request, and its status for each of `WHO`; `sign` is the one whose version is sent along."""

    method: str
    url: str
    expected: tuple[int, int, int, int, int]
    body: dict[str, Any] | bytes | None = None
    sign: str | None = None


NEW = {"facts": {"lon": 2.8, "lat": 50.4}, "birth": {"prefix": "LEN", "organisation": "Lens"}}
PUBLIC_NEW = {"facts": NEW["facts"], "birth": {**NEW["birth"], "draft": False}}
FACTS = {"facts": {"name": "Entrée"}}
COST = {"cost": {"stage": "ordered", "amount_cents": 5, "source": "devis"}}
FUNDING = {"funding": {"region": 5000, "pole": 5000, "owner": 0}}
DECISION = {"decision": "accepted"}
PUBLISHED, DRAFT, OTHER = "/signage/signs/LEN-001", "/signage/signs/LEN-002", "/signage/signs/AVI-001"

CASES = (
    Case("GET", "/signage/signs", (200, 200, 200, 200, 200)),
    Case("GET", "/signage/signs.csv", (200, 200, 200, 200, 200)),
    Case("GET", "/signage/catalogue", (200, 200, 200, 200, 200)),
    Case("GET", PUBLISHED, (200, 200, 200, 200, 200)),
    Case("GET", DRAFT, (404, 200, 404, 404, 200)),
    Case("GET", f"{PUBLISHED}/changes", (401, 200, 403, 200, 200)),
    Case("GET", f"{DRAFT}/changes", (401, 200, 404, 404, 200)),
    Case("GET", "/signage/requests", (401, 200, 200, 200, 200)),
    Case("GET", "/signage/requests/1", (401, 200, 404, 200, 200)),
    Case("GET", f"/signage/photos/{'0' * 64}", (404, 404, 404, 404, 404)),
    Case("POST", "/signage/requests", (401, 201, 201, 403, 403), {"wanted": "Un totem"}),
    Case("POST", "/signage/requests", (401, 201, 404, 403, 403), {"wanted": "Un totem", "sign": "LEN-002"}),
    Case("PATCH", "/signage/requests/1", (401, 403, 403, 200, 200), DECISION, "request"),
    Case("PATCH", "/signage/requests/1", (401, 200, 404, 403, 403), {"wanted": "Deux totems"}, "request"),
    Case("POST", "/signage/signs", (401, 201, 403, 403, 201), NEW),
    Case("POST", "/signage/signs", (401, 201, 403, 201, 201), PUBLIC_NEW),
    Case("PATCH", PUBLISHED, (401, 200, 403, 200, 200), FACTS, "LEN-001"),
    Case("PATCH", PUBLISHED, (401, 403, 403, 200, 200), COST, "LEN-001"),
    Case("PATCH", PUBLISHED, (401, 403, 403, 200, 200), FUNDING, "LEN-001"),
    Case("PATCH", PUBLISHED, (401, 403, 403, 200, 200), {"order_year": 2027}, "LEN-001"),
    Case("PATCH", DRAFT, (401, 200, 404, 404, 200), FACTS, "LEN-002"),
    Case("PATCH", DRAFT, (401, 200, 404, 404, 200), {"draft": False}, "LEN-002"),
    Case("POST", f"{PUBLISHED}/status", (401, 403, 403, 200, 200), {"status": "validated"}, "LEN-001"),
    Case("POST", f"{PUBLISHED}/status", (401, 200, 403, 200, 200), {"status": "cancelled"}, "LEN-001"),
    Case("POST", f"{OTHER}/status", (401, 403, 200, 200, 200), {"status": "to_repair"}, "AVI-001"),
    Case("POST", f"{DRAFT}/status", (401, 200, 404, 404, 200), {"status": "cancelled"}, "LEN-002"),
    Case("POST", f"{PUBLISHED}/photos", (401, 201, 403, 201, 201), red_square(), "LEN-001"),
    Case("POST", f"{DRAFT}/photos", (401, 201, 404, 404, 201), red_square(), "LEN-002"),
    Case("POST", "/signage/plans", (401, 403, 403, 400, 400), {"years": {}}),
    Case("GET", "/signage/plans", (401, 403, 403, 200, 200)),
    Case("GET", "/signage/plans/none/signs.geojson", (401, 403, 403, 404, 404)),
    Case("GET", "/signage/plans/none", (401, 403, 403, 404, 404)),
    Case("GET", "/signage/plans/none/plan.gpkg", (401, 403, 403, 404, 404)),
    Case("DELETE", "/signage/plans/none", (401, 403, 403, 404, 404)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.method} {case.url}")
def test_everybody_may_do_what_the_table_says_and_nothing_else(case: Case, open_town: "Callable[[], Town]") -> None:
    town = open_town()
    clean = town.path.read_bytes()
    found = []
    for who in WHO:
        town.path.write_bytes(clean)  # nobody has it open between two requests
        version = {None: None, "request": 1}.get(case.sign) or (town.version(case.sign) if case.sign else None)
        body = {"content": case.body} if isinstance(case.body, bytes) else {"json": case.body} if case.body else {}
        answer = town.ask(who, case.method, case.url, version, **body)
        found.append(answer.status_code)
        if answer.status_code >= 400:
            assert list(answer.json()) == ["detail"]
            assert re.search("expected", answer.json()["detail"])
    assert tuple(found) == case.expected


def test_the_table_names_every_endpoint(open_town: "Callable[[], Town]") -> None:
    described = open_town().client.get("/openapi.json").json()["paths"]
    known = {(method.upper(), path) for path, one in described.items() for method in one if "/signage/" in path}
    patterns = {pair: re.compile(re.sub(r"\{\w+\}", "[^/]+", pair[1])) for pair in known}
    tried = {pair for pair in known for case in CASES if pair[0] == case.method and patterns[pair].fullmatch(case.url)}
    assert known - tried == set()


def test_the_description_says_which_addresses_take_a_token(open_town: "Callable[[], Town]") -> None:
    described = open_town().client.get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    takes = {path for path, one in described["paths"].items() for verb in one.values() if "security" in verb}
    assert takes == {path for path in described["paths"] if "/signage/" in path} - {"/signage/catalogue"}


def test_anothers_draft_and_no_sign_are_answered_alike(town: "Town") -> None:
    for who in (None, "bruno", "paul"):
        there, nowhere = (town.ask(who, "GET", f"/signage/signs/LEN-{number}") for number in ("002", "999"))
        assert there.status_code == nowhere.status_code == 404
        assert there.json()["detail"].replace("002", "999") == nowhere.json()["detail"]
    there, nowhere = (town.ask("bruno", "PATCH", f"/signage/signs/LEN-{n}", 1, json={}) for n in ("002", "999"))
    assert there.json()["detail"].replace("002", "999") == nowhere.json()["detail"]


def test_the_public_and_another_owner_see_neither_drafts_nor_money_nor_names(town: "Town") -> None:
    for who in (None, "bruno"):
        everything = "".join(
            town.ask(who, "GET", url).text for url in ("/signage/signs", "/signage/signs.csv", PUBLISHED)
        )
        assert "LEN-001" in everything
        for hidden in ("LEN-002", "100001", "setup", "region", "anne"):
            assert hidden not in everything
    mine = town.ask("anne", "GET", PUBLISHED).json()
    assert mine["costs"] == [{"stage": "estimate", "amount_cents": 100_001, "stated_on": None, "source": "guide"}]
    assert mine["funding_cents"] == {"estimate": {"region": 50_001, "pole": 25_000, "owner": 25_000}}
    assert mine["history"][0]["who"] == "setup"


def test_requests_are_their_organisations_and_the_poles(town: "Town") -> None:
    def numbers(who: str) -> list[int]:
        return [one["id"] for one in town.ask(who, "GET", "/signage/requests").json()["requests"]]

    assert [numbers(who) for who in ("anne", "bruno", "paul", "ada")] == [[1], [2], [1, 2], [1, 2]]


def test_a_request_does_not_tell_the_planner_of_a_draft(town: "Town") -> None:
    assert town.ask("anne", "GET", "/signage/requests/1").json()["sign"] == "LEN-002"
    assert town.ask("paul", "GET", "/signage/requests/1").json()["sign"] is None


def test_a_decision_does_not_tell_the_planner_of_a_draft(town: "Town") -> None:
    answer = town.ask("paul", "PATCH", "/signage/requests/1", 1, json=DECISION)
    assert (answer.status_code, answer.json()["sign"]) == (200, None)


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer", "Basic YTpi", "", "bearer " + "x" * 500, "Bearer é", "Bearer ' OR 1=1 --"]
)
def test_a_wrong_token_is_refused_even_to_read_and_nothing_tells_why(town: "Town", header: str) -> None:
    for method, url in (("GET", "/signage/signs"), ("POST", "/signage/signs"), ("GET", DRAFT)):
        answer = town.client.request(method, url, headers={"Authorization": header.encode("latin-1")})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["detail"].startswith("found no valid token")


def test_a_revoked_token_is_refused_like_any_wrong_one(town: "Town") -> None:
    with Register(town.path) as register, register.write("ada") as database:
        people.revoke_user(database, Actor("ada", "admin"), "anne")
    revoked = town.ask("anne", "GET", "/signage/signs")
    wrong = town.client.get("/signage/signs", headers={"Authorization": "Bearer wrong"})
    assert (revoked.status_code, revoked.content) == (wrong.status_code, wrong.content)
    assert revoked.headers == wrong.headers


def test_tokens_are_not_in_the_register(town: "Town") -> None:
    stored = town.path.read_bytes()
    assert not [name for name, token in town.tokens.items() if token.encode() in stored]


def test_a_cookie_or_a_parameter_is_no_token(town: "Town") -> None:
    token = town.tokens["anne"]
    assert town.client.get(DRAFT, headers={"Cookie": f"Authorization=Bearer {token}"}).status_code == 404
    assert town.client.get(f"{DRAFT}?token={token}").status_code == 400
    assert "set-cookie" not in town.ask("anne", "GET", DRAFT).headers


def test_no_other_site_may_send_a_token_and_no_shared_cache_keeps_an_answer(town: "Town") -> None:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Headers": "authorization"}
    preflight = town.client.options(PUBLISHED, headers={**asked, "Access-Control-Request-Method": "PATCH"})
    assert preflight.status_code == 405
    assert "access-control-allow-headers" not in preflight.headers
    headers = town.ask("anne", "GET", PUBLISHED).headers
    assert "access-control-allow-credentials" not in headers
    assert "Authorization" in headers["vary"]
    assert "private" in headers["cache-control"]


def test_too_many_wrong_tokens_are_answered_429_and_right_ones_go_on(town: "Town") -> None:
    wrong = {"Authorization": "Bearer no"}
    for _ in range(MOST_FAILURES):
        assert town.client.get("/signage/signs", headers=wrong).status_code == 401
    answer = town.client.get("/signage/signs", headers=wrong)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    assert town.ask("anne", "GET", DRAFT).status_code == 200  # whoever shares the address works on
    assert town.client.get("/signage/signs").status_code == 200


def test_behind_a_proxy_each_client_has_failures_of_its_own_and_none_chooses_its_address(town: "Town") -> None:
    client = TestClient(ProxyHeadersMiddleware(town.client.app, trusted_hosts="testclient"))  # type: ignore[arg-type]

    def status(chain: str) -> int:
        wrong = {"Authorization": "Bearer no", "X-Forwarded-For": chain}
        return int(client.get("/signage/signs", headers=wrong).status_code)

    for number in range(MOST_FAILURES):
        assert status(f"10.0.0.{number}, 192.0.2.1") == 401  # the proxy adds the last; the client invents the rest
    assert status("192.0.2.1") == 429
    assert status("192.0.2.2") == 401


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"), ("2001:db8:1:3::", "2001:db8:1:3::/64"), ("testclient", "testclient"),
    ],
)  # fmt: skip
def test_a_subscriber_of_ipv6_is_counted_once(host: str, expected: str) -> None:
    assert neighbourhood(host) == expected


def test_failures_are_forgotten_after_a_minute_and_memory_is_bounded() -> None:
    now = [0.0]
    failures = FailedTokens(lambda: now[0])
    for _ in range(MOST_FAILURES):
        assert not failures.blocked("a")
        failures.note("a")
    assert failures.blocked("a")
    assert not failures.blocked("b")
    now[0] = WINDOW_S
    assert not failures.blocked("a")
    for number in range(MOST_ADDRESSES + 5):
        failures.note(str(number))
    assert len(failures.times) == MOST_ADDRESSES


def test_without_a_register_reads_are_empty_and_writes_say_what_to_do(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(processed=tmp_path, register_file=tmp_path / "none.gpkg")))
    assert client.get("/signage/signs").json()["features"] == []
    assert client.get("/signage/signs.csv").text.count("\n") == 1
    assert client.get("/signage/catalogue").json() == {"types": []}
    assert client.get(PUBLISHED).status_code == 404
    for method, url, *_ in CASES:
        if method != "GET":
            answer = client.request(method, url, json={})
            assert (answer.status_code, "artois register init" in answer.json()["detail"]) == (503, True)
    assert not (tmp_path / "none.gpkg").exists()


def test_a_damaged_register_is_503_and_its_place_is_not_told(town: "Town") -> None:
    town.path.write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    answer = town.client.get("/signage/signs")
    assert answer.status_code == 503
    assert str(town.path) not in answer.text
