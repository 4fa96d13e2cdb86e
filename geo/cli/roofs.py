"""`artois solar roofs`: from a surface model and footprints to what every roof can do."""

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.solar import read_weather, tracked


def roofs(  # noqa: PLR0913, PLR0917 - one argument per option
    dsm: Annotated[Path, typer.Option(help="Surface model, metres, projected CRS.")],
    buildings: Annotated[Path, typer.Option(help="Footprints: GeoPackage, Shapefile, GeoJSON or GeoParquet.")],
    out: Annotated[Path, typer.Option(help="GeoPackage to write: roof_segments, buildings, panels.")],
    weather: Annotated[
        Path | None, typer.Option(help="Hourly year: PVGIS TMY (CSV, JSON) or EPW (default: a synthetic year).")
    ] = None,
    terrain: Annotated[Path | None, typer.Option(help="Coarse ground around, for hills beyond the halo.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processors to use.")] = 2,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Find the planes of every roof, their light, panels and yield.

    Stopped half-way, the same command goes on where it was.
    """
    from geo.light.irradiation import Settings
    from geo.solar.cadastre_file import Job, run

    year = read_weather(weather, dsm, Settings())
    job = Job(surface=dsm, buildings=buildings, out=out, terrain=terrain, workers=workers)
    written = run(job, year, track=lambda todo: tracked(todo, quiet))
    if not quiet:
        doubts = ", ".join(f"{count} {quality}" for quality, count in written.quality.items())
        planes, panels = written.rows["roof_segments"], written.rows["panels"]
        typer.echo(f"{out}: {planes} planes, {panels} panels; buildings: {doubts}")
