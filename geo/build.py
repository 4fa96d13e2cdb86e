"""Runs the pipelines: raw in, checked products out, then published to the serving store."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple, cast

import geopandas as gpd
from pydantic import BaseModel, ValidationError
from pyproj import Transformer

from geo import products
from geo.brownfields import car_parks, facts, inventory, scores
from geo.catalogue import LAYERS, RASTERS
from geo.config import Settings, Territory
from geo.crs import LAMBERT93, WGS84
from geo.errors import ConfigError, GeoError, MissingDataError, UnknownNameError
from geo.layers import Layer, check
from geo.parks import entrances, events, greenways, indicators, large_parks, links, parks, spoil_heaps
from geo.pipeline import Outcome, Pipeline, RasterOutcome
from geo.provenance import Provenance, provenance_path
from geo.raw import RawFolder, sha256
from geo.signage import signs
from geo.solar import buildings, irradiation_layer
from geo.store import Published
from geo.store.geopackage import publication, wgs84
from geo.territory import communes, epci

logger = logging.getLogger(__name__)

PIPELINES: Final[dict[str, Pipeline]] = {
    module.LAYER.name: module
    for module in cast(
        tuple[Pipeline, ...],
        (
            *(communes, epci, spoil_heaps, parks, large_parks, events, greenways, entrances, links, indicators),
            *(inventory, facts, scores, car_parks, signs, irradiation_layer, buildings),
        ),
    )
}
"""In the order in which they are run: a layer comes after those it reads."""

ALSO: Final = {
    "buildings": ("roof_segments", "panels"),
    "parks": ("parks_issues",),
    "brownfields": ("brownfields_issues",),
    "commune_access": ("park_access",),
}
"""Layers that come out of another layer's work."""


class Built(NamedTuple):
    """What became of one layer: rows and notes where it stands, else the reason why it does not."""

    layer: str
    state: str
    rows: int = 0
    notes: int = 0
    error: GeoError | None = None


def silent(names: Iterable[str]) -> Iterable[str]:
    """Return the argument: progress that shows nothing."""
    return names


def build(
    names: list[str],
    settings: Settings,
    *,
    force: bool = False,
    track: Callable[[Iterable[str]], Iterable[str]] = silent,
) -> list[Built]:
    """Bring the named layers (all when none is named) up to date, publish, and return what became of each.

    A layer that fails leaves its previous product untouched and does not stop the others.

    Raises
    ------
    UnknownNameError
        If a layer does not exist.
    MissingDataError
        If the raw folder does not exist.
    """
    if unknown := [name for name in names if name not in LAYERS and name not in RASTERS]:
        raise UnknownNameError(f"no layer is named {', '.join(unknown)}; expected some of {', '.join(all_names())}")
    if not settings.raw.is_dir():
        raise MissingDataError(f"{settings.raw} is not a folder; expected the raw data; check --raw or ARTOIS_RAW")
    territory = settings.territory()
    done = [bring_up_to_date(name, settings, territory, force) for name in track(in_order(names))]
    if any(one.state == "built" for one in done) or not settings.store.is_file():
        publish(settings)
    return done


def in_order(names: list[str]) -> list[str]:
    """Return the pipelines of the named layers in the order in which they must be run; all when none is named."""
    return [name for name in PIPELINES if not names or {name, *ALSO.get(name, ())} & set(names)]


def all_names() -> list[str]:
    """Return every layer, in the order in which they are made."""
    return [layer for name in PIPELINES for layer in (name, *ALSO.get(name, ()))]


def bring_up_to_date(name: str, settings: Settings, territory: Territory, force: bool) -> Built:
    """Build one layer unless its product is what the same files would give again."""
    if not force and (current := up_to_date(name, settings, territory)):
        return Built(name, "current", current.rows, len(current.notes))
    try:
        provenance = build_layer(name, settings, territory)
    except MissingDataError as error:
        return Built(name, "missing", error=error)
    except GeoError as error:
        return Built(name, "failed", error=error)
    return Built(name, "built", provenance.rows, len(provenance.notes))


def build_layer(name: str, settings: Settings, territory: Territory) -> Provenance:
    """Rebuild one layer and return its provenance, written beside the product."""
    pipeline = PIPELINES[name]
    params = read_params(name, territory)
    raw = RawFolder(name, settings.raw, settings.processed, territory)
    outcome = pipeline.compute(pipeline.load(raw), params)
    for note in outcome.notes:
        raw.note(note)
    main = record(name, write(name, outcome, raw), raw, params)
    if isinstance(outcome, Outcome):
        for other in ALSO.get(name, ()):
            record(other, write(other, Outcome(outcome.also[other]), raw), raw, params)
    return main


class Written(NamedTuple):
    """A product on disk: its file, its rows (cells for a raster), and whether any of it is synthetic."""

    path: Path
    rows: int
    synthetic: bool


