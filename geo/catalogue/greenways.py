"""Layers of the greenway network."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, PROTECTION, number, text
from geo.layers import Layer, Style, Text

SURFACE: Final = {
    "asphalt": Text("enrobé", "asphalt"),
    "paved": Text("pavé", "paved"),
    "compacted": Text("stabilisé", "compacted"),
    "fine_gravel": Text("gravier fin", "fine gravel"),
    "gravel": Text("gravier", "gravel"),
    "ground": Text("terre", "ground"),
    "grass": Text("herbe", "grass"),
}
"""OpenStreetMap's words for the surface of a way."""

GREENWAYS: Final = Layer(
    name="greenways",
    title=Text("Cavaliers et voies vertes", "Old mine railways and greenways"),
    summary=Text("Anciennes voies ferrées minières et chemins.", "Old mine railways and paths."),
    geometry=("LineString", "MultiLineString", *AREA),
    columns={
        "id": ID,
        "name": NAME,
        "kind": text(
            "Nature", "Kind", {"cavalier": Text("cavalier", "old mine railway"), "path": Text("chemin", "path")}
        ),
        "surface": text("Revêtement", "Surface", SURFACE),
        "protection": text("Patrimoine mondial", "World Heritage", PROTECTION),
        "length_m": number("m", "Longueur", "Length"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#d9822b"),
)
