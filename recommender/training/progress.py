"""What the training shows of itself: HR@1 on validation baskets, by exact ranking."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from tqdm import tqdm
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from ..catalog import Catalog, Item
from ..model import Checkpoint
from ..prompt import build
from .shoppers import mixed_basket, one_habit_basket, readings, split
from .world import PROMPT_LANGUAGES

Case = tuple[tuple[Item, ...], str, str]  # basket, id of what is bought next, language


class HitRate(TrainerCallback):
    """Prints, whenever a checkpoint is saved, how often the T5's first choice is the shopper's (HR@1).

    :ivar last: the latest figures, between 0 and 1, per group of cases.
    """

    def __init__(self, shop: Catalog, cases: Mapping[str, Sequence[Case]]):
        self.shop, self.cases = shop, cases
        self.last: dict[str, float] = {}

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Measure, on the main process only."""
        if state.is_world_process_zero:
            model = kwargs["model"]
            checkpoint = Checkpoint(model, kwargs["processing_class"], "in training")
            self.last = {
                group: sum(self._hit(checkpoint, case) for case in cases) / len(cases)
                for group, cases in self.cases.items()
            }
            model.train()
            figures = ", ".join(f"{group} {value:.2f}" for group, value in self.last.items())
            tqdm.write(f"step {state.global_step}: HR@1 {figures}")

    def _hit(self, checkpoint: Checkpoint, case: Case) -> bool:
        basket, target, language = case
        candidates = self.shop.candidates(basket)
        names = [item.name(language) for item in candidates]
        scores = checkpoint.log_likelihoods([build([i.name(language) for i in basket], names, language)], names)[0]
        return candidates[int(scores.argmax())].id == target


def validation_shoppers(shop: Catalog, count: int = 40) -> dict[str, list[Case]]:
    """Cases per language and kind of basket; the likelier purchase counts for a one-item basket."""
    rng = Random("validation")
    baskets: dict[str, list[tuple[tuple[Item, ...], str]]] = {
        "one habit": _draw(one_habit_basket, shop, rng, count),
        "mixed": _draw(mixed_basket, shop, rng, count),
        "one item": [((item,), next(iter(readings([item], shop.items, shop)))) for item in shop],
    }
    return {
        f"{language} {name}": [(basket, target, language) for basket, target in drawn]
        for language in PROMPT_LANGUAGES
        for name, drawn in baskets.items()
    }


def _draw(
    kind: Callable[[Random, Sequence[Item]], list[Item]], shop: Catalog, rng: Random, count: int
) -> list[tuple[tuple[Item, ...], str]]:
    """``count`` validation baskets in inventory order, each with the id of what is bought next."""
    drawn: list[tuple[tuple[Item, ...], str]] = []
    while len(drawn) < count:
        basket = shop.basket(item.id for item in kind(rng, shop.items))
        target = next(iter(readings(basket, shop.items, shop)), None)
        if target and split(basket) == "validation":
            drawn.append((basket, target))
    return drawn
