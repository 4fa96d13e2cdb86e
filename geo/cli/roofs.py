"""`artois solar roofs`: from a surface model and footprints to what every roof can do."""

from pathlib import Path
from typing import Annotated

import typer

from geo.cli.solar import read_weather


def roofs(  # noqa: PLR0913, PLR0917 - one argument per option
    dsm: Annotated[Path, typer.Option(help="Surface model, metres, projected CRS.")],
    buildings: Annotated[Path, typer.Option(help="Footprints: GeoPackage, Shapefile, GeoJSON or GeoParquet.")],
    out: Annotated[Path, typer.Option(help="GeoPackage to write: roof_segments, buildings, panels.")],
    weather: Annotated[
        Path | None, typer.Option(help="Hourly year: PVGIS TMY (CSV, JSON) or EPW [default: a synthetic year].")
    ] = None,
    terrain: Annotated[Path | None, typer.Option(help="Coarse ground around, for hills beyond the halo.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processors to use.")] = 2,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Find the planes of every roof, their light, panels and yield."""
    from geo.raster import read_raster
    from geo.solar.cadastre import compute_cadastre
    from geo.solar.cadastre_file import read_buildings, write_cadastre
    from geo.solar.irradiation import Settings
    from geo.solar.tiles import Job, far_ground

    surface = read_raster(dsm)
    year = read_weather(weather, dsm, Settings())
    job = Job(surface=dsm, out=out, terrain=terrain)
    cadastre = compute_cadastre(
        surface,
        read_buildings(buildings, surface),
        year,
        far=(lambda window: far_ground(job, window)) if terrain else None,
        workers=workers,
    )
    write_cadastre(cadastre, year, out)
    if not quiet:
        flags = cadastre.buildings["quality"].value_counts().to_dict()
        doubts = ", ".join(f"{count} {quality}" for quality, count in flags.items())
        typer.echo(f"{out}: {len(cadastre.segments)} planes, {len(cadastre.panels)} panels; buildings: {doubts}")
