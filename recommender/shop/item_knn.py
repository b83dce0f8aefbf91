"""Score products by what was bought together with a basket, and by the words of their names.

A product's score is that of an item-to-item neighbourhood: Σ together(i, c) / (sold(i)^a · sold(c)^b) over the owned i
(Deshpande & Karypis 2004, with the exponents tuned), by the counts of :mod:`.co_purchase`. Where baskets are in order
of time, an i counts less the more was bought after it. The score is smoothed by the product's name: the mean score of
products with the same words counts like a fixed number of sales. So a product that was sold seldom is scored mostly
like similar products; one that was never sold, as :data:`UNSOLD` of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .co_purchase import CoPurchases, Floats, KnnSettings, build_indicator

BATCH = 256  # baskets scored in one matrix product
# A product that nobody has bought gets this share of the mean score of similar ones: it sells worse than they do.
# With 1, unsold products displaced sold ones from the first ten; with 0.35, they seldom appeared there.
UNSOLD = 0.6


@dataclass(frozen=True)
class Forget:
    """A purchase to remove from the counts: that of a training row's target, which would reveal the answer.

    :ivar product: the target's id; its purchase with the basket is removed.
    :ivar entirely: whether to remove all of its purchases, as if it were new.
    """

    product: str
    entirely: bool = False


class BasketScorer(ABC):
    """Scores all products of a shop for a basket.

    :param ids: the products' ids, in the order of the scores.
    """

    def __init__(self, ids: Sequence[str]):
        self._place = {id_: n for n, id_ in enumerate(ids)}

    @abstractmethod
    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """Return the scores of all products for each basket, shape (B, products); higher is better."""

    def rank_targets(
        self, baskets: Sequence[Sequence[str]], targets: Sequence[str], left_out: Iterable[str] = ()
    ) -> list[int]:
        """Return the rank of each basket's target among the products not owned, from 1; the first of equals wins.

        :param left_out: ids of products that are not ranked.
        """
        found: list[int] = []
        own = self.find(targets)
        for scores in self._score_rest(baskets, left_out):
            target = own[len(found) : len(found) + len(scores)]
            reached = scores[np.arange(len(scores)), target][:, None]
            before = np.arange(scores.shape[1]) < target[:, None]
            found += (1 + (scores > reached).sum(1) + ((scores == reached) & before).sum(1)).tolist()
        return found

    def best(
        self, baskets: Sequence[Sequence[str]], count: int, left_out: Iterable[str]
    ) -> Iterator[tuple[NDArray[np.int64], Floats]]:
        """Yield the indices in ``ids`` and the scores of the best products for each basket, ``count`` at most.

        :param left_out: ids of products that are not ranked.
        """
        for some in self._score_rest(baskets, left_out):
            for scores in some:
                order = np.argsort(-scores, kind="stable")[:count]
                order = order[np.isfinite(scores[order])]  # products that are not ranked are dropped
                yield order, scores[order]

    def _score_rest(self, baskets: Sequence[Sequence[str]], left_out: Iterable[str]) -> Iterator[Floats]:
        """Yield scores in batches, shape (B, products), with -inf for products that are owned or left out."""
        never = self.find(left_out)
        for start in range(0, len(baskets), BATCH):
            some = baskets[start : start + BATCH]
            scores = self.score_baskets(some)
            scores[:, never] = -np.inf
            scores[self.make_multi_hot(some).nonzero()] = -np.inf
            yield scores

    def find(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Return the indices of these products in ``ids``; unknown ones are ignored."""
        return np.array([self._place[id_] for id_ in ids if id_ in self._place], dtype=np.int64)

    def make_multi_hot(
        self, baskets: Sequence[Sequence[str]], weigh: Callable[[NDArray[np.int64]], Floats] | None = None
    ) -> csr_array:
        """Return a matrix of shape (B, products) with a weight at every product that a basket holds.

        :param weigh: returns the weights of a basket's products, given their indices; by default all are 1.
        """
        owned = [self.find(basket) for basket in baskets]
        matrix = build_indicator(owned, len(self._place))
        if weigh:
            matrix.data = np.concatenate([weigh(each) for each in owned])
        return matrix


