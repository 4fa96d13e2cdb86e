"""Editing: what an edit must name, numbers and days that are none, requests in other words, years of order."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from geo.register.database import Register

if TYPE_CHECKING:
    from tests.api.signage.conftest import Town

URL = "/signage/signs/LEN-001"
REQUEST = "/signage/requests/1"


@pytest.mark.parametrize("mark", ['W/"4"', "*", '"4", "5"', "4", '"four"', ""])
def test_a_mark_that_is_not_one_of_ours_is_412_and_says_so(town: "Town", mark: str) -> None:
    answer = town.ask("anne", "PATCH", URL, json={"facts": {"name": "A"}}, headers={"If-Match": mark})
    assert answer.status_code == 412
    assert answer.json()["detail"].startswith("found an If-Match that is not one mark")


@pytest.mark.parametrize(
    "edit",
    [
        {"facts": {"lon": True, "lat": 50.4}}, {"facts": {"lon": "2.8", "lat": 50.4}},
        {"facts": {"visibility_m": True}}, {"facts": {"lon": None, "lat": None}}, {"facts": {"lon": None}},
        {"facts": {"lon": 50.4, "lat": 2.8}}, {"facts": {"lon": 0, "lat": 90}}, {"facts": {"lon": 180, "lat": -90}},
        {"cost": {"stage": "ordered", "amount_cents": True, "source": "devis"}},
        {"cost": {"stage": "ordered", "amount_cents": "12", "source": "devis"}},
        {"cost": {"stage": "ordered", "amount_cents": 0.5, "source": "devis"}},
        {"cost": {"stage": "ordered", "amount_cents": 12, "source": "devis", "stated_on": 0}},
        {"cost": {"stage": "ordered", "amount_cents": 12, "source": "devis", "stated_on": "0"}},
        {"cost": {"stage": "ordered", "amount_cents": 12, "source": "devis", "stated_on": "2026-02-30"}},
        {"funding": {"region": True, "pole": 9999, "owner": 0}}, {"funding": {"region": 5000, "pole": 5000}},
        {"order_year": 1999}, {"order_year": "2026"}, {"order_year": True}, {"draft": True}, {"draft": 0},
    ],
)  # fmt: skip
def test_what_only_looks_like_a_number_or_a_day_is_400_and_changes_nothing(town: "Town", edit: dict[str, Any]) -> None:
    version = town.version("LEN-001")
    answer = town.ask("ada", "PATCH", URL, version, json=edit)
    assert answer.status_code == 400
    assert "expected" in answer.json()["detail"]
    assert town.version("LEN-001") == version


@pytest.mark.parametrize("day", [0, 1e18, "1", "2026-13-01", "20260301", "2026-03-01T00:00:00"])
def test_a_move_on_what_is_no_day_is_400(town: "Town", day: object) -> None:
    moved = {"status": "validated", "on": day}
    assert town.ask("ada", "POST", f"{URL}/status", town.version("LEN-001"), json=moved).status_code == 400


@pytest.mark.parametrize("day", [0, 1e18, "1", "20260301"])
def test_a_sign_that_begins_on_what_is_no_day_is_400(town: "Town", day: object) -> None:
    birth = {"prefix": "LEN", "organisation": "Lens", "draft": False, "status": "installed", "status_on": day}
    new = {"facts": {"lon": 2.8, "lat": 50.4}, "birth": birth}
    answer = town.ask("ada", "POST", "/signage/signs", json=new)
    assert (answer.status_code, "a day such as" in answer.json()["detail"]) == (400, True)
    assert town.ask(
        "ada", "POST", "/signage/signs", json={**new, "birth": {**birth, "status_on": "2026-03-01"}}
    ).is_success


def test_the_year_of_order_is_set_kept_by_other_edits_and_taken_back(town: "Town") -> None:
    for edit, expected in (
        ({"order_year": 2027}, 2027),
        ({"facts": {"name": "A"}}, 2027),
        ({"order_year": None}, None),
    ):
        answer = town.ask("paul", "PATCH", URL, town.version("LEN-001"), json=edit)
        assert (answer.status_code, answer.json()["order_year"]) == (200, expected)
    assert "order_year" not in town.client.get(URL).json()


def test_a_request_that_waits_is_put_in_other_words_until_it_is_decided(town: "Town") -> None:
    first = town.ask("anne", "PATCH", REQUEST, 1, json={"wanted": "Deux totems"})
    assert (first.status_code, first.json()["wanted"], first.headers["etag"]) == (200, "Deux totems", '"2"')
    assert town.ask("anne", "PATCH", REQUEST, 1, json={"wanted": "Trois"}).status_code == 412
    assert town.ask("paul", "PATCH", REQUEST, 1, json={"decision": "accepted"}).status_code == 412
    decided = town.ask("paul", "PATCH", REQUEST, 2, json={"decision": "refused", "reason": "Trop tôt"})
    assert (decided.json()["decision"], decided.json()["reason"]) == ("refused", "Trop tôt")
    assert town.ask("anne", "PATCH", REQUEST, 3, json={"wanted": "Trois"}).status_code == 409


@pytest.mark.parametrize(
    "edit",
    [
        {}, {"wanted": ""}, {"wanted": "  "}, {"wanted": "x" * 4001}, {"wanted": "A", "decision": "accepted"},
        {"wanted": "A", "reason": "B"}, {"reason": "B"}, {"decision": "maybe"}, {"sign": "LEN-001"},
    ],
)  # fmt: skip
def test_an_edit_of_a_request_is_words_or_a_decision(town: "Town", edit: dict[str, Any]) -> None:
    answer = town.ask("anne", "PATCH", REQUEST, 1, json=edit)
    assert answer.status_code == 400
    assert "expected" in answer.json()["detail"]


def test_the_same_request_sent_twice_at_the_same_time_is_done_once(town: "Town") -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> tuple[int, int]:
        together.wait(30)
        answer = town.ask("anne", "POST", "/signage/requests", json={"wanted": "A"}, headers={"Idempotency-Key": "k"})
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {(201, 3)}
    with Register(town.path) as register, register.read() as database:
        assert database.execute("SELECT count(*) FROM requests").fetchone()[0] == 3


def test_readers_are_served_while_a_busy_register_keeps_writers_waiting(town: "Town") -> None:
    def ask(number: int) -> int:
        return int(town.ask("anne", "POST", "/signage/requests", json={"wanted": f"{number}"}).status_code)

    with ThreadPoolExecutor(60) as pool:
        with Register(town.path) as register, register.write("a long import"):
            waiting = [pool.submit(ask, number) for number in range(60)]  # more than the service has threads
            assert town.ask("anne", "GET", URL).status_code == 200
            assert town.client.get("/signage/signs").status_code == 200
            assert not [one for one in waiting if one.done()]
        assert {one.result() for one in waiting} == {201}


def test_a_writer_whose_turn_never_comes_is_told_so(town: "Town", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.writing.LONGEST_WAIT_S", 0.01)
    monkeypatch.setattr(town.client.app.state, "write_turns", asyncio.Semaphore(0))  # type: ignore[attr-defined]
    answer = town.ask("anne", "POST", "/signage/requests", json={"wanted": "A"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
