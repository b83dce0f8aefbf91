"""A shop's orders as rows to learn from: each product in turn is what was bought, and the others are the basket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice, product
from random import Random

from ..errors import RecommenderError
from ..shop.catalog import Catalog, Item
from ..shop.co_purchase import CoPurchases, Neighbours, Settings
from ..shop.folder import Shop
from ..shop.purchases import Order, Refusal, read_orders

HELD_OUT = 0.15  # of the orders, to measure on; as many again to tune with
MAX_TUNING = 400  # rows, which say enough of two exponents
MAX_TUNING_IN_TIME = 4000  # the same where one purchase in twenty is found at all
SHORTEST = 4  # purchases of a history: one to start from, and one to be asked for in each part
FEWEST = 20  # orders of two products or more; fewer say nothing of anything
DEPTHS = (1, 5, 10)  # HR@k
EXPONENTS = ((0.0, 0.5, 0.75, 1.0), (0.0, 0.25, 0.5))  # of the sales of what is owned, and of the candidate's
RECENCY = (0.0, 0.5, 1.0)  # exponents of the place from the end, where purchases are in order of time
COLD = 0.1  # of the products of histories are never shown in training, to measure on
NAMED = (0.1, 1.0, 3.0, 10.0, 30.0)  # sales that a name counts for


@dataclass(frozen=True)
class Row:
    """A basket, in inventory order or in order of time, and what was bought with it or next."""

    basket: tuple[Item, ...]
    target: Item


@dataclass(frozen=True)
class ShopData:
    """A shop's orders in three parts: they share no order, or the last two purchases of each history are the others.

    :ivar catalog: with the purchases of the training part known, and nothing of the others; tuned on the second.
    :ivar knn: the same without the help of names, tuned by itself: what a script of thirty lines would do.
    :ivar refused: rows of the file that cannot be used.
    :ivar cold: ids of products that are held out of the T5's training.
    """

    catalog: Catalog
    knn: Neighbours
    training: tuple[Order, ...]
    validation: tuple[Order, ...]
    test: tuple[Order, ...]
    refused: tuple[Refusal, ...]
    cold: frozenset[str] = frozenset()

    @classmethod
    def read(cls, shop: Shop) -> ShopData:
        """Read a shop's purchases, and tune the retrieval on the validation part.

        :raises CatalogError: if inventory or purchases cannot be read.
        :raises RecommenderError: if there are too few orders to learn from.
        """
        catalog = Catalog.load(shop.inventory)
        parts: dict[str, list[Order]] = {"training": [], "validation": [], "test": []}
        refused: list[Refusal] = []
        in_time = shop.published.is_file()
        for found in read_orders(shop.purchases, catalog):
            if isinstance(found, Refusal):
                refused.append(found)
            elif not in_time:
                parts[choose_part(found)].append(found)
            elif len(found.items) < SHORTEST:
                refused.append(Refusal(found.line, f"A history of fewer than {SHORTEST} purchases cannot be split."))
            else:
                for part, order in split_history(found).items():
                    parts[part].append(order)
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
        rows = list(islice(list_rows(parts["validation"], catalog), MAX_TUNING_IN_TIME if in_time else MAX_TUNING))
        grid = product(*EXPONENTS, (0.0,), RECENCY if in_time else (0.0,))
        knn = _tune(known.neighbours, rows, [Settings(*each) for each in grid])
        found_by_both = _tune(knn, rows, [replace(knn.counts.settings, named=named) for named in NAMED])
        return cls(
            catalog.with_purchases(found_by_both.counts),
            knn,
            tuple(parts["training"]),
            tuple(parts["validation"]),
            tuple(parts["test"]),
            tuple(refused),
            frozenset(item.id for item in catalog if in_time and Random(f"cold {item.id}").random() < COLD),
        )

    @cached_property
    def taught(self) -> Catalog:
        """The products without the cold ones."""
        return self.catalog.restock(item for item in self.catalog if item.id not in self.cold)

    def without_cold(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Return the orders without the cold products."""

        def warm(items: Iterable[Item]) -> tuple[Item, ...]:
            return tuple(item for item in items if item.id not in self.cold)

        return tuple(replace(order, items=warm(order.items), targets=warm(order.targets)) for order in orders)

    @property
    def in_time(self) -> bool:
        """Whether the orders are histories, in order of time."""
        return self.test[0].in_time

    @property
    def tuning(self) -> list[Row]:
        """Validation rows to weigh T5 and purchases on."""
        return list(islice(list_rows(self.validation, self.catalog), MAX_TUNING_IN_TIME if self.in_time else None))

    def count(self, histories: Iterable[Order]) -> CoPurchases:
        """Return what retrieval knows of these histories alone, tuned as it is."""
        assert self.catalog.neighbours is not None
        counts = self.catalog.neighbours.counts
        return replace(CoPurchases.count(counts.ids, map(_ids, histories)), settings=counts.settings)

    def count_all(self) -> CoPurchases:
        """Return what retrieval knows when it serves: the orders of all parts.

        The order in time is left out: a visitor ticks what they own, and nobody asks when they bought it.
        """
        assert self.catalog.neighbours is not None
        counts = self.catalog.neighbours.counts
        counts = self.count(self.test) if self.in_time else counts.add(map(_ids, (*self.validation, *self.test)))
        return replace(counts, settings=replace(counts.settings, recency=0.0))


def split_history(history: Order) -> dict[str, Order]:
    """Return what is learned from a history, and the two purchases that are asked for: the last but one, and the last.

    That is the protocol of the P5 paper and of those that it is compared with.
    """
    items = history.items
    return {
        "training": Order(history.line, items[:-2], items[:-2], in_time=True),
        "validation": Order(history.line, items[:-1], items[-2:-1], in_time=True),
        "test": Order(history.line, items, items[-1:], in_time=True),
    }


def choose_part(order: Order) -> str:
    """Return which part an order belongs to; the same in every run."""
    share = Random(f"order {order.line}").random()
    return "test" if share < HELD_OUT else "validation" if share < 2 * HELD_OUT else "training"


def list_rows(orders: Iterable[Order], catalog: Catalog) -> Iterator[Row]:
    """Yield the rows of orders, one for each product that was bought for the first time."""
    for order in orders:
        for target in order.targets:
            if order.in_time:
                basket = order.items[: order.items.index(target)]
            else:
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
    baskets, targets = [[item.id for item in row.basket] for row in rows], [row.target.id for row in rows]

    def measure(tried: Neighbours) -> float:
        return sum(hit_rates(tried.places(baskets, targets)))

    return max(map(neighbours.with_settings, settings), key=measure)
