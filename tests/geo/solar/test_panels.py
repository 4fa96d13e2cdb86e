from math import cos, radians, tan

import numpy as np
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from shapely import Polygon, affinity, box

from geo.solar.panels import Panel, PanelSettings, lay_out, peak_kwp, south_row_pitch_m

LAMBERT = (690_000.0, 7_040_000.0)


def roof(width_m: float, slope_m: float, *, pitch_deg: float, azimuth_deg: float) -> Polygon:
    """Return a rectangle of that true size, as seen from above, in Lambert-93."""
    facing_south = box(0, 0, width_m, slope_m * cos(radians(pitch_deg)))
    return affinity.translate(affinity.rotate(facing_south, 180.0 - azimuth_deg, origin=(0, 0)), *LAMBERT)


def unrolled(shape: Polygon, *, pitch_deg: float, azimuth_deg: float) -> Polygon:
    """Return a shape on the slope itself: turned to face south, stretched to its true length."""
    turned = affinity.rotate(affinity.translate(shape, -LAMBERT[0], -LAMBERT[1]), azimuth_deg - 180.0, origin=(0, 0))
    return affinity.scale(turned, yfact=1.0 / cos(radians(pitch_deg)), origin=(0, 0))


@pytest.mark.parametrize("azimuth_deg", [180.0, 90.0, 217.3, 0.0])
@pytest.mark.parametrize("pitch_deg", [10.0, 35.0, 60.0])
def test_ten_by_six_metres_hold_nine_by_three_in_portrait(pitch_deg: float, azimuth_deg: float) -> None:
    panels = lay_out(
        roof(10, 6, pitch_deg=pitch_deg, azimuth_deg=azimuth_deg), pitch_deg=pitch_deg, azimuth_deg=azimuth_deg
    )
    assert len(panels) == 27  # 9.4 x 5.4 m inside the setback: 9 x 3 upright, 5 x 5 lying
    assert {panel.orientation for panel in panels} == {"portrait"}
    assert {(panel.tilt_deg, panel.azimuth_deg) for panel in panels} == {(pitch_deg, azimuth_deg)}
    assert peak_kwp(panels) == pytest.approx(27 * 0.425)
    areas = [panel.footprint.area for panel in panels]
    np.testing.assert_allclose(areas, 1.75 * cos(radians(pitch_deg)), rtol=1e-6)


def test_a_row_that_fits_to_the_millimetre_is_laid() -> None:
    settings = PanelSettings(setback_m=0.0)
    assert (
        len(lay_out(roof(5, 3.5, pitch_deg=30, azimuth_deg=180), pitch_deg=30, azimuth_deg=180, settings=settings))
        == 10
    )
    less = roof(4.999, 3.5, pitch_deg=30, azimuth_deg=180)
    assert len(lay_out(less, pitch_deg=30, azimuth_deg=180, settings=settings)) == 8


def test_lying_modules_where_they_hold_more() -> None:
    panels = lay_out(roof(7.6, 1.6, pitch_deg=40, azimuth_deg=180), pitch_deg=40, azimuth_deg=180)
    assert [panel.orientation for panel in panels] == ["landscape"] * 4  # 7.0 x 1.0 m inside


def test_gaps_between_modules_count() -> None:
    settings = PanelSettings(setback_m=0.0, gap_m=0.02)
    for width_m, expected in ((5.08, 5), (5.07, 4)):
        segment = roof(width_m, 1.75, pitch_deg=30, azimuth_deg=90)
        assert len(lay_out(segment, pitch_deg=30, azimuth_deg=90, settings=settings)) == expected


def test_a_chimney_costs_the_panels_it_touches() -> None:
    segment = roof(10, 6, pitch_deg=30, azimuth_deg=180)
    x, y = segment.centroid.coords[0]
    chimney = box(x - 0.3, y - 0.3, x + 0.3, y + 0.3)
    panels = lay_out(segment, pitch_deg=30, azimuth_deg=180, obstacles=[chimney])
    # the middle row loses 0.6 + 2 x 0.3 m of 9.4: two spans of 4.1 m hold 4 each
    assert len(panels) == 26
    assert min(panel.footprint.distance(chimney) for panel in panels) >= 0.3 * cos(radians(30)) - 1e-6


