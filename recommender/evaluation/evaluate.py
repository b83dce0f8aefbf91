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
from ..shop.catalog import DATA, INVENTORY, LANGUAGES, PROMPT_LANGUAGES, Catalog
from ..t5.scorer import Checkpoint
from .answers import CachedScorer
from .baselines import TRAINING_SHOPPERS, baseline_rows, baseline_wins, baselines
from .measures import Measures
from .samples import Samples, draw
from .schema import BaselineResults, CheckpointResult, ComparisonRow, Evaluation, FidelityRow, SampleSize

PACKAGES = ("torch", "transformers", "torchmetrics", "scipy")
HASH_DIGITS = 12  # hexadecimal digits of a SHA-256 that are shown
LIMITS = (
    "The shoppers are synthetic: figures say how well a recommender has learned two habits seen in the 2023 data, "
    "not how well it would sell.",
    "The shop has few distinct baskets of one habit, so draws repeat; intervals resample distinct baskets, not draws.",
    "An interval of zero width says that no drawn basket failed, not that none can: after n distinct baskets without a "
    "failure, a failure rate of up to 3/n is not excluded (rule of three, Hanley & Lippman-Hand 1983).",
    "Item-kNN and popularity saw whole purchases of the same synthetic shoppers, without their order, and know of an "
    "added product nothing at all; the baselines by sport know an item's sport from the inventory, which the T5 does "
    "not.",
    "A product that is added has one name in every language: the one the shopper typed.",
)


def evaluate(checkpoints: Sequence[Checkpoint], shop: Catalog, baskets: int, seed: int, command: str) -> Evaluation:
    """Measure every checkpoint and the baselines on the same samples.

    :param baskets: how many to draw of each sort.
    :param command: what the report says it was written by.
    """
    started = time.monotonic()
    samples = draw(shop, baskets, seed)
    data = f"data:{data_hash(samples)}|seed:{seed}|baskets:{baskets}|{versions()}"
    of_baselines = baseline_rows(baselines(shop, seed), samples, shop, seed)
    results = tuple(_measure(c, shop, samples, of_baselines, seed, data) for c in checkpoints)
    return Evaluation(
        date=datetime.now(UTC).date().isoformat(),
        command=command,
        seconds=round(time.monotonic() - started),
        seed=seed,
        baskets=baskets,
        inventory=tuple(item.id for item in shop),
        signature=data,
        samples={name: SampleSize(draws=len(c), distinct=len(set(c))) for name, c in vars(samples).items()},
        checkpoints=results,
        baselines=BaselineResults(training_shoppers=TRAINING_SHOPPERS, rows=tuple(of_baselines)),
        fidelity=_fidelity(shop),
        collaborative=None,
        limits=LIMITS,
    )


def _measure(
    checkpoint: Checkpoint, shop: Catalog, samples: Samples, of_baselines: list[ComparisonRow], seed: int, data: str
) -> CheckpointResult:
    measures = Measures(Recommender(shop, CachedScorer(checkpoint)), samples, seed)
    comparison = measures.comparison()
    return CheckpointResult(
        name=checkpoint.name,
        parameters=checkpoint.model.num_parameters(),
        signature=f"checkpoint:{checkpoint.name}|weights:{weights_hash(checkpoint)}|{data}",
        sections=measures.sections(),
        comparison=comparison,
        baseline_wins=tuple(baseline_wins(comparison, of_baselines)),
        routes=measures.routes(),
        reliability={language: measures.reliability(language) for language in PROMPT_LANGUAGES},
    )


def _fidelity(shop: Catalog) -> tuple[FidelityRow, ...]:
    phrasebook = translation.get_translator("phrasebook")
    return tuple(
        FidelityRow.model_validate(measure_route(shop, phrasebook, language, route).as_dict())
        for language in LANGUAGES
        for route in Route
        if route != "native" or language in PROMPT_LANGUAGES
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
    for name, cases in vars(samples).items():
        for case in cases:
            names = [f"{item.name('en')}|{item.name('ar')}" for item in (*case.basket, *case.added)]
            digest.update(f"{name}: {'; '.join(names)} -> {case.target}\n".encode())
    return digest.hexdigest()[:HASH_DIGITS]
