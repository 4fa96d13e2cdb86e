"""One A4 sheet per sign: what it is, where it stands, what it costs and who pays, a map, and its drawing.

The font is Bitstream Vera, which ships with ReportLab and is embedded; a letter that it lacks shows as a box.
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

import geopandas as gpd
import pandas as pd
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from geo.crs import WGS84
from geo.signage.order import STAGES, Order
from geo.signage.order_drawing import (
    BOLD,
    EDGE,
    GREEN,
    GREY,
    INK,
    PLAIN,
    RED,
    WHITE,
    Box,
    cut_off,
    draw_board,
    draw_mast,
    fitted,
    words,
    wrapped,
)
from geo.signage.order_map import draw_map
from geo.signage.order_read import Surroundings

WIDTH, HEIGHT = A4
MARGIN: Final = 15 * mm
MAP_MM: Final = 105.0
TOP: Final = HEIGHT - 30 * mm
DRAWING: Final = Box(MARGIN, 32 * mm, WIDTH - 2 * MARGIN, 108 * mm)


LEGEND: Final = "Rouge : ce panneau. Gris : autres de la commande ; terrils. Vert : parcs, voies. Trait fin : communes."


class Edition(NamedTuple):
    """What every sheet says of the order: its day and where the signs come from."""

    on: date
    source: str


def write_sheets(made: Order, around: Surroundings, edition: Edition, sheets: dict[str, Path], together: Path) -> None:
    """Write one PDF per sign, at the path of its code, and one of all; the same order gives the same bytes."""
    for font in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(font, f"{font}.ttf"))
    facts = made.signs.assign(lon=made.signs.geometry.to_crs(WGS84).x, lat=made.signs.geometry.to_crs(WGS84).y)
    rows = list(facts.to_dict("records"))
    for row in rows:
        write_pages([row], made, around, edition, sheets[row["code"]])
    write_pages(rows, made, around, edition, together)


def write_pages(
    rows: Iterable[dict[str, Any]], made: Order, around: Surroundings, edition: Edition, target: Path
) -> None:
    """Write the sheets of some signs into one file."""
    page = Canvas(str(target), pagesize=A4, invariant=1, lang="fr")
    page.setTitle(f"Signalétique, commande {made.year}")
    page.setAuthor("Pôle Métropolitain de l'Artois")
    others = gpd.GeoSeries(made.signs.geometry.to_numpy(), index=made.signs["code"], crs=made.signs.crs)
    for row in rows:
        draw_sheet(page, row, made, around, edition, others)
        page.showPage()
    page.save()


def draw_sheet(
    page: Canvas,
    row: dict[str, Any],
    made: Order,
    around: Surroundings,
    edition: Edition,
    others: gpd.GeoSeries,
) -> None:
    """Draw the sheet of one sign."""
    draw_head(page, row, made.year)
    side = MAP_MM * mm
    box = Box(WIDTH - MARGIN - side, TOP - side - 3 * mm, side, side)
    draw_map(page, box, row["geometry"], around, others.drop(row["code"]))
    words(page, LEGEND, (box.x, box.y - 3.2 * mm), size=5.5, color=GREY)
    draw_facts(page, row, Box(MARGIN, box.y, box.x - MARGIN - 6 * mm, side))
    lines = made.lines[made.lines["code"] == row["code"]]
    words(page, "Lames et inscriptions" if len(lines) else "Panneau", (MARGIN, DRAWING.y + DRAWING.height + 3 * mm),
          size=10, color=GREEN, font=BOLD)  # fmt: skip
    if len(lines):
        draw_mast(page, DRAWING, lines)
    else:
        draw_board(page, DRAWING, shown(row["type"]), shown(row["text"]) or "aucune inscription")
    draw_foot(page, around, edition)


def draw_head(page: Canvas, row: dict[str, Any], year: int) -> None:
    """Draw the band with the code and the type."""
    page.setFillColor(GREEN)
    page.rect(0, HEIGHT - 26 * mm, WIDTH, 26 * mm, stroke=0, fill=1)
    code = fitted(shown(row["code"]), 70 * mm, BOLD, 20)
    words(page, code, (MARGIN, HEIGHT - 16 * mm), size=20, color=WHITE, font=BOLD)
    kind = fitted(shown(row["type"]), 125 * mm, PLAIN, 11)
    words(page, kind, (MARGIN, HEIGHT - 22.5 * mm), size=11, color=WHITE)
    note = f"Chaîne des Parcs · signalétique · commande {year}"
    at = (WIDTH - MARGIN - pdfmetrics.stringWidth(note, PLAIN, 8), HEIGHT - 16 * mm)
    words(page, note, at, size=8, color=WHITE)


def draw_facts(page: Canvas, row: dict[str, Any], box: Box) -> None:
    """Write the place, the cost and who pays, one under the other."""
    y = box.y + box.height - 3 * mm
    for label, value, mark in facts(row):
        words(page, fitted(label, box.width, PLAIN, 6.5), (box.x, y), size=6.5, color=GREY)
        y -= 4 * mm
        for part in cut_off(wrapped(value, box.width, BOLD, 8.5), 2):
            words(page, part, (box.x, y), size=8.5, color=RED if mark else INK, font=BOLD)
            y -= 3.8 * mm
        y -= 1.6 * mm


def facts(row: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return what is known: label, value, and whether it is only an estimate."""
    estimated = row["cost_stage"] == "estimate"
    stage = STAGES[str(row["cost_stage"])]
    low, high = row["cost_low_cents"], row["cost_high_cents"]
    place = ", ".join(shown(row[name]) for name in ("commune", "lot") if shown(row[name]))
    every = [
        ("Parc", shown(row["park"]), False),
        ("Nom", shown(row["name"]), False),
        ("Lieu", place, False),
        ("Maître d'ouvrage", shown(row["owner"]) or "à préciser", False),
        ("Gestionnaire du parc", shown(row["manager"]), False),
        ("Lambert-93 (m)", f"{row['geometry'].x:.1f} ; {row['geometry'].y:.1f}", False),
        ("WGS84 (longitude ; latitude)", f"{row['lon']:.6f} ; {row['lat']:.6f}", False),
        (f"Coût HT ({stage}, {shown(row['cost_source'])})", french_euros(row["cost_cents"]), estimated),
    ]
    if estimated and not (pd.isna(low) or pd.isna(high)):
        every.append(("Fourchette HT (estimation)", f"{french_euros(int(low))} à {french_euros(int(high))}", True))
    payers = (("Région", "region"), ("Pôle", "pole"), ("Maître d'ouvrage", "owner"))
    paid = [f"{who} {french_euros(row[f'{name}_cents'])}" for who, name in payers]
    every.append(("Financement HT", " · ".join(paid), estimated))
    return [one for one in every if one[1]]


