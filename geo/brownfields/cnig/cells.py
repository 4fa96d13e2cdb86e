"""What the standard asks of one cell: present, of its type, in its list, of its form. At most one fault a cell."""

import re
from datetime import date
from typing import Final

from geo.brownfields.cnig.fields import FREE_TEXTS, GEOMETRIES, SEPARATOR, Field
from geo.sources.cnig_forms import FRENCH, ISO, POSTGRES_ARRAY, calendar_date, is_missing
from geo.sources.person_names import folded

FIRST_YEAR: Final = 1000
FIRST_INVENTORY: Final = 1900
PLANNED_YEARS: Final = 30
"""How far ahead the end of a conversion may be planned."""
LARGEST: Final = 1_000_000_000
"""No count of buildings and no area in m² of one site is larger: that would be 1,000 km²."""
NOT_TOLD: Final = (
    "null",
    "none",
    "nan",
    "na",
    "n/a",
    "#n/a",
    "nd",
    "nr",
    "nc",
    "n.c.",
    "nsp",
    "-",
    "--",
    "?",
    "/",
    "#ref!",
)
FORMULA: Final = re.compile(r"[=@\t\r]|[+-](?=\S)[^ ]*[(|!]")
MARKUP: Final = re.compile(r"<\s*[a-zA-Z/!?]")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")
GARBLED: Final = re.compile(
    "\u00c3[\u0080-\u00bf\u0192\u00a0-\u00bf\u0152\u0153\u0160\u0161\u2018-\u2122]|\u00e2\u20ac|\ufffd"
)
THOUSANDS: Final = re.compile(r"\d{1,3}(?:[ .\u00a0\u202f]\d{3})+")


def cell_fault(field: Field, text: str, today: date) -> str | None:
    """Return the rule that a cell breaks, or None.

    Parameters
    ----------
    field
        What the standard asks of the column.
    text
        The cell as written.
    today
        No date told may be later.
    """
    if is_missing(text):
        return "valeur obligatoire" if field.required else None
    if field.kind == "text":
        return coded_or_free(field, text)
    if field.kind == "integer":
        return integer_fault(text)
    planned = field.name == "site_reconv_annee"
    return date_fault(text, today) if field.kind == "date" else year_fault(text, today, planned=planned)


def coded_or_free(field: Field, text: str) -> str | None:
    """Return what is wrong with a text; geometries are judged elsewhere."""
    if field.name in GEOMETRIES:
        return None
    return text_fault(text) if field.name in FREE_TEXTS else parts_fault(field, text)


def date_fault(text: str, today: date) -> str | None:
    """Return what is wrong with a day."""
    if FRENCH.fullmatch(text):
        return "date AAAA-MM-JJ attendue, non JJ/MM/AAAA"
    if not ISO.fullmatch(text):
        return "date AAAA-MM-JJ attendue"
    day = calendar_date(ISO, text)
    if day is None:
        return "date qui n'existe pas"
    if day > today:
        return "date dans le futur"
    return None if day.year >= FIRST_INVENTORY else f"date d'avant {FIRST_INVENTORY}"


def year_fault(text: str, today: date, *, planned: bool) -> str | None:
    """Return what is wrong with a year."""
    if not re.fullmatch(r"\d{4}", text, re.ASCII):
        return "année AAAA à 4 chiffres attendue"
    year = int(text)
    if year > today.year + (PLANNED_YEARS if planned else 0):
        return "année dans le futur"
    return None if year >= FIRST_YEAR else f"année d'avant {FIRST_YEAR}"


def integer_fault(text: str) -> str | None:
    """Return what is wrong with a whole number."""
    if re.fullmatch(r"-\d+(?:[.,]\d+)?", text, re.ASCII):
        return "nombre positif ou nul attendu"
    if THOUSANDS.fullmatch(text):
        return "nombre entier sans séparateur de milliers attendu"
    if re.fullmatch(r"\d+,\d+", text, re.ASCII):
        return "nombre entier attendu, sans décimale ni virgule"
    if not re.fullmatch(r"\d+", text, re.ASCII):
        return "nombre entier attendu"
    return None if len(text) <= len(str(LARGEST)) and int(text) <= LARGEST else f"nombre de {LARGEST} au plus attendu"


def text_fault(text: str) -> str | None:
    """Return what is wrong with a free text."""
    if folded(text.strip()) in NOT_TOLD:
        return "valeur inconnue à laisser vide, ou NA, NaN, N/A"
    return unsafe(text)


def unsafe(text: str) -> str | None:
    """Return why a text must not be exchanged: formula, markup, control characters, wrong decoding."""
    if FORMULA.match(text):
        return "texte qu'un tableur exécuterait comme une formule"
    if MARKUP.search(text):
        return "texte sans balise attendu"
    if CONTROL.search(text):
        return "caractère de contrôle interdit"
    return "texte mal décodé, encodage UTF-8 attendu" if GARBLED.search(text) else None


def parts_fault(field: Field, text: str) -> str | None:
    """Return what is wrong with a coded text, or with one of the values of a cell that holds several."""
    if not field.many:
        return value_fault(field, text)
    if POSTGRES_ARRAY.fullmatch(text.strip()):
        return f"valeurs séparées par {SEPARATOR} attendues, sans accolades"
    parts = text.split(SEPARATOR)
    faults = [value_fault(field, part) for part in parts]
    if not any(faults):
        again = field.name == "unite_fonciere_refcad" and len(set(parts)) < len(parts)
        return "parcelle répétée" if again else None
    others = [part for part in re.split(r"\s*[,;/|]\s*" if field.values else r"[,;/|\s]+", text) if part]
    if len(others) > 1 and not any(value_fault(field, part) for part in others):
        return f"valeurs séparées par {SEPARATOR} seul attendues"
    return next(fault for fault in faults if fault)


def value_fault(field: Field, value: str) -> str | None:
    """Return what is wrong with one value of a list or of a form."""
    if field.values:
        if value in field.values:
            return None
        near = [one for one in field.values if folded(one) == folded(" ".join(value.split()).replace("\u2019", "'"))]
        return f"à écrire exactement {near[0]!r}" if near else f"attendu : {', '.join(field.values)}"
    return None if re.fullmatch(field.form, value) else f"{field.shape} attendu(e)"
