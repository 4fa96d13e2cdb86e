"""Words, units and numbers of the maps in their two languages, and the way into a page's scripts."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, Literal

from geo.layers import Layer, RasterLayer, Text

ASSETS: Final = Path(__file__).parents[1] / "assets"
"""Our own browser code: template, script, style sheet, icon."""

Lang = Literal["fr", "en"]
Part = Literal["page", "script", "panel", "roof", "park", "signage"]
TEXTS: Final = ("texts.toml", "signage.toml")
UNITS_EN: Final = {"hab.": "inh.", "kWh/m²/an": "kWh/m²/yr"}


def say(text: Text, lang: Lang) -> str:
    """Return a text in one of the interface's languages."""
    return text.fr if lang == "fr" else text.en


def say_unit(unit: str, lang: Lang) -> str:
    """Return a unit as the language abbreviates it."""
    return UNITS_EN.get(unit, unit) if lang == "en" else unit


def unit_of(layer: Layer | RasterLayer, lang: Lang) -> str:
    """Return the unit of the values that a layer's colours show."""
    if isinstance(layer, RasterLayer):
        return say_unit(layer.unit, lang)
    return say_unit(layer.columns[layer.style.ramp.column].unit, lang) if layer.style.ramp else ""


def whole(value: float, lang: Lang) -> str:
    """Return a number without decimals, its thousands set apart."""
    return f"{value:,.0f}".replace(",", "\u202f" if lang == "fr" else ",")


def texts(part: Part, lang: Lang) -> dict[str, str]:
    """Return the sentences of the template, of the map's scripts, or of the panels beside the map, in one language."""
    return {key: text[lang] for key, text in all_texts()[part].items()}


@cache
def all_texts() -> dict[str, dict[str, dict[Lang, str]]]:
    """Return the sentences of all parts, by key and language."""
    files = [tomllib.loads((ASSETS / name).read_text(encoding="utf-8")) for name in TEXTS]
    return {part: said for file in files for part, said in file.items()}


def script_json(value: object) -> str:
    """Return JSON that can stand in a page's script element: no character there ends it or begins markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return re.sub("[<>&\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)
