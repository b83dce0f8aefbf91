"""Measure the cost of answers: of the bundled T5, and of T5s of other shapes with random weights."""

from __future__ import annotations

import copy
import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import torch
from transformers import PreTrainedTokenizerBase, T5Config, T5ForConditionalGeneration

from benchmarks.schema import Agreement, BundledCost, Int8Cost, ShapeCost
from recommender import routes
from recommender.compare import kendall_tau
from recommender.explain import explain, leave_one_out
from recommender.shop.catalog import Catalog
from recommender.t5.prompt import build_prompt
from recommender.t5.quantise import quantise
from recommender.t5.scorer import Checkpoint, hash_weights

BASKET = 6  # items
GREEDY_TOKENS = 8
# the sizes of the published t5-small and t5-large (Raffel et al. 2020, arXiv 1910.10683)
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "t5-small": {"d_model": 512, "d_kv": 64, "d_ff": 2048, "num_layers": 6, "num_heads": 8},
    "t5-large": {"d_model": 1024, "d_kv": 64, "d_ff": 4096, "num_layers": 24, "num_heads": 16},
}
VOCABULARY = 32128
# The bundled tokenizer needs about as many tokens for the Arabic names as T5's own for the English ones.
LANGUAGE = "ar"
PACKAGES = ("torch", "transformers", "tokenizers", "gradio")


