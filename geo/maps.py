"""Interactive maps: Folium's map, with our own panel, legend and popups, for a page or a notebook.

A page fetches its features when a layer is switched on; a notebook's map carries them inside. Texts reach the browser
in two ways only, both safe from whatever the data says: through a template that escapes, and as JSON that our scripts
(those of `geo/assets`) turn into text nodes. Nothing from data goes into Folium's own elements, which would run it.
"""

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import folium
import jinja2
from branca.element import Figure
from folium.template import Template
from markupsafe import Markup

from geo.config import Territory
from geo.layers import Layer, Ramp, RasterLayer, Text
from geo.store import Published

ASSETS: Final = Path(__file__).with_name("assets")
"""Our own browser code: template, script, style sheet, icon."""

Lang = Literal["fr", "en"]


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

UNITS_EN: Final = {"hab.": "inh.", "kWh/m²/an": "kWh/m²/yr"}


class Shown(NamedTuple):
    """One layer on a map: its promise, what was published, and where its features are.

    `address` is fetched by the page (for a raster, a pattern with {z}, {x}, {y}); `features` are carried inside it.
    """

    layer: Layer | RasterLayer
    published: Published
    address: str = ""
    features: Sequence[str] = ()


class Solar(NamedTuple):
    """The path that answers for roofs; limits and proposals of its simulations (power in kWc, rates such as 0.02)."""

    address: str
    usual_kwp: float
    most_yearly_kwh: float
    most_retail_eur_per_kwh: float
    retail_escalation: float
    discount_rate: float


@dataclass(frozen=True)
class Frame:
    """Everything around the layers: territory, language, addresses of scripts and links.

    Attributes
    ----------
    scripts, styles
        Addresses that the page links.
    embedded
        Scripts and style sheets written into the page, for a map that has no server behind it.
    nonce
        Word that a page's security policy asks of its inline scripts.
    language_link, home_link, data_link
        Where the page's links lead; empty for none.
    notice
        One sentence at the panel's foot.
    solar
        Who answers for roofs; None for a map without buildings, or without a service behind it.
    """

    territory: Territory
    lang: Lang = "fr"
    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    nonce: str = ""
    language_link: str = ""
    home_link: str = ""
    data_link: str = ""
    icon: str = ""
    notice: str = ""
    embedded: tuple[Path, ...] = ()
    solar: Solar | None = None


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
        embedded=(*(files if local else ()), ASSETS / "dom.js", ASSETS / "map.js", ASSETS / "map.css"),
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
        "solar": frame.solar and {**frame.solar._asdict(), "texts": texts("roof", frame.lang)},
    }
    MapPage(page_context(shown, frame, script_json(config))).add_child(drawn)
    return drawn


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


def panel_row(shown: Shown, lang: Lang) -> dict[str, Any]:
    """Return what the panel says of one layer before any feature is loaded."""
    layer, published = shown.layer, shown.published
    vector = isinstance(layer, Layer)
    kinds = {kind.removeprefix("Multi") for kind in layer.geometry} if isinstance(layer, Layer) else set()
    return {
        "name": layer.name,
        "title": say(layer.title, lang),
        "summary": say(layer.summary, lang),
        "swatch": "point" if kinds == {"Point"} else "line" if "LineString" in kinds else "area",
        "color": layer.style.color,
        "filled": layer.style.fill,
        "ramp": legend(layer.style.ramp, unit_of(layer, lang), lang) if layer.style.ramp else None,
        "rows": whole(published.rows, lang) if vector else "",
        "synthetic": published.synthetic,
        "credit": published.credit,
        "built_at": published.built_at.isoformat(),
        "built_on": published.built_at.strftime("%d/%m/%Y"),
        "geojson": shown.address if vector else "",
        "quiet": isinstance(layer, Layer) and layer.quiet is not None,
    }


def legend(ramp: Ramp, unit: str, lang: Lang) -> dict[str, Any]:
    """Return a colour scale with its stops placed from 0 to 100 %."""
    low, high = ramp.stops[0][0], ramp.stops[-1][0]
    stops = [(round(100 * (value - low) / (high - low), 1), whole(value, lang), colour) for value, colour in ramp.stops]
    return {"unit": unit, "stops": stops}


def layer_config(shown: Shown, lang: Lang) -> dict[str, Any]:
    """Return what the script needs to draw one layer and to write its popups."""
    layer, published = shown.layer, shown.published
    west, south, east, north = published.bbox
    config: dict[str, Any] = {
        "name": layer.name,
        "title": say(layer.title, lang),
        "color": layer.style.color,
        "fill": layer.style.fill,
        "on": layer.style.on,
        "minZoom": layer.style.min_zoom,
        "ramp": {"column": layer.style.ramp.column, "stops": layer.style.ramp.stops} if layer.style.ramp else None,
        "bounds": [[south, west], [north, east]],
        "address": shown.address,
    }
    if isinstance(layer, RasterLayer):
        return {**config, "raster": True}
    return {
        **config,
        "points": set(layer.geometry) == {"Point"},
        "columns": [column_config(layer, name, lang) for name in layer.columns],
        "quiet": quiet_config(layer, lang),
        "data": [json.loads(feature) for feature in shown.features] if not shown.address else None,
    }


def column_config(layer: Layer, name: str, lang: Lang) -> dict[str, Any]:
    """Return a column's label, unit and coded values in one language."""
    column = layer.columns[name]
    return {
        "name": name,
        "label": say(column.label, lang),
        "unit": say_unit(column.unit, lang),
        "values": {value: say(text, lang) for value, text in column.values.items()},
        "shown": column.shown,
    }


def quiet_config(layer: Layer, lang: Lang) -> dict[str, Any] | None:
    """Return which rows wait until the reader asks for them."""
    if layer.quiet is None:
        return None
    return {"column": layer.quiet.column, "values": layer.quiet.values, "label": say(layer.quiet.label, lang)}


def unit_of(layer: Layer | RasterLayer, lang: Lang) -> str:
    """Return the unit of the values that a layer's colours show."""
    if isinstance(layer, RasterLayer):
        return say_unit(layer.unit, lang)
    return say_unit(layer.columns[layer.style.ramp.column].unit, lang) if layer.style.ramp else ""


def say(text: Text, lang: Lang) -> str:
    """Return a text in one of the interface's languages."""
    return text.fr if lang == "fr" else text.en


def say_unit(unit: str, lang: Lang) -> str:
    """Return a unit as the language abbreviates it."""
    return UNITS_EN.get(unit, unit) if lang == "en" else unit


def whole(value: float, lang: Lang) -> str:
    """Return a number without decimals, its thousands set apart."""
    return f"{value:,.0f}".replace(",", "\u202f" if lang == "fr" else ",")


def texts(part: Literal["page", "script", "roof"], lang: Lang) -> dict[str, str]:
    """Return the sentences that the template, the map's script or those of the roofs print, in one language."""
    return {key: text[lang] for key, text in all_texts()[part].items()}


@cache
def all_texts() -> dict[str, dict[str, dict[Lang, str]]]:
    """Return the sentences of all parts, by key and language."""
    return tomllib.loads((ASSETS / "texts.toml").read_text(encoding="utf-8"))


def script_json(value: object) -> str:
    """Return JSON that can stand in a page's script element: no character there ends it or begins markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)
