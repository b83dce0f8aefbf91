"""The measured results as typed models: everything that writes or reads ``data/evaluation.json`` does it by these.

Shares lie between 0 and 1; ``low`` and ``high`` are the ends of a 95 % interval; null means not measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, computed_field

from ..routes import Route, Verdict
from . import EvaluationError

COMPARED = {  # the samples on which the T5 and the baselines are compared, and their titles
    "one_habit": "two or more items of one sport or kind",
    "mixed": "items of two or three sports",
    "one_item": "one item",
    "large": "five to twenty items",
    "new_tidy": "a newcomer with a tidy name",
    "new_everyday": "a newcomer with an everyday name, held-out words",
    "new_written": "a newcomer with a name that a person wrote",
}
TRUTH = "true probabilities"  # the name of the ranking that none can beat: no baseline, but what there is to reach
DIGITS = 4  # of every figure: more would pretend to a precision that is not there
Figure = Annotated[float, AfterValidator(lambda value: round(value, DIGITS))]
Probability = Annotated[float, AfterValidator(lambda value: float(f"{value:.3g}"))]  # small ones matter too


class Model(BaseModel):
    """Base of all models here: immutable, with no field left over and no figure that is not a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Model):
    """Base of the models that are a file of their own.

    :cvar writer: the command that writes it.
    """

    writer: ClassVar[str]

    @classmethod
    def read(cls, path: Path) -> Self:
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
                f"{path} was not written by this version of {cls.writer} ({where}: {first['msg']}). "
                "Choose another file."
            ) from error

    def write(self, path: Path) -> None:
        """Write the document as JSON."""
        path.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")


class Estimate(Model):
    """A mean with its bootstrap interval (95 %, percentile); no interval for fewer than two distinct baskets."""

    value: Figure
    low: Figure | None
    high: Figure | None


class Row(Model):
    """One measure in one language.

    :ivar language: that of the prompt.
    :ivar value: a share unless ``unit`` says "items" (a count), "nats", "τ", or "score" for anything else.
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
    unit: Literal["share", "items", "nats", "τ", "score"] = "share"
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
    :ivar sample: a key of :data:`COMPARED`.
    :ivar metrics: the mean over all languages, for one that reads names. "HR@1", "HR@3": the likeliest purchase is
        among the first; "NDCG@5": with true utilities as gains; "related": the pick shares a sport or a kind with the
        basket. For a newcomer "placed": it stands above all that share nothing with the basket.
    """

    recommender: str
    sample: str
    metrics: dict[str, Estimate]


class BaselineWin(Model):
    """A sample and metric on which a baseline is better than the T5."""

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


class ProbabilityBin(Model):
    """Candidates to which the T5 gives similar probabilities.

    :ivar given: the mean that the T5 gives.
    :ivar true: the mean with which the synthetic shopper buys.
    """

    given: Probability
    true: Probability
    candidates: int


class Misplaced(Model):
    """A newcomer that does not stand above all that share nothing with the basket.

    :ivar owned: the shelf names of the basket, in the language.
    :ivar above: the shelf name of the best of those that share nothing and stand above it.
    """

    language: str
    name: str
    owned: tuple[str, ...]
    place: int
    above: str


class CheckpointResult(Model):
    """Everything measured of one checkpoint; ``probabilities`` by language."""

    name: str
    parameters: int
    signature: str
    sections: tuple[Section, ...]
    comparison: tuple[ComparisonRow, ...]
    baseline_wins: tuple[BaselineWin, ...]
    misplaced: tuple[Misplaced, ...]
    routes: tuple[RouteRow, ...]
    probabilities: dict[str, tuple[ProbabilityBin, ...]]


class Look(Model):
    """One look at the test set, each of which costs it some of its worth.

    :ivar weights: hashes of the checkpoints that were measured.
    """

    date: str
    weights: tuple[str, ...]
    seed: int
    baskets: int


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


class BenchmarkRow(Model):
    """One ranker on real shoppers.

    :ivar metrics: HR and NDCG at 5 and 10.
    """

    recommender: str
    metrics: dict[str, Estimate]


class PublishedRow(Model):
    """What others published, as quoted; None where they name no figure."""

    recommender: str
    metrics: dict[str, Figure | None]
    source: str


class BenchmarkDifference(Model):
    """How much higher one ranker's NDCG@10 is than another's, as a share of the other's; paired over shoppers."""

    recommender: str
    other: str
    value: Figure
    difference: Estimate


class BenchmarkView(Model):
    """One way to ask: for any product, or for those that were held out of training.

    :ivar products: that are ranked.
    :ivar asked: shoppers whose last purchase is asked for.
    :ivar differences: of the T5 from what it has to beat.
    """

    products: int
    asked: int
    rows: tuple[BenchmarkRow, ...]
    differences: tuple[BenchmarkDifference, ...]


class Benchmark(Document):
    """A shop's recommender on the histories of a benchmark.

    :ivar settings: what was chosen on validation.
    """

    writer = "evaluate --shop"

    date: str
    command: str
    seconds: int
    seed: int
    shoppers: int
    checkpoint: str
    parameters: int
    settings: dict[str, Figure]
    all_products: BenchmarkView
    cold_products: BenchmarkView
    published: tuple[PublishedRow, ...]
    signature: str


class Evaluation(Document):
    """The whole document.

    :ivar inventory: ids of the shop's products.
    :ivar signature: of what needs no T5.
    :ivar looks: every time the test set was looked at, this one last.
    :ivar collaborative: None unless that experiment was run.
    :ivar limits: what these figures do not say.
    """

    writer = "evaluate"

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
    looks: tuple[Look, ...]
    collaborative: Experiment | None
    limits: tuple[str, ...]
