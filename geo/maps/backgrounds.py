"""Pictures of the ground under the layers, and where Leaflet comes from on machines without Node."""

from typing import Final, NamedTuple

import folium

from geo.layers import Text


class Background(NamedTuple):
    """A picture of the ground by a public service; `zoom` is the deepest level it draws."""

    name: str
    title: Text
    host: str
    path: str
    zoom: int
    attribution: str


GEOPLATEFORME: Final = "https://data.geopf.fr"

WMTS: Final = (
    "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&STYLE=normal&TILEMATRIXSET=PM"
    "&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
)

IGN: Final = '© <a href="https://geoservices.ign.fr">IGN</a> (Géoplateforme)'

BACKGROUNDS: Final = (
    Background(
        "plan",
        Text("Plan IGN", "IGN map"),
        GEOPLATEFORME,
        f"{WMTS}&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&FORMAT=image/png",
        19,
        IGN,
    ),
    Background(
        "photo",
        Text("Photos aériennes IGN", "IGN aerial photos"),
        GEOPLATEFORME,
        f"{WMTS}&LAYER=ORTHOIMAGERY.ORTHOPHOTOS&FORMAT=image/jpeg",
        19,
        IGN,
    ),
    Background(
        "osm",
        Text("OpenStreetMap", "OpenStreetMap"),
        "https://tile.openstreetmap.org",
        "/{z}/{x}/{y}.png",
        19,
        '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a>',
    ),
)

BACKGROUND_HOSTS: Final = tuple(dict.fromkeys(background.host for background in BACKGROUNDS))
"""The only foreign hosts that a page served with its own Leaflet asks."""

PUBLIC_LEAFLET: Final = (dict(folium.Map.default_js)["leaflet"], dict(folium.Map.default_css)["leaflet_css"])
"""Folium's public links to Leaflet's script and style sheet, for machines without Node."""


def ground(background: Background) -> folium.TileLayer:
    """Return a background, switched off until our script chooses one."""
    return folium.TileLayer(
        tiles=background.host + background.path,
        attr=background.attribution,
        max_zoom=20,
        max_native_zoom=background.zoom,
        name=background.name,
        show=False,
    )
