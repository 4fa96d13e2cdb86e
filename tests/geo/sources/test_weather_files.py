"""Weather files of several makers become the same year."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.errors import MissingDataError, SourceError
from geo.sources import epw, pvgis, synthetic_weather
from geo.weather import Weather

HEADER = """Latitude (decimal degrees): 50.811
Longitude (decimal degrees): 3.310
Elevation (m): 17.0

month,year
1,2015
"""


@pytest.fixture(scope="module")
def year() -> Weather:
    return synthetic_weather.year(50.43, 2.83)


def pvgis_lines(year: Weather) -> list[str]:
    rows = zip(year.time_utc, year.ghi_w_m2, year.dni_w_m2, year.dhi_w_m2, strict=True)
    lines = [f"{stamp:%Y%m%d:%H%M},9.1,80,{ghi:.2f},{dni:.2f},{dhi:.2f},250" for stamp, ghi, dni, dhi in rows]
    return ["time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h)", *lines]


def test_pvgis_without_its_header(tmp_path: Path, year: Weather) -> None:
    path = tmp_path / "tmy.csv"
    path.write_text("\n".join(pvgis_lines(year)))
    read = pvgis.read(path)
    np.testing.assert_allclose(read.ghi_w_m2, year.ghi_w_m2, atol=0.006)
    assert (read.latitude_deg, read.period, len(read.time_utc)) == (None, "2019-2019", 8760)


def test_pvgis_with_its_header_and_legend(tmp_path: Path, year: Weather) -> None:
    path = tmp_path / "tmy.csv"
    path.write_text(HEADER + "\n".join(pvgis_lines(year)) + "\n\nT2m: 2-m air temperature\nPVGIS (c) EU\n")
    read = pvgis.read(path)
    assert (read.latitude_deg, read.longitude_deg) == (50.811, 3.310)
    np.testing.assert_allclose(read.dni_w_m2, year.dni_w_m2, atol=0.006)


def test_pvgis_json(tmp_path: Path, year: Weather) -> None:
    names, *lines = (line.split(",") for line in pvgis_lines(year))
    rows = [dict(zip(names, line, strict=True)) for line in lines]
    hours = [{key: value if key == "time(UTC)" else float(value) for key, value in row.items()} for row in rows]
    place = {"location": {"latitude": 50.4, "longitude": 2.8}, "meteo_data": {"year_min": 2005, "year_max": 2020}}
    path = tmp_path / "tmy.json"
    path.write_text(json.dumps({"inputs": place, "outputs": {"tmy_hourly": hours}}))
    read = pvgis.read(path)
    assert (read.period, read.latitude_deg) == ("2005-2020", 50.4)
    assert read.annual_ghi_kwh_m2 == pytest.approx(1148, abs=0.1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("hello", "no line starting with"),
        ("time(UTC),T2m\n20190101:0000,3\n", "lacks"),
        ("time(UTC),G(h),Gb(n),Gd(h)\n20190101:0000,0,0,0\n", "1 hours"),
        ("time(UTC),G(h),Gb(n),Gd(h)\n20190101:0000,x,0,0\n", "no number"),
        ("{", "not a PVGIS TMY JSON"),
    ],
)
def test_other_files_are_refused_by_pvgis(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "tmy.csv"
    path.write_text(text)
    with pytest.raises(SourceError, match=message):
        pvgis.read(path)


def epw_text(year: Weather, zone_h: int = 1) -> str:
    """The year as EnergyPlus writes it: local hours 1 to 24, each the mean of what came before its stamp."""
    local = year.time_utc + pd.Timedelta(hours=zone_h)
    table = pd.DataFrame({"t": local, "g": year.ghi_w_m2, "n": year.dni_w_m2, "d": year.dhi_w_m2})
    table["t"] = table["t"].map(lambda stamp: stamp.replace(year=2019))
    lines = [f"LOCATION,Lens,-,FRA,TMY,070370,50.43,2.83,{zone_h}.0,40.0", *["X"] * 7]
    for row in table.sort_values("t").itertuples():
        head = f"2019,{row.t.month},{row.t.day},{row.t.hour + 1},60,?,9,5,80,101325,0,0,300"
        lines.append(f"{head},{row.g:.2f},{row.n:.2f},{row.d:.2f}" + ",0" * 19)
    return "\n".join(lines)


def test_epw_in_local_time(tmp_path: Path, year: Weather) -> None:
    path = tmp_path / "lens.epw"
    path.write_text(epw_text(year))
    read = epw.read(path).check_night(latitude_deg=50.43, longitude_deg=2.83)
    assert (read.latitude_deg, read.longitude_deg, read.sun_minute) == (50.43, 2.83, 30)
    assert read.annual_ghi_kwh_m2 == pytest.approx(1148, abs=0.1)
    assert read.find_sun_minute(latitude_deg=50.43, longitude_deg=2.83) in range(28, 33)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("LOCATION", "PLACE"), "does not start with LOCATION"),
        (("50.43,2.83", "x,y"), "no latitude"),
        (("2019,1,1,1,", "2019,2,30,1,"), "does not exist"),
        (("2019,1,1,1,60,?,9,5,80,101325,0,0,300,0.00", "2019,1,1,1,60,?,9,5,80,101325,0,0,300,9999"), "missing"),
        (("2019,1,1,1,", "2019,1,1,one,"), "broken row"),
    ],
)
def test_other_files_are_refused_by_epw(tmp_path: Path, year: Weather, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "lens.epw"
    path.write_text(epw_text(year).replace(*change, 1))
    with pytest.raises(SourceError, match=message):
        epw.read(path)


@pytest.mark.parametrize("read", [pvgis.read, epw.read])
def test_an_absent_file_is_named(tmp_path: Path, read: object) -> None:
    with pytest.raises(MissingDataError, match=r"none\.csv is absent"):
        read(tmp_path / "none.csv")  # type: ignore[operator]
    with pytest.raises(MissingDataError, match="a folder; expected"):
        read(tmp_path)  # type: ignore[operator]


def test_bytes_that_are_no_text_are_refused_by_pvgis(tmp_path: Path) -> None:
    path = tmp_path / "tmy.csv"
    path.write_bytes(b"time(UTC)\xff")
    with pytest.raises(SourceError, match=r"not text .*; expected a PVGIS TMY"):
        pvgis.read(path)


def test_a_town_in_latin_1_does_not_stop_epw(tmp_path: Path, year: Weather) -> None:
    path = tmp_path / "lens.epw"
    path.write_bytes(epw_text(year).replace("Lens", "Liévin", 1).encode("latin-1"))
    assert "Li\ufffdvin" in epw.read(path).source


def test_the_synthetic_year(year: Weather) -> None:
    assert year.annual_ghi_kwh_m2 == pytest.approx(1148.0)
    assert year.source.startswith("année synthétique (non mesurée")
    assert 0.45 < year.dhi_w_m2.sum() / year.ghi_w_m2.sum() < 0.60
    assert year.closure_w_m2(30, latitude_deg=50.43, longitude_deg=2.83) < 0.5
    year.check_night(latitude_deg=50.43, longitude_deg=2.83)
