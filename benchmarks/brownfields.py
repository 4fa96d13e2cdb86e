"""How long the score of 24,000 made-up brownfields takes, part by part: `python -m benchmarks.brownfields`."""

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from geo.brownfields.criteria import criteria
from geo.brownfields.matrix import matrix, published
from geo.brownfields.potential import connection, economics, power_and_energy, worth_of_cases
from geo.brownfields.score import ScoreParams, score_sites, sensitivity

SITES = 24_000
"""The national count of brownfields."""

Rng = np.random.Generator


def made_up(columns: dict[str, tuple[float, float] | list[str]], rng: Rng, unknown: float = 0.5) -> pd.DataFrame:
    """Return sites with answers drawn evenly, a share of them unknown."""
    table = {}
    for name, choice in columns.items():
        drawn = rng.choice(choice, SITES) if isinstance(choice, list) else rng.uniform(*choice, SITES)
        table[name] = np.where(rng.random(SITES) < unknown, None, drawn.astype(object))
    return pd.DataFrame(table)


def matrix_columns() -> dict[str, tuple[float, float] | list[str]]:
    """Return what the published matrix may be answered."""
    return {each.id: list(each.values) or (0.0, 60_000.0) for each in matrix().criteria}


def our_columns() -> dict[str, tuple[float, float] | list[str]]:
    """Return what our criteria may be answered; nothing that excludes, so that every site is ranked."""
    return {
        each.id: (each.points[0][0], each.points[-1][0]) if each.points else [*each.answers, *each.neutral]
        for each in criteria()
    }


def money(area_ha: pd.Series) -> pd.DataFrame:
    """Return power, energy, money and connection of every site."""
    yields = pd.DataFrame({"low": 900.0, "mid": 1000.0, "high": 1100.0}, index=area_ha.index)
    potential = power_and_energy(area_ha, yields, economics())
    return worth_of_cases(potential, yields, economics()).assign(fit=connection(potential, area_ha))


def main() -> None:
    """Compile on ten sites, then time each part; processor time beside, as machines are rarely quiet."""
    rng = np.random.default_rng(1)
    answers, ours = made_up(matrix_columns(), rng), made_up(our_columns(), rng)
    area_ha = pd.Series(rng.uniform(0.5, 20.0, SITES))
    drawn_weights = ScoreParams(concentration=100.0)
    parts: dict[str, Callable[[], object]] = {
        "published matrix": lambda: published(answers),
        "score, intervals, ranks, 1,000 worlds": lambda: score_sites(ours),
        "the same, weights drawn too": lambda: score_sites(ours, drawn_weights),
        "sensitivity": lambda: sensitivity(ours),
        "power, energy, money (three cases)": lambda: money(area_ha),
    }
    score_sites(ours.iloc[:10])
    for name, run in parts.items():
        wall, processor = time.perf_counter(), time.process_time()
        run()
        print(f"{name:40s}{time.perf_counter() - wall:8.2f} s {time.process_time() - processor:8.2f} s of processor")


if __name__ == "__main__":
    main()
