"""The measured results as one JSON document: what ``data/evaluation.json`` holds and the page reads.

date, command, seconds   when, by what, and how long it took
seed, baskets            as asked for
inventory[]              ids of the shop's products
signature                of what needs no T5
samples                  per sample: draws, and distinct baskets among them
checkpoints[]            name, parameters, signature, sections[] {id, title, rows[]}, comparison[], baseline_wins[],
                         routes[], reliability {language: [{confidence, accuracy, draws}]}
  rows[]                 measure, language, value, low, high, bar, pass, draws, distinct, unit, lower_is_better
  comparison[]           recommender, language, sample, metrics {name: {value, low, high}}, coverage, gini
  routes[]               language, route, metrics, same_pick, lost_in, lost_out
baselines                training_shoppers, rows[] like comparison[]
fidelity[]               language, route, total, kept, losses[] {step, item, text_in, text_out, means, sport_changed,
                         reason, verdict}: every item there and back by the phrasebook, without a T5
collaborative            the experiment on collaborative filtering, or null where it was not run
limits[]                 what these figures do not say

Shares lie between 0 and 1; low and high are the ends of a 95 % interval; null means not measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from .. import translation
from ..compare import fidelity
from ..recommender import Recommender
from ..routes import Route
from ..shop.catalog import LANGUAGES, PROMPT_LANGUAGES, Catalog
from ..t5.scorer import Checkpoint
from .answers import CachedScorer
from .baselines import TRAINING_SHOPPERS, baselines
from .comparison import Compared, baseline_rows, baseline_wins, checkpoint_rows, route_rows
from .quality import Quality
from .samples import Samples, draw
from .signature import Signature, data_hash, weights_hash

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


def evaluate(checkpoints: Sequence[Checkpoint], baskets: int, seed: int) -> dict[str, Any]:
    """Measure every checkpoint and the baselines on the same samples."""
    shop = Catalog.load()
    samples = draw(shop, baskets, seed)
    of_baselines = baseline_rows(baselines(shop, seed), samples, shop, seed)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "seed": seed,
        "baskets": baskets,
        "inventory": [item.id for item in shop],
        "signature": str(Signature(data_hash(samples), seed, baskets)),
        "samples": {name: {"draws": len(cases), "distinct": len(set(cases))} for name, cases in vars(samples).items()},
        "checkpoints": [_measured(c, shop, samples, of_baselines, baskets, seed) for c in checkpoints],
        "baselines": {"training_shoppers": TRAINING_SHOPPERS, "rows": [row.as_dict() for row in of_baselines]},
        "fidelity": _fidelity(shop),
        "collaborative": None,
        "limits": list(LIMITS),
    }


def _measured(
    checkpoint: Checkpoint, shop: Catalog, samples: Samples, of_baselines: list[Compared], baskets: int, seed: int
) -> dict[str, Any]:
    quality = Quality(Recommender(shop, CachedScorer(checkpoint)), samples, seed)
    compared = checkpoint_rows(quality)
    signature = Signature(data_hash(samples), seed, baskets, checkpoint.name, weights_hash(checkpoint))
    return {
        "name": checkpoint.name,
        "parameters": checkpoint.model.num_parameters(),
        "signature": str(signature),
        "sections": [
            {"id": section.id, "title": section.title, "rows": [row.as_dict() for row in section.rows]}
            for section in quality.sections()
        ],
        "comparison": [row.as_dict() for row in compared],
        "baseline_wins": baseline_wins(compared, of_baselines),
        "routes": [row.as_dict() for row in route_rows(quality)],
        "reliability": {language: quality.reliability(language) for language in ("en", "ar")},
    }


def _fidelity(shop: Catalog) -> list[dict[str, Any]]:
    phrasebook = translation.get("phrasebook")
    found = [
        fidelity(shop, phrasebook, language, route)
        for language in LANGUAGES
        for route in Route
        if route != "native" or language in PROMPT_LANGUAGES
    ]
    return [f.as_dict() for f in found]


def rounded(value: Any, digits: int = 4) -> Any:
    """``value`` with every number in it rounded: more digits would pretend to a precision that is not there."""
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, dict):
        return {key: rounded(inner, digits) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(inner, digits) for inner in value]
    return value
