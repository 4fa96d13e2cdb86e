"""Roof planes of every building: from a surface model and footprints to polygons with pitch, azimuth and area.

Glossary: roof plane = pan de toit; pitch = pente; footprint = emprise; flat roof = toit-terrasse.
"""

from geo.solar.roofs.cells import RoofCells, find_obstacles, roof_cells
from geo.solar.roofs.labels import label_cells, plane_centres, plane_heights
from geo.solar.roofs.segments import Roofs, RoofSettings, segment_roofs

__all__ = [
    "RoofCells",
    "RoofSettings",
    "Roofs",
    "find_obstacles",
    "label_cells",
    "plane_centres",
    "plane_heights",
    "roof_cells",
    "segment_roofs",
]
