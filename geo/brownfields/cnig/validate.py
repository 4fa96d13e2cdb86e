"""Whether a file keeps the CNIG Friches standard: every violation with its line, field, value and rule.

A line is that of the file, the header being 1; a site on several lines has the number of its first. A cell has one
violation at most, and what follows from it is not told again.
"""

from datetime import UTC, date, datetime
from pathlib import Path

from geo.brownfields.cnig.cells import cell_fault
from geo.brownfields.cnig.fields import Version, fields_of
from geo.brownfields.cnig.rows import between_cells, between_rows
from geo.brownfields.cnig.shapes import geometry_faults
from geo.brownfields.cnig.table import Row, Violation, read_table
from geo.sources.cnig_forms import FRENCH, calendar_date, is_missing

VALUE_LENGTH = 80


def violations(path: Path, *, version: Version = "1.0.6", today: date | None = None) -> list[Violation]:
    """Return everything that a CSV file has against the standard, in the order of lines.

    Parameters
    ----------
    path
        CSV with commas or semicolons.
    version
        The version to hold it to; "50" is the form of before v1.0.6, without `urba_zaer`.
    today
        No date may be later; the day of the call when not given.

    Raises
    ------
    MissingDataError
        If there is no such file.
    SourceError
        If it is too large to be read.

    References
    ----------
    CNIG, Standard Friches, v1.0.6 of December 2025, github.com/cnigfr/schema-friches.
    """
    today = today or datetime.now(UTC).date()
    table = read_table(path, version)
    found = [*in_cells(table.rows, version, today)]
    faulty = {(one.row, one.field) for one in found}
    found += [one for row in table.rows for one in between_cells(row, faulty)]
    found += between_rows(table.rows, faulty)
    found += geometry_faults(table.rows)
    order = {field.name: place for place, field in enumerate(fields_of(version))}
    return table.faults + sorted(french_columns(found, table.rows), key=lambda one: (one.row, order.get(one.field, -1)))


def in_cells(rows: list[Row], version: Version, today: date) -> list[Violation]:
    """Return what is wrong inside single cells."""
    return [
        Violation(row.line, field.name, row.cells[field.name][:VALUE_LENGTH], rule)
        for row in rows
        for field in fields_of(version)
        if field.name in row.cells and (rule := cell_fault(field, row.cells[field.name], today)) is not None
    ]


def french_columns(found: list[Violation], rows: list[Row]) -> list[Violation]:
    """Return the violations with those of a column wholly in DD/MM/YYYY told once, at its first line."""
    for name in ("site_identif_date", "site_actu_date"):
        told = [row for row in rows if not is_missing(row.cells.get(name, ""))]
        if len(told) > 1 and all(calendar_date(FRENCH, row.cells[name]) for row in told):
            whole = f"date AAAA-MM-JJ attendue : les {len(told)} dates de la colonne sont JJ/MM/AAAA"
            first = Violation(told[0].line, name, told[0].cells[name], whole)
            lines = {row.line for row in told}
            found = [first, *(one for one in found if one.field != name or one.row not in lines)]
    return found
