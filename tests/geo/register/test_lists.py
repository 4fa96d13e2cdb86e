"""What is asked of the register as lists: filters, the catalogue, a photo's signs, what became of a sign."""

import pytest

from geo.errors import ConflictError, ForbiddenError, RequestError, StaleError, UnknownNameError
from geo.register import blades, money, photos, requests, signs, trace
from geo.register.blades import Blade, Line
from geo.register.database import Register
from geo.register.people import Actor
from geo.register.sign_types import sign_types
from geo.register.signs import Birth, SignForm

FORM = SignForm(x=686_000.1, y=7_037_000.1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


@pytest.fixture
def town(register: Register, admin: Actor) -> Register:
    """SOU-001 of Lens, SOU-002 of nobody and installed, LEN-001 a draft of Lens: 100 m from one to the next."""
    births = (
        Birth(prefix="SOU", draft=False, organisation="Lens"),
        Birth(prefix="SOU", draft=False, status="installed"),
        Birth(prefix="LEN", organisation="Lens"),
    )
    with register.write("a") as database:
        for number, birth in enumerate(births):
            signs.create(database, admin, FORM.model_copy(update={"x": FORM.x + 100 * number, "park": "P1"}), birth)
    return register


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        ({}, ["LEN-001", "SOU-001", "SOU-002"]),
        ({"status": "installed"}, ["SOU-002"]),
        ({"organisation": "Lens"}, ["LEN-001", "SOU-001"]),
        ({"organisation": "Lens", "status": "installed"}, []),
        ({"park": "P1", "status": "requested"}, ["LEN-001", "SOU-001"]),
        ({"park": "P2"}, []),
        ({"organisation": "' OR 1=1 --"}, []),
        ({"bbox": (FORM.x, FORM.y, FORM.x + 100, FORM.y)}, ["SOU-001", "SOU-002"]),
        ({"bbox": (FORM.x + 0.001, FORM.y, FORM.x + 200, FORM.y)}, ["LEN-001", "SOU-002"]),
        ({"bbox": (FORM.x, FORM.y, FORM.x + 99.999, FORM.y), "park": "P1"}, ["SOU-001"]),
        ({"bbox": (0, 0, FORM.x - 0.001, 1e7)}, []),
    ],
)
def test_signs_are_listed_by_what_is_asked(town: Register, admin: Actor, asked: dict, codes: list[str]) -> None:
    with town.read() as database:
        assert [one.code for one in signs.signs(database, admin, **asked)] == codes


def test_no_filter_shows_a_draft_of_others(town: Register, avion: Actor, lens: Actor) -> None:
    with town.read() as database:
        for actor, codes in ((avion, ["SOU-001"]), (lens, ["LEN-001", "SOU-001"])):
            assert [one.code for one in signs.signs(database, actor, organisation="Lens", park="P1")] == codes
        with pytest.raises(RequestError, match="'volé'"):
            signs.signs(database, lens, status="volé")


def test_what_no_text_can_hold_is_not_found(town: Register, lens: Actor) -> None:
    with town.read() as database:
        assert signs.signs(database, lens, park="P1\x00") == []
        assert photos.signs_of_photo(database, lens, "\x00") == []
        with pytest.raises(UnknownNameError):
            signs.sign(database, lens, "SOU-001\x00")


def test_the_year_of_the_order_is_the_poles(town: Register, lens: Actor, planner: Actor) -> None:
    with town.write("a") as database:
        assert signs.sign(database, planner, "SOU-001").order_year is None
        assert signs.order_in(database, planner, "SOU-001", 2026, version=1).order_year == 2026
        with pytest.raises(StaleError):
            signs.order_in(database, planner, "SOU-001", 2027, version=1)
        with pytest.raises(ForbiddenError):
            signs.order_in(database, lens, "SOU-001", 2027, version=2)
        with pytest.raises(RequestError, match="2000 to 2100"):
            signs.order_in(database, planner, "SOU-001", 26, version=2)
        assert signs.describe(database, planner, "SOU-001", FORM, version=2).order_year == 2026
        assert signs.order_in(database, planner, "SOU-001", None, version=3).order_year is None


