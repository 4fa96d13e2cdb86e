"""What is ordered: the signs that a plan puts in a year, and those of the register that wait to be made."""

import logging
import re
from pathlib import Path
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import products
from geo.errors import MissingDataError, SourceError
from geo.register.database import Register
from geo.register.export import blade_table, query_table, sign_table
from geo.register.money import FUNDERS, STAGES
from geo.register.people import Actor
from geo.signage.order import NO_LOT, ORDERED, SAID, SHARES, Order, order
from geo.signage.order_years import Ordered
from geo.signage.plan_file import read_plan
from geo.vector import placed, require_lambert93

logger = logging.getLogger(__name__)

CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
"""What neither XML nor a printed line can hold."""
LAYERS: Final = ("parks", "communes", "greenways", "spoil_heaps")
PLAN_COLUMNS: Final = (
    *("id", "year", "role", "type", "park_id", "asked", "text", "commune", "epci", "insee", "geometry"),
    *("cost_eur", "cost_low_eur", "cost_high_eur", "region_eur"),
)
LINE_COLUMNS: Final = (
    *("sign", "blade", "line", "destination", "bearing_deg", "turn", "distance_km", "walk_min", "cycle_min"),
)
MAST: Final = "Mât"
MIDDLE: Final = "milieu de la fourchette du catalogue"

MONEY: Final = """
SELECT s.code, t.cost_low_cents, t.cost_high_cents, t.cost_status, f.region_bp, f.pole_bp, f.owner_bp
FROM signs s LEFT JOIN sign_types t ON t.id = s.type_id LEFT JOIN funding f ON f.sign_id = s.fid
"""
COSTS: Final = "SELECT s.code, c.stage, c.amount_cents, c.source FROM costs c JOIN signs s ON s.fid = c.sign_id"


class Surroundings(NamedTuple):
    """Layers that say where a sign stands and are drawn around it; None where one has not been built."""

    parks: gpd.GeoDataFrame | None = None
    communes: gpd.GeoDataFrame | None = None
    greenways: gpd.GeoDataFrame | None = None
    spoil_heaps: gpd.GeoDataFrame | None = None
    credits: tuple[str, ...] = ()


def surroundings(processed: Path) -> Surroundings:
    """Read the layers that have been built, with their credits; the others are named in the log."""
    found: dict[str, gpd.GeoDataFrame] = {}
    credits: list[str] = []
    for name in LAYERS:
        try:
            found[name] = products.read_table(name, processed)
        except MissingDataError:
            logger.warning("the layer %s is not built: the order leaves it out; run `artois build %s`", name, name)
            continue
        provenance = products.read_provenance(products.table_path(name, processed))
        credits += [credit.line() for credit in provenance.credits]
    return Surroundings(**found, credits=tuple(dict.fromkeys(credits)))


def compose(year: int, due: Ordered, around: Surroundings) -> Order:
    """Return the order of what is due in a year."""
    made = order(year, located(due.signs, around)[[*ORDERED, "geometry"]], due.lines[list(SAID)])
    masts = made.signs["type"].str.startswith(MAST) & ~made.signs["code"].isin(made.lines["code"])
    if masts.any():
        logger.warning("%d masts have no lines (such as %s)", int(masts.sum()), made.signs["code"][masts].iloc[0])
    logger.info("order of %d: %d signs, %d lines", year, len(made.signs), len(made.lines))
    return made


def from_plan(path: Path, shares: dict[str, int]) -> Ordered:
    """Return the signs of a plan with their years, at the middle of their ranges, and their lines.

    Raises
    ------
    MissingDataError, SourceError
        If there is no such file, or it is no plan.
    """
    signs, lines = read_plan(path)
    if missing := set(PLAN_COLUMNS) - set(signs.columns) | set(LINE_COLUMNS) - set(lines.columns):
        raise SourceError(f"{path} lacks {', '.join(sorted(missing))}; expected a plan; write it anew")
    if (signs.geom_type != "Point").any() or signs.geometry.is_empty.any():
        raise SourceError(f"{path} has signs without a place; expected a point for each; write it anew")
    require_lambert93(signs, str(path))
    warn_of_rates(signs, shares, path)
    cents = {f"{name}_cents": to_cents(signs[f"{name}_eur"], path) for name in ("cost", "cost_low", "cost_high")}
    mine = signs.assign(
        park_id=signs["park_id"].mask(signs["role"] == "view", signs["text"])
    )  # no park's, it has a name
    table = mine.assign(**cents, **share_columns(shares), code=texts(mine["id"]), cost_stage="estimate")
    empty = pd.Series(pd.NA, index=mine.index, dtype="string")
    table = table.assign(
        **{name: texts(mine[name]) for name in ("type", "text", "park_id", "asked", "commune", "epci", "insee")},
        name=empty, owner=empty, cost_source=MIDDLE,
    )  # fmt: skip
    said = lines.rename(columns={"sign": "code"}).assign(pictograms=None, color=None)
    said = said.assign(code=texts(said["code"]), text=texts(said["destination"]))
    return Ordered(table, said)


