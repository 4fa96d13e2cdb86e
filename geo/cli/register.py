"""`artois register`: the register of signs, made, kept safe, filled and read from the command line."""

import getpass
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo.config import read_settings
from geo.errors import RequestError

if TYPE_CHECKING:
    from geo.register.database import Register
    from geo.register.imports import Decision
    from geo.register.people import Actor

app = typer.Typer(no_args_is_help=True, help="The register of signs.")
user = typer.Typer(no_args_is_help=True, help="Users and their tokens.")
organisation = typer.Typer(no_args_is_help=True, help="Organisations that own signs.")
app.add_typer(user, name="user")
app.add_typer(organisation, name="organisation")

FileOption = Annotated[
    Path | None,
    typer.Option(
        "--register",
        help="The register's file (default: the database of ARTOIS_DATABASE_URL, else ARTOIS_REGISTER_FILE, else "
        "var/register/register.gpkg).",
    ),
]
MOST_SHOWN = 20
"""Rows of each kind that an import lists; `--all` lists them all."""


class Format(StrEnum):
    """File formats of `register export`."""

    csv = "csv"
    gpkg = "gpkg"
    geojson = "geojson"


class Role(StrEnum):
    """Roles of users."""

    owner = "owner"
    planner = "planner"
    admin = "admin"


@app.command()
def init(register: FileOption = None) -> None:
    """Create the register, or bring its tables and catalogue up to date (a backup is made first)."""
    from geo.register.backup import backup_before
    from geo.register.sign_types import bring_catalogue

    with open_register(register) as opened:
        if (saved := backup_before(opened, backups_of(opened))) is not None:
            typer.echo(f"{saved}: backup before the change of tables")
        done = opened.initialise()
        with opened.write(me().name) as database:
            types = bring_catalogue(database, me())
    typer.echo(f"{opened.name}: {done} migrations applied, {types} types of the catalogue new or changed")


@app.command()
def status(register: FileOption = None) -> None:
    """Verify the register, and print what it holds and when it was last saved; exit code 1 if something is wrong."""
    from geo.register.backup import PATTERN
    from geo.register.health import health

    with open_register(register) as opened:
        found = health(opened)
    typer.echo(f"register         {opened.name}")
    for name, count in found.counts.items():
        typer.echo(f"{name:<16} {count:>8}")
    saved = sorted(backups_of(opened).glob(PATTERN))
    typer.echo(f"last backup      {saved[-1] if saved else 'none: run `artois register backup`'}")
    for fault in found.faults:
        typer.echo(f"artois: {fault}", err=True)
    if found.faults:
        raise typer.Exit(1)


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Option(help="Folder of the backups (default: backups, beside the register).")
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest to keep.")] = 30,
    register: FileOption = None,
) -> None:
    """Save the register while it is used, read the copy back, and print its name and SHA-256."""
    from geo.register import backup as backups

    with open_register(register) as opened:
        done = backups.backup(opened, to or backups_of(opened), keep=keep)
    typer.echo(f"{done.path}  {done.sha256}")
    for name in done.photos_missing:
        typer.echo(f"artois: the photo {name} is listed, and absent; restore its file", err=True)
    if done.photos_missing:
        raise typer.Exit(1)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A backup.")], register: FileOption = None) -> None:
    """Put a verified backup in the register's place; the replaced register is kept under a dated name."""
    from geo.register import backup as backups

    opened = open_register(register)
    aside = backups.restore(file, opened)
    typer.echo(f"{opened.name}: restored from {file}")
    if aside is not None:
        typer.echo(f"{aside}: what it replaced")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV, GeoJSON or GeoPackage of signs, OSM guideposts included.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    skip_refused: Annotated[bool, typer.Option("--skip-refused", help="Import the other rows all the same.")] = False,
    owner: Annotated[str | None, typer.Option("--organisation", help="Owner of new signs that name none.")] = None,
    all_rows: Annotated[bool, typer.Option("--all", help="List every row that is not unchanged.")] = False,
    register: FileOption = None,
) -> None:
    """Import signs, all or none; exit code 1 when rows are refused."""
    from geo.register import imports
    from geo.register.import_files import read_rows

    rows = read_rows(file)
    with open_register(register) as opened, opened.read() if dry_run else opened.write(me().name) as database:
        decisions = imports.plan(database, me(), rows, owner)
        if not dry_run and (skip_refused or not imports.counts(decisions)["refused"]):
            imports.apply(database, me(), decisions)
    show(decisions, None if all_rows else MOST_SHOWN)
    found = imports.counts(decisions)
    typer.echo(", ".join(f"{count} {action}" for action, count in found.items()))
    if found["refused"] and not dry_run and not skip_refused:
        typer.echo("nothing was imported: correct those rows, or use --skip-refused", err=True)
    if found["refused"]:
        raise typer.Exit(1)


