"""The sheet of a brownfield: every criterion traced, both scores explained, what the site could carry."""

from datetime import date
from typing import Any, Final

import orjson
import pandas as pd

from geo.brownfields.answers import for_the_matrix, wide
from geo.brownfields.criteria import Fact, criteria
from geo.brownfields.matrix import matrix, scores
from geo.brownfields.potential import connection, economics, ratios, worth
from geo.brownfields.score import explain
from geo.brownfields.scores import Params
from geo.store import Store

Feature = dict[str, Any]
STATUS: Final = "unknown"
REMAINING: Final = "remaining_capacity_mw"
"""Fact of the nearest substation: what it can still take."""


def sheet(store: Store, site_id: str, params: Params, *, today: date | None = None) -> dict[str, Any]:
    """Return what is known of a site, why it has its score, and what it could carry.

    Raises
    ------
    UnknownNameError
        If there is no such site.
    """
    site = orjson.loads(store.feature("brownfields", site_id))
    rows = [orjson.loads(text)["properties"] for text in store.children("brownfield_facts", site_id)]
    scored = orjson.loads(store.feature("brownfield_scores", site_id))["properties"]
    published = store.published()["brownfields"]
    return {
        "site": site,
        "criteria": traced(rows, params),
        "score": {name: scored[name] for name in scored if name.startswith(("score", "rank", "known", "excl", "may_"))},
        "published": published_sheet(rows, site["properties"], scored),
        "potential": potential_sheet(rows, scored, params, today or date.today()),
        "issues": issues(store, site_id),
        "estimate": True,
        "synthetic": site["properties"]["synthetic"],
        "credit": published.credit,
        "built_at": published.built_at.isoformat(),
    }


def traced(rows: list[dict[str, Any]], params: Params) -> list[dict[str, Any]]:
    """Return every criterion of our score: its value, source, date and status, and what it adds to the score."""
    known = {row["criterion"]: row for row in rows}
    values = wide(pd.DataFrame([{key: row[key] for key in ("site_id", "criterion", "value")} for row in rows]))
    facts = {
        each.id: fact_of(known.get(each.id), values.iloc[0][each.id] if each.id in values else None)
        for each in criteria()
    }
    told = explain(facts, params.scoring).to_dict("records")
    words = {each.id: each for each in criteria()}
    return [
        {str(name): plain(value) for name, value in row.items()}
        | {
            "label_fr": words[row["criterion"]].fr,
            "label_en": words[row["criterion"]].en,
            "unit": words[row["criterion"]].unit,
            "basis": words[row["criterion"]].basis,
        }
        for row in told
    ]


def fact_of(row: dict[str, Any] | None, value: Any) -> Fact:  # noqa: ANN401 - number or code
    """Return one row of facts as the score takes it."""
    if row is None or row.get("value") in (None, "") or pd.isna(value):
        return Fact(None)
    return Fact(value, row.get("source") or "", row.get("date") or "", row.get("status") or STATUS)


def published_sheet(rows: list[dict[str, Any]], site: dict[str, Any], scored: dict[str, Any]) -> dict[str, Any]:
    """Return the published matrix on this site: each answer with its weight and score, index and reliability."""
    answers = wide(pd.DataFrame([{key: row[key] for key in ("site_id", "criterion", "value")} for row in rows]))
    area = site.get("drawn_area_m2") or site.get("area_m2")
    table = for_the_matrix(answers, pd.Series(float(area) if area else float("nan"), index=answers.index))
    lines = []
    for each in matrix().criteria:
        answer = table[each.id].iloc[0] if each.id in table else None
        told = answer is not None and not pd.isna(answer)
        score = float(scores(table[each.id], each)[0][0]) if told else None
        lines.append({"criterion": each.published, "weight": each.weight, "answer": plain(answer), "score": score})
    return {
        "name": f"Mutafriches {matrix().version} ({matrix().date.isoformat()})",
        "index_percent": scored["published_index"],
        "reliability_percent": scored["published_reliability"],
        "lines": lines,
    }


def potential_sheet(rows: list[dict[str, Any]], scored: dict[str, Any], params: Params, today: date) -> dict[str, Any]:
    """Return power, energy and money of the middle case, the grid's room, and whether the ratios still hold."""
    chosen = economics(params.economics)
    figures = {name: scored[name] for name in scored if name.startswith(("mwp_", "mwh_", "net_", "yield_"))}
    money = None
    if scored["mwp_mid"]:
        money = worth(scored["mwp_mid"], scored["yield_kwh_per_kwp"], chosen)._asdict()
    room = next((row["value"] for row in rows if row["criterion"] == REMAINING), None)
    power = pd.DataFrame({name: [scored[name]] for name in ("mwp_low", "mwp_high")}, dtype="float64")
    fits = connection(power, pd.Series([room], dtype="float64"))[0]
    return figures | {
        "economics": chosen.model_dump(),
        "money_mid": money,
        "connection": fits,
        "ratios": ratios().name,
        "warning": ratios().check_validity(today),
    }


def issues(store: Store, site_id: str) -> list[Feature]:
    """Return what is to be checked about the site."""
    if "brownfields_issues" not in store.published():
        return []
    found = [orjson.loads(text) for text in store.features("brownfields_issues", limit=10_000).features]
    return [one for one in found if site_id in (one["properties"].get("sites") or "").split("|")]


def plain(value: Any) -> Any:  # noqa: ANN401 - any cell
    """Return a cell for JSON: null for unknown, numpy's numbers as Python's."""
    if value is None or (not isinstance(value, str | list | tuple) and pd.isna(value)):
        return None
    return value.item() if hasattr(value, "item") else value
