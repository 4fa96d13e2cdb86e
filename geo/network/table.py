"""A noded table of ways as the network that it came from."""

import geopandas as gpd
import numpy as np

from geo.network.noding import Network, end_points


def network_of(edges: gpd.GeoDataFrame) -> Network:
    """Return the network of a table of edges, without noding it again.

    Parameters
    ----------
    edges
        LineStrings in metres with `length_m` and the node numbers `from_node` and `to_node`; rows without nodes (areas)
        are left out. `way` of the network is the row of the table.

    Raises
    ------
    ValueError
        If a number below the greatest one is no edge's node: then rows lack.
    """
    rows = np.flatnonzero(edges["from_node"].notna().to_numpy())
    table = edges.iloc[rows]
    pairs = table[["from_node", "to_node"]].to_numpy(dtype=np.int64)
    lines = table.geometry.to_numpy()
    ends = end_points(lines)
    node = pairs.T.ravel()
    number = int(node.max()) + 1 if node.size else 0
    # as in noding, a node is the mean of the different places that meet there
    known = np.unique(np.column_stack([node, ends]), axis=0)
    at = known[:, 0].astype(np.int64)
    held = np.bincount(at, minlength=number)
    if (held == 0).any():
        raise ValueError(
            f"no edge meets node {int(held.argmin())} of 0 to {number - 1}; expected all rows of the table"
        )
    nodes = np.column_stack([np.bincount(at, known[:, axis], minlength=number) / held for axis in (1, 2)])
    return Network(nodes, pairs, lines, table["length_m"].to_numpy(dtype=np.float64), rows)
