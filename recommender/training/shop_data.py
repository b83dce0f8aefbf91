"""Turn a shop's orders into training rows: each product in turn is the target, and the others are the basket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, islice, product
from random import Random

import numpy as np
from numpy.typing import NDArray

from ..errors import RecommenderError
from ..routes import select_latest
from ..shop.catalog import Catalog
from ..shop.co_purchase import CoPurchases, KnnSettings
from ..shop.folder import Shop
from ..shop.item import Item
from ..shop.item_knn import ItemKnn
from ..shop.purchases import Order, Refusal, read_orders

HELD_OUT = 0.15  # share of orders in the test split, and in the validation split
MAX_TUNING = 400  # rows to tune retrieval on; enough for two exponents
MAX_TUNING_IN_TIME = 4000  # the same for histories, of which only one target in twenty is found
MAX_WEIGHING = 10_000  # rows on which T5 and co-purchases are weighed: two cores rank a hundred a second
SHORTEST = 4  # purchases of a history: the first, and a target for each split
FEWEST = 20  # orders of two products or more that a shop needs
DEPTHS = (1, 5, 10)  # HR@k
EXPONENTS = (
    (0.0, 0.25, 0.5, 0.75, 1.0),
    (0.0, 0.125, 0.25, 0.5),
)  # of the sales of the owned products, and of the candidate
RECENCY = (0.0, 0.5, 1.0)  # exponents of the place from the end of a history
DISTANCE, BACKWARD = 0.5, 0.5  # of histories, see KnnSettings; the best of a few for amazon-sports, by validation
COLD = 0.1  # share of a benchmark's products that are held out of training, to measure item cold start
NAME_WEIGHTS = (0.1, 1.0, 3.0, 10.0, 30.0)  # number of sales that the words of a name count as


@dataclass(frozen=True)
class NextPurchase:
    """A basket, in the order of the inventory or of time, and the product that was bought with it or next."""

    basket: tuple[Item, ...]
    target: Item

    @property
    def latest(self) -> tuple[Item, ...]:
        """The items that the prompt names, as in :attr:`.Question.latest`."""
        return select_latest(self.basket, with_purchases=True)


@dataclass(frozen=True)
class ShopData:
    """A shop's orders in three splits.

    Histories are in all of them, split by leave-one-out: the last purchase is the test target, the one before it the
    validation target.

    :ivar catalog: with the co-purchases of the training split; the retrieval is tuned on the validation split.
    :ivar knn: the same without smoothing by names and tuned separately: a plain item-kNN.
    :ivar refused: rows of the file that cannot be used.
    :ivar cold: ids of the products that are not in the T5's training: some of a benchmark's, to measure cold start; of
        a shop, those that nobody bought, because the T5 would learn that nobody ever buys them.
    """

    catalog: Catalog
    knn: ItemKnn
    training: tuple[Order, ...]
    validation: tuple[Order, ...]
    test: tuple[Order, ...]
    refused: tuple[Refusal, ...]
    cold: frozenset[str] = frozenset()

    @classmethod
    def read(cls, shop: Shop) -> ShopData:
        """Read a shop's purchases and tune the retrieval on the validation split.

        :raises CatalogError: if inventory or purchases cannot be read.
        :raises RecommenderError: if there are too few orders to learn from.
        """
        catalog = Catalog.load(shop.inventory)
        splits: dict[str, list[Order]] = {"training": [], "validation": [], "test": []}
        refused: list[Refusal] = []
        times: Counter[tuple[str, ...]] = Counter()
        in_time = shop.published.is_file()
        for found in read_orders(shop.purchases, catalog):
            if isinstance(found, Refusal):
                refused.append(found)
            elif not in_time:
                ids = tuple(sorted((*found.ids, *found.unknown)))  # with those that are no longer in the inventory
                times[ids] += 1
                splits[choose_split(ids, times[ids])].append(found)
            elif len(found.items) < SHORTEST:
                refused.append(Refusal(found.line, f"A history of fewer than {SHORTEST} purchases cannot be split."))
            else:
                for split, order in split_history(found).items():
                    splits[split].append(order)
        _check_splits(splits, catalog, shop, refused)
        settings = KnnSettings(distance=DISTANCE, backward=BACKWARD) if in_time else KnnSettings()
        counts = CoPurchases.count([item.id for item in catalog], (order.ids for order in splits["training"]), settings)
        known = catalog.with_purchases(counts)
        assert known.item_knn is not None
        rows = _draw_rows(splits["validation"], catalog, MAX_TUNING)
        grid = product(*EXPONENTS, (0.0,), RECENCY if in_time else (0.0,))
        knn = _tune(known.item_knn, rows, [KnnSettings(*each, settings.distance, settings.backward) for each in grid])
        found_by_both = _tune(knn, rows, [replace(knn.counts.settings, named=named) for named in NAME_WEIGHTS])
        return cls(
            catalog.with_purchases(found_by_both.counts),
            knn,
            tuple(splits["training"]),
            tuple(splits["validation"]),
            tuple(splits["test"]),
            tuple(refused),
            frozenset(item.id for item in catalog if Random(f"cold {item.id}").random() < COLD)
            if in_time
            else counts.unsold,
        )

    @cached_property
    def taught(self) -> Catalog:
        """The catalog without the cold products."""
        return self.catalog.restock(item for item in self.catalog if item.id not in self.cold)

    def without_cold(self, orders: Iterable[Order]) -> tuple[Order, ...]:
        """Return the orders without the cold products."""

        def warm(items: Iterable[Item]) -> tuple[Item, ...]:
            return tuple(item for item in items if item.id not in self.cold)

        return tuple(replace(order, items=warm(order.items), targets=warm(order.targets)) for order in orders)

    @property
    def in_time(self) -> bool:
        """Whether the orders are histories: in order of time."""
        return self.test[0].in_time

    @cached_property
    def training_rows(self) -> list[NextPurchase]:
        """The rows that the T5 is trained on."""
        return list(list_rows(self.without_cold(self.training), self.taught))

    @property
    def tuning(self) -> list[NextPurchase]:
        """The validation rows on which T5 and co-purchases are weighed."""
        return _draw_rows(self.validation, self.catalog, MAX_WEIGHING)

    def count(self, histories: Iterable[Order]) -> CoPurchases:
        """Return the co-purchases of these histories alone, with the tuned settings."""
        assert self.catalog.item_knn is not None
        counts = self.catalog.item_knn.counts
        return CoPurchases.count(counts.ids, (order.ids for order in histories), counts.settings)

    def count_all(self) -> CoPurchases:
        """Return the co-purchases of all splits, to serve the shop.

        Recency is ignored: a visitor does not say when they bought the items that they tick.
        """
        assert self.catalog.item_knn is not None
        counts = self.catalog.item_knn.counts
        if self.in_time:
            counts = self.count(self.test)
        else:
            counts = counts.add(order.ids for order in (*self.validation, *self.test))
        return replace(counts, settings=replace(counts.settings, recency=0.0))


def _check_splits(
    splits: Mapping[str, Sequence[Order]], catalog: Catalog, shop: Shop, refused: Sequence[Refusal]
) -> None:
    """Check that there are enough orders, and some to learn from in each split.

    :raises RecommenderError: if there are not.
    """
    pairs = sum(len(order.items) > 1 for orders in splits.values() for order in orders)
    if pairs < FEWEST:
        reason = f" Line {refused[0].line}: {refused[0].reason}" if refused else ""
        raise RecommenderError(
            f"{shop.purchases} has too few orders to learn from: at least {FEWEST} with two products "
            f"or more are needed.{reason}"
        )
    if empty := next((split for split, orders in splits.items() if not any(list_rows(orders, catalog))), None):
        raise RecommenderError(
            f"{shop.purchases} has {pairs} orders with two products or more, but by chance the {empty} part of them "
            "has nothing to predict: try again when there are a few more."
        )


def split_history(history: Order) -> dict[str, Order]:
    """Return the orders of a history by split: the last purchase is for the test, the one before for validation.

    This leave-one-out protocol is that of the P5 paper and of later papers that compare with it.
    """
    items = history.items
    return {
        "training": Order(history.line, items[:-2], items[:-2], in_time=True),
        "validation": Order(history.line, items[:-1], items[-2:-1], in_time=True),
        "test": Order(history.line, items, items[-1:], in_time=True),
    }


def choose_split(ids: Sequence[str], time: int) -> str:
    """Return the split of an order: the same in every run, also of a longer or differently sorted export.

    :param ids: of its products.
    :param time: how often an order of these products has occurred, this one included.
    """
    share = Random(f"order {time} {' '.join(ids)}").random()
    return "test" if share < HELD_OUT else "validation" if share < 2 * HELD_OUT else "training"


def list_rows(orders: Iterable[Order], catalog: Catalog) -> Iterator[NextPurchase]:
    """Yield the rows of orders, one for each target with a basket."""
    for order in orders:
        for target in order.targets:
            if order.in_time:
                basket = order.items[: order.items.index(target)]
            else:
                basket = catalog.select(item.id for item in order.items if item is not target)
            if basket:
                yield NextPurchase(basket, target)


def sample_orders(orders: Iterable[Order], most: int) -> tuple[list[Order], int]:
    """Return the orders that have rows, and how many of them are left out because they have too many rows.

    Which ones are kept is random, and the same in every run.

    :param most: the largest number of rows.
    """
    usable = [order for order in orders if order.targets and len(order.items) > 1]
    drawn = Random(0).sample(range(len(usable)), len(usable))
    rows = accumulate(len(usable[n].targets) for n in drawn)
    kept = sorted(n for n, count in zip(drawn, rows, strict=True) if count <= most)
    return [usable[n] for n in kept], len(usable) - len(kept)


def _draw_rows(orders: Sequence[Order], catalog: Catalog, most: int) -> list[NextPurchase]:
    """Return rows of a validation split: of histories the first, of orders as many as :func:`sample_orders` keeps.

    A file may begin with guests and the oldest orders.
    """
    if orders[0].in_time:
        return list(islice(list_rows(orders, catalog), MAX_TUNING_IN_TIME))
    kept, _ = sample_orders(orders, most)
    return list(islice(list_rows(kept or orders, catalog), most))  # the first order may have too many


def list_ids(rows: Sequence[NextPurchase]) -> tuple[list[list[str]], list[str]]:
    """Return the ids of the rows' baskets, and those of their targets."""
    return [[item.id for item in row.basket] for row in rows], [row.target.id for row in rows]


def score_ranks(metric: str, ranks: Sequence[int | None]) -> NDArray[np.float64]:
    """Return a ranking metric by the ranks of the one relevant product, from 1; None means that it is not ranked.

    :param metric: "HR@k": 1 up to rank k; "NDCG@k": 1 / log2(1 + rank) up to rank k; else 0.
    """
    name, _, depth = metric.partition("@")
    found = np.array([rank or np.inf for rank in ranks])
    return np.where(found <= int(depth), 1 / np.log2(1 + found) if name == "NDCG" else 1.0, 0.0)


def hit_rates(ranks: Sequence[int | None]) -> list[float]:
    """Return HR@k for :data:`DEPTHS`; see :func:`score_ranks`."""
    return [float(score_ranks(f"HR@{k}", ranks).mean()) for k in DEPTHS]


def _tune(item_knn: ItemKnn, rows: Sequence[NextPurchase], settings: Iterable[KnnSettings]) -> ItemKnn:
    """Return the item-kNN with the settings that maximise the sum of HR@1, HR@5 and HR@10."""
    asked = list_ids(rows)
    return max(map(item_knn.with_settings, settings), key=lambda n: sum(hit_rates(n.rank_targets(*asked))))
