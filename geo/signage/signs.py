"""Signs as a map layer: imported from files, placed in their commune."""

from typing import NamedTuple

import geopandas as gpd

from geo.catalogue import SIGN_STATUS, SIGNS
from geo.errors import MissingDataError, SourceError
from geo.pipeline import NoParams, Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import quarter, signs
from geo.vector import placed, require_lambert93

LAYER = SIGNS
Params = NoParams


class Inputs(NamedTuple):
    """Signs as points, and the communes."""

    signs: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


def load(raw: RawFolder) -> Inputs:
    """Read the files of `signage/` where there are any, else the synthetic quarter's signs."""
    communes = raw.product("communes")
    if signs.present(raw):
        return Inputs(signs.read(raw), communes)
    if quarter.present(raw):
        return Inputs(
            quarter.read("signs", raw).rename(columns={"date": "dated", "code": "id", "park_id": "park"}), communes
        )
    raise MissingDataError(
        f"{raw.folder} holds neither signage/*.csv, signage/*.geojson nor sample/; expected signs; "
        "put a file there or run `artois sample`"
    )


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
