"""Writing signs: versions, keys, moves, hostile words, many at once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.register.database import Register
from geo.register.health import health
from geo.register.people import Actor
from geo.register.signs import Birth, SignForm, create
from geo.register.status import MOVES

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.api.signage.conftest import Town

URL = "/signage/signs"
NEW = {"facts": {"lon": 2.8, "lat": 50.4}, "birth": {"prefix": "LEN"}}
EDITS = [
    ("PATCH", f"{URL}/LEN-001", {"json": {"facts": {"name": "A"}}}),
    ("POST", f"{URL}/LEN-001/status", {"json": {"status": "validated"}}),
    ("POST", f"{URL}/LEN-001/photos", {"content": b"\x89PNG\r\n\x1a\n"}),
    ("PATCH", "/signage/requests/1", {"json": {"decision": "refused"}}),
]


def detail(answer: "Response") -> str:
    said: str = answer.json()["detail"]
    assert "expected" in said
    assert "\n" not in said
    return said


@pytest.mark.parametrize(("method", "url", "body"), EDITS)
def test_an_edit_without_version_is_428(town: "Town", method: str, url: str, body: dict[str, Any]) -> None:
    answer = town.ask("paul", method, url, **body)
    assert answer.status_code == 428
    assert "If-Match" in detail(answer)


@pytest.mark.parametrize("mark", ['"99"', '"0"', 'W/"4"', "*", "4", '"4", "5"', '"four"', "", '"٤"', f'"{"9" * 40}"'])
def test_an_edit_of_any_other_version_is_412_and_changes_nothing(town: "Town", mark: str) -> None:
    before = town.ask("anne", "GET", f"{URL}/LEN-001").content
    for method, url, body in (EDITS[0], EDITS[1], EDITS[3]):
        answer = town.ask("paul", method, url, headers={"If-Match": mark.encode()}, **body)
        assert answer.status_code == 412
        detail(answer)
    assert town.ask("anne", "GET", f"{URL}/LEN-001").content == before


def test_each_answer_carries_the_mark_of_the_next_edit(town: "Town") -> None:
    answer = town.ask("anne", "POST", URL, json=NEW)
    assert answer.status_code == 201
    code = answer.json()["code"]
    assert answer.headers["location"] == f"{URL}/{code}"
    for edit in ({"facts": {"name": "Entrée"}}, {"blades": [{"lines": [{"text": "Parc"}]}]}, {"draft": False}):
        mark = answer.headers["etag"]
        answer = town.ask("anne", "PATCH", f"{URL}/{code}", json=edit, headers={"If-Match": mark})
        assert answer.status_code == 200
        assert town.ask("anne", "PATCH", f"{URL}/{code}", json=edit, headers={"If-Match": mark}).status_code == 412
    assert town.client.get(f"{URL}/{code}").json()["name"] == "Entrée"


def test_what_an_edit_leaves_out_stays_and_null_makes_unknown(town: "Town") -> None:
    before = town.ask("anne", "GET", f"{URL}/LEN-001").json()
    facts = {"sealing": "wall", "park": None}
    after = town.ask("anne", "PATCH", f"{URL}/LEN-001", before["version"], json={"facts": facts}).json()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"sealing", "park", "version", "updated_at"}
    moved = town.ask("anne", "PATCH", f"{URL}/LEN-001", after["version"], json={"facts": {"lon": 2.9, "lat": 50.5}})
    assert (moved.json()["lon"], moved.json()["lat"]) == (2.9, 50.5)


def test_an_edit_is_done_whole_or_not_at_all(town: "Town") -> None:
    before = town.ask("anne", "GET", f"{URL}/LEN-001").content
    edit = {"facts": {"name": "B"}, "cost": {"stage": "ordered", "amount_cents": 1, "source": "x"}}
    assert town.ask("anne", "PATCH", f"{URL}/LEN-001", town.version("LEN-001"), json=edit).status_code == 403
    assert town.ask("anne", "GET", f"{URL}/LEN-001").content == before


def test_only_legal_moves_are_made_for_every_pair_of_states(town: "Town") -> None:
    with Register(town.path) as register, register.write("setup") as database:
        for number, status in enumerate(MOVES, start=101):
            birth = Birth(code=f"MOV-{number}", draft=False, organisation="Lens", status=status)
            create(database, Actor("setup", "admin"), SignForm(x=684_000, y=7_036_000), birth)
    for (number, old), new in product(enumerate(MOVES, start=101), MOVES):
        if new in MOVES[old]:
            continue
        answer = town.ask("paul", "POST", f"{URL}/MOV-{number}/status", 1, json={"status": new})
        assert (old, new, answer.status_code) == (old, new, 409)
        detail(answer)
    for number, old in enumerate(MOVES, start=101):
        for new in MOVES[old][:1]:
            answer = town.ask("paul", "POST", f"{URL}/MOV-{number}/status", 1, json={"status": new, "on": "2026-03-01"})
            assert (answer.status_code, answer.json()["status"]) == (200, new)
            assert answer.json()["history"][-1]["who"] == "paul"


def test_what_is_no_status_and_a_code_that_is_taken_are_refused(town: "Town") -> None:
    answer = town.ask("paul", "POST", f"{URL}/LEN-001/status", town.version("LEN-001"), json={"status": "lost"})
    assert answer.status_code == 400
    taken = {"facts": NEW["facts"], "birth": {"code": "LEN-001", "draft": False}}
    assert town.ask("paul", "POST", URL, json=taken).status_code == 409


@pytest.mark.parametrize(
    ("method", "url", "body", "sign"),
    [
        ("POST", URL, NEW, None),
        ("POST", "/signage/requests", {"wanted": "Un totem"}, None),
        ("PATCH", f"{URL}/LEN-001", {"facts": {"name": "Deux fois"}}, "LEN-001"),
        ("POST", f"{URL}/LEN-001/status", {"status": "cancelled"}, "LEN-001"),
    ],
)
def test_a_request_sent_twice_is_done_once(
    town: "Town", method: str, url: str, body: dict[str, object], sign: str | None
) -> None:
    version = town.version(sign) if sign else None
    key = {"Idempotency-Key": "a-key"}

    def rows() -> int:
        with Register(town.path) as register, register.read() as database:
            return int(database.execute("SELECT count(*) FROM changes").fetchone()[0])

    first = town.ask("anne", method, url, version, json=body, headers=key)
    assert first.status_code in (200, 201)
    written = rows()
    again = town.ask("anne", method, url, version, json=body, headers=key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("etag") == first.headers.get("etag")
    assert again.headers.get("location") == first.headers.get("location")
    assert rows() == written


def test_a_key_serves_one_request_of_one_user(town: "Town") -> None:
    key = {"Idempotency-Key": "k"}
    assert town.ask("anne", "POST", "/signage/requests", json={"wanted": "A"}, headers=key).status_code == 201
    assert town.ask("anne", "POST", "/signage/requests", json={"wanted": "B"}, headers=key).status_code == 422
    assert town.ask("anne", "POST", URL, json=NEW, headers=key).status_code == 422
    assert town.ask("bruno", "POST", "/signage/requests", json={"wanted": "B"}, headers=key).status_code == 201
    for strange in ("", "x" * 201):
        assert town.ask("anne", "POST", URL, json=NEW, headers={"Idempotency-Key": strange}).status_code == 400


def test_a_refused_request_does_not_use_its_key(town: "Town") -> None:
    key, wrong = {"Idempotency-Key": "k"}, {"facts": {}, "birth": {"prefix": "LEN"}}
    assert town.ask("anne", "POST", URL, json=wrong, headers=key).status_code == 400
    assert town.ask("anne", "POST", URL, json=NEW, headers=key).status_code == 201


@pytest.mark.parametrize(
    "facts",
    [
        {"lon": 2.8}, {"lat": 50.4}, {}, {"lon": 0, "lat": 0}, {"lon": "NaN", "lat": 50.4}, {"lon": 1e999, "lat": 50.4},
        {"lon": 2.8, "lat": 50.4, "sealing": "glue"}, {"lon": 2.8, "lat": 50.4, "type": "Totem en or"},
        {"lon": 2.8, "lat": 50.4, "visibility_m": -1}, {"lon": 2.8, "lat": 50.4, "name": "a\x00b"},
        {"lon": 2.8, "lat": 50.4, "notes": "x" * 4001}, {"lon": 2.8, "lat": 50.4, "fid": 1},
    ],
)  # fmt: skip
def test_facts_that_make_no_sense_are_refused_in_one_line(town: "Town", facts: dict[str, Any]) -> None:
    body = json.dumps({"facts": facts, "birth": {"prefix": "LEN"}})
    answer = town.ask("anne", "POST", URL, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 404)
    detail(answer)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b'{"wanted": "\\ud800"}', b'{"wanted": 1e400}', b"[" * 100_000]
)
def test_bodies_that_are_no_request_are_400(town: "Town", body: bytes) -> None:
    answer = town.ask("anne", "POST", "/signage/requests", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_pictograms_beyond_what_the_register_holds_are_400(town: "Town") -> None:
    blades = [{"lines": [{"text": "Parc", "pictograms": ["x" * 50] * 6}]}]
    answer = town.ask("anne", "PATCH", f"{URL}/LEN-001", town.version("LEN-001"), json={"blades": blades})
    assert answer.status_code == 400
    detail(answer)


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=80))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_are_kept_as_they_are(town: "Town", text: str) -> None:
    hostile = f"{text}</script><img src=x onerror=alert(1)>'; DROP TABLE signs; --${{7*7}}"
    edit = {"facts": {"notes": hostile}, "blades": [{"lines": [{"text": hostile}]}]}
    answer = town.ask("anne", "PATCH", f"{URL}/LEN-001", town.version("LEN-001"), json=edit)
    assert answer.headers["content-type"] == "application/json"
    assert (answer.json()["notes"], answer.json()["blades"][0]["lines"][0]["text"]) == (hostile, hostile)


@pytest.mark.parametrize("code", ["' OR 1=1 --", "LEN-001%00", "..%2F..%2Fetc", "%F0%9F%98%80", "x" * 2000])
def test_codes_that_are_none_are_404(town: "Town", code: str) -> None:
    assert town.client.get(f"{URL}/{code}").status_code == 404


def test_of_many_edits_of_one_version_exactly_one_is_made(town: "Town") -> None:
    version = town.version("LEN-001")

    def edit(number: int) -> int:
        body = {"facts": {"name": f"N{number}"}}
        return int(town.ask("anne", "PATCH", f"{URL}/LEN-001", version, json=body).status_code)

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(edit, range(16)))
    assert found == [200] + [412] * 15
    assert town.version("LEN-001") == version + 1


def test_many_writers_lose_nothing_and_readers_see_whole_signs(open_town: "Callable[[], Town]") -> None:
    town = open_town()

    def make(number: int) -> str:
        key = {"Idempotency-Key": f"k{number % 10}"}
        body = {**NEW, "facts": {**NEW["facts"], "name": f"N{number % 10}"}, "blades": [{"lines": [{"text": "Parc"}]}]}
        answer = town.ask("anne", "POST", URL, json=body, headers=key)
        assert answer.status_code == 201, answer.text
        code: str = answer.json()["code"]
        assert len(town.ask("anne", "GET", f"{URL}/{code}").json()["blades"]) == 1
        return code

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(make, range(30)))
    assert len(set(found)) == 10
    assert health(Register(town.path)).faults == ()
