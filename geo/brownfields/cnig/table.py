"""A CSV file of brownfields as it is: rows with their line in the file, and what is wrong with the file's form.

Nothing stops at the first fault. A wrong encoding, separator, header or row is told once, and the rest is still read.
"""

import codecs
import csv
import difflib
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from geo.brownfields.cnig.fields import LATEST_ONLY, Field, Version, fields_of
from geo.errors import MissingDataError, SourceError
from geo.sources.person_names import folded

SEPARATORS: Final = (",", ";", "\t", "|")
ALLOWED_SEPARATORS: Final = (",", ";")
MAX_BYTES: Final = 500_000_000
MAX_CELL: Final = 20_000_000
MAX_LINES_PER_ROW: Final = 5_000
"""A quoted cell longer than this many lines is taken for one whose closing quote lacks."""
HEADER: Final = 1


class Violation(NamedTuple):
    """One thing that the standard refuses: line in the file (the header is 1), field, value found, rule broken."""

    row: int
    field: str
    value: str
    rule: str


class Row(NamedTuple):
    """One site as written: the line where it begins, and the cell of each known field that the file has."""

    line: int
    cells: dict[str, str]


class Table(NamedTuple):
    """A file's sites, and what is wrong with its form."""

    rows: list[Row]
    faults: list[Violation]


class Record(NamedTuple):
    """One record of CSV, with the line where it begins and the one after its end."""

    line: int
    end: int
    cells: list[str]


def read_table(path: Path, version: Version) -> Table:
    """Return the sites of a CSV file and the faults of its form.

    Raises
    ------
    MissingDataError
        If there is no such file.
    SourceError
        If it is too large to be read.
    """
    text, faults = read_text(path)
    lines = list(io.StringIO(text, newline=""))
    if not text.strip():
        return Table(
            [], [*faults, Violation(HEADER, "", "", "fichier vide ; un en-tête et une ligne par site attendus")]
        )
    separator = separator_of(lines[0], fields_of(version))
    if separator not in ALLOWED_SEPARATORS:
        faults.append(Violation(HEADER, "", repr(separator), "séparateur virgule ou point-virgule attendu"))
    records = read_records(lines, separator)
    columns, header_faults = read_header(next(records).cells, version)
    faults += header_faults
    if not columns:
        return Table([], faults)
    rows, row_faults = read_rows(lines, separator, columns)
    if not rows and not row_faults:
        faults.append(Violation(HEADER, "", "", "aucun site ; une ligne par site attendue"))
    return Table(rows, faults + row_faults)


def read_text(path: Path) -> tuple[str, list[Violation]]:
    """Return a file's text, read in UTF-8 or else as Windows-1252 (UTF-16 where its mark says so), and that fault."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(f"{path} holds more than {MAX_BYTES} bytes; expected a CSV of sites; split it")
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError) as error:
        raise MissingDataError(
            f"{path} is absent or a folder; expected a CSV of brownfields; check the name"
        ) from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace"), [Violation(HEADER, "", "UTF-16", "encodage UTF-8 attendu")]
    try:
        return without_nul(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        fault = Violation(line, "", f"octet 0x{data[error.start]:02x}", "encodage UTF-8 attendu")
        return without_nul(data.decode("cp1252", errors="replace"))[0], [fault]


def without_nul(text: str) -> tuple[str, list[Violation]]:
    """Return a text without NUL characters, which are told once."""
    place = text.find("\0")
    if place < 0:
        return text, []
    fault = Violation(text.count("\n", 0, place) + 1, "", "NUL", "caractère nul interdit dans un texte")
    return text.replace("\0", ""), [fault]


def separator_of(header: str, fields: tuple[Field, ...]) -> str:
    """Return the separator that finds most of the standard's fields in the header."""
    names = {field.name for field in fields}
    return max(SEPARATORS, key=lambda one: sum(cell.strip(' "\r\n').lower() in names for cell in header.split(one)))


def read_records(lines: list[str], separator: str, *, start: int = 0) -> Iterator[Record]:
    """Yield the records of CSV from a line on."""
    usual = csv.field_size_limit(MAX_CELL)  # of the whole process: given back below
    try:
        reader = csv.reader(lines[start:], delimiter=separator)
        begin = start
        for cells in reader:
            end = start + reader.line_num
            yield Record(begin + 1, end, cells)
            begin = end
    finally:
        csv.field_size_limit(usual)


