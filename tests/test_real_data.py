"""The same code on the providers' real files, where ARTOIS_REAL_DATA names their folder."""

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from geo import products
from geo.build import Built, build
from geo.config import Settings
from geo.provenance import Provenance

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def real_build(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, list[Built]]]:
    settings = Settings(raw=real_data, processed=tmp_path_factory.mktemp("processed"))
    yield settings, build([], settings)


@pytest.fixture(scope="module")
def processed(real_build: tuple[Settings, list[Built]]) -> Path:
    return real_build[0].processed


def provenance(processed: Path, layer: str) -> Provenance:
    path = products.product_path(layer, processed)
    assert path is not None
    return products.read_provenance(path)


def notes(processed: Path, layer: str) -> dict[str, int]:
    return {f"{note.action}: {note.reason}": note.count for note in provenance(processed, layer).notes}


def test_every_layer_is_built(real_build: tuple[Settings, list[Built]]) -> None:
    assert [one for one in real_build[1] if one.state != "built"] == []


@pytest.mark.parametrize(
    ("layer", "rows"),
    [
        ("communes", 150),
        ("epci", 3),
        ("spoil_heaps", 110),
        ("greenways", 1091),
        ("brownfields", 308),
        ("parks", 56),
        ("large_parks", 10),
        ("events", 16),
    ],
)
def test_rows(processed: Path, layer: str, rows: int) -> None:
    assert len(products.read_table(layer, processed)) == rows == provenance(processed, layer).rows
    assert not provenance(processed, layer).synthetic


def test_the_territory_has_its_known_area_and_people(processed: Path) -> None:
    epci = products.read_table("epci", processed)
    np.testing.assert_allclose(epci["area_km2"].sum(), 1002, atol=2)
    assert 640_000 < epci["population"].sum() < 650_000


def test_cavaliers_keep_their_length(processed: Path) -> None:
    ways = products.read_table("greenways", processed)
    lines = ways[ways.geometry.geom_type.str.contains("LineString")]
    np.testing.assert_allclose(lines["length_m"].sum() / 1000, 441, atol=1)
    assert (len(ways) - len(lines), lines["component"].nunique()) == (10, 566)


def test_brownfields_have_their_true_commune_and_certainty(processed: Path) -> None:
    sites = products.read_table("brownfields", processed)
    assert sites["commune_corrected"].sum() == 35
    assert sites["certainty"].value_counts().to_dict() == {"unverified": 240, "curated": 68}
    told = notes(processed, "brownfields")
    assert told["repaired: commune declared by the file is not the one that holds the site"] == 35


def test_commune_by_geometry_agrees_with_another_overlay(processed: Path, real_data: Path) -> None:
    """`commune_geo` was made by the data's packager with another program."""
    raw = gpd.read_file(real_data / "cartofriches" / "points.geojson").set_index("site_id")["commune_geo"]
    sites = products.read_table("brownfields", processed).set_index("id")["insee"]
    assert (sites == raw.reindex(sites.index)).all()


def test_signs_off_the_territory_are_reported(processed: Path) -> None:
    assert notes(processed, "signs") == {"flagged: sign outside the territory": 1059}


def test_irradiation_of_the_real_surface_is_plausible(processed: Path) -> None:
    values = products.read_product_raster("irradiation", processed).values
    known = values[np.isfinite(values)]
    assert known.size > 0.95 * values.size
    assert known.min() >= 0
    assert 300 < known.mean() < 1300


def test_every_building_of_the_mask_has_a_mean(processed: Path) -> None:
    buildings = products.read_table("buildings", processed)
    assert len(buildings) > 100
    known = buildings["irradiation_kwh_m2"].dropna()
    assert len(known) > 0.95 * len(buildings)
    assert known.between(0, 1500).all()
