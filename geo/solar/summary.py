"""Territory figures: what the roofs of a commune, an EPCI or the whole territory could do."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from geo.errors import RequestError, UnknownNameError
from geo.solar.figures import LIKELY, TOP, TOP_COLUMNS, UNKNOWN, Cube, Figures, Floats, Ranks, figures

Area = dict[str, Any]

DECIMALS: Final = {"area_m2": 1, "roof_area_m2": 1, "usable_area_m2": 1}
"""Of measures in m²; power and yield have `FINE`, to the watt and the kilowatt-hour; the others are counts."""
FINE: Final = 6
COUNTS: Final = ("roofs", "segments", "panels")

CLASSES: Final = {"by_suitability": "suitability_{}", "by_size_kwp": "size_{}_kwp", "by_public": "public_{}"}
"""The distributions of an area, and how their classes are named in a table's columns."""

RULE: Final = (
    "by the building's use, since no source here states the owner. likely: BD TOPO's USAGE1 (else USAGE2) Sportif, "
    "NATURE Tribune, or no telling use on grounds (ZONE_D_ACTIVITE_OU_D_INTERET) of Science et enseignement, "
    "Administratif ou militaire, Sport; and the synthetic quarter's school. other: dwellings, annexes, farms, "
    "industry, glasshouses, silos. unknown: no use stated, commerce and services, worship, health, culture, remarkable "
    "buildings. Private schools and clubs are among the likely; without the grounds' file, schools and town halls are "
    "unknown"
)


def summarise(processed: Path, *, codes: frozenset[str] | None) -> Area:
    """Return totals and distributions of the roofs in some communes (INSEE codes), in all of them by default.

    A roof counts where its main commune is. The communes of `by_commune` and `outside_communes` add up to the whole, as
    do the classes of each distribution, but for the last decimal. `by_epci` has the EPCI whose communes are all asked.

    Raises
    ------
    MissingDataError
        If the cadastre has not been built.
    UnknownNameError
        If there is no roof in these communes.
    """
    return answer(figures(processed), codes)


def answer(found: Figures, codes: frozenset[str] | None) -> Area:
    """Return the figures of some communes out of all. Pure."""
    rows = rows_asked(found, codes)
    whole = area(found, rows)
    if not whole["roofs"]:
        raise UnknownNameError(
            "found no roof there, expected a commune or EPCI with roofs in the cadastre, see /layers"
        )
    distributions = {name: whole[name] for name in CLASSES}
    return {
        "totals": {name: value for name, value in whole.items() if name not in CLASSES},
        **distributions,
        "by_commune": dict(communes(found, rows)),
        "by_epci": dict(epcis(found, rows)),
        "outside_communes": area(found, rows[rows == len(found.communes)]),
        "top_roofs": top(found, rows),
        "public_buildings": public_buildings(whole["by_public"]),
        "provenance": provenance(found, rows),
    }


def rows_asked(found: Figures, codes: frozenset[str] | None) -> Ranks:
    """Return the cubes' rows of some communes; all, those outside included, by default."""
    if codes is None:
        return np.arange(len(found.communes) + 1)
    return np.flatnonzero(found.communes["id"].isin(codes))


def area(found: Figures, rows: Ranks) -> Area:
    """Return the totals of some rows, and their distributions."""
    return {
        **named(found.size, found.size.values[rows].sum(axis=(0, 1))),
        "by_suitability": by_class(found.suitability, rows),
        "by_size_kwp": by_class(found.size, rows),
        "by_public": by_class(found.public, rows),
    }


def by_class(cube: Cube, rows: Ranks) -> dict[str, dict[str, float]]:
    """Return the sums of each class."""
    return {name: named(cube, sums) for name, sums in zip(cube.classes, cube.values[rows].sum(axis=0), strict=True)}


def named(cube: Cube, sums: Floats) -> dict[str, float]:
    """Return sums under their names, rounded; counts are whole numbers."""
    return {
        name: round(value) if name in COUNTS else round(value, DECIMALS.get(name, FINE))
        for name, value in zip(cube.measures, sums.tolist(), strict=True)
    }


def communes(found: Figures, rows: Ranks) -> Iterator[tuple[str, Area]]:
    """Yield the INSEE code and the figures of each commune that has roofs."""
    table = found.communes
    for row in rows[rows < len(table)]:
        one = area(found, np.array([row]))
        if one["roofs"]:
            yield str(table["id"].iloc[row]), {"name": text(table["name"].iloc[row])} | epci_of(found, row) | one


def epci_of(found: Figures, row: int) -> dict[str, str | None]:
    """Return the short name of a commune's EPCI."""
    return {"epci": text(found.communes["epci"].iloc[row])}


