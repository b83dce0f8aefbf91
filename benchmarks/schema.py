"""The typed models of ``data/benchmarks.json``, by which it is written and read."""

from __future__ import annotations

from recommender.evaluation.schema import Document, Model


class Agreement(Model):
    """The agreement of two rankings of the same prompts."""

    same_pick: float
    kendall_tau: float


class BundledCost(Model):
    """The cost of the bundled T5's answers, and the agreement of its rankings in int8 with float32."""

    ranking_ms: float
    explanation_ms: float
    explanation_to_ranking: float
    int8: Agreement


class GrowthRow(Model):
    """The cost with all candidates in one prompt; ``same_sport`` by language, ``peak_mb`` of the process so far."""

    candidates: int
    prompt_tokens: int
    seconds: float
    same_sport: dict[str, float]
    peak_mb: float


class Narrowed(Model):
    """The cost with retrieval before ranking; ``ranked`` is the number of candidates that the T5 ranks."""

    products: int
    ranked: int
    indexing_seconds: float
    seconds: float
    slowest_seconds: float
    same_sport: dict[str, float]


class PageCost(Model):
    """The cost of the page's process."""

    seconds_to_first_page: float
    own_import_seconds: float
    resident_mb: float


class Int8Cost(Agreement):
    """The cost in int8 relative to float32; ``speedup`` is that of a whole answer: a ranking and a free generation."""

    seconds: dict[str, float]
    speedup: float
    ranking_speedup: float
    weights_mb: float
    weights_to_float32: float


class ShapeCost(Model):
    """The cost of a T5 of some shape; ``seconds`` by task."""

    shape: str
    parameters: int
    prompt_tokens: int
    candidates: int
    seconds: dict[str, float]
    ranking_to_greedy: float
    ranking_to_naive: float
    int8: Int8Cost


class Answers(Model):
    """The outcome of many clients' calls; ``examples`` quotes some errors and wrong answers."""

    command: str
    clients: int
    answers: int
    errors: int
    wrong: int
    examples: tuple[str, ...]
    p50_s: float
    p95_s: float
    max_s: float
    signature: str


class LoadReport(Answers):
    """The results of a load test."""

    requests_each: int
    distinct_questions: int
    seconds: float
    per_second: float
    resident_mb: int


class SoakReport(Answers):
    """The results of a soak test; ``growth`` is that of resident memory after the warm-up, as a share."""

    minutes: float
    warm_mb: int
    end_mb: int
    most_mb: int
    growth: float


class Benchmarks(Document):
    """The results of all benchmarks.

    :ivar missed: labels of the targets that were missed.
    :ivar load: None unless ``python -m benchmarks.load`` was run, like ``soak``.
    """

    writer = "benchmarks"

    command: str
    bundled: BundledCost
    growth: tuple[GrowthRow, ...]
    narrowed: Narrowed
    page: PageCost
    shape: ShapeCost
    signature: str
    missed: tuple[str, ...] = ()
    seconds: int = 0
    load: LoadReport | None = None
    soak: SoakReport | None = None
