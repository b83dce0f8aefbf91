"""Compare a shop's recommender with simple ones, such as a tuned item-kNN, on held-out orders."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ..newcomers import measure_corrections
from ..t5.fusion import Fusion
from ..t5.scorer import Checkpoint
from ..training.fusion_fitting import score_rows
from ..training.shop_data import DEPTHS, ShopData, hit_rates, list_ids, list_rows, sample_orders, score_ranks
from .bootstrap import estimate
from .collaborative import Popularity
from .shop_schema import ANSWER, KNN, POPULARITY, RETRIEVAL, T5, ShopEvaluation

MAX_ROWS = 20_000  # that are ranked: in some minutes, and the intervals are a hundredth wide


@dataclass(frozen=True)
class HeldOut:
    """Every recommender's ranks of the targets in held-out orders, one entry per row in each field.

    :ivar orders: the order of the row.
    :ivar ranks: the target's rank by recommender, from 1; None if it is not ranked.
    :ivar retrieved: whether the target is among the candidates.
    :ivar confidences: the probability of the pick.
    :ivar left_out: number of held-out orders that are not ranked, because there are so many.
    """

    orders: tuple[Hashable, ...]
    ranks: dict[str, Sequence[int | None]]
    retrieved: tuple[bool, ...]
    confidences: tuple[float, ...]
    left_out: int = 0

    @classmethod
    def rank(cls, data: ShopData, checkpoint: Checkpoint, fusion: Fusion | None) -> HeldOut:
        """Rank the test split with every recommender; of a large one, :data:`MAX_ROWS` rows.

        :param fusion: None to rank by the T5 alone.
        """
        kept, left_out = sample_orders(data.test, MAX_ROWS)
        orders = [(order.line, row) for order in kept for row in list_rows([order], data.catalog)]
        rows = [row for _, row in orders]
        known = fusion.corrections if fusion else {}
        scored = score_rows(checkpoint, data.catalog, rows, known or measure_corrections(checkpoint, data.catalog))
        weighed = [each.weigh(fusion) if fusion else each.likelihoods for each in scored]
        probabilities = [fusion.probabilities(w) if fusion else w.softmax(-1) for w in weighed]
        asked = list_ids(rows)
        popularity = Popularity(data.knn.counts.ids, [order.ids for order in data.training])
        ranks: dict[str, Sequence[int | None]] = {
            POPULARITY: popularity.rank_targets(*asked),
            KNN: data.knn.rank_targets(*asked),
            RETRIEVAL: [each.retrieval_rank for each in scored],
            T5: [each.rank_target(each.likelihoods) for each in scored],
        }
        if fusion:
            ranks[ANSWER] = [each.rank_target(log_odds) for each, log_odds in zip(scored, weighed, strict=True)]
        return cls(
            orders=tuple(line for line, _ in orders),
            ranks=ranks,
            retrieved=tuple(each.target is not None for each in scored),
            confidences=tuple(float(p.max()) for p in probabilities),
            left_out=left_out,
        )

    @classmethod
    def pool(cls, runs: Sequence[HeldOut]) -> HeldOut:
        """Return the rows of several shops as one."""
        return cls(
            orders=tuple((n, order) for n, run in enumerate(runs) for order in run.orders),
            ranks={name: [rank for run in runs for rank in run.ranks[name]] for name in runs[0].ranks},
            retrieved=tuple(found for run in runs for found in run.retrieved),
            confidences=tuple(each for run in runs for each in run.confidences),
            left_out=sum(run.left_out for run in runs),
        )

    def compare(self, seed: int = 0) -> ShopEvaluation:
        """Return the comparison.

        :param seed: the seed of the bootstrap.
        """
        ours, theirs = self.ranks.get(ANSWER, self.ranks[T5]), self.ranks[KNN]
        return ShopEvaluation(
            orders=len(set(self.orders)),
            rows=len(self.orders),
            left_out=self.left_out,
            missed=1 - float(np.mean(self.retrieved)),
            confidence=float(np.mean(self.confidences)),
            hit_rates={name: tuple(hit_rates(found)) for name, found in self.ranks.items()},
            differences={
                k: estimate((score_ranks(f"HR@{k}", ours) - score_ranks(f"HR@{k}", theirs)).tolist(), self.orders, seed)
                for k in DEPTHS
            },
        )
