"""`artois brownfields`: files of the CNIG Friches standard, held to it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geo.brownfields.cnig.table import Violation

app = typer.Typer(no_args_is_help=True)


class Standard(StrEnum):
    """Forms of the CNIG Friches standard."""

    latest = "1.0.6"
    fifty = "50"


@app.callback()
def root() -> None:
    """Tools for inventories of brownfields."""


@app.command()
def validate(
    file: Annotated[Path, typer.Argument(help="CSV of the CNIG Friches standard, with commas or semicolons.")],
    version: Annotated[
        Standard, typer.Option(help="1.0.6, or 50: the form with 50 columns of before.")
    ] = Standard.latest,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array of row, field, value, rule.")] = False,
) -> None:
    """Print every violation of the standard: line (the header is 1), field, value, rule; exit code 1 if any."""
    from geo.brownfields.cnig.validate import violations  # heavy, and needed here alone

    found = violations(file, version=version.value)
    if as_json:
        typer.echo(json.dumps([one._asdict() for one in found], ensure_ascii=False, indent=1))
    else:
        for one in found:
            typer.echo(line(one))
        rows = len({one.row for one in found})
        told = f"{len(found)} écart(s) sur {rows} ligne(s)" if found else "aucun écart"
        typer.echo(f"{printable(str(file))} : {told} avec le standard CNIG Friches {version.value}")
    if found:
        raise typer.Exit(1)


def line(violation: "Violation") -> str:
    """Return a violation as one line of a report."""
    value = json.dumps(violation.value, ensure_ascii=False)
    parts = (f"ligne {violation.row}", violation.field or "(ligne)", value, violation.rule)
    return printable(" · ".join(parts))


def printable(text: str) -> str:
    """Return a text without what would move the terminal's cursor or colour it."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
