"""Drawings of a sign's sheet: the mast with its blades, a plain figure of other types; words that fit their room."""

from collections.abc import Hashable
from typing import Any, Final, NamedTuple

import pandas as pd
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from geo.signage.content import printed

PLAIN: Final = "Vera"
BOLD: Final = "VeraBd"
GREEN: Final = HexColor("#1f5a3c")
EDGE: Final = HexColor("#9a9a9a")
RED: Final = HexColor("#b3261e")
INK: Final = HexColor("#1d1d1d")
GREY: Final = HexColor("#5f5f5f")
WHITE: Final = HexColor("#ffffff")

LINE_MM: Final = 9.0
BLADE_MM: Final = 84.0
POINT_MM: Final = 7.0
GAP_MM: Final = 2.5
"""Between two blades."""
LEAST_SIZE: Final = 5.0
LEAST_SCALE: Final = 0.5
EMPTY: Final = pd.DataFrame({"blade": []})


class Box(NamedTuple):
    """A rectangle on the page, in points: its lower left corner, width and height."""

    x: float
    y: float
    width: float
    height: float


def draw_mast(page: Canvas, box: Box, lines: pd.DataFrame) -> None:
    """Draw a mast with its blades, as seen by most who come: to the left, to the right, straight on, or back.

    Many blades are drawn smaller, down to `LEAST_SCALE`; those that do not fit even so are counted.
    """
    blades = [blade for _, blade in lines.groupby("blade", sort=True)]
    tall = [(len(blade) * LINE_MM + 3) * mm for blade in blades]
    scale = scale_for(box.height, sum(tall) + (len(tall) * GAP_MM + 9) * mm)
    low = -box.height / scale
    page.saveState()
    page.translate(box.x + box.width / 2, box.y + box.height)
    page.scale(scale, scale)
    page.setFillColor(GREY)
    page.rect(-1.4 * mm, low, 2.8 * mm, -low, stroke=0, fill=1)
    y = -3 * mm
    for number, (blade, height) in enumerate(zip(blades, tall, strict=True)):
        if y - height < low + 6 * mm:
            left = len(blades) - number
            words(page, f"+ {left} lame(s) : voir bordereau.csv", (4 * mm, low + mm), size=7 / scale, color=RED)
            break
        y -= height
        draw_blade(page, (0.0, y), height, blade)
        y -= GAP_MM * mm
    page.restoreState()


def scale_for(room: float, needed: float) -> float:
    """Return how much smaller a drawing is made to fit its room.

    >>> scale_for(100.0, 50.0), scale_for(100.0, 125.0), scale_for(100.0, 1000.0)
    (1.0, 0.8, 0.5)
    """
    return min(1.0, max(LEAST_SCALE, room / needed))


def draw_blade(page: Canvas, at: tuple[float, float], height: float, blade: pd.DataFrame) -> None:
    """Draw one blade from its lower edge: a point to the left or right, or an arrow inside."""
    turn, bearing = blade["turn"].iloc[0], blade["bearing_deg"].iloc[0]
    middle, y = at
    width, tip = BLADE_MM * mm, POINT_MM * mm
    side = {"left": -1, "right": 1}.get(str(turn), 0)
    x = middle - width / 2 + side * 30 * mm
    corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    if side > 0:
        corners.insert(2, (x + width + tip, y + height / 2))
    elif side < 0:
        corners.append((x - tip, y + height / 2))
    polygon(page, corners, GREEN)
    inner, room = x + 3 * mm, width - 6 * mm
    if side == 0:
        draw_arrow(page, (x + 5 * mm, y + height / 2), str(turn))
        inner, room = x + 10 * mm, width - 13 * mm
    for row, line in enumerate(blade.to_dict("records")):
        draw_line(page, Box(inner, y + height - (row + 1) * LINE_MM * mm - 1.5 * mm, room, LINE_MM * mm), line)
    if not pd.isna(bearing):
        unsure = " · sens à fixer" if pd.isna(turn) else ""
        note = f"lame {blade['blade'].iloc[0]} · cap {bearing:.0f}°{unsure}"
        start = x - pdfmetrics.stringWidth(note, PLAIN, 6) - 1.5 * mm if side > 0 else x + width + 1.5 * mm
        words(page, note, (start, y + height / 2 - 2), size=6, color=GREY)


def draw_line(page: Canvas, box: Box, told: dict[Hashable, Any]) -> None:
    """Write one line of a blade: the text, the distance at the right, times below."""
    distance = "" if pd.isna(told["distance_km"]) else printed(float(told["distance_km"]))
    reach = pdfmetrics.stringWidth(distance, BOLD, 9)
    room = box.width - reach - 3 * mm
    text = "" if pd.isna(told["text"]) else str(told["text"])
    size = max(min(9.0, 9.0 * room / max(pdfmetrics.stringWidth(text, BOLD, 9), 1.0)), LEAST_SIZE + 1)
    y = box.y + box.height - 4 * mm
    words(page, fitted(text, room, BOLD, size), (box.x, y), size=size, color=WHITE, font=BOLD)
    words(page, distance, (box.x + box.width - reach, y), size=9, color=WHITE, font=BOLD)
    minutes = [
        f"{int(told[name])} min {how}"
        for name, how in (("walk_min", "à pied"), ("cycle_min", "à vélo"))
        if not pd.isna(told[name])
    ]
    marks = [] if pd.isna(told["pictograms"]) else [f"[{told['pictograms']}]"]
    below = fitted(" · ".join(minutes + marks), box.width, PLAIN, 6)
    words(page, below, (box.x, y - 3.2 * mm), size=6, color=WHITE)


