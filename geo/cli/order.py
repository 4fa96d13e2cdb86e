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
    registered: Annotated[bool, typer.Option("--registered", help="The installation's register instead.")] = False,
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
    from geo.cli.register import me, open_register
    from geo.signage import order_files, order_read
    from geo.signage.order import euros, shares_of_rates
    from geo.signage.order_sheets import Edition

    if register is not None and registered:
        raise RequestError("found --register and --registered; expected one of them")
    if plan is None and register is None and not registered:
        raise RequestError("found neither --plan nor --register nor --registered; expected a plan, a register, or both")
    configure_log(quiet)
    shares = shares_of_rates(region_rate, owner_rate)
    signs = open_register(register) if register or registered else None
    sources = [order_read.from_register(signs, year, shares, me())] if signs else []
    sources += [order_read.from_plan(plan, year, shares)] if plan else []
    around = order_read.surroundings(settings_for(None, processed).processed)
    made = order_read.compose(year, tuple(sources), around)
    day = (on or datetime.now(UTC)).date()
    told = [f"registre {register.name}" if register else "registre"] if signs else []
    told += [f"plan {plan.name}"] if plan else []
    order_files.write_order(made, around, Edition(day, ", ".join(told)), out)
    if not quiet:
        sums = {name: int(made.signs[f"{name}_cents"].sum()) for name in ("cost", "region", "pole", "owner")}
        money = ", ".join(f"{name} {euros(cents)} €" for name, cents in sums.items())
        typer.echo(f"{len(made.signs)} signs, before tax: {money}", err=True)
        typer.echo(out)
