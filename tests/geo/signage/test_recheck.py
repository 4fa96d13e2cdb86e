"""Signs whose words no longer hold, on ways known by hand."""

from pathlib import Path

import pytest
from shapely import LineString, Point

from geo.errors import SourceError
from geo.signage import plan_file
from geo.signage.plan import Plan, plan
from geo.signage.recheck import recheck
from geo.signage.study import Settings
from geo.signage.ways import sign_net
from tests.geo.signage.town import LINES, greenways, town


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(town(), {2026: 6000.0, 2027: 6000.0}, Settings())


def test_recheck_finds_what_changed_and_nothing_else(made: Plan) -> None:
    inputs = town()
    net = sign_net(inputs.greenways, inputs.entrances, most_leg_m=300.0)
    assert recheck(net, made.signs, made.lines).empty
    # a detour of 200 m in the north, the east end gone, the south park gone
    lines = [LINES[0], LineString([(1000, 0), (2500, 0)]), LineString([(1000, 0), (1100, 400), (1000, 800)]), LINES[3]]
    lines[2] = LineString([(1000, 0), (1300, 400), (1000, 800)])
    doors = inputs.entrances[inputs.entrances["park_id"] != "S"]
    changed = sign_net(greenways(lines), doors, most_leg_m=300.0)
    found = recheck(changed, made.signs, made.lines).set_index(["sign", "park_id"])
    junction = made.signs[made.signs.geometry == Point(1000, 0)]["id"].iloc[0]
    assert found.loc[(junction, "N")].tolist() == ["distance", 800.0, 1000.0, 200.0]
    assert found.loc[(junction, "E"), "reason"] == "unreachable"
    assert found.loc[(junction, "S"), "reason"] == "unknown_park"


def test_recheck_reads_anybodys_signs(tmp_path: Path) -> None:
    path = tmp_path / "signs.csv"
    path.write_text("sign,lon,lat,park_id,distance_km\nP1,2.8,50.4,P01,1.2\nP1,2.8,50.4,P02,0.4\n", encoding="utf-8")
    points, lines = plan_file.read_signs(path)
    assert points["id"].tolist() == ["P1"]
    assert lines["distance_m"].tolist() == [1200.0, 400.0]
    path.write_text("sign,lon,lat,park_id,distance_km\nP1,2.8,50.4,P01,far\n", encoding="utf-8")
    with pytest.raises(SourceError, match="far"):
        plan_file.read_signs(path)
