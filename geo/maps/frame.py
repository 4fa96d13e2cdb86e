"""What a map shows, and everything around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from geo.config import Territory
from geo.layers import Layer, RasterLayer
from geo.maps.words import Lang
from geo.store import Published


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


class Parks(NamedTuple):
    """The path that answers for parks, and the layers whose rows it tells: the page names their values by them."""

    address: str
    layers: tuple[Layer, ...]


class Signage(NamedTuple):
    """The paths that answer for signs and parks (empty: none does), and the layer whose values the page names.

    `tasks`: addresses of the scripts that the page loads when a task is first asked for, by its name.
    """

    address: str
    parks: str
    layer: Layer
    tasks: Mapping[str, tuple[str, ...]]


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
    parks
        Who answers for parks; None for a map without parks, or without a service behind it.
    signage
        Who answers for signs; None for a map without signs, or without a register behind it.
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
    parks: Parks | None = None
    signage: Signage | None = None
