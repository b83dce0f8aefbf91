"""Shoppers as training examples: token ids of a prompt and of what is bought next, with auxiliary targets."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ..shop.catalog import MAX_CANDIDATES, PROMPT_LANGUAGES, Catalog
from ..t5.prompt import build_prompt
from .auxiliary import NO_TARGETS, Targets, auxiliary_targets
from .shoppers import Shopper, shopper, split
from .world import random_shelf, stocked_shop

# What shelves hold, and the share of the batches with such shelves
SHELVES = {"shop": 0.32, "shop and newcomers": 0.46, "other sports": 0.22}
SHUFFLED_SHARE = 0.15  # of the prompts from the shop's own shelves list the candidates in any order
# (until this share of training, smallest shelf, largest shelf): first copy a name, then choose, then choose among many
CURRICULUM = ((0.04, 2, 2), (0.1, 3, 6), (0.22, 5, 12), (0.45, 8, 24))


class ShopperDataset(Dataset[dict[str, Any]]):
    """Serve synthetic shoppers; the i-th one is always the same, so that training can resume.

    Shelves grow over the first half of training: a T5 learns to look from the candidates
    to the basket far sooner when there are few candidates.

    :param batch_size: shoppers of a batch share a language, and the size and the sort of their shelf. That saves a
        fifth of the tokens, which would be padding.
    """

    def __init__(self, shop: Catalog, tokenizer: PreTrainedTokenizerBase, length: int, batch_size: int, seed: int):
        self.shop, self.tokenizer, self.length, self.batch_size, self.seed = shop, tokenizer, length, batch_size, seed

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Any]:
        language, _, _ = self._batch(index)
        shopper = self.shopper(index)
        rng = Random(f"{self.seed} prompt {index}")
        basket, candidates = list(shopper.basket), shopper.candidates
        # the order of any product that the shop never had is known from the prompt alone
        if all(item.id in self.shop for item in shopper.shelf) and rng.random() < SHUFFLED_SHARE:
            rng.shuffle(basket)
            rng.shuffle(candidates)
        prompt = build_prompt([i.name(language) for i in basket], [i.name(language) for i in candidates], language)
        tokens = self.tokenizer(prompt)["input_ids"]
        labels = self.tokenizer([item.name(language) for item in shopper.purchases])["input_ids"]
        return {
            "input_ids": tokens,
            "labels": [token for name in labels for token in name],
            "auxiliary": self._spread(tokens, auxiliary_targets(shopper, candidates)),
        }

    def _spread(self, tokens: Sequence[int], targets: Sequence[Targets]) -> list[Targets]:
        """Repeat each candidate's targets at every piece of its name, NO_TARGETS elsewhere; as long as ``tokens``."""
        comma, opening, closing = map(self.tokenizer.convert_tokens_to_ids, (",", "▁{", "}"))
        first = len(tokens) - tokens[::-1].index(opening)  # of the second list
        spread, waiting = [NO_TARGETS] * first, list(targets)
        for token in tokens[first:]:
            spread.append(waiting[0] if waiting else NO_TARGETS)
            if token in (comma, closing):
                waiting.pop(0)
        return spread

    def shopper(self, index: int) -> Shopper:
        """Return the shopper of one example."""
        _, size, sort = self._batch(index)
        rng = Random(f"{self.seed} shopper {index}")
        while True:
            if sort == "other sports":
                shelf = random_shelf(rng, size)
            else:
                added = rng.randint(1, min(5, size)) if sort == "shop and newcomers" else 0
                shelf = stocked_shop(rng, self.shop, size, added)
            found = shopper(rng, shelf, self.shop) if shelf else None
            if found and split(found.basket) == "train":
                return found

    def _batch(self, index: int) -> tuple[str, int, str]:
        """Return language, shelf size and sort of shelf of the batch that holds this example."""
        rng = Random(f"{self.seed} batch {index // self.batch_size}")
        language = rng.choice(PROMPT_LANGUAGES)
        (sort,) = rng.choices(list(SHELVES), weights=list(SHELVES.values()))
        for until, smallest, largest in CURRICULUM:
            if index < until * self.length:
                return language, rng.randint(smallest, largest), sort
        whole = min(len(self.shop), MAX_CANDIDATES)  # of a larger shop no prompt holds more
        return language, whole if rng.random() < 0.6 else rng.randint(min(16, whole), whole), sort
