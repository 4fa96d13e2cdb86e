"""Adding a candidate and exchanging two, compiled: the loops in which the search for a good set spends its time."""

from typing import Final, NamedTuple

import numpy as np

from geo.kernels.siting.compiled import door, inner
from geo.kernels.siting.problem import Bools, Floats, Ints

TINY: Final = 1e-12


class Reach(NamedTuple):
    """Which demand each candidate covers, and which candidates cover each demand: `indptr` and `indices` of both."""

    starts: Ints
    rows: Ints
    turned_starts: Ints
    turned_rows: Ints


@inner
def sum_gains(reach: Reach, open_weight: Floats, gain: Floats) -> None:
    """Sum the weight of the demand that each candidate covers."""
    for one in range(len(gain)):
        total = 0.0
        for at in range(reach.starts[one], reach.starts[one + 1]):
            total += open_weight[reach.rows[at]]
        gain[one] = total


@door
def add_greedily(reach: Reach, open_weight: Floats, costs: Floats, usable: Bools, left: float, least: float) -> Ints:
    """Return candidates in the order in which greed adds them: the greatest new weight per cost, the first of equals.

    Parameters
    ----------
    reach
        Which demand each candidate covers, and the other way round.
    open_weight
        Of each demand, 0 where it is covered; changed in place.
    costs
        Of each candidate.
    usable
        Which candidates may be added.
    left
        What may be spent.
    least
        Smaller gains are none.
    """
    number = len(costs)
    gain, added, count = np.zeros(number), np.empty(number, np.int64), 0
    sum_gains(reach, open_weight, gain)
    free = usable.copy()
    while True:
        best, best_ratio = -1, 0.0
        for one in range(number):
            if free[one] and costs[one] <= left and gain[one] > least:
                ratio = gain[one] / max(costs[one], TINY)
                if ratio > best_ratio:
                    best, best_ratio = one, ratio
        if best < 0:
            return added[:count]
        added[count] = best
        count += 1
        free[best] = False
        left -= costs[best]
        for at in range(reach.starts[best], reach.starts[best + 1]):
            row = reach.rows[at]
            if open_weight[row] > 0.0:
                for other in range(reach.turned_starts[row], reach.turned_starts[row + 1]):
                    gain[reach.turned_rows[other]] -= open_weight[row]
                open_weight[row] = 0.0


@door
def best_exchange(
    reach: Reach, weights: Floats, costs: Floats, usable: Bools, held: Ints, left: float
) -> tuple[float, int, int]:
    """Return what the best exchange of a held candidate for another gains, its place in `held`, and the newcomer.

    References
    ----------
    M. G. C. Resende and R. F. Werneck (2007), https://doi.org/10.1016/j.ejor.2005.05.028: gain, loss, and the demand
    that the leaver alone covers and the newcomer covers again.
    """
    sole, lost = np.zeros(len(weights), np.int64), np.zeros(len(held))
    unmet, alone = find_alone(reach, weights, held, sole, lost)
    best, leaver, newcomer, again = -np.inf, 0, 0, np.zeros(len(held))
    for one in range(len(costs)):
        if not usable[one]:
            continue
        gain = regain(reach, one, unmet, alone, sole, again)
        for place in range(len(held)):
            change = gain + again[place] - lost[place]
            if change > best and costs[one] <= left + costs[held[place]]:
                best, leaver, newcomer = change, place, one
    return best, leaver, newcomer


@inner
def find_alone(reach: Reach, weights: Floats, held: Ints, sole: Ints, lost: Floats) -> tuple[Floats, Floats]:
    """Return the weights of the demand that no candidate, and that one alone, covers; note this one, and sum for it."""
    times = np.zeros(len(weights), np.int64)
    for place in range(len(held)):
        for at in range(reach.starts[held[place]], reach.starts[held[place] + 1]):
            times[reach.rows[at]] += 1
            sole[reach.rows[at]] = place
    unmet, alone = np.zeros(len(weights)), np.zeros(len(weights))
    for row in range(len(weights)):
        if times[row] == 0:
            unmet[row] = weights[row]
        elif times[row] == 1:
            alone[row] = weights[row]
            lost[sole[row]] += weights[row]
    return unmet, alone


@inner
def regain(reach: Reach, one: int, unmet: Floats, alone: Floats, sole: Ints, again: Floats) -> float:
    """Return what a candidate adds, and set `again` to what it covers of what each of the held covers alone."""
    for place in range(len(again)):
        again[place] = 0.0
    gain = 0.0
    for at in range(reach.starts[one], reach.starts[one + 1]):
        row = reach.rows[at]
        gain += unmet[row]
        again[sole[row]] += alone[row]
    return gain
