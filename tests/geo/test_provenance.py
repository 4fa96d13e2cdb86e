from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from geo.provenance import Credit, InputFile, Note, Provenance, provenance_path

SURVEY = Credit(holder="Géomètre", licence="Licence Ouverte 2.0", vintage="2024")
INVENTED = Credit(holder="Quartier synthétique", licence="Licence Ouverte 2.0", synthetic=True)


def provenance(*credits: Credit) -> Provenance:
    return Provenance(
        layer="parks",
        rows=2,
        synthetic=False,
        built_at=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        software="artois 0.1.0",
        recipe_sha256="0" * 64,
        params={"walk_m": 800.0, "kinds": ["park"]},
        credits=credits,
        inputs=(InputFile(name="unesco/terrils.geojson", sha256="1" * 64),),
        lookups={"signage/*.csv": (), "unesco": ("unesco",)},
        notes=(Note(action="dropped", reason="no geometry", count=1, example="T 12"),),
        product_sha256="2" * 64,
    )


def test_json_tells_it_all_again() -> None:
    told = provenance(SURVEY, INVENTED)
    assert Provenance.model_validate_json(told.model_dump_json()) == told


def test_credit_line_names_each_source_once_in_order() -> None:
    assert SURVEY.line() == "Géomètre, 2024, Licence Ouverte 2.0"
    line = provenance(SURVEY, INVENTED, SURVEY).credit_line()
    assert line == "Géomètre, 2024, Licence Ouverte 2.0 · Quartier synthétique, Licence Ouverte 2.0"


def test_note_is_one_line_with_count_and_example() -> None:
    assert Note(action="dropped", reason="no geometry", count=2, example="T 12").line() == (
        "2 dropped: no geometry (such as T 12)"
    )
    assert Note(action="repaired", reason="bow tie", count=1).line() == "1 repaired: bow tie"


@pytest.mark.parametrize("wrong", [{"count": 0}, {"action": "lost"}])
def test_a_note_is_about_at_least_one_row_and_a_known_action(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Note.model_validate({"action": "dropped", "reason": "none", "count": 1} | wrong)


def test_it_stands_beside_its_product() -> None:
    assert provenance_path(Path("out/parks.parquet")) == Path("out/parks.provenance.json")
    assert provenance_path(Path("out/irradiation.tif")) == Path("out/irradiation.provenance.json")