class ItemKnn(BasketScorer):
    """Scores a shop's products for a basket.

    :param words: the words of each product's name, in the order of ``counts.ids``.
    """

    def __init__(self, counts: CoPurchases, words: Sequence[Collection[str]]):
        super().__init__(counts.ids)
        self.counts = counts
        self._vocabulary = {word: n for n, word in enumerate(sorted(set(chain.from_iterable(words))))}
        self._term_matrix = self._index_words(words)

    def with_settings(self, settings: KnnSettings) -> ItemKnn:
        """Return the same item-kNN with other settings."""
        other = copy(self)
        other.counts = replace(self.counts, settings=settings)
        other.__dict__.pop("_candidate_weights", None)  # cached for the old settings
        return other

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`BasketScorer.score_baskets`."""
        owned = self.make_multi_hot(baskets, self._weigh)
        by_counts = (owned @ self.counts.together).toarray() * self._candidate_weights
        return self._smooth(by_counts, self.counts.sold)

    @cached_property
    def cumulative_sales(self) -> list[float]:
        """The sums of the sales of all products up to each one, with one more sale of each."""
        sums: list[float] = np.cumsum(self.counts.sold + 1).tolist()
        return sums

    def list_partners(self, product: str, count: int) -> list[str]:
        """Return the ids of products that were bought with this one, the strongest first, ``count`` at most."""
        scores, _ = self._score_by_counts([product], None)
        best = np.argsort(-scores, kind="stable")[:count]
        return [self.counts.ids[n] for n in best.tolist() if scores[n] > 0]

    def locate(self, products: Iterable[str]) -> NDArray[np.int64]:
        """Return the index of each product in ``counts.ids``, shape (products,); -1 if it was never counted."""
        return np.array([self._place.get(product, -1) for product in products], dtype=np.int64)

    def score_products(
        self,
        basket: Collection[str],
        located: NDArray[np.int64],
        words: Sequence[Collection[str]],
        forget: Forget | None = None,
    ) -> Floats:
        """Return the scores of some products, shape (products,); higher is better, 0 means nothing in common.

        :param basket: ids; those of products that were never counted are ignored.
        :param located: the products as :meth:`locate` returns them.
        :param words: the words of their names; those that were never counted are scored by them.
        """
        unsmoothed, sold = self._score_by_counts(basket, forget)
        known = self._smooth(unsmoothed, sold)
        scores: Floats = known[located]
        if len(new := np.flatnonzero(located < 0)):
            terms = self._index_words([words[n] for n in new.tolist()])
            scores[new] = UNSOLD * self._score_by_words(terms, unsmoothed)
        return scores

    def _score_by_counts(self, basket: Iterable[str], forget: Forget | None) -> tuple[Floats, Floats]:
        """Return the scores without smoothing by names, and how often each product was sold."""
        settings, sold = self.counts.settings, self.counts.sold
        owned = self.find(basket)
        if not len(owned):
            return np.zeros(len(sold)), sold
        weights = self._weigh(owned, forget is not None)
        found = self.counts.together[owned].T @ weights  # (products,)
        scores: Floats = found * self._candidate_weights
        if forget:
            target = self._place[forget.product]
            sold = sold.copy()
            sold[target] = 0 if forget.entirely else max(sold[target] - 1, 0)
            near = np.arange(len(owned), 0, -1.0) ** -settings.distance  # what each of the forgotten pairs counted
            left = 0.0 if forget.entirely else max(found[target] - weights @ near, 0.0)
            scores[target] = left * max(sold[target], 1.0) ** -settings.candidate
        return scores, sold

    def _weigh(self, owned: NDArray[np.int64], forgotten: bool = False) -> Floats:
        """Return how much each owned product's neighbours count.

        :param owned: in the order of the basket.
        :param forgotten: whether one sale of each is not to be known.
        """
        settings = self.counts.settings
        sales = np.maximum(self.counts.sold[owned] - forgotten, 1)
        since = np.arange(len(owned), 0, -1.0)  # 1 for the latest
        weights: Floats = sales**-settings.owned * since**-settings.recency
        return weights

    def _smooth(self, scores: Floats, sold: Floats) -> Floats:
        named = self.counts.settings.named
        if not named:
            return scores
        smoothed: Floats = (sold * scores + named * self._score_by_words(self._term_matrix, scores)) / (sold + named)
        return np.where(sold > 0, smoothed, UNSOLD * smoothed)

    def _score_by_words(self, terms: csr_array, scores: Floats) -> Floats:
        """Return for each row of ``terms`` the mean score of products with its words, weighted by idf.

        :param scores: of the counted products, shape (..., products); the result has shape (..., rows).
        """
        by_word = (scores @ self._term_matrix) / np.maximum(self._document_frequency, 1) * self._idf  # (..., words)
        by_name: Floats = (by_word @ terms.T) / np.maximum(terms @ self._idf, 1e-9)
        return by_name

    def _index_words(self, words: Sequence[Collection[str]]) -> csr_array:
        """Return a matrix of 1 where a name (row) contains a word of the vocabulary (column)."""
        rows = [sorted(self._vocabulary[word] for word in each if word in self._vocabulary) for each in words]
        return build_indicator(rows, len(self._vocabulary))

    @cached_property
    def _candidate_weights(self) -> Floats:
        weights: Floats = np.maximum(self.counts.sold, 1) ** -self.counts.settings.candidate
        return weights

    @cached_property
    def _document_frequency(self) -> Floats:
        """Number of sold products with each word."""
        frequency: Floats = self._term_matrix.T @ (self.counts.sold > 0).astype(float)
        return frequency

    @cached_property
    def _idf(self) -> Floats:
        """log((1 + products) / document frequency) of each word, of the sold products; 0 if none has it."""
        sold = max(int((self.counts.sold > 0).sum()), 1)
        frequency = self._document_frequency
        idf: Floats = np.where(frequency > 0, np.log((1 + sold) / np.maximum(frequency, 1)), 0.0)
        return idf
