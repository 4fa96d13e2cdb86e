"""`artois signage order`: the files with which a year's signs are bought, made, funded and put up."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import RequestError

if TYPE_CHECKING:
    from geo.register.database import Register

PLAN = Path("plan.gpkg")
"""The plan of the working folder, as `artois signage plan` writes it."""
ProcessedOption = Annotated[
    Path | None, typer.Option("--processed", help="Folder of the finished layers (default: data/processed).")
]


def order(  # noqa: PLR0913, PLR0917 - one argument per option
    year: Annotated[int, typer.Option(min=2000, max=2100, help="Year to order.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write; an earlier order there is replaced.")],
    plan: Annotated[
        Path | None, typer.Option(help="Plan whose signs of the year to order (default: plan.gpkg, if it is here).")
    ] = None,
    register: Annotated[Path | None, typer.Option(help="Register whose validated and designed signs to order.")] = None,
    registered: Annotated[
        bool, typer.Option("--registered", help="The installation's register (default: if there is one).")
    ] = False,
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
    from geo.signage import order_files, order_read, order_years
    from geo.signage.order import euros, shares_of_rates
    from geo.signage.order_sheets import Edition

    configure_log(quiet)
    shares = shares_of_rates(region_rate, owner_rate)
    plan, signs = sources(plan, register, registered=registered)
    due = order_years.due(
        year,
        planned=order_read.from_plan(plan, shares) if plan else None,
        registered=order_read.from_register(signs, shares, me()) if signs else None,
    )
    around = order_read.surroundings(settings_for(None, processed).processed)
    made = order_read.compose(year, due, around)
    day = (on or datetime.now(UTC)).date()
    told = [f"registre {register.name}" if register else "registre"] if signs else []
    told += [f"plan {plan.name}"] if plan else []
    order_files.write_order(made, around, Edition(day, ", ".join(told)), out)
    if not quiet:
        sums = {name: int(made.signs[f"{name}_cents"].sum()) for name in ("cost", "region", "pole", "owner")}
        money = ", ".join(f"{name} {euros(cents)} €" for name, cents in sums.items())
        typer.echo(f"{len(made.signs)} signs, before tax: {money}", err=True)
        typer.echo(out)


def sources(plan: Path | None, register: Path | None, *, registered: bool) -> tuple[Path | None, "Register | None"]:
    """Return the plan and the register that the options name; without any, those that are there.

    Raises
    ------
    RequestError
        If the options contradict each other, or name nothing and nothing is there.
    """
    from geo.cli.register import open_register

    if register is not None and registered:
        raise RequestError("found --register and --registered; expected one of them")
    if plan is not None or register is not None or registered:
        return plan, open_register(register) if register or registered else None
    installed = open_register(None)
    there = PLAN if PLAN.is_file() else None, installed if installed.exists() else None
    if there == (None, None):
        raise RequestError(
            f"found neither {PLAN} here nor a register; expected one of them; run `artois signage plan`, or name one "
            "with --plan or --register"
        )
    return there
