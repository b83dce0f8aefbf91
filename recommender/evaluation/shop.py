"""A shop's recommender beside what its owner would write in thirty lines, on orders that neither has seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..t5.fusion import Fusion
from ..t5.scorer import Checkpoint
from ..training.orders import DEPTHS, Row, ShopData, hit_rates, list_rows
from ..training.weighing import score_rows
from .bootstrap import CONFIDENCE, estimate

KNN, ANSWER = "item-kNN, tuned", "T5 with purchases"


@dataclass(frozen=True)
class Difference:
    """How much more the answer finds than item-kNN, with a paired bootstrap interval over orders.

    :ivar depth: k of HR@k.
    :ivar low: None, as is ``high``, if there is one order only.
    """

    depth: int
    value: float
    low: float | None
    high: float | None

    @property
    def verdict(self) -> str:
        """Return who wins, in words."""
        if self.high is not None and self.high < 0:
            return "item-kNN wins"
        return "the T5 with purchases wins" if self.low is not None and self.low > 0 else "no difference can be told"

    def format(self) -> str:
        """Return the difference as a sentence."""
        between = "" if self.low is None else f" ({self.low:+.3f} to {self.high:+.3f})"
        return f"HR@{self.depth:<3} {self.value:+.3f}{between}: {self.verdict}."


@dataclass(frozen=True)
class ShopEvaluation:
    """The comparison.

    :ivar orders: held out.
    :ivar rows: of them: each product in turn was to be found.
    :ivar missed: the share of rows where what was bought is none of the candidates.
    :ivar confidence: the mean probability of the pick.
    :ivar hit_rates: HR@k for :data:`DEPTHS`, by recommender.
    """

    orders: int
    rows: int
    missed: float
    confidence: float
    hit_rates: dict[str, list[float]]
    differences: tuple[Difference, ...]

    def format(self) -> str:
        """Return the comparison as a table and sentences."""
        lines = [
            f"{self.orders:,} orders held out, {self.rows:,} purchases to find in them; {self.missed:.1%} of "
            "those were not among the candidates, and count as not found.",
            "",
            f"{'':<20}" + "".join(f"{f'HR@{k}':>8}" for k in DEPTHS),
        ]
        lines += [f"{name:<20}" + "".join(f"{rate:8.3f}" for rate in rates) for name, rates in self.hit_rates.items()]
        lines += ["", f"{ANSWER} less {KNN} (paired bootstrap over orders, {100 * CONFIDENCE:.0f} %):"]
        lines += [each.format() for each in self.differences]
        first = self.hit_rates[ANSWER][0]
        return "\n".join(
            [*lines, "", f"The pick's probability is {self.confidence:.3f} on average, its HR@1 {first:.3f}."]
        )

    def write(self, path: Path) -> None:
        """Write the comparison as JSON."""
        path.write_text(json.dumps({"shop": asdict(self)}, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def evaluate_shop(data: ShopData, checkpoint: Checkpoint, fusion: Fusion | None, seed: int = 0) -> ShopEvaluation:
    """Compare on the test part of a shop's orders.

    :param fusion: None where the T5 alone decides.
    """
    orders = [(order.line, row) for order in data.test for row in list_rows([order], data.catalog)]
    scored = score_rows(checkpoint, data.catalog, [row for _, row in orders])
    weighed = [each.weigh(fusion) if fusion else each.likelihoods for each in scored]
    probabilities = [fusion.probabilities(w) if fusion else w.softmax(-1) for w in weighed]
    places: dict[str, list[int | None]] = {
        "popularity": [_place_popular(data, each.row) for each in scored],
        KNN: [data.knn.place([item.id for item in each.row.basket], each.row.target.id) for each in scored],
        "retrieval": [each.place_retrieved for each in scored],
        "T5 alone": [each.place(each.likelihoods) for each in scored],
        ANSWER: [each.place(log_odds) for each, log_odds in zip(scored, weighed, strict=True)],
    }
    lines = [line for line, _ in orders]
    return ShopEvaluation(
        orders=len(set(lines)),
        rows=len(scored),
        missed=sum(each.target is None for each in scored) / len(scored),
        confidence=sum(float(p.max()) for p in probabilities) / len(scored),
        hit_rates={name: hit_rates(found) for name, found in places.items()},
        differences=tuple(_compare(places[ANSWER], places[KNN], lines, k, seed) for k in DEPTHS),
    )


def _place_popular(data: ShopData, row: Row) -> int:
    """Return the place of what was bought in an order by sales, from 1."""
    counts = data.knn.counts
    owned = {item.id for item in row.basket}
    order = [counts.ids[n] for n in np.argsort(-counts.sold, kind="stable")]
    return 1 + [id_ for id_ in order if id_ not in owned].index(row.target.id)


def _compare(
    ours: Sequence[int | None], theirs: Sequence[int | None], lines: Sequence[int], depth: int, seed: int
) -> Difference:
    def hit(place: int | None) -> bool:
        return place is not None and place <= depth

    more = [float(hit(our) - hit(their)) for our, their in zip(ours, theirs, strict=True)]
    found = estimate(more, lines, seed)
    return Difference(depth, found.value, found.low, found.high)
