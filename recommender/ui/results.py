"""Prepare the measured results of ``evaluation.json`` for the page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import TypeVar

from ..evaluation import EvaluationError
from ..evaluation.schema import (
    COMPARED,
    TRUTH,
    BaselineWin,
    CheckpointResult,
    ComparisonRow,
    Document,
    Estimate,
    Evaluation,
    Misplaced,
    RouteRow,
    Section,
    find_best,
    format_figure,
)
from ..evaluation.shop_schema import PublishedRow, RealShoppersEvaluation, RealShoppersView, ShopEvaluation, judge
from ..shop.catalog import Catalog
from ..shop.folder import Shop
from .strings import Strings

PLOTTED = ("one_habit", "mixed", "new_everyday")  # samples shown as bars
LEAST = -5  # log10 of the least probability in the plot
MISPLACED = 8  # newcomers shown

D = TypeVar("D", bound=Document)


@dataclass(frozen=True)
class Cell:
    """One metric of one recommender.

    :ivar best: whether it is the highest of its metric, except for the true probabilities.
    """

    estimate: Estimate
    best: bool


@dataclass(frozen=True)
class Contender:
    """A recommender's row in a table.

    :ivar ours: whether it is a T5, not a baseline.
    :ivar cells: one per metric.
    """

    name: str
    ours: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class ComparisonTable:
    """The comparison of recommenders on one sample, the T5 first."""

    sample: str
    metrics: tuple[str, ...]
    contenders: tuple[Contender, ...]


@dataclass(frozen=True)
class Point:
    """The mean probabilities of a group of candidates, by the T5 and the true one, and their places in the plot.

    :ivar x: the place of ``given``, from 0 (:data:`LEAST`) to 100 (certain) on a logarithmic scale.
    :ivar y: the place of ``true`` on the same scale.
    """

    given: float
    true: float
    x: float
    y: float


@dataclass(frozen=True)
class RealShoppers:
    """The results on real shoppers that the page shows in one language.

    :ivar published: the published figures, each with the recommender's name.
    """

    evaluation: RealShoppersEvaluation
    everything: ComparisonTable
    cold: ComparisonTable
    published: tuple[tuple[str, PublishedRow], ...]


@dataclass(frozen=True)
class ShopReport:
    """The results on a shop's own orders that the page shows in one language.

    :ivar differences: metric, difference of the T5 and item-kNN, and who has won: "won", "lost" or "alike".
    """

    evaluation: ShopEvaluation
    table: ComparisonTable
    differences: tuple[tuple[str, Estimate, str], ...]


@dataclass(frozen=True)
class Report:
    """The results that the page shows in one language.

    :ivar points: the T5's and the true probability, a point for each group of candidates.
    :ivar misplaced: the first few of ``misplaced_count`` newcomers that are misplaced in this language.
    :ivar columns: the headings of the report's own tables, in English.
    :ivar details: these tables, in English: title and rows of cells.
    """

    date: str
    command: str
    signature: str
    tables: tuple[ComparisonTable, ...]
    wins: tuple[BaselineWin, ...]
    points: tuple[Point, ...]
    misplaced: tuple[Misplaced, ...]
    misplaced_count: int
    routes: tuple[RouteRow, ...]
    columns: tuple[str, ...]
    details: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    limits: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """The measured results of a shop, as its folder has them.

    :ivar evaluation: those on synthetic shoppers; None if there are none, or they are of another inventory.
    :ivar on_orders: those on the shop's own orders.
    :ivar real_shoppers: those on a evaluation.
    """

    evaluation: Evaluation | None = None
    on_orders: ShopEvaluation | None = None
    real_shoppers: RealShoppersEvaluation | None = None

    @classmethod
    def read(cls, inventory: Catalog, shop: Shop) -> Results:
        """Read the files that are there and of this version."""
        evaluation = _read(Evaluation, shop.evaluation)
        if evaluation and evaluation.inventory != tuple(item.id for item in inventory):
            evaluation = None
        return cls(
            evaluation, _read(ShopEvaluation, shop.evaluation), _read(RealShoppersEvaluation, shop.real_shoppers)
        )


def _read(kind: type[D], path: Path) -> D | None:
    """Read results of this kind; return None if there is no such file, or it is of another kind or version."""
    try:
        return kind.read(path)
    except (FileNotFoundError, EvaluationError):
        return None


def build_real_shoppers(evaluation: RealShoppersEvaluation, t: Strings) -> RealShoppers:
    """Return the results on real shoppers."""

    def table(view: RealShoppersView) -> ComparisonTable:
        metrics = tuple(view.rows[0].metrics)
        best = find_best(view.rows)
        return ComparisonTable(
            "",
            metrics,
            tuple(
                Contender(
                    name_baseline(t, row.recommender),
                    row.recommender.startswith("T5"),
                    tuple(Cell(row.metrics[metric], row.metrics[metric].value == best[metric]) for metric in metrics),
                )
                for row in view.rows
            ),
        )

    return RealShoppers(
        evaluation=evaluation,
        everything=table(evaluation.all_products),
        cold=table(evaluation.cold_products),
        published=tuple((name_baseline(t, row.recommender), row) for row in evaluation.published),
    )


def build_shop_report(evaluation: ShopEvaluation, t: Strings) -> ShopReport:
    """Return the report on a shop's own orders."""
    best = [max(rates) for rates in zip(*evaluation.hit_rates.values(), strict=True)]

    def contender(name: str, rates: Sequence[float]) -> Contender:
        cells = (
            Cell(Estimate(value=rate, low=None, high=None), rate == most)
            for rate, most in zip(rates, best, strict=True)
        )
        return Contender(name_baseline(t, name), name.startswith("T5"), tuple(cells))

    rows = tuple(contender(name, rates) for name, rates in evaluation.hit_rates.items())
    table = ComparisonTable("", tuple(f"HR@{k}" for k in evaluation.differences), rows)
    differences = ((f"HR@{k}", found, judge(found)) for k, found in evaluation.differences.items())
    return ShopReport(evaluation, table, tuple(differences))


