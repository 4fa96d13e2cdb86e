"""Names in one form, so that "TERRIL de Pinchonvalles (T75)" and "pinchonvalles t075" are seen to be alike.

Glossary: terril = spoil heap; fosse = pit; étang = pond; marais = marsh; bois = wood.
"""

import re
import unicodedata
from typing import Final

STOP_WORDS: Final = frozenset(
    {
        "a", "au", "aux", "ancien", "ancienne", "d", "dans", "de", "des", "dit", "du", "en", "et", "ex", "l", "la",
        "le", "les", "lez", "n", "no", "ou", "par", "parc", "parcs", "pour", "site", "sous", "sur", "terril", "terrils",
        "un", "une", "zone",
    }
)  # fmt: skip
"""Words that most names hold and that tell none apart."""

HEAP_MENTION: Final = re.compile(r"\bterrils?\b[^;()]*|\bT\d+[^,;)]*", re.IGNORECASE)
HEAP_NUMBER: Final = re.compile(r"\b(?:T\s?)?0*(\d{1,3})([A-Za-z]?)\b")
LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})
ORDINAL: Final = re.compile(r"^(\d+)(?:er|ere|e|eme|nd|nde)$")
ORDINAL_WORDS: Final = {"premier": "1", "premiere": "1", "deuxieme": "2", "second": "2", "seconde": "2"}
ROMAN: Final = re.compile(r"^(?=..)x{0,3}(?:ix|iv|v?i{0,3})$")
ROMAN_VALUES: Final = {"i": 1, "v": 5, "x": 10}


def plain(text: str) -> str:
    """Return the text in small letters without accents, its words apart by one space.

    >>> plain("Étang du Brochet  harnésien, Nœux-les-Mines")
    'etang du brochet harnesien noeux les mines'
    """
    letters = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    return " ".join(re.findall(r"[a-z0-9]+", "".join(sign for sign in letters if not unicodedata.combining(sign))))


def words(text: str) -> frozenset[str]:
    """Return the words that tell a name from others: singular, numerals in digits, heaps as T074A.

    >>> sorted(words("Parc de la Glissoire (Glissoires)")), sorted(words("Terril T74a, 2e étage, Louis XIV"))
    (['glissoire'], ['14', '2', 'etage', 'loui', 't074a'])
    """
    told = {same_form(word) for word in plain(text).split() if word not in STOP_WORDS}
    return frozenset(told - STOP_WORDS)


def same_form(word: str) -> str:
    """Return one word of a plain text in the form in which words are compared."""
    if word in ORDINAL_WORDS:
        return ORDINAL_WORDS[word]
    if found := ORDINAL.match(word):
        return found[1]
    if ROMAN.match(word):
        return str(roman(word))
    if heap := re.fullmatch(r"t0*(\d{1,3})([a-z]?)", word):
        return f"t{int(heap[1]):03d}{heap[2]}"
    if word.isdigit():
        return str(int(word))
    return word.rstrip("sx") if len(word) > 3 else word  # noqa: PLR2004 - "bas" and "puy" stay whole


def roman(word: str) -> int:
    """Return the value of a Roman numeral in small letters: a smaller sign before a greater one is taken away."""
    values = [ROMAN_VALUES[sign] for sign in word]
    return sum(-low if low < high else low for low, high in zip(values, [*values[1:], 0], strict=True))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Return how alike two names are, from 0 to 1: the mean of the overlap and the Dice coefficient of their words.

    The overlap is 1 when one name holds the other; Dice's coefficient prefers the name that adds nothing.

    References
    ----------
    L. R. Dice (1945), https://doi.org/10.2307/1932409.
    """
    if not one or not other:
        return 0.0
    common = len(one & other)
    return (common / min(len(one), len(other)) + 2 * common / (len(one) + len(other))) / 2


def heap_numbers(name: str) -> list[str]:
    """Return the numbers of the heaps that a site's name mentions.

    >>> heap_numbers("Base 11/19 et terrils jumeaux 74-74A-74B")
    ['T074', 'T074A', 'T074B']
    >>> heap_numbers("Terril de Fouquières sud (fosse 6-14, T95/95A)")
    ['T095', 'T095A']
    >>> heap_numbers("9-9bis et terril 110")
    ['T110']
    >>> heap_numbers("Terrils 31, 31A, 32 (Transvaal)")
    ['T031', 'T031A', 'T032']
    """
    mentions = HEAP_MENTION.findall(name)
    found = [f"T{int(digits):03d}{letter.upper()}" for text in mentions for digits, letter in HEAP_NUMBER.findall(text)]
    return list(dict.fromkeys(found))


def slug(text: str) -> str:
    """Return the text as a part of an id: small letters, digits and hyphens, at most 60.

    >>> slug("Parc de Wingles & étangs d'affaissement")
    'parc-de-wingles-etangs-d-affaissement'
    """
    return plain(text).replace(" ", "-")[:60].strip("-")
