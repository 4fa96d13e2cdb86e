"""What no longer holds on signs, for people: a sentence each, and a CSV."""

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from geo.products import replaced
from geo.sources.cnig_forms import neutralised


def sentence(row: Mapping[Hashable, Any]) -> str:
    """Return a row of `geo.signage.recheck.recheck` as one line."""
    old, new = metres(row["old_m"]), metres(row["new_m"])
    if row["reason"] == "off_network":
        return f"{row['sign']}: off_network: stands {new} from the nearest way"
    about = {
        "distance": f"{old} on the sign, {new} now ({metres(row['difference_m'], sign='+')})",
        "direction": f"{degrees(row['old_deg'])} on the sign, {degrees(row['new_deg'])} now",
        "renamed": "is its name now",
        "unnamed": f"should be named today: {new}, {degrees(row['new_deg'])}",
        "outranked": f"{old} on the sign, {new} now: others come first today",
    }
    told = about.get(row["reason"], f"{old} on the sign, {new} now")
    name = "" if pd.isna(row["destination"]) else f" {row['destination']}"
    return f"{row['sign']}: {row['park_id']}: {row['reason']}:{name} {told}"


def write(found: pd.DataFrame, target: Path) -> None:
    """Write the rows as CSV in UTF-8, whole or not at all; no cell runs as a formula."""
    plain = found.astype(object).map(lambda cell: neutralised(cell) if isinstance(cell, str) else cell)
    with replaced(target) as part:
        plain.to_csv(part, index=False, encoding="utf-8", lineterminator="\r\n")


def metres(value: float, sign: str = "") -> str:
    """Return metres as text, a dash where there are none.

    >>> metres(1234.5), metres(-50.0, sign="+"), metres(float("nan"))
    ('1,234 m', '-50 m', '-')
    """
    return "-" if pd.isna(value) else f"{value:{sign},.0f} m"


def degrees(value: float) -> str:
    """Return a bearing as text, a dash where there is none."""
    return "-" if pd.isna(value) else f"{value:.0f}°"
