"""The commands, from an empty folder to a restored register."""

import csv
from pathlib import Path

import geopandas as gpd
import pytest
from typer.testing import CliRunner, Result

from geo.cli import app
from geo.errors import RegisterError, RequestError
from geo.register import people
from geo.register.database import Register

ROWS = "code,name,type,status,park,date,lon,lat\nSOU-001,=1+1,Totem,installed,P02,2025-01-31,2.78,50.45\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The register that the commands find by their setting."""
    monkeypatch.setenv("ARTOIS_REGISTER_FILE", str(tmp_path / "var" / "register.gpkg"))
    monkeypatch.setenv("LOGNAME", "essai")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "var" / "register.gpkg"


def run(*arguments: str | Path, code: int = 0) -> str:
    done: Result = CliRunner().invoke(app, ["register", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def test_from_nothing_to_a_restored_register(path: Path, tmp_path: Path) -> None:
    assert "5 migrations applied, 14 types" in run("init")
    assert "0 migrations applied, 0 types" in run("init")
    (tmp_path / "s.csv").write_text(ROWS, encoding="utf-8")
    assert run("import", "s.csv", "--dry-run").splitlines() == [
        "added     line 2     SOU-001", "1 added, 0 changed, 0 unchanged, 0 refused",
    ]  # fmt: skip
    assert "1 added" in run("import", "s.csv")
    assert "1 unchanged" in run("import", "s.csv")
    saved = Path(run("backup", "--keep", "2").split("  ")[0])
    assert saved.parent == path.parent / "backups"
    (tmp_path / "s.csv").write_text(ROWS.replace("SOU-001", "SOU-002"), encoding="utf-8")
    run("import", "s.csv")
    report = run("status")
    assert "signs                   2" in report
    assert str(saved) in report
    assert "what it replaced" in run("restore", saved)
    assert "signs                   1" in run("status")


def test_rows_that_are_refused_stop_an_import_unless_told(path: Path, tmp_path: Path) -> None:
    run("init")
    (tmp_path / "s.csv").write_text(ROWS + "x,,,,,,2.78,50.45\n", encoding="utf-8")
    output = run("import", "s.csv", code=1)
    assert "refused   line 3     x  code: found 'x'" in output
    assert "nothing was imported" in output
    assert "signs                   0" in run("status")
    run("import", "s.csv", "--skip-refused", code=1)
    assert "signs                   1" in run("status")
    with Register(path).read() as database:
        assert set(database.execute("SELECT DISTINCT who FROM changes")) == {("console:essai",)}


def test_exports(path: Path, tmp_path: Path) -> None:
    run("init")
    (tmp_path / "s.csv").write_text(ROWS, encoding="utf-8")
    run("import", "s.csv")
    assert run("export", "-f", "csv", "-o", "out.csv") == "out.csv\n"
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        assert next(csv.DictReader(stream))["name"] == "'=1+1"
    run("export")
    assert gpd.read_file(tmp_path / "signs.gpkg").crs.to_epsg() == 2154
    run("export", "-f", "csv", "--blades")
    assert (tmp_path / "blades.csv").read_text(encoding="utf-8").startswith("code,blade,bearing_deg")
    with pytest.raises(RequestError, match="expected csv"):
        run("export", "--blades")
    assert "1 signs" in run("publish", "--raw", "raw")
    assert gpd.read_file(tmp_path / "raw" / "register" / "signs.geojson")["status"].tolist() == ["installed"]


def test_a_token_is_printed_once(path: Path) -> None:
    run("init")
    run("organisation", "add", "Lens")
    token = run("user", "add", "--name", "anne", "--role", "owner", "--organisation", "Lens").strip()
    with Register(path).read() as database:
        assert people.authenticate(database, token).name == "anne"
    assert token not in run("user", "list")
    assert run("user", "revoke", "--name", "anne") == "anne: revoked\n"
    assert "anne\towner\tLens" in run("user", "list")


def test_a_restore_while_the_service_runs_is_refused(path: Path) -> None:
    run("init")
    saved = Path(run("backup").split("  ")[0])
    service = Register(path)
    with service.read():
        pass
    with pytest.raises(RegisterError, match="stop the service"):
        run("restore", saved)
    service.close()
