"""Run the whole evaluation: every checkpoint and the baselines on the same baskets, with signatures."""

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
from .baselines import TRAINING_SHOPPERS, build_id_baselines, build_name_baselines
from .measures import NEW, Measures, compare
from .samples import Samples, draw_samples, list_languages
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
HASH_DIGITS = 12  # hexadecimal digits of a SHA-256 in a signature
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

    :param baskets: number to draw for each sample.
    :param command: the command line that the report shows.
    :param looks: earlier evaluations on the test set.
    """
    started = time.monotonic()
    samples = draw_samples(shop, baskets, seed)
    data = f"data:{hash_data(samples)}|seed:{seed}|baskets:{baskets}|{list_versions()}"
    baselines = _measure_baselines(samples, shop, seed)
    results = tuple(_measure(c, shop, samples, baselines, seed, data) for c in checkpoints)
    date = datetime.now(UTC).date().isoformat()
    weights = tuple(map(hash_weights, checkpoints))
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
        baselines=BaselineResults(training_shoppers=TRAINING_SHOPPERS, rows=baselines),
        fidelity=_measure_fidelity(shop),
        looks=(*looks, Look(date=date, weights=weights, seed=seed, baskets=baskets)),
        limits=LIMITS,
    )


def _measure(
    checkpoint: Checkpoint,
    shop: Catalog,
    samples: Samples,
    baselines: tuple[ComparisonRow, ...],
    seed: int,
    data: str,
) -> CheckpointResult:
    measures = Measures(Recommender(shop, CachedScorer(checkpoint)), samples, seed, baselines)
    comparison = measures.comparison()
    return CheckpointResult(
        name=checkpoint.name,
        parameters=checkpoint.model.num_parameters(),
        signature=f"checkpoint:{checkpoint.name}|weights:{hash_weights(checkpoint)}|{data}",
        sections=measures.sections(),
        comparison=comparison,
        baseline_wins=tuple(_find_wins(comparison, baselines)),
        misplaced=measures.misplaced(),
        routes=measures.routes(),
        probabilities={language: measures.probabilities(language) for language in measures.languages},
    )


def _measure_baselines(samples: Samples, shop: Catalog, seed: int) -> tuple[ComparisonRow, ...]:
    """Return every baseline's metrics on the samples that it can rank: those on ids cannot rank a new product."""
    on_ids = build_id_baselines(shop, seed)
    on_names = {language: build_name_baselines(shop, language) for language in LANGUAGES}
    rows = []
    for sample in COMPARED:
        cases = getattr(samples, sample)
        rankings: dict[str, list[tuple[Case, list[str]]]] = {}
        for case in cases:
            by_names = [ranker for language in list_languages(case, LANGUAGES) for ranker in on_names[language]]
            for ranker in [*(() if sample in NEW else on_ids), *by_names]:
                ranking = [item.id for item in ranker.rank(case.basket, case.candidates(shop))]
                rankings.setdefault(ranker.name, []).append((case, ranking))
        rows += [compare(name, sample, ranked, shop, seed) for name, ranked in rankings.items()]
    return tuple(rows)


def _find_wins(t5: Sequence[ComparisonRow], baselines: Sequence[ComparisonRow]) -> list[BaselineWin]:
    """Return every sample and metric on which a baseline is better than the T5; the true probabilities do not count."""
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


def _measure_fidelity(shop: Catalog) -> tuple[FidelityRow, ...]:
    phrasebook = translation.get_translator("phrasebook")
    return tuple(
        FidelityRow.model_validate(measure_route(shop, phrasebook, language, route).as_dict())
        for language in LANGUAGES
        for route in Route
    )


# Every table has a signature from which it can be reproduced, as in sacreBLEU (Post 2018, arXiv 1804.08771).


def list_versions() -> str:
    """Return Python's version and those of the packages that compute the figures."""
    return "|".join([f"python:{platform.python_version()}", *(f"{name}:{version(name)}" for name in PACKAGES)])


def hash_weights(checkpoint: Checkpoint) -> str:
    """Return a hash of the names and values of all parameters."""
    digest = hashlib.sha256()
    for name, tensor in sorted(checkpoint.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:HASH_DIGITS]


def hash_data(samples: Samples) -> str:
    """Return a hash of the inventory, the phrasebooks and every basket of the samples."""
    digest = hashlib.sha256(INVENTORY.read_bytes())
    for path in sorted((DATA / "phrasebook").glob("*")):
        digest.update(path.read_bytes())
    for name, cases in samples.items():
        for case in cases:
            names = ["|".join(item.name(language) for language in LANGUAGES) for item in (*case.basket, *case.added)]
            digest.update(f"{name}: {'; '.join(names)}\n".encode())
    return digest.hexdigest()[:HASH_DIGITS]
