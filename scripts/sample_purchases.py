"""Write ``data/purchases.csv``, always the same: ``python -m scripts.sample_purchases``."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from random import Random

from recommender.shop.catalog import Catalog
from recommender.shop.language import LANGUAGES
from recommender.training.fine_tuning import COLUMNS, SAMPLE
from recommender.training.shoppers import draw_mixed_basket, draw_one_habit_basket, split_of_basket, utilities

ROWS = 120


def draw_rows(shop: Catalog) -> Iterator[dict[str, str]]:
    """Draw the file's rows: baskets of the training split, in every language in turn.

    ``next`` is the likeliest purchase of a synthetic shopper.
    """
    rng = Random("2023 purchases")
    seen: set[tuple[str, ...]] = set()
    while len(seen) < ROWS:
        draw = draw_one_habit_basket if rng.random() < 0.75 else draw_mixed_basket
        basket = shop.select(item.id for item in draw(rng, shop.items))
        key = tuple(item.id for item in basket)
        if not basket or key in seen or split_of_basket(basket) != "train":
            continue
        language = LANGUAGES[len(seen) % len(LANGUAGES)]
        seen.add(key)
        names = [item.name(language) for item in basket]
        rng.shuffle(names)
        candidates = shop.candidates(basket)
        values = utilities(basket, candidates)
        bought = candidates[values.index(max(values))]
        yield {"purchased": "; ".join(names), "next": bought.name(language)}


def main() -> None:
    """Write the file."""
    with SAMPLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(draw_rows(Catalog.load()))


if __name__ == "__main__":
    main()
