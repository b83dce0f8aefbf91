"""The measured costs as typed models: everything that writes or reads ``data/benchmarks.json`` does it by these."""

from __future__ import annotations

from recommender.evaluation.schema import Document, Model


class Agreement(Model):
    """How alike two rankings of the same prompts are."""

    same_pick: float
    kendall_tau: float


class BundledCost(Model):
    """What the bundled T5's answers cost, and what int8 would make of them."""

    ranking_ms: float
    explanation_ms: float
    explanation_to_ranking: float
    int8: Agreement


class GrowthRow(Model):
    """All candidates in one prompt; ``same_sport`` by language, ``peak_mb`` the most that the process ever held."""

    candidates: int
    prompt_tokens: int
    seconds: float
    same_sport: dict[str, float]
    peak_mb: float


class Narrowed(Model):
    """Retrieval before ranking; ``ranked`` is the number of candidates that were put to the T5."""

    products: int
    ranked: int
    indexing_seconds: float
    seconds: float
    slowest_seconds: float
    same_sport: dict[str, float]


class PageCost(Model):
    """The page as a process."""

    seconds_to_first_page: float
    own_import_seconds: float
    resident_mb: float


class Int8Cost(Agreement):
    """The same shape in int8 against float32; ``speedup`` is that of an answer, a ranking and a raw generation."""

    seconds: dict[str, float]
    speedup: float
    ranking_speedup: float
    weights_mb: float
    weights_to_float32: float


class ShapeCost(Model):
    """What a T5 of some shape costs; ``seconds`` by task."""

    shape: str
    parameters: int
    prompt_tokens: int
    candidates: int
    seconds: dict[str, float]
    ranking_to_greedy: float
    ranking_to_naive: float
    int8: Int8Cost


class Answers(Model):
    """What came of the questions that many clients asked; ``examples`` quotes some errors and wrong answers."""

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
    """All clients at once."""

    requests_each: int
    distinct_questions: int
    seconds: float
    per_second: float
    resident_mb: int


class SoakReport(Answers):
    """The clients for a long time; ``growth`` of resident memory from warm to the end, as a share."""

    minutes: float
    warm_mb: int
    end_mb: int
    most_mb: int
    growth: float


class Benchmarks(Document):
    """The whole document.

    :ivar missed: labels of the targets that were missed.
    :ivar load: None unless ``python -m benchmarks.load`` was run, as is ``soak``.
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
