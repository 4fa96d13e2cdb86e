"""Which rows of different sources are one site: the same id, common parcels, overlapping areas, or near and alike.

Rows of one source are never merged: what looks alike within a source is reported, not decided. The surest ties are
taken first; where equally sure ties would join two rows of one source, none of them is taken and all are reported. So
the result does not depend on the order of files or rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, groupby
from typing import Final, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pydantic import BaseModel, Field, PositiveFloat

from geo.names import likeness, words

How = Literal["id", "parcels", "overlap", "name"]
ORDER: Final = ("id", "parcels", "overlap", "name")
"""From the surest tie to the least sure."""
DIGITS: Final = 9
"""To which ties are compared, so that the last bits of a quotient decide nothing."""
SEPARATOR: Final = "|"


class Rules(BaseModel, frozen=True, extra="forbid"):
    """When two rows of different sources are one site. No official rule is known: these are the project's own.

    Attributes
    ----------
    parcel_share
        Least part of the shorter list of parcels that both rows have.
    overlap_share
        Least part of the smaller area that the other one covers.
    near_m
        Distance up to which names are compared.
    name_likeness
        Least likeness of two names (`geo.names.likeness`).
    """

    parcel_share: float = Field(default=0.5, gt=0, le=1)
    overlap_share: float = Field(default=0.5, gt=0, le=1)
    near_m: PositiveFloat = 30.0
    name_likeness: float = Field(default=0.75, gt=0, le=1)


class Tie(NamedTuple):
    """Two rows (positions, the lower first) that may be one site, why, and how strongly (0 to 1)."""

    first: int
    second: int
    how: How
    strength: float


class Merged(NamedTuple):
    """The number of each row's site, shape (rows,), and the ties that were not taken because they contradict."""

    site: NDArray[np.intp]
    refused: list[Tie]


class Sets:
    """Disjoint sets of rows (union-find with path halving); a set is named by its smallest row."""

    def __init__(self) -> None:
        """Start with every row alone."""
        self.parent: dict[int, int] = {}

    def find(self, row: int) -> int:
        """Return the name of a row's set."""
        while (above := self.parent.get(row, row)) != row:
            self.parent[row] = row = self.parent.get(above, above)
        return row

    def join(self, one: int, two: int) -> None:
        """Make one set of the sets of two rows."""
        low, high = sorted((self.find(one), self.find(two)))
        self.parent[high] = low


def ties(rows: gpd.GeoDataFrame, rules: Rules) -> list[Tie]:
    """Return every tie between two rows, of whatever source; several for one pair where several rules hold.

    Parameters
    ----------
    rows
        Columns `id`, `name`, `parcels` (joined by "|") and a geometry in Lambert-93.
    """
    table = rows.reset_index(drop=True)
    return [*same_id(table), *same_parcels(table, rules), *overlapping(table, rules), *near_and_alike(table, rules)]


def same_id(table: pd.DataFrame) -> Iterator[Tie]:
    """Yield the pairs of rows with one id."""
    for places in pd.Series(table.index).groupby(table["id"].astype(str)).agg(list):
        yield from (Tie(one, two, "id", 1.0) for one, two in pairs(places))


def same_parcels(table: pd.DataFrame, rules: Rules) -> Iterator[Tie]:
    """Yield the pairs that have enough parcels in common; the more of all parcels are common, the stronger."""
    lists = table["parcels"].astype("string").dropna().str.split(SEPARATOR).map(frozenset)
    exploded = lists.explode()
    holders = pd.Series(exploded.index).groupby(exploded.to_numpy()).agg(list)
    met = {pair for places in holders for pair in pairs(sorted(set(places)))}
    for one, two in sorted(met):
        common = len(lists[one] & lists[two])
        if common >= rules.parcel_share * min(len(lists[one]), len(lists[two])):
            yield Tie(one, two, "parcels", round(common / len(lists[one] | lists[two]), DIGITS))


def overlapping(table: gpd.GeoDataFrame, rules: Rules) -> Iterator[Tie]:
    """Yield the pairs of areas of which one covers enough of the other; strength is the common part of both."""
    places = np.flatnonzero(shapely.get_dimensions(table.geometry.to_numpy()) == 2)  # noqa: PLR2004 - areas
    shapes = table.geometry.to_numpy()[places]
    one, two = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, two = one[one < two], two[one < two]
    common = shapely.area(shapely.intersection(shapes[one], shapes[two]))
    sizes = shapely.area(shapes)
    smaller = np.minimum(sizes[one], sizes[two])
    strength = common / (sizes[one] + sizes[two] - common)
    for each in np.flatnonzero(common >= rules.overlap_share * smaller):
        yield Tie(int(places[one[each]]), int(places[two[each]]), "overlap", round(float(strength[each]), DIGITS))


def near_and_alike(table: gpd.GeoDataFrame, rules: Rules) -> Iterator[Tie]:
    """Yield the pairs within reach whose names are alike."""
    shapes = table.geometry.to_numpy()
    one, two = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=rules.near_m)
    told = [words(name) if pd.notna(name) else frozenset() for name in table["name"]]
    for first, second in zip(one[one < two].tolist(), two[one < two].tolist(), strict=True):
        alike = likeness(told[first], told[second])
        if alike >= rules.name_likeness:
            yield Tie(first, second, "name", round(alike, DIGITS))


def pairs(places: list[int]) -> Iterator[tuple[int, int]]:
    """Yield every two of some rows, the lower first."""
    return combinations(places, 2)


def merged(sources: Sequence[str], found: Iterable[Tie]) -> Merged:
    """Return which rows are one site, joining rows of different sources only, the surest ties first.

    Parameters
    ----------
    sources
        The source of each row.
    found
        Ties, in any order; those within one source are left aside.
    """
    across = sorted(
        (tie for tie in found if sources[tie.first] != sources[tie.second]),
        key=lambda tie: (ORDER.index(tie.how), -tie.strength),
    )
    sets, refused = Sets(), []
    held = {row: {source} for row, source in enumerate(sources)}
    for _, equal in groupby(across, key=lambda tie: (tie.how, tie.strength)):
        for group in grouped(list(equal), sets):
            roots = sorted({sets.find(row) for tie in group for row in (tie.first, tie.second)})
            together = set().union(*(held[root] for root in roots))
            if len(together) < sum(len(held[root]) for root in roots):
                refused += group
                continue
            for root in roots[1:]:
                sets.join(roots[0], root)
            held[roots[0]] = together
    left = [tie for tie in refused if sets.find(tie.first) != sets.find(tie.second)]
    return Merged(np.array([sets.find(row) for row in range(len(sources))], dtype=np.intp), sorted(left))


def grouped(equal: list[Tie], sets: Sets) -> list[list[Tie]]:
    """Return ties that are equally sure in groups that have no set in common; ties inside a set are done."""
    trial = Sets()
    open_ties = [tie for tie in equal if sets.find(tie.first) != sets.find(tie.second)]
    for tie in open_ties:
        trial.join(sets.find(tie.first), sets.find(tie.second))
    groups: dict[int, list[Tie]] = {}
    for tie in open_ties:
        groups.setdefault(trial.find(sets.find(tie.first)), []).append(tie)
    return list(groups.values())
