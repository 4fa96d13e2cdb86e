"""What yearly flows of money are worth: present value, internal rate, payback."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Floats = NDArray[np.float64]

RATES = (-0.9, 10.0)
"""Where an internal rate is looked for: from losing nine tenths a year to elevenfold a year."""


def present_value(flows: Floats, rate: float) -> float:
    """Return the sum of flows_t / (1 + rate)^t.

    Parameters
    ----------
    flows
        Money at the end of years 0, 1, ..., shape (years + 1,).
    rate
        Per year, above -1; 0.03 for 3 %.
    """
    return float((flows * discount(flows.size, rate)).sum())


def discount(years: int, rate: float) -> Floats:
    """Return 1 / (1 + rate)^t for t = 0, 1, ..., shape (years,)."""
    return np.asarray((1.0 + rate) ** -np.arange(years, dtype=np.float64))


def internal_rate(flows: Floats) -> float | None:
    """Return a rate at which the present value is zero, or None where there is none between -90 % and 1,000 % a year.

    With one change of sign in the flows it is the only one.
    """
    low, high = (present_value(flows, rate) for rate in RATES)
    if low * high > 0 or not (flows > 0).any():
        return None
    return float(brentq(lambda rate: present_value(flows, rate), *RATES, xtol=1e-12))


def payback_years(flows: Floats, rate: float = 0.0) -> float | None:
    """Return when the discounted flows have paid back for good, or None if they have not in their years.

    Within the last year in which the sum rises through zero it is taken to rise evenly; a later expense that makes the
    sum negative again puts payback off.
    """
    total = np.cumsum(flows * discount(flows.size, rate))
    if total[-1] < 0:
        return None
    below = np.flatnonzero(total < 0)
    if below.size == 0:
        return 0.0
    last = int(below[-1])
    return float(last - total[last] / (total[last + 1] - total[last]))
