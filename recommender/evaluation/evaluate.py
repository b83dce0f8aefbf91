"""The whole evaluation: every checkpoint and the baselines on the same baskets, signed."""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from .. import translation
from ..compare import measure_route
from ..recommender import Recommender
from ..routes import Route
from ..shop.catalog import DATA, INVENTORY, LANGUAGES, Catalog
from ..t5.scorer import Checkpoint
from ..training.cases import Case
from .answers import CachedScorer
from .baselines import TRAINING_SHOPPERS, Ranker, baselines_on_ids, baselines_on_names
from .measures import NEW, Measures, compare
from .samples import Samples, draw, languages_of
from .schema import (
    COMPARED,
    TRUTH,
    BaselineResults,
    BaselineWin,
    CheckpointResult,
    ComparisonRow,
    Evaluation,
    FidelityRow,
    Look,
    SampleSize,
)

PACKAGES = ("torch", "transformers", "torchmetrics", "scipy", "scikit-learn")
HASH_DIGITS = 12  # hexadecimal digits of a SHA-256 that are shown
LIMITS = (
    "The shoppers are synthetic: figures say how well a recommender has learned how they choose, not how well it would "
    "sell.",
    "The shop has few distinct baskets of one habit, so draws repeat; intervals resample distinct baskets, not draws.",
    "An interval of zero width says that no drawn basket failed, not that none can: after n distinct baskets without a "
    "failure, a failure rate of up to 3/n is not excluded (rule of three, Hanley & Lippman-Hand 1983).",
    "Popularity, item-kNN, EASE and the MLP saw purchases of the same synthetic shoppers; they and the rule know of "
    "an added product nothing at all, so they are not measured on newcomers. The rule and the true probabilities are "
    "given an item's sport and kind, which the T5 has to read from its name.",
    "One item alone is no test: there are too few to hold any back, and training knows them.",
)


def evaluate(
    checkpoints: Sequence[Checkpoint], shop: Catalog, baskets: int, seed: int, command: str, looks: Sequence[Look] = ()
) -> Evaluation:
    """Measure every checkpoint and the baselines on the same samples.

    :param baskets: how many to draw of each sort.
    :param command: what the report says it was written by.
    :param looks: earlier ones at the test set.
    """
    started = time.monotonic()
    samples = draw(shop, baskets, seed)
    data = f"data:{data_hash(samples)}|seed:{seed}|baskets:{baskets}|{versions()}"
    of_baselines = _measure_baselines(samples, shop, seed)
    results = tuple(_measure(c, shop, samples, of_baselines, seed, data) for c in checkpoints)
    date = datetime.now(UTC).date().isoformat()
    weights = tuple(weights_hash(checkpoint) for checkpoint in checkpoints)
    return Evaluation(
        date=date,
        command=command,
        seconds=round(time.monotonic() - started),
        seed=seed,
        baskets=baskets,
        inventory=tuple(item.id for item in shop),
        signature=data,
        samples={name: SampleSize(draws=len(c), distinct=len(set(c))) for name, c in samples.items()},
        checkpoints=results,
        baselines=BaselineResults(training_shoppers=TRAINING_SHOPPERS, rows=of_baselines),
        fidelity=_fidelity(shop),
        looks=(*looks, Look(date=date, weights=weights, seed=seed, baskets=baskets)),
        collaborative=None,
        limits=LIMITS,
    )


def _measure(
    checkpoint: Checkpoint,
    shop: Catalog,
    samples: Samples,
    of_baselines: tuple[ComparisonRow, ...],
    seed: int,
    data: str,
) -> CheckpointResult:
    measures = Measures(Recommender(shop, CachedScorer(checkpoint)), samples, seed, of_baselines)
    comparison = measures.comparison()
    return CheckpointResult(
        name=checkpoint.name,
        parameters=checkpoint.model.num_parameters(),
        signature=f"checkpoint:{checkpoint.name}|weights:{weights_hash(checkpoint)}|{data}",
        sections=measures.sections(),
        comparison=comparison,
        baseline_wins=tuple(_find_wins(comparison, of_baselines)),
        misplaced=measures.misplaced(),
        routes=measures.routes(),
        probabilities={language: measures.probabilities(language) for language in measures.languages},
    )


def _measure_baselines(samples: Samples, shop: Catalog, seed: int) -> tuple[ComparisonRow, ...]:
    """Return each baseline's figures where it applies: those that read no names know nothing of a newcomer."""
    on_ids = baselines_on_ids(shop, seed)
    on_names = {language: baselines_on_names(shop, language) for language in LANGUAGES}
    rows = []
    for sample in COMPARED:
        cases = getattr(samples, sample)
        rankings: dict[str, list[tuple[Case, list[str]]]] = {}
        for case in cases:
            for ranker in () if sample in NEW else on_ids:
                rankings.setdefault(ranker.name, []).append((case, _ids(ranker, case, shop)))
            for language in languages_of(case, LANGUAGES):
                for ranker in on_names[language]:
                    rankings.setdefault(ranker.name, []).append((case, _ids(ranker, case, shop)))
        rows += [compare(name, sample, of_one, shop, seed) for name, of_one in rankings.items()]
    return tuple(rows)


def _ids(ranker: Ranker, case: Case, shop: Catalog) -> list[str]:
    return [item.id for item in ranker.rank(case.basket, case.candidates(shop))]


def _find_wins(t5: Sequence[ComparisonRow], baselines: Sequence[ComparisonRow]) -> list[BaselineWin]:
    """Return every sample and metric on which a baseline is better than the T5; the truth itself is none."""
    of_t5 = {row.sample: row.metrics for row in t5}
    return [
        BaselineWin(
            sample=row.sample,
            metric=metric,
            baseline=row.recommender,
            value=found.value,
            t5=of_t5[row.sample][metric].value,
        )
        for row in baselines
        if row.recommender != TRUTH
        for metric, found in row.metrics.items()
        if found.value > of_t5[row.sample][metric].value
    ]


def _fidelity(shop: Catalog) -> tuple[FidelityRow, ...]:
    phrasebook = translation.get_translator("phrasebook")
    return tuple(
        FidelityRow.model_validate(measure_route(shop, phrasebook, language, route).as_dict())
        for language in LANGUAGES
        for route in Route
    )


# From its signature a table can be reproduced (sacreBLEU's idea, Post 2018, arXiv 1804.08771).


def versions() -> str:
    """Return Python's version and those of the packages that compute the figures."""
    return "|".join([f"python:{platform.python_version()}", *(f"{name}:{version(name)}" for name in PACKAGES)])


def weights_hash(checkpoint: Checkpoint) -> str:
    """Return a hash of names and values of all parameters."""
    digest = hashlib.sha256()
    for name, tensor in sorted(checkpoint.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:HASH_DIGITS]


def data_hash(samples: Samples) -> str:
    """Return a hash of the inventory, the phrasebooks and every basket drawn."""
    digest = hashlib.sha256(INVENTORY.read_bytes())
    for path in sorted((DATA / "phrasebook").glob("*")):
        digest.update(path.read_bytes())
    for name, cases in samples.items():
        for case in cases:
            names = ["|".join(item.name(language) for language in LANGUAGES) for item in (*case.basket, *case.added)]
            digest.update(f"{name}: {'; '.join(names)}\n".encode())
    return digest.hexdigest()[:HASH_DIGITS]
