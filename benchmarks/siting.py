"""How long the siting kernel takes to prove the best set, on instances made as those of the literature.

Run `python -m benchmarks.siting [--limit 9]`. p-median: random graphs as OR-Library's pmed (n nodes, n²/50 links of 1
to 100; J. E. Beasley 1985), turned into covering by a radius: the quantile 0.7 / p of all distances. Town: clustered
places with weights and a radius of 800 m, in the manner of the SJC instances. Large: 20,000 demand points, 3,000
candidates of unequal costs. Each line: seconds, covered, bound, gap, what greed covers.

`--public FOLDER` solves the published instances that a folder holds instead: pmed*.txt as OR-Library gives them (nodes,
links and p; then two nodes and a length per line), every weight 1, at three radii; SJC*.txt (a heading; then
x, y, demand per line) at 800, 1200 and 1600 m, for every p until all is covered.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial import KDTree

from geo.kernels.siting import max_coverage


def p_median(number: int, p: int, share: float) -> csr_array:
    """Return what covers what among the nodes of a random graph."""
    rng = np.random.default_rng(number + p)
    ring = np.column_stack([np.arange(number), (np.arange(number) + 1) % number])
    ends = np.vstack([rng.integers(0, number, (number**2 // 50, 2)), ring])
    ends = ends[ends[:, 0] != ends[:, 1]]
    graph = coo_array((rng.integers(1, 101, len(ends)), (ends[:, 0], ends[:, 1])), shape=(number, number))
    far = shortest_path(graph.tocsr(), directed=False)
    return csr_array(far <= np.quantile(far, share / p))


def near(demand: np.ndarray, candidates: np.ndarray, radius_m: float) -> csr_array:
    """Return which demand lies within a radius of which candidate."""
    pairs = KDTree(demand).sparse_distance_matrix(KDTree(candidates), radius_m, output_type="coo_matrix")
    return csr_array((np.ones(pairs.nnz, bool), (pairs.row, pairs.col)), shape=pairs.shape)


def town(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return clustered places of a town, and their weights."""
    rng = np.random.default_rng(number)
    middles = rng.uniform(0, 6000, (12, 2))
    return middles[rng.integers(0, 12, number)] + rng.normal(0, 700, (number, 2)), rng.integers(1, 120, number) * 1.0


def told(name: str, covers: csr_array, weights: np.ndarray, costs: np.ndarray, budget: float, limit_s: float) -> float:
    """Print one line and return what is covered."""
    start = time.perf_counter()
    found = max_coverage(covers, weights, costs, budget, time_limit_s=limit_s)
    seconds = time.perf_counter() - start
    print(
        f"{name}: {seconds:.2f} s, covered {found.covered:,.0f}, bound {found.bound:,.0f}, gap {found.gap:.2%}, "
        f"greedy {found.greedy:,.0f}",
        flush=True,
    )
    return found.covered


def read_p_median(path: Path) -> tuple[np.ndarray, int]:
    """Return all distances of an instance of OR-Library, and its p; of two links the later one counts, as there."""
    number, p = (int(word) for word in np.array(path.read_text().split()[:3])[[0, 2]])
    links = np.loadtxt(path, skiprows=1, dtype=np.int64)
    length = np.zeros((number, number))
    for one, other, cost in links:
        length[one - 1, other - 1] = length[other - 1, one - 1] = cost
    return shortest_path(csr_array(length), directed=False), p


def published(folder: Path, limit_s: float) -> None:
    """Print a line for each published instance."""
    for path in sorted(folder.glob("pmed*.txt")):
        far, p = read_p_median(path)
        ones = np.ones(len(far))
        for share in (0.5, 1.0, 2.0):
            radius = np.quantile(far, share / p)
            told(f"{path.stem} p={p} radius {radius:g}", csr_array(far <= radius), ones, ones, p, limit_s)
    for path in sorted(folder.glob("SJC*.txt")):
        places, weights = np.split(np.loadtxt(path, skiprows=1), [2], axis=1)
        for radius_m in (800.0, 1200.0, 1600.0):
            covers, ones = near(places, places, radius_m), np.ones(len(places))
            for p in range(1, 20):
                name = f"{path.stem} p={p} radius {radius_m:g} m"
                if told(name, covers, weights[:, 0], ones, p, limit_s) >= weights.sum():
                    break


def main() -> None:
    """Print the lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=9.0, help="seconds for each instance but the large ones")
    parser.add_argument("--public", type=Path, help="folder of published instances to solve instead")
    asked = parser.parse_args()
    limit_s = asked.limit
    if asked.public:
        published(asked.public, limit_s)
        return
    for number in (300, 500, 800):
        for p in (5, 10, number // 10, number // 5):
            covers, ones = p_median(number, p, 0.7), np.ones(number)
            told(f"p-median n={number} p={p}", covers, ones, ones, p, limit_s)
    for number, some in ((324, (3, 5)), (500, (5, 8)), (818, (8, 14))):
        places, weights = town(number)
        for p in some:
            told(f"town n={number} p={p}", near(places, places, 800.0), weights, np.ones(number), p, limit_s)
    rng = np.random.default_rng(0)
    demand, candidates = (rng.uniform(0, 30_000, (size, 2)) for size in (20_000, 3_000))
    weights, costs = rng.integers(1, 100, 20_000) * 1.0, rng.integers(5, 15, 3_000) * 1.0
    for radius_m, budget in ((700.0, 2_000.0), (1000.0, 1_000.0), (1500.0, 600.0)):
        covers = near(demand, candidates, radius_m)
        told(f"large, {radius_m:g} m, budget {budget:g}", covers, weights, costs, budget, 30.0)


if __name__ == "__main__":
    main()
