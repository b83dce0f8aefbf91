"""Rankers of all products of a shop that learn from purchases alone, in any order: popularity and EASE."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray

from ..shop.co_purchase import Floats
from ..shop.neighbours import BasketScorer
from ..training.orders import score_ranks

# EASE: candidates for λ, which is chosen on the validation part, and how many products that is done with: those that
# sold most, since the time grows with the cube of their number
RIDGES, TUNED = (100.0, 250.0, 500.0), 5000

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Popularity(BasketScorer):
    """Ranks by popularity, the same for every basket.

    :param baskets: the training data.
    """

    def __init__(self, ids: Sequence[str], baskets: Sequence[Sequence[str]]):
        super().__init__(ids)
        self.sold = self.make_multi_hot(baskets).sum(axis=0)

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        return np.tile(self.sold, (len(baskets), 1))


class Ease(BasketScorer):
    """EASE, a linear autoencoder in closed form (Steck 2019, arXiv 1905.03375).

    B = I - P · diag(1 / diag P) with P = (XᵀX + λI)⁻¹, X the shoppers' purchases; the scores for a basket
    are the sum of its items' rows.

    :param baskets: the training data.
    """

    def __init__(self, ids: Sequence[str], baskets: Sequence[Sequence[str]], ridge: float):
        super().__init__(ids)
        x = self.make_multi_hot(baskets)
        gram = torch.from_numpy((x.T @ x).astype(np.float32).toarray()).to(DEVICE)  # 1.3 GB for 18,000 products
        gram.diagonal().add_(ridge)
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram, out=gram), out=gram)
        inverse /= -inverse.diagonal().clone()
        inverse.fill_diagonal_(0)
        # row by row, or each product with it would copy it
        self.weights: NDArray[np.float32] = np.ascontiguousarray(inverse.cpu().numpy())

    @staticmethod
    def tune(baskets: Sequence[Sequence[str]], validation: tuple[Sequence[Sequence[str]], Sequence[str]]) -> float:
        """Return the λ with the best NDCG@10.

        :param validation: histories and their next purchases.
        """
        popular = [id_ for id_, _ in Counter(chain.from_iterable(baskets)).most_common(TUNED)]
        known = set(popular)
        asked = [(history, target) for history, target in zip(*validation, strict=True) if target in known]

        def measure(ridge: float) -> float:
            ranks = Ease(popular, baskets, ridge).rank_targets([h for h, _ in asked], [target for _, target in asked])
            return float(score_ranks("NDCG@10", ranks).mean())

        return max(RIDGES, key=measure)

    def score_baskets(self, baskets: Sequence[Sequence[str]]) -> Floats:
        """See :meth:`.BasketScorer.score_baskets`."""
        # in the type of the weights, of gigabytes, which would else be converted every time
        x = self.make_multi_hot(baskets).astype(np.float32)
        scores: Floats = x @ self.weights
        return scores
