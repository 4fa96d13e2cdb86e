"""The files of an order, in a folder that appears whole or not at all."""

import os
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd
import pyogrio

from geo.crs import WGS84
from geo.errors import RequestError
from geo.signage.geopackage import require_whole, steady
from geo.signage.order import STAGES, Order, bill, euros, financing, schedule
from geo.signage.order_read import Surroundings
from geo.signage.order_sheets import Edition, write_sheets
from geo.sources.cnig_forms import neutralised

GPX: Final = "http://www.topografix.com/GPX/1/1"
FILES: Final = frozenset(
    {"nomenclature.csv", "bordereau.csv", "financement.csv", "panneaux.gpkg", "poses.gpx", "fiches", "fiches.pdf"}
)
UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]+")
LONGEST_NAME: Final = 40


BILL: Final = {
    "level": "niveau", "lot": "lot", "type": "type", "quantity": "quantite", "cost_stage": "valeur_du_cout",
    "unit_cents": "cout_unitaire_ht_eur", "total_cents": "total_ht_eur",
}  # fmt: skip
SCHEDULE: Final = {
    "code": "code", "type": "type", "lot": "lot", "park": "parc", "commune": "commune", "blade": "lame",
    "line": "ligne", "bearing_deg": "cap_deg", "turn": "direction", "text": "texte", "distance_km": "distance_km",
    "walk_min": "minutes_a_pied", "cycle_min": "minutes_a_velo", "pictograms": "pictogrammes", "color": "couleur",
}  # fmt: skip
FINANCING: Final = {
    "level": "niveau", "code": "code", "type": "type", "lot": "lot", "owner": "maitre_d_ouvrage",
    "cost_stage": "valeur_du_cout", "cost_cents": "cout_ht_eur", "region_cents": "region_eur",
    "pole_cents": "pole_eur", "owner_cents": "maitre_d_ouvrage_eur",
}  # fmt: skip


def write_order(made: Order, around: Surroundings, edition: Edition, target: Path) -> None:
    """Write every file of the order into a folder, which takes the place of an earlier order.

    Raises
    ------
    RequestError
        If the folder holds what is no order.
    ProductError
        If a file cannot be written, such as on a full disk.
    """
    with replaced_folder(target) as part:
        for name, table, columns in (
            ("nomenclature.csv", bill(made), BILL),
            ("bordereau.csv", schedule(made), SCHEDULE),
            ("financement.csv", financing(made), FINANCING),
        ):
            spreadsheet(table, columns).to_csv(part / name, index=False, encoding="utf-8", lineterminator="\r\n")
        write_geopackage(made, edition.on, part / "panneaux.gpkg")
        (part / "poses.gpx").write_bytes(gpx(made, edition.on))
        (part / "fiches").mkdir()
        names = sheet_names(made.signs["code"].tolist())
        sheets = {code: part / "fiches" / name for code, name in names.items()}
        write_sheets(made, around, edition, sheets, part / "fiches.pdf")


@contextmanager
def replaced_folder(target: Path) -> Iterator[Path]:
    """Give a folder to fill; it takes the place of `target` only when the block ends well."""
    require_replaceable(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    part, aside = (target.with_name(f".{target.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    shutil.rmtree(part, ignore_errors=True)  # a killed process of the same number may have left one
    try:
        part.mkdir()
        yield part
        if target.exists():
            target.replace(aside)
        part.replace(target)
    except BaseException:
        if aside.exists() and not target.exists():
            aside.replace(target)
        raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)


def require_replaceable(target: Path) -> None:
    """Refuse to write over what is neither absent nor an earlier order."""
    if target.is_dir():
        strange = sorted({path.name for path in target.iterdir()} - FILES)
    else:
        strange = [target.name] if target.exists() else []
    if strange:
        raise RequestError(
            f"{target} holds {strange[0]!r:.60}; expected a new folder or an earlier order; name another with --out"
        )


def spreadsheet(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return the table as a spreadsheet shows it: French names, exact euros, no cell that would run as a formula."""
    plain = table.astype(object)
    for name in plain.columns:
        if name.endswith("_cents"):
            plain[name] = [euros(value) for value in plain[name]]
        elif name == "cost_stage":
            plain[name] = plain[name].map(STAGES)
        else:
            plain[name] = [neutralised(value) if isinstance(value, str) else value for value in plain[name]]
    return plain[list(columns)].rename(columns=columns)


def write_geopackage(made: Order, on: date, target: Path) -> None:
    """Write the signs and their lines, in Lambert-93; GDAL dates the file with the day of the order."""
    signs, lines = text_columns(made.signs), text_columns(made.lines)
    with steady(target.name, on=on):
        pyogrio.write_dataframe(signs, target, layer="panneaux", driver="GPKG", geometry_type="Point")
        pyogrio.write_dataframe(lines, target, layer="lignes", driver="GPKG", append=True)
        require_whole(target, ("panneaux",))


def text_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with its columns of no type as text, which GDAL wants to know."""
    loose = [name for name in table.columns if name != "geometry" and table[name].dtype == object]
    return table.assign(**{name: table[name].astype("string") for name in loose})


def gpx(made: Order, on: date) -> bytes:
    """Return the places of the signs as GPX 1.1, for who puts them up.

    References
    ----------
    https://www.topografix.com/GPX/1/1/
    """
    ET.register_namespace("", GPX)
    root = ET.Element(f"{{{GPX}}}gpx", {"version": "1.1", "creator": "artois"})
    head = ET.SubElement(root, f"{{{GPX}}}metadata")
    ET.SubElement(head, f"{{{GPX}}}name").text = f"Signalétique, commande {made.year}"
    ET.SubElement(head, f"{{{GPX}}}time").text = f"{on.isoformat()}T00:00:00Z"
    degrees = made.signs.geometry.to_crs(WGS84)
    for row, lon, lat in zip(made.signs.to_dict("records"), degrees.x, degrees.y, strict=True):
        point = ET.SubElement(root, f"{{{GPX}}}wpt", {"lat": f"{lat:.7f}", "lon": f"{lon:.7f}"})
        told = [str(row[name]) for name in ("type", "park", "commune", "text") if not pd.isna(row[name])]
        for name, text in (("name", row["code"]), ("desc", ", ".join(dict.fromkeys(told))), ("type", row["type"])):
            ET.SubElement(point, f"{{{GPX}}}{name}").text = str(text)
    ET.indent(root)
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def sheet_names(codes: list[str]) -> dict[str, str]:
    """Return the file name of each code's sheet: letters and digits alone, each name once whatever the capitals.

    >>> sheet_names(["PL-001", "../x", "x"])
    {'PL-001': 'PL-001.pdf', '../x': 'x.pdf', 'x': 'x-2.pdf'}
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for code in codes:
        base = UNSAFE.sub("_", code).strip("_-")[:LONGEST_NAME] or "panneau"
        name, number = base, 1
        while name.lower() in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name.lower())
        names[code] = f"{name}.pdf"
    return names
