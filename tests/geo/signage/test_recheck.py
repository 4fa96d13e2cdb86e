"""Signs whose words no longer hold, on ways known by hand."""

import logging
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from geo.crs import LAMBERT93
from geo.errors import MissingDataError, SourceError
from geo.register import blades as blade_book
from geo.register import signs as sign_book
from geo.register.database import Register, initialise
from geo.register.people import Actor
from geo.register.sign_types import bring_catalogue
from geo.signage import recheck_file, recheck_read
from geo.signage.plan import Plan, plan
from geo.signage.recheck import COLUMNS, Tolerances, recheck
from geo.signage.study import Settings
from geo.signage.ways import SignNet, sign_net
from tests.geo.signage.town import LINES, entrances, greenways, town

ADMIN = Actor("admin", "admin")
NAMES = pd.Series({"N": "Parc du Nord", "E": "Bois de l'Est", "S": "Sud", "W": "Étang de l'Ouest"})
DOORS = (("N", 1000, 800), ("E", 4500, 0), ("S", 4000, -500))


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(town(), {2026: 6000.0, 2027: 6000.0}, Settings())


def net_of(lines: list[LineString] = LINES, doors: tuple[tuple[str, float, float], ...] = DOORS) -> SignNet:
    return sign_net(greenways(lines), entrances(*doors), most_leg_m=300.0)


