"""What the training shows of itself: hit rates on validation cases, by exact ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tqdm import tqdm
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ..shop.catalog import PROMPT_LANGUAGES, Catalog
from ..t5.scorer import Checkpoint
from .cases import Case, basket_cases, new_product_cases, new_sport_cases, one_item_cases
from .shoppers import mixed_basket, one_habit_basket
from .world import new_sports


@dataclass(frozen=True)
class Group:
    """Cases of one sort in one prompt language.

    :ivar k: a hit is a target among the first ``k`` of the ranking.
    """

    language: str
    cases: Sequence[Case]
    k: int = 1


class HitRate(TrainerCallback):
    """Prints, whenever a checkpoint is saved, how often what is bought next leads the T5's ranking (HR@k).

    :ivar last: the latest figures.
    """

    def __init__(self, shop: Catalog, groups: Mapping[str, Group]):
        self.shop, self.groups = shop, groups
        self.last: dict[str, float] = {}

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Measure, on the main process only."""
        if state.is_world_process_zero:
            model = kwargs["model"]
            self.last = self.of(Checkpoint(model, kwargs["processing_class"], "in training"))
            model.train()
            figures = ", ".join(f"{name} {value:.2f}" for name, value in self.last.items())
            tqdm.write(f"step {state.global_step}: {figures}")

    def of(self, checkpoint: Checkpoint) -> dict[str, float]:
        """Return the figures of one T5, between 0 and 1, per group of cases."""
        return {
            f"{name} HR@{group.k}": sum(self._hit(checkpoint, case, group) for case in group.cases) / len(group.cases)
            for name, group in self.groups.items()
        }

    def _hit(self, checkpoint: Checkpoint, case: Case, group: Group) -> bool:
        candidates = case.candidates(self.shop)
        names = [item.name(group.language) for item in candidates]
        scores = checkpoint.log_likelihoods([case.prompt(self.shop, group.language)], names)[0]
        first = scores.topk(group.k).indices.tolist()
        return case.target in {candidates[i].id for i in first}


def validation_cases(shop: Catalog, count: int = 24) -> dict[str, Group]:
    """Return cases per language and sort: baskets, products and sports that training never has.

    A small shop may lack a sort.
    """
    rng = Random("validation")
    kit, counterpart = new_product_cases(shop, "validation", rng)
    unnamed = new_sports(shop, "validation")
    sorts: dict[str, tuple[Sequence[Case], int]] = {
        "one habit": (basket_cases(shop, one_habit_basket, "validation", count, rng), 1),
        "mixed": (basket_cases(shop, mixed_basket, "validation", count, rng), 1),
        "one item": (_some(Random("one item"), one_item_cases(shop), 2 * count), 1),
        "new product": (_some(rng, kit, count) + _some(rng, counterpart, count), 3),
        "new sport": (new_sport_cases(shop, count, rng, lambda: rng.choice(unnamed)), 1),
    }
    return {
        f"{language} {name}": Group(language, cases, k)
        for language in PROMPT_LANGUAGES
        for name, (cases, k) in sorts.items()
        if cases
    }


def _some(rng: Random, cases: Sequence[Case], count: int) -> list[Case]:
    return rng.sample(cases, min(len(cases), count))
