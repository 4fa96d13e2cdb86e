"""Layers of the Chaîne des Parcs: spoil heaps, parks, greenways."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, PROTECTION, number, text
from geo.layers import Layer, Style, Text

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
    "spoil_heap": Text("emprise du ou des terrils", "outline of the spoil heap(s)"),
    "circle": Text("cercle de la surface annoncée", "circle of the stated area"),
    "point": Text("point, périmètre inconnu", "point, perimeter unknown"),
}

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
        "perimeter_source": text("Origine du périmètre", "Origin of the perimeter", PERIMETER_SOURCE),
        "area_m2": number("m²", "Surface du périmètre dessiné", "Area of the drawn perimeter"),
        "stated_area_m2": number("m²", "Surface annoncée", "Stated area"),
        "spoil_heaps": text("Terrils compris", "Spoil heaps within"),
        "manager": text("Gestionnaire", "Manager"),
        **PLACE,
        "location": text("Origine de la position", "Origin of the position", shown=False),
        **ORIGIN,
    },
    style=Style("#2e8b57"),
)
