"""`artois signage order`: the files with which a year's signs are bought, made, funded and put up."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from geo.errors import RequestError

ProcessedOption = Annotated[
    Path | None, typer.Option("--processed", help="Folder of the finished layers (default: data/processed).")
]


def order(  # noqa: PLR0913, PLR0917 - one argument per option
    year: Annotated[int, typer.Option(min=2000, max=2100, help="Year to order.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; an earlier order there is replaced.")],
    plan: Annotated[Path | None, typer.Option(help="Plan whose signs of the year to order.")] = None,
    register: Annotated[Path | None, typer.Option(help="Register whose validated and designed signs to order.")] = None,
    region_rate: Annotated[float, typer.Option(min=0, max=1, help="Part of each cost that the Region pays.")] = 0.5,
    owner_rate: Annotated[float, typer.Option(min=0, max=1, help="Part that the park's owner pays.")] = 0.0,
    on: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Day of the order (default: today).")
    ] = None,
    processed: ProcessedOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Write a year's order: bill of materials, sign schedule, funding, GeoPackage, GPX, one sheet per sign.

    The same inputs, options and date give the same bytes. Costs of a plan are estimates and marked as such.
    """
    from geo.cli import configure_log, settings_for  # heavy, and needed here alone
    from geo.cli.register import me
    from geo.signage import order_files, order_read
    from geo.signage.order import euros, shares_of_rates
    from geo.signage.order_sheets import Edition

    if plan is None and register is None:
        raise RequestError("found neither --plan nor --register; expected one of them, or both")
    configure_log(quiet)
    shares = shares_of_rates(region_rate, owner_rate)
    sources = [order_read.from_register(register, year, shares, me())] if register else []
    sources += [order_read.from_plan(plan, year, shares)] if plan else []
    around = order_read.surroundings(settings_for(None, processed).processed)
    made = order_read.compose(year, tuple(sources), around)
    day = (on or datetime.now(UTC)).date()
    told = [f"{what} {path.name}" for what, path in (("registre", register), ("plan", plan)) if path]
    order_files.write_order(made, around, Edition(day, ", ".join(told)), out)
    if not quiet:
        sums = {name: int(made.signs[f"{name}_cents"].sum()) for name in ("cost", "region", "pole", "owner")}
        money = ", ".join(f"{name} {euros(cents)} €" for name, cents in sums.items())
        typer.echo(f"{len(made.signs)} signs, before tax: {money}", err=True)
        typer.echo(out)