def draw_arrow(page: Canvas, at: tuple[float, float], turn: str) -> None:
    """Draw an arrow up, down, both ways, or a dash where no direction is known."""
    x, y = at
    page.setStrokeColor(WHITE)
    page.setLineWidth(1.2)
    if turn == "both":
        page.line(x - 2 * mm, y, x + 2 * mm, y)
        for side in (-1, 1):
            polygon(
                page, [(x + side * 3.5 * mm, y), (x + side * mm, y + 1.6 * mm), (x + side * mm, y - 1.6 * mm)], WHITE
            )
    elif turn in ("straight", "back"):
        way = 1 if turn == "straight" else -1
        page.line(x, y - way * 3 * mm, x, y + way * mm)
        polygon(
            page,
            [(x, y + way * 3.5 * mm), (x - 1.8 * mm, y + way * 0.8 * mm), (x + 1.8 * mm, y + way * 0.8 * mm)],
            WHITE,
        )
    else:
        page.line(x - 2 * mm, y, x + 2 * mm, y)


def draw_board(page: Canvas, box: Box, kind: str, text: str) -> None:
    """Draw a plain figure of a sign without blades: a mast, a tall panel, a post, or a board on two posts."""
    figure = figure_of(kind)
    if figure == "mast":
        draw_mast(page, box, EMPTY)
        words(page, "Aucune inscription : à préciser", (box.x + box.width / 2 + 4 * mm, box.y + box.height - 8 * mm),
              size=8, color=RED)  # fmt: skip
        return
    middle = box.x + box.width / 2
    tall, post = figure == "totem", figure == "post"
    width, height = (34 * mm, 72 * mm) if tall else (9 * mm, 30 * mm) if post else (70 * mm, 45 * mm)
    ground = box.y + 8 * mm
    low = ground if tall or post else ground + 18 * mm
    page.setFillColor(GREY)
    if not (tall or post):
        for side in (-1, 1):
            page.rect(middle + side * 28 * mm - 1.2 * mm, ground, 2.4 * mm, 40 * mm, stroke=0, fill=1)
    page.setFillColor(GREEN)
    page.roundRect(middle - width / 2, low, width, height, 1.5 * mm, stroke=0, fill=1)
    page.setStrokeColor(EDGE)
    page.line(middle - 50 * mm, ground, middle + 50 * mm, ground)
    if post:
        page.setFillColor(WHITE)
        page.rect(middle - width / 2, low + height - 8 * mm, width, 3 * mm, stroke=0, fill=1)
        return
    rows = cut_off(wrapped(text, width - 6 * mm, BOLD, 9), 12 if tall else 8)
    for number, row in enumerate(rows):
        y = low + height - 8 * mm - number * 4.5 * mm
        words(page, row, (middle - pdfmetrics.stringWidth(row, BOLD, 9) / 2, y), size=9, color=WHITE, font=BOLD)


def figure_of(kind: str) -> str:
    """Return how a type without blades is drawn.

    >>> [figure_of(kind) for kind in ("Totem", "Jalon / borne", "Mât directionnel / jalonnement", "Plaque murale")]
    ['totem', 'post', 'mast', 'board']
    """
    first = kind.lower().split(" ")[0]
    return {"totem": "totem", "jalon": "post", "mât": "mast"}.get(first, "board")


def wrapped(text: str, width: float, font: str, size: float) -> list[str]:
    """Return the text in lines no wider than this, cut between words; a word that is wider is shortened."""
    rows: list[str] = []
    for word in text.split():
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and pdfmetrics.stringWidth(longer, font, size) <= width:
            rows[-1] = longer
        else:
            rows.append(fitted(word, width, font, size))
    return rows


def cut_off(rows: list[str], most: int) -> list[str]:
    """Return the first rows, the last of them marked when others follow.

    >>> cut_off(["one", "two"], 2), cut_off(["one", "two", "three"], 2)
    (['one', 'two'], ['one', 'two…'])
    """
    return rows if len(rows) <= most else [*rows[: most - 1], f"{rows[most - 1]}…"]


def fitted(text: str, width: float, font: str, size: float) -> str:
    """Return the text, with an ellipsis in place of what does not fit."""
    if pdfmetrics.stringWidth(text[:400], font, size) <= width and len(text) <= 400:  # noqa: PLR2004 - wider than a page
        return text
    short = text[:400]
    while short and pdfmetrics.stringWidth(f"{short}…", font, size) > width:
        short = short[:-1]
    return f"{short.rstrip()}…"


def words(page: Canvas, text: str, at: tuple[float, float], *, size: float, color: Color, font: str = PLAIN) -> None:
    """Write a text from its left end."""
    page.setFillColor(color)
    page.setFont(font, size)
    page.drawString(*at, text)


def dot(page: Canvas, at: tuple[float, float], radius: float, color: Color) -> None:
    """Draw a dot with a white rim."""
    page.setFillColor(color)
    page.setStrokeColor(WHITE)
    page.setLineWidth(0.6)
    page.circle(*at, radius, stroke=1, fill=1)


def polygon(page: Canvas, corners: list[tuple[float, float]], color: Color) -> None:
    """Fill a polygon."""
    path = page.beginPath()
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.close()
    page.setFillColor(color)
    page.drawPath(path, stroke=0, fill=1)


def rectangle(page: Canvas, box: Box) -> object:
    """Return the path of a rectangle."""
    path = page.beginPath()
    path.rect(*box)
    return path
