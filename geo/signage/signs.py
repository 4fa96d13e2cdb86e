"""Signs as a map layer: what the register publishes, else files, placed in their commune."""

from typing import Final, NamedTuple

import geopandas as gpd

from geo.catalogue import SIGN_STATUS, SIGNS
from geo.errors import MissingDataError, SourceError
from geo.pipeline import NoParams, Outcome
from geo.provenance import Credit, Note
from geo.raw import RawFolder
from geo.sources import quarter, signs
from geo.sources.files import read_vector
from geo.vector import placed, require_lambert93

LAYER = SIGNS
Params = NoParams

REGISTER: Final = "register/signs.geojson"
"""What `artois register publish` writes into the raw folder: the register is a provider like any other."""

CREDIT: Final = Credit(holder="Registre de la signalétique", licence="à préciser par le pôle")


class Inputs(NamedTuple):
    """Signs as points, and the communes."""

    signs: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read what the register has published, else the files of `signage/`, else the synthetic quarter's signs."""
    communes = raw.product("communes")
    if raw.has(REGISTER):
        return Inputs(read_published(raw), communes)
    if signs.present(raw):
        return Inputs(signs.read(raw), communes)
    if quarter.present(raw):
        return Inputs(
            quarter.read("signs", raw).rename(columns={"date": "dated", "code": "id", "park_id": "park"}), communes
        )
    raise MissingDataError(
        f"{raw.folder} holds neither {REGISTER}, signage/*.csv, signage/*.geojson nor sample/; expected signs; "
        "put a file there, or run `artois register publish` or `artois sample`"
    )


def read_published(raw: RawFolder) -> gpd.GeoDataFrame:
    """Return the register's public signs, each with its own source and certainty."""
    names = signs.COLUMNS | {"source": "source", "certainty": "certainty"}
    table = read_vector(raw.file(REGISTER, CREDIT), names, raw)
    if table["source"].str.startswith(signs.OSM.holder).any():
        raw.give_credit(signs.OSM)
    return table.assign(synthetic=False)


def compute(inputs: Inputs, params: NoParams) -> Outcome:
    """Return one row per sign; those outside the territory are kept and reported."""
    table = require_lambert93(inputs.signs, "signs")
    status = table["status"].fillna("unknown")
    if strange := sorted(set(status) - SIGN_STATUS.keys()):
        raise SourceError(f"signs have the status {strange}; expected one of {list(SIGN_STATUS)}; correct the file")
    table = placed(table.assign(status=status), inputs.communes)
    outside = table["insee"].isna()
    if not outside.any():
        return Outcome(table.sort_values("id"))
    example = str(table["id"][outside].iloc[0])
    note = Note(action="flagged", reason="sign outside the territory", count=int(outside.sum()), example=example)
    return Outcome(table.sort_values("id"), (note,))
