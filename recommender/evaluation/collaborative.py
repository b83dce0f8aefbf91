"""An experiment: can a T5 learn collaborative filtering from text.

The idea's example: shoppers who own {A, B, C} and {A, B, D}; a new one who owns {C, D} should be
offered A or B. Product names mean nothing here, so nothing but co-purchases can be learned. The T5
has the shape of the bundled one and reads the same prompt; each product is one token, which spares
it the spelling. It is compared with item-kNN and popularity, taught by the same shoppers, and with
the ranking by the true probabilities, which on average nobody can beat.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import torch
from tqdm import tqdm

from ..shop.catalog import Item
from .baselines import Chance, ItemKNN, Popularity, Ranker
from .copurchase_t5 import BATCH, CoPurchaseT5
from .copurchases import Hidden, Market, hide_one, not_in
from .metrics import RANKING_METRICS, estimate, of_rank


@dataclass(frozen=True)
class Scale:
    """How much is done; the default stays under ten minutes on two cores.

    :ivar sizes: numbers of training shoppers.
    :ivar steps: optimizer steps at each size.
    :ivar literal_steps: optimizer steps on the idea's own example.
    :ivar literal_runs: how often that one is trained from nothing.
    """

    products: int = 40
    sizes: tuple[int, ...] = (100, 1000, 3000, 10_000)
    test_shoppers: int = 1000
    steps: int = 800
    literal_steps: int = 200
    literal_runs: int = 5


FULL = Scale()


def experiment(seed: int, scale: Scale = FULL) -> dict[str, Any]:
    """Everything measured, for the document's key "collaborative"."""
    started = time.monotonic()
    rng = Random(f"{seed} collaborative")
    market = Market.draw(rng, scale.products)
    test = [hide_one(bought, market.products, rng) for bought in market.shoppers(rng, scale.test_shoppers)]
    shoppers = market.shoppers(rng, max(scale.sizes))
    rows = []
    for size in scale.sizes:
        known = shoppers[:size]
        t5 = CoPurchaseT5.train(market.products, known, scale.steps, seed)
        rows += [_row(ranker, size, market, test, seed) for ranker in (t5, ItemKNN(known), Popularity(known))]
    rows += [_row(ranker, None, market, test, seed) for ranker in (Chance(seed), market)]
    return {
        "seed": seed,
        "products": scale.products,
        "test_shoppers": scale.test_shoppers,
        "steps": scale.steps,
        "rows": rows,
        "literal": literal_example(seed, scale.literal_steps, scale.literal_runs),
        "seconds": round(time.monotonic() - started),
        "signature": f"seed:{seed}|products:{scale.products}|test:{scale.test_shoppers}|steps:{scale.steps}"
        f"|batch:{BATCH}|torch:{torch.__version__}",
    }


def _row(ranker: Ranker, size: int | None, market: Market, test: Sequence[Hidden], seed: int) -> dict[str, Any]:
    """One recommender taught by ``size`` shoppers; none for those that learn from nobody."""
    ranks = [
        ranker.rank(basket, not_in(basket, market.products)).index(hidden) + 1
        for basket, hidden in tqdm(
            test, desc=f"{ranker.name} {size or ''}", unit=" shoppers", leave=False, disable=None
        )
    ]
    of_shopper = range(len(test))
    metrics = {m: vars(estimate([of_rank(m, rank) for rank in ranks], of_shopper, seed)) for m in RANKING_METRICS}
    return {"recommender": ranker.name, "training_shoppers": size, "metrics": metrics}


def literal_example(seed: int, steps: int, runs: int) -> dict[str, Any]:
    """The idea's own example, with a second group of shoppers so that there is something else to offer.

    Shoppers {A, B, C}, {A, B, D} and {E, F, G}, {E, F, H}; who owns {C, D} may be offered A, B, E, F, G or H.
    Trained from nothing several times, because so few shoppers leave much to the initial weights.
    """
    products = {p: Item(p.lower(), "", "", "", {"en": p}) for p in "ABCDEFGH"}
    shoppers = [frozenset(p.lower() for p in bought) for bought in ("ABC", "ABD", "EFG", "EFH")]
    shop = tuple(products.values())
    basket = (products["C"], products["D"])

    def pick(ranker: Ranker) -> str:
        return ranker.rank(basket, not_in(basket, shop))[0].name("en")

    picks = [pick(CoPurchaseT5.train(shop, shoppers, steps, seed + i, validation=False)) for i in range(runs)]
    return {
        "shoppers": ["A, B, C", "A, B, D", "E, F, G", "E, F, H"],
        "basket": "C, D",
        "expected": ["A", "B"],
        "t5_picks": picks,
        "item_knn_pick": pick(ItemKNN(shoppers)),
        "popularity_pick": pick(Popularity(shoppers)),
        "steps": steps,
    }
