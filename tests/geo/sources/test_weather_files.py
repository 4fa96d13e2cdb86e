"""Weather files of several makers become the same year."""

import json
from dataclasses import replace
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
    """A year whose air is made up too: every hour has its own temperature and wind."""
    hours = np.arange(8760)
    air_c, wind_m_s = np.round(-20 + 0.005 * hours, 3), np.round(20 - 0.002 * hours, 3)
    return replace(synthetic_weather.year(50.43, 2.83), temp_air_c=air_c, wind_m_s=wind_m_s)


def table_of(year: Weather) -> pd.DataFrame:
    columns = {"ghi": year.ghi_w_m2, "dni": year.dni_w_m2, "dhi": year.dhi_w_m2}
    return pd.DataFrame({"time": year.time_utc, **columns, "air_c": year.temp_air_c, "wind_m_s": year.wind_m_s})


def pvgis_lines(year: Weather) -> list[str]:
    lines = [
        f"{row.time:%Y%m%d:%H%M},{row.air_c},80,{row.ghi:.2f},{row.dni:.2f},{row.dhi:.2f},250,{row.wind_m_s}"
        for row in table_of(year).itertuples()
    ]
    return ["time(UTC),T2m,RH,G(h),Gb(n),Gd(h),IR(h),WS10m", *lines]


def test_pvgis_without_its_header(tmp_path: Path, year: Weather) -> None:
    path = tmp_path / "tmy.csv"
    path.write_text("\n".join(pvgis_lines(year)))
    read = pvgis.read(path)
    np.testing.assert_allclose(read.ghi_w_m2, year.ghi_w_m2, atol=0.006)
    assert (read.latitude_deg, read.period, len(read.time_utc)) == (None, "2019-2019", 8760)
    np.testing.assert_array_equal(read.temp_air_c, year.temp_air_c)
    np.testing.assert_array_equal(read.wind_m_s, year.wind_m_s)


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
    known_c, hours[100]["T2m"] = hours[100]["T2m"], None
    place = {"location": {"latitude": 50.4, "longitude": 2.8}, "meteo_data": {"year_min": 2005, "year_max": 2020}}
    path = tmp_path / "tmy.json"
    path.write_text(json.dumps({"inputs": place, "outputs": {"tmy_hourly": hours}}))
    read = pvgis.read(path)
    assert (read.period, read.latitude_deg) == ("2005-2020", 50.4)
    assert read.annual_ghi_kwh_m2 == pytest.approx(1148, abs=0.1)
    assert read.temp_air_c is not None
    assert read.temp_air_c[100] == pytest.approx(known_c), "null is unknown, and the hours around lie on a line"
    np.testing.assert_array_equal(read.wind_m_s, year.wind_m_s)


def test_pvgis_without_air(tmp_path: Path, year: Weather) -> None:
    path = tmp_path / "tmy.csv"
    path.write_text("\n".join(line.rsplit(",", 1)[0] for line in pvgis_lines(year)).replace("T2m", "other"))
    assert (pvgis.read(path).temp_air_c, pvgis.read(path).wind_m_s) == (None, None)


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
    table = table_of(year)
    table["time"] = (table["time"] + pd.Timedelta(hours=zone_h)).map(lambda stamp: stamp.replace(year=2019))
    lines = [f"LOCATION,Lens,-,FRA,TMY,070370,50.43,2.83,{zone_h}.0,40.0", *["X"] * 7]
    for row in table.sort_values("time").itertuples():
        head = f"2019,{row.time.month},{row.time.day},{row.time.hour + 1},60,?,{row.air_c},5,80,101325,0,0,300"
        lines.append(f"{head},{row.ghi:.2f},{row.dni:.2f},{row.dhi:.2f},0,0,0,0,180,{row.wind_m_s}" + ",0" * 13)
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
        (("80,101325,0,0,300,0.00", "80,101325,0,0,300,9999"), "missing"),
        (("2019,1,1,1,", "2019,1,1,one,"), "broken row"),
        (("60,?,-19.9", "60,?,-69.9"), "air temperature -6"),
        ((",180,20.0", ",180,80.0"), "wind speed 80 m/s"),
        (("60,?,-", "60,?,cold"), "broken row"),
    ],
)
def test_other_files_are_refused_by_epw(tmp_path: Path, year: Weather, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "lens.epw"
    path.write_text(epw_text(year).replace(*change, 1))
    with pytest.raises(SourceError, match=message):
        epw.read(path)


def test_the_air_of_epw_stays_beside_its_light(tmp_path: Path, year: Weather) -> None:
    path = tmp_path / "lens.epw"
    path.write_text(epw_text(year))
    read, told = (table_of(weather).sort_values("time").reset_index(drop=True) for weather in (epw.read(path), year))
    np.testing.assert_allclose(read.drop(columns="time"), told.drop(columns="time"), atol=0.006)
    np.testing.assert_array_equal(read["time"].dt.strftime("%m%d%H"), told["time"].dt.strftime("%m%d%H"))


@pytest.mark.parametrize("code", ["99.9", "999", "9999.0", "", "nan"])
def test_a_few_unknown_hours_of_epw_are_interpolated(
    tmp_path: Path, year: Weather, caplog: pytest.LogCaptureFixture, code: str
) -> None:
    path = tmp_path / "lens.epw"
    lines = epw_text(year).split("\n")
    for row in range(1000, 1003):
        cells = lines[row].split(",")
        lines[row] = ",".join([*cells[:6], code, *cells[7:21], code, *cells[22:]])
    path.write_text("\n".join(lines))
    read, told = (table_of(weather).sort_values("time") for weather in (epw.read(path), year))
    np.testing.assert_allclose(read["air_c"], told["air_c"], atol=1e-9)
    np.testing.assert_allclose(read["wind_m_s"], told["wind_m_s"], atol=1e-9)
    assert "lens.epw: wind unknown at 3 of 8760 hours: interpolated" in caplog.text


def test_air_that_epw_hardly_knows_is_left_out(tmp_path: Path, year: Weather, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "lens.epw"
    path.write_text(epw_text(replace(year, temp_air_c=np.where(np.arange(8760) % 9 == 0, 99.9, 10.0))))
    read = epw.read(path)
    assert read.temp_air_c is None
    assert read.wind_m_s is not None
    assert "lens.epw: air temperature unknown at 974 of 8760 hours: left out" in caplog.text


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


def test_the_synthetic_year() -> None:
    year = synthetic_weather.year(50.43, 2.83)
    assert (year.temp_air_c, year.wind_m_s) == (None, None), "no air is made up"
    assert year.annual_ghi_kwh_m2 == pytest.approx(1148.0)
    assert year.source.startswith("année synthétique (non mesurée")
    assert 0.45 < year.dhi_w_m2.sum() / year.ghi_w_m2.sum() < 0.60
    assert year.closure_w_m2(30, latitude_deg=50.43, longitude_deg=2.83) < 0.5
    year.check_night(latitude_deg=50.43, longitude_deg=2.83)
