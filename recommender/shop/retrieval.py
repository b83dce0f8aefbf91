"""Retrieval: select from a large shelf the candidates for a basket, which the T5 then ranks.

In a shop without purchases, they are the products whose words are most similar to the basket's. In a shop with
purchases, they are those with the best co-purchase scores (see :mod:`.co_purchase`), and a few by words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .text import normalise

MOST = 20  # candidates: with more, the bundled T5 is less sure of the sport
FEWEST = 5  # as many as the page shows
BY_WORDS = 4  # candidates by words in a shop with purchases
SIMILAR = 0.5  # least share of the highest similarity; less similar products only share the kind with the basket
# Words in titles that do not say what a product is: measures, packages, "x" in "4 x 40"
_UNITS = (
    "mm cm dm m km qm cbm g kg mg t l ml cl dl hl w kw v kv a ma ah mah wh hz khz mhz ghz k nm bar psi db rpm gb tb mb "
    "in inch inches zoll ft lb lbs oz pt gal x er gr stk stuck st pack packs packung pck pcs pc piece pieces pair paar "
    "set sets dn ve pz uds ud unidades unidad pieza piezas piece pieces lot paquet sachet مم سم م كجم كغ غ مل لتر قطعة "
    "قطع عبوة واط فولت"
)
UNITS = frozenset(_UNITS.split())
_WORD = re.compile(r"\w+")


def split_words(*texts: str) -> frozenset[str]:
    """Return the words that say what a product is: normalised, without numbers and units.

    >>> sorted(split_words("Bosch Dübel 8 mm (50er-Pack)", "18V-Akku"))
    ['akku', 'bosch', 'dubel']
    """
    words = (word for text in texts for word in _WORD.findall(normalise(text)))
    return frozenset(w for w in words if w not in UNITS and not any(map(str.isdigit, w)))


@dataclass(frozen=True)
class WordIndex:
    """An inverted index of products by word, with weights log(products / holders), the "idf" of Spärck Jones 1972.

    :ivar words: the words of each product, by id.
    :ivar holders: the ids of the products that have a word.
    """

    words: Mapping[str, frozenset[str]]
    holders: Mapping[str, tuple[str, ...]]

    @classmethod
    def build(cls, words: Mapping[str, frozenset[str]]) -> WordIndex:
        """Build the index from the words of each product, by id."""
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
        for word in sorted(times):  # sorted, so that the rounding of sums is the same in every run
            weight = times[word] * math.log(len(self.words) / len(self.holders[word]))
            for product in self.holders[word]:
                similar[product] = similar.get(product, 0) + weight
        return {product: value for product, value in similar.items() if value}  # a word of all products has weight 0

    def retrieve(self, basket: Collection[str], products: Iterable[str], added: Collection[str]) -> frozenset[str]:
        """Return the products to rank: at most :data:`MOST`, at least :data:`FEWEST` if there are as many.

        :param basket: ids.
        :param products: ids; of equally similar products, the first ones are taken.
        :param added: ids of products that are preferred: to all others if they share a word, else to equal ones.
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


def retrieve_bought(
    scores: Sequence[float], index: WordIndex, basket: Collection[str], products: Sequence[str]
) -> list[str]:
    """Return the products to rank in a shop with purchases: at most :data:`MOST`, the highest score first.

    Up to :data:`BY_WORDS` of them are products with lower scores that are similar to the basket by words, so that a new
    product has a chance before anybody has bought it.

    :param scores: the products' scores by co-purchase.
    :param basket: ids.
    :param products: ids; of products with equal scores, the first ones are taken.
    """
    ranked = [products[n] for n in np.argsort(-np.asarray(scores), kind="stable")]
    if len(ranked) <= MOST:
        return ranked
    similar = index.similarity(basket)
    rest = ranked[MOST - BY_WORDS :]
    by_words = sorted((product for product in rest if product in similar), key=lambda product: -similar[product])
    chosen = {*ranked[: MOST - BY_WORDS], *by_words[:BY_WORDS]}
    chosen.update([product for product in rest if product not in chosen][: MOST - len(chosen)])
    return [product for product in ranked if product in chosen]
