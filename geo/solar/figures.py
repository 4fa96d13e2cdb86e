"""The cadastre summed over communes and classes: read once, without geometry, and small ever after."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo import products
from geo.catalogue import SUITABILITY
from geo.provenance import Provenance, provenance_path
from geo.sources import bdtopo

SIZES_KWP: Final = (0.0, 3.0, 9.0, 36.0, 100.0)
SIZE_NAMES: Final = ("none", "0-3", "3-9", "9-36", "36-100", "100+")
"""kWc: the size classes of the French tariffs, upper limits included; `none` holds no panel."""

LIKELY, OTHER, UNKNOWN = "likely", "other", "unknown"
PUBLIC_NAMES: Final = (LIKELY, OTHER, UNKNOWN)
PUBLIC_KINDS: Final = bdtopo.LIKELY_PUBLIC | {"school"}
"""Kinds that public bodies mostly hold: BD TOPO's, and the synthetic quarter's school."""
PRIVATE_KINDS: Final = bdtopo.NOT_PUBLIC | {"house"}

TOP: Final = 10
SUMMED: Final = {
    "usable_area_m2": ("usable_area_m2", 1.0),
    "panels": ("panels", 1.0),
    "kwp": ("power_mwp", 1e-3),
    "yield_p50_kwh": ("yield_p50_gwh", 1e-6),
    "yield_p90_kwh": ("yield_p90_gwh", 1e-6),
}
"""Columns that are summed, the names of their sums, and the factor between the units."""

ROOF_MEASURES: Final = {"roof_area_m2": ("roof_area_m2", 1.0)} | SUMMED
PLANE_MEASURES: Final = {"area_m2": ("area_m2", 1.0)} | SUMMED
TOP_COLUMNS: Final = ("id", "name", "commune", "roof_area_m2", "kwp", "yield_p50_kwh")
ROOF_COLUMNS: Final = (
    *dict.fromkeys((*TOP_COLUMNS, *ROOF_MEASURES, "insee", "kind", "suitability", "weather", "synthetic")),
)
PLANE_COLUMNS: Final = (*PLANE_MEASURES, "insee", "suitability")
READ: Final = ("buildings", "roof_segments", "communes")

READING: Final = Lock()
"""Held while the tables are read, so that many first questions at once read them once."""

Floats = NDArray[np.float64]
Ranks = NDArray[np.intp]


class Cube(NamedTuple):
    """Sums by commune, class and measure: `values` has shape (communes + 1, classes, measures).

    The last row is of the roofs that no commune of the territory holds.
    """

    classes: tuple[str, ...]
    measures: tuple[str, ...]
    values: Floats


class Figures(NamedTuple):
    """What the cadastre sums to, and where it comes from.

    Attributes
    ----------
    communes
        id, name, epci (short name) and epci_siren of every commune, in the order of the cubes' rows.
    suitability
        Planes by their own class; `roofs` by the class of their best plane.
    size, public
        Roofs by possible power, and by whether they are likely public.
    top
        The largest yields of each commune, in falling order; `row` is that of the cubes.
    synthetic
        Synthetic roofs of each row.
    """

    communes: pd.DataFrame
    suitability: Cube
    size: Cube
    public: Cube
    top: pd.DataFrame
    synthetic: Floats
    weather: tuple[str, ...]
    provenance: Provenance


def figures(processed: Path) -> Figures:
    """Return the sums of the cadastre as it stands now, kept in memory until it is built again.

    Raises
    ------
    MissingDataError
        If the cadastre or the communes have not been built.
    ProductError
        If a product is damaged.
    """
    with READING:
        return read_figures(processed, mark(processed))


def mark(processed: Path) -> tuple[int, ...]:
    """Return a mark that changes when one of the products is built again."""
    tables = [products.table_path(name, processed) for name in READ]
    files = [*tables, provenance_path(tables[0])]
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in files)


@lru_cache(maxsize=4)
def read_figures(processed: Path, _: tuple[int, ...]) -> Figures:
    """Read the tables and sum them."""
    communes = products.read_columns("communes", processed, ["id", "name", "epci", "epci_siren"])
    planes = products.read_columns("roof_segments", processed, PLANE_COLUMNS)
    roofs = products.read_columns("buildings", processed, ROOF_COLUMNS)
    provenance = products.read_provenance(products.table_path("buildings", processed))
    return sum_up(roofs, planes, communes, provenance)


def sum_up(roofs: pd.DataFrame, planes: pd.DataFrame, communes: pd.DataFrame, provenance: Provenance) -> Figures:
    """Return the sums of some roofs and their planes over some communes. Pure.

    Parameters
    ----------
    roofs, planes
        `ROOF_COLUMNS` of buildings, `PLANE_COLUMNS` of roof segments; a missing measure counts as zero.
    communes
        id, name, epci and epci_siren.
    """
    row_of = {str(code): row for row, code in enumerate(communes["id"])}
    row = rows_of(roofs["insee"], row_of)
    count = len(row_of) + 1
    size, public = size_ranks(roofs["kwp"]), ranks(roofs["kind"], public_rank, missing=PUBLIC_NAMES.index(UNKNOWN))
    synthetic = roofs["synthetic"].to_numpy(dtype=bool, na_value=False)
    return Figures(
        communes=communes.reset_index(drop=True),
        suitability=suitability_cube(roofs, planes, row, row_of),
        size=cube(roofs, ROOF_MEASURES, SIZE_NAMES, (row, size), count),
        public=cube(roofs, ROOF_MEASURES, PUBLIC_NAMES, (row, public), count),
        top=largest(roofs, row),
        synthetic=np.bincount(row[synthetic], minlength=count).astype(np.float64),
        weather=tuple(str(name) for name in roofs["weather"].dropna().unique()),
        provenance=provenance,
    )


def suitability_cube(roofs: pd.DataFrame, planes: pd.DataFrame, row: Ranks, row_of: dict[str, int]) -> Cube:
    """Return the planes by their own class, and the roofs by the class of their best plane."""
    classes, count = tuple(SUITABILITY), len(row_of) + 1
    unknown = classes.index("unknown")

    def rank(name: str) -> int:
        return classes.index(name) if name in classes else unknown

    of_roof = ranks(roofs["suitability"], rank, missing=unknown)
    of_plane = ranks(planes["suitability"], rank, missing=unknown)
    counted = cube(roofs, {}, classes, (row, of_roof), count)
    summed = cube(planes, PLANE_MEASURES, classes, (rows_of(planes["insee"], row_of), of_plane), count)
    values = np.concatenate([counted.values, summed.values], axis=2)
    return Cube(classes, ("roofs", "segments", *summed.measures[1:]), values)


def cube(
    table: pd.DataFrame,
    measures: dict[str, tuple[str, float]],
    classes: Sequence[str],
    place: tuple[Ranks, Ranks],
    count: int,
) -> Cube:
    """Return the number of rows and the sums of some columns by place: row and class of each row of the table."""
    shape = (count, len(classes))
    flat = np.ravel_multi_index(place, shape)
    weighted: list[Floats] = [np.ones(flat.size)]
    for column, (_, factor) in measures.items():
        weighted.append(np.nan_to_num(table[column].to_numpy(dtype=np.float64, na_value=np.nan)) * factor)
    layers = [np.bincount(flat, weights, count * len(classes)).astype(np.float64) for weights in weighted]
    names = ("roofs", *(name for name, _ in measures.values()))
    return Cube(tuple(classes), names, np.stack(layers, axis=1).reshape(*shape, -1))


def rows_of(codes: pd.Series, row_of: dict[str, int]) -> Ranks:
    """Return the row of each roof's main commune, the last one where the territory has none."""
    outside = len(row_of)
    return ranks(codes, lambda text: row_of.get(main_commune(text), outside), missing=outside)


