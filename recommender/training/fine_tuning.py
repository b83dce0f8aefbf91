"""A shop's own purchases as training examples: a CSV file with the columns ``purchased`` and ``next``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from torch.utils.data import Dataset
from transformers import PreTrainedTokenizerBase

from ..errors import CatalogError
from ..shop.catalog import Catalog
from ..shop.csv_file import CsvRow, open_csv
from ..shop.item import Item
from ..shop.language import LANGUAGES
from ..shop.lookup import find_unknown
from ..shop.paths import DATA
from ..shop.purchases import Refusal, read_order
from ..shop.text import normalise
from ..t5.prompt import build_item_prompt

SAMPLE = DATA / "purchases.csv"
COLUMNS = ("purchased", "next")


@dataclass(frozen=True)
class Purchase:
    """What a shopper owned, in catalog order, what they bought next, and the language of the prompt."""

    basket: tuple[Item, ...]
    next: Item
    language: str

    def prompt(self, shop: Catalog) -> str:
        """Return the prompt: the basket and all its candidates."""
        return build_item_prompt(self.basket, shop.candidates(self.basket), self.language)


def read_purchases(path: Path, catalog: Catalog) -> tuple[list[Purchase], list[Refusal]]:
    """Read a CSV file (items by id or name, ``;``-separated); return its usable rows, and those that are refused.

    The language of a row is that in which ``next`` is a shelf name, else English.

    :raises CatalogError: if the file lacks a column, cannot be read as CSV, or has no usable row.
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


def _purchase(row: CsvRow, catalog: Catalog) -> Purchase:
    order = read_order(row, catalog)
    if order.unknown:
        raise find_unknown(order.unknown[:1], catalog)
    (bought,) = order.targets
    basket = catalog.select(item.id for item in order.items if item is not bought)
    key = normalise(row.cells["next"])
    language = next((code for code in LANGUAGES if normalise(bought.name(code)) == key), "en")
    return Purchase(basket, bought, language)


class PurchaseDataset(Dataset[dict[str, list[int]]]):
    """Purchases as token ids: of the prompt, and of the name of the product bought next."""

    def __init__(self, purchases: Sequence[Purchase], catalog: Catalog, tokenizer: PreTrainedTokenizerBase):
        self.purchases, self.catalog, self.tokenizer = purchases, catalog, tokenizer

    def __len__(self) -> int:
        return len(self.purchases)

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        purchase = self.purchases[index]
        return {
            "input_ids": self.tokenizer(purchase.prompt(self.catalog))["input_ids"],
            "labels": self.tokenizer(purchase.next.prompt_name(purchase.language))["input_ids"],
        }
