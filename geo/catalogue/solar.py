"""Layers of the solar cadastre: roofs, planes, panels, irradiation."""

from typing import Final

from geo.catalogue.words import AREA, ID, NAME, ORIGIN, PLACE, count, number, text
from geo.layers import Column, Layer, Ramp, RasterLayer, Style, Text

IRRADIATION_STOPS: Final = (
    (300.0, "#2c2a6b"),
    (700.0, "#6b4d9a"),
    (900.0, "#c8577f"),
    (1050.0, "#f2884b"),
    (1200.0, "#fbd34d"),
)
"""kWh/m²/yr: dark where a roof yields little, yellow where it yields most."""

BUILDING_KIND: Final = {
    "house": Text("maison", "house"),
    "school": Text("école", "school"),
    "hall": Text("halle", "hall"),
}

SUITABILITY: Final = {
    "good": Text("bonne", "good"),
    "fair": Text("moyenne", "fair"),
    "poor": Text("faible", "poor"),
    "unknown": Text("inconnue", "unknown"),
}
"""By the light on the plane: under 700, from 700, from 1,000 kWh/m²/yr (thresholds of Geneva's solar cadastre)."""

QUALITY: Final = {
    "ok": Text("mesuré sur le modèle de surface", "measured on the surface model"),
    "partial": Text("toit vu en partie", "roof partly seen"),
    "under_trees": Text("toit sous les arbres", "roof under trees"),
    "coarse": Text("estimation grossière, sans modèle de surface", "coarse estimate, without a surface model"),
    "no_cells": Text("toit non vu", "roof not seen"),
    "overlapping": Text("emprises qui se chevauchent", "overlapping footprints"),
    "duplicate_id": Text("identifiant en double", "duplicate id"),
    "invalid_repaired": Text("emprise réparée", "repaired footprint"),
}

MONTHS: Final = tuple(f"{month:02d}" for month in range(1, 13))


def monthly(name: str, unit: str, fr: str, en: str) -> dict[str, Column]:
    """Return twelve columns of measures, not shown on the map's sheets."""
    return {
        f"{name}_{month}": Column("float64", unit, Text(f"{fr}, mois {month}", f"{en}, month {month}"), shown=False)
        for month in MONTHS
    }


ENERGY: Final = {
    "usable_area_m2": number(
        "m²", "Surface utile (reculs et obstacles déduits)", "Usable area (less setbacks, obstacles)"
    ),
    "suitability": text("Aptitude du meilleur pan", "Suitability of the best plane", SUITABILITY),
    "panels": count("panneaux", "Panneaux possibles", "Possible panels"),
    "kwp": number("kWc", "Puissance possible", "Possible power"),
    "yield_p50_kwh": number("kWh/an", "Production estimée, médiane (P50)", "Estimated yield, median (P50)"),
    "yield_p90_kwh": number("kWh/an", "Production estimée, prudente (P90)", "Estimated yield, prudent (P90)"),
    **monthly("yield_month_kwh", "kWh", "Production", "Yield"),
}

BUILDINGS: Final = Layer(
    name="buildings",
    title=Text("Toitures : potentiel solaire", "Roofs: solar potential"),
    summary=Text("Ce que chaque toit reçoit et peut produire.", "What every roof receives and could yield."),
    geometry=AREA,
    columns={
        "id": ID,
        "name": NAME,
        "kind": text("Nature", "Kind", BUILDING_KIND),
        "height_m": number("m", "Hauteur", "Height"),
        "footprint_m2": number("m²", "Emprise au sol", "Footprint area"),
        "segments": count("pans", "Pans de toit", "Roof planes"),
        "roof_area_m2": number("m²", "Surface de toiture (sur la pente)", "Roof area (on the slope)"),
        "irradiation_kwh_m2": number(
            "kWh/m²/an", "Ensoleillement moyen du toit, ombres comprises", "Mean roof irradiation, shadows included"
        ),
        "best_irradiation_kwh_m2": number(
            "kWh/m²/an", "Ensoleillement du meilleur pan", "Irradiation of the best plane"
        ),
        "best_segment": text("Meilleur pan", "Best plane", shown=False),
        **ENERGY,
        "quality": text("Qualité", "Quality", QUALITY),
        "quality_note": text("Remarque", "Remark", shown=False),
        "heritage": text("Patrimoine", "Heritage"),
        "weather": text("Année météo", "Weather year"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#c8577f", ramp=Ramp("irradiation_kwh_m2", IRRADIATION_STOPS), min_zoom=15),
)

ROOF_SEGMENTS: Final = Layer(
    name="roof_segments",
    title=Text("Pans de toit", "Roof planes"),
    summary=Text("Pente, orientation, ensoleillement et panneaux de chaque pan.", "Pitch, azimuth, light, panels."),
    geometry=AREA,
    columns={
        "id": ID,
        "name": NAME,
        "building_id": text("Bâtiment", "Building"),
        "segment_id": text("Pan", "Plane", shown=False),
        "pitch_deg": number("°", "Pente", "Pitch"),
        "azimuth_deg": number("°", "Orientation (depuis le nord, sens horaire)", "Azimuth (clockwise from north)"),
        "area_m2": number("m²", "Surface (sur la pente)", "Area (on the slope)"),
        "plane_height_m": number("m", "Altitude du plan", "Height of the plane"),
        "fit_rmse_m": number("m", "Écart au plan", "Misfit of the plane"),
        "irradiation_kwh_m2": number("kWh/m²/an", "Ensoleillement, ombres comprises", "Irradiation, shadows included"),
        **monthly("irradiation_month_kwh_m2", "kWh/m²", "Ensoleillement", "Irradiation"),
        **ENERGY,
        **PLACE,
        **ORIGIN,
    },
    style=Style("#c8577f", ramp=Ramp("irradiation_kwh_m2", IRRADIATION_STOPS), on=False, min_zoom=16),
)

PANELS: Final = Layer(
    name="panels",
    title=Text("Panneaux possibles", "Possible panels"),
    summary=Text("Position et production de chaque panneau.", "Position and yield of each panel."),
    geometry=("Point",),
    columns={
        "id": ID,
        "name": NAME,
        "building_id": text("Bâtiment", "Building"),
        "segment_id": text("Pan", "Plane"),
        "orientation": text(
            "Pose", "Orientation", {"portrait": Text("portrait", "portrait"), "landscape": Text("paysage", "landscape")}
        ),
        "tilt_deg": number("°", "Inclinaison", "Tilt"),
        "azimuth_deg": number("°", "Orientation", "Azimuth"),
        "yearly_energy_kwh": number("kWh/an", "Production estimée", "Estimated yield"),
        **PLACE,
        **ORIGIN,
    },
    style=Style("#1d3557", on=False, min_zoom=17),
)

IRRADIATION: Final = RasterLayer(
    name="irradiation",
    title=Text("Ensoleillement annuel (trame)", "Yearly irradiation (raster)"),
    summary=Text(
        "Énergie solaire reçue par an sur la surface réelle de chaque maille, ombres comprises.",
        "Solar energy received per year on each cell's own surface, shadows included.",
    ),
    unit="kWh/m²/an",
    style=Style("#fbd34d", ramp=Ramp("", IRRADIATION_STOPS), on=False),
)
