import csv
from datetime import date
from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from shapely import Point, Polygon, box

from geo.brownfields.cnig.fields import FIELDS
from geo.brownfields.cnig.validate import violations
from geo.brownfields.cnig.writer import one_line, write
from geo.config import read_settings
from geo.crs import LAMBERT93
from geo.raw import RawFolder
from geo.sources import cnig

TODAY = date(2026, 11, 23)
KINDS = next(field.values for field in FIELDS if field.name == "site_type")
STATUSES = next(field.values for field in FIELDS if field.name == "site_statut")
EAST, NORTH, STEP = 680_000.0, 7_030_000.0, 500.0


def site(number: int, **told: object) -> dict[str, object]:
    """Return a site in its own square, with what the standard obliges to know."""
    corner = EAST + STEP * number
    return {
        "id": f"62498_{number}", "name": "Ancienne fosse", "kind": "friche carrière ou mine", "status": "inconnu",
        "identified": "2020-01-02", "updated": "2024-05-06", "activity": None, "area_m2": 1234.4, "pollution": None,
        "zoning": None, "insee": "62498", "commune": "Lens", "insee_declared": None, "source": "essai",
        "geometry": box(corner, NORTH, corner + 100, NORTH + 100), **told,
    }  # fmt: skip


def frame(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=LAMBERT93)


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_again(path: Path) -> gpd.GeoDataFrame:
    (path.parent / "cnig").mkdir(exist_ok=True)
    path.replace(path.parent / "cnig" / "a.csv")
    return cnig.read(RawFolder("brownfields", path.parent, path.parent, read_settings().territory))


def test_the_51_columns_in_order_with_what_is_unknown_said_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert write(frame([site(0, kind=None, name="Fosse 9")]), path, today=TODAY) == (1, [])
    (row,) = cells(path)
    assert list(row) == [field.name for field in FIELDS]
    assert (row["site_type"], row["urba_zaer"], row["proprio_nom"], row["unite_fonciere_surface"]) == (
        "inconnu", "inconnu", "", "1234",
    )  # fmt: skip
    assert row["geompoint"].startswith("POINT(50.")
    assert violations(path, today=TODAY) == []


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"identified": None}, "site_identif_date : valeur obligatoire"),
        ({"updated": None}, "site_actu_date : valeur obligatoire"),
        ({"name": None}, "site_nom : valeur obligatoire"),
        ({"insee": None, "commune": None}, "site_id : valeur obligatoire"),
        ({"source": None}, "source_nom : valeur obligatoire"),
        ({"identified": "2025-01-01"}, "site_identif_date : ne peut suivre site_actu_date (2024-05-06)"),
        ({"geometry": Point(0, 6_000_000)}, "geompoint : hors de France dans les deux ordres des axes"),
        ({"id": "62498_0"}, "site_id : site_id déjà donné ligne 2"),
        ({"geometry": box(EAST + 50, NORTH, EAST + 150, NORTH + 100)}, "geomsurf : recouvre de"),
    ],
)  # fmt: skip
def test_a_site_that_would_need_inventing_is_left_out_with_its_reason(
    told: dict[str, object], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    rows, left = write(frame([site(0), site(1, **told), site(2)]), path, today=TODAY)
    assert rows == len(cells(path)) == 2
    ((name, why),) = left
    assert name == told.get("id", "62498_1")
    assert why.startswith(reason)
    assert violations(path, today=TODAY) == []


def test_the_commune_that_holds_the_site_begins_its_id(tmp_path: Path) -> None:
    rows = [site(0, insee="62427|62498", commune="Hénin|Lens", insee_declared="62498"), site(1, insee="62427"),
            site(2, id="BF 07")]  # fmt: skip
    write(frame(rows), tmp_path / "a.csv", today=TODAY)
    told = [(row["site_id"], row["comm_insee"], row["comm_nom"]) for row in cells(tmp_path / "a.csv")]
    assert told == [("62498_0", "62498", "Lens"), ("62427_1", "62427", "Lens"), ("62498_BF-07", "62498", "Lens")]


def test_no_person_is_named(tmp_path: Path) -> None:
    write(frame([site(0, name="MARTIN Paul", owner="MARTIN Paul")]), tmp_path / "a.csv", today=TODAY)
    assert "MARTIN" not in (tmp_path / "a.csv").read_text(encoding="utf-8")


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ['=HYPERLINK("x")', "-2+3+cmd|' /C calc'!A0", 'a,b;c\n"d"', "@SUM(1)", "'=1", "<b>", "POINT(1 2)", "\x00\x1b[31m"]
)
PLACES = st.integers(0, 40).flatmap(
    lambda n: st.sampled_from([
        Point(EAST + STEP * n, NORTH),
        box(EAST + STEP * n, NORTH, EAST + STEP * n + 100, NORTH + 100),
        Polygon([(EAST + STEP * n, NORTH), (EAST + STEP * n + 90, NORTH), (EAST + STEP * n, NORTH + 90)]),
    ])
)  # fmt: skip


@settings(
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.fixed_dictionaries({
            "name": HOSTILE, "activity": HOSTILE, "zoning": HOSTILE, "kind": st.sampled_from(KINDS),
            "status": st.sampled_from(STATUSES) | HOSTILE, "geometry": PLACES,
            "area_m2": st.none() | st.floats(0, 1e6),
            "identified": st.dates(date(1950, 1, 1), date(2024, 5, 6)).map(date.isoformat),
        }),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_what_is_written_passes_and_is_read_back(tmp_path: Path, told: list[dict[str, object]]) -> None:
    sites = frame([site(number, **one) for number, one in enumerate(told)])
    path = tmp_path / "a.csv"
    rows, left = write(sites, path, today=TODAY)
    assert rows + len(left) == len(sites)
    if not rows:
        return
    assert violations(path, today=TODAY) == []
    for row in cells(path):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
    again = read_again(path).set_index("id")
    before = sites.set_index("id").loc[again.index]
    assert again["identified"].tolist() == before["identified"].tolist()
    assert again["kind"].tolist() == before["kind"].tolist()
    assert again.geometry.hausdorff_distance(before.geometry).max() < 0.05
    for kept, given_text in zip(again["activity"], before["activity"], strict=True):
        assert pd.isna(kept) or kept == one_line(given_text)
