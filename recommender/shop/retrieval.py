"""Retrieval: select the candidates for a basket, which the T5 then ranks.

In a shop with purchases, they are the products with the best co-purchase scores (see :mod:`.item_knn`), and a few by
words. In one without, all that are not owned are candidates if one prompt holds them, or else those whose words are
most similar to the basket's.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .text import normalise

MOST = 20  # candidates: with more, the bundled T5 is less sure of the sport
FEWEST = 5  # as many as the page shows
BY_WORDS = 4  # candidates by words in a shop with purchases
SIMILAR = 0.5  # least share of the highest similarity; less similar products only share the kind with the basket
# Words in titles that do not say what a product is: measures, packages, "x" in "4 x 40"
_UNITS = (
    "mm cm dm m km qm cbm g kg mg t l ml cl dl hl w kw v kv a ma ah mah wh hz khz mhz ghz k nm bar psi db rpm gb tb mb "
    "in inch inches zoll ft lb lbs oz pt gal x er gr stk stuck st pack packs packung pck pcs pc piece pieces pair paar "
    "set sets dn ve pz uds ud unidades unidad pieza piezas lot paquet sachet مم سم م كجم كغ غ مل لتر قطعة قطع عبوة واط "
    "فولت"
)
UNITS = frozenset(_UNITS.split())
_WORD = re.compile(r"\w+")


def content_words(*texts: str) -> frozenset[str]:
    """Return the words that say what a product is: normalised, without numbers and units.

    >>> sorted(content_words("Bosch Dübel 8 mm (50er-Pack)", "18V-Akku"))
    ['akku', 'bosch', 'dubel']
    """
    words = (word for text in texts for word in _WORD.findall(normalise(text)))
    return frozenset(w for w in words if w not in UNITS and not any(map(str.isdigit, w)))


@dataclass(frozen=True)
class WordIndex:
    """An inverted index of products by word, weighted by idf: log(products / document frequency), Spärck Jones 1972.

    :ivar words: the words of each product, by id.
    :ivar postings: the places, in the order of ``words``, of the products that have a word.
    """

    words: Mapping[str, frozenset[str]]
    postings: Mapping[str, NDArray[np.int64]]

    @classmethod
    def build(cls, words: Mapping[str, frozenset[str]]) -> WordIndex:
        """Build the index from the words of each product, by id."""
        postings: dict[str, list[int]] = {}
        for place, its_words in enumerate(words.values()):
            for word in its_words:
                postings.setdefault(word, []).append(place)
        return cls(words, {word: np.array(places) for word, places in postings.items()})

    def extended(self, words: Mapping[str, frozenset[str]]) -> WordIndex:
        """Return the index with the words of more products at the end, by id."""
        postings = dict(self.postings)
        for word, places in WordIndex.build(words).postings.items():
            later = places + len(self.words)
            postings[word] = np.concatenate([postings[word], later]) if word in postings else later
        return WordIndex({**self.words, **words}, postings)

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The ids of all products."""
        return tuple(self.words)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The places of the products, by id."""
        return {product: place for place, product in enumerate(self.words)}

    def similarity(self, basket: Sequence[str], recency: float = 0.0) -> NDArray[np.float64]:
        """Return each product's similarity to the basket: the weights of the words that it shares with each item.

        :param basket: ids.
        :param recency: exponent by which an item counts less the more items follow it.
        :return: shape (products,); 0 means nothing in common.
        """
        similar = np.zeros(len(self.words))
        times: dict[str, float] = defaultdict(float)
        for since, product in enumerate(reversed(basket), start=1):
            for word in self.words[product]:
                times[word] += since**-recency
        for word in sorted(times):  # sorted, so that the rounding of sums is the same in every run
            postings = self.postings[word]
            similar[postings] += times[word] * math.log(len(self.words) / len(postings))
        return similar

    def most_similar(
        self, basket: Sequence[str], among: NDArray[np.int64], count: int, recency: float
    ) -> tuple[list[int], list[float]]:
        """Return the places of the most similar products, and how similar they are; see :meth:`similarity`.

        :param among: the places of the products to select from; owned ones are left out.
        """
        similarity = self.similarity(basket, recency)
        rest = among[~np.isin(among, [self.places[product] for product in basket])]
        best = rest[np.argsort(-similarity[rest], kind="stable")][:count]
        return best.tolist(), similarity[best].tolist()

    def retrieve(self, basket: Sequence[str], products: Iterable[str], added: Collection[str]) -> frozenset[str]:
        """Return the products to rank: at most :data:`MOST`, at least :data:`FEWEST` if there are as many.

        :param basket: ids.
        :param products: ids; of equally similar products, those are taken whose ids come first in the alphabet.
        :param added: ids of products that are preferred: to all others if they share a word, else to equal ones.
        """
        similar = dict(zip(self.products, self.similarity(basket).tolist(), strict=True))

        def order(product: str) -> tuple[bool, float, bool, str]:
            is_added = product in added
            return not (is_added and similar[product]), -similar[product], not is_added, product

        first = sorted(products, key=order)[:MOST]
        enough = SIMILAR * max((similar[product] for product in first), default=0)
        return frozenset(
            product
            for n, product in enumerate(first)
            if n < FEWEST or similar[product] >= enough or (product in added and similar[product])
        )


def retrieve_bought(
    scores: NDArray[np.float64], index: WordIndex, basket: Sequence[str], new: NDArray[np.int64]
) -> list[str]:
    """Return the products to rank in a shop with purchases: at most :data:`MOST`, the highest score first.

    Up to :data:`BY_WORDS` of them are products with lower scores that are similar to the basket by words. If none of
    them all is new, the new product with the highest score takes the place of the last, so that it has a chance before
    anybody has bought it.

    :param scores: by co-purchase, of all products in the order of the index; of equal ones, such as where nobody has
        bought anything of the basket, those are taken that are most similar by words, and of these the first.
    :param basket: ids; these products are left out.
    :param new: the places, in the order of the index, of the products that nobody has bought.
    """
    owned = [index.places[product] for product in basket]
    kept = np.array(scores, dtype=float)
    kept[owned] = -np.inf
    count = min(MOST, len(kept) - len(owned))
    least = np.partition(kept, -count)[-count] if count else np.inf
    similar = index.similarity(basket)
    first = np.flatnonzero(kept >= least)
    first = first[np.lexsort((-similar[first], -kept[first]))][:count]
    left = similar.copy()
    left[[*owned, *first[: MOST - BY_WORDS]]] = 0
    rest = np.flatnonzero(left)
    by_words = rest[np.lexsort((-kept[rest], -similar[rest]))][:BY_WORDS]
    unsold = new[kept[new] > 0]
    chosen = list(dict.fromkeys([*first[: MOST - BY_WORDS], *by_words, *first]))[:count]
    if len(unsold) and not np.isin(unsold, chosen).any():
        chosen[-1] = unsold[kept[unsold].argmax()]
    return [index.products[n] for n in sorted(chosen, key=lambda n: (-kept[n], -similar[n], n))]
