"""The measured results, as the page shows them: read from ``data/evaluation.json``, never typed by hand."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..shop.catalog import DATA, Catalog
from .strings import Strings

EVALUATION = DATA / "evaluation.json"
METRICS = ("HR@1", "HR@3", "MRR", "related")
SAMPLES = ("one_habit", "mixed", "one_item", "kit", "counterpart")


@dataclass(frozen=True)
class Figure:
    """One measured share of 1.

    :ivar low: lower end of its 95 % interval, none where it has none.
    :ivar best: whether nothing in its column is higher.
    """

    value: float
    low: float | None
    high: float | None
    best: bool = False


@dataclass(frozen=True)
class Contender:
    """A recommender's line in a table.

    :ivar ours: whether it is a T5 and not a baseline.
    :ivar figures: one per metric of :data:`METRICS`.
    """

    name: str
    ours: bool
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Report:
    """What the page shows.

    :ivar tables: sample and its contenders, the T5 first.
    :ivar routes: language, route, HR@1, share of picks as in English, names lost on the way in and out.
    :ivar details: the report's own tables, in English: title and rows of cells.
    """

    date: str
    command: str
    signature: str
    tables: tuple[tuple[str, tuple[Contender, ...]], ...]
    wins: tuple[dict[str, Any], ...]
    routes: tuple[dict[str, Any], ...]
    details: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    limits: tuple[str, ...]


def read_report(t: Strings, path: Path = EVALUATION) -> Report | None:
    """The report on the first checkpoint measured; none where nothing has been measured in this shop."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if document.get("inventory") != [item.id for item in Catalog.load()]:
        return None
    checkpoint = document["checkpoints"][0]
    return Report(
        date=document["date"],
        command=document["command"],
        signature=checkpoint["signature"],
        tables=tuple(
            (sample, _contenders(t, document, checkpoint, sample))
            for sample in SAMPLES
            if document["samples"][sample]["draws"]  # a small shop may lack a sort of basket
        ),
        wins=tuple({**win, "baseline": baseline(t, win["baseline"])} for win in checkpoint["baseline_wins"]),
        routes=tuple(checkpoint["routes"]),
        details=tuple((section["title"], tuple(map(_detail, section["rows"]))) for section in checkpoint["sections"]),
        limits=tuple(document["limits"]),
    )


def baseline(t: Strings, name: str) -> str:
    """What the page calls a baseline; one without a sentence keeps the report's name."""
    key = f"results.baseline.{re.sub(r'[^a-z]+', '-', name.casefold())}"
    return t(key) if key in t else name


def _contenders(t: Strings, document: dict[str, Any], checkpoint: dict[str, Any], sample: str) -> tuple[Contender, ...]:
    rows = [row for row in checkpoint["comparison"] if row["sample"] == sample]
    others = [row for row in document["baselines"]["rows"] if row["sample"] == sample]
    best = {metric: max(row["metrics"][metric]["value"] for row in rows + others) for metric in METRICS}

    def contender(row: dict[str, Any], name: str, ours: bool) -> Contender:
        found = [(metric, row["metrics"][metric]) for metric in METRICS]
        return Contender(
            name, ours, tuple(Figure(f["value"], f["low"], f["high"], f["value"] == best[m]) for m, f in found)
        )

    return (
        *(contender(row, t("results.t5", language=t(f"language.{row['language']}")), True) for row in rows),
        *(contender(row, baseline(t, row["recommender"]), False) for row in others),
    )


def _detail(row: dict[str, Any]) -> tuple[str, ...]:
    counted = row["unit"] == "items"
    value = f"{row['value']} of {row['draws']}" if counted else f"{row['value']:.3f}"
    between = "" if row["low"] is None else f"{row['low']:.3f} to {row['high']:.3f}"
    return row["measure"], row["language"], value, between, f"{row['draws']} ({row['distinct']})"
