"""Panels on one roof plane: where each module goes.

On a pitched plane, rows follow its horizontal. On a flat roof, tilted racks face south, or stand back to back to east
and west. Glossary: module = module photovoltaïque; rack = châssis incliné; setback = recul; Wc = watt-crête.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

import numpy as np
import shapely
from pydantic import BaseModel, Field
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.kernels.packing import Floats, Rows, pack_rows

Orientation = Literal["portrait", "landscape"]
ORIENTATIONS: Final[tuple[Orientation, ...]] = ("portrait", "landscape")

OBLIQUITY_DEG: Final = 23.44
"""Declination of the sun at the solstices."""
STEEPEST_DEG: Final = 80.0
SOUTH_DEG: Final = 180.0
EAST_DEG: Final = 90.0


class PanelSettings(BaseModel, frozen=True, extra="forbid"):
    """What an installer may choose.

    Attributes
    ----------
    module_width_m, module_height_m, module_wp
        The module: short side, long side, peak power in Wc; clamps between modules are part of the sides.
    setback_m
        Free strip along the edges of the plane, measured on the slope.
    clearance_m
        Free strip around obstacles, measured on the slope.
    gap_m
        Between neighbours of a row, and between rows on a pitched plane.
    flat_below_deg
        A plane of less pitch takes racks.
    rack_tilt_deg
        Tilt of the modules of a rack.
    racks
        "south", "east-west", or "best": whichever gives more energy in a year.
    east_west_yield
        Yearly energy per kWc of an east-west pair relative to south, at the tilt of the racks. By the yield chain, at
        15° and 50.8° N, with the PVGIS typical year 2005-2020.
    aisle_m
        Between two pairs of east-west racks, to walk. An assumption.
    latitude_deg
        Where the racks stand: gives the solstice sun. North of the tropic, and far enough from the polar circle.
    """

    module_width_m: float = Field(default=1.00, gt=0, le=5)
    module_height_m: float = Field(default=1.75, gt=0, le=5)
    module_wp: float = Field(default=425.0, gt=0)
    setback_m: float = Field(default=0.3, ge=0)
    clearance_m: float = Field(default=0.3, ge=0)
    gap_m: float = Field(default=0.0, ge=0)
    flat_below_deg: float = Field(default=5.0, ge=0, lt=45)
    rack_tilt_deg: float = Field(default=15.0, ge=0, le=60)
    racks: Literal["south", "east-west", "best"] = "best"
    east_west_yield: float = Field(default=0.88, gt=0, le=1)
    aisle_m: float = Field(default=0.5, ge=0)
    latitude_deg: float = Field(default=50.5, ge=24, le=60)

    def size_m(self, orientation: Orientation) -> tuple[float, float]:
        """Return width along the row and length up the slope."""
        if orientation == "portrait":
            return self.module_width_m, self.module_height_m
        return self.module_height_m, self.module_width_m


class Panel(NamedTuple):
    """One module.

    Attributes
    ----------
    footprint
        Seen from above, in the coordinates of its roof plane.
    centre
        x, y of the footprint's middle.
    orientation
        "portrait": short side along the row.
    tilt_deg, azimuth_deg
        From the horizontal; clockwise from north, the way the module faces.
    """

    footprint: Polygon
    centre: tuple[float, float]
    orientation: Orientation
    tilt_deg: float
    azimuth_deg: float


class Modules(NamedTuple):
    """All modules of one plane.

    Attributes
    ----------
    centres
        x, y of each footprint's middle, shape (modules, 2).
    orientation, tilt_deg, azimuth_deg
        As of `Panel`; azimuths of shape (modules,).
    usable_m2
        Area within the setbacks and clear of obstacles, on the slope. Square metres.
    """

    centres: Floats
    orientation: Orientation
    tilt_deg: float
    azimuth_deg: Floats
    usable_m2: float


NO_MODULES: Final = Modules(np.empty((0, 2)), "portrait", 0.0, np.empty(0), 0.0)


class _Frame(NamedTuple):
    """Axes on a plane: u along its horizontal, v up its slope, both in metres on the slope.

    `azimuth_deg` is the way the plane faces, `stretch` the slope metres per metre seen from above.
    """

    origin: Floats
    azimuth_deg: float
    stretch: float

    def on_plane(self, xy: Floats) -> Floats:
        """Return (u, v) of points (x, y)."""
        return np.asarray((xy - self.origin) @ self._axes().T * np.array([1.0, self.stretch]))

    def from_above(self, uv: Floats) -> Floats:
        """Return (x, y) of points (u, v)."""
        return np.asarray((uv / np.array([1.0, self.stretch])) @ self._axes() + self.origin)

    def _axes(self) -> Floats:
        """Return the unit vectors of u and v, seen from above."""
        azimuth = np.radians(self.azimuth_deg)
        return np.array([[-np.cos(azimuth), np.sin(azimuth)], [-np.sin(azimuth), -np.cos(azimuth)]])


class _Rack(NamedTuple):
    """What stands on one rectangle of the pattern.

    Attributes
    ----------
    modules
        1, or 2 for a pair back to back.
    depth_m, pitch_m
        Of one module, and from row to row, in the frame.
    tilt_deg
        Of the modules.
    worth
        Yearly energy per kWc relative to the other racks in question.
    """

    modules: int
    depth_m: float
    pitch_m: float
    tilt_deg: float
    worth: float


class _Layout(NamedTuple):
    """An arrangement, not yet turned into panels, on so many usable square metres of slope."""

    corners: Floats
    frame: _Frame
    orientation: Orientation
    rack: _Rack
    usable_m2: float

    @property
    def energy(self) -> float:
        """Return what it gives in a year, in modules of the best rack."""
        return float(len(self.corners) * self.rack.modules * self.rack.worth)


def lay_out(
    segment: Polygon,
    *,
    pitch_deg: float,
    azimuth_deg: float,
    obstacles: Sequence[Polygon] = (),
    settings: PanelSettings | None = None,
) -> list[Panel]:
    """Return the panels that one roof plane holds, row by row from its foot.

    Parameters
    ----------
    segment
        The plane seen from above. Metres, in a projected CRS.
    pitch_deg
        From the horizontal. Degrees in [0, 80).
    azimuth_deg
        The way the plane faces, clockwise from north. Degrees; of no matter, and possibly NaN, on a flat roof.
    obstacles
        What stands on the plane, seen from above: chimneys, dormers, windows.
    settings
        Module, setbacks and racks.

    Raises
    ------
    ValueError
        If pitch or azimuth is not a usable number.
    """
    chosen = settings or PanelSettings()
    best = _best(segment, obstacles, chosen, pitch_deg=pitch_deg, azimuth_deg=azimuth_deg)
    return _panels(best, chosen) if best else []


def place_modules(
    segment: Polygon,
    *,
    pitch_deg: float,
    azimuth_deg: float,
    obstacles: Sequence[Polygon] = (),
    settings: PanelSettings | None = None,
) -> Modules:
    """Return the panels of `lay_out` as arrays, for the millions of a territory; parameters and errors are its own."""
    chosen = settings or PanelSettings()
    best = _best(segment, obstacles, chosen, pitch_deg=pitch_deg, azimuth_deg=azimuth_deg)
    if best is None:
        return NO_MODULES
    lower, size, azimuths_deg = _modules(best, chosen)
    centres = best.frame.from_above(lower + size / 2.0)
    return Modules(centres, best.orientation, best.rack.tilt_deg, azimuths_deg, best.usable_m2)


def _best(
    segment: Polygon,
    obstacles: Sequence[Polygon],
    settings: PanelSettings,
    *,
    pitch_deg: float,
    azimuth_deg: float,
) -> "_Layout | None":
    """Return the arrangement that gives most; None on no plane."""
    if not 0.0 <= pitch_deg < STEEPEST_DEG:
        raise ValueError(f"pitch_deg is {pitch_deg}; expected 0 to {STEEPEST_DEG:.0f}")
    if segment.is_empty:
        return None
    if pitch_deg < settings.flat_below_deg:
        layouts = _on_flat(segment, obstacles, settings)
    elif np.isfinite(azimuth_deg):
        layouts = _on_pitch(segment, obstacles, settings, pitch_deg=pitch_deg, azimuth_deg=azimuth_deg)
    else:
        raise ValueError(f"azimuth_deg is {azimuth_deg} on a plane of {pitch_deg}°; expected degrees from north")
    return max(layouts, key=lambda layout: layout.energy)


def peak_kwp(panels: Sequence[Panel], settings: PanelSettings | None = None) -> float:
    """Return the peak power of some panels, in kWc."""
    return len(panels) * (settings or PanelSettings()).module_wp / 1000.0


def south_row_pitch_m(length_m: float, *, tilt_deg: float, latitude_deg: float, off_south_deg: float = 0.0) -> float:
    """Return the distance between rows at which the noon sun of the winter solstice reaches the foot of every module.

    p = L cos(tilt) + L sin(tilt) cos(off south) / tan(90° - latitude - 23.44°): depth of a row, and its shadow across
    the rows, the sun standing due south.

    Parameters
    ----------
    length_m
        L, of a module up its slope.
    tilt_deg, latitude_deg
        Degrees.
    off_south_deg
        Between south and the way the rows face. Degrees.
    """
    tilt = np.radians(tilt_deg)
    noon = np.radians(90.0 - latitude_deg - OBLIQUITY_DEG)
    shadow_m = length_m * np.sin(tilt) * np.cos(np.radians(off_south_deg)) / np.tan(noon)
    return float(length_m * np.cos(tilt) + shadow_m)


def _on_pitch(
    segment: Polygon,
    obstacles: Sequence[Polygon],
    settings: PanelSettings,
    *,
    pitch_deg: float,
    azimuth_deg: float,
) -> Iterator[_Layout]:
    """Yield the plane filled in portrait and in landscape."""
    frame = _Frame(_origin(segment), azimuth_deg, 1.0 / float(np.cos(np.radians(pitch_deg))))
    area = _usable(segment, obstacles, frame, settings)
    edges = _edges(area)
    for orientation in ORIENTATIONS:
        width_m, depth_m = settings.size_m(orientation)
        rack = _Rack(1, depth_m, depth_m + settings.gap_m, pitch_deg, worth=1.0)
        yield _Layout(_pack(edges, width_m, rack, settings), frame, orientation, rack, area.area)


def _on_flat(segment: Polygon, obstacles: Sequence[Polygon], settings: PanelSettings) -> Iterator[_Layout]:
    """Yield racks due south or west, and the same turned along the roof's edges."""
    for turn_deg in dict.fromkeys([0.0, _turn_of_edges(segment)]):
        for racks, facing_deg in (("south", SOUTH_DEG), ("east-west", EAST_DEG)):
            if settings.racks not in (racks, "best"):
                continue
            frame = _Frame(_origin(segment), facing_deg + turn_deg, 1.0)
            area = _usable(segment, obstacles, frame, settings)
            edges = _edges(area)
            for orientation in ORIENTATIONS:
                width_m, length_m = settings.size_m(orientation)
                rack = _rack(racks, length_m, settings, turn_deg=turn_deg)
                yield _Layout(_pack(edges, width_m, rack, settings), frame, orientation, rack, area.area)


