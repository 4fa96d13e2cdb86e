"""Topology of one file, in any CRS: flaws listed, the layer written again without them, both whole or not at all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pydantic import BaseModel, PositiveFloat

from geo.crs import LAMBERT93
from geo.errors import CrsError, MissingDataError, RequestError, SourceError, UnknownNameError
from geo.products import replaced
from geo.sources.files import UNREADABLE, first_line, require_columns, require_geometry, to_lambert93
from geo.topology import LEAST_M2, WIDTH_M, Flaw, Repaired, check_layer, close_coverage, find_flaws, repair

ROW: Final = "row number"
"""What names a row when no column is chosen: 1 for the first."""


class Task(BaseModel, frozen=True, extra="forbid"):
    """What to check.

    Attributes
    ----------
    file
        GeoPackage, GeoJSON, Shapefile or FlatGeobuf.
    layer
        Which layer of it; needed when it has several.
    id
        Column that names a row; its number otherwise.
    coverage
        Whether the areas ought to share edges: only then gaps are looked for, and flaws closed.
    overlaps_allowed
        Whether two areas of a layer that is no coverage may hold the same ground.
    least_m2, width_m
        As in `geo.topology.find_flaws`.
    """

    file: Path
    layer: str | None = None
    id: str | None = None
    coverage: bool = True
    overlaps_allowed: bool = False
    least_m2: PositiveFloat = LEAST_M2
    width_m: PositiveFloat = WIDTH_M


class Report(NamedTuple):
    """What was found in a file.

    Attributes
    ----------
    mended
        Flaws that the clean layer no longer has.
    left
        Flaws that are still there.
    table
        The clean layer in Lambert-93; None where the file is right as it is, or no clean layer was asked for.
    change_m2
        Area gained by each row through closing; None where nothing was to be closed.
    layer
        Name of the layer read.
    rows
        How many it has.
    """

    mended: tuple[Flaw, ...]
    left: tuple[Flaw, ...]
    table: gpd.GeoDataFrame | None = None
    change_m2: pd.Series | None = None
    layer: str = ""
    rows: int = 0


def run(task: Task, *, out: Path | None = None, flaws_out: Path | None = None) -> Report:
    """Check a file, measured in Lambert-93; write the clean layer and the flaws, in the file's own CRS, where asked.

    Raises
    ------
    GeoError
        If the file is not what it should be, a name to write does not end in .gpkg, or the layer cannot be cleaned.
    """
    for target in (out, flaws_out):
        require_target(target, task.file)
    name, table = read(task)
    measured = to_lambert93(table, task.file)
    if task.id is None:
        measured = measured.assign(**{ROW: range(1, len(measured) + 1)})
    else:
        require_columns(measured, {task.id: task.id}, task.file)
    id = task.id or ROW
    fixed = repair(measured, id=id)
    report = (found if out is None else cleaned)(fixed, task, id=id)
    if out is not None:
        clean = table if report.table is None else report.table.to_crs(table.crs)
        write(clean.drop(columns=ROW, errors="ignore"), out, layer=name)
    if flaws_out is not None:
        write(flaw_table(report).to_crs(table.crs), flaws_out, layer="flaws")
    return report._replace(layer=name, rows=len(table))


def read(task: Task) -> tuple[str, gpd.GeoDataFrame]:
    """Return the name of the layer and its rows, in the file's CRS."""
    if not task.file.exists():
        raise MissingDataError(f"{task.file} is absent; expected a vector file; check the name")
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(task.file)]
        name = chosen(layers, task)
        table = gpd.read_file(task.file, layer=name)
    except UNREADABLE as error:
        raise SourceError(
            f"{task.file} cannot be read ({first_line(error)}); is it whole? fetch or export it again"
        ) from error
    if not isinstance(table, gpd.GeoDataFrame):
        raise SourceError(f"{task.file}, layer {name} has no geometry; expected areas; choose another with --layer")
    require_geometry(table.geometry, task.file)
    if table.crs is None:
        raise CrsError(f"{task.file} states no CRS; expected one, such as EPSG:2154; assign it first")
    return name, table


