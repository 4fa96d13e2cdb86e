import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.names import likeness, plain, roman, slug, words

TEXT = st.text(max_size=40)
FRENCH = st.text(alphabet="aàâbcdeéèêëfghiîïjklmnoôœpqrstuùûvwxyzçAÀÉÈÔŒ 0123456789'\u2019-()", max_size=40)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Parc de la Glissoire", "PARC DE LA GLISSOIRE"),
        ("Étang du Brochet", "etang du brochet"),
        ("Nœux-les-Mines", "NOEUX LES MINES"),
        ("Terril T74A", "terrils (t074a)"),
        ("2e étang", "Deuxième étang"),
        ("Fosse II", "Fosse 2"),
        ("Les Étangs", "L\u2019étang"),
    ],
)
def test_two_spellings_of_a_name_have_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)
    assert likeness(words(one), words(other)) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Val de Souchez", "Val de Souchez - Guy-Dhéruelle", (1 + 4 / 6) / 2),
        ("Lapugnoy", "Bois de Lapugnoy", (1 + 2 / 3) / 2),
        ("Gare d'eau de Béthune", "Gare d\u2019eau de Carvin", 2 / 3),
        ("Parc de la Fossette", "Parc de la Lawe", 0.0),
        ("Parc", "Parc", 0.0),
    ],
)
def test_likeness_is_the_mean_of_overlap_and_dice(one: str, other: str, expected: float) -> None:
    assert likeness(words(one), words(other)) == pytest.approx(expected)


@pytest.mark.parametrize(("numeral", "value"), [("ii", 2), ("iv", 4), ("ix", 9), ("xiv", 14), ("xxxix", 39)])
def test_roman_numerals(numeral: str, value: int) -> None:
    assert roman(numeral) == value


@given(TEXT)
def test_plain_text_is_stable_and_holds_nothing_else(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", once)


@given(FRENCH)
def test_case_and_accents_change_no_word(text: str) -> None:
    assert words(text.upper()) == words(text) == words(plain(text))


@given(FRENCH, FRENCH)
def test_likeness_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    alike = likeness(words(one), words(other))
    assert alike == likeness(words(other), words(one))
    assert 0.0 <= alike <= 1.0
    if words(one):
        assert likeness(words(one), words(one)) == 1.0


@given(TEXT)
def test_a_slug_can_stand_in_an_address(text: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug(text))
    assert len(slug(text)) <= 60