def time_tasks(tasks: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median wall-clock seconds of each task.

    The tasks take turns, so that other load on the machine affects all of them. The first round is a warm-up and does
    not count.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(1 + rounds):
        for name, task in tasks.items():
            started = time.perf_counter()
            task()
            if turn:
                times[name].append(time.perf_counter() - started)
    return {name: median(found) for name, found in times.items()}


def describe_run() -> str:
    """Return date, bundled weights, versions, threads and processor in one line, as the signature of a measurement."""
    versions = "|".join(f"{package}:{version(package)}" for package in PACKAGES)
    return (
        f"date:{date.today().isoformat()}|weights:{hash_weights(Checkpoint.load())}|python:{platform.python_version()}|{versions}|threads:{torch.get_num_threads()}"
        f"|processor:{_find_processor()}|cores:{os.cpu_count()}|int8:{torch.backends.quantized.engine}"
    )


def _find_processor() -> str:
    """Return the processor's name, which Linux has in a file only."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def measure_bundled(checkpoint: Checkpoint, shop: Catalog, rounds: int) -> BundledCost:
    """Measure a ranking and its explanation for the shop's first six items, and compare int8 with float32."""
    question = routes.build_question("direct", shop.items[:BASKET], shop, "en")
    names = question.candidate_names
    first = checkpoint.log_likelihoods([question.prompt], names)

    def explain_pick() -> None:
        scores = torch.cat([first, checkpoint.log_likelihoods(leave_one_out(question), names)])
        explain(question, scores, scores.softmax(-1))

    found = time_tasks(
        {
            "ranking": lambda: checkpoint.log_likelihoods([question.prompt], names),
            "explanation": explain_pick,
        },
        rounds,
    )
    return BundledCost(
        ranking_ms=1000 * found["ranking"],
        explanation_ms=1000 * found["explanation"],
        explanation_to_ranking=found["explanation"] / found["ranking"],
        int8=measure_agreement(*score_in_both(checkpoint, shop)),
    )


def score_in_both(checkpoint: Checkpoint, shop: Catalog) -> tuple[torch.Tensor, torch.Tensor]:
    """Score all baskets of two consecutive items in float32 and in int8, each of shape (baskets, products)."""
    int8 = Checkpoint(quantise(copy.deepcopy(checkpoint.model)), checkpoint.tokenizer, "int8")
    names = [item.name("en") for item in shop]
    prompts = [build_prompt(names[n : n + 2], names[:n] + names[n + 2 :]) for n in range(len(names) - 1)]
    return checkpoint.log_likelihoods(prompts, names), int8.log_likelihoods(prompts, names)


def build_random_t5(shape: str, tokenizer: PreTrainedTokenizerBase) -> Checkpoint:
    """Return a T5 of this shape with random weights.

    :param shape: a key of :data:`SHAPES`.
    """
    torch.manual_seed(0)
    settings = {"vocab_size": VOCABULARY, "decoder_start_token_id": 0, **SHAPES[shape]}
    config = T5Config(**settings)
    return Checkpoint(T5ForConditionalGeneration(config), tokenizer, shape)


@dataclass(frozen=True)
class Questions:
    """Prompts with one owned item each, and the candidates that they share."""

    prompts: tuple[str, ...]
    candidates: tuple[str, ...]

    @classmethod
    def build(cls, shop: Catalog, owned: Sequence[int] = (0,)) -> Questions:
        """Return a prompt for each item of ``owned``, given by index; the candidates are the other items."""
        names = [item.name(LANGUAGE) for item in shop]
        left = [name for n, name in enumerate(names) if n not in owned]
        return cls(tuple(build_prompt([names[n]], left, LANGUAGE) for n in owned), tuple(left))


def measure_shape(checkpoint: Checkpoint, shop: Catalog, rounds: int) -> ShapeCost:
    """Compare the time of a ranking with those of greedy generation and of naive scoring, in float32 and in int8.

    Afterwards the checkpoint is in int8, since two copies of T5-large would take 6 GB.
    """
    one = Questions.build(shop)
    several = Questions.build(shop, range(0, len(shop), 6))
    tasks = {"ranking": lambda: rank(checkpoint, one), "greedy": lambda: generate_greedily(checkpoint, one)}
    float32 = time_tasks({**tasks, "naive": lambda: rank_naively(checkpoint, one)}, rounds)
    scores, size = rank(checkpoint, several), _weights_mb(checkpoint)
    parameters = checkpoint.model.num_parameters()
    quantise(checkpoint.model)
    int8 = time_tasks(tasks, rounds)
    return ShapeCost(
        shape=checkpoint.name,
        parameters=parameters,
        prompt_tokens=checkpoint.count_tokens(one.prompts[0]),
        candidates=len(one.candidates),
        seconds=float32,
        ranking_to_greedy=float32["ranking"] / float32["greedy"],
        ranking_to_naive=float32["ranking"] / float32["naive"],
        int8=Int8Cost(
            seconds=int8,
            speedup=(float32["ranking"] + float32["greedy"]) / (int8["ranking"] + int8["greedy"]),
            ranking_speedup=float32["ranking"] / int8["ranking"],
            weights_mb=_weights_mb(checkpoint),
            weights_to_float32=_weights_mb(checkpoint) / size,
            **dict(measure_agreement(scores, rank(checkpoint, several))),
        ),
    )


def rank(checkpoint: Checkpoint, questions: Questions) -> torch.Tensor:
    """Return the log-likelihood of every candidate, shape (P, C)."""
    return checkpoint.log_likelihoods(questions.prompts, questions.candidates)


@torch.inference_mode()
def generate_greedily(checkpoint: Checkpoint, questions: Questions) -> torch.Tensor:
    """Generate exactly :data:`GREEDY_TOKENS` tokens for the first prompt."""
    source = checkpoint.tokenizer(questions.prompts[0], return_tensors="pt")
    written: torch.Tensor = checkpoint.model.generate(
        **source, min_new_tokens=GREEDY_TOKENS, max_new_tokens=GREEDY_TOKENS, do_sample=False, num_beams=1
    )
    return written


@torch.inference_mode()
def rank_naively(checkpoint: Checkpoint, questions: Questions) -> torch.Tensor:
    """Return the result of :func:`rank` for the first prompt, by one batch with a full forward pass per candidate."""
    source = checkpoint.tokenizer([questions.prompts[0]] * len(questions.candidates), return_tensors="pt")
    names = checkpoint.tokenizer(list(questions.candidates), return_tensors="pt", padding=True)
    shifted = checkpoint.model.prepare_decoder_input_ids_from_labels(labels=names["input_ids"])
    logits = checkpoint.model(**source, decoder_input_ids=shifted).logits  # (C, T, V)
    of_token = logits.log_softmax(-1).gather(-1, names["input_ids"].unsqueeze(-1)).squeeze(-1)  # (C, T)
    found: torch.Tensor = of_token.masked_fill(~names["attention_mask"].bool(), 0).sum(-1)[None]
    return found


def measure_agreement(a: torch.Tensor, b: torch.Tensor) -> Agreement:
    """Measure the agreement of two rankings of the same prompts, each of shape (P, C)."""

    def order(scores: torch.Tensor) -> list[str]:
        return [str(i) for i in scores.argsort(descending=True).tolist()]

    taus = [kendall_tau(order(one), order(other)) for one, other in zip(a, b, strict=True)]
    return Agreement(same_pick=float((a.argmax(-1) == b.argmax(-1)).float().mean()), kendall_tau=sum(taus) / len(taus))


def _weights_mb(checkpoint: Checkpoint) -> float:
    """Return the size of the weights in megabytes; shared weights count once."""
    size = sum(weights.nbytes for weights in checkpoint.model.parameters())
    for module in checkpoint.model.modules():
        if isinstance(module, torch.ao.nn.quantized.dynamic.Linear):
            size += module.weight().nbytes
    return float(size) / 1e6
