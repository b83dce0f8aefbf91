"""The measured results as typed models: everything that writes or reads ``data/evaluation.json`` does it by these.

Shares lie between 0 and 1; ``low`` and ``high`` are the ends of a 95 % interval; null means not measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, computed_field

from ..routes import Route, Verdict
from . import EvaluationError

COMPARED = {  # the samples on which the T5 and the baselines are compared, and their titles
    "one_habit": "baskets of one habit",
    "mixed": "mixed baskets",
    "one_item": "one-item baskets (the likelier purchase)",
    "kit": "one product added, completes a kit",
    "counterpart": "one product added, counterpart",
}
DIGITS = 4  # of every figure: more would pretend to a precision that is not there
Figure = Annotated[float, AfterValidator(lambda value: round(value, DIGITS))]


class Model(BaseModel):
    """Base of all models here: immutable, with no field left over and no figure that is not a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Estimate(Model):
    """A mean with its bootstrap interval (95 %, percentile); no interval for fewer than two distinct baskets."""

    value: Figure
    low: Figure | None
    high: Figure | None


class Row(Model):
    """One measure in one language.

    :ivar language: that of the prompt; "en-ar" for a comparison of the two.
    :ivar value: a share unless ``unit`` says "items" (a count), "error" or "τ".
    :ivar low: None unless ``value`` is a mean over baskets.
    :ivar threshold: the least acceptable value, or with ``lower_is_better`` the greatest; None if nothing is asked.
    :ivar draws: baskets drawn.
    :ivar distinct: different ones among them.
    """

    model_config = ConfigDict(extra="ignore")  # ``passed`` is written, and worked out again when read

    measure: str
    language: str
    value: int | Figure
    low: Figure | None = None
    high: Figure | None = None
    threshold: int | float | None
    draws: int
    distinct: int
    unit: Literal["share", "items", "error", "τ"] = "share"
    lower_is_better: bool = False

    @computed_field  # type: ignore[prop-decorator]  # mypy supports no decorator on a property
    @property
    def passed(self) -> bool | None:
        """Whether the value meets the threshold; None if there is no threshold."""
        if self.threshold is None:
            return None
        return self.value <= self.threshold if self.lower_is_better else self.value >= self.threshold


class Section(Model):
    """Rows that belong together."""

    id: str
    title: str
    rows: tuple[Row, ...]


class ComparisonRow(Model):
    """One recommender on one sample.

    :ivar recommender: name of a checkpoint or of a baseline.
    :ivar language: of the prompt; None for a baseline, which reads no names.
    :ivar sample: a key of :data:`COMPARED`.
    :ivar metrics: the ranking metrics, and "related": the pick shares a sport or a kind with the basket.
    :ivar coverage: share of the shop ever picked; None if products were added to the shop.
    :ivar gini: how unequally the picks fall on the shop; None likewise.
    """

    recommender: str
    language: str | None
    sample: str
    metrics: dict[str, Estimate]
    coverage: Figure | None
    gini: Figure | None


class BaselineWin(Model):
    """A sample and metric on which a baseline is better than the T5, the T5 taken at its better language."""

    sample: str
    metric: str
    baseline: str
    value: Figure
    t5: Figure


class RouteRow(Model):
    """One route in one language, on the one-habit baskets.

    :ivar same_pick: share of baskets with the pick of the English prompt.
    :ivar lost_in: share of purchases that no longer named their item when they reached the T5.
    :ivar lost_out: share of picks that no longer named their item when they reached the shopper.
    """

    language: str
    route: Route
    metrics: dict[str, Estimate]
    same_pick: Estimate
    lost_in: Figure
    lost_out: Figure


class ReliabilityBin(Model):
    """Picks of similar confidence, for the reliability diagram."""

    confidence: Figure
    accuracy: Figure
    draws: int


class CheckpointResult(Model):
    """Everything measured of one checkpoint; ``reliability`` by language."""

    name: str
    parameters: int
    signature: str
    sections: tuple[Section, ...]
    comparison: tuple[ComparisonRow, ...]
    baseline_wins: tuple[BaselineWin, ...]
    routes: tuple[RouteRow, ...]
    reliability: dict[str, tuple[ReliabilityBin, ...]]


class BaselineResults(Model):
    """The baselines' figures, and how many shoppers taught them."""

    training_shoppers: int
    rows: tuple[ComparisonRow, ...]


class SampleSize(Model):
    """How many baskets of one sort were drawn, and how many different ones among them."""

    draws: int
    distinct: int


class Loss(Model):
    """A name that no longer means its item after one hop.

    :ivar step: "in" to the T5, or "out" to the shopper.
    :ivar means: id of the item that a reader takes the text for, if any.
    """

    step: Literal["in", "out"]
    item: str
    text_in: str
    text_out: str
    means: str | None
    sport_changed: bool
    reason: str
    verdict: Verdict


class FidelityRow(Model):
    """How many of all items keep their meaning both ways on one route, by the phrasebook and without a T5."""

    language: str
    route: Route
    total: int
    kept: int
    losses: tuple[Loss, ...]


class ExperimentRow(Model):
    """One recommender of the collaborative-filtering experiment; no ``training_shoppers`` if it learns from none."""

    recommender: str
    training_shoppers: int | None
    metrics: dict[str, Estimate]


class WorkedExample(Model):
    """The example by which the idea of collaborative filtering is told, and what each recommender made of it."""

    shoppers: tuple[str, ...]
    basket: str
    expected: tuple[str, ...]
    t5_picks: tuple[str, ...]
    item_knn_pick: str
    popularity_pick: str
    steps: int


class Experiment(Model):
    """The experiment on collaborative filtering."""

    seed: int
    products: int
    test_shoppers: int
    steps: int
    rows: tuple[ExperimentRow, ...]
    literal: WorkedExample
    seconds: int
    signature: str


class Evaluation(Model):
    """The whole document.

    :ivar inventory: ids of the shop's products.
    :ivar signature: of what needs no T5.
    :ivar collaborative: None unless that experiment was run.
    :ivar limits: what these figures do not say.
    """

    date: str
    command: str
    seconds: int
    seed: int
    baskets: int
    inventory: tuple[str, ...]
    signature: str
    samples: dict[str, SampleSize]
    checkpoints: tuple[CheckpointResult, ...]
    baselines: BaselineResults
    fidelity: tuple[FidelityRow, ...]
    collaborative: Experiment | None
    limits: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> Evaluation:
        """Read a document that :meth:`write` wrote.

        :raises FileNotFoundError: if it is not there.
        :raises EvaluationError: if it is not JSON, or not of this form.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "document"
            raise EvaluationError(
                f"{path} was not written by this version of evaluate ({where}: {first['msg']}). Choose another file."
            ) from error

    def write(self, path: Path) -> None:
        """Write the document as JSON."""
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