@app.command()
def export(
    form: Annotated[Format, typer.Option("--format", "-f", help="File format.")] = Format.gpkg,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write (default: signs.FORMAT here).")] = None,
    blades: Annotated[bool, typer.Option("--blades", help="Blades and lines, as CSV, in place of the signs.")] = False,
    register: FileOption = None,
) -> None:
    """Write the signs to a file, drafts included, and print its name; texts that would run as formulas are disarmed."""
    from geo.export import safe_texts
    from geo.products import replaced
    from geo.register import export as exporter
    from geo.register.sqlite_file import PRIVATE

    if blades and form is not Format.csv:
        raise RequestError(f"found --blades with --format {form}; expected csv; add --format csv")
    target = out or Path(f"{'blades' if blades else 'signs'}.{form}")
    with open_register(register) as opened, opened.read() as database:
        table = exporter.sign_table(database, me())
        lines = exporter.blade_table(database, me())
    if form is Format.csv:
        with replaced(target) as part:
            safe_texts(lines if blades else exporter.spreadsheet(table)).to_csv(part, index=False, encoding="utf-8")
    else:
        exporter.write_vector(table, form.value, target)
    target.chmod(PRIVATE)  # drafts are in it
    typer.echo(target)


@app.command()
def publish(
    raw: Annotated[Path | None, typer.Option("--raw", help="Folder of the raw data (default: data/raw).")] = None,
    register: FileOption = None,
) -> None:
    """Write the public signs where `artois build signs` reads them, in place of the files of signage/."""
    from geo.register import export as exporter

    target = (raw or read_settings().raw) / "register" / "signs.geojson"
    opened = open_register(register)
    count = exporter.publish(opened.path, target, opened.url)
    typer.echo(f"{target}: {count} signs; run `artois build signs`")


@user.command("add")
def add_user(
    name: Annotated[str, typer.Option(help="Signs what the user does; never given twice.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    of: Annotated[str | None, typer.Option("--organisation", help="The user's organisation.")] = None,
    register: FileOption = None,
) -> None:
    """Add a user and print the token, which is shown this once and kept nowhere."""
    from geo.register import people

    with open_register(register) as opened, opened.write(me().name) as database:
        token = people.add_user(database, me(), name, role=role.value, organisation=of)
    typer.echo(token)


@user.command("revoke")
def revoke_user(
    name: Annotated[str, typer.Option(help="Who has no rights any more.")], register: FileOption = None
) -> None:
    """End a user's rights at once; the name stays with what was done."""
    from geo.register import people

    with open_register(register) as opened, opened.write(me().name) as database:
        people.revoke_user(database, me(), name)
    typer.echo(f"{name}: revoked")


@user.command("list")
def list_users(register: FileOption = None) -> None:
    """Print every user: name, role, organisation, since when, until when."""
    from geo.register import people

    with open_register(register) as opened, opened.read() as database:
        for one in people.users(database, me()):
            typer.echo("\t".join(part or "-" for part in one))


@organisation.command("add")
def add_organisation(
    name: Annotated[str, typer.Argument(help="Name of the owner, such as a commune.")], register: FileOption = None
) -> None:
    """Add an organisation."""
    from geo.register import people

    with open_register(register) as opened, opened.write(me().name) as database:
        people.add_organisation(database, me(), name)
    typer.echo(name)


def open_register(chosen: Path | None) -> "Register":
    """Return the register that the command names, else the installation's, to read and to write."""
    from geo.register import database  # heavy, and not needed by --help

    return database.Register(chosen.resolve()) if chosen is not None else database.open_register(read_settings())


def backups_of(register: "Register") -> Path:
    """Return where the backups of a register are kept unless told otherwise."""
    return register.path.with_name("backups")


def me() -> "Actor":
    """Return who runs the command: an administrator, signed with the name of the machine's account."""
    from geo.register.people import console

    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        login = f"uid-{os.getuid()}"
    return console(login)


def show(decisions: "list[Decision]", most: int | None) -> None:
    """Print what becomes of the rows that are not left as they are."""
    for action in ("refused", "changed", "added"):
        rows = [one for one in decisions if one.action == action]
        for one in rows[:most]:
            code = one.row.given.get("code", "-")
            typer.echo(f"{action:<9} {one.row.place:<10} {code}  {one.why}".rstrip())
        if most is not None and len(rows) > most:
            typer.echo(f"{action:<9} … and {len(rows) - most} more (--all lists them)")
