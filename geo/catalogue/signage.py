"""Layers of the signage."""

from typing import Final

from geo.catalogue.words import NAME, ORIGIN, PLACE, text
from geo.layers import Layer, Style, Text

SIGN_STATUS: Final = {
    "requested": Text("demandé", "requested"),
    "validated": Text("validé", "validated"),
    "designed": Text("conçu", "designed"),
    "manufactured": Text("fabriqué", "manufactured"),
    "installed": Text("posé", "installed"),
    "to_repair": Text("à réparer", "to repair"),
    "repaired": Text("réparé", "repaired"),
    "removed": Text("retiré", "removed"),
    "cancelled": Text("abandonné", "cancelled"),
    "unknown": Text("inconnu", "unknown"),
}

SIGNS: Final = Layer(
    name="signs",
    title=Text("Signalétique", "Signage"),
    summary=Text("Panneaux et mobilier d'orientation.", "Signs and wayfinding furniture."),
    geometry=("Point",),
    columns={
        "id": text("Code", "Code"),
        "name": NAME,
        "type": text("Type", "Type"),
        "status": text("État", "Status", SIGN_STATUS),
        "park": text("Parc", "Park"),
        "dated": text("Date", "Date"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#1f5fbf"),
)
