"""Names of sites that name a person: told apart so that they are never published.

Historical inventories call a site after whoever ran it. The rule hides too much rather than too little:

- the owner is a natural person: a name is published only when each of its words is one of sites, trades or brands
  (`words/site_words.txt`) or of its commune's name, or a number;
- whoever the owner is, a name is hidden that holds a title ("Mme", "Veuve"), a given name, an initial beside a word, a
  family firm ("et Fils", "Frères"), a small trade followed by a word that is not known ("Garage Untel"), or that is
  nothing but two or three unknown words ("NOM Prénom"); one alone is enough where the owner is not known.

Streets, squares and schools may bear the name of a person ("rue Roger Salengro"): that name is set aside first.
The lists of words are the project's own; a family name alone under a legal person is taken for a firm's.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

NATURAL: Final = "personne physique"
LEGAL: Final = "personne morale"

TITLES: Final = re.compile(
    r"\b(?:MM?\.|Mrs?\b|Mmes?\b|Mlles?\b|Monsieur|Messieurs|Madame|Mademoiselle|Docteur|Dr\b|Ma[iî]tre|Veuve|Vve\b|"
    r"H[ée]ritiers?|Consorts|Succession|Indivision|[ÉEée]poux|Famille)",
    re.IGNORECASE,
)
LONE_TITLE: Final = re.compile(r"(?<![\w'\u2019])M(?=\s+[A-ZÀ-Ý])")
FAMILY: Final = re.compile(
    r"\b(?:et|&)\s*(?:fils|cie|frères?|freres?|filles?|gendres?)\b|\bfr[èe]res\b|\bp[èe]re\b", re.IGNORECASE
)
INITIAL: Final = re.compile(
    r"(?<![\w.])[A-ZÀ-Ý]\.\s*-?(?:[A-ZÀ-Ý]\.\s*)?[A-ZÀ-Ý][\w'-]{2,}|\b[A-ZÀ-Ý][\w'-]{2,}\s+[A-ZÀ-Ý]\.(?!\w)"
)
NAMED_PLACES: Final = re.compile(
    r"\b(?:rue|avenue|av\.|boulevard|bd|place|square|chemin|route|impasse|all[ée]e|cit[ée]|quartier|r[ée]sidence|stade|"
    r"[ée]cole|coll[èe]ge|lyc[ée]e|gymnase|parc)\s+(?:de\s+la\s+|de\s+l['\u2019]|des\s+|du\s+|de\s+|d['\u2019])?"
    r"[A-ZÀ-Ý][\w'\u2019-]*(?:\s+[A-ZÀ-Ý][\w'\u2019-]*)?|\b(?:sainte?s?|ste?)[\s-]+[A-ZÀ-Ý][\w'\u2019-]*",
    re.IGNORECASE,
)
WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")

FUNCTION_WORDS: Final = ("a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sur")
ROMAN: Final = re.compile("[IVX]+")
MAX_WORDS: Final = 3


def published_name(name: str, owner: str, *, site: str, commune: str = "") -> str:
    """Return the name of a site, or words in its place when it may name a person.

    Parameters
    ----------
    name
        The name as the file tells it.
    owner
        Kind of owner in the standard's words ("personne physique", "personne morale", several, or nothing).
    site
        The site's id, which stands for the name.
    commune
        Name of its commune, whose words are no person's.
    """
    return f"Site sans nom publié ({site})" if may_name_a_person(name, owner, commune=commune) else name


def may_name_a_person(name: str, owner: str = "", *, commune: str = "") -> bool:
    """Tell whether a name may be a natural person's, by the rule above.

    >>> may_name_a_person("LARUE Achille"), may_name_a_person("Ets Cropel Jean", LEGAL)
    (True, True)
    >>> may_name_a_person("Terril n° 224 de la Fosse n° 12", NATURAL), may_name_a_person("6 rue Léon Blum", LEGAL)
    (False, False)
    """
    place = {folded(word) for word in parts(commune)}
    rest = NAMED_PLACES.sub(" ", name)
    words = [word for word in WORD.findall(rest) if not {folded(part) for part in parts(word)} <= place]
    if NATURAL in owner and not all(map(known, words)):
        return True
    least = 2 if LEGAL in owner else 1
    return tells_a_person(rest, words) or after_a_trade(words) or bare_names(words, least=least)


def tells_a_person(text: str, words: list[str]) -> bool:
    """Tell whether a text holds a title, a family firm, an initial beside a word, or a given name."""
    if any(sign.search(text) for sign in (TITLES, LONE_TITLE, FAMILY, INITIAL)):
        return True
    return any(part[:1].isupper() and folded(part) in listed("given_names") for word in words for part in parts(word))


def after_a_trade(words: list[str]) -> bool:
    """Tell whether a word that is not known, with a capital, follows a small trade directly."""
    return any(
        in_list(first, "small_trades") and second[:1].isupper() and not known(second)
        for first, second in pairwise(words)
    )


def bare_names(words: list[str], *, least: int) -> bool:
    """Tell whether a text is nothing but a few unknown words, at least so many of them."""
    told = [word for word in words if folded(word) not in FUNCTION_WORDS]
    return least <= len(told) <= MAX_WORDS and not any(known(word) for word in told)


def known(word: str) -> bool:
    """Tell whether a word, or each part of a compound, is one of sites, trades or brands, a letter or a numeral."""
    return all(
        len(part) == 1 or ROMAN.fullmatch(part) or in_list(part, "site_words") or in_list(part, "small_trades")
        for part in parts(word)
    )


def parts(word: str) -> list[str]:
    """Return the words of a compound or of a name."""
    return re.findall(r"[^\W\d_]+", word)


def in_list(word: str, name: str) -> bool:
    """Tell whether a word, or its singular, stands in one of the lists."""
    plain = folded(word)
    return plain in listed(name) or plain.rstrip("sx") in listed(name)


@cache
def listed(name: str) -> frozenset[str]:
    """Return one of the lists of folded words: given_names, site_words, small_trades."""
    return frozenset(files("geo.sources").joinpath("words", f"{name}.txt").read_text(encoding="utf-8").split())


def folded(text: str) -> str:
    """Return a word in small letters without accents.

    >>> folded("Béthune")
    'bethune'
    """
    letters = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return "".join(sign for sign in letters if not unicodedata.combining(sign))
