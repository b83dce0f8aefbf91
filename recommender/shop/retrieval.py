"""Retrieval: the products of a shelf that come nearest to a basket, for the T5 to rank.

By words: of a shop without purchases, the products whose names share words with the basket's. By co-purchase (see
:mod:`.co_purchase`): what is bought with it, and of a large shelf some of those, too, that share words with it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .text import normalise

MOST = 20  # products: enough for a choice, few enough to be sure of the sport
FEWEST = 5  # as many as the page shows
BY_WORDS = 4  # of the candidates of a shop with purchases
SIMILAR = 0.5  # of the highest similarity; what shares less would fill the list with the basket's kinds
# What a title says of a product besides what it is: measures, packages, "by" in "4 x 40"
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


def retrieve_bought(
    scores: Sequence[float], index: WordIndex, basket: Collection[str], products: Sequence[str]
) -> list[str]:
    """Return the products to rank in a shop with purchases: at most :data:`MOST`, the highest score first.

    Up to :data:`BY_WORDS` of them are those that share words with the basket and would not be among them otherwise;
    so something new is tried before anybody has bought it.

    :param scores: of the products, by purchases.
    :param basket: ids, as are ``products``, in the order in which equal ones are taken.
    """
    ranked = [products[n] for n in sorted(range(len(products)), key=lambda n: -scores[n])]
    if len(ranked) <= MOST:
        return ranked
    similar = index.similarity(basket)
    rest = ranked[MOST - BY_WORDS :]
    by_words = sorted((product for product in rest if product in similar), key=lambda product: -similar[product])
    chosen = {*ranked[: MOST - BY_WORDS], *by_words[:BY_WORDS]}
    chosen.update([product for product in rest if product not in chosen][: MOST - len(chosen)])
    return [product for product in ranked if product in chosen]
