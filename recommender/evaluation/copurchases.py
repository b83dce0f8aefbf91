"""A synthetic market whose products have meaningless names: only who bought what can tell them apart.

Every shopper belongs to one of a few hidden classes; a class buys its favourites often and
everything else now and then, each product independently of the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product as pairs
from random import Random

import numpy as np
from numpy.typing import NDArray

from ..shop.catalog import Item

CLASSES = 10
FAVOURITES = 8  # per class, drawn at random: classes overlap
FAVOURITE = 0.5  # probability that a shopper has bought a favourite of their class
RARE, COMMON = 0.02, 0.15  # the same for anything else, from the least to the most popular product

Hidden = tuple[tuple[Item, ...], Item]  # what a shopper is seen to own, and the purchase that is hidden


@dataclass(frozen=True)
class Market:
    """Products, and who buys them.

    :ivar chance: probability that a shopper of a class has bought a product; shape (classes, products).
    """

    products: tuple[Item, ...]
    chance: NDArray[np.float64]
    name = "true probabilities"

    @classmethod
    def draw(cls, rng: Random, size: int) -> Market:
        """A market of ``size`` products."""
        popularity = [RARE * (COMMON / RARE) ** (i / (size - 1)) for i in range(size)]
        rng.shuffle(popularity)
        chance = np.tile(np.array(popularity), (CLASSES, 1))
        for row in chance:
            row[rng.sample(range(size), FAVOURITES)] = FAVOURITE
        return cls(meaningless_products(rng, size), chance)

    def shoppers(self, rng: Random, count: int) -> list[frozenset[str]]:
        """What ``count`` shoppers have bought: sets of two or more ids."""
        found: list[frozenset[str]] = []
        while len(found) < count:
            chance = rng.choice(self.chance)
            bought = frozenset(p.id for p, c in zip(self.products, chance, strict=True) if rng.random() < c)
            if len(bought) >= 2:
                found.append(bought)
        return found

    def rank(self, basket: Sequence[Item], candidates: Sequence[Item]) -> tuple[Item, ...]:
        """By the true probability of being the one purchase that is hidden: on average nobody can do better.

        With odds o = q / (1 - q): P(class | basket) ∝ Π o(owned) · Π (1 - q), and
        P(hidden = i | basket) ∝ Σ P(class | basket) · o(i).
        """
        place = {product.id: i for i, product in enumerate(self.products)}
        odds = self.chance / (1 - self.chance)  # (classes, products)
        of_class = odds[:, [place[i.id] for i in basket]].prod(1) * (1 - self.chance).prod(1)  # (classes,)
        score = of_class @ odds  # (products,)
        return tuple(sorted(candidates, key=lambda item: -score[place[item.id]]))


def meaningless_products(rng: Random, count: int) -> tuple[Item, ...]:
    """Products called "kabo" or "mupi": four letters that say nothing."""
    syllables = [consonant + vowel for consonant, vowel in pairs("bdfgklmnprstvz", "aeiou")]
    names: set[str] = set()
    while len(names) < count:
        names.add("".join(rng.sample(syllables, 2)))
    return tuple(Item(name, "", "", "", {"en": name}) for name in sorted(names))


def hide_one(bought: frozenset[str], products: Sequence[Item], rng: Random) -> Hidden:
    """A shopper's purchases in random order, with one of them hidden."""
    owned = [product for product in products if product.id in bought]
    *basket, hidden = rng.sample(owned, len(owned))
    return tuple(basket), hidden


def not_in(basket: Sequence[Item], products: Sequence[Item]) -> tuple[Item, ...]:
    """The products that may be recommended, in the market's order."""
    owned = {item.id for item in basket}
    return tuple(product for product in products if product.id not in owned)
