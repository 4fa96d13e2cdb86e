"""The map pages: all layers at `/`, one layer at `/maps/{name}`."""

import hashlib
from dataclasses import replace
from functools import cache
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from api.dependencies import Installation, InstallationDep
from api.errors import PROBLEMS
from api.layers import geojson_path, shown, tiles_path
from api.security import new_nonce, page_policy, public_hosts
from geo.catalogue import BUILDINGS, EVENTS, LAYERS, PARK_ACCESS, PARK_ENTRANCES, PARKS, PARKS_ISSUES, RASTERS, SIGNS
from geo.errors import UnknownNameError
from geo.layers import Layer, RasterLayer
from geo.maps import ASSETS, PUBLIC_LEAFLET, Frame, Lang, Parks, Shown, Signage, Solar, page
from geo.solar.simulation import SimulationSettings
from geo.solar.simulations import USUAL_KWP, Load
from geo.store import Published

router = APIRouter(tags=["maps"], responses=PROBLEMS)

LEAFLET: Final = "/static/leaflet"
OURS: Final = "/static/artois"
SCRIPTS: Final = (
    *("dom.js", "chart.js", "service.js", "side_panel.js", "tools.js"),
    *("roof_words.js", "roof_sheet.js", "simulation.js", "results.js", "roof.js"),
    *("nearest.js", "park_sheet.js", "park.js", "signage.js"),
    *("layers.js", "grounds.js", "popup.js", "permalink.js", "map.js"),
)
STYLES: Final = ("map.css", "side.css", "roof.css", "park.css", "sign.css")
SIGN_TASKS: Final = {
    "sheet": ("sign_sheet.js",),
    "request": ("sign_form.js", "sign_request.js"),
    "plan": ("sign_form.js", "sign_plan_results.js", "sign_plan.js"),
}
"""Scripts that the page loads when a task of the signage is first asked for."""
PARK_LAYERS: Final = (PARKS, PARK_ACCESS, PARK_ENTRANCES, EVENTS, PARKS_ISSUES)
"""Layers that the sheet of a park tells."""


class PageQuery(BaseModel):
    """The language of a page; links that others mark with words of their own are followed all the same."""

    lang: Lang = Query(default="fr", description="Language of the page.")


PageDep = Annotated[PageQuery, Query()]


@router.get("/", response_class=HTMLResponse)
def home(here: InstallationDep, request: Request, query: PageDep) -> HTMLResponse:
    """Return the map of all layers."""
    return answer(here, shown(here.store), request.url.path, query.lang)


@router.get("/maps/{name}", response_class=HTMLResponse)
def one_layer(here: InstallationDep, request: Request, name: str, query: PageDep) -> HTMLResponse:
    """Return the map of one layer."""
    if name not in LAYERS and name not in RASTERS:
        raise UnknownNameError(
            f"found no layer of that name, expected one of {', '.join([*LAYERS, *RASTERS])}, see /layers"
        )
    wanted = [(layer, published) for layer, published in shown(here.store) if layer.name == name]
    if not wanted:
        raise UnknownNameError(f"found no published layer {name!r}, expected one of those at /layers, build it first")
    return answer(here, wanted, request.url.path, query.lang)


def answer(
    here: Installation, wanted: list[tuple[Layer | RasterLayer, Published]], path: str, lang: Lang
) -> HTMLResponse:
    """Return a map page under its own security policy."""
    nonce = new_nonce()
    views = [Shown(layer, published, address(layer)) for layer, published in wanted]
    policy = page_policy(nonce, leaflet_local=here.leaflet_local)
    around = frame(here, path, lang, nonce)
    if any(layer.name == BUILDINGS.name for layer, _ in wanted):
        around = replace(around, solar=solar())
    if any(layer.name == PARKS.name for layer, _ in wanted):
        around = replace(around, parks=Parks("/parks", PARK_LAYERS))
    if any(layer.name == SIGNS.name for layer, _ in wanted) and has_register(here):
        around = replace(around, signage=signage("/parks" if around.parks else ""))
    return HTMLResponse(page(views, around), headers={"Content-Security-Policy": policy})


def address(layer: Layer | RasterLayer) -> str:
    """Return where the page fetches a layer."""
    return geojson_path(layer.name) if isinstance(layer, Layer) else tiles_path(layer.name)


def frame(here: Installation, path: str, lang: Lang, nonce: str) -> Frame:
    """Return what stands around the map: links, scripts, language."""
    local = (f"{LEAFLET}/leaflet.js", f"{LEAFLET}/leaflet.css")
    script, style = local if here.leaflet_local else PUBLIC_LEAFLET
    return Frame(
        here.territory,
        lang,
        scripts=(script, *map(own, SCRIPTS)),
        styles=(style, *map(own, STYLES)),
        nonce=nonce,
        icon=own("icon.svg"),
        language_link=path if lang == "en" else f"{path}?lang=en",
        home_link="/" if lang == "fr" else "/?lang=en",
        data_link=f"/layers?lang={lang}",
        notice="" if here.leaflet_local else foreign_notice(lang),
    )


@cache
def solar() -> Solar:
    """Return where the page asks about roofs, with the limits and defaults of its simulations."""
    money = SimulationSettings.model_json_schema()["properties"]
    load = Load.model_json_schema()["properties"]
    return Solar(
        "/solar",
        usual_kwp=USUAL_KWP,
        most_yearly_kwh=load["yearly_kwh"]["maximum"],
        most_retail_eur_per_kwh=money["retail_eur_per_kwh"]["maximum"],
        retail_escalation=money["retail_escalation"]["default"],
        discount_rate=money["discount_rate"]["default"],
    )


def has_register(here: Installation) -> bool:
    """Tell whether signs have a register behind them; a page asks no database, and stands when that one does not."""
    return here.settings.register_url is not None or here.settings.register_file.is_file()


@cache
def signage(parks: str) -> Signage:
    """Return where the page asks about signs, and about the parks that they name (empty: nowhere)."""
    tasks = {task: tuple(own(name) for name in names) for task, names in SIGN_TASKS.items()}
    return Signage("/signage", parks, SIGNS, tasks)


def foreign_notice(lang: Lang) -> str:
    """Return the sentence that names the host Leaflet comes from."""
    hosts = ", ".join(sorted(public_hosts()))
    if lang == "en":
        return f"The Leaflet library is loaded from {hosts}; it is not installed on this server."
    return f"La bibliothèque Leaflet est chargée depuis {hosts} ; elle n'est pas installée sur ce serveur."


@cache
def own(name: str) -> str:
    """Return the address of one of our files, marked by its contents so that browsers never keep an old one."""
    digest = hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()
    return f"{OURS}/{name}?v={digest[:12]}"
