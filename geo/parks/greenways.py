"""Greenways: old mine railways (cavaliers) and paths as one network, an edge a row, with lengths and components.

The snap distance is 5 m by default. In the real cavaliers 1,463 ends are loose; the nearest other part of the network
lies within 5 m of 105 of them, and at 8 to 16 m of 564: the breadth of a road and its verges. So 5 m closes what was
drawn carelessly and leaves open what may be a real break, which then appears among the missing links. A note of the
provenance says what other distances would give.
"""

from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, Field

from geo.catalogue import GREENWAYS
from geo.errors import MissingDataError
from geo.network.graph import component_table, components
from geo.network.noding import Network, build_network
from geo.pipeline import Outcome
from geo.provenance import Note
from geo.raw import RawFolder
from geo.sources import greenway_files, osm_ways, quarter, unesco
from geo.vector import placed, require_lambert93

LAYER = GREENWAYS
SNAPS_M: Final = (0.0, 5.0, 10.0, 25.0, 100.0)
"""Snap distances whose effect is told beside the chosen one."""

UNTOLD: Final = {"state": "unknown", "protection": "unknown", "level": 0, "bridge": False}
"""What is taken where a source says nothing."""


class Inputs(NamedTuple):
    """Ways with number, name, kind, surface, state, protection, level, bridge and, for areas, a length; communes."""

    ways: gpd.GeoDataFrame
    communes: gpd.GeoDataFrame


class Params(BaseModel, frozen=True, extra="forbid"):
    """How far apart ends may lie that are meant to meet. Metres."""

    snap_m: float = Field(default=5.0, ge=0.0, le=200.0)


def load(raw: RawFolder) -> Inputs:
    """Read the cavaliers and every imported file of ways; without any, the synthetic quarter's paths."""
    communes = raw.product("communes")
    imported = [table for table in (osm_ways.read(raw), greenway_files.read(raw)) if table is not None]
    if unesco.present(raw):
        imported.insert(0, unesco.read_cavaliers(raw).assign(kind="cavalier"))
    if not imported and quarter.present(raw):
        paths = quarter.read("greenways", raw).assign(kind="path", state="existing")
        imported = [paths.rename(columns={"id": "number"})]
    if not imported:
        raise MissingDataError(
            f"{raw.folder} holds none of unesco/, osm/, greenways/, sample/; expected ways; "
            "fetch them or run `artois sample`"
        )
    return Inputs(gpd.GeoDataFrame(pd.concat(imported, ignore_index=True)), communes)


def compute(inputs: Inputs, params: Params) -> Outcome:
    """Return one row per edge of the network, then one per way that is known as an area only."""
    ways = with_keys(require_lambert93(inputs.ways, "greenways"))
    is_line = ways.geom_type.isin(["LineString", "MultiLineString"])
    lines = ways[is_line].reset_index(drop=True)
    network = build_network(lines.geometry.to_numpy(), snap_m=params.snap_m, level=lines["level"].to_numpy())
    rows = gpd.GeoDataFrame(pd.concat([edge_rows(network, lines), area_rows(ways[~is_line])], ignore_index=True))
    notes = (*twice_drawn(network, lines), *snap_note(lines, params.snap_m))
    return Outcome(placed(rows.set_crs(ways.crs), inputs.communes), notes)


def with_keys(ways: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the ways with every column, sorted by a key that is theirs in any order of the rows.

    The key is the number, and from the second way of the same number on (in the order of their courses) a counter.
    """
    known = {column: ways.get(column, pd.NA) for column in (*UNTOLD, "surface", "stated_length_m")}
    ways = ways.assign(**known).fillna(UNTOLD).infer_objects()
    ways = ways.assign(
        level=ways["level"].astype("int64"), course=shapely.to_wkb(ways.normalize().to_numpy(), hex=True)
    )
    ways = ways.sort_values(["number", "course"]).reset_index(drop=True)
    repeat = ways.groupby("number").cumcount()
    return ways.assign(way=ways["number"].where(repeat == 0, ways["number"] + "+" + (repeat + 1).astype(str)))


def edge_rows(network: Network, lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a row per edge with what is known of its way; its id is the way's key and its ordinal along it."""
    table = lines.iloc[network.way].reset_index(drop=True).set_geometry(network.lines, crs=lines.crs)
    ordinal = table.groupby("way").cumcount() + 1
    return table.assign(
        id=table["way"] + "." + ordinal.astype(str),
        length_m=network.length_m,
        component=components(network)[network.edges[:, 0]] + 1,
        from_node=network.edges[:, 0],
        to_node=network.edges[:, 1],
    )


def area_rows(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the ways that are areas, outside the network, with the length that their provider states."""
    stated_m = pd.to_numeric(areas["stated_length_m"]).astype("float64")
    return areas.assign(id=areas["way"], length_m=stated_m, component=pd.NA, from_node=pd.NA, to_node=pd.NA)


def twice_drawn(network: Network, lines: gpd.GeoDataFrame) -> tuple[Note, ...]:
    """Return a note on the ways of which nothing is left: without length, or lying on others and counted with them."""
    lost = np.setdiff1d(np.arange(len(lines)), network.way)
    if lost.size == 0:
        return ()
    reason = "way without length, or lying on another and counted with it"
    return (Note(action="dropped", reason=reason, count=lost.size, example=str(lines["way"].iloc[lost[0]])),)


def snap_effect(lines: gpd.GeoDataFrame, snaps_m: tuple[float, ...]) -> pd.DataFrame:
    """Return what each snap distance makes of the ways: `snap_m`, `components`, `largest_m`, `total_m`."""
    tables = [
        component_table(build_network(lines.geometry.to_numpy(), snap_m=snap_m, level=lines["level"].to_numpy()))
        for snap_m in snaps_m
    ]
    lengths = [table["length_m"] for table in tables]
    return pd.DataFrame(
        {
            "snap_m": snaps_m,
            "components": [len(table) for table in tables],
            "largest_m": [length_m.max() for length_m in lengths],
            "total_m": [length_m.sum() for length_m in lengths],
        }
    )


def snap_note(lines: gpd.GeoDataFrame, snap_m: float) -> tuple[Note, ...]:
    """Return a note on how many parts the network has at several snap distances; none where all give the same."""
    table = snap_effect(lines, tuple(sorted({*SNAPS_M, snap_m}))) if len(lines) else pd.DataFrame()
    if table.empty or table["components"].nunique() == 1:
        return ()
    effects = zip(table["snap_m"], table["components"], table["largest_m"] / 1000, strict=True)
    told = "; ".join(f"{width_m:g} m: {parts}, {longest_km:.1f} km" for width_m, parts, longest_km in effects)
    chosen = int(table.loc[table["snap_m"] == snap_m, "components"].iloc[0])
    reason = (
        f"components of the network at a snap distance of {snap_m:g} m (at other distances, with the longest: {told})"
    )
    return (Note(action="flagged", reason=reason, count=chosen),)
