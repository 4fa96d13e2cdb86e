"""Fixtures that at least three test files share."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from affine import Affine
from hypothesis import settings as hypothesis_settings
from shapely import LineString, Point, box

from geo import products
from geo.config import Settings, Territory
from geo.crs import LAMBERT93
from geo.provenance import Credit, Provenance
from geo.raster import Raster, write_cog
from geo.raw import sha256

ROOT = Path(__file__).parents[1]

hypothesis_settings.register_profile("artois", deadline=None, derandomize=True)  # same tests on a busy machine
hypothesis_settings.load_profile("artois")


@pytest.fixture
def territory() -> Territory:
    """A territory of one EPCI."""
    return Territory(
        name="Pays d'essai",
        short="PE",
        network="Réseau d'essai",
        center=(2.8, 50.4),
        zoom=12,
        bbox=(2.3, 50.3, 3.1, 50.7),
        epci=({"siren": "123456789", "short": "CAE", "name": "CA d'essai"},),
    )


@pytest.fixture
def two_communes() -> gpd.GeoDataFrame:
    """Two square communes of 1 km, side by side, whose outlines are surveyed."""
    return gpd.GeoDataFrame(
        {
            "id": ["62001", "62002"],
            "name": ["Ouest", "Est"],
            "certainty": "surveyed",
            "geometry": [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)],
        },
        crs="EPSG:2154",
    )


@pytest.fixture
def small_cadastre(tmp_path: Path) -> Path:
    """Products of a cadastre whose figures are summed by hand: five roofs, six planes, three communes, two EPCI."""
    folder = tmp_path / "small_cadastre"
    communes = {
        "id": ["62001", "62002", "62003"],
        "name": ["Ouest", "=Est+1", "Nord"],
        "epci": ["CAE", "CAE", "CAN"],
        "epci_siren": ["123456789", "123456789", "987654321"],
    }
    nan = np.nan
    roofs = {
        "id": ["B1", "B2", "B3", "B4", "B5"],
        "name": None,
        "kind": ["Résidentiel", "Sportif", None, "Eglise", "Résidentiel"],
        "insee": ["62001", "62001|62002", "62002", "62003", None],
        "commune": ["Ouest", "Ouest, =Est+1", "=Est+1", "Nord", None],
        "roof_area_m2": [50.0, 800.0, nan, 120.0, 1000.0],
        "usable_area_m2": [30.0, 500.0, nan, 60.0, 700.0],
        "panels": pd.array([7, 200, None, 20, 300], dtype="Int64"),
        "kwp": [3.0, 90.0, nan, 9.000000000000002, 135.0],
        "yield_p50_kwh": [3000.0, 81_000.0, nan, 8000.0, 120_000.0],
        "yield_p90_kwh": [2700.0, 73_000.0, nan, 7200.0, 108_000.0],
        "suitability": ["good", "fair", "unknown", "good", "good"],
        "weather": "PVGIS TMY (essai)",
        "synthetic": pd.array([False, False, False, False, True], dtype="boolean"),
    }
    planes = {
        "id": ["1", "2", "3", "4", "5", "6"],
        "insee": ["62001", "62001|62002", "62001|62002", "62003", "62003", None],
        "suitability": ["good", "fair", "poor", "good", "fair", "good"],
        "area_m2": [50.0, 500.0, 300.0, 80.0, 40.0, 1000.0],
        "usable_area_m2": [30.0, 500.0, 0.0, 40.0, 20.0, 700.0],
        "panels": pd.array([7, 200, 0, 14, 6, 300], dtype="Int64"),
        "kwp": [3.0, 90.0, 0.0, 6.3, 2.7, 135.0],
        "yield_p50_kwh": [3000.0, 81_000.0, 0.0, 6000.0, 2000.0, 120_000.0],
        "yield_p90_kwh": [2700.0, 73_000.0, 0.0, 5400.0, 1800.0, 108_000.0],
    }
    for name, columns in (("communes", communes), ("buildings", roofs), ("roof_segments", planes)):
        count = len(columns["id"])
        table = gpd.GeoDataFrame(columns, geometry=[box(n, 0, n + 1, 1) for n in range(count)], crs=LAMBERT93)
        products.write_table(table, name, folder)
    write_small_provenance(folder)
    return folder


def write_small_provenance(folder: Path) -> None:
    """Write where the small cadastre's buildings come from."""
    path = products.table_path("buildings", folder)
    provenance = Provenance(
        layer="buildings", rows=5, synthetic=True, built_at=datetime(2026, 3, 12, tzinfo=UTC), software="artois essai",
        recipe_sha256="", params={"poor_below_kwh_m2": 700.0, "good_from_kwh_m2": 1000.0},
        credits=(Credit(holder="IGN, essai", licence="Licence Ouverte 2.0"),), inputs=(), lookups={}, notes=(),
        product_sha256=sha256(path),
    )  # fmt: skip
    products.write_provenance(provenance, path)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data, where ARTOIS_REAL_DATA names one."""
    folder = os.environ.get("ARTOIS_REAL_DATA")
    if not folder:
        pytest.skip("ARTOIS_REAL_DATA is not set: it names a raw folder with the providers' files")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def sample_build(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Every layer built once from the embedded facts and the synthetic quarter; read it, never write to it."""
    from geo.build import build
    from geo.sample import make_sample

    folder = tmp_path_factory.mktemp("sample")
    settings = Settings(raw=folder / "raw", processed=folder / "processed")
    settings.raw.mkdir()
    make_sample(settings.raw / "sample")
    assert [one for one in build([], settings) if one.error] == []
    return settings


