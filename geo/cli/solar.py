"""`artois solar …`: the solar cadastre's own commands."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def root() -> None:
    """Work on the solar cadastre."""


@app.command()
def irradiation(
    surface: Annotated[Path, typer.Argument(metavar="DSM.tif", help="Surface model, metres, projected CRS.")],
    weather: Annotated[Path, typer.Option(help="Hourly year: PVGIS TMY (CSV, JSON).")],
    out: Annotated[Path, typer.Option(help="GeoTIFF to write, kWh/m²/yr.")],
    directions: Annotated[int, typer.Option(help="Azimuths in which the horizon is looked for.")] = 64,
    albedo: Annotated[float, typer.Option(help="Share of light that the ground reflects.")] = 0.2,
) -> None:
    """Compute a year of sunlight on every cell of a surface model, shading included."""
    from geo.raster import read_raster, write_cog
    from geo.solar.irradiation import Settings, irradiate
    from geo.sources import pvgis

    settings = Settings(directions=directions, albedo=albedo)
    raster = irradiate(read_raster(surface), pvgis.read(weather), settings=settings)
    write_cog(out, raster, {"unit": "kWh/m2/yr"})
    typer.echo(out)