def chosen(layers: Sequence[str], task: Task) -> str:
    """Return the layer asked for, or the only one."""
    if task.layer is not None and task.layer not in layers:
        raise UnknownNameError(f"{task.file} has no layer {task.layer!r}; expected one of {', '.join(layers)}")
    if task.layer is None and len(layers) != 1:
        found = ", ".join(layers) or "none"
        raise RequestError(f"{task.file} has {len(layers)} layers ({found}); expected one; choose it with --layer")
    return task.layer or layers[0]


def found(fixed: Repaired, task: Task, *, id: str) -> Report:
    """Return all that is wrong, nothing of it mended."""
    if task.coverage:
        more = find_flaws(fixed.table, id=id, least_m2=task.least_m2, width_m=task.width_m)
    else:
        more = check_layer(fixed.table, id=id, overlaps_allowed=task.overlaps_allowed, least_m2=task.least_m2)
    return Report(mended=(), left=(*single(fixed), *more))


def cleaned(fixed: Repaired, task: Task, *, id: str) -> Report:
    """Return what could be mended and the rows without it; areas are moved only in a coverage."""
    if not task.coverage:
        left = check_layer(fixed.table, id=id, overlaps_allowed=task.overlaps_allowed, least_m2=task.least_m2)
        return Report(single(fixed), tuple(left), fixed.table if single(fixed) else None)
    closed = close_coverage(fixed.table, id=id, most_width_m=task.width_m, least_m2=task.least_m2)
    changed = closed.table if single(fixed) or closed.table is not fixed.table else None
    return Report((*single(fixed), *closed.closed), closed.left, changed, closed.change_m2)


def single(fixed: Repaired) -> tuple[Flaw, ...]:
    """Return the flaws of rows taken one by one; those that are equal are told with the layer's."""
    return tuple(flaw for flaw in fixed.flaws if flaw.kind != "duplicate")


def flaw_table(report: Report) -> gpd.GeoDataFrame:
    """Return the flaws as a table in Lambert-93, one row each, areas in m², widths in m."""
    states = [(flaw, "mended") for flaw in report.mended] + [(flaw, "left") for flaw in report.left]
    return gpd.GeoDataFrame(
        {
            "kind": [flaw.kind for flaw, _ in states],
            "state": [state for _, state in states],
            "area_m2": [flaw.area_m2 for flaw, _ in states],
            "width_m": [flaw.width_m for flaw, _ in states],
            "rows": ["|".join(flaw.rows) for flaw, _ in states],
            "note": [flaw.note for flaw, _ in states],
        },
        geometry=[flaw.geometry for flaw, _ in states],
        crs=LAMBERT93,
    )


def require_target(target: Path | None, source: Path) -> None:
    """Refuse a file to write that is no GeoPackage, has no folder, or is the one to read."""
    if target is None:
        return
    if target.suffix.lower() != ".gpkg":
        raise RequestError(f"found {target.name} to write; expected a name in .gpkg; GeoPackage is the one format here")
    if not target.parent.is_dir():
        raise RequestError(f"{target.parent} is no folder; expected one to write {target.name} into; make it first")
    if target.resolve() == source.resolve():
        raise RequestError(f"{target} is the file to check; expected another name; the source is never overwritten")


def write(table: gpd.GeoDataFrame, target: Path, *, layer: str) -> None:
    """Write one layer as a GeoPackage, with every column."""
    names = [str(column) for column in table.columns]
    if len({name.lower() for name in names}) < len(names):
        raise SourceError(f"columns {sorted(names)} differ by case alone; GeoPackage needs other names; rename one")
    areas = table.geometry.isna() | (shapely.get_dimensions(table.geometry.to_numpy()) == 2)  # noqa: PLR2004
    with replaced(target) as part:
        pyogrio.write_dataframe(
            table,
            part,
            layer=layer,
            driver="GPKG",
            promote_to_multi=bool(areas.all()),
            geometry_type="MultiPolygon" if areas.all() else "Unknown",
            layer_options={"FID": "row_fid" if "fid" in (name.lower() for name in names) else "fid"},
        )
