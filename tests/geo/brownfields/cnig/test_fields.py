import json
import re
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from geo.brownfields.cnig.fields import FIELDS, FREE_TEXTS, LATEST_ONLY, SEPARATOR, Field, fields_of

KINDS = {"text": "string", "date": "date", "year": "date", "integer": "integer"}
FORMATS = {"date": "%Y-%m-%d", "year": "%Y"}
OURS_ALONE = {"site_id", "comm_nom", "comm_insee", "sol_depollution_fiche", "source_url", "source_contact"}
"""Fields to which the standard's text gives a form, and the schema none."""
CODED = [field for field in FIELDS if field.form and field.name not in OURS_ALONE]


@pytest.fixture(scope="module")
def schema(real_data: Path) -> dict[str, dict[str, object]]:
    text = (real_data / "schemas" / "cnig_friches_schema_v1.0.6.json").read_text(encoding="utf-8")
    return {field["name"]: field for field in json.loads(text)["fields"]}


def test_there_are_51_fields_and_50_before() -> None:
    assert len(FIELDS) == len({field.name for field in FIELDS}) == 51
    assert [field.name for field in FIELDS if field not in fields_of("50")] == [LATEST_ONLY]


@pytest.mark.real_data
def test_our_declaration_agrees_with_the_schema_field_by_field(schema: dict[str, dict[str, object]]) -> None:
    assert [field.name for field in FIELDS] == list(schema)
    for field in FIELDS:
        theirs = schema[field.name]
        constraints = theirs["constraints"]
        assert isinstance(constraints, dict)
        assert theirs["type"] == KINDS[field.kind], field.name
        assert field.kind not in FORMATS or theirs["format"] == FORMATS[field.kind], field.name
        assert constraints.get("required", False) == field.required, field.name
        pattern = constraints.get("pattern", "")
        assert tuple(constraints.get("enum", field.values if pattern else ())) == field.values, field.name
        assert bool(pattern) == (bool(field.form or field.many) and field.name not in OURS_ALONE), field.name
        assert not pattern or field.name not in FREE_TEXTS


@pytest.mark.real_data
@pytest.mark.parametrize("field", [field for field in FIELDS if field in CODED or field.many], ids=lambda f: f.name)
def test_what_our_forms_accept_the_schema_accepts(field: Field, schema: dict[str, dict[str, object]]) -> None:
    constraints = schema[field.name]["constraints"]
    assert isinstance(constraints, dict)
    pattern = re.compile(f"^{constraints['pattern']}$")  # as frictionless 5.21 compiles it
    one = st.sampled_from(field.values) if field.values else st.from_regex(field.form, fullmatch=True)

    @settings(max_examples=40, deadline=None, database=None, derandomize=True)
    @given(st.lists(one, min_size=1, max_size=4 if field.many else 1))
    def holds(values: list[str]) -> None:
        assert pattern.match(SEPARATOR.join(values))

    holds()