def test_nothing_fits_on_a_sliver() -> None:
    for segment in (box(0, 0, 10, 0.5), box(0, 0, 1.5, 1.5), Polygon()):
        assert lay_out(segment, pitch_deg=30, azimuth_deg=180) == []
        assert lay_out(segment, pitch_deg=0, azimuth_deg=float("nan")) == []


def test_a_hole_stays_free() -> None:
    outer = box(0, 0, 12, 12)
    court = box(4, 4, 8, 8)
    panels = lay_out(outer.difference(court), pitch_deg=20, azimuth_deg=180)
    assert panels
    assert min(panel.footprint.distance(court) for panel in panels) >= 0.3 * cos(radians(20)) - 1e-6


def test_row_pitch_lets_the_solstice_sun_reach_the_foot() -> None:
    # 1 m at 30°: 0.5 m high, 0.866 m deep; at 46.56° N the noon sun stands 20° high
    assert south_row_pitch_m(1.0, tilt_deg=30, latitude_deg=46.56) == pytest.approx(
        0.8660 + 0.5 / tan(radians(20)), abs=1e-4
    )
    assert south_row_pitch_m(1.0, tilt_deg=0, latitude_deg=50) == pytest.approx(1.0)


def test_south_racks_by_hand() -> None:
    settings = PanelSettings(racks="south", latitude_deg=50.0, setback_m=0.5)
    panels = lay_out(box(0, 0, 15.0, 8.0), pitch_deg=0, azimuth_deg=float("nan"), settings=settings)
    # 14 x 7 m inside; lying: depth 0.966, pitch 0.966 + 0.2588 / tan(16.56°) = 1.836: 4 rows (6.475 m) of 8 = 32.
    # upright: depth 1.690, pitch 3.213: 2 rows of 14 = 28
    assert len(panels) == 32
    assert {(panel.orientation, panel.tilt_deg, panel.azimuth_deg) for panel in panels} == {("landscape", 15.0, 180.0)}
    feet = sorted({round(panel.footprint.bounds[1], 3) for panel in panels})
    np.testing.assert_allclose(np.diff(feet), 1.836, atol=2e-3)


def test_east_west_pairs_stand_back_to_back() -> None:
    settings = PanelSettings(racks="east-west", setback_m=0.0)
    panels = lay_out(box(0, 0, 3.4, 10.0), pitch_deg=2, azimuth_deg=77, settings=settings)
    assert len(panels) == 20  # upright: one pair 2 x 1.690 m wide, 10 modules long
    east = [panel for panel in panels if panel.azimuth_deg == 90.0]
    west = [panel for panel in panels if panel.azimuth_deg == 270.0]
    assert len(east) == len(west) == 10
    assert min(panel.centre[0] for panel in east) > max(panel.centre[0] for panel in west)


def test_racks_are_chosen_by_their_yearly_energy() -> None:
    hall = box(0, 0, 40, 25)
    south, pairs, best = (
        lay_out(hall, pitch_deg=0, azimuth_deg=0, settings=PanelSettings(racks=racks))
        for racks in ("south", "east-west", "best")
    )
    assert len(pairs) * PanelSettings().east_west_yield > len(south)
    assert len(best) == len(pairs)
    wide_aisles = PanelSettings(aisle_m=5.0)
    assert {panel.azimuth_deg for panel in lay_out(hall, pitch_deg=0, azimuth_deg=0, settings=wide_aisles)} == {180.0}


def test_racks_follow_a_turned_hall_when_that_holds_more() -> None:
    hall = affinity.rotate(box(0, 0, 30, 4), -20)
    panels = lay_out(hall, pitch_deg=0, azimuth_deg=0, settings=PanelSettings(racks="south"))
    assert {round(panel.azimuth_deg, 1) for panel in panels} == {200.0}


