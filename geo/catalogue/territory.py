"""Layers of the territory: communes and EPCI."""

from typing import Final

from geo.catalogue.words import AREA, NAME, ORIGIN, count, number, text
from geo.layers import Layer, Style, Text

COMMUNES: Final = Layer(
    name="communes",
    title=Text("Communes", "Communes"),
    summary=Text("Communes du territoire.", "Communes of the territory."),
    geometry=AREA,
    columns={
        "id": text("Code INSEE", "INSEE code"),
        "name": NAME,
        "epci": text("Intercommunalité", "Intercommunality (EPCI)"),
        "epci_siren": text("SIREN de l'EPCI", "SIREN of the EPCI", shown=False),
        "insee": text("Code INSEE", "INSEE code", shown=False),
        "population": count("hab.", "Population municipale", "Municipal population"),
        "area_km2": number("km²", "Superficie du contour", "Area of the outline"),
        **ORIGIN,
    },
    style=Style("#8a8f98", fill=False),
)

EPCI: Final = Layer(
    name="epci",
    title=Text("Intercommunalités (EPCI)", "Intercommunalities (EPCI)"),
    summary=Text("Les agglomérations membres du pôle.", "The pole's member agglomerations."),
    geometry=AREA,
    columns={
        "id": text("SIREN", "SIREN"),
        "name": NAME,
        "short": text("Sigle", "Short name"),
        "insee": text("Codes commune", "Commune codes", shown=False),
        "communes": count("communes", "Nombre de communes", "Number of communes"),
        "population": count("hab.", "Population municipale", "Municipal population"),
        "area_km2": number("km²", "Superficie des contours", "Area of the outlines"),
        **ORIGIN,
    },
    style=Style("#3b4252", fill=False),
)
