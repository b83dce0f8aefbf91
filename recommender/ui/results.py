"""The measured results as the page shows them: read from ``data/evaluation.json``, never typed by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..evaluation import EvaluationError
from ..evaluation.schema import (
    COMPARED,
    BaselineWin,
    CheckpointResult,
    ComparisonRow,
    Estimate,
    Evaluation,
    RouteRow,
    Row,
)
from ..shop.catalog import DATA, Catalog
from .strings import Strings

EVALUATION = DATA / "evaluation.json"
METRICS = ("HR@1", "HR@3", "MRR", "related")


@dataclass(frozen=True)
class Cell:
    """One metric of one recommender.

    :ivar best: whether nothing in its column is higher.
    """

    estimate: Estimate
    best: bool


@dataclass(frozen=True)
class Contender:
    """A recommender's line in a table.

    :ivar ours: whether it is a T5 and not a baseline.
    :ivar cells: one per metric of :data:`METRICS`.
    """

    name: str
    ours: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Report:
    """What the page shows in one language.

    :ivar tables: sample and its contenders, the T5 first.
    :ivar details: the report's own tables, in English: title and rows of cells.
    """

    date: str
    command: str
    signature: str
    tables: tuple[tuple[str, tuple[Contender, ...]], ...]
    wins: tuple[BaselineWin, ...]
    routes: tuple[RouteRow, ...]
    details: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    limits: tuple[str, ...]


def read_evaluation(inventory: Catalog, path: Path = EVALUATION) -> Evaluation | None:
    """Return what was measured; None if there is no such file, or it is of another version or another shop."""
    try:
        evaluation = Evaluation.read(path)
    except (FileNotFoundError, EvaluationError):
        return None
    return evaluation if evaluation.inventory == tuple(item.id for item in inventory) else None


def build_report(evaluation: Evaluation, t: Strings) -> Report:
    """Return the report on the first checkpoint measured."""
    checkpoint = evaluation.checkpoints[0]
    measured = {row.sample for row in checkpoint.comparison}  # a small shop may lack a sort of basket
    return Report(
        date=evaluation.date,
        command=evaluation.command,
        signature=checkpoint.signature,
        tables=tuple(
            (sample, _contenders(t, evaluation, checkpoint, sample)) for sample in COMPARED if sample in measured
        ),
        wins=tuple(
            win.model_copy(update={"baseline": name_baseline(t, win.baseline)}) for win in checkpoint.baseline_wins
        ),
        routes=checkpoint.routes,
        details=tuple((section.title, tuple(map(_details, section.rows))) for section in checkpoint.sections),
        limits=evaluation.limits,
    )


def name_baseline(t: Strings, name: str) -> str:
    """Return what the page calls a baseline; one without a sentence keeps the report's name."""
    key = f"results.baseline.{re.sub(r'[^a-z]+', '-', name.casefold())}"
    return t(key) if key in t else name


def _contenders(t: Strings, evaluation: Evaluation, checkpoint: CheckpointResult, sample: str) -> tuple[Contender, ...]:
    ours = [row for row in checkpoint.comparison if row.sample == sample]
    others = [row for row in evaluation.baselines.rows if row.sample == sample]
    best = {metric: max(row.metrics[metric].value for row in ours + others) for metric in METRICS}

    def cells(row: ComparisonRow) -> tuple[Cell, ...]:
        found = [(metric, row.metrics[metric]) for metric in METRICS]
        return tuple(Cell(estimate, estimate.value == best[metric]) for metric, estimate in found)

    return (
        *(Contender(t("results.t5", language=t(f"language.{row.language}")), True, cells(row)) for row in ours),
        *(Contender(name_baseline(t, row.recommender), False, cells(row)) for row in others),
    )


def _details(row: Row) -> tuple[str, ...]:
    value = f"{row.value} of {row.draws}" if row.unit == "items" else f"{row.value:.3f}"
    between = "" if row.low is None else f"{row.low:.3f} to {row.high:.3f}"
    return row.measure, row.language, value, between, f"{row.draws} ({row.distinct})"
