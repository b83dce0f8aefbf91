"""What the bundled T5's answers cost."""

from __future__ import annotations

import copy
from typing import Any

from benchmarks.shapes import agreement
from benchmarks.timing import seconds
from recommender import routes
from recommender.explain import explain, leave_one_out
from recommender.shop.catalog import Catalog
from recommender.t5.prompt import build_prompt
from recommender.t5.quantise import quantise
from recommender.t5.scorer import Checkpoint

BASKET = 6  # items


def bundled(checkpoint: Checkpoint, shop: Catalog, rounds: int) -> dict[str, Any]:
    """A ranking alone, and one with its explanation, for the shop's first six items; and what int8 would make of it."""
    question = routes.build_question("direct", shop.items[:BASKET], shop, "en")
    names = question.candidate_names
    prompts = [question.prompt, *leave_one_out(question)]
    found = seconds(
        {
            "ranking": lambda: checkpoint.log_likelihoods([question.prompt], names),
            "explanation": lambda: explain(question, checkpoint.log_likelihoods(prompts, names)),
        },
        rounds,
    )
    return {
        "ranking_ms": 1000 * found["ranking"],
        "explanation_ms": 1000 * found["explanation"],
        "explanation_to_ranking": found["explanation"] / found["ranking"],
        "int8": int8_agreement(checkpoint, shop),
    }


def int8_agreement(checkpoint: Checkpoint, shop: Catalog) -> dict[str, float]:
    """How alike the rankings in int8 and in float32 are, over every basket of two neighbours on the shelf."""
    coarse = Checkpoint(quantise(copy.deepcopy(checkpoint.model)), checkpoint.tokenizer, "int8")
    names = [item.name("en") for item in shop]
    prompts = [build_prompt(names[n : n + 2], names[:n] + names[n + 2 :]) for n in range(len(names) - 1)]
    return agreement(*(one.log_likelihoods(prompts, names) for one in (checkpoint, coarse)))
