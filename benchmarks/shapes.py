"""What a T5 of some shape costs, whatever it has learned: its weights are random."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase, T5Config, T5ForConditionalGeneration

from benchmarks.timing import seconds
from recommender.compare import kendall_tau
from recommender.shop.catalog import Catalog
from recommender.t5.prompt import build_prompt
from recommender.t5.quantise import quantise
from recommender.t5.scorer import Checkpoint

GREEDY_TOKENS = 8
# Raffel et al. 2020, arXiv 1910.10683; the sizes of the published t5-small and t5-large
SHAPES: Mapping[str, Mapping[str, int]] = {
    "t5-small": {"d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_heads": 8},
    "t5-large": {"d_model": 1024, "d_kv": 64, "d_ff": 4096, "num_layers": 24, "num_heads": 16},
}
VOCABULARY = 32128
# The bundled tokenizer cuts the Arabic shelf into about as many pieces as T5's own cuts the English one.
LANGUAGE = "ar"


def random_t5(shape: str, tokenizer: PreTrainedTokenizerBase, seed: int = 0) -> Checkpoint:
    """A T5 of this shape that has learned nothing.

    :param shape: a key of :data:`SHAPES`.
    """
    torch.manual_seed(seed)
    config = T5Config(vocab_size=VOCABULARY, decoder_start_token_id=0, **SHAPES[shape])
    return Checkpoint(T5ForConditionalGeneration(config), tokenizer, shape)


@dataclass(frozen=True)
class Shelf:
    """The whole shop's question: one item owned, 34 candidates."""

    prompts: tuple[str, ...]
    candidates: tuple[str, ...]

    @classmethod
    def of(cls, shop: Catalog, owned: Sequence[int] = (0,)) -> Shelf:
        """The candidates that are left by all of ``owned``, and a prompt for each of them."""
        names = [item.name(LANGUAGE) for item in shop]
        left = [name for n, name in enumerate(names) if n not in owned]
        return cls(tuple(build_prompt([names[n]], left, LANGUAGE) for n in owned), tuple(left))


def cost(checkpoint: Checkpoint, shop: Catalog, rounds: int) -> dict[str, Any]:
    """Ranking against greedy generation and against scoring naively, then all in int8.

    The checkpoint is in int8 afterwards: two copies of T5-large would be 6 GB.
    """
    shelf = Shelf.of(shop)
    several = Shelf.of(shop, range(0, len(shop), 6))
    tasks = {"ranking": lambda: rank(checkpoint, shelf), "greedy": lambda: greedy(checkpoint, shelf)}
    float32 = seconds({**tasks, "naive": lambda: naive(checkpoint, shelf)}, rounds)
    scores, size = rank(checkpoint, several), _megabytes(checkpoint)
    parameters = checkpoint.model.num_parameters()
    quantise(checkpoint.model)
    int8 = seconds(tasks, rounds)
    return {
        "shape": checkpoint.name,
        "parameters": parameters,
        "prompt_tokens": len(checkpoint.tokenizer(shelf.prompts[0])["input_ids"]),
        "candidates": len(shelf.candidates),
        "seconds": float32,
        "ranking_to_greedy": float32["ranking"] / float32["greedy"],
        "ranking_to_naive": float32["ranking"] / float32["naive"],
        "int8": {
            "seconds": int8,
            # an answer is a ranking and a raw generation
            "speedup": (float32["ranking"] + float32["greedy"]) / (int8["ranking"] + int8["greedy"]),
            "ranking_speedup": float32["ranking"] / int8["ranking"],
            "weights_mb": _megabytes(checkpoint),
            "weights_to_float32": _megabytes(checkpoint) / size,
            **agreement(scores, rank(checkpoint, several)),
        },
    }


def rank(checkpoint: Checkpoint, shelf: Shelf) -> torch.Tensor:
    """Every candidate's log-likelihood, shape (P, C)."""
    return checkpoint.log_likelihoods(shelf.prompts, shelf.candidates)


@torch.inference_mode()
def greedy(checkpoint: Checkpoint, shelf: Shelf) -> torch.Tensor:
    """:data:`GREEDY_TOKENS` tokens written after the first prompt, never fewer."""
    source = checkpoint.tokenizer(shelf.prompts[0], return_tensors="pt")
    written: torch.Tensor = checkpoint.model.generate(
        **source, min_new_tokens=GREEDY_TOKENS, max_new_tokens=GREEDY_TOKENS, do_sample=False, num_beams=1
    )
    return written


@torch.inference_mode()
def naive(checkpoint: Checkpoint, shelf: Shelf) -> torch.Tensor:
    """As :func:`rank` for the first prompt, by a whole forward pass for every candidate, all in one batch."""
    source = checkpoint.tokenizer([shelf.prompts[0]] * len(shelf.candidates), return_tensors="pt")
    names = checkpoint.tokenizer(list(shelf.candidates), return_tensors="pt", padding=True)
    shifted = checkpoint.model.prepare_decoder_input_ids_from_labels(labels=names["input_ids"])
    logits = checkpoint.model(**source, decoder_input_ids=shifted).logits  # (C, T, V)
    of_token = logits.log_softmax(-1).gather(-1, names["input_ids"].unsqueeze(-1)).squeeze(-1)  # (C, T)
    return of_token.masked_fill(~names["attention_mask"].bool(), 0).sum(-1)[None]


def agreement(a: torch.Tensor, b: torch.Tensor) -> dict[str, float]:
    """How alike two rankings of the same prompts are, each shape (P, C)."""

    def order(scores: torch.Tensor) -> list[str]:
        return [str(i) for i in scores.argsort(descending=True).tolist()]

    taus = [kendall_tau(order(one), order(other)) for one, other in zip(a, b, strict=True)]
    return {"same_pick": float((a.argmax(-1) == b.argmax(-1)).float().mean()), "kendall_tau": sum(taus) / len(taus)}


def _megabytes(checkpoint: Checkpoint) -> float:
    """Of the weights, shared ones counted once."""
    packed = (m.weight() for m in checkpoint.model.modules() if isinstance(m, torch.ao.nn.quantized.dynamic.Linear))
    return sum(weights.nbytes for weights in (*checkpoint.model.parameters(), *packed)) / 1e6
