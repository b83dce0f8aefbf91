"""What shoppers bought, from a shop's ``purchases.csv``: a row per order, customer, or purchase."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import CatalogError
from .catalog import Catalog
from .csv_file import CsvRow, open_csv
from .csv_output import unescape_formula
from .item import Item
from .lookup import find_all, find_item, find_unknown
from .text import shorten

COLUMNS = ("purchased", "repeated")
MAX_LISTED = 20  # refused rows that are listed


@dataclass(frozen=True)
class Order:
    """Products bought together, or one after the other.

    :ivar line: its line in the file.
    :ivar items: all of them, in the file's order.
    :ivar targets: items that were bought for the first time, each of which can be predicted from the other items.
    :ivar in_time: whether the items are in order of time; then a target is predicted from the items before it.
    :ivar unknown: what the row lists and the inventory does not have, such as products that are no longer sold.
    """

    line: int
    items: tuple[Item, ...]
    targets: tuple[Item, ...]
    in_time: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def ids(self) -> list[str]:
        """The ids of the items."""
        return [item.id for item in self.items]


@dataclass(frozen=True)
class Refusal:
    """A row that cannot be used, or not as a whole: its line in the file, and why."""

    line: int
    reason: str


def read_orders(path: Path, catalog: Catalog) -> Iterator[Order | Refusal]:
    """Read the rows one by one.

    The column ``purchased`` lists items (ids or names, ``;``-separated). An optional column ``repeated`` lists those of
    them that had been bought before; an optional column ``next`` names one item, bought after the others. Before an
    order of which something is left out, because the inventory does not have it, a refusal says so.

    :raises CatalogError: if the file has no column ``purchased``, or cannot be read as CSV.
    """
    with open_csv(path) as table:
        table.require("purchased")
        for row in table.rows:
            try:
                order = read_order(row, catalog)
            except CatalogError as error:
                yield Refusal(row.line, str(error))
                continue
            if order.unknown:
                left_out = ", ".join(f'"{shorten(text)}"' for text in order.unknown)
                yield Refusal(row.line, f"Not in the inventory, and left out: {left_out}.")
            yield order


def read_order(row: CsvRow, catalog: Catalog) -> Order:
    """Return the order of a row; see :func:`read_orders`.

    :raises CatalogError: if the row cannot be used.
    """
    if row.problem:
        raise CatalogError(row.problem)
    items, unknown = _find_items(row.cells["purchased"], catalog)
    if not items:
        raise find_unknown(unknown[:1], catalog) if unknown else CatalogError("purchased is empty.")
    if "next" not in row.cells:
        repeated, _ = _find_items(row.cells.get("repeated", ""), catalog)
        return Order(row.line, items, tuple(item for item in items if item not in repeated), unknown=unknown)
    bought = unescape_formula(row.cells["next"].strip())
    if not bought:
        raise CatalogError("next is empty.")
    target = find_item(bought, catalog)
    if target in items:
        raise CatalogError(f'next is "{bought}", which is already owned.')
    return Order(row.line, (*items, target), (target,), unknown=unknown)


def _find_items(text: str, catalog: Catalog) -> tuple[tuple[Item, ...], tuple[str, ...]]:
    """Return the items of a list in its order, each once, and the texts that name none.

    A list of ids, which an import writes, is not parsed.
    """
    text = unescape_formula(text)
    ids = text.split(";") if text else []
    if all(id_ in catalog for id_ in ids):
        return tuple(dict.fromkeys(catalog[id_] for id_ in ids)), ()
    found = list(find_all([text], catalog))
    return tuple(dict.fromkeys(item for _, item in found if item)), tuple(named for named, item in found if not item)


def print_refusals(path: Path, refusals: Sequence[Refusal]) -> None:
    """Print to stderr the first refusals, and how many more there are."""
    for refusal in refusals[:MAX_LISTED]:
        print(f"{path}, line {refusal.line}: {refusal.reason}", file=sys.stderr)
    if len(refusals) > MAX_LISTED:
        print(f"… and {len(refusals) - MAX_LISTED:,} more.", file=sys.stderr)
