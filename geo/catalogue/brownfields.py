"""Layers of the brownfields."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, number, text
from geo.layers import Column, Layer, Quiet, Style, Text

BROWNFIELDS: Final = Layer(
    name="brownfields",
    title=Text("Friches", "Brownfields"),
    summary=Text("Friches recensées sur le territoire.", "Brownfields recorded in the territory."),
    geometry=(*AREA, "Point"),
    columns={
        "id": ID,
        "name": NAME,
        "kind": text("Type de site", "Kind of site"),
        "status": text("Statut (CNIG)", "Status (CNIG)"),
        "activity": text("Ancienne activité", "Former activity"),
        "area_m2": number("m²", "Surface déclarée", "Stated area"),
        "pollution": text("Pollution du sol", "Soil pollution"),
        "zoning": text("Zone d'urbanisme", "Zoning"),
        "updated": text("Mise à jour", "Updated"),
        **PLACE,
        "insee_declared": text("Commune déclarée", "Declared commune"),
        "commune_corrected": Column("boolean", "", Text("Commune corrigée", "Commune corrected")),
        **ORIGIN,
    },
    style=Style("#a03c78"),
    quiet=Quiet("certainty", ("unverified",), Text("sites historiques non vérifiés", "unverified historical sites")),
)
