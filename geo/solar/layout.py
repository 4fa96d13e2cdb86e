"""Panels of many roof planes at once, as arrays."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.raster import Raster
from geo.solar.panels import NO_MODULES, Modules, PanelSettings, place_modules

Floats = NDArray[np.float64]

STEEPEST_DEG: Final = 75.0
"""Steeper planes are walls: no panel is laid on them."""


class Site(NamedTuple):
    """One roof plane to lay out: its outline, how it lies, and what stands on it."""

    outline: shapely.Polygon
    pitch_deg: float
    azimuth_deg: float
    obstacles: list[shapely.Polygon]


class Laid(NamedTuple):
    """The panels of some planes, in the order of the planes.

    Attributes
    ----------
    owner
        Place of each panel's plane, shape (panels,).
    centres
        x, y of each panel, shape (panels, 2).
    portrait
        True where the short side lies along the row.
    tilt_deg, azimuth_deg
        The way each panel faces.
    usable_m2
        Of each plane, on the slope, shape (planes,).
    """

    owner: NDArray[np.intp]
    centres: Floats
    portrait: NDArray[np.bool_]
    tilt_deg: Floats
    azimuth_deg: Floats
    usable_m2: Floats

    @property
    def counts(self) -> NDArray[np.intp]:
        """Return the number of panels of each plane."""
        return np.bincount(self.owner, minlength=self.usable_m2.size)


def lay_out_all(sites: Iterable[Site | None], settings: PanelSettings) -> Laid:
    """Return the panels of many planes; none where there is no site to lay out, or only a wall."""
    return joined(
        [
            place_modules(
                site.outline,
                pitch_deg=site.pitch_deg,
                azimuth_deg=site.azimuth_deg,
                obstacles=site.obstacles,
                settings=settings,
            )
            if site is not None and site.pitch_deg < STEEPEST_DEG
            else NO_MODULES
            for site in sites
        ]
    )


def light_at(laid: Laid, year: Raster) -> Floats:
    """Return the yearly light where each panel lies, shape (panels,); NaN where no cell around is known.

    Parameters
    ----------
    laid
        Panels, in the raster's CRS.
    year
        Light on roof cells. kWh/m², NaN elsewhere. The mean of the known ones among 3 x 3 cells is taken.
    """
    rows, cols = year.values.shape
    col = np.floor((laid.centres[:, 0] - year.transform.c) / year.transform.a).astype(np.intp)
    row = np.floor((laid.centres[:, 1] - year.transform.f) / year.transform.e).astype(np.intp)
    around = np.arange(-1, 2)
    near_rows = np.clip(row[:, None, None] + around[:, None], 0, rows - 1)
    near_cols = np.clip(col[:, None, None] + around, 0, cols - 1)
    values = year.values[near_rows, near_cols].reshape(len(row), 9).astype(np.float64)
    known = np.isfinite(values)
    sums, counts = np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1)
    mean: Floats = np.divide(sums, counts, out=np.full(len(row), np.nan), where=counts > 0)
    return mean


def joined(planes: list[Modules]) -> Laid:
    """Return the panels of all planes as one set of arrays."""
    counts = [len(plane.centres) for plane in planes]
    every = planes or [NO_MODULES]
    return Laid(
        owner=np.repeat(np.arange(len(planes)), counts),
        centres=np.concatenate([plane.centres for plane in every]),
        portrait=np.repeat([plane.orientation == "portrait" for plane in planes], counts).astype(bool),
        tilt_deg=np.repeat([plane.tilt_deg for plane in planes], counts).astype(np.float64),
        azimuth_deg=np.concatenate([plane.azimuth_deg for plane in every]),
        usable_m2=np.array([plane.usable_m2 for plane in planes], dtype=np.float64),
    )