def warn_of_rates(signs: gpd.GeoDataFrame, shares: dict[str, int], path: Path) -> None:
    """Say that the plan was made with other rates than the order."""
    planned, cost = float(signs["region_eur"].sum()), float(signs["cost_eur"].sum())
    expected = cost * shares["region"] / sum(shares.values())
    if abs(planned - expected) > 0.01 * max(len(signs), 1):
        logger.warning(
            "%s: the Region pays %.2f € in the plan, %.2f € in this order: rates differ", path, planned, expected
        )


def from_register(register: Register, shares: dict[str, int], actor: Actor) -> Ordered:
    """Return the signs of the register with the years noted for their order, and their lines.

    The cost is the most advanced that is recorded, else the middle of the catalogue's range; the shares are those
    recorded, else `shares`.

    Raises
    ------
    MissingDataError, RegisterError
        If there is no register, or it cannot be read.
    """
    with register, register.read() as database:
        signs, lines = sign_table(database, actor), blade_table(database, actor)
        money = query_table(database, MONEY).set_index("code")
        costs = query_table(database, COSTS)
    table = signs.assign(**{name: texts(signs[name]) for name in ("code", "type", "name", "park")})
    table = table.rename(columns={"order_year": "year"}).assign(
        owner=texts(signs["organisation"]), text=table["name"].fillna(table["park"]), asked=None,
        park_id=table["park"], commune=None, insee=None, epci=None, manager=None,
    )  # fmt: skip
    return Ordered(costed(table, money, costs, shares), said_in_register(lines))


def costed(
    signs: gpd.GeoDataFrame, money: pd.DataFrame, costs: pd.DataFrame, shares: dict[str, int]
) -> gpd.GeoDataFrame:
    """Return the signs of the register with cost, range, what the cost is worth, and shares."""
    last = costs.assign(rank=costs["stage"].map(STAGES.index)).sort_values("rank").drop_duplicates("code", keep="last")
    known = last.set_index("code").reindex(signs["code"])
    about = money.reindex(signs["code"])
    low, high = (pd.Series(about[f"cost_{end}_cents"].to_numpy()).astype("Int64") for end in ("low", "high"))
    amount = pd.Series(known["amount_cents"].to_numpy()).astype("Int64").fillna((low + high) // 2)
    given = pd.Series(known["stage"].to_numpy(), dtype="string")
    own = {
        column: about[f"{name}_bp"].fillna(shares[name]).astype("int64").to_numpy()
        for name, column in zip(FUNDERS, SHARES, strict=True)
    }
    source = pd.Series(known["source"].to_numpy(), dtype="string").fillna(MIDDLE)
    return signs.assign(
        cost_cents=amount, cost_low_cents=low, cost_high_cents=high, cost_stage=given.fillna("estimate"),
        cost_source=texts(source), **own,
    )  # fmt: skip


def said_in_register(lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of the register in the columns of an order; its time is that on foot."""
    known = lines.dropna(subset=["line"])
    named = known.rename(columns={"direction": "turn", "time_min": "walk_min"}).assign(cycle_min=None)
    return named.assign(**{name: texts(named[name]) for name in ("code", "text", "pictograms", "color")})


def located(signs: gpd.GeoDataFrame, around: Surroundings) -> gpd.GeoDataFrame:
    """Return the signs with the names of their park, its manager, their commune and lot, as far as they are known."""
    table = signs.assign(park=signs["park_id"], manager=None)
    if around.parks is not None:
        parks = around.parks.drop_duplicates("id").set_index("id")
        name, manager = (texts(signs["park_id"].map(parks[column].to_dict())) for column in ("name", "manager"))
        table = table.assign(park=name.fillna(table["park_id"]), manager=manager)
    if around.communes is not None:
        table = in_communes(table, around.communes)
    return gpd.GeoDataFrame(table.assign(lot=texts(table["epci"]).fillna(NO_LOT)))


def in_communes(table: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the table with commune and EPCI where it lacks them."""
    here = placed(table.drop(columns=["insee", "commune"]), communes)
    insee = texts(table["insee"]).fillna(texts(here["insee"]))
    epci = texts(insee.str.split("|").str[0].map(communes.set_index("id")["epci"].to_dict()))
    commune = texts(table["commune"]).fillna(texts(here["commune"]))
    return gpd.GeoDataFrame(table.assign(insee=insee, commune=commune, epci=texts(table["epci"]).fillna(epci)))


def share_columns(shares: dict[str, int]) -> dict[str, int]:
    """Return shares under the names of their columns."""
    return {column: shares[name] for name, column in zip(FUNDERS, SHARES, strict=True)}


def to_cents(amounts: pd.Series, path: Path) -> pd.Series:
    """Return euros as whole cents.

    Raises
    ------
    SourceError
        If one is no amount.
    """
    numbers = pd.to_numeric(amounts, errors="coerce").to_numpy(dtype=np.float64)
    if not (np.isfinite(numbers) & (numbers >= 0) & (numbers <= 10**10)).all():
        raise SourceError(f"{path} holds a cost that is no amount of euros; expected 0 or more; write the plan anew")
    return pd.Series(np.rint(numbers * 100).astype(np.int64), index=amounts.index)


def texts(column: pd.Series) -> pd.Series:
    """Return a column as text on one line, without what XML and paper cannot hold; empty where there is none."""
    plain = column.astype("object").where(column.notna(), pd.NA)
    return plain.map(lambda text: CONTROLS.sub(" ", str(text)).strip(), na_action="ignore").astype("string")
