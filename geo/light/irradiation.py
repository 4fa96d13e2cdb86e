"""Irradiation: how much sun each cell of a surface model receives in a year, shaded by everything around it.

In memory; for files larger than memory see `geo.solar.tiles`. Glossary: irradiation = irradiation (kWh/m²/an);
visible-sky factor = facteur de vue du ciel.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import Proj, Transformer

from geo.crs import WGS84, require_metric
from geo.errors import ConfigError, CrsError, ProductError
from geo.kernels.irradiation import Scene, accumulate
from geo.kernels.perez import perez_sky
from geo.kernels.sky import Glow, Lights, Tables, energy_tables
from geo.kernels.sun import Floats, sun_path
from geo.raster import Grid, Raster
from geo.weather import Weather

MIN_DIRECTIONS = 8
MAX_DIRECTIONS = 1024
HEIGHTS_M: Final = (-500.0, 9000.0)
SQUARE: Final = 1e-4
"""How far a cell may be from square, relative to its width."""


@dataclass(frozen=True)
class Settings:
    """What a user may choose.

    Attributes
    ----------
    directions
        Azimuths in which the horizon is looked for.
    albedo
        Share of global irradiance that the ground sends back, 0 to 1.
    sky
        "perez" (brighter around the sun and along the horizon) or "isotropic" (even).
    sun_minute
        Minute past each stamp at which the sun stands for the hour; None to let the weather tell.
    latitude_deg, longitude_deg
        Where the sun is computed, and the grid's north then taken for true north. None, None: the raster's centre, the
        grid turned by its meridian convergence.
    """

    directions: int = 64
    albedo: float = 0.2
    sky: Literal["perez", "isotropic"] = "perez"
    sun_minute: int | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not MIN_DIRECTIONS <= self.directions <= MAX_DIRECTIONS:
            raise ConfigError(f"directions is {self.directions}; expected 8 to 1024, such as 64")
        if not 0.0 <= self.albedo <= 1.0:
            raise ConfigError(f"albedo is {self.albedo}; expected 0 to 1, such as 0.2")
        if self.sky not in ("perez", "isotropic"):
            raise ConfigError(f"sky is {self.sky!r}; expected 'perez' or 'isotropic'")
        if self.sun_minute is not None and not 0 <= self.sun_minute <= 59:  # noqa: PLR2004
            raise ConfigError(f"sun_minute is {self.sun_minute}; expected 0 to 59, or none to find it")
        if (self.latitude_deg is None) != (self.longitude_deg is None):
            raise ConfigError("only one of latitude and longitude is given; expected both or neither")
        if self.latitude_deg is not None and not -90.0 <= self.latitude_deg <= 90.0:  # noqa: PLR2004
            raise ConfigError(f"latitude is {self.latitude_deg}; expected degrees from -90 to 90")


@dataclass(frozen=True)
class Place:
    """Where a raster is, for the sun.

    Attributes
    ----------
    latitude_deg, longitude_deg
        WGS84.
    convergence_deg
        Azimuth of the grid's north, clockwise from true north.
    """

    latitude_deg: float
    longitude_deg: float
    convergence_deg: float


def irradiate(
    dsm: Raster, weather: Weather, *, settings: Settings | None = None, mask: NDArray[np.bool_] | None = None
) -> Raster:
    """Return the irradiation of every cell on its own surface, kWh/m²/yr; NaN where unknown or outside the mask.

    Parameters
    ----------
    dsm
        Surface model. Metres, in a projected CRS in metres, north up, square cells; NaN is unknown and hides nothing.
    mask
        True where an answer is wanted, shape of the raster; everywhere by default. Cells outside still shade.

    Raises
    ------
    CrsError
        If the CRS is missing, geographic or not in metres.
    ProductError
        If the grid is rotated or its cells are not square.
    """
    chosen = settings or Settings()
    require_grid(dsm)
    if mask is not None and mask.shape != dsm.values.shape:
        raise ProductError(f"the mask has shape {mask.shape}; expected that of the surface, {dsm.values.shape}")
    sky = year_tables(weather, place_of(dsm, chosen), settings=chosen)
    total = accumulate(Scene(known_heights(dsm.values), dsm.cell_m, wanted=mask), sky.tables)
    return replace(dsm, values=total[0] + np.float32(sky.ground_kwh_m2[0]))


def known_heights(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the heights, NaN where they cannot be on Earth: an undeclared no-data value such as -9999 is no pit."""
    lowest_m, highest_m = HEIGHTS_M
    return np.where((values >= lowest_m) & (values <= highest_m), values, np.float32(np.nan))


class YearTables(NamedTuple):
    """A year of sun and sky, ready for the sweep.

    Attributes
    ----------
    tables
        kWh/m², shape (layers, directions, 2, bins + 1).
    ground_kwh_m2
        To add to what the tables give, shape (layers,).
    """

    tables: Tables
    ground_kwh_m2: Floats


