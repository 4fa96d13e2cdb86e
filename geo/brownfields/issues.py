"""What is doubtful in the inventory, as rows that say what was found, what was expected, and what to do."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geo.brownfields.merging import Tie
from geo.crs import LAMBERT93
from geo.issues import Words, issue_id, told
from geo.names import slug
from geo.vector import placed

DECIMALS: Final = 2
"""Points are the same to the centimetre."""


class Issue(NamedTuple):
    """One thing to check: its kind, the sites' ids, the name of the first, where it lies."""

    kind: str
    sites: tuple[str, ...]
    name: str
    geometry: shapely.Geometry
    found: str = ""
    expected: str = ""


DECIDE: Final = (
    "décider : un seul site ou deux ; le dire dans un fichier CNIG ou sites/ sous le même site_id",
    "decide: one site or two; tell it in a CNIG file or in sites/ under the same site_id",
)
WORDS: Final = {
    "shared_coordinates": Words("Un même point pour {sites}.", "One point for {sites}.", *DECIDE),
    "shared_parcels": Words("Mêmes parcelles pour {sites}.", "Same parcels for {sites}.", *DECIDE),
    "overlap": Words("{sites} se recouvrent.", "{sites} overlap.", *DECIDE),
    "like_name": Words("{sites} : voisins et de même nom.", "{sites}: near, and of the same name.", *DECIDE),
    "ambiguous_merge": Words(
        "{sites} : plusieurs rapprochements également sûrs se contredisent ; aucun n'est fait.",
        "{sites}: matches that are equally sure contradict each other; none is made.",
        *DECIDE,
    ),
    "commune_conflict": Words(
        "{sites} : la commune déclarée n'est pas celle du terrain ; cette dernière est retenue.",
        "{sites}: the declared commune is not that of the ground; the latter is taken.",
        "vérifier le point et la commune, corriger la source",
        "check the point and the commune, correct the source",
    ),
    "outside_territory": Words(
        "{sites} : hors de toute commune du territoire.",
        "{sites}: outside every commune of the territory.",
        "vérifier le point",
        "check the point",
    ),
    "not_in_inventory": Words(
        "{sites} : connu par les faits publics, dans aucun inventaire au même endroit ; non repris.",
        "{sites}: known from public facts, in no inventory at the same place; not taken over.",
        "l'ajouter à un fichier CNIG avec sa vraie position, ou l'écarter",
        "add it to a CNIG file with its true place, or discard it",
    ),
}
TIE_KINDS: Final = {"parcels": "shared_parcels", "overlap": "overlap", "name": "like_name", "id": "ambiguous_merge"}


def findings(sites: gpd.GeoDataFrame, found: Iterable[Tie], ambiguous: Iterable[Issue]) -> list[Issue]:
    """Return everything doubtful about finished sites.

    Parameters
    ----------
    sites
        The inventory: `id`, `name`, `insee`, `insee_declared`, `commune_corrected` and a geometry.
    found
        Ties between its rows (positions), of whatever source.
    ambiguous
        Matches that were refused.
    """
    refused = list(ambiguous)
    known = {(issue.kind, issue.sites) for issue in refused} | {issue.sites for issue in refused}
    return [
        *refused,
        *(issue for issue in about_ties(sites, found) if issue.sites not in known),
        *about_coordinates(sites),
        *about_communes(sites),
    ]


def about_ties(sites: gpd.GeoDataFrame, found: Iterable[Tie]) -> Iterator[Issue]:
    """Yield the pairs of sites that look alike, each with its surest reason."""
    ids, names, shapes = sites["id"].to_numpy(), sites["name"].to_numpy(), sites.geometry.to_numpy()
    surest: dict[tuple[int, int], Tie] = {}
    for tie in found:
        surest.setdefault((tie.first, tie.second), tie)
    for (one, two), tie in surest.items():
        first, second = sorted((one, two), key=lambda row: str(ids[row]))
        yield Issue(
            TIE_KINDS[tie.how], (str(ids[first]), str(ids[second])), as_name(names[first]), shapes[first],
            f"{tie.strength:.0%}",
        )  # fmt: skip


def about_coordinates(sites: gpd.GeoDataFrame) -> Iterator[Issue]:
    """Yield each place that is the point of several sites."""
    points = sites[sites.geometry.geom_type == "Point"].sort_values("id")
    place = points.get_coordinates().round(DECIMALS)
    for _, rows in points.groupby([place["x"], place["y"]], sort=True):
        if len(rows) > 1:
            ids = tuple(rows["id"].astype(str))
            first = rows.iloc[0]
            yield Issue("shared_coordinates", ids, as_name(first["name"]), first.geometry, f"{len(ids)}", "1")


def about_communes(sites: gpd.GeoDataFrame) -> Iterator[Issue]:
    """Yield the sites whose declared commune does not hold them, and those that no commune holds."""
    columns = zip(
        sites["id"], sites["name"], sites.geometry, sites["insee"], sites["insee_declared"], sites["commune_corrected"],
        strict=True,
    )  # fmt: skip
    for key, name, shape, insee, declared, corrected in columns:
        if pd.isna(insee):
            yield Issue("outside_territory", (str(key),), as_name(name), shape)
        elif corrected:
            yield Issue("commune_conflict", (str(key),), as_name(name), shape, str(declared), str(insee))


def as_name(name: object) -> str:
    """Return a name as text, empty where it is missing."""
    return str(name) if isinstance(name, str) else ""


def table(issues: Iterable[Issue], communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the issues as a layer, in the order of their ids; the same issue has the same id in every build."""
    rows = {key_of(issue): issue for issue in issues}
    records = [row(key, rows[key]) for key in sorted(rows)]
    columns = list(row("", Issue("overlap", ("",), "", shapely.Point())))
    made = gpd.GeoDataFrame(pd.DataFrame(records, columns=columns), geometry="geometry", crs=LAMBERT93)
    return placed(made, communes)


def key_of(issue: Issue) -> str:
    """Return the id of an issue: of its kind and its sites."""
    return issue_id(issue.kind, slug(issue.sites[0]), (issue.kind, *issue.sites))


def row(key: str, issue: Issue) -> dict[str, object]:
    """Return one issue as a row."""
    return {
        "id": key,
        "name": issue.name or pd.NA,
        "kind": issue.kind,
        "sites": "|".join(issue.sites),
        "count": len(issue.sites),
        "found": issue.found or pd.NA,
        "expected": issue.expected or pd.NA,
        **told(WORDS[issue.kind], sites=", ".join(issue.sites)),
        "geometry": issue.geometry,
    }
