"""Compare a shop's recommender with simple ones, such as a tuned item-kNN, on held-out orders."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ..newcomers import measure_corrections
from ..t5.fusion import Fusion
from ..t5.scorer import Checkpoint
from ..training.orders import DEPTHS, ShopData, hit_rates, list_rows, score_places, split_ids
from ..training.weighing import score_rows
from .bootstrap import CONFIDENCE, estimate
from .schema import Document, Estimate, Figure
from .sequential import Popularity

POPULARITY, KNN, RETRIEVAL, T5, ANSWER = "popularity", "item-kNN, tuned", "retrieval", "T5 alone", "T5 with purchases"


class ShopEvaluation(Document):
    """The results of the comparison.

    :ivar orders: number of held-out orders.
    :ivar rows: number of their rows: each product of an order in turn is the target.
    :ivar missed: share of rows whose target is not among the candidates.
    :ivar confidence: mean probability of the pick.
    :ivar hit_rates: HR@k for :data:`.DEPTHS`, by recommender.
    :ivar differences: HR@k of the recommender less that of item-kNN, by k; paired and resampled by order.
    """

    writer = "evaluate --shop"

    orders: int
    rows: int
    missed: Figure
    confidence: Figure
    hit_rates: dict[str, tuple[Figure, ...]]
    differences: dict[int, Estimate]

    @property
    def ours(self) -> str:
        """The recommender that is compared: the T5 alone if no weights were fitted with it."""
        return ANSWER if ANSWER in self.hit_rates else T5

    def format(self) -> str:
        """Return the comparison as text: a table and sentences."""
        lines = [
            f"{self.orders:,} orders held out, {self.rows:,} purchases to find in them; {self.missed:.1%} of "
            "those were not among the candidates, and count as not found.",
            "",
            f"{'':<20}" + "".join(f"{f'HR@{k}':>8}" for k in DEPTHS),
        ]
        lines += [f"{name:<20}" + "".join(f"{rate:8.3f}" for rate in rates) for name, rates in self.hit_rates.items()]
        lines += ["", f"{self.ours} less {KNN} (paired bootstrap over orders, {100 * CONFIDENCE:.0f} %):"]
        lines += [_describe(self.ours, depth, found) for depth, found in self.differences.items()]
        first = self.hit_rates[self.ours][0]
        return "\n".join(
            [*lines, "", f"The pick's probability is {self.confidence:.3f} on average, its HR@1 {first:.3f}."]
        )


def _describe(ours: str, depth: int, found: Estimate) -> str:
    """Return which of the two is better at a depth, as a sentence."""
    if found.low is None or found.high is None:
        return f"HR@{depth:<3} {found.value:+.3f}: no difference can be told."
    verdict = (
        "item-kNN wins" if found.high < 0 else f"the {ours} wins" if found.low > 0 else "no difference can be told"
    )
    return f"HR@{depth:<3} {found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f}): {verdict}."


@dataclass(frozen=True)
class HeldOut:
    """Every recommender's ranks of the targets in held-out orders, one entry per row in each field.

    :ivar orders: the order of the row.
    :ivar places: the target's rank by recommender, from 1; None if it is not ranked.
    :ivar retrieved: whether the target is among the candidates.
    :ivar confidences: the probability of the pick.
    """

    orders: tuple[Hashable, ...]
    places: dict[str, Sequence[int | None]]
    retrieved: tuple[bool, ...]
    confidences: tuple[float, ...]

    @classmethod
    def rank(cls, data: ShopData, checkpoint: Checkpoint, fusion: Fusion | None) -> HeldOut:
        """Rank the test part with every recommender.

        :param fusion: None to rank by the T5 alone.
        """
        orders = [(order.line, row) for order in data.test for row in list_rows([order], data.catalog)]
        rows = [row for _, row in orders]
        known = fusion.corrections if fusion else {}
        scored = score_rows(checkpoint, data.catalog, rows, known or measure_corrections(checkpoint, data.catalog))
        weighed = [each.weigh(fusion) if fusion else each.likelihoods for each in scored]
        probabilities = [fusion.probabilities(w) if fusion else w.softmax(-1) for w in weighed]
        asked = split_ids(rows)
        popularity = Popularity(data.knn.counts.ids, [order.ids for order in data.training])
        places: dict[str, Sequence[int | None]] = {
            POPULARITY: popularity.places(*asked),
            KNN: data.knn.places(*asked),
            RETRIEVAL: [each.place_retrieved for each in scored],
            T5: [each.place(each.likelihoods) for each in scored],
        }
        if fusion:
            places[ANSWER] = [each.place(log_odds) for each, log_odds in zip(scored, weighed, strict=True)]
        return cls(
            orders=tuple(line for line, _ in orders),
            places=places,
            retrieved=tuple(each.target is not None for each in scored),
            confidences=tuple(float(p.max()) for p in probabilities),
        )

    @classmethod
    def pool(cls, runs: Sequence[HeldOut]) -> HeldOut:
        """Return the rows of several shops as one."""
        return cls(
            orders=tuple((n, order) for n, run in enumerate(runs) for order in run.orders),
            places={name: [place for run in runs for place in run.places[name]] for name in runs[0].places},
            retrieved=tuple(found for run in runs for found in run.retrieved),
            confidences=tuple(each for run in runs for each in run.confidences),
        )

    def compare(self, seed: int = 0) -> ShopEvaluation:
        """Return the comparison.

        :param seed: the seed of the bootstrap.
        """
        ours, theirs = self.places.get(ANSWER, self.places[T5]), self.places[KNN]
        return ShopEvaluation(
            orders=len(set(self.orders)),
            rows=len(self.orders),
            missed=1 - float(np.mean(self.retrieved)),
            confidence=float(np.mean(self.confidences)),
            hit_rates={name: tuple(hit_rates(found)) for name, found in self.places.items()},
            differences={
                k: estimate(
                    (score_places(f"HR@{k}", ours) - score_places(f"HR@{k}", theirs)).tolist(), self.orders, seed
                )
                for k in DEPTHS
            },
        )
