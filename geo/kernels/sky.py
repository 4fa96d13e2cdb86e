"""A year of sun and sky folded into tables: energy from each sector of the compass, by height of the horizon in it.

For a cell of normal n, everything above h = max(terrain horizon, own plane, 0) has a positive cosine, and the cosine is
linear in the direction s of the light. So the energy from a sector is n · B(h), where B(h) sums s times energy over the
lights of the sector above h. Written for a unit of n_z, with g the rise of the cell's own plane towards the sector:

    energy / n_z = vertical(h) - g · horizontal(h)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Tables = NDArray[np.float32]

BINS = 1024
"""Steps of sin h from 0 to 1: 0.06° at the horizon."""

RING_DEG = 6.5
"""Height of Perez's horizon band (1987), which later versions shrink to a line."""


class Lights(NamedTuple):
    """Point lights: the sun at each hour of the year, with the energy it brings on a plane that faces it.

    Attributes
    ----------
    azimuth_rad, elevation_rad
        Clockwise from the grid's north; above the horizontal. Shape (hours,).
    energy_kwh_m2
        Beam (and, with Perez, circumsolar) energy. Shape (layers, hours): one layer per table wanted, such as months.
    """

    azimuth_rad: Floats
    elevation_rad: Floats
    energy_kwh_m2: Floats


class Glow(NamedTuple):
    """Light that has no direction of its own, per layer. kWh/m², shape (layers,).

    Attributes
    ----------
    dome_kwh_m2
        Uniform sky, as it falls on an open horizontal plane.
    ring_kwh_m2
        Perez's horizon band, as it falls on an open vertical plane; may be negative.
    ground_kwh_m2
        Light that the ground sends back where a cell does not see the sky: albedo times global.
    """

    dome_kwh_m2: Floats
    ring_kwh_m2: Floats
    ground_kwh_m2: Floats


def sector_azimuths(directions: int) -> Floats:
    """Return the azimuths of the sectors' middles, clockwise from north. Radians, shape (directions,).

    They start half a step from north: rays along the very rows of a raster would run beside walls without meeting them.
    """
    return np.asarray((np.arange(directions) + 0.5) * (2.0 * np.pi / directions), dtype=np.float64)


def energy_tables(lights: Lights, glow: Glow, *, directions: int) -> Tables:
    """Return the energy of each layer and sector above each horizon.

    Returns
    -------
    kWh/m², shape (layers, directions, 2, BINS + 1), index round(sin h · BINS); axis 2 is (vertical, horizontal). Summed
    over the sectors with the formula of this module, plus `ground_kwh_m2`, they give the year of a cell.
    """
    sine = np.linspace(0.0, 1.0, BINS + 1)
    step = 2.0 * np.pi / directions
    uniform = np.stack([(1.0 - sine**2) / 2.0, (np.arccos(sine) - sine * np.sqrt(1.0 - sine**2)) / 2.0]) * step / np.pi
    ring = np.stack([np.zeros_like(sine), np.maximum(1.0 - np.arcsin(sine) / np.radians(RING_DEG), 0.0)]) * step / 2.0
    diffuse = (glow.dome_kwh_m2 - glow.ground_kwh_m2)[:, None, None] * uniform
    diffuse += glow.ring_kwh_m2[:, None, None] * ring
    return (_beam_tables(lights, directions) + diffuse[:, None]).astype(np.float32)


def view_table(*, directions: int) -> Tables:
    """Return the layer that makes the visible-sky factor of a tilted cell: a sky of 1 kWh/m² and nothing else."""
    none, one = np.zeros(1), np.ones(1)
    dark = Lights(azimuth_rad=none, elevation_rad=none, energy_kwh_m2=np.zeros((1, 1)))
    return energy_tables(dark, Glow(dome_kwh_m2=one, ring_kwh_m2=none, ground_kwh_m2=none), directions=directions)


def _beam_tables(lights: Lights, directions: int) -> Floats:
    """Return the point lights' part, each light shared between the two sectors around it.

    The shares of the horizontal part are such that the two sectors' directions add up to the light's own: open planes
    come out exact whatever the number of sectors.
    """
    step = 2.0 * np.pi / directions
    up = lights.elevation_rad > 0
    position = np.mod(lights.azimuth_rad[up] / step - 0.5, directions)
    first = np.floor(position).astype(np.int64) % directions
    part = position - np.floor(position)
    sine = np.sin(lights.elevation_rad[up])
    highest = np.ceil(sine * BINS).astype(np.int64)  # seen over every horizon of a bin below this one
    energy = lights.energy_kwh_m2[:, up]
    counts = np.zeros((energy.shape[0], directions, 2, BINS + 2))
    for sector, share in ((first, 1.0 - part), ((first + 1) % directions, part)):
        vertical = energy * sine * share
        horizontal = energy * np.sqrt(1.0 - sine**2) * np.sin(share * step) / np.sin(step)
        for layer in range(energy.shape[0]):
            np.add.at(counts[layer, :, 0], (sector, highest), vertical[layer])
            np.add.at(counts[layer, :, 1], (sector, highest), horizontal[layer])
    above: Floats = counts[..., ::-1].cumsum(axis=-1)[..., ::-1]
    return above[..., 1:]
