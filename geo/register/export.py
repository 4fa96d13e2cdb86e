"""The register for others: a table of the signs that somebody may read, and the public ones for the map."""

import re
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd
import pyogrio
from pydantic import SecretStr

from geo.crs import LAMBERT93, WGS84
from geo.errors import MissingDataError, RequestError
from geo.products import replaced
from geo.register.connection import Connection
from geo.register.database import Register
from geo.register.people import Actor
from geo.register.signs import Sign, signs

PUBLIC: Final = Actor("public", "owner")
"""Of no organisation: reads what is published, and nothing else."""

COLUMNS: Final = tuple(name for name in Sign._fields if name not in ("fid", "x", "y", "organisation_id"))
DECIMALS: Final = 7
MISTAKEN: Final = re.compile(r"\n|'+[=+\-@\t\n]")
"""How a text begins that an import would take for one that was disarmed, or that runs after an empty line."""
DRIVERS: Final = {"gpkg": "GPKG", "geojson": "GeoJSON"}

BLADES: Final = """
SELECT s.code, b.number AS blade, b.bearing_deg, b.direction, b.type, b.color, l.number AS line, l.text,
    l.distance_km, l.time_min, l.pictograms
FROM blades b JOIN signs s ON s.fid = b.sign_id LEFT JOIN lines l ON l.blade_id = b.id
WHERE s.draft = 0 OR ? OR s.organisation_id = ? ORDER BY s.code, b.number, l.number
"""


def sign_table(database: Connection, actor: Actor) -> gpd.GeoDataFrame:
    """Return the signs that the actor may read, one row each, in Lambert-93; `status_on` is called `date`."""
    found = signs(database, actor)
    table = pd.DataFrame([one._asdict() for one in found], columns=list(Sign._fields))
    places = gpd.points_from_xy(table["x"].astype(float), table["y"].astype(float), crs=LAMBERT93)
    plain = table[list(COLUMNS)].rename(columns={"status_on": "date"}).assign(draft=table["draft"].astype(bool))
    numbers = {"visibility_m": "float64", "order_year": "Int64"}
    texts = {name: "string" for name in plain.columns if name not in ("version", "draft", *numbers)}
    return gpd.GeoDataFrame(plain.astype(texts | numbers), geometry=places)


def blade_table(database: Connection, actor: Actor) -> pd.DataFrame:
    """Return the blades of those signs, one row a line (one row for a blade without lines)."""
    table = query_table(database, BLADES, actor.role == "admin", actor.organisation_id)
    measures = {
        "blade": "Int64",
        "line": "Int64",
        "time_min": "Int64",
        "bearing_deg": "float64",
        "distance_km": "float64",
    }
    return cells(table.astype(measures | {name: "string" for name in table.columns if name not in measures}))


def query_table(database: Connection, query: str, *parameters: object) -> pd.DataFrame:
    """Return what a query finds as a table."""
    rows = database.execute(query, parameters)
    return pd.DataFrame(rows.fetchall(), columns=[column[0] for column in rows.description])


def spreadsheet(table: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the table with `lon` and `lat` (WGS84 degrees) in place of its geometry."""
    degrees = table.geometry.to_crs(WGS84)
    plain = pd.DataFrame(table.drop(columns="geometry"))
    return cells(plain).assign(lon=degrees.x.round(DECIMALS), lat=degrees.y.round(DECIMALS))


def cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every text as one cell."""
    texts: list[str] = list(table.select_dtypes(include="string").columns)
    return table.assign(**{name: table[name].map(cell, na_action="ignore").astype("string") for name in texts})


def cell(text: str) -> str:
    r"""Return a text that stays one cell of one row, and that an import reads back.

    A carriage return ends a row where the writer of a CSV does not expect it: lines of a cell end as a spreadsheet ends
    them. An apostrophe before a formula is doubled, since an import takes one away.

    >>> cell("bon\r=1+1"), cell("'=1")
    ('bon\n=1+1', "''=1")
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return f"'{lines}" if MISTAKEN.match(lines) else lines


def write_vector(table: gpd.GeoDataFrame, form: str, target: Path, *, layer: str = "signs") -> None:
    """Write the table as GeoPackage (Lambert-93) or GeoJSON (WGS84, RFC 7946), whole or not at all."""
    if form not in DRIVERS:
        raise RequestError(f"found the format {form!r}; expected one of {', '.join(DRIVERS)}; choose one")
    options = {"COORDINATE_PRECISION": str(DECIMALS), "RFC7946": "YES"} if form == "geojson" else {}
    placed = table.to_crs(WGS84) if form == "geojson" else table
    with replaced(target) as part:
        pyogrio.write_dataframe(
            placed, part, layer=layer, driver=DRIVERS[form], geometry_type="Point", layer_options=options
        )


def public_signs(path: Path, url: SecretStr | None = None) -> gpd.GeoDataFrame:
    """Return what everybody may know of the signs that are published and not cancelled, in the names of our files.

    Raises
    ------
    MissingDataError
        If there is no register.
    """
    with Register(path, url) as register, register.read() as database:
        table = sign_table(database, PUBLIC)
    names = ["code", "name", "type", "status", "park", "date", "source", "certainty", "geometry"]
    return table.loc[table["status"] != "cancelled", names].reset_index(drop=True)


def publish(path: Path, target: Path, url: SecretStr | None = None) -> int:
    """Write the public signs where the map's pipeline reads them; return how many they are.

    Raises
    ------
    MissingDataError
        If there is no register, or no public sign in it; what was published before stays.
    """
    table = public_signs(path, url)
    if table.empty:
        raise MissingDataError(
            f"{Register(path, url).name} holds no published sign; expected one; publish or import some"
        )
    write_vector(table, "geojson", target)
    return len(table)
