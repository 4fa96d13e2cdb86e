"""`artois solar …`: the solar cadastre's own commands."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from geo.errors import ConfigError

if TYPE_CHECKING:
    from geo.light.irradiation import Settings
    from geo.weather import Weather

Piece = TypeVar("Piece")
app = typer.Typer(no_args_is_help=True)


class Sky(StrEnum):
    """How the diffuse light is spread over the sky."""

    perez = "perez"
    isotropic = "isotropic"


@app.callback()
def root() -> None:
    """Work on the solar cadastre."""


@app.command()
def irradiation(  # noqa: PLR0913, PLR0917 - one argument per option
    surface: Annotated[Path, typer.Argument(metavar="DSM.tif", help="Surface model, metres, projected CRS.")],
    out: Annotated[Path, typer.Option(help="GeoTIFF to write: kWh/m²/yr on each cell's own surface.")],
    weather: Annotated[
        Path | None, typer.Option(help="Hourly year: PVGIS TMY (CSV, JSON) or EPW (default: a synthetic year).")
    ] = None,
    monthly_out: Annotated[Path | None, typer.Option(help="GeoTIFF of the twelve months.")] = None,
    svf_out: Annotated[Path | None, typer.Option(help="GeoTIFF of the visible-sky factor.")] = None,
    mask: Annotated[Path | None, typer.Option(help="Raster of the same grid, not zero where wanted.")] = None,
    directions: Annotated[int, typer.Option(help="Azimuths in which the horizon is looked for.")] = 64,
    albedo: Annotated[float, typer.Option(help="Share of light that the ground sends back.")] = 0.2,
    sky: Annotated[Sky, typer.Option(help="How diffuse light is spread over the sky.")] = Sky.perez,
    sun_minute: Annotated[str, typer.Option(help="Minute past the stamps for the sun, 0-59, or auto.")] = "auto",
    terrain: Annotated[Path | None, typer.Option(help="Coarse ground around, for hills beyond the halo.")] = None,
    terrain_reach: Annotated[float, typer.Option(help="How far that ground is looked at, metres.")] = 5000.0,
    tile: Annotated[int, typer.Option(help="Side of a tile, cells.")] = 2000,
    halo: Annotated[float, typer.Option(help="Surroundings that each tile sees, metres.")] = 300.0,
    workers: Annotated[int | None, typer.Option(help="Threads (default: one per processor).")] = None,
    lat: Annotated[float | None, typer.Option(help="Latitude of the sun (default: the raster's centre).")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude of the sun (default: the raster's centre).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Compute a year of sunlight on every cell of a surface model, shading included.

    Stopped half-way, the same command goes on where it was.
    """
    from geo.light.irradiation import Settings
    from geo.solar.tiles import Job, run

    settings = Settings(
        directions=directions,
        albedo=albedo,
        sky=sky.value,
        sun_minute=minute_from(sun_minute),
        latitude_deg=lat,
        longitude_deg=lon,
    )
    job = Job(
        surface=surface,
        out=out,
        monthly_out=monthly_out,
        svf_out=svf_out,
        mask=mask,
        terrain=terrain,
        terrain_reach_m=terrain_reach,
        tile=tile,
        halo_m=halo,
        workers=workers,
        settings=settings,
    )
    run(job, read_weather(weather, surface, settings), track=lambda todo: tracked(todo, quiet))
    if not quiet:
        typer.echo(out)


def minute_from(text: str) -> int | None:
    """Return the minute a user wrote, or None for `auto`.

    Raises
    ------
    ConfigError
        If it is neither.
    """
    if text == "auto":
        return None
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"--sun-minute is {text!r}; expected auto or a whole number from 0 to 59") from error


def read_weather(path: Path | None, surface: Path, settings: "Settings") -> "Weather":
    """Return the year of a file, EPW by its name and PVGIS otherwise, or the synthetic year of the surface's place."""
    from geo.sources import epw, pvgis, synthetic_weather

    if path is None:
        from geo.solar.tiles import place_of_file

        place = place_of_file(surface, settings)
        return synthetic_weather.year(place.latitude_deg, place.longitude_deg)
    return epw.read(path) if path.suffix.lower() == ".epw" else pvgis.read(path)


def tracked(todo: list[Piece], quiet: bool) -> Iterator[Piece]:
    """Yield the tiles behind a progress bar on standard error."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("tiles"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        yield from progress.track(todo)
