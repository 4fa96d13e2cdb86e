"""`artois topology`: overlaps, gaps and invalid shapes of any vector file, found and closed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geo.topology import Flaw

HARMLESS = ("hole",)
"""Kinds that may be as they should be: told, and no reason to fail."""


def topology(  # noqa: PLR0913, PLR0917 - one argument per option
    file: Annotated[Path, typer.Argument(help="GeoPackage, GeoJSON, Shapefile or FlatGeobuf, in any French CRS.")],
    out: Annotated[Path | None, typer.Option(help="GeoPackage to write: the layer without flaws.")] = None,
    report: Annotated[Path | None, typer.Option(help="GeoPackage to write: the flaws, one row each.")] = None,
    least_m2: Annotated[float, typer.Option(min=1e-6, help="Smaller flaws are not counted.")] = 1.0,
    width_m: Annotated[float, typer.Option(min=1e-3, help="Wider empty ground is no error.")] = 20.0,
    layer: Annotated[str | None, typer.Option(help="Layer of the file, when it has several.")] = None,
    id: Annotated[str | None, typer.Option(help="Column that names a row (default: its number).")] = None,
    coverage: Annotated[bool, typer.Option(help="Areas ought to share edges, as communes do; parks need not.")] = True,
    overlaps_allowed: Annotated[bool, typer.Option(help="Without coverage: areas may hold the same ground.")] = False,
) -> None:
    """Check a layer: one line for each kind of flaw; exit code 1 if some are left, or found and no --out is given."""
    from geo.topology import WIDE  # heavy, and needed here alone
    from geo.topology_file import Task, run

    task = Task(
        file=file,
        layer=layer,
        id=id,
        coverage=coverage,
        overlaps_allowed=overlaps_allowed,
        least_m2=least_m2,
        width_m=width_m,
    )
    found = run(task, out=out, flaws_out=report)
    typer.echo(f"{file}, {found.layer}: {found.rows} rows, flaws of {least_m2:g} m² or more")
    show(found.mended, "mended")
    show(found.left, "found" if out is None else "left")
    if wide := sum(flaw.note.endswith(WIDE) for flaw in found.mended):
        typer.echo(f"{wide} overlaps wider than {width_m:g} m were given to one row: verify them in --report")
    if found.table is not None and found.change_m2 is not None:
        most = int(found.change_m2.abs().argmax())
        row, area_m2 = found.change_m2.index[most], found.change_m2.iloc[most]
        typer.echo(f"rows sum {found.change_m2.sum():+,.0f} m²; most changed: {row}, {area_m2:+,.0f} m²")
    if any(flaw.kind not in HARMLESS for flaw in found.left):
        raise typer.Exit(1)


def show(flaws: Sequence["Flaw"], state: str) -> None:
    """Print a line for each kind."""
    for kind in sorted({flaw.kind for flaw in flaws}):
        some = [flaw for flaw in flaws if flaw.kind == kind]
        widest_m = max((flaw.width_m for flaw in some if flaw.width_m > 0), default=0.0)
        area_m2 = sum(flaw.area_m2 for flaw in some)
        typer.echo(f"{kind:<9} {len(some):>6}  {area_m2:>12,.0f} m²  widest {widest_m:.2f} m  {state}")
