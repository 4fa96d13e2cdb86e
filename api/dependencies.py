"""What every endpoint is given: the installation it serves, and its checked query."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from geo.config import Settings, Territory
from geo.maps import Lang
from geo.store import Store


@dataclass(frozen=True)
class Installation:
    """Settings, territory and store of one running service.

    `leaflet_local` tells whether Leaflet is served from this machine.
    """

    settings: Settings
    territory: Territory
    store: Store
    leaflet_local: bool


def installation(request: Request) -> Installation:
    """Return the installation that this application was created for."""
    found: Installation = request.app.state.installation
    return found


class NoQuery(BaseModel, extra="forbid"):
    """An endpoint without query parameters."""


class LanguageQuery(BaseModel, extra="forbid"):
    """The language of titles and labels."""

    lang: Lang = Query(default="fr", description="Language of titles, labels and units.")


InstallationDep = Annotated[Installation, Depends(installation)]
NoQueryDep = Annotated[NoQuery, Query()]
LanguageDep = Annotated[LanguageQuery, Query()]