def _rack(racks: str, length_m: float, settings: PanelSettings, *, turn_deg: float) -> _Rack:
    """Return a rack turned away from south, or from east and west.

    At these low tilts the yearly energy is close to A + B cos(azimuth - south): a turned south rack keeps
    east_west + (1 - east_west) cos(turn) of it, a pair of opposite racks keeps A however it is turned.
    """
    depth_m = length_m * float(np.cos(np.radians(settings.rack_tilt_deg)))
    even = settings.east_west_yield
    if racks == "east-west":
        return _Rack(2, depth_m, 2.0 * depth_m + settings.aisle_m, settings.rack_tilt_deg, worth=even)
    pitch_m = south_row_pitch_m(
        length_m, tilt_deg=settings.rack_tilt_deg, latitude_deg=settings.latitude_deg, off_south_deg=turn_deg
    )
    worth = even + (1.0 - even) * float(np.cos(np.radians(turn_deg)))
    return _Rack(1, depth_m, pitch_m, settings.rack_tilt_deg, worth=worth)


def _turn_of_edges(segment: Polygon) -> float:
    """Return by how much the smallest rectangle around a roof is turned, in [-45, 45) degrees clockwise, to 0.01."""
    corners = shapely.get_coordinates(shapely.minimum_rotated_rectangle(segment))
    if corners.shape[0] < 2:  # noqa: PLR2004
        return 0.0
    east_m, north_m = corners[1] - corners[0]
    azimuth_deg = float(np.degrees(np.arctan2(east_m, north_m)))
    return round((azimuth_deg + 45.0) % 90.0 - 45.0, 2)