def year_tables(weather: Weather, place: Place, *, settings: Settings, monthly: bool = False) -> YearTables:
    """Return the weather folded into tables: one layer for the year, or twelve for its months.

    Raises
    ------
    SourceError
        If the weather shines at night there.
    """
    where = {"latitude_deg": place.latitude_deg, "longitude_deg": place.longitude_deg}
    weather.check_night(**where)
    sun = sun_path(weather.time_utc, minute=sun_minute(weather, place, settings), **where)
    circumsolar, ring = np.zeros_like(weather.dhi_w_m2), np.zeros_like(weather.dhi_w_m2)
    beam = weather.dni_w_m2
    if settings.sky == "perez":
        shares = perez_sky(weather.time_utc, sun, dni_w_m2=weather.dni_w_m2, dhi_w_m2=weather.dhi_w_m2)
        circumsolar, ring = shares.circumsolar * weather.dhi_w_m2, shares.horizon * weather.dhi_w_m2
        beam = beam + circumsolar / shares.projection
    member = _month_members(weather) if monthly else np.ones((1, beam.size))
    glow = Glow(
        dome_kwh_m2=member @ (weather.dhi_w_m2 - circumsolar) / 1000.0,
        ring_kwh_m2=member @ ring / 1000.0,
        ground_kwh_m2=settings.albedo * (member @ weather.ghi_w_m2) / 1000.0,
    )
    lights = Lights(
        azimuth_rad=np.radians(sun.azimuth_deg - place.convergence_deg),
        elevation_rad=np.radians(sun.elevation_deg),
        energy_kwh_m2=member * beam / 1000.0,
    )
    return YearTables(energy_tables(lights, glow, directions=settings.directions), glow.ground_kwh_m2)


def sun_minute(weather: Weather, place: Place, settings: Settings) -> int:
    """Return the minute past the stamps that the user, the weather's maker, or else the data themselves give."""
    if settings.sun_minute is not None:
        return settings.sun_minute
    if weather.sun_minute is not None:
        return weather.sun_minute
    if weather.latitude_deg is not None and weather.longitude_deg is not None:
        return weather.find_sun_minute(latitude_deg=weather.latitude_deg, longitude_deg=weather.longitude_deg)
    return weather.find_sun_minute(latitude_deg=place.latitude_deg, longitude_deg=place.longitude_deg)


def place_of(dsm: Raster | Grid, settings: Settings) -> Place:
    """Return where the sun is computed, as given or from the raster's centre."""
    if settings.latitude_deg is not None and settings.longitude_deg is not None:
        return Place(settings.latitude_deg, settings.longitude_deg, 0.0)
    crs = require_metric(dsm.crs, what="the surface model")
    horizontal = crs.sub_crs_list[0] if crs.is_compound else crs
    west, south, east, north = dsm.bounds
    to_degrees = Transformer.from_crs(horizontal, WGS84, always_xy=True)
    longitude_deg, latitude_deg = to_degrees.transform((west + east) / 2.0, (south + north) / 2.0)
    if not (np.isfinite(longitude_deg) and np.isfinite(latitude_deg)):
        raise CrsError(
            f"the centre of the surface model is outside {horizontal.name}; expected coordinates of that CRS"
        )
    convergence_deg = Proj(horizontal).get_factors(longitude_deg, latitude_deg).meridian_convergence
    return Place(float(latitude_deg), float(longitude_deg), float(convergence_deg))


def require_grid(dsm: Raster | Grid) -> None:
    """Refuse a grid on which a cell is not a north-up square of metres.

    Raises
    ------
    CrsError
        If the CRS is missing, geographic or not in metres.
    ProductError
        If the grid is rotated, flipped, or its cells are not square.
    """
    crs = require_metric(dsm.crs, what="the surface model")
    if crs.is_compound and (unit := crs.sub_crs_list[1].axis_info[0].unit_name) not in ("metre", "meter"):
        raise CrsError(f"the surface model's heights are in {unit}; expected metres; convert them first")
    grid = dsm.transform
    if abs(grid.b) > SQUARE * abs(grid.a) or abs(grid.d) > SQUARE * abs(grid.a):
        raise ProductError(
            "the surface model's grid is rotated; expected rows from west to east; warp it north up first"
        )
    if grid.a <= 0 or grid.e >= 0:
        raise ProductError("the surface model is flipped; expected its first row in the north; warp it north up first")
    if abs(grid.a + grid.e) > SQUARE * grid.a:
        raise ProductError(
            f"the surface model's cells are {grid.a:g} by {-grid.e:g} m; expected squares; resample it first"
        )


def _month_members(weather: Weather) -> Floats:
    """Return which hours belong to each month, shape (12, hours)."""
    months = np.asarray(weather.time_utc.month, dtype=np.int64)
    return np.equal(months[None, :], np.arange(1, 13)[:, None]).astype(np.float64)
