"""A shop's orders as rows to learn from: each product in turn is what was bought, and the others are the basket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from random import Random

from ..errors import RecommenderError
from ..shop.catalog import Catalog, Item
from ..shop.co_purchase import CoPurchases, Neighbours, Settings
from ..shop.folder import Shop
from ..shop.purchases import Order, Refusal, read_orders

HELD_OUT = 0.15  # of the orders, to measure on; as many again to tune with
MAX_TUNING = 400  # rows, which say enough of two exponents
FEWEST = 20  # orders of two products or more; fewer say nothing of anything
DEPTHS = (1, 5, 10)  # HR@k
EXPONENTS = ((0.0, 0.5, 0.75, 1.0), (0.0, 0.25, 0.5))  # of the sales of what is owned, and of the candidate's
NAMED = (0.1, 1.0, 3.0, 10.0, 30.0)  # sales that a name counts for


@dataclass(frozen=True)
class Row:
    """A basket, in inventory order, and what was bought with it."""

    basket: tuple[Item, ...]
    target: Item


@dataclass(frozen=True)
class ShopData:
    """A shop's orders, in three parts that share none.

    :ivar catalog: with the purchases of the training part known, and nothing of the others; tuned on the second.
    :ivar knn: the same without the help of names, tuned by itself: what a script of thirty lines would do.
    :ivar refused: rows of the file that cannot be used.
    """

    catalog: Catalog
    knn: Neighbours
    training: tuple[Order, ...]
    validation: tuple[Order, ...]
    test: tuple[Order, ...]
    refused: tuple[Refusal, ...]

    @classmethod
    def read(cls, shop: Shop) -> ShopData:
        """Read a shop's purchases, and tune the retrieval on the validation part.

        :raises CatalogError: if inventory or purchases cannot be read.
        :raises RecommenderError: if there are too few orders to learn from.
        """
        catalog = Catalog.load(shop.inventory)
        parts: dict[str, list[Order]] = {"training": [], "validation": [], "test": []}
        refused: list[Refusal] = []
        for found in read_orders(shop.purchases, catalog):
            if isinstance(found, Refusal):
                refused.append(found)
            else:
                parts[choose_part(found)].append(found)
        enough = sum(len(order.items) > 1 for orders in parts.values() for order in orders) >= FEWEST
        if not enough or not all(any(list_rows(orders, catalog)) for orders in parts.values()):
            reason = f" Line {refused[0].line}: {refused[0].reason}" if refused else ""
            raise RecommenderError(
                f"{shop.purchases} has too few orders to learn from: at least {FEWEST} with two products "
                f"or more are needed.{reason}"
            )
        counts = CoPurchases.count([item.id for item in catalog], map(_ids, parts["training"]))
        known = catalog.with_purchases(counts)
        assert known.neighbours is not None
        rows = list(islice(list_rows(parts["validation"], catalog), MAX_TUNING))
        knn = _tune(known.neighbours, rows, [Settings(*exponents, 0.0) for exponents in product(*EXPONENTS)])
        found_by_both = _tune(knn, rows, [replace(knn.counts.settings, named=named) for named in NAMED])
        return cls(
            catalog.with_purchases(found_by_both.counts),
            knn,
            tuple(parts["training"]),
            tuple(parts["validation"]),
            tuple(parts["test"]),
            tuple(refused),
        )

    def count_all(self) -> CoPurchases:
        """Return what retrieval knows when it serves: the orders of all parts."""
        assert self.catalog.neighbours is not None
        return self.catalog.neighbours.counts.add(map(_ids, (*self.validation, *self.test)))


def choose_part(order: Order) -> str:
    """Return which part an order belongs to; the same in every run."""
    share = Random(f"order {order.line}").random()
    return "test" if share < HELD_OUT else "validation" if share < 2 * HELD_OUT else "training"


def list_rows(orders: Iterable[Order], catalog: Catalog) -> Iterator[Row]:
    """Yield the rows of orders, one for each product that was bought for the first time."""
    for order in orders:
        for target in order.targets:
            basket = catalog.select(item.id for item in order.items if item is not target)
            if basket:
                yield Row(basket, target)


def hit_rates(places: Sequence[int | None]) -> list[float]:
    """Return HR@k for :data:`DEPTHS`; None is no place at all."""
    return [sum(place is not None and place <= k for place in places) / max(len(places), 1) for k in DEPTHS]


def _ids(order: Order) -> list[str]:
    return [item.id for item in order.items]


def _tune(neighbours: Neighbours, rows: Sequence[Row], settings: Iterable[Settings]) -> Neighbours:
    """Return the neighbours with those settings that find most of what was bought among the first 1, 5 and 10."""

    def measure(tried: Neighbours) -> float:
        return sum(hit_rates([tried.place([item.id for item in row.basket], row.target.id) for row in rows]))

    return max(map(neighbours.with_settings, settings), key=measure)
