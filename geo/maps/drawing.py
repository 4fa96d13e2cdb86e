"""Folium's map inside our own page, for a browser or a notebook."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import folium
import jinja2
from branca.element import Figure
from folium.template import Template
from markupsafe import Markup

from geo.config import Territory
from geo.layers import RasterLayer
from geo.maps.backgrounds import BACKGROUNDS, PUBLIC_LEAFLET, ground
from geo.maps.frame import Frame, Parks, Shown, Signage
from geo.maps.layers import columns_config, layer_config, panel_row
from geo.maps.words import ASSETS, Lang, say, script_json, texts

EMBEDDED: Final = ("dom.js", "layers.js", "grounds.js", "popup.js", "permalink.js", "map.js", "map.css")
"""Our files that a map without a server carries inside."""


def page(shown: Sequence[Shown], frame: Frame) -> str:
    """Return a whole HTML page with these layers on its map."""
    return str(figure(shown, frame).get_root().render())


def draw(shown: Sequence[Shown], territory: Territory, *, lang: Lang = "fr", leaflet: Path | None = None) -> folium.Map:
    """Return a map for a notebook, its features inside.

    Parameters
    ----------
    shown
        Layers with their `features`.
    leaflet
        Folder of an installed Leaflet, written into the map too; None links the public copy.
    """
    files = [] if leaflet is None else [leaflet / "dist" / "leaflet.js", leaflet / "dist" / "leaflet.css"]
    local = bool(files) and all(file.exists() for file in files)
    public_js, public_css = PUBLIC_LEAFLET
    frame = Frame(
        territory,
        lang,
        scripts=() if local else (public_js,),
        styles=() if local else (public_css,),
        embedded=(*(files if local else ()), *(ASSETS / name for name in EMBEDDED)),
    )
    return figure(shown, frame)


def embedded(path: Path) -> Markup:
    """Return the text of one of our scripts or style sheets, to stand inside a page."""
    return Markup(path.read_text(encoding="utf-8"))


def figure(shown: Sequence[Shown], frame: Frame) -> folium.Map:
    """Return the map, inside its page."""
    lon, lat = frame.territory.center
    drawn = PlainMap(location=(lat, lon), zoom_start=frame.territory.zoom, tiles=None, zoom_control=False, max_zoom=20)
    drawn.default_js = [(address, address) for address in frame.scripts]
    drawn.default_css = [(address, address) for address in frame.styles]
    grounds = {background.name: ground(background) for background in BACKGROUNDS}
    pictures = {one.layer.name: picture(one) for one in shown if isinstance(one.layer, RasterLayer)}
    for layer in (*grounds.values(), *pictures.values()):
        layer.add_to(drawn)
    names = {name: layer.get_name() for name, layer in {**grounds, **pictures}.items()}
    config = {
        "map": drawn.get_name(),
        "tiles": names,
        "lang": frame.lang,
        "inline": bool(frame.embedded),
        "single": len(shown) == 1,
        "texts": texts("script", frame.lang),
        "layers": [layer_config(one, frame.lang) for one in shown],
        "solar": frame.solar and {**frame.solar._asdict(), "texts": panel_texts("roof", frame.lang)},
        "parks": frame.parks and parks_config(frame.parks, frame.lang),
        "signage": frame.signage and signage_config(frame.signage, frame.lang),
    }
    MapPage(page_context(shown, frame, script_json(config))).add_child(drawn)
    return drawn


def panel_texts(kind: Literal["roof", "park", "signage"], lang: Lang) -> dict[str, str]:
    """Return the sentences of one kind of panel, with those that all panels share."""
    return {**texts("panel", lang), **texts(kind, lang)}


def parks_config(parks: Parks, lang: Lang) -> dict[str, Any]:
    """Return what the script needs to ask about parks and to write their panel."""
    columns = {layer.name: columns_config(layer, lang) for layer in parks.layers}
    return {"address": parks.address, "layers": columns, "texts": panel_texts("park", lang)}


def signage_config(signage: Signage, lang: Lang) -> dict[str, Any]:
    """Return what the script needs to ask about signs and to write their panel."""
    known = {"columns": columns_config(signage.layer, lang), "texts": panel_texts("signage", lang)}
    return {"address": signage.address, "parks": signage.parks, "tasks": dict(signage.tasks), **known}


def picture(shown: Shown) -> folium.TileLayer:
    """Return a raster layer as tiles, switched off until our script shows it."""
    west, south, east, north = shown.published.bbox
    return folium.TileLayer(
        tiles=shown.address,
        attr="-",  # Leaflet would read it as HTML: the credit stands in the panel instead
        max_zoom=20,
        name=shown.layer.name,
        overlay=True,
        show=False,
        opacity=0.85,
        bounds=[[south, west], [north, east]],
    )


def page_context(shown: Sequence[Shown], frame: Frame, config: str) -> dict[str, Any]:
    """Return what the template prints."""
    titles = [say(one.layer.title, frame.lang) for one in shown]
    return {
        "frame": frame,
        "texts": texts("page", frame.lang),
        "title": f"{titles[0]} | {frame.territory.network}" if len(shown) == 1 else frame.territory.network,
        "heading": titles[0] if len(shown) == 1 else "",
        "layers": [panel_row(one, frame.lang) for one in shown],
        "backgrounds": [(background.name, say(background.title, frame.lang)) for background in BACKGROUNDS],
        "synthetic": any(one.published.synthetic for one in shown),
        "config": Markup(config),  # script_json leaves nothing that HTML would read
        "inline": bool(frame.embedded),
        "inline_scripts": [embedded(path) for path in frame.embedded if path.suffix == ".js"],
        "inline_styles": [embedded(path) for path in frame.embedded if path.suffix == ".css"],
    }


class MapPage(Figure):
    """Folium's figure, drawn by our template instead of its own."""

    def __init__(self, context: dict[str, Any]) -> None:
        super().__init__(height="560px")
        self.context = context
        self._template = page_template()

    def render(self, **kwargs: object) -> str:
        """Return the page; our texts enter the template as values, so that none is read as a template itself."""
        for child in list(self._children.values()):
            child.render(**kwargs)
        return str(self._template.render(folium=self, **self.context))


@cache
def page_template() -> jinja2.Template:
    """Return the page around the map; whatever it prints is escaped."""
    loader = jinja2.FileSystemLoader(ASSETS)
    strict = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    return strict.get_template("page.html")


class PlainMap(folium.Map):
    """Folium's map without its header: that one forbids readers to enlarge the page."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}<div class="folium-map" id="{{ this.get_name() }}"></div>{% endmacro %}
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.map({{ this.get_name()|tojson }},
                {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}});
        {% endmacro %}
        """
    )
