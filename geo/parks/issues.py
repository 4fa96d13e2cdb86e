"""What is doubtful about parks, as rows that say what was found, what was expected, and what to do."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import LAMBERT93
from geo.issues import Words, issue_id, told
from geo.names import slug
from geo.vector import communes_of


class Issue(NamedTuple):
    """One thing to check: its kind, the park's id (or ""), the other side's name, the park's name, where it lies."""

    kind: str
    park: str
    other: str
    name: str
    geometry: shapely.Geometry
    found: str
    expected: str


IMPORT_FR: Final = "déposer le périmètre dans perimeters/"
IMPORT_EN: Final = "put the perimeter into perimeters/"

WORDS: Final = {
    "no_outline": Words(
        "{name} : aucun contour importé, terril numéroté, espace ou site protégé ne lui correspond.",
        "{name}: no imported outline, numbered heap, space or protected site corresponds to it.",
        IMPORT_FR,
        IMPORT_EN,
    ),
    "duplicate_name": Words(
        "{name} et {other} portent le même nom.",
        "{name} and {other} have the same name.",
        "vérifier qu'il s'agit de deux objets ; sinon n'en garder qu'un",
        "check that they are two things; else keep one",
    ),
    "duplicate_geometry": Words(
        "Même géométrie pour {name} et pour {other}.",
        "Same geometry for {name} and for {other}.",
        "garder l'un des deux, ou corriger un contour",
        "keep one of them, or correct an outline",
    ),
    "overlap": Words(
        "{name} et {other} se recouvrent.",
        "{name} and {other} overlap.",
        "dire lequel comprend l'autre, ou corriger les contours",
        "tell which holds the other, or correct the outlines",
    ),
    "area_differs": Words(
        "{name} : la surface dessinée n'est pas celle annoncée.",
        "{name}: the drawn area is not the stated one.",
        "le contour n'est peut-être qu'une partie du parc : vérifier, puis " + IMPORT_FR,
        "the outline may be a part of the park only: check, then " + IMPORT_EN,
    ),
    "outside_declared_commune": Words(
        "{name} s'étend hors des communes déclarées.",
        "{name} reaches beyond the declared communes.",
        "vérifier le contour, ou compléter les communes dans parks.csv",
        "check the outline, or complete the communes in parks.csv",
    ),
    "commune_not_reached": Words(
        "{name} n'atteint pas {other}, pourtant déclarée.",
        "{name} does not reach {other}, although declared.",
        "le contour est peut-être incomplet : vérifier",
        "the outline may be incomplete: check",
    ),
    "heap_not_found": Words(
        "{name} : pas de contour du terril {other} près du site.",
        "{name}: no outline of heap {other} near the site.",
        "vérifier le numéro ; il diffère parfois d'une source à l'autre",
        "check the number; it sometimes differs from one source to another",
    ),
    "unmatched_outline": Words(
        "{name} : ce contour ne correspond à aucun site connu.",
        "{name}: this outline corresponds to no known site.",
        "l'ajouter à parks.csv s'il fait partie de la Chaîne des Parcs",
        "add it to parks.csv if it belongs to the Chaîne des Parcs",
    ),
    "doubtful_match": Words(
        "{name} : plusieurs rapprochements possibles avec {other} ; aucun n'est retenu.",
        "{name}: several possible matches with {other}; none is taken.",
        "décider, puis " + IMPORT_FR + " avec une colonne id_site",
        "decide, then " + IMPORT_EN + " with a column id_site",
    ),
    "weak_match": Words(
        "{name} : contour {other} retenu sans que les noms concordent.",
        "{name}: outline {other} taken although names do not agree.",
        "confirmer, ou " + IMPORT_FR,
        "confirm, or " + IMPORT_EN,
    ),
    "perimeter_conflict": Words(
        "{name} : le contour retenu et {other} se contredisent.",
        "{name}: the outline taken and {other} contradict each other.",
        "choisir, puis " + IMPORT_FR,
        "choose, then " + IMPORT_EN,
    ),
    "value_conflict": Words(
        "{name} : {other} diffère entre parks.csv et le fichier importé ; ce dernier est retenu.",
        "{name}: {other} differs between parks.csv and the imported file; the latter is taken.",
        "corriger l'une des deux sources",
        "correct one of the two sources",
    ),
    "null_geometry": Words(
        "{other} : {name} n'a pas de géométrie ; placé au centre du territoire.",
        "{other}: {name} has no geometry; placed at the territory's centre.",
        "demander la géométrie au producteur",
        "ask the provider for the geometry",
    ),
    "invalid_geometry": Words(
        "{other} : la géométrie de {name} est invalide.",
        "{other}: the geometry of {name} is invalid.",
        "la réparer à la source (elle l'est d'office ici)",
        "repair it in the source (here it is repaired on reading)",
    ),
}


def table(issues: Iterable[Issue], communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the issues as a layer, in the order of their ids; the same issue has the same id in every build."""
    rows = [(key_of(issue), issue) for issue in issues]
    records = [row(key, issue) for key, issue in sorted(dict(rows).items())]
    columns = list(row("", Issue("overlap", "", "", "", shapely.Point(), "", "")))
    made = gpd.GeoDataFrame(pd.DataFrame(records, columns=columns), geometry="geometry", crs=LAMBERT93)
    insee = communes_of(made.geometry, communes)
    names = communes.set_index("id")["name"].to_dict()
    return made.assign(
        insee=insee, commune=insee.map(lambda codes: ", ".join(names[code] for code in codes.split("|")), "ignore")
    )


def key_of(issue: Issue) -> str:
    """Return the id of an issue: of its kind and both sides."""
    about = (issue.kind, issue.park, issue.other, issue.name if not issue.park else "")
    return issue_id(issue.kind, slug(issue.park or issue.name), about)


def row(key: str, issue: Issue) -> dict[str, object]:
    """Return one issue as a row."""
    return {
        "id": key,
        "name": issue.name,
        "kind": issue.kind,
        "park_id": issue.park or pd.NA,
        "other": issue.other or pd.NA,
        "found": issue.found or pd.NA,
        "expected": issue.expected or pd.NA,
        **told(WORDS[issue.kind], name=issue.name or "sans nom", other=issue.other),
        "geometry": issue.geometry,
    }
