"""The command line: `artois`, or `python -m geo`."""

import logging
import socket
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from geo.cli import brownfields, order, register, roofs, signage, solar, topology
from geo.config import Settings, read_settings
from geo.errors import ConfigError, GeoError, RequestError

if TYPE_CHECKING:
    from geo.build import Built

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
solar.app.command("roofs")(roofs.roofs)
signage.app.command("order")(order.order)
app.add_typer(solar.app, name="solar", help="The solar cadastre.")
app.add_typer(brownfields.app, name="brownfields", help="Brownfields and the CNIG Friches standard.")
app.command("topology")(topology.topology)
app.add_typer(register.app, name="register")
app.add_typer(signage.app, name="signage", help="The plan of signs, and what they say.")

RawOption = Annotated[Path | None, typer.Option("--raw", help="Folder of the raw data (default: data/raw).")]
ProcessedOption = Annotated[
    Path | None, typer.Option("--processed", help="Folder of the finished layers (default: data/processed).")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


class Format(StrEnum):
    """File formats of `export`."""

    gpkg = "gpkg"
    geojson = "geojson"
    csv = "csv"
    parquet = "parquet"
    fgb = "fgb"
    json = "json"
    cnig = "cnig"


def main() -> None:
    """Run the command line; a user's mistake ends in one clear line and exit code 1."""
    try:
        app()
    except GeoError as error:
        sys.exit(f"artois: {error}")
    except OSError as error:
        sys.exit(f"artois: {error.filename or 'file'}: {error.strerror or error}; nothing was left half written")
    except KeyboardInterrupt:
        sys.exit("artois: stopped")


def show_version(wanted: bool) -> None:
    """Print the version and stop, when it is asked for."""
    if wanted:
        typer.echo(f"artois {version('artois')}")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Parks, signage, brownfields and sunlight of a French territory: from raw files to maps."""


@app.command()
def sample(raw: RawOption = None, quiet: QuietOption = False) -> None:
    """Write the synthetic quarter of a mining town into RAW/sample, for demonstrations and tests."""
    from geo.sample import make_sample  # heavy, and needed here alone

    configure_log(quiet)
    folder = make_sample(settings_for(raw, None).raw / "sample")
    say(f"{folder}: synthetic quarter written", quiet)


@app.command()
def build(
    layers: Annotated[
        list[str] | None, typer.Argument(metavar="[LAYER]...", help="Layers to build; all by default.")
    ] = None,
    raw: RawOption = None,
    processed: ProcessedOption = None,
    force: Annotated[bool, typer.Option("--force", help="Build also what is up to date.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Make the layers from the raw files and publish them; what is up to date is left as it is."""
    from geo import build as builder  # heavy, and not needed by --help

    configure_log(quiet)
    settings = settings_for(raw, processed)
    names = layers or []
    done = builder.build(names, settings, force=force, track=lambda steps: tracked(list(steps), quiet))
    if not quiet:
        Console(stderr=True).print(summary(done))
    wanted = [one for one in done if one.state == "failed" or (one.state == "missing" and names)]
    for one in done:
        if one.error is not None and (one in wanted or not quiet):
            kind = "error" if one in wanted else "not built"
            typer.echo(f"artois: {kind}: {one.layer}: {one.error}", err=True)
    if wanted:
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on (default: 8000).")] = None,
    processed: ProcessedOption = None,
) -> None:
    """Serve the maps and the API."""
    import uvicorn  # heavy, and needed here alone

    from api.main import create_app
    from geo.register.database import open_register

    settings = settings_for(None, processed)
    host, port = host or settings.host, port or settings.port
    require_free(host, port)
    logging.getLogger(__name__).debug("register: %s", open_register(settings).name)  # refuses an address that is none
    say(f"Carte et API : http://{host}:{port}  (Ctrl+C pour arrêter)", quiet=False)
    uvicorn.run(create_app(settings), host=host, port=port, log_level="warning")


@app.command()
def check(processed: ProcessedOption = None, quiet: QuietOption = False) -> None:
    """Verify every finished layer against its promise and its provenance; exit code 1 if one fails."""
    from geo import build as builder

    configure_log(quiet)
    done = builder.verify(settings_for(None, processed))
    if not quiet:
        Console(stderr=True).print(summary(done))
    for one in done:
        if one.error is not None:
            typer.echo(f"artois: {one.layer}: {one.error}", err=True)
    if any(one.state == "failed" for one in done):
        raise typer.Exit(1)


@app.command()
def export(
    layer: Annotated[str, typer.Argument(help="Name of a layer, such as parks; or solar_summary, the figures.")],
    form: Annotated[
        Format | None,
        typer.Option(
            "--format", "-f", help="File format (default: gpkg; csv for solar_summary, or json); cnig for brownfields."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write (default: LAYER.FORMAT here).")] = None,
    commune: Annotated[str | None, typer.Option(help="INSEE code: only the rows of that commune.")] = None,
    epci: Annotated[str | None, typer.Option(help="SIREN or short name, for solar_summary.")] = None,
    processed: ProcessedOption = None,
) -> None:
    """Write a layer, or the figures of the solar cadastre, to a file, and print the file's name."""
    from geo import export as exporter

    folder = settings_for(None, processed).processed
    figures = layer == exporter.SUMMARY
    name = form.value if form else "csv" if figures else "gpkg"
    target = out or Path(f"{layer}-cnig.csv" if name == exporter.CNIG else f"{layer}.{name}")
    if figures:
        exporter.export_summary(name, target, processed=folder, commune=commune, epci=epci)
    elif epci is not None:
        raise RequestError(f"found --epci for the layer {layer}; expected it for {exporter.SUMMARY}; use --commune")
    elif name == exporter.CNIG:
        configure_log(quiet=False)
        exporter.export_cnig(layer, target, processed=folder, commune=commune)
    else:
        exporter.export(layer, name, target, processed=folder, commune=commune)
    typer.echo(target)


def settings_for(raw: Path | None, processed: Path | None) -> Settings:
    """Return the installation's settings with the folders that the command names."""
    chosen = {name: path.resolve() for name, path in (("raw", raw), ("processed", processed)) if path is not None}
    return read_settings().model_copy(update=chosen)


def configure_log(quiet: bool) -> None:
    """Show our log on standard error: warnings and steps, or errors alone."""
    handler = EchoHandler()
    handler.setFormatter(logging.Formatter("%(levelname)-7s %(message)s"))
    ours = logging.getLogger("geo")
    ours.handlers = [handler]
    ours.setLevel(logging.ERROR if quiet else logging.INFO)


class EchoHandler(logging.Handler):
    """Writes each record as one line on standard error, above a progress bar where there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        typer.echo(self.format(record), err=True)


def require_free(host: str, port: int) -> None:
    """Refuse an address that another program listens on, or that is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"{host}:{port} cannot be listened on ({error.strerror}); expected a free address of this machine; "
                "choose another with --port or ARTOIS_PORT"
            ) from error


def tracked(names: list[str], quiet: bool) -> Iterator[str]:
    """Yield the names behind a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as progress:
        task = progress.add_task("layers", total=len(names))
        for name in names:
            progress.update(task, description=name)
            yield name
            progress.advance(task)


def summary(done: Iterable["Built"]) -> Table:
    """Return a table of what became of each layer."""
    table = Table("layer", "state", "rows or cells", "notes", box=None)
    for one in done:
        table.add_row(one.layer, one.state, f"{one.rows:,}" if one.rows else "", str(one.notes or ""))
    return table


def say(text: str, quiet: bool) -> None:
    """Print one line for the user."""
    if not quiet:
        typer.echo(text)
