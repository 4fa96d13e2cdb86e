"""Faults planted one by one: each is found at its place, once, and nothing else is."""

import codecs
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from geo.brownfields.cnig.table import Violation
from geo.brownfields.cnig.validate import violations
from geo.errors import MissingDataError
from tests.geo.brownfields.cnig.rows import NAMES, sound, write_rows

TODAY = date(2026, 11, 23)
BOW_TIE = "POLYGON((50.300 2.8, 50.301 2.801, 50.301 2.8, 50.300 2.801, 50.300 2.8))"

CELLS = [
    ("site_id", ""),
    ("site_id", "62498-7"),
    ("site_id", "6249_7"),
    ("site_id", "62427_7"),
    ("site_nom", "NA"),
    ("site_nom", "null"),
    ("site_nom", "MARTIN Paul"),
    ("site_nom", '=HYPERLINK("http://example.org")'),
    ("site_adresse", "<script>alert(1)</script>"),
    ("site_type", ""),
    ("site_type", "Friche industrielle"),
    ("site_type", "friche hospitaliere"),
    ("site_type", "friche nucléaire"),
    ("site_identif_date", "04/03/2019"),
    ("site_identif_date", "2019-02-30"),
    ("site_identif_date", "2024-06-01"),
    ("site_actu_date", "2030-01-01"),
    ("site_actu_date", "2024"),
    ("site_url", "www.example.org"),
    ("site_url", "http://example.org/a;http://example.org/b"),
    ("site_ademe_url", "fichier.pdf"),
    ("site_securite", "clôture"),
    ("site_occupation", "inoccupé"),
    ("site_statut", "friche avec projet "),
    ("site_projet_url", "projet.example"),
    ("site_reconv_annee", "22"),
    ("site_reconv_type", "energie, hors photovoltaique"),
    ("activite_code", "C1910Z"),
    ("activite_code", "C19.10Z;V89.01Z"),
    ("activite_libelle", "D\u00c3\u00a9p\u00c3\u00b4t"),
    ("activite_fin_annee", "2075"),
    ("comm_nom", ""),
    ("comm_nom", "62300 LENS"),
    ("comm_nom", "ARRAS"),
    ("comm_insee", "6249"),
    ("comm_insee", "99498"),
    ("bati_type", "industriel, commercial"),
    ("bati_type", "hangar"),
    ("bati_nombre", "deux"),
    ("bati_nombre", "-1"),
    ("bati_nombre", "0"),
    ("bati_surface", "2400,5"),
    ("bati_surface", "2 400"),
    ("bati_surface", "2400 m²"),
    ("bati_pollution", "radon"),
    ("bati_vacance", "vide"),
    ("bati_patrimoine", "oui"),
    ("bati_etat", "moyen"),
    ("local_ancien_annee", "1999"),
    ("local_recent_annee", "0000"),
    ("proprio_type", "P4"),
    ("proprio_personne", "physique"),
    ("proprio_nom", "M. Paul MARTIN"),
    ("sol_pollution_annee", "1996-05"),
    ("sol_pollution_existe", "avérée"),
    ("sol_pollution_origine", "retombées"),
    ("sol_pollution_commentaire", "goudrons\x07"),
    ("sol_depollution_fiche", "voir BASOL"),
    ("unite_fonciere_surface", "-16750"),
    ("unite_fonciere_surface", "1.6e4"),
    ("unite_fonciere_refcad", "62498BI0122"),
    ("unite_fonciere_refcad", "{62498000BI0122,62498000BI0123}"),
    ("unite_fonciere_refcad", "62498000BI0122,62498000BI0123"),
    ("unite_fonciere_refcad", "62498000BI0122|62498000BI0122"),
    ("urba_zone_type", "UE"),
    ("urba_zaer", ""),
    ("urba_zaer", "Oui"),
    ("urba_doc_type", "POS"),
    ("desserte_distance", "2|6"),
    ("source_nom", "N/A"),
    ("source_url", "ftp//example"),
    ("source_producteur", "paul martin"),
    ("source_contact", "03 21 00 00 00"),
    ("geompoint", "NaN"),
    ("geompoint", "50.4275 2.8275"),
    ("geompoint", "POINT(50,4275 2,8275)"),
    ("geompoint", "POINT(2.8005 50.30)"),
    ("geompoint", "POINT(688000 7037000)"),
    ("geompoint", "POINT(48.137 11.575)"),
    ("geompoint", "POINT(50.9 2.9)"),
    ("geomsurf", "POLYGON((50.3 2.8, 50.3 2.801, 50.301 2.801))"),
    ("geomsurf", "LINESTRING(50.3 2.8, 50.3 2.801)"),
    ("geomsurf", "POLYGON EMPTY"),
    ("geomsurf", BOW_TIE),
    ("geomsurf", "POLYGON((2.8 50.3, 2.801 50.3, 2.801 50.301, 2.8 50.3))"),
]
FIRST_FAULT = 4
MOVED = {("bati_nombre", "0"): "bati_surface"}
"""Faults between two cells, told at the other one."""


