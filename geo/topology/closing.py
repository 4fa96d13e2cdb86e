"""Overlaps, gaps and slits of a coverage closed, so that neighbours share their edges vertex for vertex.

The work is done by GEOS's coverage cleaner (`shapely.coverage_clean`): an overlap goes to the row that it shares most
border with, and so does a gap. Slits, which that knows nothing of, are given to such a row before.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import SourceError
from geo.topology.flaws import LEAST_M2, WIDTH_M, Flaw, Geometries, Kind, border_m, flaws_between, polygons, widest

CLOSED: Final[tuple[Kind, ...]] = ("overlap", "gap", "slit")
"""The kinds that closing removes; holes and detached parts may be as they should be."""

ROUNDS: Final = 5
"""A slit that is filled may leave another, smaller one beside it: one random coverage in 500 needs a second round."""
WIDE: Final = "; wider than the limit: verify"
"""Added to the note on an overlap too wide for an error of digitising, which only people can decide."""


class Closed(NamedTuple):
    """A coverage whose flaws are closed.

    Attributes
    ----------
    table
        The same rows in the same order, with shared edges.
    closed
        What was closed; the note says which row received the ground.
    left
        What is still there.
    change_m2
        Area gained (or lost, below zero) by each row, by identifier.
    """

    table: gpd.GeoDataFrame
    closed: tuple[Flaw, ...]
    left: tuple[Flaw, ...]
    change_m2: pd.Series


def close_coverage(
    table: gpd.GeoDataFrame, *, id: str, most_width_m: float = WIDTH_M, least_m2: float = LEAST_M2
) -> Closed:
    """Close the overlaps, gaps and slits of areas that ought to share edges; the outer boundary stays elsewhere.

    A coverage without flaw comes back as it was. The result does not depend on the order of the rows. An overlap is
    resolved whatever its width, with `WIDE` in its note; a hole wider than `most_width_m` stays. Flaws smaller than
    `least_m2` are closed too, save slits. Heights (z) are dropped from a coverage that is changed.

    Parameters
    ----------
    table
        Valid polygons (see `repair`) in a CRS in metres.
    id
        Column that names a row, each differently.
    most_width_m
        Widest gap or slit to close. Metres, > 0.
    least_m2
        Smaller flaws are not listed.

    Raises
    ------
    CrsError
        If the CRS is not in metres.
    SourceError
        If a row is not a valid polygon, two rows have one name, or a row has no ground that is not another's too.

    References
    ----------
    GEOS 3.14, `CoverageCleaner`, after M. Davis' in JTS 1.20: https://libgeos.org.
    """
    shapes, ids = polygons(table, id=id)
    if twice := pd.Series(ids)[pd.Series(ids).duplicated()].tolist():
        raise SourceError(f"{len(twice)} rows have a name that is taken, such as {twice[0]}; expected a name for each")
    rows, closed = shapes, list[Flaw]()
    for _ in range(ROUNDS):
        left = flaws_between(rows, ids, least_m2=least_m2, width_m=most_width_m)
        if not any(flaw.kind in (*CLOSED, "duplicate") for flaw in left) and shapely.coverage_is_valid(rows):
            break
        rows = cleaned(rows, ids, left, most_width_m)
        closed.extend(given(left, rows, ids, most_width_m))
    else:
        left = flaws_between(rows, ids, least_m2=least_m2, width_m=most_width_m)
    if rows is shapes:
        return Closed(table, (), tuple(left), pd.Series(0.0, index=ids))
    geometry = table[id].astype(str).map(pd.Series(rows, index=ids)).to_numpy()
    whole = table.set_geometry(gpd.GeoSeries(geometry, table.index, table.crs))
    return Closed(whole, tuple(closed), tuple(left), pd.Series(shapely.area(rows) - shapely.area(shapes), index=ids))


def cleaned(shapes: Geometries, ids: Geometries, flaws: Iterable[Flaw], most_width_m: float) -> Geometries:
    """Return the shapes with shared edges, once slits are given away, then overlaps and gaps."""
    slits = (flaw for flaw in flaws if flaw.kind == "slit")
    grown = with_slits(dict(zip(ids, shapes, strict=True)), slits)
    rows: Geometries = shapely.coverage_clean(grown, gap_width=most_width_m)
    require_ground(rows, ids)
    return rows


def with_slits(rows: Mapping[str, shapely.Geometry], slits: Iterable[Flaw]) -> list[shapely.Geometry]:
    """Return the shapes, each slit given to the neighbour that it shares most border with."""
    pieces: dict[str, list[shapely.Geometry]] = {}
    for slit in slits:
        along_m = border_m(slit.geometry, np.array([rows[row] for row in slit.rows]))
        pieces.setdefault(slit.rows[int(along_m.argmax())], []).append(slit.geometry)
    return [shapely.union_all([shape, *pieces[row]]) if row in pieces else shape for row, shape in rows.items()]


def require_ground(rows: Geometries, ids: Geometries) -> None:
    """Refuse a result in which a row has lost everything."""
    if (empty := ids[shapely.is_empty(rows)]).size:
        raise SourceError(
            f"row {empty[0]} lies wholly on ground of other rows; expected areas that share edges only; "
            "remove one of the rows, or check the layer as one that is no coverage"
        )


def given(flaws: Iterable[Flaw], rows: Geometries, ids: Geometries, most_width_m: float) -> Iterator[Flaw]:
    """Yield the flaws that were closed, with the row that received the ground."""
    tree = shapely.STRtree(rows)
    for flaw in flaws:
        if flaw.kind in CLOSED and (receivers := holders(flaw, tree)).size:
            doubt = WIDE if flaw.width_m > most_width_m else ""
            yield flaw._replace(note=f"given to {ids[receivers[0]]}{doubt}")


def holders(flaw: Flaw, tree: shapely.STRtree) -> NDArray[np.int64]:
    """Return the rows that hold the middle of the flaw where it is widest: one at most in a coverage."""
    middle = shapely.get_point(widest(flaw.geometry), 0)
    found: NDArray[np.int64] = tree.query(middle, predicate="within")
    return found
