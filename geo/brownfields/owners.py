"""Kinds of owners from the codes of the land files (`proprio_type`): public or private, never who.

Glossary: copropriété = joint ownership; catégories de propriétaires = Cerema's codes, a letter, a figure and a letter.
"""

from typing import Final

PUBLIC: Final = ("P", "F2")
"""State, region, département, intercommunality, commune; public land agencies (EPF)."""
SHARED: Final = ("G2",)
"""Joint ownership."""
PRIVATE: Final = ("A1", "F6", "F7", "G1", "X1", "Z")
"""Farmers, promoters, investors and banks, property companies, natural persons, firms.

In neither list, for they may be either: conservatories (A3), social housing (F1), mixed companies and developers (F4,
F5), other legal persons (M1), networks (R).
"""


def owner_kind(codes: str) -> str | None:
    """Return public, private, shared (all joint ownership), mixed, or None where the codes do not tell.

    >>> owner_kind("P5a|F2a"), owner_kind("P5a|X1a"), owner_kind("G2a"), owner_kind("F1a"), owner_kind("F1a|P5a")
    ('public', 'mixed', 'shared', None, None)
    """
    kinds = {kind_of(code.strip()) for code in codes.split("|") if code.strip()}
    if "public" in kinds and kinds & {"private", "shared"}:
        return "mixed"
    if None in kinds or not kinds:
        return None
    return "private" if "private" in kinds else kinds.pop()


def kind_of(code: str) -> str | None:
    """Return what one code tells."""
    for kind, starts in (("public", PUBLIC), ("shared", SHARED), ("private", PRIVATE)):
        if code.startswith(starts):
            return kind
    return None
