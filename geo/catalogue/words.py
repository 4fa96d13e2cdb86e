"""Words that every theme's layers share: kinds of column, place, origin, certainty."""

from collections.abc import Mapping
from typing import Final

from geo.layers import Column, Text

CERTAINTY: Final = {
    "surveyed": Text("relevé", "surveyed"),
    "curated": Text("vérifié", "curated"),
    "declared": Text("déclaré", "declared"),
    "sourced": Text("sourcé", "sourced"),
    "estimated": Text("estimé", "estimated"),
    "unverified": Text("non vérifié", "unverified"),
    "synthetic": Text("synthétique", "synthetic"),
}
"""How sure a row is, from measured on the ground to invented for demonstration."""


def text(fr: str, en: str, values: Mapping[str, Text] | None = None, *, shown: bool = True) -> Column:
    """Return a text column; `values` labels its coded values."""
    return Column("string", "", Text(fr, en), values or {}, shown=shown)


def number(unit: str, fr: str, en: str) -> Column:
    """Return a column of measures in one unit."""
    return Column("float64", unit, Text(fr, en))


def count(unit: str, fr: str, en: str) -> Column:
    """Return a column of whole numbers."""
    return Column("Int64", unit, Text(fr, en))


ID: Final = text("Identifiant", "Identifier")
NAME: Final = text("Nom", "Name")
PLACE: Final = {
    "insee": text("Code(s) commune", "Commune code(s)", shown=False),
    "commune": text("Commune(s)", "Commune(s)"),
}
ORIGIN: Final = {
    "source": text("Source", "Source"),
    "certainty": text("Certitude", "Certainty", CERTAINTY),
    "synthetic": Column("boolean", "", Text("Donnée synthétique", "Synthetic data"), shown=False),
}
PROTECTION: Final = {
    "inscribed": Text("bien inscrit", "inscribed property"),
    "buffer": Text("zone tampon", "buffer zone"),
    "unknown": Text("inconnu", "unknown"),
}

AREA: Final = ("Polygon", "MultiPolygon")
