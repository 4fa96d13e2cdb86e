"""The run over all buildings: blocks of footprints in threads, planes to a table, quality to another."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import ConfigError
from geo.kernels.roof_edges import cells_inside
from geo.kernels.roofs import segment_planes
from geo.raster import Raster
from geo.solar.roofs.footprints import Footprints, read_footprints
from geo.solar.roofs.labels import plane_centres
from geo.solar.roofs.polygons import Patch, Pieces, cut_footprints, outline_sides

Shapes = NDArray[np.object_]
Floats = NDArray[np.float64]
Track = Callable[[Sequence[Any]], Iterable[Any]]

BLOCK: Final = 128
"""Buildings worked together."""
MARGIN: Final = 2
"""Cells around a footprint's bounds."""
LEAST_CELLS: Final = 5
UNKNOWN_SHARE: Final = 0.02
"""More unknown cells than this under a footprint, and it is only partly seen."""
RANK: Final = (
    "coarse", "no_cells", "under_trees", "partial", "duplicate_id", "overlapping", "invalid_repaired", "ok",
)  # fmt: skip
"""Of several remarks on a building, its quality is the first of these."""
COLUMNS: Final = (
    "building_id", "segment_id", "pitch_deg", "azimuth_deg", "area_m2", "area_plan_m2", "plane_height_m", "fit_rmse_m",
    "cells", "slope_east", "slope_north",
)  # fmt: skip


