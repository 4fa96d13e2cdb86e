"""Brownfields as a CSV of the CNIG Friches standard, v1.0.6: 51 columns, ISO dates, what is not known said so.

Geometries are in WGS84 degrees with latitude first, as in the standard's own example. A site whose obligatory values
are not known, or that the standard refuses, is left out with the reason: nothing is made up. Owners are never told.
Text that a spreadsheet would run begins with an apostrophe; `geo.sources.cnig` takes it away again.
"""

import csv
import re
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely

from geo.brownfields.cnig.cells import cell_fault
from geo.brownfields.cnig.fields import FIELDS, FREE_TEXTS, INSEE, Field
from geo.brownfields.cnig.validate import violations
from geo.crs import WGS84
from geo.sources.cnig_forms import neutralised
from geo.sources.person_names import LEGAL, published_name

COLUMNS: Final = {
    "site_type": "kind",
    "site_identif_date": "identified",
    "site_actu_date": "updated",
    "site_statut": "status",
    "site_occupation": "occupation",
    "activite_libelle": "activity",
    "activite_fin_annee": "activity_ended",
    "bati_nombre": "buildings",
    "bati_surface": "floor_area_m2",
    "bati_pollution": "building_pollution",
    "bati_patrimoine": "heritage",
    "bati_etat": "building_state",
    "sol_pollution_existe": "pollution",
    "unite_fonciere_surface": "area_m2",
    "unite_fonciere_refcad": "parcels",
    "urba_zone_type": "zone_type",
    "urba_zone_lib": "zoning",
    "urba_doc_type": "planning_document",
    "urba_zaer": "renewables_zone",
    "source_nom": "source",
}
"""From the standard's fields to our columns; what the table lacks is not known."""
UNKNOWN: Final = {"site_type": "inconnu", "urba_zaer": "inconnu"}
"""What the standard itself offers for an obligatory value that is not known."""
WHOLE: Final = ("bati_nombre", "bati_surface", "unite_fonciere_surface")
GRID_DEG: Final = 1e-7
"""Grid of the geometries written: about 1 cm."""
PREFIX: Final = re.compile(rf"(?:{INSEE})_(?P<rest>.+)", re.DOTALL)


class LeftOut(NamedTuple):
    """A site that could not be written, and why."""

    id: str
    reason: str


def write(sites: gpd.GeoDataFrame, path: Path, *, today: date) -> tuple[int, list[LeftOut]]:
    """Write sites in Lambert-93 as the standard has them; return how many, and those left out.

    Columns: id, name, insee, commune, and those of `COLUMNS` that the table has.

    The file passes `violations`: a site with a violation is left out, with its rule as the reason.
    """
    cells = [row_cells(row) for row in sites.to_crs(WGS84).to_dict("records")]
    kept = [(str(name), cell) for name, cell in zip(sites["id"], cells, strict=True)]
    left: list[LeftOut] = []
    while True:
        write_rows([cell for _, cell in kept], path)
        reasons: dict[int, str] = {}
        for one in violations(path, today=today) if kept else []:
            reasons.setdefault(one.row - 2, f"{one.field} : {one.rule}")
        if not reasons:
            return len(kept), left
        left += [LeftOut(kept[place][0], reason) for place, reason in sorted(reasons.items())]
        kept = [row for place, row in enumerate(kept) if place not in reasons]


def write_rows(rows: list[dict[str, str]], path: Path) -> None:
    """Write rows of text under the standard's header, in UTF-8 with commas."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [field.name for field in FIELDS], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def row_cells(row: dict[str, object]) -> dict[str, str]:
    """Return the cells of one site; a value that the standard's list or form has no place for is left out."""
    cells = {theirs: told(row.get(ours)) for theirs, ours in COLUMNS.items()}
    cells |= {name: whole(cells[name]) for name in WHOLE}
    code, commune = main_commune(row)
    site = site_id(told(row["id"]), code)
    name = told(row.get("name"))
    cells |= {
        "site_id": site,
        "site_nom": published_name(name, LEGAL, site=site, commune=commune) if name else "",
        "comm_insee": code,
        "comm_nom": commune,
        **geometry_cells(row["geometry"]),
    }
    cells |= {name: neutralised(cells[name]) for name in FREE_TEXTS if cells.get(name)}
    return {field.name: known_or_empty(field, cells.get(field.name, "")) for field in FIELDS}


def known_or_empty(field: Field, text: str) -> str:
    """Return a value; the standard's word for an unknown one, or nothing, where the standard has no place for it.

    An obligatory value without such a word stays as it is, for the site to be left out with the reason.
    """
    if field.required and field.name not in UNKNOWN:
        return text
    return UNKNOWN.get(field.name, "") if cell_fault(field, text, date.max) else text


def told(value: Any) -> str:  # noqa: ANN401 - what a table's cell may hold
    """Return a value as text on one line, nothing when it is missing.

    >>> told(float("nan")), told(" Lens ")
    ('', 'Lens')
    """
    return "" if pd.isna(value) else one_line(str(value))


def one_line(text: str) -> str:
    """Return a text without line breaks or control characters, which some readers of CSV do not bear."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text).split())


def whole(text: str) -> str:
    """Return a number rounded to a whole one."""
    return str(round(float(text))) if text else ""


def main_commune(row: dict[str, object]) -> tuple[str, str]:
    """Return the code and name of the commune that holds the site: the declared one when several do, else the first."""
    codes, names = (told(row.get(name)).split("|") for name in ("insee", "commune"))
    pairs = dict(zip(codes, names, strict=False))
    declared = told(row.get("insee_declared"))
    code = declared if declared in pairs else codes[0]
    return code, pairs.get(code, "")


def site_id(ours: str, code: str) -> str:
    """Return the standard's id: the code of the commune that holds the site, then the provider's own part.

    >>> site_id("62846_8397", "62427"), site_id("F 3", "62427")
    ('62427_8397', '62427_F-3')
    """
    found = PREFIX.fullmatch(ours)
    return f"{code}_{'-'.join((found['rest'] if found else ours).split())}" if ours and code else ""


def geometry_cells(shape: shapely.Geometry) -> dict[str, str]:
    """Return the point and the area of a site as WKT, latitude first."""
    turned = shapely.transform(shapely.set_precision(shape, GRID_DEG), lambda xy: xy[:, ::-1])
    area = turned if turned.geom_type in ("Polygon", "MultiPolygon") else None
    point = turned.centroid
    return {
        "geompoint": f"POINT({point.x:.7f} {point.y:.7f})",
        "geomsurf": "" if area is None else shapely.to_wkt(area, rounding_precision=7),
    }