def write(name: str, outcome: Outcome | RasterOutcome, raw: RawFolder) -> Written:
    """Check a layer and write its product."""
    if isinstance(outcome, RasterOutcome):
        path = products.write_raster(outcome.raster, name, raw.processed, tags=outcome.tags)
        return Written(path, outcome.raster.values.size, any(credit.synthetic for credit in raw.credits))
    table = check(outcome.table, LAYERS[name])
    return Written(products.write_table(table, name, raw.processed), len(table), bool(table["synthetic"].any()))


def record(name: str, written: Written, raw: RawFolder, params: BaseModel) -> Provenance:
    """Write a product's provenance beside it."""
    provenance = Provenance(
        layer=name,
        rows=written.rows,
        synthetic=written.synthetic,
        built_at=datetime.now(UTC),
        software=f"artois {version('artois')}",
        recipe_sha256=recipe_sha256(raw.territory),
        params=params.model_dump(mode="json"),
        credits=tuple(raw.credits),
        inputs=raw.inputs(),
        lookups=raw.lookups,
        notes=tuple(raw.notes),
        product_sha256=sha256(written.path),
    )
    products.write_provenance(provenance, written.path)
    logger.info("%s: %d %s", name, written.rows, "cells" if name in RASTERS else "rows")
    return provenance


def read_params(name: str, territory: Territory) -> BaseModel:
    """Return a pipeline's parameters: the territory's choices over the defaults."""
    try:
        return PIPELINES[name].Params.model_validate(territory.params.get(name, {}))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"territory.toml, [params.{name}] {field}: {first['msg']}; correct it") from error


def up_to_date(name: str, settings: Settings, territory: Territory) -> Provenance | None:
    """Return the provenance of a product that a rebuild would only repeat, else None."""
    path = products.product_path(name, settings.processed)
    also = [products.table_path(other, settings.processed) for other in ALSO.get(name, ())]
    if path is None or not all(one.is_file() for one in (provenance_path(path), *also)):
        return None
    try:
        provenance = products.read_provenance(path)
    except GeoError as error:
        logger.warning("%s; it is built again", error)
        return None
    raw = RawFolder(name, settings.raw, settings.processed, territory)
    same_params = json.loads(read_params(name, territory).model_dump_json()) == provenance.params
    same_recipe = provenance.recipe_sha256 == recipe_sha256(territory)
    same_files = raw.unchanged(provenance.inputs, provenance.lookups)
    return provenance if same_params and same_recipe and same_files else None


def recipe_sha256(territory: Territory) -> str:
    """Return one hash of the territory's description and of all our code: another recipe, another product."""
    return hashlib.sha256(code_digest() + territory.model_dump_json().encode()).hexdigest()


@cache
def code_digest() -> bytes:
    """Return one hash of every module of this package."""
    folder = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.digest()


def verify(settings: Settings) -> list[Built]:
    """Hold every product to its layer's promise and to its provenance; return what was found of each."""
    return [verified(name, settings.processed) for name in all_names()]


def verified(name: str, processed: Path) -> Built:
    """Read one product back and check it."""
    path = products.product_path(name, processed)
    if path is None:
        return Built(name, "missing")
    try:
        provenance = products.read_provenance(path)
        if name in LAYERS:
            check(products.read_table(name, processed), LAYERS[name])
        else:
            products.read_product_raster(name, processed)
    except GeoError as error:
        return Built(name, "failed", error=error)
    return Built(name, "ok", provenance.rows, len(provenance.notes))


def publish(settings: Settings) -> None:
    """Write every product into a new serving store, which then takes the old one's place."""
    with publication(settings.store) as store:
        for name, layer in LAYERS.items():
            if products.table_path(name, settings.processed).is_file():
                add_table(store.add_table, layer, settings)
        for name in RASTERS:
            if products.raster_path(name, settings.processed).is_file():
                store.add_raster(published_raster(name, settings.processed))


def add_table(add: Callable[[gpd.GeoDataFrame, Published], None], layer: Layer, settings: Settings) -> None:
    """Add one vector product to the store; one without rows has the territory's box."""
    provenance = products.read_provenance(products.table_path(layer.name, settings.processed))
    table = wgs84(products.read_table(layer.name, settings.processed))
    west, south, east, north = settings.territory().bbox if table.empty else map(float, table.total_bounds)
    add(table, described(layer.name, provenance, (west, south, east, north)))


def published_raster(name: str, processed: Path) -> Published:
    """Return what the store says of a raster product."""
    path = products.raster_path(name, processed)
    raster = products.read_product_raster(name, processed)
    to_wgs84 = Transformer.from_crs(raster.crs or LAMBERT93, WGS84, always_xy=True)
    box = to_wgs84.transform_bounds(*raster.bounds)
    return described(name, products.read_provenance(path), box)


def described(name: str, provenance: Provenance, box: tuple[float, float, float, float]) -> Published:
    """Return the store's line on one product."""
    return Published(name, provenance.rows, box, provenance.credit_line(), provenance.synthetic, provenance.built_at)