def test_the_catalogue_lists_what_can_be_chosen(register: Register) -> None:
    with register.read() as database:
        types = {one.name: one for one in sign_types(database)}
    assert not [name for name in types if name.startswith("(yardstick)")]
    assert (types["Totem"].cost_low_cents, types["Totem"].cost_high_cents) == (250_000, 650_000)


def test_a_photo_is_found_by_its_hash_where_its_sign_may_be_read(town: Register, lens: Actor, avion: Actor) -> None:
    with town.write("a") as database:
        kept = [
            photos.add_photo(database, lens, code, PNG, version=1, register=town.path, place=(2.8, 50.4))
            for code in ("LEN-001", "SOU-001")
        ]
        found = photos.signs_of_photo(database, lens, kept[0].sha256)
        assert [(sign.code, photo) for sign, photo in found] == [("LEN-001", kept[0]), ("SOU-001", kept[1])]
        assert (kept[0].lon, kept[0].lat) == (2.8, 50.4)
        assert [sign.code for sign, _ in photos.signs_of_photo(database, avion, kept[0].sha256)] == ["SOU-001"]
        assert photos.signs_of_photo(database, lens, "0" * 64) == []
        for place in ((181.0, 50.0), (2.0, float("nan"))):
            with pytest.raises(RequestError, match="taken at"):
                photos.add_photo(database, lens, "SOU-001", PNG + b"1", version=2, register=town.path, place=place)


def test_the_words_of_a_request_change_while_it_waits(
    register: Register, lens: Actor, avion: Actor, planner: Actor
) -> None:
    with register.write("a") as database:
        asked = requests.ask(database, lens, "Deux totems")
        changed = requests.rewrite(database, lens, asked.id, "Trois totems", version=1)
        assert (changed.wanted, changed.version) == ("Trois totems", 2)
        with pytest.raises(StaleError, match="version 1; expected 2"):
            requests.rewrite(database, lens, asked.id, "Un", version=1)
        with pytest.raises(UnknownNameError):
            requests.rewrite(database, avion, asked.id, "Un", version=2)
        with pytest.raises(ForbiddenError, match="another organisation's"):
            requests.rewrite(database, planner, asked.id, "Un", version=2)
        with pytest.raises(RequestError, match="4001 characters"):
            requests.rewrite(database, lens, asked.id, "x" * 4001, version=2)
        requests.decide(database, planner, asked.id, "accepted", version=2)
        with pytest.raises(ConflictError, match="was accepted"):
            requests.rewrite(database, lens, asked.id, "Un", version=3)


def test_what_became_of_a_sign_is_told_to_whom_it_concerns(
    town: Register, planner: Actor, lens: Actor, avion: Actor
) -> None:
    """Blade numbers may be given again: the second sign's blade takes the number of one that the first has lost."""
    with town.write("jeanne") as database:
        blades.write_blades(database, planner, "SOU-001", [Blade(lines=(Line(text="un"),))], version=1)
        blades.write_blades(database, planner, "SOU-001", [], version=2)
        blades.write_blades(database, planner, "SOU-002", [Blade(lines=(Line(text="deux"),))], version=1)
        money.write_cost(database, planner, "SOU-001", "estimate", 5, version=3, source="essai")
    with town.read() as database:
        told = trace.changes(database, lens, "SOU-001")
        assert [(one.table, one.action) for one in told] == [
            ("signs", "insert"), ("blades", "insert"), ("lines", "insert"), ("signs", "update"),
            ("lines", "delete"), ("blades", "delete"), ("signs", "update"),
            ("costs", "insert"), ("signs", "update"),
        ]  # fmt: skip
        assert [one.who for one in told] == ["a"] + ["jeanne"] * 8
        assert [one.before["text"] for one in told if one.table == "lines" and one.before] == ["un"]
        other = trace.changes(database, planner, "SOU-002")
        assert [one.after["text"] for one in other if one.table == "lines" and one.after] == ["deux"]
        with pytest.raises(ForbiddenError, match="another organisation"):
            trace.changes(database, avion, "SOU-001")
        with pytest.raises(UnknownNameError):
            trace.changes(database, avion, "LEN-001")
