"""Shoppers as training examples: token ids of a prompt, and of the product bought next."""

from __future__ import annotations

from random import Random

from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ..catalog import Catalog
from ..prompt import build
from .shoppers import Shopper, shopper, split
from .world import PROMPT_LANGUAGES, random_shelf, stocked_shop

SHOP_SHARE = 0.8  # of the shelves are the shop's own, with something sold out or added
# (until this share of training, smallest shelf, largest shelf): first copy a name, then choose, then choose among many
CURRICULUM = ((0.04, 2, 2), (0.12, 3, 6), (0.22, 5, 12), (0.35, 10, 24))


class ShopperDataset(Dataset):
    """Synthetic shoppers; the i-th one is always the same, so that training can resume.

    Shelves grow over the first half of training: a T5 learns to look from the candidates
    to the basket far sooner when there are few candidates.

    :param batch_size: shoppers of a batch share a shelf size, which saves padding.
    """

    def __init__(self, shop: Catalog, tokenizer: PreTrainedTokenizerBase, length: int, batch_size: int, seed: int):
        self.shop, self.tokenizer, self.length, self.batch_size, self.seed = shop, tokenizer, length, batch_size, seed

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        shopper = self.shopper(index)
        rng = Random(f"{self.seed} prompt {index}")
        language = rng.choice(PROMPT_LANGUAGES)
        candidates = shopper.candidates
        # the order of what was added to the shop is known from the prompt alone
        added = any(item.id not in self.shop for item in shopper.shelf) and any(
            i.id in self.shop for i in shopper.shelf
        )
        if not added and rng.random() < 0.4:
            rng.shuffle(candidates)
        prompt = build([i.name(language) for i in shopper.basket], [i.name(language) for i in candidates], language)
        return {
            "input_ids": self.tokenizer(prompt)["input_ids"],
            "labels": self.tokenizer(shopper.next.name(language))["input_ids"],
        }

    def shopper(self, index: int) -> Shopper:
        """The shopper of one example."""
        size = self._shelf_size(index)
        rng = Random(f"{self.seed} shopper {index}")
        while True:
            if rng.random() < SHOP_SHARE:
                added = rng.randint(1, 5) if size == len(self.shop) and rng.random() < 0.45 else 0
                shelf = stocked_shop(rng, self.shop, size, added)
            else:
                shelf = random_shelf(rng, size)
            found = shopper(rng, shelf, self.shop) if shelf else None
            if found and split(found.basket) == "train":
                return found

    def _shelf_size(self, index: int) -> int:
        progress = index / self.length
        rng = Random(f"{self.seed} batch {index // self.batch_size}")
        for until, smallest, largest in CURRICULUM:
            if progress < until:
                return rng.randint(smallest, largest)
        return len(self.shop) if rng.random() < 0.75 else rng.randint(16, len(self.shop))
