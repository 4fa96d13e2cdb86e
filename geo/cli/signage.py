"""`artois signage …`: the plan of signs, and signs whose words no longer hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

    from geo.raw import RawFolder
    from geo.signage.steps import Tell

app = typer.Typer(no_args_is_help=True)

RawOption = Annotated[Path | None, typer.Option("--raw", help="Folder of the raw data (default: data/raw).")]
ProcessedOption = Annotated[
    Path | None, typer.Option("--processed", help="Folder of the finished layers (default: data/processed).")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


@app.callback()
def root() -> None:
    """Plan, check and order signs."""


@app.command()
def plan(  # noqa: PLR0913, PLR0917 - one argument per option
    years: Annotated[str, typer.Option(help="Years and budgets before tax: 2026:60000,2027:40000.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="GeoPackage to write.")] = Path("plan.gpkg"),
    region_rate: Annotated[float, typer.Option(min=0, max=1, help="Part of each cost that the Region pays.")] = 0.5,
    owner_rate: Annotated[float, typer.Option(min=0, max=1, help="Part that the park's owner pays.")] = 0.0,
    per_epci_min: Annotated[
        str | None, typer.Option(help="Least part of all spending: 0.2 for each EPCI, or CALL:0.3,CAHC:0.2.")
    ] = None,
    assume_open: Annotated[bool, typer.Option(help="Parks of unknown state count as open.")] = False,
    sight_m: Annotated[float, typer.Option(min=1, help="From how far a mast is read, metres along the ways.")] = 25.0,
    gap_m: Annotated[float, typer.Option(min=50, help="Longer stretches without decision get markers.")] = 1000.0,
    information: Annotated[
        float, typer.Option(min=0, max=10, help="What a map at a park's entrance weighs beside its totem; 0: none.")
    ] = 0.5,
    rules_everywhere: Annotated[
        bool, typer.Option(help="The rules of open parks at each of their entrances, after the totems.")
    ] = False,
    priority: Annotated[
        str | None, typer.Option(help="Factors of weights, by park or kind of need: P42:3,information:0.5.")
    ] = None,
    discount: Annotated[float, typer.Option(min=0.01, max=1, help="What cover is worth a year later.")] = 0.9,
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the search.")] = 60.0,
    raw: RawOption = None,
    processed: ProcessedOption = None,
    quiet: QuietOption = False,
) -> None:
    """Plan signs over several years, each within its budget: entrances of open parks first.

    The same layers and options give the same plan, as long as the time limit is not reached.
    """
    from geo.cli import configure_log  # heavy, and needed here alone
    from geo.signage import plan as planner
    from geo.signage.geopackage import require_geopackage
    from geo.signage.plan_file import write_plan

    configure_log(quiet)
    require_geopackage(out)
    chosen = planner.Settings(
        region_rate=region_rate,
        owner_rate=owner_rate,
        least_epci_share=epci_shares(per_epci_min),
        assume_open=assume_open,
        information=information,
        rules_everywhere=rules_everywhere,
        sight_m=sight_m,
        gap_m=gap_m,
        priorities=dict(pairs_from(priority, "--priority", "P42:3,decision:2")) if priority else {},
        discount=discount,
        time_limit_s=time_limit,
    )
    budgets = years_from(years)
    inputs = planner.load(folder(raw, processed))
    with progress(quiet) as tell:
        made = planner.plan(inputs, budgets, chosen, tell=tell)
        write_plan(made, out)
    if not quiet:
        show(made.summary)
        show_unreached(made.needs)
        typer.echo(out)


@app.command()
def recheck(  # noqa: PLR0913, PLR0917 - one argument per option
    plan: Annotated[Path | None, typer.Option(help="Plan to check (default: plan.gpkg).")] = None,
    signs: Annotated[
        Path | None, typer.Option(help="CSV instead: sign, lon, lat, park_id, distance_km; bearing_deg if known.")
    ] = None,
    register: Annotated[Path | None, typer.Option(help="Register instead: its signs that name parks.")] = None,
    registered: Annotated[bool, typer.Option("--registered", help="The installation's register instead.")] = False,
    content: Annotated[
        bool | None,
        typer.Option(help="Also parks that a sign should name today, or not (default: for a plan)."),
    ] = None,
    tolerance_m: Annotated[float, typer.Option(min=0, help="Differences up to this hold, metres.")] = 50.0,
    tolerance_deg: Annotated[float, typer.Option(min=0, max=180, help="The same of directions, degrees.")] = 30.0,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="CSV to write, a row per line and reason.")] = None,
    raw: RawOption = None,
    processed: ProcessedOption = None,
) -> None:
    """List signs whose words no longer hold on today's network; exit code 1 if there are any."""
    from geo.cli.register import me, open_register
    from geo.signage import recheck as check
    from geo.signage import recheck_file, recheck_read
    from geo.signage.study import Settings, network_of_layers

    sources = {"plan": plan, "signs": signs, "register": register, "registered": registered}
    given = [f"--{name}" for name, source in sources.items() if source]
    if len(given) > 1:
        raise RequestError(f"found {' and '.join(given)}; expected one of them")
    net, names = network_of_layers(folder(raw, processed), most_leg_m=Settings().most_leg_m)
    if signs:
        told = recheck_read.from_csv(signs)
    elif register or registered:
        told = recheck_read.from_register(open_register(register), names, me())
    else:
        told = recheck_read.from_plan(plan or Path("plan.gpkg"))
    wanted = content if content is not None else not (signs or register or registered)
    limits = check.Tolerances(tolerance_m, tolerance_deg)
    found = check.recheck(net, told.signs, told.lines, names, tolerances=limits, content=wanted)
    for row in found.to_dict("records"):
        typer.echo(recheck_file.sentence(row))
    typer.echo(f"{len(told.lines)} lines of {len(told.signs)} signs checked, {len(found)} no longer hold")
    if out:
        recheck_file.write(found, out)
    if len(found):
        raise typer.Exit(1)


