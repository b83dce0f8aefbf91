"""Which products of a large shelf are put before the T5: those whose names share words with the basket's."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

MOST = 20  # products: enough for a choice, few enough to be sure of the sport
FEWEST = 5  # as many as the page shows
NEAR = 0.5  # of the nearest one's similarity; what shares less would fill the list with the basket's kinds


@dataclass(frozen=True)
class WordIndex:
    """Who holds a word, and how much it tells: log(products / holders), as in Spärck Jones 1972 ("idf").

    :ivar words: every product's, by id.
    :ivar holders: the ids that hold a word.
    """

    words: Mapping[str, frozenset[str]]
    holders: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, words: Mapping[str, frozenset[str]]) -> WordIndex:
        """The index of products whose words are known, by id."""
        holders: dict[str, list[str]] = {}
        for product, its_words in words.items():
            for word in its_words:
                holders.setdefault(word, []).append(product)
        return cls(words, {word: tuple(found) for word, found in holders.items()})

    def similarity(self, basket: Iterable[str]) -> Mapping[str, float]:
        """How near each product is to the basket: what the words tell that it shares with each item, summed.

        :param basket: ids.
        :return: by id, above 0; who is not in it shares nothing.
        """
        near: dict[str, float] = {}
        times = Counter(word for product in basket for word in self.words[product])
        for word in sorted(times):  # sorted, so that sums are the same in every run
            tells = times[word] * math.log(len(self.words) / len(self.holders[word]))
            for product in self.holders[word]:
                near[product] = near.get(product, 0) + tells
        return {product: value for product, value in near.items() if value}  # a word that all have tells nothing

    def nearest(self, basket: Collection[str], products: Iterable[str], guests: Collection[str]) -> frozenset[str]:
        """The products to choose from: at most :data:`MOST`.

        :param basket: ids, as are ``products``, in the order in which equally near ones are taken.
        :param guests: those that come before all others where they share a word, and before their equals anyway.
        """
        near = self.similarity(basket)

        def distance(product: str) -> tuple[bool, float, bool]:
            welcome = product in guests
            return not (welcome and product in near), -near.get(product, 0), not welcome

        first = sorted(products, key=distance)[:MOST]
        enough = NEAR * max((near.get(product, 0) for product in first), default=0)
        kept = (p for n, p in enumerate(first) if n < FEWEST or near.get(p, 0) >= enough or (p in guests and p in near))
        return frozenset(kept)
