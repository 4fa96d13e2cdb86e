"""A covering problem: what covers what, what it is worth and costs; checked, and cut down without loss."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, issparse

from geo.kernels.siting.compiled import door

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MOST_PAIRS: Final = 2e8
"""Products of sparse entries up to which candidates are compared with each other."""


class Problem(NamedTuple):
    """A covering problem; `by_candidate` is `covers` turned round, both of 0 and 1.

    Attributes
    ----------
    covers
        Which demand (rows) each candidate (columns) covers.
    by_candidate
        Which candidate (rows) covers each demand (columns).
    weights
        What covering each demand is worth, >= 0.
    costs
        What each candidate costs, >= 0.
    budget
        What may be spent, rounding allowed for.
    step
        No two different sums of weights are nearer to each other than this: 1 for whole numbers, else 0.
    """

    covers: csr_array
    by_candidate: csr_array
    weights: Floats
    costs: Floats
    budget: float
    step: float


class Reduced(NamedTuple):
    """A smaller problem with the same best sets: its candidates' rows in the first, and what is covered for certain."""

    problem: Problem
    candidates: Ints
    sure: float


def problem_of(covers: object, weights: ArrayLike, costs: ArrayLike, budget: float) -> Problem:
    """Return the problem, or refuse what makes no sense.

    Raises
    ------
    ValueError
        If shapes do not agree, a weight or cost is negative or no finite number, or the budget is negative or NaN.
    """
    if not issparse(covers):
        raise ValueError(f"covers is a {type(covers).__name__}; expected a scipy sparse matrix, demand by candidate")
    matrix = binary(csr_array(covers))
    worth, price = np.asarray(weights, dtype=np.float64), np.asarray(costs, dtype=np.float64)
    for name, values, number in (("weights", worth, matrix.shape[0]), ("costs", price, matrix.shape[1])):
        if values.shape != (number,):
            raise ValueError(f"{name} have the shape {values.shape}; expected ({number},), as covers has")
        if not (np.isfinite(values) & (values >= 0)).all():
            raise ValueError(f"{name} must be finite and 0 or more; correct row {first_bad(values)}")
    if not budget >= 0:
        raise ValueError(f"the budget is {budget}; expected 0 or more")
    whole = bool((worth == np.round(worth)).all()) and worth.sum() < 2**52
    room = with_slack(min(float(budget), float(price.sum())))
    return Problem(matrix, turned(matrix), worth, price, room, 1.0 if whole else 0.0)


def binary(matrix: csr_array) -> csr_array:
    """Return the matrix with 1 wherever an entry is not zero; NaN is refused."""
    if np.isnan(matrix.data.astype(np.float64)).any():
        raise ValueError("covers holds NaN; expected true or false")
    # bool sums in coo -> csr may leave repeated entries: sum_duplicates joins them
    clean = csr_array(matrix.astype(np.float64), copy=True)
    clean.sum_duplicates()
    clean.eliminate_zeros()
    clean.data[:] = 1.0
    return clean


def first_bad(values: Floats) -> int:
    """Return the row of the first value that is negative or no finite number."""
    return int(np.argmin(np.isfinite(values) & (values >= 0)))


def with_slack(budget: float) -> float:
    """Return the budget with room for rounding when costs are added up."""
    return budget + 1e-9 * max(1.0, budget)


def turned(matrix: csr_array) -> csr_array:
    """Return the matrix with rows and columns exchanged."""
    other = csr_array(matrix.T)
    other.sort_indices()
    return other


def value(problem: Problem, chosen: Bools) -> float:
    """Return the weight that a set of candidates covers."""
    return float(problem.weights[covered(problem, chosen)].sum())


def covered(problem: Problem, chosen: Bools) -> Bools:
    """Tell which demand a set of candidates covers."""
    table = problem.by_candidate
    found: Bools = marked(table.indptr, table.indices, np.flatnonzero(chosen), table.shape[1])
    return found


@door
def marked(starts: Ints, rows: Ints, chosen: Ints, demand: int) -> Bools:
    """Mark the demand of some candidates: far less work than a product with the whole table."""
    found = np.zeros(demand, np.bool_)
    for one in chosen:
        for at in range(starts[one], starts[one + 1]):
            found[rows[at]] = True
    return found


def reduced(problem: Problem, *, taken: Bools, usable: Bools) -> Reduced:
    """Return what is left to decide once some candidates are taken; no best set is lost.

    Demand that is covered, worthless, or out of reach goes; demand that the same candidates cover is one. Candidates
    go that are too dear, cover nothing more, or cover no more than one that is not dearer.
    """
    left = problem.budget - float(problem.costs[taken].sum())
    done = covered(problem, taken)
    candidates = np.flatnonzero(usable & ~taken & (problem.costs <= left))
    rows = np.flatnonzero(~done & (problem.weights > 0))
    covers, weights = merged(problem.covers[rows][:, candidates], problem.weights[rows])
    kept = useful(covers, problem.costs[candidates])
    covers, weights = merged(covers[:, kept], weights)
    smaller = Problem(covers, turned(covers), weights, problem.costs[candidates[kept]], left, problem.step)
    return Reduced(smaller, candidates[kept], float(problem.weights[done].sum()))


def merged(covers: csr_array, weights: Floats) -> tuple[csr_array, Floats]:
    """Return the demand with that of the same candidates added up, and without what none covers."""
    covers = csr_array(covers)
    covers.sort_indices()
    number: dict[bytes, int] = {}
    group = np.empty(covers.shape[0], dtype=np.int64)
    for row in range(covers.shape[0]):
        key = covers.indices[covers.indptr[row] : covers.indptr[row + 1]].tobytes()
        group[row] = number.setdefault(key, len(number))
    _, first = np.unique(group, return_index=True)
    total = np.bincount(group, weights, minlength=len(number)) if len(group) else np.empty(0)
    reached = np.diff(covers.indptr)[first] > 0
    return covers[first[reached]], total[reached]


def useful(covers: csr_array, costs: Floats) -> Bools:
    """Tell which candidates cover something, and something that no other covers that costs as much or less."""
    size = np.bincount(covers.indices, minlength=covers.shape[1])
    kept: Bools = size > 0
    if float((np.diff(covers.indptr).astype(np.float64) ** 2).sum()) > MOST_PAIRS:
        return kept
    shared = (covers.T @ covers).tocoo()
    inner, outer = shared.row, shared.col
    inside = (shared.data >= size[inner] - 0.5) & (inner != outer) & (costs[outer] <= costs[inner])
    # of equals, the first stays
    same = (size[inner] == size[outer]) & (costs[inner] == costs[outer])
    inside &= ~same | (outer < inner)
    kept[inner[inside]] = False
    return kept
