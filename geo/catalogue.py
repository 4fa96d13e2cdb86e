"""What we make: every layer of the platform, in the order in which maps list them."""

from collections.abc import Mapping
from typing import Final

from geo.layers import Column, Layer, Quiet, Ramp, RasterLayer, Style, Text

CERTAINTY: Final = {
    "surveyed": Text("relevé", "surveyed"),
    "curated": Text("vérifié", "curated"),
    "sourced": Text("sourcé", "sourced"),
    "estimated": Text("estimé", "estimated"),
    "unverified": Text("non vérifié", "unverified"),
    "synthetic": Text("synthétique", "synthetic"),
}
"""How sure a row is, from measured on the ground to invented for demonstration."""


def text(fr: str, en: str, values: Mapping[str, Text] | None = None, *, shown: bool = True) -> Column:
    """Return a text column; `values` labels its coded values."""
    return Column("string", "", Text(fr, en), values or {}, shown=shown)


def number(unit: str, fr: str, en: str) -> Column:
    """Return a column of measures in one unit."""
    return Column("float64", unit, Text(fr, en))


def count(unit: str, fr: str, en: str) -> Column:
    """Return a column of whole numbers."""
    return Column("Int64", unit, Text(fr, en))


ID: Final = text("Identifiant", "Identifier")
NAME: Final = text("Nom", "Name")
PLACE: Final = {
    "insee": text("Code(s) commune", "Commune code(s)", shown=False),
    "commune": text("Commune(s)", "Commune(s)"),
}
ORIGIN: Final = {
    "source": text("Source", "Source"),
    "certainty": text("Certitude", "Certainty", CERTAINTY),
    "synthetic": Column("boolean", "", Text("Donnée synthétique", "Synthetic data"), shown=False),
}
PROTECTION: Final = {
    "inscribed": Text("bien inscrit", "inscribed property"),
    "buffer": Text("zone tampon", "buffer zone"),
    "unknown": Text("inconnu", "unknown"),
}

AREA: Final = ("Polygon", "MultiPolygon")

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

SIGN_STATUS: Final = {
    "requested": Text("demandé", "requested"),
    "validated": Text("validé", "validated"),
    "designed": Text("conçu", "designed"),
    "manufactured": Text("fabriqué", "manufactured"),
    "installed": Text("posé", "installed"),
    "to_repair": Text("à réparer", "to repair"),
    "repaired": Text("réparé", "repaired"),
    "removed": Text("retiré", "removed"),
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

LAYERS: Final[dict[str, Layer]] = {
    layer.name: layer
    for layer in (EPCI, COMMUNES, PARKS, SPOIL_HEAPS, GREENWAYS, BROWNFIELDS, SIGNS, BUILDINGS, ROOF_SEGMENTS, PANELS)
}
RASTERS: Final[dict[str, RasterLayer]] = {IRRADIATION.name: IRRADIATION}