def _origin(segment: Polygon) -> Floats:
    """Return a point near the plane, so that coordinates stay small."""
    return np.round(np.asarray(segment.bounds[:2]))


def _usable(segment: Polygon, obstacles: Sequence[Polygon], frame: _Frame, settings: PanelSettings) -> BaseGeometry:
    """Return where panels may lie, in the frame: within the setback and clear of obstacles."""
    plane = shapely.transform(segment, frame.on_plane)
    inner = plane.buffer(-settings.setback_m, join_style="mitre")
    if not obstacles or inner.is_empty:
        return inner
    kept_free = shapely.buffer(
        [shapely.transform(shape, frame.on_plane) for shape in obstacles], settings.clearance_m, join_style="mitre"
    )
    return shapely.difference(inner, shapely.union_all(kept_free))


def _edges(area: BaseGeometry) -> Floats:
    """Return the edges (x1, y1, x2, y2) of all rings of an area."""
    rings = shapely.get_rings(shapely.get_parts(area))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    edges: Floats = np.hstack([points[:-1], points[1:]])[ring[:-1] == ring[1:]]
    return edges


def _pack(edges: Floats, width_m: float, rack: _Rack, settings: PanelSettings) -> Floats:
    """Return the lower left corners of the rectangles that fit."""
    rows = Rows(width_m, rack.modules * rack.depth_m, settings.gap_m, rack.pitch_m)
    return pack_rows(edges, rows)


