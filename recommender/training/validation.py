"""Validation: measure the T5 on held-out cases whenever a checkpoint is saved, and after the training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import torch
from tqdm import tqdm
from transformers import (
    PreTrainedModel,
    PreTrainedTokenizerBase,
    T5ForConditionalGeneration,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
)

from ..shop.catalog import Catalog
from ..shop.language import LANGUAGES
from ..t5.scorer import Checkpoint
from .cases import (
    BASKETS,
    Case,
    draw_basket_cases,
    draw_foreign_cases,
    draw_new_sport_cases,
    draw_newcomer_cases,
    draw_variant_cases,
    list_one_item_cases,
)
from .fine_tuning import Purchase
from .listwise import collate, divergence, encode

BATCH = 32


class Validation(TrainerCallback, ABC):
    """Measures the T5 and prints the figures whenever a checkpoint is saved."""

    figure: str  # the name of the measure

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Measure, on the main process only."""
        if state.is_world_process_zero:
            model = kwargs["model"]
            found = self.validate(model, kwargs["processing_class"])
            model.train()
            figures = ", ".join(f"{sort} {value:.3f}" for sort, value in found.items())
            tqdm.write(f"step {state.global_step}: {self.figure}: {figures}")

    @torch.no_grad()
    def validate(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, float]:
        """Switch the model to evaluation, and return its figures."""
        return self.measure(model.eval(), tokenizer)

    @abstractmethod
    def measure(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, float]:
        """Return one figure per sort of case."""


class HitRate(Validation):
    """How often the product that was bought next leads the ranking (HR@1), by language."""

    figure = "HR@1"

    def __init__(self, shop: Catalog, purchases: Sequence[Purchase]):
        self.shop, self.purchases = shop, purchases

    def measure(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, float]:
        """See :meth:`Validation.measure`."""
        checkpoint = Checkpoint(model, tokenizer, "in training")
        hits: dict[str, list[bool]] = {}
        for purchase in self.purchases:
            candidates = self.shop.candidates(purchase.basket)
            names = [item.prompt_name(purchase.language) for item in candidates]
            with model.device:  # where new tensors are made
                best = int(checkpoint.log_likelihoods([purchase.prompt(self.shop)], names)[0].argmax())
            hits.setdefault(f"{purchase.language} purchases", []).append(candidates[best] == purchase.next)
        return {sort: sum(of_sort) / len(of_sort) for sort, of_sort in hits.items()}


class Divergence(Validation):
    """The mean KL(true ‖ T5) of validation cases, in nats."""

    figure = "KL"

    def __init__(self, shop: Catalog, cases: Mapping[str, Sequence[Case]]):
        self.shop, self.cases = shop, cases

    def measure(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, float]:
        """Return the mean divergence per sort of case; the cases of a sort are in each language in turn."""
        assert isinstance(model, T5ForConditionalGeneration)  # as synthetic shoppers are taught to
        found = {}
        for sort, cases in self.cases.items():
            drawn = (case.example(self.shop, LANGUAGES[n % len(LANGUAGES)]) for n, case in enumerate(cases))
            examples = [encode(example, tokenizer, every_node=0) for example in drawn]
            batches = [collate(examples[i : i + BATCH]) for i in range(0, len(examples), BATCH)]
            of_prompts = torch.cat([divergence(model, to_device(batch, model)) for batch in batches])
            found[sort] = round(of_prompts.mean().item(), 4)
        return found


def to_device(batch: Mapping[str, torch.Tensor], model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Move a batch to the model's device."""
    return {name: tensor.to(model.device) for name, tensor in batch.items()}


def validation_cases(shop: Catalog, count: int = 24) -> dict[str, tuple[Case, ...]]:
    """Return validation cases by sort, at most ``count`` of each; a small shop may lack a sort."""
    rng = Random("validation")
    cases = {sort: draw_basket_cases(shop, sort, "validation", count, rng) for sort in BASKETS}
    cases["one item"] = list_one_item_cases(shop)
    cases["newcomer, tidy name"] = draw_newcomer_cases(shop, "validation", count, rng, everyday=False)
    cases["newcomer, everyday name"] = draw_newcomer_cases(shop, "validation", count, rng, everyday=True)
    cases["newcomer, a variant"] = draw_variant_cases(shop, "validation", count, rng)
    cases["newcomer, in another language"] = draw_foreign_cases(shop, "validation", count, rng)
    cases["newcomer, of a new sport"] = draw_new_sport_cases(shop, "validation", count, rng)
    return {sort: found for sort, found in cases.items() if found}
