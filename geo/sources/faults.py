"""Rows that a provider's file holds without geometry or with an invalid one, whether a layer uses that file or not."""

from typing import Final

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import LAMBERT93
from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.files import open_vector, row_name, to_lambert93

NULL: Final = "null_geometry"
INVALID: Final = "invalid_geometry"
NAMES: Final = ("nom", "name", "nomgen", "libelle")
"""Columns that name a row better than the first one."""


def read_faults(pattern: str, credit: Credit, raw: RawFolder) -> gpd.GeoDataFrame:
    """Return one row for each absent or invalid geometry of the files that match, in Lambert-93.

    Columns: `file`, `row` (from 1), `name` (its first text), `fault` (null_geometry, invalid_geometry), `reason`; the
    geometry is the repaired one, missing where there is none.
    """
    rows = [row for name in raw.find(pattern) for row in faults_of(name, credit, raw)]
    columns = ["file", "row", "name", "fault", "reason", "geometry"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry="geometry", crs=LAMBERT93)


def faults_of(name: str, credit: Credit, raw: RawFolder) -> list[tuple[str, int, str, str, str, object]]:
    """Return the faulty rows of one file."""
    path = raw.file(name, credit)
    table = to_lambert93(open_vector(path), path).reset_index(drop=True)
    shapes = table.geometry
    named = sorted(table.columns, key=lambda column: str(column).casefold() not in NAMES)
    absent = shapes.isna() | shapes.is_empty
    bad = absent | ~shapes.is_valid
    found = []
    for row in table.index[bad]:
        fault = NULL if absent[row] else INVALID
        reason = "" if absent[row] else shapely.is_valid_reason(shapes[row]).partition("[")[0]
        mended = None if absent[row] else shapely.make_valid(shapes[row], method="structure", keep_collapsed=False)
        usable = mended if mended is not None and not mended.is_empty else None
        found.append((path.name, row + 1, row_name(table.loc[[row], named]), fault, reason, usable))
    return found
