"""Interactive maps: Folium's map, with our own panel, legend and popups, for a page or a notebook.

A page fetches its features when a layer is switched on; a notebook's map carries them inside. Texts reach the browser
in two ways only, both safe from whatever the data says: through a template that escapes, and as JSON that our scripts
(those of `geo/assets`) turn into text nodes. Nothing from data goes into Folium's own elements, which would run it.
"""

from geo.maps.backgrounds import BACKGROUND_HOSTS, PUBLIC_LEAFLET
from geo.maps.drawing import draw, page
from geo.maps.frame import Frame, Parks, Shown, Signage, Solar
from geo.maps.layers import column_config, layer_config, panel_row
from geo.maps.words import ASSETS, Lang, say, say_unit, script_json, texts, unit_of

__all__ = [
    "ASSETS",
    "BACKGROUND_HOSTS",
    "PUBLIC_LEAFLET",
    "Frame",
    "Lang",
    "Parks",
    "Shown",
    "Signage",
    "Solar",
    "column_config",
    "draw",
    "layer_config",
    "page",
    "panel_row",
    "say",
    "say_unit",
    "script_json",
    "texts",
    "unit_of",
]