def found(path: Path) -> list[tuple[int, str]]:
    return [(one.row, one.field) for one in violations(path, today=TODAY)]


def sound_rows(count: int) -> list[dict[str, str]]:
    return [sound(number) for number in range(count)]


def test_sound_rows_have_no_violation(tmp_path: Path) -> None:
    assert violations(write_rows(tmp_path / "a.csv", sound_rows(5)), today=TODAY) == []


def test_every_fault_of_one_file_is_found_once_and_nothing_else(tmp_path: Path) -> None:
    faulty = [sound(number + 2, **{field: value}) for number, (field, value) in enumerate(CELLS)]
    again = sound(len(CELLS) + 2, site_id="62498_0")
    over = sound(len(CELLS) + 3, geompoint=sound(1)["geompoint"], geomsurf=sound(1)["geomsurf"])
    path = write_rows(tmp_path / "a.csv", [*sound_rows(2), *faulty, again, over])
    expected = [(row, MOVED.get(cell, cell[0])) for row, cell in enumerate(CELLS, FIRST_FAULT)]
    expected += [(len(CELLS) + FIRST_FAULT, "site_id"), (len(CELLS) + FIRST_FAULT + 1, "geomsurf")]
    assert found(path) == expected
    assert len(expected) >= 45


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell[0]}={cell[1]}"[:40])
def test_a_fault_alone_is_told_with_its_value_and_rule(cell: tuple[str, str], tmp_path: Path) -> None:
    field, value = cell
    path = write_rows(tmp_path / "a.csv", [*sound_rows(2), sound(30, **{field: value})])
    (one,) = violations(path, today=TODAY)
    assert (one.row, one.field) == (FIRST_FAULT, MOVED.get(cell, field))
    assert one.rule
    masked = one.rule.startswith("nom de personne")
    assert masked or one.value == (value if cell not in MOVED else "2400")
    assert not masked or "artin" not in one.value.casefold()


def test_natural_owners_have_no_name(tmp_path: Path) -> None:
    private = {"proprio_personne": "personne physique", "proprio_type": "X1a"}
    rows = [sound(0, **private, proprio_nom="BRACQUEMONT"), sound(1, **private, proprio_nom="")]
    rows.append(sound(2, proprio_personne="personne physique|personne morale", proprio_nom="Commune de Lens"))
    assert found(write_rows(tmp_path / "a.csv", rows)) == [(2, "proprio_nom")]


