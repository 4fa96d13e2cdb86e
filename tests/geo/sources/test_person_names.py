"""Made-up names, but for those of well-known persons, firms and streets."""

from pathlib import Path

import geopandas as gpd
import hypothesis.strategies as st
import pytest
from hypothesis import given

from geo.sources.person_names import LEGAL, NATURAL, listed, may_name_a_person, published_name


@pytest.mark.parametrize("owner", ["", LEGAL, NATURAL, f"{NATURAL}|{LEGAL}"])
@pytest.mark.parametrize(
    "name",
    [
        "MARTIN Paul", "Paul MARTIN", "Martin Paul", "MARTIN PAUL", "MARTIN-DUVAL Jean-Paul", "M. Martin", "M MARTIN",
        "Mme Vve Martin", "P. MARTIN", "MARTIN P.", "Ets Martin", "Ets MARTIN Paul", "Garage Martin", "Martin et Fils",
        "Héritiers Martin", "Martin Frères", "Café MARTIN", "KWIATKOWSKI Zbigniew", "Dépôt de fuel, anc. garage Martin",
    ],
)  # fmt: skip
def test_a_person_s_name_is_hidden_whoever_the_owner_is(name: str, owner: str) -> None:
    assert published_name(name, owner, site="62001_1") == "Site sans nom publié (62001_1)"


@pytest.mark.parametrize("owner", [LEGAL, NATURAL])
@pytest.mark.parametrize(
    "name",
    [
        "Terril n° 224 de la Fosse n° 12 de Béthune", "Station service", "Garage Renault", "Usine à gaz", "HBNPC", "?",
        "6 rue Léon Blum", "Cité Jean Jaurès", "Friche Sainte-Barbe", "Dépôt de ferraille, peaux et chiffons.",
    ],
)  # fmt: skip
def test_sites_trades_brands_and_streets_keep_their_names(name: str, owner: str) -> None:
    assert published_name(name, owner, site="62001_1") == name


def test_a_word_alone_is_a_firm_under_a_legal_owner_alone() -> None:
    assert [may_name_a_person("METALEUROP", owner) for owner in (LEGAL, NATURAL, "", "inconnu")] == [
        False, True, True, True,
    ]  # fmt: skip


def test_the_commune_s_own_words_are_no_person_s() -> None:
    assert may_name_a_person("Friche de Wingles", NATURAL)
    assert not may_name_a_person("Friche de Wingles", NATURAL, commune="WINGLES")


@given(st.text(max_size=40), st.sampled_from(sorted(listed("given_names"))))
def test_under_a_natural_owner_a_given_name_never_passes(text: str, name: str) -> None:
    assert may_name_a_person(f"{text}, {name.title()}", NATURAL)


def test_no_given_name_stands_among_the_words_of_sites() -> None:
    assert not listed("given_names") & (listed("site_words") | listed("small_trades"))


@pytest.mark.real_data
def test_real_names(real_data: Path) -> None:
    sites = gpd.read_file(real_data / "cartofriches" / "points.geojson")
    told = zip(sites["site_nom"], sites["proprio_personne"], sites["comm_nom"], strict=True)
    hidden = [may_name_a_person(name, owner, commune=commune) for name, owner, commune in told]
    assert sum(hidden) == 25
    assert all(sites["site_id"].isin(["62480_10173", "62498_6317"]) <= hidden)