@pytest.fixture
def sample_copy(sample_build: Settings, tmp_path: Path) -> Settings:
    """A copy of the sample's raw folder and products, free to be broken."""
    shutil.copytree(sample_build.raw, tmp_path / "raw")
    shutil.copytree(sample_build.processed, tmp_path / "processed")
    return Settings(raw=tmp_path / "raw", processed=tmp_path / "processed")


@pytest.fixture
def small_raw(tmp_path: Path) -> Settings:
    """A raw folder with one small file of every provider, placed in the real territory; its products are not built."""
    raw = tmp_path / "raw"
    write_territory(raw)
    write_heritage(raw / "unesco")
    write_sites(raw)
    write_surface(raw / "lidarhd")
    return Settings(raw=raw, processed=tmp_path / "processed")


def write_geojson(path: Path, shapes: list[object], **columns: object) -> None:
    """Write shapes given in Lambert-93 metres as a WGS84 GeoJSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = gpd.GeoDataFrame({**columns, "geometry": shapes}, crs="EPSG:2154").to_crs("EPSG:4326")
    path.write_text(table.to_json(), encoding="utf-8")


def write_territory(raw: Path) -> None:
    """Write two square communes of the CALL near Lens."""
    squares = [box(684_000, 7_038_000, 685_000, 7_039_000), box(685_000, 7_038_000, 686_000, 7_039_000)]
    write_geojson(
        raw / "admin" / "communes.geojson",
        squares,
        insee=["62001", "62002"],
        nom=["Ouest", "Est"],
        epci_siren="246200364",
        pmun_2024=["100", "200"],
    )


def write_heritage(folder: Path) -> None:
    """Write two spoil heaps and two mine railways."""
    heap, second = box(684_100, 7_038_100, 684_300, 7_038_300), box(685_500, 7_038_500, 685_600, 7_038_600)
    way = LineString([(684_000, 7_038_500), (685_500, 7_038_500)])
    write_geojson(folder / "terrils.geojson", [heap], no_terril=["T074"], nom=["Un"], forme=["Conique"])
    write_geojson(folder / "zt-terrils.geojson", [second], id=["T075"], nom=["Deux"], forme=["Plat"])
    write_geojson(folder / "cavaliers.geojson", [way.buffer(5)], id=["0"], id_unesco=["1A"], longueur_m=[1500])
    write_geojson(folder / "zt-cavaliers.geojson", [way], id=["0"], id_troncon=["001_01"], nom=["Ligne"])


def write_sites(raw: Path) -> None:
    """Write one brownfield whose declared commune is wrong, and one sign."""
    write_geojson(
        raw / "cartofriches" / "points.geojson",
        [Point(684_500, 7_038_500)],
        site_id=["62002_1"], site_nom=["Carreau"], site_type=["inconnu"], site_statut=["friche sans projet"],
        activite_libelle=[None], unite_fonciere_surface=["5000.5"], sol_pollution_existe=["inconnu"],
        urba_zone_lib=["U"], site_actu_date=["2022-10-10"], comm_insee=["62002"], source_nom=["essai"],
        checked=["True"], proprio_nom=["Personne Privée"],
    )  # fmt: skip
    (raw / "signage").mkdir()
    (raw / "signage" / "signs.csv").write_text(
        "code,name,type,status,park,date,lon,lat\nS-1,Entrée,Totem,installed,P02,2025-01-01,2.78,50.45\n",
        encoding="utf-8",
    )


def write_surface(folder: Path) -> None:
    """Write a flat surface of 40 m with one block of 10 m, and the block's mask."""
    heights = np.zeros((40, 40), dtype=np.float32)
    heights[15:25, 15:25] = 10.0
    transform = Affine(1, 0, 684_500, 0, -1, 7_038_540)
    folder.mkdir()
    for name, values in (("a_DSM.tif", heights), ("a_bldg.tif", (heights > 0).astype(np.float32))):
        write_cog(folder / name, Raster(values, transform, LAMBERT93))
