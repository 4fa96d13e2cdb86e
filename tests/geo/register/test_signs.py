from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from geo.errors import ConflictError, RequestError, StaleError, UnknownNameError
from geo.register import blades, money, once, photos, signs
from geo.register.blades import Blade, Line
from geo.register.database import Register
from geo.register.people import Actor
from geo.register.sign_types import FILE, bring_catalogue, read_types
from geo.register.signs import Birth, SignForm, read_form

FORM = SignForm(x=686_000.25, y=7_037_000.5, type="Totem", name="Entrée", languages="fr|en", visibility_m=25)
PUBLISHED = Birth(prefix="SOU", draft=False)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


def test_a_sign_is_read_as_it_was_written(register: Register, planner: Actor) -> None:
    with register.write("a") as database:
        made = signs.create(database, planner, FORM, Birth(prefix="SOU", draft=False, organisation="Avion"))
    with register.read() as database:
        read = signs.sign(database, planner, "SOU-001")
    assert read == made
    assert {name: getattr(read, name) for name in SignForm.model_fields} == FORM.model_dump()
    assert (read.organisation, read.status, read.draft, read.version) == ("Avion", "requested", 0, 1)


def test_codes_go_on_after_the_highest(register: Register, planner: Actor) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, Birth(code="SOU-041", draft=False))
        assert signs.create(database, planner, FORM, PUBLISHED).code == "SOU-042"
        assert signs.create(database, planner, FORM, Birth(prefix="SO", draft=False)).code == "SO-001"
        with pytest.raises(ConflictError, match="SOU-041 already"):
            signs.create(database, planner, FORM, Birth(code="SOU-041", draft=False))
        with pytest.raises(RequestError, match="neither a code nor a prefix"):
            signs.create(database, planner, FORM, Birth(draft=False))


def test_a_stale_edit_is_refused(register: Register, planner: Actor) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
    with register.write("b") as database:
        signs.describe(database, planner, "SOU-001", FORM.model_copy(update={"name": "Première"}), version=1)
    late = FORM.model_copy(update={"name": "Deuxième"})
    with pytest.raises(StaleError, match="version 1; expected 2"), register.write("c") as database:
        signs.describe(database, planner, "SOU-001", late, version=1)
    with register.read() as database:
        assert signs.sign(database, planner, "SOU-001").name == "Première"


def test_a_request_sent_twice_is_done_once(register: Register, planner: Actor, admin: Actor) -> None:
    def send(actor: Actor, key: str, body: dict[str, Any]) -> dict[str, Any]:
        with register.write(actor.name) as database:
            return once.once(
                database, actor, key, body, work=lambda: signs.create(database, actor, FORM, PUBLISHED)._asdict()
            )

    first = send(planner, "k1", {"x": 1, "y": 2})
    assert send(planner, "k1", {"y": 2, "x": 1}) == first
    with pytest.raises(ConflictError, match="used for another request"):
        send(planner, "k1", {"x": 2})
    assert send(admin, "k1", {"x": 2})["code"] == "SOU-002"
    with pytest.raises(RequestError, match="0 characters"):
        send(planner, "", {})


def test_a_failed_request_may_be_sent_again(register: Register, planner: Actor) -> None:
    def fail() -> dict[str, Any]:
        raise RequestError("no")

    with pytest.raises(RequestError), register.write("a") as database:
        once.once(database, planner, "k", {}, work=fail)
    with register.write("a") as database:
        assert once.once(database, planner, "k", {}, work=lambda: {"done": True}) == {"done": True}


def test_a_pictogram_is_one_name() -> None:
    with pytest.raises(ValidationError):
        Line(text="Terril", pictograms=("pied|vélo",))


def test_blades_and_lines_are_replaced_as_one(register: Register, planner: Actor) -> None:
    first = [
        Blade(bearing_deg=90, direction="right", lines=(Line(text="Gare", distance_km=1.2, time_min=18),)),
        Blade(color="vert", lines=(Line(text="Terril", pictograms=("pied", "vélo")), Line(text="Étang"))),
    ]
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        assert blades.write_blades(database, planner, "SOU-001", first, version=1).version == 2
        assert blades.blades(database, planner, "SOU-001") == first
        blades.write_blades(database, planner, "SOU-001", first[1:], version=2)
        assert blades.blades(database, planner, "SOU-001") == first[1:]
        with pytest.raises(StaleError):
            blades.write_blades(database, planner, "SOU-001", [], version=1)
        with pytest.raises(RequestError, match="21 blades"):
            blades.write_blades(database, planner, "SOU-001", [Blade()] * 21, version=3)
        gone = "SELECT count(*) FROM changes WHERE table_name = ? AND action = 'delete'"
        assert [database.execute(gone, (name,)).fetchone()[0] for name in ("blades", "lines")] == [2, 3]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("x", float("nan")), ("y", float("inf")), ("name", ""), ("name", "a\x00b"),
        ("name", "x" * 201), ("sealing", "glue"), ("visibility_m", 0), ("languages", "français"), ("colour", "red"),
    ],
)  # fmt: skip
def test_a_form_that_makes_no_sense_is_refused_by_its_field(field: str, value: object) -> None:
    with pytest.raises(RequestError, match=f"^{field}: found"):
        read_form(SignForm, {**FORM.model_dump(), field: value})


