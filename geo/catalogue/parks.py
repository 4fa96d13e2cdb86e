"""Layers of the Chaîne des Parcs: spoil heaps, parks, large parks, events, and what is doubtful about parks."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, PROTECTION, count, number, text
from geo.layers import Column, Layer, Quiet, Style, Text

SPOIL_HEAPS: Final = Layer(
    name="spoil_heaps",
    title=Text("Terrils", "Spoil heaps"),
    summary=Text("Terrils du bassin minier.", "Spoil heaps of the mining basin."),
    geometry=(*AREA, "Point"),
    columns={
        "id": ID,
        "number": text("Numéro", "Number"),
        "name": NAME,
        "shape": text("Forme", "Shape"),
        "protection": text("Patrimoine mondial", "World Heritage", PROTECTION),
        "height_m": number("m", "Hauteur", "Height"),
        "area_m2": number("m²", "Surface de l'emprise", "Area of the footprint"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#7c4a2d"),
)

PERIMETER_SOURCE: Final = {
    "surveyed": Text("périmètre relevé", "surveyed perimeter"),
    "imported": Text("périmètre fourni par une collectivité", "perimeter brought by a local authority"),
    "spoil_heap": Text("emprise du ou des terrils", "outline of the spoil heap(s)"),
    "neo_natural": Text("espace néonaturel (Mission Bassin Minier)", "neo-natural space (Mission Bassin Minier)"),
    "classified_site": Text("polygone de site classé ou inscrit", "polygon of a classified or listed site"),
    "circle": Text("cercle de la surface annoncée", "circle of the stated area"),
    "point": Text("point, périmètre inconnu", "point, perimeter unknown"),
}
PERIMETER_MATCH: Final = {
    "id": Text("identifiant du site", "id of the site"),
    "number": Text("numéro de terril dans le nom du site", "number of a heap in the site's name"),
    "name": Text("nom semblable et proximité", "like name and nearness"),
    "context": Text("commune, nature et proximité ; noms différents", "commune, kind and nearness; names differ"),
    "place": Text("proximité seule", "nearness alone"),
    "none": Text("aucun contour trouvé", "no outline found"),
}
STATE: Final = {
    "project": Text("projet", "project"),
    "works": Text("travaux", "works"),
    "open": Text("ouvert", "open"),
    "unknown": Text("inconnu", "unknown"),
}
TIME: Final = {"events": text("Événements et études", "Events and studies")}


def part(fr: str, en: str) -> Column:
    """Return a column of parts of an area, from 0 to 1."""
    return number("/1", fr, en)


PARKS: Final = Layer(
    name="parks",
    title=Text("Parcs et sites", "Parks and sites"),
    summary=Text("Sites de la Chaîne des Parcs.", "Sites of the Chaîne des Parcs."),
    geometry=(*AREA, "Point"),
    columns={
        "id": ID,
        "name": NAME,
        "kind": text("Nature", "Kind"),
        "large_park": text("Grand parc", "Large park"),
        "large_park_id": text("Identifiant du grand parc", "Id of the large park", shown=False),
        "state": text("État", "State", STATE),
        "opening_year": text("Année d'ouverture", "Opening year"),
        "owner": text("Propriétaire", "Owner"),
        "manager": text("Gestionnaire", "Manager"),
        "perimeter_source": text("Origine du périmètre", "Origin of the perimeter", PERIMETER_SOURCE),
        "perimeter_match": text("Périmètre rapproché par", "Perimeter matched by", PERIMETER_MATCH),
        "perimeter_from": text("Contour repris", "Outline taken"),
        "area_m2": number("m²", "Surface du périmètre dessiné", "Area of the drawn perimeter"),
        "stated_area_m2": number("m²", "Surface annoncée", "Stated area"),
        "area_difference": number("%", "Écart du dessin à l'annonce", "Drawn against stated area"),
        "spoil_heaps": text("Terrils compris", "Spoil heaps within"),
        "protections": text("Protections", "Protections (in French)"),
        "inscribed_share": part("Part dans le bien inscrit (UNESCO)", "Part in the inscribed property (UNESCO)"),
        "buffer_share": part("Part dans la zone tampon (UNESCO)", "Part in the buffer zone (UNESCO)"),
        "classified_share": part("Part en site classé", "Part in a classified site"),
        **TIME,
        **PLACE,
        "commune_shares": text("Part de chaque commune", "Part of each commune"),
        "epci": text("Intercommunalité(s)", "Intercommunality(ies) (EPCI)"),
        "epci_shares": text("Part de chaque intercommunalité", "Part of each intercommunality"),
        "location": text("Origine de la position", "Origin of the position", shown=False),
        **ORIGIN,
    },
    style=Style("#2e8b57"),
)

LEVEL: Final = {"park": Text("grand parc", "large park"), "network": Text("toute la chaîne", "the whole chain")}

LARGE_PARKS: Final = Layer(
    name="large_parks",
    title=Text("Grands parcs", "Large parks"),
    summary=Text(
        "Sites réunis par grand parc. Schéma de 2019 : 11 grands parcs, dont 9 connus par leur nom. Les surfaces sont "
        "celles des seuls périmètres connus.",
        "Sites joined by large park. Scheme of 2019: 11 large parks, 9 of them known by name. Areas are those of the "
        "known perimeters alone.",
    ),
    geometry=(*AREA, "Point", "MultiPoint"),
    columns={
        "id": ID,
        "name": NAME,
        "level": text("Niveau", "Level", LEVEL),
        "sites": count("sites", "Sites connus", "Known sites"),
        "sites_outlined": count("sites", "dont avec un contour", "of which with an outline"),
        "area_m2": number("m²", "Surface des périmètres dessinés", "Area of the drawn perimeters"),
        "outlined_area_m2": number("m²", "dont contours (sans les cercles)", "of which outlines (without circles)"),
        "named_parks": count("grands parcs", "Grands parcs connus par leur nom", "Large parks known by name"),
        "parks_2019": count("grands parcs", "Grands parcs annoncés en 2019", "Large parks stated in 2019"),
        "area_2019_m2": number("m²", "Surface annoncée en 2019", "Area stated in 2019"),
        "route_2019_km": number("km", "Itinéraires annoncés en 2019", "Routes stated in 2019"),
        "parks_2015": count("grands parcs", "Grands parcs annoncés en 2015", "Large parks stated in 2015"),
        "area_2015_m2": number("m²", "Surface annoncée en 2015", "Area stated in 2015"),
        "route_2015_km": number("km", "Itinéraires annoncés en 2015", "Routes stated in 2015"),
        "scheme": text("Où ce nom est cité", "Where the name is found"),
        **TIME,
        **PLACE,
        **ORIGIN,
    },
    style=Style("#14532d", on=False),
    quiet=Quiet("level", ("network",), Text("Toute la chaîne", "The whole chain")),
)

EVENT_KIND: Final = {
    "festival": Text("fête", "festival"),
    "case_study": Text("étude de cas", "case study"),
    "volunteers": Text("service civique", "civic service"),
    "works": Text("travaux", "works"),
    "opening": Text("ouverture", "opening"),
    "publication": Text("publication", "publication"),
    "decision": Text("décision", "decision"),
}
SCOPE: Final = {
    "park": Text("un ou plusieurs sites", "one or more sites"),
    "large_park": Text("un ou plusieurs grands parcs", "one or more large parks"),
    "network": Text("toute la chaîne, placé au centre du territoire", "whole chain, placed at the territory's centre"),
}

EVENTS: Final = Layer(
    name="events",
    title=Text("Événements et études", "Events and studies"),
    summary=Text(
        "Fêtes, études de cas, travaux et publications, datés et sourcés.",
        "Festivals, case studies, works and publications, each with its date and source.",
    ),
    geometry=("Point",),
    columns={
        "id": ID,
        "name": text("Titre", "Title"),
        "kind": text("Nature", "Kind", EVENT_KIND),
        "starts": text("Début", "Start"),
        "ends": text("Fin", "End"),
        "scope": text("Portée", "Scope", SCOPE),
        "parks": text("Sites", "Sites", shown=False),
        "large_parks": text("Grands parcs", "Large parks", shown=False),
        "where": text("Lieu(x)", "Place(s)"),
        "figures": text("Chiffres", "Figures"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#a21caf", on=False),
)

ISSUE: Final = {
    "no_outline": Text("site sans contour", "site without an outline"),
    "duplicate_name": Text("doublon par le nom", "duplicate by name"),
    "duplicate_geometry": Text("doublon par la géométrie", "duplicate by geometry"),
    "overlap": Text("deux parcs se recouvrent", "two parks overlap"),
    "area_differs": Text("surface autre que celle annoncée", "area other than stated"),
    "outside_declared_commune": Text("hors des communes déclarées", "outside the declared communes"),
    "commune_not_reached": Text("commune déclarée non atteinte", "declared commune not reached"),
    "heap_not_found": Text("terril nommé mais introuvable", "heap named but not found"),
    "unmatched_outline": Text("contour sans site", "outline without a site"),
    "doubtful_match": Text("rapprochement incertain, non retenu", "doubtful match, not taken"),
    "weak_match": Text("rapprochement à confirmer", "match to confirm"),
    "perimeter_conflict": Text("deux contours se contredisent", "two outlines contradict each other"),
    "value_conflict": Text("deux sources se contredisent", "two sources contradict each other"),
    "null_geometry": Text("ligne sans géométrie", "row without geometry"),
    "invalid_geometry": Text("géométrie invalide", "invalid geometry"),
}

PARKS_ISSUES: Final = Layer(
    name="parks_issues",
    title=Text("Parcs : points à vérifier", "Parks: points to check"),
    summary=Text(
        "Ce que les sources ne disent pas, ou disent différemment.",
        "What the sources do not tell, or tell differently.",
    ),
    geometry=(*AREA, "Point", "MultiPoint"),
    columns={
        "id": ID,
        "name": text("Parc ou contour", "Park or outline"),
        "kind": text("Nature", "Kind", ISSUE),
        "park_id": text("Identifiant du parc", "Id of the park"),
        "other": text("Autre élément", "Other element"),
        "message": text("Constat", "Finding (in French)"),
        "message_en": text("Constat (en anglais)", "Finding"),
        "found": text("Trouvé", "Found"),
        "expected": text("Attendu", "Expected"),
        "action": text("Que faire", "What to do (in French)"),
        "action_en": text("Que faire (en anglais)", "What to do"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#b91c1c", on=False),
    may_be_empty=True,
)
