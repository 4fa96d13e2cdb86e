"""Layers of access to parks: who lives near, by commune and by park."""

from collections.abc import Mapping
from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, count, number, text
from geo.layers import Column, Layer, Ramp, Style, Text

POPULATION_ORIGIN: Final = {
    "squares": Text("carreaux INSEE de 200 m", "INSEE squares of 200 m"),
    "communes": Text("population communale répartie par surface (estimation)", "communes' people spread by area"),
}

SERVED: Final[Mapping[str, Column]] = {
    "people_300m": number("hab.", "Habitants à moins de 300 m d'une entrée (vol d'oiseau)", "People within 300 m"),
    "people_10min_straight": number(
        "hab.", "Habitants à 10 min à pied d'une entrée (vol d'oiseau)", "People within 10 min, straight line"
    ),
    "people_10min_network": number(
        "hab.", "Habitants à 10 min à pied d'une entrée (par les voies connues)", "People within 10 min, by known ways"
    ),
    "population_origin": text("Origine de la population", "Origin of the population", POPULATION_ORIGIN),
}

COMMUNE_ACCESS: Final = Layer(
    name="commune_access",
    title=Text("Accès aux parcs par commune", "Access to parks by commune"),
    summary=Text(
        "Habitants proches d'une entrée de parc, surface de parc et voies vertes par commune.",
        "People near an entrance, park area and greenways by commune.",
    ),
    geometry=AREA,
    columns={
        "id": text("Code INSEE", "INSEE code"),
        "name": NAME,
        "epci": text("Intercommunalité", "Intercommunality (EPCI)"),
        "epci_siren": text("SIREN de l'EPCI", "SIREN of the EPCI", shown=False),
        "population": number("hab.", "Population", "Population"),
        **SERVED,
        "share_300m": number("%", "Part de la population à moins de 300 m", "Share of people within 300 m"),
        "share_10min_straight": number("%", "Part à 10 min à pied (vol d'oiseau)", "Share within 10 min, straight"),
        "share_10min_network": number("%", "Part à 10 min à pied (voies connues)", "Share within 10 min, by ways"),
        "living_standard_300m_eur": number(
            "€/an", "Niveau de vie moyen à moins de 300 m", "Mean standard of living within 300 m"
        ),
        "living_standard_beyond_eur": number("€/an", "Niveau de vie moyen au-delà", "Mean standard of living beyond"),
        "poor_households_300m": number("ménages", "Ménages pauvres à moins de 300 m", "Poor households within 300 m"),
        "poor_households": number("ménages", "Ménages pauvres", "Poor households"),
        "park_m2": number("m²", "Surface de parc (ouvert ou d'état inconnu)", "Park area (open, or state unknown)"),
        "park_estimated_m2": number("m²", "dont périmètres estimés", "of which estimated perimeters"),
        "park_m2_per_head": number("m²/hab.", "Surface de parc par habitant", "Park area per head"),
        "greenway_m": number("m", "Longueur de voies vertes et cavaliers", "Length of greenways"),
        "entrances": count("entrées", "Entrées de parc", "Park entrances"),
        "insee": text("Code commune", "Commune code", shown=False),
        **ORIGIN,
    },
    style=Style(
        "#2e8b57",
        ramp=Ramp(
            "share_10min_straight",
            ((0.0, "#f7fcf5"), (10.0, "#c7e9c0"), (25.0, "#74c476"), (50.0, "#238b45"), (75.0, "#00441b")),
        ),
        on=False,
    ),
)

PARK_ACCESS: Final = Layer(
    name="park_access",
    title=Text("Ce que chaque parc dessert", "Whom each park serves"),
    summary=Text("Habitants proches de chaque parc, place dans le réseau.", "People near each park, its connectivity."),
    geometry=(*AREA, "Point"),
    columns={
        "id": ID,
        "name": NAME,
        "state": text("État", "State", shown=False),
        **SERVED,
        "m2_per_head_10min": number("m²/hab.", "Surface par habitant à 10 min", "Area per head within 10 min"),
        "entrances": count("entrées", "Entrées", "Entrances"),
        "greenway_near_m": number("m", "Voies vertes à moins de 300 m", "Greenways within 300 m"),
        "dpc": number("%", "Part du parc dans la connectivité (dPC)", "The park's part in connectivity (dPC)"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#238b45", on=False),
)
