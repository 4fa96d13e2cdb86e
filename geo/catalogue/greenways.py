"""Layers of the greenway network: its edges, the entrances of parks, the links that it lacks."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, PROTECTION, count, number, text
from geo.layers import Column, Layer, Style, Text

SURFACE: Final = {
    "asphalt": Text("enrobé", "asphalt"),
    "concrete": Text("béton", "concrete"),
    "paved": Text("pavé", "paved"),
    "sett": Text("pavés", "sett"),
    "compacted": Text("stabilisé", "compacted"),
    "fine_gravel": Text("gravier fin", "fine gravel"),
    "gravel": Text("gravier", "gravel"),
    "unpaved": Text("non revêtu", "unpaved"),
    "ground": Text("terre", "ground"),
    "dirt": Text("terre", "dirt"),
    "grass": Text("herbe", "grass"),
    "wood": Text("bois", "wood"),
}
"""OpenStreetMap's words for the surface of a way; others are shown as they are."""

WAY_KIND: Final = {
    "cavalier": Text("cavalier", "old mine railway"),
    "disused_railway": Text("voie ferrée désaffectée", "disused railway"),
    "greenway": Text("voie verte", "greenway"),
    "cycleway": Text("piste cyclable", "cycleway"),
    "footway": Text("chemin piéton", "footway"),
    "path": Text("chemin", "path"),
    "track": Text("chemin agricole ou forestier", "track"),
    "pedestrian": Text("rue piétonne", "pedestrian street"),
    "bridleway": Text("allée cavalière", "bridleway"),
    "steps": Text("escalier", "steps"),
}

WAY_STATE: Final = {
    "existing": Text("existant", "existing"),
    "disused": Text("désaffecté", "disused"),
    "project": Text("projet", "project"),
    "unknown": Text("inconnu", "unknown"),
}
"""Whether one can go there today, as far as the source tells."""


def hidden(dtype_of: Column) -> Column:
    """Return a column that is kept for programs and not shown."""
    return Column(dtype_of.dtype, dtype_of.unit, dtype_of.label, dtype_of.values, shown=False)


GREENWAYS: Final = Layer(
    name="greenways",
    title=Text("Cavaliers et voies vertes", "Old mine railways and greenways"),
    summary=Text(
        "Anciennes voies ferrées minières et chemins, coupés à leurs croisements.",
        "Old mine railways and paths, cut where they meet.",
    ),
    geometry=("LineString", *AREA),
    columns={
        "id": ID,
        "name": NAME,
        "way": text("Voie d'origine", "Source way", shown=False),
        "kind": text("Nature", "Kind", WAY_KIND),
        "surface": text("Revêtement", "Surface", SURFACE),
        "state": text("État", "State", WAY_STATE),
        "protection": text("Patrimoine mondial", "World Heritage", PROTECTION),
        "length_m": number("m", "Longueur", "Length"),
        "component": count("n°", "Morceau du réseau (1 = le plus long)", "Part of the network (1 = the longest)"),
        "level": hidden(count("niveau", "Niveau (0 = sol)", "Level (0 = ground)")),
        "bridge": Column("boolean", "", Text("Pont", "Bridge"), shown=False),
        "from_node": hidden(count("n°", "Nœud de départ", "First node")),
        "to_node": hidden(count("n°", "Nœud d'arrivée", "Last node")),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#d9822b"),
)

ENTRANCE_KIND: Final = {
    "crossing": Text("voie qui franchit le périmètre", "way that crosses the perimeter"),
    "end": Text("voie qui s'arrête au périmètre ou le longe", "way that ends at the perimeter or runs along it"),
    "assumed": Text("supposée : aucune voie connue n'y mène", "assumed: no known way leads there"),
}

PARK_ENTRANCES: Final = Layer(
    name="park_entrances",
    title=Text("Entrées des parcs", "Park entrances"),
    summary=Text(
        "Points où les voies connues rencontrent le périmètre des parcs.",
        "Where known ways meet the perimeters of parks.",
    ),
    geometry=("Point",),
    columns={
        "id": ID,
        "name": NAME,
        "park_id": text("Identifiant du parc", "Park identifier"),
        "kind": text("Nature", "Kind", ENTRANCE_KIND),
        "node": hidden(count("n°", "Nœud du réseau le plus proche", "Nearest node of the network")),
        "network_m": number("m", "Distance à la voie la plus proche", "Distance to the nearest way"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#1f6f54", on=False, min_zoom=12),
)

LINK_KIND: Final = {
    "gap": Text("lacune", "gap"),
    "road": Text("route à franchir", "road to cross"),
    "canal": Text("canal à franchir", "canal to cross"),
    "unknown": Text("obstacle inconnu", "unknown obstacle"),
}

GREENWAY_LINKS: Final = Layer(
    name="greenway_links",
    title=Text("Liaisons manquantes", "Missing links"),
    summary=Text(
        "Plus courts traits entre deux morceaux du réseau : des liaisons à étudier, sans tracé ni faisabilité.",
        "Shortest lines between two parts of the network: links to look into, without course or feasibility.",
    ),
    geometry=("LineString",),
    columns={
        "id": ID,
        "name": NAME,
        "kind": text("Nature de la coupure", "Kind of break", LINK_KIND),
        "from_component": count("n°", "Morceau du réseau", "Part of the network"),
        "to_component": count("n°", "Autre morceau", "Other part"),
        "length_m": number("m", "Longueur à vol d'oiseau", "Straight length"),
        "dpc_percent": number("%", "Gain de connectivité des parcs (dPC)", "Gain in connectivity of parks (dPC)"),
        "rank": count("rang", "Rang par gain", "Rank by gain"),
        "in_tree": Column(
            "boolean",
            "",
            Text(
                "Fait partie des liaisons les plus courtes entre grands parcs",
                "Among the shortest links that join the large parks",
            ),
        ),
        "cost_eur": number(
            "€", "Coût (longueur fois prix au mètre choisi)", "Cost (length times chosen price per metre)"
        ),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#b3261e", on=False),
    may_be_empty=True,
)
