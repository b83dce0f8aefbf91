"""Shelves on which training shoppers choose: the shop with something sold out or added, and shelves of other sports.

Products stand there in any order, under tidy names ("Rugby Socks") and everyday ones ("nike rugby socks XL").
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from ..shop.catalog import Catalog, Item
from ..shop.text import normalise, slug
from .everyday_names import everyday_name
from .world import (
    Gear,
    Sport,
    gear,
    invented_gear,
    invented_sport,
    known_sports,
    new_sports,
    pair_split,
    product_name,
    shop_sports,
)


def random_shelf(rng: Random, size: int, language: str) -> list[Item]:
    """Return about ``size`` products of up to 7 sports that the demo's shop does not sell, in any order."""
    known = [s for s in known_sports() if s.split == "train"]
    count = max(1, min(7, size // rng.randint(3, 6)))
    chosen = [invented_sport(rng) if rng.random() < 0.25 else rng.choice(known) for _ in range(count)]
    words = [*gear(), *(invented_gear(rng) for _ in range(4))]
    common = rng.sample(words, min(len(words), max(3, size // count + rng.randint(1, 4))))
    tidy = rng.random() < 0.6
    shelf = [
        _product(sport, word if rng.random() < 0.8 else rng.choice(words), language, rng, tidy)
        for sport in chosen
        for word in common
    ]
    items = unambiguous(shelf, language)
    return rng.sample(items, min(size, len(items)))


def stocked_shop(rng: Random, shop: Catalog, size: int, added: int, language: str) -> list[Item]:
    """Return the shop's own shelf with something sold out and ``added`` products that it never had, in any order."""
    items = rng.sample(shop.items, min(len(shop), size))
    own, known = shop_sports(shop), new_sports(shop, "train")
    while added > 0:
        if own and rng.random() < 0.7:  # one more product of a sport in the shop
            sport, count = rng.choice(own), 1
        else:  # a sport that is new to the shop
            sport, count = (invented_sport(rng) if rng.random() < 0.5 else rng.choice(known)), min(added, 4)
        words = [word for word in gear() if pair_split(sport, word) == "train"]
        for _ in range(count):
            word = invented_gear(rng) if rng.random() < 0.2 else rng.choice(words)
            items.append(_product(sport, word, language, rng, rng.random() < 0.35))
        added -= count
    items = unambiguous(items, language)
    return rng.sample(items, len(items))


def _product(sport: Sport, word: Gear, language: str, rng: Random, tidy: bool) -> Item:
    name = product_name(sport, word, language) if tidy else everyday_name(sport, word, language, rng)
    return Item(slug(name), sport.id, word.kind, "", {language: name})


def unambiguous(items: Iterable[Item], language: str) -> list[Item]:
    """Return ``items`` without those whose name is on the shelf already: Racket and Bat are one word in Arabic."""
    return list({normalise(item.name(language)): item for item in reversed(list(items))}.values())[::-1]