def main_commune(codes: str) -> str:
    """Return the commune that holds most of a roof, so that no roof counts twice.

    >>> main_commune("62498|62427")
    '62498'
    """
    return codes.partition("|")[0]


def public_rank(kind: str) -> int:
    """Return the place in `PUBLIC_NAMES` of a kind of building."""
    name = LIKELY if kind in PUBLIC_KINDS else OTHER if kind in PRIVATE_KINDS else UNKNOWN
    return PUBLIC_NAMES.index(name)


def size_ranks(kwp: pd.Series) -> Ranks:
    """Return the place in `SIZE_NAMES` of each possible power; to the watt, since sums of panels are not exact."""
    rounded = np.nan_to_num(kwp.to_numpy(dtype=np.float64, na_value=np.nan)).round(3)
    found: Ranks = np.searchsorted(SIZES_KWP, rounded, side="left")
    return found


def ranks(values: pd.Series, rank: Callable[[str], int], *, missing: int) -> Ranks:
    """Return the rank of each value, asked once for each different one."""
    codes, names = pd.factorize(values)
    found: Ranks = np.array([*(rank(str(name)) for name in names), missing], dtype=np.intp)[codes]
    return found


def largest(roofs: pd.DataFrame, row: Ranks) -> pd.DataFrame:
    """Return the roofs of each commune that could yield most, those that yield nothing left out."""
    told = roofs[list(TOP_COLUMNS)].assign(row=row)
    sorted_roofs = told[told["yield_p50_kwh"] > 0].sort_values("yield_p50_kwh", ascending=False, kind="stable")
    return sorted_roofs.groupby("row", sort=False).head(TOP).reset_index(drop=True)
