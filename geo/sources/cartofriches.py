"""Cartofriches (Cerema): the national inventory of brownfields, as points.

Columns with the names of owners and of persons who entered the data are never read; the name of a site that may be a
person's is replaced (`geo.sources.person_names`).
"""

from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio

from geo.provenance import Credit
from geo.raw import RawFolder
from geo.sources.cnig import joined, with_published_names
from geo.sources.files import UNREADABLE, numbers, read_vector

FILE: Final = "cartofriches/points.geojson"
CREDIT: Final = Credit(holder="Cartofriches, Cerema", licence="Licence Ouverte 2.0", vintage="mars 2024")
COLUMNS: Final = {
    "site_id": "id",
    "site_nom": "name",
    "site_type": "kind",
    "site_statut": "status",
    "activite_libelle": "activity",
    "unite_fonciere_surface": "area_m2",
    "sol_pollution_existe": "pollution",
    "urba_zone_lib": "zoning",
    "site_actu_date": "updated",
    "comm_insee": "insee_declared",
    "source_nom": "source",
    "checked": "checked",
}
TELLING: Final = {
    "proprio_personne": "owner_kind",
    "comm_nom": "commune_declared",
    "site_identif_date": "identified",
    "proprio_type": "owner_codes",
    "l_idpar": "parcels",
    "bati_nombre": "buildings",
    "bati_pollution": "building_pollution",
    "bati_etat": "building_state",
    "bati_patrimoine": "heritage",
    "urba_zone_type": "zone_type",
}
"""Columns that some extracts lack."""


def present(raw: RawFolder) -> bool:
    """Tell whether the provider's file is there."""
    return raw.has(FILE)


def read(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return every site; `certainty` tells those checked by Cerema or a call for projects from historical records."""
    path = raw.file(FILE, CREDIT)
    table = read_vector(path, COLUMNS | given(path), raw)
    table = table.assign(**{ours: pd.NA for ours in TELLING.values() if ours not in table.columns})
    checked = table["checked"].astype("string").str.lower().isin(["true", "1"])
    told = table.assign(
        area_m2=numbers(table["area_m2"].astype("string"), path),
        updated=table["updated"].astype("string").str.slice(0, 10),
        identified=table["identified"].astype("string").str.slice(0, 10),
        buildings=numbers(table["buildings"].astype("string"), path),
        parcels=table["parcels"].astype("string").map(joined, na_action="ignore").astype("string"),
        owner_codes=table["owner_codes"].astype("string").map(joined, na_action="ignore").astype("string"),
        certainty=pd.Series("unverified", index=table.index).where(~checked, "curated"),
        synthetic=False,
    )
    return with_published_names(told, path, raw).drop(columns=["checked", "owner_kind", "commune_declared"])


def given(path: Path) -> dict[str, str]:
    """Return those of the telling columns that the file has; a file that cannot be read is refused elsewhere."""
    try:
        fields = set(pyogrio.read_info(path)["fields"])
    except UNREADABLE:
        return {}
    return {theirs: ours for theirs, ours in TELLING.items() if theirs in fields}