def read_rows(lines: list[str], separator: str, columns: list[str]) -> tuple[list[Row], list[Violation]]:
    """Return the rows under the header and the faults of their form; an unclosed quote costs its own line alone."""
    rows: list[Row] = []
    faults: list[Violation] = []
    start = next(read_records(lines, separator)).end
    while start < len(lines):
        restart = len(lines)
        for record in read_records(lines, separator, start=start):
            if is_unclosed(record, lines, columns):
                faults.append(Violation(record.line, "", shown(record.cells), "guillemet ouvert et jamais fermé"))
                restart = record.line
                break
            fault = form_fault(record, columns)
            if fault is None:
                pairs = zip(columns, record.cells, strict=True)
                rows.append(Row(record.line, {name: cell for name, cell in pairs if name}))
            else:
                faults.append(fault)
        start = restart
    return rows, faults


def is_unclosed(record: Record, lines: list[str], columns: list[str]) -> bool:
    """Tell whether a record swallowed the following lines because a quote was not closed."""
    spans = record.end - record.line
    if spans < 1:
        return record.end == len(lines) and lines[record.line - 1].count('"') % 2 == 1
    return len(record.cells) != len(columns) or spans > MAX_LINES_PER_ROW


def form_fault(record: Record, columns: list[str]) -> Violation | None:
    """Return what is wrong with a record as a whole."""
    if not any(cell.strip() for cell in record.cells):
        return Violation(record.line, "", "", "ligne vide")
    if len(record.cells) != len(columns):
        found = f"{len(record.cells)} cellules"
        return Violation(record.line, "", found, f"{len(columns)} cellules attendues, comme dans l'en-tête")
    return None


def read_header(header: list[str], version: Version) -> tuple[list[str], list[Violation]]:
    """Return the field that each column holds ("" when none), and what is wrong with the header."""
    names = [field.name for field in fields_of(version)]
    if not set(header) & set(names) and not any(misspelt(cell, names) for cell in header):
        return [], [Violation(HEADER, "", shown(header), "en-tête attendu : les noms des champs du standard")]
    faults: list[Violation] = []
    columns = [cell if cell in names else "" for cell in header]
    for place, cell in enumerate(header):
        if columns[place] or (cell == LATEST_ONLY and version == "50"):
            continue
        meant = misspelt(cell, [name for name in names if name not in columns])
        columns[place] = meant
        rule = f"colonne à nommer {meant}" if meant else "colonne absente du standard"
        faults.append(Violation(HEADER, meant or cell, cell, rule))
    faults += repeated(columns)
    faults += absent(columns, names)
    first = {name: columns.index(name) for name in columns if name}
    kept = [name if name and first[name] == place else "" for place, name in enumerate(columns)]
    return kept, [*faults, *misplaced([name for name in kept if name], names)]


def misspelt(cell: str, names: list[str]) -> str:
    """Return the field that a column's name means but for case, accents, blanks or one slip; "" when none."""
    plain = folded(cell).strip().replace(" ", "_").replace("-", "_")
    if plain in names:
        return plain
    close = difflib.get_close_matches(plain, names, n=1, cutoff=0.88)
    return close[0] if close else ""


def repeated(columns: list[str]) -> list[Violation]:
    """Return a fault for each field that several columns hold; the first one is read."""
    counts = Counter(name for name in columns if name)
    return [Violation(HEADER, name, name, f"colonne répétée {n} fois") for name, n in counts.items() if n > 1]


def absent(columns: list[str], names: list[str]) -> list[Violation]:
    """Return a fault for each field that no column holds; the form of before v1.0.6 is told as such."""
    lacking = [name for name in names if name not in columns]
    older = " (forme à 50 colonnes, d'avant la version 1.0.6)" if lacking == [LATEST_ONLY] else ""
    return [Violation(HEADER, name, "", f"colonne absente{older}") for name in lacking]


def misplaced(columns: list[str], names: list[str]) -> list[Violation]:
    """Return a fault for the fewest columns that, taken away, leave the others in the standard's order."""
    order = [names.index(name) for name in columns]
    if order == sorted(order):
        return []
    same = difflib.SequenceMatcher(a=sorted(order), b=order, autojunk=False).get_matching_blocks()
    kept = {place for block in same for place in range(block.b, block.b + block.size)}
    moved = [name for place, name in enumerate(columns) if place not in kept]
    rule = f"ordre des colonnes du standard attendu ; déplacées : {', '.join(moved)}"
    return [Violation(HEADER, moved[0], moved[0], rule)]


def shown(cells: list[str]) -> str:
    """Return the beginning of a record, for a message."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="").writerow(cells[:3])
    return stream.getvalue()[:60]
