"""What the standard asks between cells and between rows: one id a site, ids and dates that agree, no person named."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Set
from typing import Final

from geo.brownfields.cnig.table import Row, Violation
from geo.sources.cnig_forms import is_missing, read_items
from geo.sources.person_names import LEGAL, NAMED_PLACES, NATURAL, bare_names, folded, known, tells_a_person

NATURAL_CODE: Final = "X"
"""First letter of the owners' codes (`proprio_type`) for natural persons."""
DOUBLED: Final = "site_id déjà donné ligne {line}"
LEGAL_FORM: Final = re.compile(
    r"\b(?:sci|sarl|sas|sasu|sa|eurl|snc|scop|gie|epf|epic|sem|oph|edf|sncf|commune|ville|ca|cc|cu|departement|region|"
    r"etat|syndicat\w*|communaute|metropole|societe|ste|association|etablissement|public\w*|foncier|compagnie|habitat|"
    r"office|agence|ddt\w*|dreal|cerema|ademe|conseil|mairie|prefecture|ministere|universite|chambre|banque|credit)\b"
)
LONGEST_NAME: Final = 5
FREE_OF_PERSONS: Final = ("proprio_nom", "source_producteur", "site_nom")

Faulty = Set[tuple[int, str]]
"""Cells (line, field) already found wrong: nothing more is said of them."""


def between_cells(row: Row, faulty: Faulty) -> Iterator[Violation]:
    """Yield what is wrong between the cells of one row."""
    sound = {name: cell for name, cell in row.cells.items() if not is_missing(cell) and (row.line, name) not in faulty}
    for name, rule in (*order_faults(sound), *place_faults(sound), *person_faults(sound)):
        value = masked(sound[name]) if name in FREE_OF_PERSONS else sound[name]
        yield Violation(row.line, name, value, rule)


def order_faults(sound: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield dates and years that come in the wrong order, and buildings counted as none that have an area."""
    for early, late in (("site_identif_date", "site_actu_date"), ("local_ancien_annee", "local_recent_annee")):
        if early in sound and late in sound and sound[early] > sound[late]:
            yield early, f"ne peut suivre {late} ({sound[late]})"
    if int(sound.get("bati_nombre", 1)) == 0 < int(sound.get("bati_surface", 0)):
        yield "bati_surface", "surface de bâtiments alors que bati_nombre vaut 0"


def place_faults(sound: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield an id that does not begin with the code of the site's commune."""
    site, commune = sound.get("site_id", ""), sound.get("comm_insee", "")
    if site and commune and site.partition("_")[0] != commune:
        yield "site_id", f"doit commencer par comm_insee ({commune})"


def person_faults(sound: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield names of owners or producers that are, or may be, natural persons'."""
    rule = "nom de personne physique : ne doit pas être publié"
    owner, owners = sound.get("proprio_nom", ""), read_items(sound.get("proprio_personne", ""))
    codes = read_items(sound.get("proprio_type", ""))
    natural = (NATURAL in owners and LEGAL not in owners) or (
        bool(codes) and LEGAL not in owners and all(code.startswith(NATURAL_CODE) for code in codes)
    )
    if owner and (natural or any(is_person(name, owners) for name in read_items(owner))):
        yield "proprio_nom", rule
    if is_person(sound.get("source_producteur", ""), (LEGAL,)):
        yield "source_producteur", rule
    if is_run_by_a_person(sound.get("site_nom", ""), owners):
        yield "site_nom", rule


def is_run_by_a_person(name: str, owners: tuple[str, ...]) -> bool:
    """Tell whether a site is called after a person: signs of one, and a natural owner or no word of sites."""
    rest = NAMED_PLACES.sub(" ", name)
    words = re.findall(r"[^\W\d_]+", rest)
    return tells_a_person(rest, words) and (NATURAL in owners or not any(map(known, words)))


def is_person(name: str, owners: tuple[str, ...]) -> bool:
    """Tell whether the name of an owner or producer may be a person's: no legal form, and signs of a person's name."""
    if LEGAL_FORM.search(folded(name)):
        return False
    words = re.findall(r"[^\W\d_]+", name.title() if name.islower() else name)
    if len(words) > LONGEST_NAME:
        return False
    doubtful = name.islower() or NATURAL in owners
    return tells_a_person(name, words) or (doubtful and bare_names(words, least=2))


def masked(name: str) -> str:
    """Return the initials of a name, so that a report of violations spreads none.

    >>> masked("Larue Achille")
    'L… A…'
    """
    return " ".join(f"{word[0]}…" for word in name.split())


def between_rows(rows: list[Row], faulty: Faulty) -> Iterator[Violation]:
    """Yield ids given twice, and names of communes that disagree with the rest of the file."""
    seen: dict[str, int] = {}
    for row in rows:
        site = row.cells.get("site_id", "").strip()
        if is_missing(site):
            continue
        if site in seen:
            yield Violation(row.line, "site_id", site, DOUBLED.format(line=seen[site]))
        seen.setdefault(site, row.line)
    yield from commune_names(rows, faulty)


def commune_names(rows: list[Row], faulty: Faulty) -> Iterator[Violation]:
    """Yield the rows whose name of commune is not the one that most rows of the same code give."""
    told: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        code, name = row.cells.get("comm_insee", ""), row.cells.get("comm_nom", "")
        wrong = (row.line, "comm_insee") in faulty or (row.line, "comm_nom") in faulty
        if not (wrong or is_missing(code) or is_missing(name)):
            told[code].append(row)
    for code, some in told.items():
        counts = Counter(plain_name(row.cells["comm_nom"]) for row in some).most_common()
        if len(counts) > 1 and counts[0][1] > counts[1][1]:
            usual = next(row.cells["comm_nom"] for row in some if plain_name(row.cells["comm_nom"]) == counts[0][0])
            for row in some:
                if plain_name(row.cells["comm_nom"]) != counts[0][0]:
                    rule = f"nom de {code} ailleurs dans le fichier : {usual}"
                    yield Violation(row.line, "comm_nom", row.cells["comm_nom"], rule)


def plain_name(name: str) -> str:
    """Return the name of a commune without case, accents, hyphens, or the short forms of "saint"."""
    words = re.split(r"[\W_]+", folded(name))
    return " ".join({"st": "saint", "ste": "sainte"}.get(word, word) for word in words if word)