@pytest.mark.parametrize(("pitch_deg", "azimuth_deg"), [(-1.0, 180.0), (85.0, 180.0), (np.nan, 180.0), (30.0, np.nan)])
def test_planes_that_cannot_be_are_refused(pitch_deg: float, azimuth_deg: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        lay_out(box(0, 0, 10, 10), pitch_deg=pitch_deg, azimuth_deg=azimuth_deg)


@pytest.mark.parametrize("wrong", [{"module_width_m": 0}, {"racks": "north"}, {"latitude_deg": 89}, {"colour": "blue"}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PanelSettings.model_validate(wrong)


coordinates = st.tuples(st.floats(-8, 8), st.floats(-8, 8))


@st.composite
def roofs(draw: st.DrawFn) -> Polygon:
    """Draw a convex or concave quadrilateral, or an L, turned by any angle."""
    if draw(st.booleans()):
        shape = Polygon([draw(coordinates) for _ in range(4)])
    else:
        wide, long = draw(st.floats(4, 14)), draw(st.floats(4, 14))
        cut_x, cut_y = draw(st.floats(0.2, 0.8)) * wide, draw(st.floats(0.2, 0.8)) * long
        shape = box(0, 0, wide, long).difference(box(cut_x, cut_y, wide, long))
    assume(shape.is_valid and shape.area > 2)
    return affinity.translate(affinity.rotate(shape, draw(st.floats(0, 360)), origin=(0, 0)), *LAMBERT)


def check_panels(panels: list[Panel], allowed: Polygon) -> None:
    """Check that panels lie inside, and on no other panel, up to a hundredth of a millimetre."""
    footprints = np.array([panel.footprint for panel in panels])
    smaller = shapely.buffer(footprints, -1e-5)
    assert shapely.covers(allowed, smaller).all()
    tree = shapely.STRtree(smaller)
    first, second = tree.query(smaller, predicate="intersects")
    assert (first == second).all()
    for panel in panels:
        assert panel.footprint.centroid.distance(shapely.Point(panel.centre)) < 1e-6


@given(roofs(), st.floats(5, 60), st.floats(0, 360))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_panels_stay_within_the_setback_and_off_each_other(
    segment: Polygon, pitch_deg: float, azimuth_deg: float
) -> None:
    x, y = segment.representative_point().coords[0]
    chimney = box(x - 0.3, y - 0.3, x + 0.3, y + 0.3)
    panels = lay_out(segment, pitch_deg=pitch_deg, azimuth_deg=azimuth_deg, obstacles=[chimney])
    slope = {"pitch_deg": pitch_deg, "azimuth_deg": azimuth_deg}
    allowed = unrolled(segment, **slope).buffer(-0.3).difference(unrolled(chimney, **slope).buffer(0.3))
    flat = [
        panel._replace(
            footprint=unrolled(panel.footprint, **slope),
            centre=unrolled(shapely.Point(panel.centre), **slope).coords[0],
        )
        for panel in panels
    ]
    check_panels(flat, allowed.buffer(1e-6))


@given(roofs(), st.sampled_from(["south", "east-west", "best"]))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_racks_stay_within_the_setback_and_off_each_other(segment: Polygon, racks: str) -> None:
    settings = PanelSettings.model_validate({"racks": racks})
    check_panels(lay_out(segment, pitch_deg=0, azimuth_deg=0, settings=settings), segment.buffer(-0.3 + 1e-6))


@given(roofs(), st.floats(5, 60), st.floats(0, 360))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_no_phase_of_a_fine_search_holds_many_more(segment: Polygon, pitch_deg: float, azimuth_deg: float) -> None:
    found = len(lay_out(segment, pitch_deg=pitch_deg, azimuth_deg=azimuth_deg))
    allowed = unrolled(segment, pitch_deg=pitch_deg, azimuth_deg=azimuth_deg).buffer(-0.3)
    shapely.prepare(allowed)
    west, south, east, north = allowed.bounds if not allowed.is_empty else (0, 0, 0, 0)
    for width_m, depth_m in ((1.0, 1.75), (1.75, 1.0)):
        for across, up in np.ndindex(6, 12):  # one lattice for the whole plane
            x, y = np.meshgrid(
                np.arange(west + across / 6 * width_m, east, width_m),
                np.arange(south + up / 12 * depth_m, north, depth_m),
            )
            assert shapely.contains(allowed, shapely.box(x, y, x + width_m, y + depth_m)).sum() <= found + 1
