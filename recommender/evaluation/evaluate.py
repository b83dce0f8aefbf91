"""Run the whole evaluation: every checkpoint and the baselines on the same baskets.

Every table has a signature from which it can be reproduced; the idea is sacreBLEU's (Post 2018, arXiv 1804.08771).
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from .. import translation
from ..compare import measure_route
from ..recommender import Recommender
from ..routes import Route
from ..shop.catalog import Catalog
from ..shop.language import LANGUAGES
from ..shop.paths import DATA, INVENTORY
from ..t5.scorer import HASH_DIGITS, Checkpoint, hash_weights
from ..t5.source import BUNDLED, BUNDLED_NAME
from ..training.cases import Case
from ..training.model_card import LEAKED
from .answers import CachedScorer
from .baselines import (
    TRAINING_SHOPPERS,
    Ranker,
    Trigrams,
    TrigramsOfAnyLanguage,
    build_id_baselines,
    build_name_baselines,
)
from .measures import NEW, Measures, compare, is_placed
from .samples import Samples, draw_samples, get_truth, list_languages
from .schema import (
    COMPARED,
    DIGITS,
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

Rankers = list[tuple[str | None, Ranker]]  # each with the language whose names it reads
Rankings = list[tuple[Case, list[str]]]
PACKAGES = ("torch", "transformers", "torchmetrics", "scipy", "scikit-learn")  # they compute the figures
LIMITS = (
    "The shoppers are synthetic: figures say how well a recommender has learned how they choose, not how well it would "
    "sell.",
    "The shop has few distinct baskets of one habit, so draws repeat; intervals resample distinct baskets, not draws.",
    "An interval of zero width says that no drawn basket failed, not that none can: after n distinct baskets without a "
    "failure, a failure rate of up to 3/n is not excluded (rule of three, Hanley & Lippman-Hand 1983).",
    "Popularity, item-kNN, EASE and the MLP saw purchases of the same synthetic shoppers; they and the rule know of "
    "an added product nothing at all, so they are not measured on newcomers. The rule and the true probabilities are "
    "given an item's sport and kind, which the T5 has to read from its name, and what people buy first.",
    "One item alone is no test: there are too few to hold any back, and training knows them.",
    "For newcomers, what is held out is the name, not the basket: names for gear, brands, colours and sizes, some of "
    "the everyday names of sports and, in one sample, the sport. Of the names that a person wrote, nothing is: "
    "training makes some of them, too.",
)
MORE_LEARNED = (
    "The bundled T5 learned from more: {prompts}prompts, each with the exact probability of every candidate, while "
    f"the baselines that learn had {TRAINING_SHOPPERS:,} single purchases."
)


def list_limits(checkpoints: Collection[str]) -> tuple[str, ...]:
    """Return what the results of these checkpoints do not say.

    The summary of the bundled T5's training may have ``all_prompts``, the number of those that it has met, added up
    by hand over its trainings.
    """
    if BUNDLED_NAME not in checkpoints:
        return LIMITS
    summary = json.loads((BUNDLED / "training.json").read_text("utf-8"))
    prompts = f"about {round(summary['all_prompts'], -5):,} " if "all_prompts" in summary else ""
    leaked = () if summary["base"] == "nothing" else (LEAKED,)
    return (*LIMITS, MORE_LEARNED.format(prompts=prompts), *leaked)


def evaluate(
    checkpoints: Sequence[Checkpoint], shop: Catalog, baskets: int, seed: int, command: str, looks: Sequence[Look] = ()
) -> Evaluation:
    """Measure every checkpoint and the baselines on the same samples.

    :param baskets: number to draw for each sample.
    :param command: the command line that the report shows.
    :param looks: earlier evaluations on the test set.
    """
    started = time.monotonic()
    limits = list_limits([checkpoint.name for checkpoint in checkpoints])
    samples = draw_samples(shop, baskets, seed)
    data = f"data:{hash_data(samples, shop)}|seed:{seed}|baskets:{baskets}|{list_versions()}"
    baselines = Baselines.rank(samples, shop, seed)
    weights = tuple(map(hash_weights, checkpoints))
    results = tuple(
        _measure(checkpoint, samples, baselines, f"checkpoint:{checkpoint.name}|weights:{hashed}|{data}")
        for checkpoint, hashed in zip(checkpoints, weights, strict=True)
    )
    read = {language for checkpoint in checkpoints for language in checkpoint.prompt_format.languages}
    date = datetime.now(UTC).date().isoformat()
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
        baselines=BaselineResults(training_shoppers=TRAINING_SHOPPERS, rows=baselines.compare(read)),
        fidelity=_measure_fidelity(shop),
        looks=(*looks, Look(date=date, weights=weights, seed=seed, baskets=baskets)),
        limits=limits,
    )


@dataclass(frozen=True)
class Baselines:
    """The rankings by every baseline of the samples that it can rank: those on ids cannot rank a new product.

    :ivar rankings: cases and their rankings of item ids, by sample, baseline and language; the language is None for
        baselines that read no names.
    """

    shop: Catalog
    seed: int
    rankings: dict[tuple[str, str, str | None], Rankings]

    @classmethod
    def rank(cls, samples: Samples, shop: Catalog, seed: int) -> Baselines:
        """Have every baseline rank the samples."""
        on_ids: Rankers = [(None, ranker) for ranker in build_id_baselines(shop, seed)]
        on_names: Rankers = [(code, ranker) for code in LANGUAGES for ranker in build_name_baselines(shop, code)]
        on_newcomers: Rankers = [(code, TrigramsOfAnyLanguage(code, shop)) for code in LANGUAGES]
        rankings: dict[tuple[str, str, str | None], Rankings] = {}
        for sample in COMPARED:
            for case in getattr(samples, sample):
                asked = list_languages(case)
                for language, ranker in [*(on_newcomers if sample in NEW else on_ids), *on_names]:
                    if language is None or language in asked:
                        ranking = [item.id for item in ranker.rank(case.basket, case.candidates(shop))]
                        rankings.setdefault((sample, ranker.name, language), []).append((case, ranking))
        return cls(shop, seed, rankings)

    def compare(self, languages: Collection[str]) -> tuple[ComparisonRow, ...]:
        """Return the metrics of every baseline and sample, as means over these languages."""
        pooled: dict[tuple[str, str], Rankings] = {}
        for (sample, name, language), ranked in self.rankings.items():
            if language is None or language in languages:
                pooled.setdefault((sample, name), []).extend(ranked)
        return tuple(compare(name, sample, ranked, self.shop, self.seed) for (sample, name), ranked in pooled.items())

    def place_by_trigrams(self) -> dict[tuple[str, str], float]:
        """Return the share of the added products that the better trigrams place, by sample and language."""
        placed: dict[tuple[str, str], float] = {}
        for (sample, name, language), ranked in self.rankings.items():
            if language and name in (Trigrams.name, TrigramsOfAnyLanguage.name) and sample in NEW:
                share = round(sum(is_placed(*each, self.shop) for each in ranked) / len(ranked), DIGITS)
                placed[sample, language] = max(share, placed.get((sample, language), 0.0))
        return placed


def _measure(checkpoint: Checkpoint, samples: Samples, baselines: Baselines, signature: str) -> CheckpointResult:
    recommender = Recommender(baselines.shop, CachedScorer(checkpoint))
    measures = Measures(recommender, samples, baselines.seed, baselines.place_by_trigrams())
    comparison = measures.comparison()
    return CheckpointResult(
        name=checkpoint.name,
        parameters=checkpoint.model.num_parameters(),
        signature=signature,
        sections=measures.sections(),
        comparison=comparison,
        baseline_wins=tuple(_find_wins(comparison, baselines.compare(measures.languages))),
        misplaced=measures.misplaced(),
        routes=measures.routes(),
        probabilities={language: measures.probabilities(language) for language in measures.languages},
    )


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


def list_versions() -> str:
    """Return the versions of Python and of ``PACKAGES``."""
    return "|".join([f"python:{platform.python_version()}", *(f"{name}:{version(name)}" for name in PACKAGES)])


def hash_data(samples: Samples, shop: Catalog) -> str:
    """Return a hash of inventory, phrasebooks, and every basket of the samples with its true utilities."""
    digest = hashlib.sha256(INVENTORY.read_bytes())
    for path in sorted((DATA / "phrasebook").glob("*.csv")):
        digest.update(path.read_bytes())
    for name, cases in samples.items():
        for case in cases:
            names = ["|".join(item.name(language) for language in LANGUAGES) for item in (*case.basket, *case.added)]
            utilities = [f"{value:.6f}" for value in get_truth(case, shop).utilities.values()]
            digest.update(f"{name}: {'; '.join(names)}: {' '.join(utilities)}\n".encode())
    return digest.hexdigest()[:HASH_DIGITS]