def test_what_a_sign_names_must_be_known(register: Register, planner: Actor) -> None:
    yardstick = "(yardstick) road sign class E, localisation"
    with register.write("a") as database:
        for kind in ("Toteme", yardstick):
            with pytest.raises(UnknownNameError, match="expected one of Panneau autoroutier"):
                signs.create(database, planner, FORM.model_copy(update={"type": kind}), PUBLISHED)
        with pytest.raises(UnknownNameError, match="no organisation is named 'Douai'"):
            signs.create(database, planner, FORM, Birth(prefix="SOU", draft=False, organisation="Douai"))
        with pytest.raises(UnknownNameError, match="no sign has the code"):
            signs.sign(database, planner, "' OR 1=1 --")


def test_the_catalogue_says_what_its_costs_are_worth(register: Register, admin: Actor) -> None:
    with register.write("a") as database:
        assert bring_catalogue(database, admin) == 0
        rows = database.execute(
            "SELECT cost_low_cents, cost_high_cents, cost_status, certainty FROM sign_types WHERE name = 'Totem'"
        ).fetchall()
        assert rows == [(250_000, 650_000, "from memory, unverified", "estimated")]
        assert database.execute("SELECT count(*) FROM sign_types").fetchone() == (len(read_types(FILE)),)


amounts = st.integers(0, 10**12)
weights = st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 10_000), min_size=1, max_size=6).filter(
    lambda found: sum(found.values()) > 0
)


@given(amounts, weights)
def test_shares_sum_to_the_cent_and_stay_within_their_quota(amount: int, given_weights: dict[str, int]) -> None:
    cents = money.split(amount, given_weights)
    whole = sum(given_weights.values())
    assert sum(cents.values()) == amount
    for name, weight in given_weights.items():
        assert amount * weight // whole <= cents[name] <= -(-amount * weight // whole)


def test_shares_by_hand() -> None:
    assert money.split(100, {"a": 1, "b": 1, "c": 1}) == {"a": 34, "b": 33, "c": 33}
    assert money.split(1, {"region": 5000, "pole": 0, "owner": 5000}) == {"region": 1, "pole": 0, "owner": 0}
    for amount, bad in ((-1, {"a": 1}), (1, {"a": 0}), (1, {"a": 2, "b": -1})):
        with pytest.raises(ValueError, match="expected none negative"):
            money.split(amount, bad)


def test_costs_and_who_pays_them(register: Register, planner: Actor) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        money.write_cost(database, planner, "SOU-001", "invoiced", 99_999, version=1, source="facture 12")
        money.write_cost(database, planner, "SOU-001", "estimate", 90_001, version=2, source="catalogue, estimation")
        assert money.funding(database, planner, "SOU-001") == {}
        shares = {"region": 5000, "pole": 2500, "owner": 2500}
        money.write_funding(database, planner, "SOU-001", shares, version=3)
        assert [cost.stage for cost in money.costs(database, planner, "SOU-001")] == ["estimate", "invoiced"]
        assert money.funding(database, planner, "SOU-001") == {
            "estimate": {"region": 45_001, "pole": 22_500, "owner": 22_500},
            "invoiced": {"region": 49_999, "pole": 25_000, "owner": 25_000},
        }
        for bad in ({"region": 10_000}, {"region": 5000, "pole": 5000, "owner": 1}):
            with pytest.raises(RequestError, match="sum to 10000"):
                money.write_funding(database, planner, "SOU-001", bad, version=4)
        with pytest.raises(RequestError, match="at least 0 cents"):
            money.write_cost(database, planner, "SOU-001", "ordered", -1, version=4, source="devis")


def test_photos_are_named_after_their_bytes(register: Register, planner: Actor) -> None:
    with register.write("a") as database:
        signs.create(database, planner, FORM, PUBLISHED)
        first = photos.add_photo(database, planner, "SOU-001", PNG, version=1, register=register.path)
        second = photos.add_photo(database, planner, "SOU-001", b"\xff\xd8\xff0", version=2, register=register.path)
        assert photos.photos(database, planner, "SOU-001") == [first, second]
        assert photos.photo_path(register.path, first).read_bytes() == PNG
        assert (first.mime, first.position, second.mime, second.position) == ("image/png", 1, "image/jpeg", 2)
        with pytest.raises(ConflictError, match="has that photo already"):
            photos.add_photo(database, planner, "SOU-001", PNG, version=3, register=register.path)
        for body in (b"<svg onload=alert(1)>", b"", b"RIFF0000WAVE"):
            with pytest.raises(RequestError, match="expected a JPEG, PNG or WebP"):
                photos.add_photo(database, planner, "SOU-001", body, version=3, register=register.path)
    assert photos.folder(register.path) == Path(register.path).with_name("photos")


def test_a_photo_too_large_is_refused() -> None:
    with pytest.raises(RequestError, match="at most 20,000,000"):
        photos.mime_of(PNG + bytes(photos.LARGEST_BYTES))
