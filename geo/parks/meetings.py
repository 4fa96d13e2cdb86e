"""Where ways meet the perimeter of a park: the rules that make entrances out of lines and rings."""

from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from geo.network.noding import Network

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

ACROSS: Final = 2
"""A stretch of way with more contacts than this, in and out again, runs along the perimeter."""


class Meeting(NamedTuple):
    """A place on a perimeter where a way meets it, and how: crossing, end or assumed."""

    point: shapely.Point
    kind: str


class Ways(NamedTuple):
    """A network as it is walked: its courses from junction to junction or dead end, and its dead ends as points."""

    courses: shapely.STRtree
    dead_ends: shapely.STRtree


def ways_of(network: Network) -> Ways:
    """Return the courses, led through the nodes that edges meet in, and the dead ends of a network."""
    led = [
        shapely.LineString(np.vstack([network.nodes[first], shapely.get_coordinates(line), network.nodes[last]]))
        for (first, last), line in zip(network.edges, network.lines, strict=True)
    ]
    courses = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(led)))
    degree = np.bincount(network.edges.ravel(), minlength=len(network.nodes))
    return Ways(shapely.STRtree(courses), shapely.STRtree(shapely.points(network.nodes[degree == 1])))


def meetings(area: shapely.Geometry, ways: Ways, *, reach_m: float) -> list[Meeting]:
    """Return where ways cross, touch or run along the perimeter of an area, or end near it.

    Parameters
    ----------
    area
        Polygon or MultiPolygon; its holes do not count. A point is met by nothing.
    ways
        Of `ways_of`, in the same metres.
    reach_m
        How near a way must come to end at the perimeter. Metres, > 0.
    """
    if shapely.get_dimensions(area) == 0:
        return []
    outline = perimeter(area)
    strip = outline.buffer(reach_m)
    near = np.sort(ways.courses.query(outline, predicate="dwithin", distance=reach_m))
    stretches = [
        stretch
        for course in ways.courses.geometries[near]
        for stretch in shapely.get_parts(shapely.line_merge(shapely.intersection(course, strip)))
        if shapely.get_dimensions(stretch) == 1
    ]
    ends = np.sort(ways.dead_ends.query(outline, predicate="dwithin", distance=reach_m))
    ended = [Meeting(nearest_place(outline, end), "end") for end in ways.dead_ends.geometries[ends]]
    return [found for stretch in stretches for found in contacts(area, outline, stretch)] + ended


def perimeter(area: shapely.Geometry) -> shapely.Geometry:
    """Return the outer rings of an area as lines; a point is its own perimeter."""
    if shapely.get_dimensions(area) == 0:
        return area
    return shapely.multilinestrings(list(shapely.get_exterior_ring(shapely.get_parts(area))))


def contacts(area: shapely.Geometry, outline: shapely.Geometry, stretch: shapely.LineString) -> list[Meeting]:
    """Return where one stretch of way, all of it near the perimeter, meets it: both ends where it runs along it."""
    shared = shapely.get_parts(shapely.intersection(stretch, outline))
    shared = shared[~shapely.is_empty(shared)]
    if len(shared) == 0:
        return []
    places = np.unique(np.concatenate([shapely.get_coordinates(one)[[0, -1]] for one in shared]), axis=0)
    spots = shapely.points(places)
    spots = spots[np.argsort(shapely.line_locate_point(stretch, spots), kind="stable")]
    if (shapely.get_dimensions(shared) == 1).any() or len(spots) > ACROSS:
        return [Meeting(spots[0], "end"), Meeting(spots[-1], "end")]
    kind = "crossing" if shapely.crosses(stretch, area) else "end"
    return [Meeting(spot, kind) for spot in spots]


def nearest_place(outline: shapely.Geometry, other: shapely.Geometry) -> shapely.Point:
    """Return the place of a perimeter that is nearest to something else."""
    return shapely.get_point(shapely.shortest_line(outline, other), 0)


def merged(found: list[Meeting], merge_m: float) -> list[Meeting]:
    """Return one meeting for all that a chain of steps of at most `merge_m` links.

    It is the one nearest to their middle, of the crossings if there is any.
    """
    if len(found) <= 1:
        return found
    spots = np.array([(meeting.point.x, meeting.point.y) for meeting in found])
    order = np.lexsort((spots[:, 1], spots[:, 0]))
    group = fcluster(linkage(spots[order], "single"), t=merge_m, criterion="distance")
    return [chosen([found[row] for row in order[group == one]]) for one in np.unique(group)]


def chosen(together: list[Meeting]) -> Meeting:
    """Return the meeting that stands for several."""
    middle = shapely.centroid(shapely.multipoints([meeting.point for meeting in together]))
    return min(together, key=lambda meeting: (meeting.kind != "crossing", round(meeting.point.distance(middle), 3)))
