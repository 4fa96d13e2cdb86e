"""How long a network of 100,000 edges takes: noding, isochrones of 500 entrances, reach of each; seconds.

Run `python -m benchmarks.network [--side 225]`: a made-up town on a grid of side x side crossings, its streets bent.
"""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import shapely

from geo.network.graph import attach, components, isochrones, locate, reach
from geo.network.noding import build_network

Result = TypeVar("Result")


def town(side: int, rng: np.random.Generator) -> np.ndarray:
    """Return the ways of a town on a bent grid of 100 m, each with a bend."""
    places = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1) * 100.0
    places += rng.uniform(-30, 30, places.shape)
    pairs = [(places[:-1], places[1:]), (places[:, :-1], places[:, 1:])]
    starts = np.concatenate([first.reshape(-1, 2) for first, _ in pairs])
    ends = np.concatenate([last.reshape(-1, 2) for _, last in pairs])
    bends = (starts + ends) / 2 + rng.uniform(-8, 8, starts.shape)
    lines: np.ndarray = shapely.linestrings(np.stack([starts, bends, ends], axis=1))
    return lines


def timed(what: str, work: Callable[[], Result]) -> Result:
    """Return the result, and print how long it took."""
    start = time.perf_counter()
    result = work()
    print(f"{what}: {time.perf_counter() - start:.2f} s")
    return result


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=225)
    parser.add_argument("--entrances", type=int, default=500)
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    lines = town(options.side, rng)
    network = timed(f"noding {len(lines)} ways", lambda: build_network(lines, snap_m=5.0))
    print(f"{len(network.nodes)} nodes, {len(network.edges)} edges, {components(network).max() + 1} component(s)")
    spots = shapely.points(rng.uniform(0, options.side * 100, (options.entrances, 2)))
    network, nodes = timed("entrances put onto edges", lambda: attach(network, locate(network, spots)))
    timed("nearest entrance of every node, no limit", lambda: isochrones(network, nodes))
    timed("nearest entrance of every node, 1,000 m", lambda: isochrones(network, nodes, limit_m=1_000.0))
    timed("reach of each entrance, 1,000 m", lambda: reach(network, nodes, limit_m=1_000.0))
    timed("reach of each entrance, 5,000 m", lambda: reach(network, nodes, limit_m=5_000.0))


if __name__ == "__main__":
    main()
