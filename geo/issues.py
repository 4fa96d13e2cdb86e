"""What is doubtful about a layer, as rows of another: the parts that every kind of issue shares."""

import hashlib
from typing import Final, NamedTuple

SOURCE: Final = "Comparaison des sources par le programme"


class Words(NamedTuple):
    """The sentences of one kind of issue in both languages; names in braces are filled in."""

    fr: str
    en: str
    todo_fr: str
    todo_en: str


def issue_id(kind: str, subject: str, about: tuple[str, ...]) -> str:
    """Return an id: readable, the same in every build, and whole in a short hash of all that the issue is about.

    >>> issue_id("overlap", "", ("overlap", "P1", "P2"))
    'overlap-730d9a4f'
    """
    digest = hashlib.sha256("\n".join(about).encode()).hexdigest()[:8]
    return "-".join(part for part in (kind, subject[:30].strip("-"), digest) if part)


def told(words: Words, **fill: str) -> dict[str, object]:
    """Return the columns that say what an issue is and what to do; whoever compares the sources finds the same."""
    return {
        "message": words.fr.format(**fill),
        "message_en": words.en.format(**fill),
        "action": words.todo_fr,
        "action_en": words.todo_en,
        "source": SOURCE,
        "certainty": "sourced",
        "synthetic": False,
    }
