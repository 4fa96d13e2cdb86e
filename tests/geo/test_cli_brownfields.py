"""`artois brownfields validate` and `artois export brownfields --format cnig` as a planner meets them."""

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from geo import products
from geo.brownfields.cnig.validate import violations
from geo.catalogue import BROWNFIELDS
from geo.cli import main
from geo.crs import LAMBERT93
from tests.geo.brownfields.cnig.rows import NAMES, sound, write_rows

Cli = Callable[..., tuple[int | str | None, str, str]]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Cli:
    def run(*arguments: object) -> tuple[int | str | None, str, str]:
        monkeypatch.setattr("sys.argv", ["artois", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capfd.readouterr()

    return run


def test_a_sound_file_ends_with_0(cli: Cli, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", [sound(1)])
    code, out, _ = cli("brownfields", "validate", path)
    assert (code, out) == (0, f"{path} : aucun écart avec le standard CNIG Friches 1.0.6\n")


def test_each_violation_is_a_line_and_the_end_is_1(cli: Cli, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", [sound(1), sound(2, comm_insee="6284"), sound(3, site_nom="\x1b[31mrouge")])
    code, out, _ = cli("brownfields", "validate", path)
    assert code == 1
    assert out.splitlines()[:2] == [
        'ligne 3 · comm_insee · "6284" · un code INSEE de commune à 5 caractères, comme 62427 ou 2A004 attendu(e)',
        r'ligne 4 · site_nom · "\u001b[31mrouge" · caractère de contrôle interdit',
    ]
    assert out.splitlines()[2:] == [f"{path} : 2 écart(s) sur 2 ligne(s) avec le standard CNIG Friches 1.0.6"]


def test_json_holds_the_same(cli: Cli, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", [sound(1, bati_nombre="x")])
    code, out, _ = cli("brownfields", "validate", path, "--json")
    assert code == 1
    assert json.loads(out) == [{"row": 2, "field": "bati_nombre", "value": "x", "rule": "nombre entier attendu"}]


def test_the_older_form_passes_when_it_is_asked(cli: Cli, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", [sound(1)], names=[name for name in NAMES if name != "urba_zaer"])
    assert cli("brownfields", "validate", path)[0] == 1
    assert cli("brownfields", "validate", path, "--version", "50")[0] == 0


def test_an_absent_file_is_one_line(cli: Cli, tmp_path: Path) -> None:
    code, out, _ = cli("brownfields", "validate", tmp_path / "none.csv")
    assert out == ""
    assert str(code).startswith("artois: ")
    assert "expected a CSV of brownfields" in str(code)


@pytest.fixture
def processed(tmp_path: Path) -> Path:
    places = [box(680_000 + 500 * n, 7_030_000, 680_100 + 500 * n, 7_030_100) for n in range(3)]
    empty = {name: pd.Series(pd.NA, index=range(3), dtype="object") for name in BROWNFIELDS.columns}
    told = {
        "id": ["62498_1", "62498_2", "62498_3"], "name": "Fosse 9", "insee": ["62498", "62498", "62427"],
        "commune": ["Lens", "Lens", "Hénin"], "source": "essai", "updated": "2024-01-01",
        "identified": ["2020-01-01", None, "2020-01-01"],
    }  # fmt: skip
    table = gpd.GeoDataFrame(empty | told, geometry=places, crs=LAMBERT93)
    products.write_table(table, "brownfields", tmp_path / "done")
    return tmp_path / "done"


def test_the_export_passes_and_tells_what_is_left_out(cli: Cli, processed: Path, tmp_path: Path) -> None:
    target = tmp_path / "friches.csv"
    code, out, err = cli("export", "brownfields", "--format", "cnig", "-o", target, "--processed", processed)
    assert (code, out) == (0, f"{target}\n")
    assert "1 left out: site_identif_date : valeur obligatoire (such as 62498_2)" in err
    assert violations(target) == []
    assert len(target.read_text(encoding="utf-8").splitlines()) == 3


def test_the_export_of_one_commune(cli: Cli, processed: Path, tmp_path: Path) -> None:
    target = tmp_path / "friches.csv"
    cli("export", "brownfields", "-f", "cnig", "-o", target, "--processed", processed, "--commune", "62427")
    assert [line[:7] for line in target.read_text(encoding="utf-8").splitlines()[1:]] == ["62427_3"]


@pytest.mark.parametrize(
    ("layer", "commune", "message"),
    [("parks", None, "expected it for brownfields"), ("brownfields", "59000", "no site of 0 can be written")],
)
def test_an_export_that_makes_no_sense_writes_nothing(
    layer: str, commune: str | None, message: str, cli: Cli, processed: Path, tmp_path: Path
) -> None:
    target = tmp_path / "friches.csv"
    asked = ["--commune", commune] if commune else []
    code, *_ = cli("export", layer, "-f", "cnig", "-o", target, "--processed", processed, *asked)
    assert message in str(code)
    assert not target.exists()
