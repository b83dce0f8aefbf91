"""The typed models of ``data/evaluation.json``, by which it is written and read.

Shares are between 0 and 1, ``low`` and ``high`` are the ends of a 95 % interval, and null means not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, computed_field

from ..routes import Route
from ..translated_names import Verdict
from . import EvaluationError

if TYPE_CHECKING:
    from .shop_schema import RealShoppersRow

COMPARED = {  # the samples on which the T5 and the baselines are compared, and their titles
    "one_habit": "two or more items of one sport or kind",
    "mixed": "items of two or three sports",
    "scattered": "three or four items that share nothing",
    "one_item": "one item",
    "large": "five to twenty items",
    "complete": "all items of one sport or kind",
    "new_tidy": "a newcomer with a tidy name",
    "new_everyday": "a newcomer with an everyday name, held-out words",
    "new_written": "a newcomer with a name that a person wrote",
    "new_variant": "a newcomer that is a variant of a product in stock",
    "new_foreign": "a newcomer with an everyday name in another language",
    "new_sport": "a newcomer of a sport that training never had",
}
TRUTH = "true probabilities"  # the best possible ranking: an upper bound, and no baseline
NONE = "–"  # in tables, for what was not measured
DIGITS = 4  # decimals of every figure; more would be false precision
Figure = Annotated[float, AfterValidator(lambda value: round(value, DIGITS))]
Probability = Annotated[
    float, AfterValidator(lambda value: float(f"{value:.3g}"))
]  # significant digits, for small ones matter too


def format_figure(value: float | None, digits: int = 3) -> str:
    """Return a figure with a fixed number of decimals, or :data:`NONE`."""
    return NONE if value is None else f"{value:.{digits}f}"


class Model(BaseModel):
    """Base of all models here: immutable, without unknown fields, NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Document(Model):
    """Base of the models that are stored in a file.

    :cvar writer: the command that writes the file.
    """

    writer: ClassVar[str]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a document that :meth:`write` has written.

        :raises FileNotFoundError: if the file does not exist.
        :raises EvaluationError: if it is not JSON, or does not fit the model.
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
    """A mean with its bootstrap interval (95 %, percentile), which is None for fewer than two distinct baskets."""

    value: Figure
    low: Figure | None
    high: Figure | None


class MeasureRow(Model):
    """One measure in one language.

    :ivar language: of the prompt.
    :ivar value: a share, a count ("items"), or a number in ``unit``; "score" has no unit.
    :ivar low: None unless ``value`` is a mean over baskets.
    :ivar threshold: the lowest acceptable value, or with ``lower_is_better`` the highest; None without a threshold.
    :ivar draws: number of baskets.
    :ivar distinct: number of distinct baskets.
    """

    model_config = ConfigDict(extra="ignore")  # ``passed`` is written, and computed again when read

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

    def format(self) -> tuple[str, ...]:
        """Return measure, language, value, interval, threshold and baskets (distinct) as texts, "" for None."""
        sign = "≤" if self.lower_is_better else "≥"
        return (
            self.measure,
            self.language,
            f"{self.value} of {self.draws}" if self.unit == "items" else format_figure(self.value),
            "" if self.low is None else f"{format_figure(self.low)} to {format_figure(self.high)}",
            "" if self.threshold is None else f"{sign} {self.threshold:g}",
            f"{self.draws} ({self.distinct})",
        )


class Section(Model):
    """The rows of one question of the report."""

    id: str
    title: str
    rows: tuple[MeasureRow, ...]


class ComparisonRow(Model):
    """One recommender on one sample.

    :ivar recommender: name of a checkpoint or of a baseline.
    :ivar sample: a key of :data:`COMPARED`.
    :ivar metrics: for a recommender that reads names, means over the languages that were measured. "HR@1", "HR@3": the
        likeliest purchase is among the first; "NDCG@5": with true utilities as gains; "related": the pick shares a
        sport or a kind with the basket. With an added product only "placed": it ranks above all that share nothing
        with the basket.
    """

    recommender: str
    sample: str
    metrics: dict[str, Estimate]


def find_best(rows: Sequence[ComparisonRow | RealShoppersRow]) -> dict[str, float]:
    """Return the highest value of each metric, the :data:`TRUTH` apart."""
    others = [row for row in rows if row.recommender != TRUTH]
    return {metric: max(row.metrics[metric].value for row in others) for metric in rows[0].metrics}


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
    :ivar lost_in: share of purchases whose text no longer meant the item after translation to the T5's language.
    :ivar lost_out: share of picks whose text no longer meant the item after translation to the shopper's language.
    """

    language: str
    route: Route
    metrics: dict[str, Estimate]
    same_pick: Estimate
    lost_in: Figure
    lost_out: Figure


class ProbabilityBin(Model):
    """Candidates to which the T5 gives similar probabilities.

    :ivar given: the mean probability by the T5.
    :ivar true: the mean probability by the formula of the synthetic shoppers.
    """

    given: Probability
    true: Probability
    candidates: int


class Misplaced(Model):
    """An added product that ranks below a candidate that shares nothing with the basket.

    :ivar owned: the names of the basket, in the language.
    :ivar place: the rank of the added product, from 1.
    :ivar above: the name of the best candidate that shares nothing with the basket.
    """

    language: str
    name: str
    owned: tuple[str, ...]
    place: int
    above: str


class CheckpointResult(Model):
    """All results of one checkpoint; ``probabilities`` by language."""

    name: str
    parameters: int
    signature: str
    sections: tuple[Section, ...]
    comparison: tuple[ComparisonRow, ...]
    baseline_wins: tuple[BaselineWin, ...]
    misplaced: tuple[Misplaced, ...]
    routes: tuple[RouteRow, ...]
    probabilities: dict[str, tuple[ProbabilityBin, ...]]

    def list_values(self) -> dict[tuple[str, str], float]:
        """Return the value of every measure, by measure and language."""
        return {(row.measure, row.language): row.value for section in self.sections for row in section.rows}


class Look(Model):
    """One evaluation on the test set; with each, the risk grows that settings are chosen to fit it.

    :ivar weights: hashes of the measured checkpoints.
    """

    date: str
    weights: tuple[str, ...]
    seed: int
    baskets: int


class BaselineResults(Model):
    """The baselines' results, and the number of shoppers that they learned from."""

    training_shoppers: int
    rows: tuple[ComparisonRow, ...]


class SampleSize(Model):
    """Number of baskets in a sample, and of distinct ones."""

    draws: int
    distinct: int


class Loss(Model):
    """A name that no longer means its item after one translation.

    :ivar step: "in" to the T5, or "out" to the shopper.
    :ivar means: id of the item that the translated text means, if any.
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
    """How many of all items keep their meaning in a translation there and back on one route, by the phrasebook."""

    language: str
    route: Route
    total: int
    kept: int
    losses: tuple[Loss, ...]


class Evaluation(Document):
    """The results of a whole evaluation.

    :ivar inventory: ids of the shop's products.
    :ivar signature: the signature of results that need no T5.
    :ivar looks: the evaluations on the test set that were written to this file so far, this one last.
    :ivar limits: sentences on what the results do not say.
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
    limits: tuple[str, ...]
