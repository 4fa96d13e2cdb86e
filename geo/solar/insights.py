"""A building in the shape of Google's Solar API (`buildingInsights`), so that its clients work on open data.

Differences, all documented in docs/api.md: quantiles are those of the planes' means, not of single cells; energy is
direct current as the inverter receives it, system losses deducted; the imagery date is that of the layer.
"""

from typing import Any, Final

import numpy as np
import shapely

from geo.light.production import ProductionSettings
from geo.solar.panels import PanelSettings
from geo.solar.sheets import Feature, Sheet
from geo.store import Published

QUANTILES: Final = np.linspace(0.0, 1.0, 11)
LIFETIME_YEARS: Final = 25
CARBON_KG_PER_MWH: Final = 21.7
"""Average French mix of 2024, 21.7 g CO2/kWh; see tariffs/2026-Q1.toml."""

QUALITY: Final = {"ok": "HIGH", "invalid_repaired": "HIGH", "overlapping": "MEDIUM", "duplicate_id": "MEDIUM"}


def building_insights(page: Sheet) -> dict[str, Any]:
    """Return one building's facts under Google's names."""
    facts = page.building["properties"]
    outline = shapely.geometry.shape(page.building["geometry"])
    date = as_date(page.published)
    return {
        "name": f"buildings/{page.building['id']}",
        "center": lat_lng(outline.centroid),
        "boundingBox": box_of(outline),
        "imageryDate": date,
        "imageryProcessedDate": date,
        "administrativeArea": facts["commune"] or "",
        "regionCode": "FR",
        "imageryQuality": QUALITY.get(facts["quality"], "LOW"),
        "solarPotential": solar_potential(page),
    }


def solar_potential(page: Sheet) -> dict[str, Any]:
    """Return the planes, the panels and their sums; planes in the order of `segmentIndex`."""
    settings = PanelSettings()
    facts = page.building["properties"]
    index = {segment["properties"]["segment_id"]: place for place, segment in enumerate(page.segments)}
    panels = solar_panels(page.panels, index)
    area = len(panels) * settings.module_width_m * settings.module_height_m
    light = [segment["properties"]["irradiation_kwh_m2"] or 0.0 for segment in page.segments]
    return {
        "maxArrayPanelsCount": len(panels),
        "panelCapacityWatts": settings.module_wp,
        "panelHeightMeters": settings.module_height_m,
        "panelWidthMeters": settings.module_width_m,
        "panelLifetimeYears": LIFETIME_YEARS,
        "maxArrayAreaMeters2": area,
        "maxSunshineHoursPerYear": max(light, default=0.0),
        "carbonOffsetFactorKgPerMwh": CARBON_KG_PER_MWH,
        "wholeRoofStats": stats(page.segments, facts["footprint_m2"]),
        "buildingStats": stats(page.segments, facts["footprint_m2"]),
        "roofSegmentStats": [segment_stats(segment) for segment in page.segments],
        "solarPanels": panels,
        "solarPanelConfigs": configs(panels, page.segments),
    }


def segment_stats(segment: Feature) -> dict[str, Any]:
    """Return one plane; a flat one faces north by convention, as an azimuth of 0."""
    facts, outline = segment["properties"], shapely.geometry.shape(segment["geometry"])
    plan_m2 = facts["area_m2"] * np.cos(np.radians(facts["pitch_deg"]))
    return {
        "pitchDegrees": facts["pitch_deg"],
        "azimuthDegrees": facts["azimuth_deg"] or 0.0,
        "stats": stats([segment], plan_m2),
        "center": lat_lng(outline.centroid),
        "boundingBox": box_of(outline),
        "planeHeightAtCenterMeters": facts["plane_height_m"],
    }


def stats(segments: list[Feature], ground_m2: float) -> dict[str, Any]:
    """Return area and quantiles of the sunshine over planes, weighted by their area."""
    known = [one["properties"] for one in segments if one["properties"]["irradiation_kwh_m2"] is not None]
    area = np.array([facts["area_m2"] for facts in known])
    light = np.array([facts["irradiation_kwh_m2"] for facts in known])
    return {
        "areaMeters2": float(sum(one["properties"]["area_m2"] for one in segments)),
        "sunshineQuantiles": quantiles(light, area),
        "groundAreaMeters2": float(ground_m2),
    }


def quantiles(values: np.ndarray, weights: np.ndarray) -> list[float]:
    """Return eleven weighted quantiles, from the least to the most; empty where nothing is known."""
    if values.size == 0:
        return []
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(reached, QUANTILES - 1e-12), values.size - 1)
    return [float(value) for value in values[order][places]]


def solar_panels(panels: list[Feature], index: dict[str, int]) -> list[dict[str, Any]]:
    """Return the panels, the most productive first."""
    efficiency = ProductionSettings().inverter_efficiency
    listed = [
        {
            "center": lat_lng(shapely.geometry.shape(panel["geometry"])),
            "orientation": panel["properties"]["orientation"].upper(),
            "segmentIndex": index[panel["properties"]["segment_id"]],
            "yearlyEnergyDcKwh": panel["properties"]["yearly_energy_kwh"] / efficiency,
        }
        for panel in panels
    ]
    return sorted(listed, key=lambda panel: -panel["yearlyEnergyDcKwh"])


def configs(panels: list[dict[str, Any]], segments: list[Feature]) -> list[dict[str, Any]]:
    """Return the best arrays of 4 panels and more, each adding the next best panel."""
    found = []
    for count in range(min(4, len(panels)), len(panels) + 1):
        chosen = panels[:count]
        if not chosen:
            continue
        summaries = [summary(place, chosen, segments) for place in sorted({panel["segmentIndex"] for panel in chosen})]
        energy = sum(panel["yearlyEnergyDcKwh"] for panel in chosen)
        found.append({"panelsCount": count, "yearlyEnergyDcKwh": energy, "roofSegmentSummaries": summaries})
    return found


def summary(place: int, panels: list[dict[str, Any]], segments: list[Feature]) -> dict[str, Any]:
    """Return what an array puts on one plane."""
    facts = segments[place]["properties"]
    energies = [panel["yearlyEnergyDcKwh"] for panel in panels if panel["segmentIndex"] == place]
    return {
        "pitchDegrees": facts["pitch_deg"],
        "azimuthDegrees": facts["azimuth_deg"] or 0.0,
        "panelsCount": len(energies),
        "yearlyEnergyDcKwh": sum(energies),
        "segmentIndex": place,
    }


def lat_lng(point: shapely.Point) -> dict[str, float]:
    """Return a place under Google's names."""
    return {"latitude": point.y, "longitude": point.x}


def box_of(shape: shapely.Geometry) -> dict[str, dict[str, float]]:
    """Return a shape's box under Google's names."""
    west, south, east, north = shape.bounds
    return {"sw": {"latitude": south, "longitude": west}, "ne": {"latitude": north, "longitude": east}}


def as_date(published: Published) -> dict[str, int]:
    """Return the day on which the layer was built."""
    day = published.built_at
    return {"year": day.year, "month": day.month, "day": day.day}