@dataclass(frozen=True)
class RoofSettings:
    """What a user may choose.

    Attributes
    ----------
    least_m2
        Planes smaller than this, seen from above, belong to their neighbours. Square metres.
    flat_deg
        Planes of a lower pitch are flat: pitch 0, no azimuth. Degrees in [0, 45).
    rough_share
        A building with more than this share of its cells on no plane is taken to stand under trees.
    overlap_share
        Footprints that share more than this of the smaller one's area are flagged.
    """

    least_m2: float = 4.0
    flat_deg: float = 3.0
    rough_share: float = 0.35
    overlap_share: float = 0.02

    def __post_init__(self) -> None:
        """Refuse settings that make no sense."""
        if not self.least_m2 > 0:
            raise ConfigError(f"least_m2 is {self.least_m2}; expected more than 0 m²; choose another value")
        if not 0 <= self.flat_deg < 45:  # noqa: PLR2004 - half of a right angle
            raise ConfigError(f"flat_deg is {self.flat_deg}; expected 0 to 45 degrees; choose another value")
        for name in ("rough_share", "overlap_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ConfigError(f"{name} is {getattr(self, name)}; expected more than 0, at most 1")


class Roofs(NamedTuple):
    """The planes of all roofs and what is known of each building.

    Attributes
    ----------
    segments
        One row per plane, buildings in the order given, the largest plane of each first: building_id, segment_id,
        pitch_deg, azimuth_deg (clockwise from north, the way down; NaN where flat), area_m2 (sloped), area_plan_m2,
        plane_height_m (at `plane_centres`, metres in the surface's datum), fit_rmse_m, cells (fitted, without
        obstacles), slope_east, slope_north (metres per metre), geometry.
    quality
        One row per row of the buildings, in their order: building_id, quality, notes.
    """

    segments: gpd.GeoDataFrame
    quality: pd.DataFrame


class _Block(NamedTuple):
    """What one block of buildings gave: arrays over planes, and remarks on rows."""

    columns: dict[str, NDArray[Any]]
    remarks: list[tuple[int, str, str]]


def segment_roofs(
    surface: Raster, buildings: gpd.GeoDataFrame, *, settings: RoofSettings | None = None, workers: int = 1,
    track: Track = iter,
) -> Roofs:  # fmt: skip
    """Return the planes of every roof.

    A bad footprint never stops the run: it is repaired or left out, and its row of `quality` says so.

    Parameters
    ----------
    surface
        Heights of the surface model. Metres, north up, square cells; NaN is unknown.
    buildings
        Columns `id` and `geometry` (polygons), in the surface's CRS.
    settings
        Defaults if None.
    workers
        Threads, >= 1. The result does not depend on it.
    track
        Wraps the list of blocks, to show progress.

    Raises
    ------
    CrsError, SourceError
        If the table and the surface cannot be laid on each other.
    ConfigError
        If `workers` is not positive.
    """
    if workers < 1:
        raise ConfigError(f"workers is {workers}; expected at least 1; choose another value")
    chosen = settings or RoofSettings()
    footprints = read_footprints(buildings, surface, overlap_share=chosen.overlap_share)
    rows = np.flatnonzero(~shapely.is_missing(footprints.shapes))
    starts = range(0, len(rows), BLOCK)
    with ThreadPoolExecutor(workers) as pool:
        jobs = [pool.submit(_segment_block, surface, footprints, rows[at : at + BLOCK], chosen) for at in starts]
        blocks = [job.result() for job in track(jobs)]
    return Roofs(_table(blocks, footprints, buildings), _quality(blocks, footprints))


def _segment_block(surface: Raster, footprints: Footprints, rows: NDArray[np.intp], settings: RoofSettings) -> _Block:
    """Return the planes of some buildings."""
    shapes = footprints.shapes[rows]
    patches: list[Patch] = []
    held: list[int] = []
    remarks: list[tuple[int, str, str]] = []
    sides, offsets = outline_sides(shapes)
    bounds = shapely.bounds(shapes)
    for place, row in enumerate(rows.tolist()):
        run = sides[offsets[place] : offsets[place + 1]]
        patch, found = _read_patch(surface, run, bounds[place], settings)
        remarks += [(row, *remark) for remark in found]
        if patch is not None:
            patches.append(patch)
            held.append(place)
    pieces = cut_footprints(shapes[held], patches, least_m2=settings.least_m2)
    return _Block(_measure(pieces, patches, rows[held], settings), remarks)


def _read_patch(
    surface: Raster, sides: Floats, bounds: Floats, settings: RoofSettings
) -> tuple[Patch | None, list[tuple[str, str]]]:
    """Return the planes in a footprint's window, None if there are none, and remarks."""
    cell_m, (left, _, _, top) = surface.cell_m, surface.bounds
    rows, cols = surface.values.shape
    first_col = max(0, int(np.floor((bounds[0] - left) / cell_m)) - MARGIN)
    last_col = min(cols, int(np.ceil((bounds[2] - left) / cell_m)) + MARGIN)
    first_row = max(0, int(np.floor((top - bounds[3]) / cell_m)) - MARGIN)
    last_row = min(rows, int(np.ceil((top - bounds[1]) / cell_m)) + MARGIN)
    if last_col <= first_col or last_row <= first_row:
        return None, []
    west_m, north_m = left + first_col * cell_m, top - first_row * cell_m
    heights_m = surface.values[first_row:last_row, first_col:last_col].astype(np.float64)
    shifted = sides - np.array([west_m, north_m, west_m, north_m])
    mask = cells_inside(shifted, heights_m.shape[0], heights_m.shape[1], cell_m)
    inside, unknown = int(mask.sum()), int((mask & ~np.isfinite(heights_m)).sum())
    if inside < LEAST_CELLS:
        return None, [("no_cells", f"{inside} cells lie inside")]
    if unknown == inside:
        return None, [("coarse", "no height is known")]
    heights_m[~np.isfinite(heights_m)] = np.nan
    roof = segment_planes(heights_m, mask, cell_m=cell_m, least_m2=min(settings.least_m2, 0.5 * inside * cell_m**2))
    remarks = []
    if unknown > UNKNOWN_SHARE * inside:
        remarks.append(("partial", f"{unknown / inside:.0%} of its cells are unknown"))
    rough = ((roof.labels == 0) & mask).sum() - unknown
    if len(roof.planes) == 0 or rough > settings.rough_share * (inside - unknown):
        remarks.append(("under_trees", f"{rough / (inside - unknown):.0%} of its cells lie on no plane"))
    return (Patch(west_m, north_m, cell_m, roof) if len(roof.planes) else None), remarks


def _measure(
    pieces: Pieces, patches: list[Patch], rows: NDArray[np.intp], settings: RoofSettings
) -> dict[str, NDArray[Any]]:
    """Return the columns of each piece."""
    held = list(zip(pieces.owner.tolist(), pieces.plane.tolist(), strict=True))
    planes = np.array([patches[owner].roof.planes[plane] for owner, plane in held]).reshape(-1, 3)
    corners = np.array([(patches[owner].west_m, patches[owner].north_m) for owner, _ in held]).reshape(-1, 2)
    centres = shapely.get_coordinates(plane_centres(pieces.polygons)).reshape(-1, 2)
    height_m = (planes[:, :2] * (centres - corners)).sum(axis=1) + planes[:, 2]
    rise = np.hypot(planes[:, 0], planes[:, 1])
    flat = rise < np.tan(np.radians(settings.flat_deg))
    azimuth_deg = np.degrees(np.arctan2(-planes[:, 0], -planes[:, 1])) % 360.0
    plan_m2 = shapely.area(pieces.polygons)
    return {
        "row": rows[pieces.owner],
        "pitch_deg": np.where(flat, 0.0, np.degrees(np.arctan(rise))),
        "azimuth_deg": np.where(flat, np.nan, azimuth_deg),
        "area_m2": plan_m2 * np.where(flat, 1.0, np.hypot(1.0, rise)),
        "area_plan_m2": plan_m2,
        "plane_height_m": height_m,
        "fit_rmse_m": np.array([patches[owner].roof.rmse_m[plane] for owner, plane in held], dtype=np.float64),
        "cells": np.array([patches[owner].roof.cells[plane] for owner, plane in held], dtype=np.int64),
        "slope_east": np.where(flat, 0.0, planes[:, 0]),
        "slope_north": np.where(flat, 0.0, planes[:, 1]),
        "x": centres[:, 0],
        "geometry": pieces.polygons,
    }


def _table(blocks: list[_Block], footprints: Footprints, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the planes of all blocks, numbered within their building from the largest."""
    none = {name: np.empty(0) for name in ("row", *COLUMNS[2:], "x", "geometry")}
    parts = [block.columns for block in blocks] or [none]
    table = pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    rows = table["row"].to_numpy(dtype=np.intp)
    first = pd.factorize(footprints.ids)[0]
    order = np.lexsort((table["x"], -table["area_m2"], first[rows]))
    table = table.iloc[order].reset_index(drop=True)
    names = pd.Series(footprints.ids[rows[order]], dtype=object)
    number = names.groupby(names).cumcount() + 1
    table = table.assign(building_id=names, segment_id=names + "-" + number.astype(str))
    return gpd.GeoDataFrame(table[list(COLUMNS)], geometry=table["geometry"].to_numpy(), crs=buildings.crs)


def _quality(blocks: list[_Block], footprints: Footprints) -> pd.DataFrame:
    """Return one row per row of the buildings."""
    remarks = [list(row) for row in footprints.remarks]
    for block in blocks:
        for row, quality, note in block.remarks:
            remarks[row].append((quality, note))
    worst = [min((quality for quality, _ in row), key=RANK.index, default="ok") for row in remarks]
    notes = ["; ".join(note for _, note in row) for row in remarks]
    return pd.DataFrame({"building_id": footprints.ids, "quality": worst, "notes": notes}, dtype=object)
