"""Where each hour's electricity goes between a roof, a house, a battery and the grid."""

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FLOWS: Final = 6


class Battery(NamedTuple):
    """A store of electricity.

    Attributes
    ----------
    capacity_kwh
        What it can hold; 0 for none.
    power_kw
        At most taken in, or given out, in an hour.
    efficiency
        Given out over taken in, in (0, 1]; half of the loss (its square root) on each way.
    """

    capacity_kwh: float = 0.0
    power_kw: float = 0.0
    efficiency: float = 1.0


class Balance(NamedTuple):
    """The flows of every hour. kWh, each of shape (hours,).

    Attributes
    ----------
    self_consumed
        From the roof straight to the house.
    to_battery, from_battery
        Into the battery, before its loss; out of it, after its loss.
    exported, imported
        To and from the grid: production = self_consumed + to_battery + exported, load = self_consumed + from_battery +
        imported.
    stored
        In the battery when the hour ends.
    """

    self_consumed: Floats
    to_battery: Floats
    from_battery: Floats
    exported: Floats
    imported: Floats
    stored: Floats


def balance_hours(production_kwh: Floats, load_kwh: Floats, battery: Battery) -> Balance:
    """Return the flows when the house comes first, then the battery, then the grid.

    Parameters
    ----------
    production_kwh, load_kwh
        kWh, at least 0, shape (hours,).
    battery
        Empty when the first hour begins.
    """
    each_way = float(np.sqrt(battery.efficiency))
    flows = _run(
        np.ascontiguousarray(production_kwh, dtype=np.float64), np.ascontiguousarray(load_kwh, dtype=np.float64),
        battery.capacity_kwh, battery.power_kw, each_way,
    )  # fmt: skip
    return Balance(*flows)


@njit(cache=True)
def _run(production: Floats, load: Floats, capacity: float, power: float, each_way: float) -> Floats:
    """Return the flows as rows, in the order of Balance."""
    flows = np.zeros((FLOWS, production.size))
    stored = 0.0
    for hour in range(production.size):
        direct = min(production[hour], load[hour])
        surplus, need = production[hour] - direct, load[hour] - direct
        taken = min(surplus, power, max(capacity - stored, 0.0) / each_way)
        given = min(need, power, stored * each_way)
        stored = min(max(stored + taken * each_way - given / each_way, 0.0), capacity)
        flows[0, hour], flows[1, hour], flows[2, hour] = direct, taken, given
        flows[3, hour], flows[4, hour], flows[5, hour] = surplus - taken, need - given, stored
    return flows
