"""Prices made better step by step, compiled: the loop in which the search for the best set spends its time."""

from typing import Final, NamedTuple

import numpy as np

from geo.kernels.siting.compiled import door, inner
from geo.kernels.siting.problem import Floats, Ints

SMOOTHING: Final = 0.7
MEMORY: Final = 0.85
FIRST_PACE: Final = 0.5
SLOWER: Final = 0.7
TINY: Final = 1e-12


class Offer(NamedTuple):
    """What is still to be had: which demand each candidate covers, the open candidates, and what is left to spend.

    Attributes
    ----------
    starts, rows
        Which demand each candidate covers: `indptr` and `indices` of `Problem.by_candidate`.
    candidates
        The open ones, as rows of that table.
    costs
        Of the open candidates.
    budget
        What is left for them.
    weights
        Of all demand; 0 where it is covered already.
    """

    starts: Ints
    rows: Ints
    candidates: Ints
    costs: Floats
    budget: float
    weights: Floats


class Effort(NamedTuple):
    """How long prices are looked for.

    Attributes
    ----------
    rounds
        How many prices are tried at most, at least 1.
    patience
        Rounds without gain after which steps get shorter, from the best prices known.
    goal
        A bound below is good enough.
    aim
        The best value known: sets the length of the steps.
    """

    rounds: int
    patience: int
    goal: float
    aim: float


class Priced(NamedTuple):
    """The best prices found: the bound that they prove, and what they say of each open candidate.

    `income` is the summed price of a candidate, -1 where no set with it reaches the goal; `taken` its part in the
    knapsack, `share` how often it was in it of late; `crossing` is the income per cost at which the knapsack is full.
    """

    value: float
    prices: Floats
    income: Floats
    taken: Floats
    share: Floats
    crossing: float


@door
def priced(offer: Offer, first: Floats, effort: Effort) -> Priced:
    """Return the best prices found, from first ones of 0 to the weight of each demand."""
    number, demand = len(offer.candidates), len(offer.weights)
    prices, best_prices = first.copy(), first.copy()
    income, best_income = np.zeros(number), np.zeros(number)
    taken, best_taken, share = np.zeros(number), np.zeros(number), np.zeros(number)
    direction, times, order = np.zeros(demand), np.zeros(demand), np.empty(number, np.int64)
    best, crossing, stall, pace = np.inf, 0.0, 0, FIRST_PACE
    for _ in range(effort.rounds):
        add_prices(offer, prices, income)
        full_at = fill_knapsack(income, offer.costs, offer.budget, taken, order)
        value = unpriced(offer.weights, prices) + sold(income, taken, share)
        stall = 0 if value < best - 1e-7 * abs(value) else stall + 1
        if value < best:
            best, crossing = value, full_at
            drop_hopeless(income, offer.costs, crossing, best - effort.goal)
            keep(prices, best_prices)
            keep(income, best_income)
            keep(taken, best_taken)
        if best < effort.goal:
            break
        if stall >= effort.patience:
            pace, stall = pace * SLOWER, 0
            keep(best_prices, prices)
            direction = np.zeros(demand)
            continue
        count_covers(offer, taken, times)
        steepness = turn(prices, offer.weights, times, direction)
        if steepness < TINY:  # prices are the best there are
            break
        step(prices, offer.weights, direction, pace * max(value - effort.aim, 1e-3 * abs(value)) / steepness)
    return Priced(best, best_prices, best_income, best_taken, share, crossing)


@inner
def add_prices(offer: Offer, prices: Floats, income: Floats) -> None:
    """Sum the prices of the demand that each open candidate covers; those dropped stay so."""
    for k in range(len(income)):
        if income[k] < 0.0:
            continue
        one, total = offer.candidates[k], 0.0
        for at in range(offer.starts[one], offer.starts[one + 1]):
            total += prices[offer.rows[at]]
        income[k] = total


@inner
def drop_hopeless(income: Floats, costs: Floats, crossing: float, slack: float) -> None:
    """Drop candidates whose part in a set costs more of the bound than it has above the goal."""
    for k in range(len(income)):
        if income[k] - crossing * costs[k] < -slack:
            income[k] = -1.0


