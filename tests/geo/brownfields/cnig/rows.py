"""A sound row of the CNIG Friches standard, made up for the tests, and files of such rows."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.brownfields.cnig.fields import FIELDS

NAMES = [field.name for field in FIELDS]
SOUND: Mapping[str, str] = {
    "site_id": "62498_1",
    "site_nom": "Ancienne usine à gaz",
    "site_type": "friche industrielle",
    "site_adresse": "12 rue de la Gare",
    "site_identif_date": "2019-03-04",
    "site_actu_date": "2024-02-13",
    "site_url": "https://example.org/fiche?id=1|http://example.org/basias/2",
    "site_ademe_url": "https://example.org/ademe.pdf",
    "site_securite": "interdictions ou limitations d'accès au site",
    "site_occupation": "partiellement inoccupé",
    "site_statut": "friche avec projet",
    "site_projet_url": "projet@example.org",
    "site_reconv_annee": "2030",
    "site_reconv_type": "énergie, hors photovoltaïque",
    "activite_libelle": "Production de gaz|Dépôt de charbon",
    "activite_code": "C19.10Z|V89.01Z",
    "activite_fin_annee": "1975",
    "comm_nom": "LENS",
    "comm_insee": "62498",
    "bati_type": "industriel|secteur tertiaire",
    "bati_nombre": "2",
    "bati_surface": "2400",
    "bati_pollution": "amiante",
    "bati_vacance": "vacant",
    "bati_patrimoine": "aucun",
    "bati_etat": "dégradation moyenne",
    "local_ancien_annee": "1932",
    "local_recent_annee": "1961",
    "proprio_type": "P4a|G1a",
    "proprio_personne": "personne morale",
    "proprio_nom": "Commune de Lens",
    "sol_pollution_annee": "1996",
    "sol_pollution_existe": "pollution avérée",
    "sol_pollution_origine": "retombées atmosphériques",
    "sol_pollution_commentaire": "Goudrons",
    "sol_depollution_fiche": "https://example.org/basol?page=1",
    "unite_fonciere_surface": "16750",
    "unite_fonciere_refcad": "62498000BI0122|624980000B0172",
    "urba_zone_type": "U",
    "urba_zone_lib": "UE",
    "urba_zone_formdomi": "0202",
    "urba_zaer": "non",
    "urba_doc_type": "PLUI",
    "desserte_distance": "2|6|46",
    "desserte_commentaire": "Route départementale",
    "source_nom": "essai",
    "source_url": "https://example.org/source",
    "source_producteur": "Ville de Lens",
    "source_contact": "friches@example.org",
    "geompoint": "POINT(50.4275 2.8275)",
    "geomsurf": "POLYGON((50.427 2.827, 50.427 2.828, 50.428 2.828, 50.428 2.827, 50.427 2.827))",
}
CELL_DEG = 0.01


def sound(number: int, **changed: str) -> dict[str, str]:
    """Return a sound row with its own id and place, some cells changed."""
    north = 50.0 + CELL_DEG * number
    ring = ((0, 0), (0, 1), (1, 1), (1, 0), (0, 0))
    corners = ", ".join(f"{north + y / 1000:.4f} {2.8 + x / 1000:.4f}" for y, x in ring)
    place = {"geompoint": f"POINT({north + 0.0005:.4f} 2.8005)", "geomsurf": f"POLYGON(({corners}))"}
    return {**SOUND, "site_id": f"62498_{number}", **place, **changed}


def write_rows(
    path: Path,
    rows: Sequence[Mapping[str, str]],
    *,
    names: Sequence[str] = NAMES,
    separator: str = ",",
    encoding: str = "utf-8",
) -> Path:
    """Write rows as CSV; a name given twice is written twice."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=separator, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([[row.get(name, "") for name in names] for row in rows])
    return path