def lines(tmp_path: Path, change: Callable[[list[str]], list[str]]) -> list[Violation]:
    path = write_rows(tmp_path / "a.csv", sound_rows(3))
    path.write_text("".join(change(path.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")
    return violations(path, today=TODAY)


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (lambda told: [*told[:2], "\n", *told[2:]], 3),
        (lambda told: [*told[:2], "," * 50 + "\n", *told[2:]], 3),
        (lambda told: [*told[:2], told[2].replace(",", "", 1), told[3]], 3),
        (lambda told: [*told[:2], told[2].replace("\n", ",\n"), told[3]], 3),
        (lambda told: [*told[:2], told[2].replace(",Ancienne", ',"Ancienne'), told[3]], 3),
        (lambda told: [*told[:3], told[3].replace("Ancienne usine", 'x,"Ancienne usine')], 4),
        (lambda told: told[:1], 1),
        (lambda told: told[1:], 1),
        (lambda told: [], 1),
    ],
    ids=["blank line", "empty cells", "cell short", "cell over", "open quote", "open quote at the end", "no row",
         "no header", "empty"],
)  # fmt: skip
def test_a_broken_line_is_one_violation(change: Callable[[list[str]], list[str]], row: int, tmp_path: Path) -> None:
    (one,) = lines(tmp_path, change)
    assert (one.row, one.field) == (row, "")


@pytest.mark.parametrize(
    ("names", "field"),
    [
        ([name for name in NAMES if name != "bati_type"], "bati_type"),
        ([*NAMES, "commentaire_interne"], "commentaire_interne"),
        ([*NAMES, "site_nom"], "site_nom"),
        ([*NAMES[1:], "site_id"], "site_id"),
        ([name for name in NAMES if name != "urba_zaer"], "urba_zaer"),
    ],
    ids=["absent", "unknown", "repeated", "misplaced", "50 columns"],
)
def test_a_wrong_header_is_one_violation(names: list[str], field: str, tmp_path: Path) -> None:
    assert found(write_rows(tmp_path / "a.csv", sound_rows(3), names=names)) == [(1, field)]


@pytest.mark.parametrize("written", ["Site_Nom", " site_nom", "site nom", "site_nomm"])
def test_a_misspelt_column_is_read_all_the_same(written: str, tmp_path: Path) -> None:
    names = [written if name == "site_nom" else name for name in NAMES]
    rows = [row | {written: row["site_nom"]} for row in [*sound_rows(2), sound(3, site_nom="")]]
    assert found(write_rows(tmp_path / "a.csv", rows, names=names)) == [(1, "site_nom"), (4, "site_nom")]


def test_the_form_with_50_columns_is_told_as_such_and_passes_as_itself(tmp_path: Path) -> None:
    names = [name for name in NAMES if name != "urba_zaer"]
    path = write_rows(tmp_path / "a.csv", sound_rows(20), names=names, separator=";")
    (one,) = violations(path, today=TODAY)
    assert "50 colonnes" in one.rule
    assert violations(path, version="50", today=TODAY) == []


@pytest.mark.parametrize(
    ("separator", "encoding", "row"),
    [(",", "utf-8-sig", None), (";", "utf-8", None), ("\t", "utf-8", 1), ("|", "utf-8", 1), (";", "cp1252", 2),
     (",", "utf-16", 1)],
)  # fmt: skip
def test_separators_and_encodings(separator: str, encoding: str, row: int | None, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.csv", sound_rows(3), separator=separator, encoding=encoding)
    assert found(path) == ([] if row is None else [(row, "")])


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(codecs.BOM_UTF8 + b"\x00\x01\xff" * 50)
    assert found(path)[0][0] == 1


def test_a_cell_on_several_lines_counts_them(tmp_path: Path) -> None:
    rows = [sound(0, sol_pollution_commentaire="deux\nlignes"), sound(1, urba_zaer="?")]
    assert found(write_rows(tmp_path / "a.csv", rows)) == [(4, "urba_zaer")]


def test_a_column_of_french_dates_is_told_once(tmp_path: Path) -> None:
    rows = [sound(number, site_actu_date="13/02/2024") for number in range(9)]
    assert found(write_rows(tmp_path / "a.csv", rows)) == [(2, "site_actu_date")]


def test_either_order_of_axes_passes_when_the_file_keeps_to_it(tmp_path: Path) -> None:
    rows = [sound(n, geompoint=f"POINT (2.8005 {50 + n / 100:.4f})", geomsurf="") for n in range(4)]
    assert found(write_rows(tmp_path / "a.csv", rows)) == []


def test_an_overlap_of_less_than_a_square_metre_passes(tmp_path: Path) -> None:
    beside = "POLYGON((50.0 2.800995, 50.0 2.802, 50.001 2.802, 50.001 2.800995, 50.0 2.800995))"
    touching = beside.replace("2.800995", "2.801")
    for area, expected in ((touching, []), (beside, [(3, "geomsurf")])):
        rows = [sound(0), sound(1, geompoint="POINT(50.0005 2.8015)", geomsurf=area)]
        assert found(write_rows(tmp_path / "a.csv", rows)) == expected


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="expected a CSV"):
        violations(tmp_path / "none.csv")


@pytest.mark.real_data
def test_the_standard_s_valid_file_has_no_violation(real_data: Path) -> None:
    assert violations(real_data / "schemas" / "cnig_friches_fichier-valide.csv") == []


@pytest.mark.real_data
def test_the_real_file_with_50_columns(real_data: Path) -> None:
    told = violations(real_data / "cartofriches" / "friches_standard_cnig_50.csv", today=TODAY)
    assert [one.field for one in told if one.row == 1] == ["urba_zaer"]
    assert {one.field for one in told if one.row > 1} == {
        "site_identif_date", "site_actu_date", "local_ancien_annee", "source_producteur", "site_nom",
    }  # fmt: skip