@inner
def unpriced(weights: Floats, prices: Floats) -> float:
    """Return what the demand is worth above its prices."""
    total = 0.0
    for i in range(len(prices)):
        total += weights[i] - prices[i]
    return total


@inner
def sold(income: Floats, taken: Floats, share: Floats) -> float:
    """Return what the knapsack brings, and note in `share` what is in it."""
    total = 0.0
    for k in range(len(income)):
        total += taken[k] * income[k]
        share[k] = MEMORY * share[k] + (1.0 - MEMORY) * taken[k]
    return total


@inner
def keep(values: Floats, kept: Floats) -> None:
    """Copy values; loops compile in a tenth of the time of array expressions."""
    for i in range(len(values)):
        kept[i] = values[i]


@inner
def step(prices: Floats, weights: Floats, direction: Floats, length: float) -> None:
    """Move the prices against the direction, within 0 and the weights."""
    for i in range(len(prices)):
        prices[i] = min(max(prices[i] - length * direction[i], 0.0), weights[i])


@inner
def count_covers(offer: Offer, taken: Floats, times: Floats) -> None:
    """Count how often the knapsack's candidates cover each demand."""
    for i in range(len(times)):
        times[i] = 0.0
    for k in range(len(taken)):
        one = offer.candidates[k]
        if taken[k] > 0.0:
            for at in range(offer.starts[one], offer.starts[one + 1]):
                times[offer.rows[at]] += taken[k]


@inner
def turn(prices: Floats, weights: Floats, times: Floats, direction: Floats) -> float:
    """Turn the direction to where the bound rises with the prices, and return its squared length.

    The bound rises where demand is covered more often than wanted; at the ends of a price it can not.
    """
    steepness = 0.0
    for i in range(len(prices)):
        rise = times[i] - (1.0 if prices[i] < weights[i] else 0.0)
        if prices[i] >= weights[i] and (times[i] <= 1.0 or rise < 0.0):
            rise = 0.0
        if prices[i] <= 0.0 and rise > 0.0:
            rise = 0.0
        direction[i] = SMOOTHING * direction[i] + rise
        steepness += direction[i] * direction[i]
    return steepness


@inner
def fill_knapsack(income: Floats, costs: Floats, budget: float, taken: Floats, order: Ints) -> float:
    """Fill the knapsack by income per cost, the last candidate cut; return the ratio at which it is full, 0 if never.

    As quickselect does, the candidates are split until the budget ends in one part: nothing is sorted. `order` is room
    to work in.
    """
    high = 0
    for k in range(len(income)):
        taken[k] = 0.0
        if income[k] > 0.0:
            order[high] = k
            high += 1
    low, left = 0, budget
    while low < high:
        middle = order[(low + high) // 2]
        pivot = income[middle] / max(costs[middle], TINY)
        above, below, dear = split(income, costs, order[low:high], pivot)
        if dear > left:
            high = low + above
            continue
        left -= dear
        for at in range(low, low + above):
            taken[order[at]] = 1.0
        for at in range(low + above, low + below):
            cost = costs[order[at]]
            if cost > left:
                taken[order[at]] = left / cost
                return float(pivot)
            taken[order[at]] = 1.0
            left -= cost
        low += below
    return 0.0


@inner
def split(income: Floats, costs: Floats, order: Ints, pivot: float) -> tuple[int, int, float]:
    """Put candidates of a greater ratio than the pivot first, of a smaller one last.

    Returns the end of the first, the start of the last, and what the first cost.
    """
    above, row, below, dear = 0, 0, len(order), 0.0
    while row < below:
        one = order[row]
        ratio = income[one] / max(costs[one], TINY)
        if ratio > pivot:
            dear += costs[one]
            order[row], order[above] = order[above], one
            above += 1
            row += 1
        elif ratio < pivot:
            below -= 1
            order[row], order[below] = order[below], one
        else:
            row += 1
    return above, below, dear
