"""The inventory of brownfields on the providers' real files, where ARTOIS_REAL_DATA names their folder."""

import json
import re
from pathlib import Path

import geopandas as gpd
import pytest

from geo import products
from geo.build import build
from geo.config import Settings

pytestmark = pytest.mark.real_data

OWNERS = ("proprio_nom", "source_producteur", "source_contact")
LEGAL = "personne morale"


@pytest.fixture(scope="module")
def processed(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processed")
    names = ["communes", "spoil_heaps", "parks", "greenways", "brownfields", "brownfield_facts", "car_parks"]
    done = build(names, Settings(raw=real_data, processed=folder, store=folder / "store.gpkg"))
    assert [one for one in done if one.error] == []
    return folder


@pytest.fixture(scope="module")
def points(real_data: Path) -> gpd.GeoDataFrame:
    return gpd.read_file(real_data / "cartofriches" / "points.geojson")


def test_every_real_point_is_a_row_and_certainties_are_kept_apart(processed: Path, points: gpd.GeoDataFrame) -> None:
    sites = products.read_table("brownfields", processed)
    assert sorted(sites["id"]) == sorted(points["site_id"])
    assert sites["certainty"].value_counts().to_dict() == {"unverified": 240, "curated": 68}
    assert sites["source_ids"].eq(sites["id"]).all()


def test_conflicts_of_communes_and_shared_coordinates_are_reported(processed: Path, points: gpd.GeoDataFrame) -> None:
    issues = products.read_table("brownfields_issues", processed)
    kinds = issues["kind"].value_counts()
    assert (kinds["commune_conflict"], kinds["shared_coordinates"]) == (35, 23)
    assert "ambiguous_merge" not in kinds.index
    told = {key for sites in issues["sites"][issues["kind"] == "shared_coordinates"] for key in sites.split("|")}
    place = points.get_coordinates().astype(str).agg(",".join, axis=1)
    assert told == set(points["site_id"][place.duplicated(keep=False)])
    assert len(told) == 50
    within_certainty = points.assign(place=place).duplicated(["place", "checked"])
    assert (place.duplicated().sum(), within_certainty.sum()) == (27, 22)


def test_no_name_of_an_owner_is_in_any_product(processed: Path, points: gpd.GeoDataFrame) -> None:
    """Some firms' names are also in the published names of their sites, such as a cement works: those stay."""
    told = [text for column in OWNERS if column in points for text in points[column].dropna()]
    names = {name.strip() for text in told for name in re.split(r'[{}",|]+', text) if len(name.strip()) > 3}
    sites = " ".join(points["site_nom"][points["proprio_personne"] == LEGAL]) + " ".join(points["source_nom"])
    hidden = {name for name in names if name.casefold() not in sites.casefold() and name not in ("Ademe", "Cerema")}
    hidden.add("LARUE Achille")  # the name of a site of a natural person
    assert len(hidden) > 80
    tables = [products.read_table(f"brownfield{name}", processed) for name in ("s", "s_issues", "_facts")]
    texts = "\n".join(str(value) for table in tables for name in table.columns[:-1] for value in table[name].unique())
    stored = [path.read_bytes() for path in processed.iterdir() if path.is_file()]
    assert [name for name in hidden if name in texts] == []
    assert [name for name in hidden if any(name.encode() in content for content in stored)] == []


def test_facts_are_one_row_a_site_and_criterion_each_with_its_source(processed: Path) -> None:
    facts = products.read_table("brownfield_facts", processed)
    assert facts.groupby("site_id").size().nunique() == 1
    assert facts["site_id"].nunique() == 308
    known = facts["status"] != "unknown"
    assert (facts["value"].notna() == known).all()
    assert (facts["source"].notna() == known).all()
    counts = facts[known].groupby("criterion").size()
    assert counts[["net_area_ha", "heritage"]].tolist() == [305, 308]
    assert "nature" not in counts.index  # no file of the INPN is there
    heritage = facts[facts["criterion"] == "heritage"]["value"].value_counts()
    assert heritage["classified_site"] >= heritage["unesco_property"] > 0


def test_no_car_park_is_invented(processed: Path) -> None:
    assert products.read_table("car_parks", processed).empty
    provenance = json.loads((processed / "car_parks.provenance.json").read_text(encoding="utf-8"))
    assert "no file of car parks" in provenance["notes"][0]["reason"]