def post(place: Point, *lines: tuple[str, float, float | None]) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return one sign M with lines: park, metres, bearing."""
    park, way_m, bearing = zip(*lines, strict=True) if lines else ((), (), ())
    told = pd.DataFrame({"sign": "M", "park_id": list(park), "distance_m": way_m, "bearing_deg": bearing})
    return gpd.GeoDataFrame({"id": ["M"]}, geometry=[place], crs=LAMBERT93), told


def reasons(found: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(found["park_id"], found["reason"], strict=True))


def test_a_fresh_plan_holds_and_a_changed_network_is_told_line_by_line(made: Plan) -> None:
    names = pd.Series({"N": "Nord", "E": "Est", "S": "Sud"})
    assert recheck(net_of(), made.signs, made.lines, names).empty
    # a detour of 200 m in the north, the east end gone, the south park gone
    lines = [LINES[0], LineString([(1000, 0), (2500, 0)]), LineString([(1000, 0), (1300, 400), (1000, 800)]), LINES[3]]
    masts = made.signs[made.signs["role"] == "direction"]
    found = recheck(net_of(lines, DOORS[:2]), masts, made.lines, names).set_index(["sign", "park_id"])
    junction = masts[masts.geometry == Point(1000, 0)]["id"].iloc[0]
    assert found.loc[[(junction, "E")], "reason"].tolist() == ["unreachable"]
    assert found.loc[[(junction, "S")], "reason"].tolist() == ["unknown_park"]
    north = found.loc[[(junction, "N")]].set_index("reason")
    assert north.loc["distance", ["old_m", "new_m", "difference_m"]].tolist() == [800.0, 1000.0, 200.0]
    assert north.loc["direction", ["old_deg", "new_deg"]].tolist() == [0.0, 36.9]  # atan(300 / 400)


def test_a_blade_that_points_the_wrong_way_is_told_across_north() -> None:
    signs, lines = post(Point(1000, 0), ("N", 800, 350.0), ("E", 3500, 60.0), ("S", 3500, 130.0))
    found = recheck(net_of(), signs, lines, NAMES, content=False)
    assert reasons(found) == [("S", "direction")]  # 350 is 10 degrees from 0; 60 is 30 from 90
    assert found.loc[0, ["old_deg", "new_deg", "destination"]].tolist() == [130.0, 90.0, "Sud"]
    strict = Tolerances(direction_deg=29.0)
    assert reasons(recheck(net_of(), signs, lines, NAMES, tolerances=strict, content=False))[0] == ("E", "direction")


def test_a_park_that_opens_is_to_be_named_and_the_one_that_it_outranks_no_more() -> None:
    """Four parks on one blade: the nearest of each level, then by distance; a fifth comes in before the farthest."""
    line = [LineString([(0, 0), (6000, 0)]), LineString([(0, 0), (0, 50)]), LineString([(0, 0), (-50, 0)])]
    doors = (("A", 1500, 0), ("B", 2000, 0), ("C", 3000, 0), ("D", 4000, 0))
    signs, lines = post(Point(0, 0), *((park, x, 90.0) for park, x, _ in doors))
    assert recheck(net_of(line, doors), signs, lines, NAMES).empty
    found = recheck(net_of(line, (*doors, ("N", 600, 0))), signs, lines, NAMES)
    assert reasons(found) == [("D", "outranked"), ("N", "unnamed")]
    assert found.loc[1, ["destination", "new_m", "new_deg"]].tolist() == ["Parc du Nord", 600.0, 90.0]
    assert recheck(net_of(line, (*doors, ("N", 600, 0))), signs, lines, NAMES, content=False).empty


def test_a_park_with_another_name_is_told_with_it(made: Plan) -> None:
    masts = made.signs[made.signs["role"] == "direction"]
    names = pd.Series({"N": "Nord", "E": "Est", "S": "Parc du Sud"})
    found = recheck(net_of(), masts, made.lines, names)
    assert set(reasons(found)) == {("S", "renamed")}
    assert set(found["destination"]) == {"Parc du Sud"}


def test_a_sign_on_no_way_is_told_once_with_its_distance() -> None:
    signs, lines = post(Point(2500, 200), ("N", 800, 0.0), ("E", 3500, 90.0))
    found = recheck(net_of(), signs, lines, NAMES)
    assert found["reason"].tolist() == ["off_network"]
    assert found.loc[0, "new_m"] == 200.0
    assert list(found.columns) == list(COLUMNS)
    silent = recheck(net_of(), *post(Point(2500, 200)), NAMES)
    assert silent["reason"].tolist() == ["off_network"]


def test_a_sign_beside_a_junction_is_that_junctions() -> None:
    signs, lines = post(Point(1008, 9), ("N", 800, 0.0), ("E", 3500, 90.0), ("S", 3500, 90.0))
    assert recheck(net_of(), signs, lines, NAMES).empty


@pytest.fixture(scope="module")
def straight() -> SignNet:
    return net_of([LineString([(-3000, 0), (14_500, 0)])], (("N", 14_000, 0),))


@given(x=st.floats(-3000, 13_900), off=st.floats(0, 29))
@settings(max_examples=8)
def test_what_a_tape_measures_along_a_straight_way_holds(straight: SignNet, x: float, off: float) -> None:
    signs, lines = post(Point(x, off), ("N", 14_000 - x, 90.0))
    found = recheck(straight, signs, lines, NAMES)
    if 14_000 - x <= 15_000:
        assert found.empty
    else:  # signs name nothing so far away
        assert found["reason"].tolist() == ["unreachable" if 14_000 - x > 15_050 else "outranked"]
    longer = lines.assign(distance_m=lines["distance_m"] + 51)
    assert not recheck(straight, signs, longer, NAMES).empty


def test_anybodys_signs_are_read_with_bearings_where_they_have_some(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_text("sign,lon,lat,park_id,distance_km\nP1,2.8,50.4,P01,1.2\nP1,2.8,50.4,P02,0.4\n", encoding="utf-8")
    points, lines = recheck_read.from_csv(path)
    assert points["id"].tolist() == ["P1"]
    assert lines["distance_m"].tolist() == [1200.0, 400.0]
    assert lines["bearing_deg"].isna().all()
    path.write_text("sign;lon;lat;park_id;distance_km;bearing_deg\nP1;2,8;50,4;P01;1,2;359\n", encoding="utf-8")
    assert recheck_read.from_csv(path).lines["bearing_deg"].tolist() == [359.0]
    path.write_text("sign,lon,lat,park_id,distance_km\nP1,2.8,50.4,P01,far\n", encoding="utf-8")
    with pytest.raises(SourceError, match="far"):
        recheck_read.from_csv(path)
    path.write_text("sign,lon,lat,park_id,distance_km\nP1,999,50.4,P01,1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="none on Earth"):
        recheck_read.from_csv(path)
    with pytest.raises(MissingDataError, match="--signs"):
        recheck_read.from_csv(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("text", "park"),
    [
        ("Parc du Nord", "N"),
        ("PARC DU NORD 0,8 km", "N"),
        ("bois de l\u2019est - 900 m", "E"),
        ("Nord", "N"),
        ("Étang 12", None),
        ("Toilettes", None),
        ("3 km", None),
    ],
)
def test_a_line_is_a_parks_when_it_says_its_name(text: str, park: str | None) -> None:
    assert recheck_read.parks_named(pd.Series([text]), NAMES).astype(object).where(lambda s: s.notna(), None)[0] == park


def test_a_name_that_two_parks_share_is_neithers() -> None:
    twice = pd.Series({"A": "Parc du Nord", "B": "Nord", "C": "Nord"})
    assert recheck_read.parks_named(pd.Series(["Parc du Nord", "Nord"]), twice).isna().tolist() == [False, True]


@pytest.fixture
def register(tmp_path: Path) -> Path:
    path = tmp_path / "register.gpkg"
    initialise(path)
    with Register(path) as opened, opened.write("setup") as database:
        bring_catalogue(database, ADMIN)
        for code, status in (("ART-001", "installed"), ("ART-002", "removed"), ("ART-003", "installed")):
            birth = sign_book.Birth(code=code, status=status, draft=False)
            form = sign_book.SignForm(x=641_008.0, y=7_000_009.0)
            found = sign_book.create(database, ADMIN, form, birth)
            said = blade_book.Line(text="Parc du Nord 0,8 km", distance_km=0.8)
            east = blade_book.Line(text="Bois de l'Est", distance_km=9.9)
            bench = blade_book.Line(text="Table de pique-nique", distance_km=0.1)
            blades = [
                blade_book.Blade(bearing_deg=180.0, lines=(said, bench)),
                blade_book.Blade(direction="right", lines=(east,)),
            ]
            if code != "ART-003":
                blade_book.write_blades(database, ADMIN, code, blades, version=found.version)
    return path


def test_the_signs_of_the_register_are_checked(register: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="geo"):
        told = recheck_read.from_register(Register(register), NAMES, ADMIN)
    assert told.signs["id"].tolist() == ["ART-001"]
    assert told.lines["park_id"].tolist() == ["N", "E"]
    assert "1 lines name no known park" in caplog.text
    moved = [LineString([(x + 640_000, y + 7_000_000) for x, y in line.coords]) for line in LINES]
    doors = tuple((park, x + 640_000, y + 7_000_000) for park, x, y in DOORS)
    found = recheck(net_of(moved, doors), told.signs, told.lines, NAMES, content=False)
    assert reasons(found) == [("E", "distance"), ("N", "direction")]
    with pytest.raises(MissingDataError, match="artois register init"):
        recheck_read.from_register(Register(register.with_name("none.gpkg")), NAMES, ADMIN)


def test_what_is_told_is_one_line_each_and_no_cell_runs(tmp_path: Path) -> None:
    signs, lines = post(Point(1000, 0), ("N", 700, 90.0), ("X", 1, None), ("S", 3500, 90.0))
    found = recheck(net_of(), signs, lines, pd.Series({"N": "=Nord", "E": "Est", "S": "Sud"}))
    assert [recheck_file.sentence(row) for row in found.to_dict("records")] == [
        "M: E: unnamed: Est should be named today: 3,500 m, 90°",
        "M: N: distance: =Nord 700 m on the sign, 800 m now (+100 m)",
        "M: N: direction: =Nord 90° on the sign, 0° now",
        "M: X: unknown_park: 1 m on the sign, - now",
    ]
    recheck_file.write(found, tmp_path / "found.csv")
    text = (tmp_path / "found.csv").read_bytes().decode()
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert "M,N,'=Nord,distance,700.0,800.0,100.0,90.0,0.0\r\n" in text
    off = recheck(net_of(), *post(Point(2500, 200)), NAMES)
    assert recheck_file.sentence(off.to_dict("records")[0]) == "M: off_network: stands 200 m from the nearest way"