def folder(raw: Path | None, processed: Path | None) -> "RawFolder":
    """Return the raw folder and the products that the options name."""
    from geo.cli import settings_for
    from geo.raw import RawFolder

    settings = settings_for(raw, processed)
    return RawFolder("signage plan", settings.raw, settings.processed, settings.territory())


def years_from(text: str) -> dict[int, float]:
    """Return years and budgets from the text of `--years`.

    >>> years_from("2026:60000,2027:40000")
    {2026: 60000.0, 2027: 40000.0}

    Raises
    ------
    RequestError
        If it is not year:euros, comma between, each year once.
    """
    pairs = pairs_from(text, "--years", "2026:60000,2027:40000")
    if strange := [year for year, _ in pairs if not (year.isdecimal() and len(year) == 4)]:  # noqa: PLR2004 - digits
        raise RequestError(f"--years names {strange[0]!r}; expected years of four digits, as in 2026:60000")
    budgets = {int(year): budget for year, budget in pairs}
    if any(not 0 <= budget < float("inf") for budget in budgets.values()):
        raise RequestError(f"--years is {text!r}; expected budgets of 0 euros or more")
    return budgets


def epci_shares(text: str | None) -> dict[str, float]:
    """Return the least share of each EPCI from the text of `--per-epci-min`; `*` stands for all.

    >>> epci_shares("0.2"), epci_shares("CALL:0.3")
    ({'*': 0.2}, {'CALL': 0.3})

    Raises
    ------
    RequestError
        If it is neither a number nor name:number, comma between, each name once.
    """
    if text is None:
        return {}
    expected = "0.2 or CALL:0.3,CAHC:0.2"
    if ":" in text:
        return dict(pairs_from(text, "--per-epci-min", expected))
    try:
        return {"*": float(text)}
    except ValueError as error:
        raise RequestError(f"--per-epci-min is {text!r}; expected {expected}") from error


def pairs_from(text: str, option: str, example: str) -> list[tuple[str, float]]:
    """Return name:number pairs, comma between, each name once."""
    try:
        pairs = [(name.strip(), float(number)) for name, number in (part.split(":") for part in text.split(","))]
    except ValueError as error:
        raise RequestError(f"{option} is {text!r}; expected {example}") from error
    if len({name for name, _ in pairs}) < len(pairs):
        raise RequestError(f"{option} is {text!r}; expected each name once")
    return pairs


@contextmanager
def progress(quiet: bool) -> Iterator["Tell"]:
    """Give a function that shows the step at work on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[detail]}"))
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as shown:
        task = shown.add_task("", total=1.0, detail="")
        yield lambda step: shown.update(task, description=step.name, completed=step.done, detail=step.detail)


def show(summary: "pd.DataFrame") -> None:
    """Print the summary on standard error."""
    from rich.console import Console
    from rich.table import Table

    table = Table("year", "signs", "cost €", "budget €", "Region €", "owner €", "pole €", "covered", "greedy", box=None)
    for row in summary.to_dict("records"):
        money = [row[name] for name in ("cost_eur", "budget_eur", "region_eur", "owner_eur", "pole_eur")]
        parts = [row[name] for name in ("covered", "greedy_covered")]
        table.add_row(
            str(row["year"]), str(row["signs"]), *(f"{one:,.0f}" for one in money), *(f"{one:.1%}" for one in parts)
        )
    console, whole = Console(stderr=True), summary.iloc[-1]
    console.print(table)
    low, high = whole["cost_low_eur"], whole["cost_high_eur"]
    console.print(f"costs are estimates, from {low:,.0f} to {high:,.0f} € before tax")
    console.print(
        f"value {whole['value']:,.0f}, bound {whole['bound']:,.0f}, gap {whole['gap']:.2%}, "
        f"greedy {whole['greedy_value']:,.0f}"
    )
    if whole["waiting"]:
        console.print(f"{whole['waiting']} signs that come first do not fit into the budgets: nothing else is planned")


def show_unreached(needs: "pd.DataFrame") -> None:
    """Print how many entrances nobody reaches on the known ways, and why, on standard error."""
    doors = needs[needs["kind"] == "entrance"]
    lonely = doors[doors["unreached"].notna()]
    if lonely.empty:
        return
    why = {"off_network": "too far from the ways", "apart": "in parts where nobody arrives", "behind": "behind another"}
    told = [
        f"{len(rows)} {why[str(reason)]}" + ("" if rows["gap_m"].isna().all() else f" ({spread(rows['gap_m'])})")
        for reason, rows in lonely.groupby("unreached")
    ]
    typer.echo(f"{len(lonely)} of {len(doors)} entrances have no visitors: {', '.join(told)}", err=True)


def spread(gap_m: "pd.Series") -> str:
    """Return the least and the greatest of some distances as text."""
    return " to ".join(dict.fromkeys(f"{one:,.0f}" for one in (gap_m.min(), gap_m.max()))) + " m away"
