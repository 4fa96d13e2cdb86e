"""Fixtures that at least three test files share."""

import os
import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from geo.config import Settings, Territory

ROOT = Path(__file__).parents[1]


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
            "certainty": "surveyed",
            "geometry": [box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)],
        },
        crs="EPSG:2154",
    )


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
