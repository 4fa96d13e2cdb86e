"""What there is: the service's health and the list of layers."""

from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.dependencies import InstallationDep, LanguageDep, NoQueryDep
from api.errors import NOT_BUILT, PROBLEMS
from geo.catalogue import LAYERS, RASTERS
from geo.errors import MissingDataError
from geo.layers import Layer, RasterLayer
from geo.maps import Lang, say, say_unit, unit_of
from geo.store import Published, Store

router = APIRouter(tags=["layers"], responses=PROBLEMS)


class Health(BaseModel):
    """Whether the service can answer."""

    status: Literal["ok", "not built"]
    version: str
    layers: int
    detail: str = ""


class ColumnInfo(BaseModel):
    """One property of a layer's features; `values` labels coded values."""

    name: str
    type: str
    unit: str
    label: str
    values: dict[str, str]


class LayerInfo(BaseModel):
    """One layer as `/layers` lists it; bbox is west, south, east, north in WGS84 degrees."""

    name: str
    title: str
    summary: str
    type: Literal["vector", "raster"]
    geometry: tuple[str, ...]
    unit: str
    rows: int
    bbox: tuple[float, float, float, float]
    columns: list[ColumnInfo]
    credit: str
    synthetic: bool
    built_at: datetime
    links: dict[str, str]


@router.get("/health")
def health(here: InstallationDep, response: Response, _: NoQueryDep) -> Health:
    """Tell whether the store is built and how many layers it holds; 503 when it is not."""
    try:
        count = len(shown(here.store))
    except MissingDataError:
        count = 0
    if count == 0:
        response.status_code = 503
        return Health(status="not built", version=software_version(), layers=0, detail=NOT_BUILT)
    return Health(status="ok", version=software_version(), layers=count)


@router.get("/layers")
def layers(here: InstallationDep, request: Request, query: LanguageDep) -> list[LayerInfo]:
    """List the published layers with their columns, credits and links, in the order of the map."""
    base = str(request.base_url).rstrip("/")
    return [describe(layer, published, query.lang, base) for layer, published in shown(here.store)]


def shown(store: Store) -> list[tuple[Layer | RasterLayer, Published]]:
    """Return every layer of the catalogue that is published, in the catalogue's order."""
    published = store.published()
    every: dict[str, Layer | RasterLayer] = {**LAYERS, **RASTERS}
    return [(layer, published[name]) for name, layer in every.items() if name in published]


def describe(layer: Layer | RasterLayer, published: Published, lang: Lang, base: str) -> LayerInfo:
    """Return what `/layers` says of one layer."""
    vector = isinstance(layer, Layer)
    links = {"map": f"{base}/maps/{layer.name}"}
    links |= {"geojson": base + geojson_path(layer.name)} if vector else {"tiles": base + tiles_path(layer.name)}
    return LayerInfo(
        name=layer.name,
        title=say(layer.title, lang),
        summary=say(layer.summary, lang),
        type="vector" if vector else "raster",
        geometry=layer.geometry if isinstance(layer, Layer) else (),
        unit=unit_of(layer, lang),
        rows=published.rows,
        bbox=published.bbox,
        columns=describe_columns(layer, lang) if isinstance(layer, Layer) else [],
        credit=published.credit,
        synthetic=published.synthetic,
        built_at=published.built_at,
        links=links,
    )


def describe_columns(layer: Layer, lang: Lang) -> list[ColumnInfo]:
    """Return the columns of a layer in one language."""
    return [
        ColumnInfo(
            name=name,
            type=column.dtype,
            unit=say_unit(column.unit, lang),
            label=say(column.label, lang),
            values={value: say(text, lang) for value, text in column.values.items()},
        )
        for name, column in layer.columns.items()
    ]


def geojson_path(name: str) -> str:
    """Return the path of a layer's features."""
    return f"/layers/{name}.geojson"


def tiles_path(name: str) -> str:
    """Return the pattern of a raster layer's tiles."""
    return f"/tiles/{name}/{{z}}/{{x}}/{{y}}.png"


def software_version() -> str:
    """Return the version installed."""
    try:
        return version("artois")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