def _modules(layout: _Layout, settings: PanelSettings) -> tuple[Floats, Floats, Floats]:
    """Return lower left corners in the frame, the size, and azimuths; the upper one of a pair faces the other way."""
    frame, rack = layout.frame, layout.rack
    width_m, _ = settings.size_m(layout.orientation)
    lower = np.repeat(layout.corners, rack.modules, axis=0)
    upper_half = np.tile(np.arange(rack.modules), layout.corners.shape[0])
    lower[:, 1] += upper_half * rack.depth_m
    azimuths_deg: Floats = np.asarray((frame.azimuth_deg + SOUTH_DEG * upper_half) % 360.0, dtype=np.float64)
    return lower, np.array([width_m, rack.depth_m]), azimuths_deg


def _panels(layout: _Layout, settings: PanelSettings) -> list[Panel]:
    """Return the modules of an arrangement."""
    lower, size, azimuths_deg = _modules(layout, settings)
    unit = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    outlines = layout.frame.from_above(lower[:, None, :] + unit * size)
    centres = layout.frame.from_above(lower + size / 2.0)
    return [
        Panel(footprint, (x, y), layout.orientation, layout.rack.tilt_deg, azimuth_deg)
        for footprint, (x, y), azimuth_deg in zip(
            shapely.polygons(outlines), centres.tolist(), azimuths_deg.tolist(), strict=True
        )
    ]