def epcis(found: Figures, rows: Ranks) -> Iterator[tuple[str, Area]]:
    """Yield the SIREN and the figures of each EPCI that is asked whole and has roofs."""
    for siren, group in found.communes.groupby("epci_siren"):
        members = group.index.to_numpy()
        one = area(found, members)
        if one["roofs"] and np.isin(members, rows).all():
            yield str(siren), {"short": text(group["epci"].iloc[0])} | one


def top(found: Figures, rows: Ranks) -> list[dict[str, Any]]:
    """Return the roofs that could yield most."""
    first = found.top[found.top["row"].isin(rows)].head(TOP)[list(TOP_COLUMNS)].astype(object)
    return [
        dict(zip(TOP_COLUMNS, row, strict=True)) for row in first.where(first.notna(), None).itertuples(index=False)
    ]


def public_buildings(by_public: Mapping[str, dict[str, float]]) -> Area:
    """Return the likely public roofs, and how sure that is."""
    told = sum(one["roofs"] for name, one in by_public.items() if name != UNKNOWN)
    return {**by_public[LIKELY], "certainty": "estimated" if told else "unknown", "rule": RULE}


def provenance(found: Figures, rows: Ranks) -> dict[str, Any]:
    """Return where the figures come from, and how many of the roofs are synthetic."""
    source, synthetic = found.provenance, int(found.synthetic[rows].sum())
    return {
        "layer": source.layer,
        "credit": source.credit_line(),
        "weather": list(found.weather),
        "built_at": source.built_at.isoformat(),
        "software": source.software,
        "poor_below_kwh_m2": source.params.get("poor_below_kwh_m2"),
        "good_from_kwh_m2": source.params.get("good_from_kwh_m2"),
        "synthetic": synthetic > 0,
        "synthetic_roofs": synthetic,
        "certainty": "synthetic" if synthetic else "estimated",
    }


def flat_rows(told: Area) -> Iterator[dict[str, Any]]:
    """Yield an answer as rows of a table: what was asked, each EPCI, each commune, and what lies in none.

    Column names hold units; classes stand in them, such as `suitability_good_power_mwp`. Rows of one level add up to
    the first; rows of different levels overlap.
    """
    source = told["provenance"]
    foot = {name: source[name] for name in ("synthetic", "credit", "built_at")} | {
        "weather": " · ".join(source["weather"])
    }
    whole = told["totals"] | {name: told[name] for name in CLASSES}
    yield flat("asked", "", whole) | foot
    for siren, one in told["by_epci"].items():
        yield flat("epci", siren, one | {"name": one["short"], "epci": one["short"]}) | foot
    for code, one in told["by_commune"].items():
        yield flat("commune", code, one) | foot
    if told["outside_communes"]["roofs"]:
        yield flat("outside", "", told["outside_communes"]) | foot


def flat(level: str, code: str, one: Area) -> dict[str, Any]:
    """Return the figures of one area as one row."""
    row = {"level": level, "code": code, "name": one.get("name"), "epci": one.get("epci")}
    row |= {name: value for name, value in one.items() if name not in {*row, *CLASSES, "short"}}
    for distribution, pattern in CLASSES.items():
        for name, sums in one[distribution].items():
            prefix = pattern.format(name.replace("-", "_").replace("+", "_and_over"))
            row |= {f"{prefix}_{measure}": value for measure, value in sums.items()}
    return row


def codes_asked(processed: Path, *, commune: str | None, epci: str | None) -> frozenset[str] | None:
    """Return the INSEE codes of one commune or one EPCI; None, which is all, when neither is asked.

    Raises
    ------
    RequestError
        If both are asked.
    UnknownNameError
        If there is no such EPCI.
    """
    if commune is not None and epci is not None:
        raise RequestError("found commune and epci together, expected one of them, remove the other")
    if commune is not None:
        return frozenset({commune})
    return None if epci is None else epci_codes(processed, epci)


def epci_codes(processed: Path, key: str) -> frozenset[str]:
    """Return the communes of an EPCI, by its SIREN or short name.

    Raises
    ------
    UnknownNameError
        If there is none of that name.
    """
    table = figures(processed).communes
    members = table[(table["epci_siren"] == key) | (table["epci"] == key)]
    if members.empty:
        names = ", ".join(sorted(table["epci"].dropna().unique()))
        raise UnknownNameError(f"found no EPCI of that name, expected one of {names}, correct it")
    return frozenset(str(code) for code in members["id"])


def text(value: object) -> str | None:
    """Return a name, None where it is missing."""
    return value if isinstance(value, str) else None
