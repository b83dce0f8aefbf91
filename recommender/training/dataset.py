"""Training examples without end: synthetic shoppers at shelves of the shop and of others."""

from __future__ import annotations

from random import Random
from typing import Any

from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ..shop.catalog import LANGUAGES, MAX_CANDIDATES, Catalog
from .listwise import Example, encoder
from .shelves import random_shelf, stocked_shop
from .shoppers import choice_probabilities, draw_basket, split

# What shelves hold, and the share of the batches with such shelves
SHELVES = {"shop": 0.5, "shop and newcomers": 0.35, "other sports": 0.15}
WHOLE = 0.45  # of the batches have the whole shelf, which takes longest; the others any part of it
# From nothing: (until this share of training, smallest shelf, largest shelf); past the last, whole shops. Copying names
# and looking from the candidates to the basket are learned sooner, and at a fraction of the cost, with few candidates.
CURRICULUM = ((0.25, 6, 18), (0.5, 8, 26))


class ShopperDataset(Dataset[dict[str, Any]]):
    """Synthetic shoppers; the i-th one is always the same, so that training can resume.

    :param batch_size: shoppers of a batch share the size and the sort of their shelf, which saves padding.
    :param growing: whether shelves are small first; see :data:`CURRICULUM`.
    """

    def __init__(
        self,
        shop: Catalog,
        tokenizer: PreTrainedTokenizerBase,
        length: int,
        batch_size: int,
        seed: int,
        *,
        growing: bool = False,
    ):
        self.shop, self.length, self.batch_size, self.seed = shop, length, batch_size, seed
        self.stages = CURRICULUM if growing else ()
        self.encode = encoder(tokenizer)

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Any]:
        if not 0 <= index < self.length:
            raise IndexError(index)
        return self.encode(self.example(index))

    def example(self, index: int) -> Example:
        """Return one shopper."""
        size, sort = self._batch(index)
        rng = Random(f"{self.seed} shopper {index}")
        language = LANGUAGES[index % len(LANGUAGES)]
        while True:
            if sort == "other sports":
                shelf = random_shelf(rng, size, language)
            else:
                added = rng.randint(1, min(6, size)) if sort == "shop and newcomers" else 0
                shelf = stocked_shop(rng, self.shop, size, added, language)
            basket = draw_basket(rng, shelf, self.shop)
            if not basket or (all(i.id in self.shop for i in shelf) and split(basket) != "train"):
                continue
            owned = {id(item) for item in basket}
            candidates = [item for item in shelf if id(item) not in owned]
            if candidates:
                return Example(language, basket, candidates, choice_probabilities(basket, candidates))

    def _batch(self, index: int) -> tuple[int, str]:
        """Return the shelf's size and sort for the batch that holds this example."""
        rng = Random(f"{self.seed} batch {index // self.batch_size}")
        (sort,) = rng.choices(list(SHELVES), weights=list(SHELVES.values()))
        for until, smallest, largest in self.stages:
            if index < until * self.length:
                return rng.randint(smallest, largest), sort
        whole = min(len(self.shop), MAX_CANDIDATES)
        return (whole if rng.random() < WHOLE else rng.randint(min(8, whole), whole)), sort