def draw_foot(page: Canvas, around: Surroundings, edition: Edition) -> None:
    """Write what the drawing is worth, the sources and the day."""
    page.setStrokeColor(EDGE)
    page.setLineWidth(0.4)
    page.line(MARGIN, 27 * mm, WIDTH - MARGIN, 27 * mm)
    credit = " · ".join(around.credits)
    told = (
        "Schéma de principe, vu par qui arrive du côté le plus fréquenté ; ni maquette, ni plan d'exécution. "
        "Emplacement à confirmer sur place.",
        f"Source : {edition.source}. Commande établie le {edition.on:%d/%m/%Y}.",
        f"Fond : {credit}." if credit else "Fond : non disponible.",
    )
    y = 23.5 * mm
    for text in told:
        for part in cut_off(wrapped(text, WIDTH - 2 * MARGIN, PLAIN, 6), 3):
            words(page, part, (MARGIN, y), size=6, color=GREY)
            y -= 2.8 * mm


def french_euros(cents: int) -> str:
    """Return whole cents as a French amount.

    >>> french_euros(123456789).replace(chr(160), " ")
    '1 234 567,89 €'
    """
    whole, rest = divmod(cents, 100)
    grouped = f"{whole:,}".replace(",", "\N{NO-BREAK SPACE}")
    return f"{grouped},{rest:02d}\N{NO-BREAK SPACE}€"


def shown(value: str | float | None) -> str:
    """Return a value as text, empty where there is none."""
    return "" if pd.isna(value) else str(value)
