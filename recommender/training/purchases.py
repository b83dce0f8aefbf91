"""A shop's own purchases as training examples: a CSV file with the columns ``purchased`` and ``next``."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ..errors import CatalogError
from ..shop.catalog import DATA, PROMPT_LANGUAGES, Catalog, Item
from ..shop.csv_file import Row, open_csv
from ..shop.purchases import Refusal, read_order
from .cases import Case
from .shoppers import mixed_basket, next_purchases, one_habit_basket, split

SAMPLE = DATA / "purchases.csv"
COLUMNS = ("purchased", "next")


@dataclass(frozen=True)
class Purchase:
    """What a shopper owned, in catalog order, what they bought next, and the language to put it in."""

    basket: tuple[Item, ...]
    next: Item
    language: str


def read_purchases(path: Path, catalog: Catalog) -> tuple[list[Purchase], list[Refusal]]:
    """Return the usable rows of a CSV file (items by id or name, ``;``-separated), and the refused ones.

    A row is put in Arabic where its ``next`` is an Arabic name, else in English.

    :raises CatalogError: where the file has no such columns, cannot be read as CSV, or holds no usable row.
    """
    good: list[Purchase] = []
    bad: list[Refusal] = []
    with open_csv(path) as table:
        table.require(*COLUMNS)
        for row in table.rows:
            try:
                good.append(_purchase(row, catalog))
            except CatalogError as error:
                bad.append(Refusal(row.line, str(error)))
    if not good:
        reasons = f" Line {bad[0].line}: {bad[0].reason}" if bad else ""
        raise CatalogError(f"{path} has no usable row.{reasons}")
    return good, bad


def _purchase(row: Row, catalog: Catalog) -> Purchase:
    order = read_order(row, catalog)
    (bought,) = order.targets
    basket = catalog.select(item.id for item in order.items if item is not bought)
    is_arabic = any("\u0600" <= c <= "\u06ff" for c in row.cells["next"])
    return Purchase(basket, bought, "ar" if is_arabic else "en")


class PurchaseDataset(Dataset[dict[str, list[int]]]):
    """Purchases as token ids of a prompt with all candidates, and of the product bought next."""

    def __init__(self, purchases: Sequence[Purchase], catalog: Catalog, tokenizer: PreTrainedTokenizerBase):
        self.purchases, self.catalog, self.tokenizer = purchases, catalog, tokenizer

    def __len__(self) -> int:
        return len(self.purchases)

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        p = self.purchases[index]
        prompt = Case(p.basket, p.next.id).prompt(self.catalog, p.language)
        return {
            "input_ids": self.tokenizer(prompt)["input_ids"],
            "labels": self.tokenizer(p.next.name(p.language))["input_ids"],
        }


def sample_rows(shop: Catalog, count: int = 120, seed: int = 2023) -> Iterator[dict[str, str]]:
    """Yield the rows of ``data/purchases.csv``: synthetic shoppers that no evaluation has, half in each language."""
    rng = Random(f"{seed} purchases")
    seen: set[tuple[str, ...]] = set()
    while len(seen) < count:
        draw = one_habit_basket if rng.random() < 0.75 else mixed_basket
        basket = shop.select(item.id for item in draw(rng, shop.items))
        found = next_purchases(basket, shop.items, shop) if basket else {}
        key = tuple(item.id for item in basket)
        if not found or key in seen or split(basket) != "train":
            continue
        language = PROMPT_LANGUAGES[len(seen) % 2]
        seen.add(key)
        names = [item.name(language) for item in basket]
        rng.shuffle(names)
        yield {"purchased": "; ".join(names), "next": shop[next(iter(found))].name(language)}


def write_sample(path: Path = SAMPLE) -> None:
    """Write ``data/purchases.csv`` anew."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(sample_rows(Catalog.load()))


if __name__ == "__main__":
    write_sample()
