"""GeoPackages as this theme writes them: the same tables are the same bytes, and a failure is one line."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from textwrap import shorten
from typing import Final

import pyogrio

from geo.errors import ProductError, RequestError

STEADY: Final = date(2000, 1, 1)
"""Day that a file without one of its own bears: GDAL would write the time of the run."""


@contextmanager
def steady(file: str, *, on: date = STEADY) -> Iterator[None]:
    """Let GDAL write with the day given as today's; what it cannot write is told of `file`.

    Raises
    ------
    ProductError
        If the file cannot be written, such as on a full disk.
    """
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{on.isoformat()}T00:00:00.000Z"})
    try:
        yield
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise ProductError(
            f"{file} cannot be written ({shorten(str(error).rpartition(' failed: ')[2], 120)}); expected a folder with "
            "room for it; make room, or name another with --out; nothing was left half written"
        ) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def require_whole(path: Path, layers: Sequence[str]) -> None:
    """Refuse a written file in which a layer of points has no spatial index: GDAL makes it last, and fails in silence.

    Raises
    ------
    ProductError
        If one has none.
    """
    for layer in layers:
        if not pyogrio.read_info(path, layer=layer)["capabilities"]["fast_spatial_filter"]:
            raise ProductError(f"the spatial index of {layer} cannot be written; expected room for it; make room")


def require_geopackage(target: Path) -> None:
    """Refuse a name under which no GeoPackage can be written, before the work.

    Raises
    ------
    RequestError
        If it is another kind of file, a folder, or in a folder that is not there.
    """
    if target.suffix.lower() != ".gpkg":
        raise RequestError(f"found --out {target}; expected a GeoPackage's name, which ends in .gpkg; name another")
    if target.is_dir():
        raise RequestError(f"found the folder {target}; expected a file's name; name one in it with --out")
    if not target.parent.is_dir():
        raise RequestError(f"found no folder {target.parent}; expected one for {target.name}; make it first")