def build_report(evaluation: Evaluation, t: Strings) -> Report:
    """Return the report on the first checkpoint."""
    checkpoint = evaluation.checkpoints[0]
    measured = {row.sample for row in checkpoint.comparison}  # a small shop may lack a sort of basket
    misplaced = [found for found in checkpoint.misplaced if found.language == t.language]
    return Report(
        date=evaluation.date,
        command=evaluation.command,
        signature=checkpoint.signature,
        tables=tuple(_table(t, evaluation, checkpoint, sample) for sample in COMPARED if sample in measured),
        wins=tuple(
            win.model_copy(update={"baseline": name_baseline(t, win.baseline)}) for win in checkpoint.baseline_wins
        ),
        points=tuple(
            Point(found.given, found.true, _place(found.given), _place(found.true))
            for found in checkpoint.probabilities.get(t.language, ())
        ),
        misplaced=tuple(misplaced[:MISPLACED]),
        misplaced_count=len(misplaced),
        routes=checkpoint.routes,
        columns=_columns(evaluation.checkpoints),
        details=_details(evaluation.checkpoints),
        limits=evaluation.limits,
    )


def _place(probability: float) -> float:
    """Return the place of a probability on the plot's axis, from 0 to 100."""
    return 100 * (1 - max(log10(max(probability, 1e-9)), LEAST) / LEAST)


def name_baseline(t: Strings, name: str) -> str:
    """Return a baseline's name on the page, or the report's if the page has none."""
    key = f"results.baseline.{re.sub(r'[^a-z]+', '-', name.casefold())}"
    return t(key) if key in t else name


def _table(t: Strings, evaluation: Evaluation, checkpoint: CheckpointResult, sample: str) -> ComparisonTable:
    ours = [row for row in checkpoint.comparison if row.sample == sample]
    others = [row for row in evaluation.baselines.rows if row.sample == sample]
    metrics = tuple(ours[0].metrics)
    best = find_best([*ours, *others])

    def contender(row: ComparisonRow, name: str) -> Contender:
        ranked = row.recommender != TRUTH
        cells = (Cell(row.metrics[m], ranked and row.metrics[m].value == best[m]) for m in metrics)
        return Contender(name, row in ours, tuple(cells))

    return ComparisonTable(
        sample,
        metrics,
        (
            *(contender(row, t("results.t5")) for row in ours),
            *(contender(row, name_baseline(t, row.recommender)) for row in others),
        ),
    )


def _columns(checkpoints: Sequence[CheckpointResult]) -> tuple[str, ...]:
    """Return the headings of the tables of :func:`_details`."""
    others = (checkpoint.name for checkpoint in checkpoints[1:])
    return "Measure", "Language", "Value", "95% interval", "Threshold", *others, "Baskets (distinct)"


def _details(checkpoints: Sequence[CheckpointResult]) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]:
    """Return every measure of the first checkpoint, with its value for each other one of another seed.

    Another T5 may lack a language.
    """
    first, *others = checkpoints
    values = [checkpoint.list_values() for checkpoint in others]

    def cells(section: Section) -> Iterator[tuple[str, ...]]:
        for row in section.rows:
            *figures, baskets = row.format()
            yield *figures, *(format_figure(of_one.get((row.measure, row.language))) for of_one in values), baskets

    return tuple((section.title, tuple(cells(section))) for section in first.sections)
