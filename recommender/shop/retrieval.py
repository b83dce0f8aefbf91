"""Retrieval: the products of a large shelf whose names share words with the basket's, for the T5 to rank."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

MOST = 20  # products: enough for a choice, few enough to be sure of the sport
FEWEST = 5  # as many as the page shows
SIMILAR = 0.5  # of the highest similarity; what shares less would fill the list with the basket's kinds


@dataclass(frozen=True)
class WordIndex:
    """An inverted index of products, each word weighed by log(products / holders), Spärck Jones 1972 ("idf").

    :ivar words: every product's, by id.
    :ivar holders: the ids of the products that have a word.
    """

    words: Mapping[str, frozenset[str]]
    holders: Mapping[str, tuple[str, ...]]

    @classmethod
    def build(cls, words: Mapping[str, frozenset[str]]) -> WordIndex:
        """Return the index of products whose words are given by id."""
        holders: dict[str, list[str]] = {}
        for product, its_words in words.items():
            for word in its_words:
                holders.setdefault(word, []).append(product)
        return cls(words, {word: tuple(found) for word, found in holders.items()})

    def similarity(self, basket: Iterable[str]) -> Mapping[str, float]:
        """Return each product's similarity to the basket: the weights of the words that it shares with each item.

        :param basket: ids.
        :return: positive similarities by id; a missing id has similarity 0.
        """
        similar: dict[str, float] = {}
        times = Counter(word for product in basket for word in self.words[product])
        for word in sorted(times):  # sorted, so that sums are the same in every run
            weight = times[word] * math.log(len(self.words) / len(self.holders[word]))
            for product in self.holders[word]:
                similar[product] = similar.get(product, 0) + weight
        return {product: value for product, value in similar.items() if value}  # a word that all have weighs 0

    def retrieve(self, basket: Collection[str], products: Iterable[str], added: Collection[str]) -> frozenset[str]:
        """Return the products to rank: at most :data:`MOST`, at least :data:`FEWEST` if there are as many.

        :param basket: ids, as are ``products``, in the order in which equally similar ones are taken.
        :param added: those that come before all others if they share a word, and before their equals anyway.
        """
        similar = self.similarity(basket)

        def order(product: str) -> tuple[bool, float, bool]:
            is_added = product in added
            return not (is_added and product in similar), -similar.get(product, 0), not is_added

        first = sorted(products, key=order)[:MOST]
        enough = SIMILAR * max((similar.get(product, 0) for product in first), default=0)
        return frozenset(
            product
            for n, product in enumerate(first)
            if n < FEWEST or similar.get(product, 0) >= enough or (product in added and product in similar)
        )
