"""The application: `create_app(settings)` for whoever has settings, `app` for `uvicorn --factory api.main:app`."""

import logging
from typing import Final

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from api import (
    brownfields,
    errors,
    features,
    layers,
    maps,
    parks,
    photos,
    plans,
    signage,
    signage_writes,
    solar,
    tiles,
    writing,
)
from api.dependencies import Installation
from api.methods import HeadAsGet
from api.security import BodyLimit, Headers, public_hosts
from geo.config import Settings, read_settings
from geo.maps import ASSETS
from geo.store import Store
from geo.store.geopackage import GeoPackageStore

logger = logging.getLogger(__name__)

GZIP_FROM_BYTES: Final = 1000
GZIP_LEVEL: Final = 5
ALREADY_SMALL: Final = ("image/png", "image/jpeg", "image/webp")


def create_app(settings: Settings, store: Store | None = None) -> FastAPI:
    """Return the application that serves what these settings describe.

    Parameters
    ----------
    store
        Where layers are read; by default the GeoPackage that the settings name.

    Raises
    ------
    ConfigError
        If the territory's description cannot be read.
    """
    territory = settings.territory()
    application = FastAPI(
        title=f"{territory.network}: {territory.name}",
        summary="Layers of the territory as GeoJSON, image tiles and maps.",
        version=layers.software_version(),
        docs_url=None,  # those pages load scripts from a public host
        redoc_url=None,
    )
    leaflet = settings.assets / "leaflet" / "dist"
    local = (leaflet / "leaflet.js").is_file()
    application.state.installation = Installation(settings, territory, store or GeoPackageStore(settings.store), local)
    for module in (signage, writing, photos, plans):
        module.install(application)
    for module in (layers, features, tiles, solar, parks, brownfields, signage, signage_writes, photos, plans, maps):
        application.include_router(module.router)
    application.mount(maps.OURS, StaticFiles(directory=ASSETS))
    if local:
        application.mount(maps.LEAFLET, StaticFiles(directory=leaflet))
    else:
        logger.warning("%s is absent: map pages load Leaflet from %s", leaflet, ", ".join(sorted(public_hosts())))
    errors.install(application)
    application.add_middleware(
        GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL, exclude_content_types=ALREADY_SMALL
    )
    application.add_middleware(BodyLimit)
    application.add_middleware(HeadAsGet)
    application.add_middleware(Headers)
    return application


def app() -> FastAPI:
    """Return the application of this installation's settings."""
    return create_app(read_settings())
