"""The published matrix: ten sites worked by hand; what it does with neutral answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.brownfields.matrix import Matrix, PublishedCriterion, as_shown, matrix, published, scores
from geo.errors import SourceError

SILENT = {
    "public_transport_m": 300.0,
    "vacant_homes_percent": 9.0,
    "clay": "fort",
    "cavities": "non",
    "housing_zone": "B1",
    "rail_siding": "plus-1km",
    "water_connection": "non",
    "access_road": "degradee",
}
"""The eight criteria that are neutral for photovoltaics whatever the answer: weights 1 + 1 + .5 + .5 + .5 + .5 + 1 + .5
= 5.5, hence 2.75 on either side."""

BEST = {
    "site_area_m2": 80_000.0,  # 2 x 2 = 4
    "built_area_m2": 0.0,  # 2 x 1 = 2
    "building_state": "pas-de-bati",  # 2 x 2 = 4
    "pollution": "non",  # 2 x 1 = 2
    "zoning": "zone-naturelle-n",  # 2 x 0.5 = 1 on either side
    "electric_connection_m": 400.0,  # 2
    "town_centre": False,  # 1
    "acceleration_zone": "oui-solaire-pv-ombriere",  # 2
    "environment": "hors-zone",  # 1
    "heritage": "non-concerne",  # 1
    "architecture": "pas-de-bati",  # 2
    "landscape": "ordinaire",  # 1
    "protected_species": "non",  # 0.5 on either side
    "wetland": "non",  # 0.5 on either side
    "green_blue_network": "hors-trame",  # 1
    "flood": "non",  # 0.5 on either side
    "industrial_risk": True,  # 1
    "owner": "public",  # 1
    "shops_near": False,  # 0.5 on either side
    "motorway_m": 3_000.0,  # 0.5 x 1 = 0.5
}
"""For: 4+2+4+2+2+1+2+1+1+2+1+1+1+1 = 25, and 0.5 = 25.5; neutral 1+0.5+0.5+0.5+0.5 = 3 on either side. Weight 24.5."""

WORST = {
    "site_area_m2": 9_000.0,  # 2 x -2 = -4
    "built_area_m2": 10_001.0,  # 2 x -1 = -2
    "building_state": "degradation-faible",  # 2 x -2 = -4
    "pollution": "oui-amiante",  # 2 x -1 = -2
    "zoning": "zone-a-urbaniser-au",  # 2 x -1 = -2
    "electric_connection_m": 5_000.0,  # -2
    "town_centre": True,  # -2
    "acceleration_zone": "exclusion",  # -2
    "environment": "reserve-naturelle",  # -2
    "heritage": "site-inscrit-classe",  # -2
    "architecture": "interet-remarquable",  # -2
    "landscape": "interet-remarquable",  # -1
    "protected_species": "oui",  # -2
    "wetland": "oui",  # -2
    "green_blue_network": "corridor-a-restaurer",  # -1
    "flood": "oui",  # -1
    "industrial_risk": False,  # 0.5 on either side: this criterion has no answer against
    "owner": "prive",  # -1
    "shops_near": True,  # -1
    "motorway_m": 999.0,  # 0.5 x -1 = -0.5
}
"""Against: 4+2+4+2+2 = 14; 2+2+2+2+2+2 = 12; 1+2+2+1+1 = 7; 1+1+0.5 = 2.5; together 35.5; neutral 0.5. Weight 24.5."""

HAND = {
    # name: (answers, plus, minus, weight answered)
    "nothing": ({}, 0.0, 0.0, 0.0),
    "area alone, 1.5 ha": ({"site_area_m2": 15_000.0}, 2.0, 0.0, 2.0),
    "area alone, 5 ha, still +1": ({"site_area_m2": 50_000.0}, 2.0, 0.0, 2.0),
    "silent criteria alone: 1/2": (SILENT, 2.75, 2.75, 5.5),
    "all for": ({**BEST, **SILENT}, 25.5 + 3 + 2.75, 3 + 2.75, 30.0),  # 31.25 / (31.25 + 5.75) = 31.25 / 37
    "all for, silent ones unanswered": (BEST, 28.5, 3.0, 24.5),  # 28.5 / 31.5
    "all against": ({**WORST, **SILENT}, 0.5 + 2.75, 35.5 + 0.5 + 2.75, 30.0),  # 3.25 / (3.25 + 38.75) = 3.25 / 42
    "small, public, polluted": (
        # -4 | 1 | 0.5 x 2 on either side | -1 | 2 x 1: plus 1 + 1 + 2 = 4, minus 4 + 1 + 1 = 6
        {
            "site_area_m2": 14_999.0,
            "owner": "public",
            "pollution": "oui-autres-composes",
            "flood": "oui",
            "building_state": "degradation-heterogene",
        },
        4.0,
        6.0,
        8.0,  # 2 + 1 + 2 + 1 + 2
    ),
    "do not know, not found, no score": (
        # only the motorway scores: +0.5; connection and heritage were looked into (1 + 1); the owner is not known
        {
            "owner": "ne-sait-pas",
            "electric_connection_m": np.inf,
            "heritage": "monument-historique",
            "motorway_m": 4_999.0,
        },
        0.5,
        0.0,
        2.5,
    ),
    "a mine yard": (
        # 2 x 2 | 2 x 0.5 both | 2 x 0.5 both | -1 | 1 | -1 | -1 | 0.5 x -1 | 1 x 0.5 both
        # plus 4 + 1 + 1 + 1 + 0.5 = 7.5; minus 1 + 1 + 1 + 1 + 1 + 0.5 + 0.5 = 6
        {
            "site_area_m2": 50_001.0,
            "built_area_m2": 10_000.0,
            "building_state": "degradation-moyenne",
            "electric_connection_m": 1_000.0,
            "town_centre": False,
            "environment": "znieff-type-1-2",
            "heritage": "perimetre-abf",
            "motorway_m": 5_000.0,
            "acceleration_zone": "non",
        },
        7.5,
        6.0,
        11.5,  # 2 + 2 + 2 + 1 + 1 + 1 + 1 + 0.5 + 1
    ),
}


def test_ten_sites_worked_by_hand() -> None:
    assert len(HAND) == 10
    table = pd.DataFrame([answers for answers, *_ in HAND.values()], index=list(HAND))
    result = published(table)
    plus, minus, weight = (np.array(column) for column in zip(*(row[1:] for row in HAND.values()), strict=True))
    np.testing.assert_allclose(result.plus, plus, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result.minus, minus, rtol=0, atol=1e-9)
    index = [0, 1, 1, 1 / 2, 31.25 / 37, 28.5 / 31.5, 3.25 / 42, 0.4, 1, 7.5 / 13.5]
    np.testing.assert_allclose(result.index, index, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result.reliability, weight / 30, rtol=0, atol=1e-9)


def test_shown_as_mutafriches_rounds() -> None:
    shown = as_shown(published(pd.DataFrame([HAND["a mine yard"][0]])))
    assert shown["index_percent"].tolist() == [55.6]  # 55.55..., to one decimal
    assert shown["reliability_of_10"].tolist() == [4.0]  # 3.83, to the half


def test_the_matrix_is_the_one_of_28_criteria() -> None:
    assert len(matrix().criteria) == 28
    assert sum(each.weight for each in matrix().criteria) == 30
    found = {score for each in matrix().criteria for score in each.values.values()}
    found |= {band.score for each in matrix().criteria for band in each.bands}
    assert found == {-2, -1, 0.5, 1, 2}


def test_a_neutral_answer_raises_a_low_index_and_lowers_a_high_one() -> None:
    low, high = (
        {"flood": "oui", "town_centre": False, "owner": "prive"},
        {"town_centre": False, "flood": "oui", "owner": "public"},
    )
    before = published(pd.DataFrame([low, high])).index
    after = published(pd.DataFrame([low | SILENT, high | SILENT])).index
    assert after[0] > before[0] and after[1] < before[1]  # what our own score must not do


def answer_of(criterion: PublishedCriterion) -> st.SearchStrategy[object]:
    if criterion.values:
        return st.sampled_from([*criterion.values, "ne-sait-pas", "sans-resultat", None])
    return st.one_of(st.none(), st.floats(0, 1e6), st.just(np.inf))


ROWS = st.lists(st.fixed_dictionaries({each.id: answer_of(each) for each in matrix().criteria}), min_size=1, max_size=4)


@settings(deadline=None, max_examples=50)
@given(ROWS)
def test_many_sites_at_once_are_as_one_by_one(rows: list[dict[str, object]]) -> None:
    together = published(pd.DataFrame(rows))
    alone = [published(pd.DataFrame([row])) for row in rows]
    for name in ("index", "reliability", "plus", "minus"):
        np.testing.assert_array_equal(getattr(together, name), [getattr(each, name)[0] for each in alone])
    assert (together.index >= 0).all() and (together.index <= 1).all()
    assert (together.reliability >= 0).all() and (together.reliability <= 1).all()


@given(st.floats(0, 1e5))
def test_numbers_by_the_published_inequalities(area: float) -> None:
    criterion = matrix().criteria[0]
    expected = -2 if area < 15000 else 1 if area <= 50000 else 2
    assert scores(pd.Series([area]), criterion)[0].tolist() == [expected]


@pytest.mark.parametrize(
    ("column", "answer", "message"),
    [
        ("owner", "the moon", "owner holds 'the moon'; expected one of public, prive"),
        ("site_area_m2", "large", "column site_area_m2"),
        ("site_area_m2", -1.0, "expected 0 or more"),
    ],
)
def test_a_strange_answer_is_refused(column: str, answer: object, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        published(pd.DataFrame({column: [answer]}))


def test_booleans_texts_and_nothing_are_read_alike() -> None:
    for answers in ([True, False, None], ["true", "false", ""], pd.array([True, False, pd.NA], dtype="boolean")):
        result = published(pd.DataFrame({"town_centre": answers}))
        assert result.plus.tolist() == [0, 1, 0] and result.minus.tolist() == [2, 0, 0]
        assert result.reliability.tolist() == [1 / 30, 1 / 30, 0]


def test_a_line_lost_or_doubled_is_refused() -> None:
    whole = matrix().model_dump()
    for criteria in (whole["criteria"][1:], [*whole["criteria"][1:], whole["criteria"][5], whole["criteria"][6]]):
        with pytest.raises(ValueError, match=r"sum to|twice"):
            Matrix.model_validate(whole | {"criteria": criteria})
    with pytest.raises(ValueError, match="either bands or values"):
        PublishedCriterion(id="a", published="a", weight=1.0)
