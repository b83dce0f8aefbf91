"""The results of ``evaluate --shop``, on a shop's own orders or on real shoppers: the models of their JSON files."""

from __future__ import annotations

from .schema import Document, Estimate, Figure, Model

POPULARITY, KNN, RETRIEVAL, T5, ANSWER = "popularity", "item-kNN, tuned", "retrieval", "T5 alone", "T5 with purchases"


class ShopEvaluation(Document):
    """The results of the comparison.

    :ivar orders: number of held-out orders.
    :ivar rows: number of their rows: each product of an order in turn is the target.
    :ivar left_out: number of more orders that were held out, but not ranked, because there are so many.
    :ivar missed: share of rows whose target is not among the candidates.
    :ivar confidence: mean probability of the pick.
    :ivar hit_rates: HR@k by recommender, for the k of ``differences``.
    :ivar differences: HR@k of the recommender less that of item-kNN, by k; paired and resampled by order.
    """

    writer = "evaluate --shop"

    orders: int
    rows: int
    left_out: int = 0
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
        from .bootstrap import CONFIDENCE  # imports scipy, and the page only reads the figures

        more = f" (a random sample of {self.orders + self.left_out:,})" if self.left_out else ""
        lines = [
            f"{self.orders:,} orders held out{more}, {self.rows:,} purchases to find in them; {self.missed:.1%} of "
            "those were not among the candidates, and count as not found.",
            "",
            f"{'':<20}" + "".join(f"{f'HR@{k}':>8}" for k in self.differences),
        ]
        lines += [f"{name:<20}" + "".join(f"{rate:8.3f}" for rate in rates) for name, rates in self.hit_rates.items()]
        lines += ["", f"{self.ours} less {KNN} (paired bootstrap over orders, {100 * CONFIDENCE:.0f} %):"]
        lines += [_describe(self.ours, depth, found) for depth, found in self.differences.items()]
        first = self.hit_rates[self.ours][0]
        return "\n".join(
            [*lines, "", f"The pick's probability is {self.confidence:.3f} on average, its HR@1 {first:.3f}."]
        )


def judge(difference: Estimate) -> str:
    """Return whether the recommender has "won" or "lost", or both are "alike" as far as the interval tells."""
    if difference.low is None or difference.high is None:
        return "alike"
    return "lost" if difference.high < 0 else "won" if difference.low > 0 else "alike"


def _describe(ours: str, depth: int, found: Estimate) -> str:
    """Return which of the two is better at a depth, as a sentence."""
    verdicts = {"lost": "item-kNN wins", "won": f"the {ours} wins", "alike": "no difference can be told"}
    interval = "" if found.low is None or found.high is None else f" ({found.low:+.3f} to {found.high:+.3f})"
    return f"HR@{depth:<3} {found.value:+.3f}{interval}: {verdicts[judge(found)]}."


class RealShoppersRow(Model):
    """One ranker on real shoppers.

    :ivar metrics: HR and NDCG at 5 and 10, each the mean over the seeds of training.
    :ivar seeds: the NDCG@10 of each seed; one where nothing is random.
    """

    recommender: str
    metrics: dict[str, Estimate]
    seeds: tuple[Figure, ...]


class PublishedRow(Model):
    """Published metrics, as quoted; None where none is published."""

    recommender: str
    metrics: dict[str, Figure | None]
    source: str


class RealShoppersDifference(Model):
    """The relative difference of two rankers' NDCG@10, and the absolute one with an interval, paired over shoppers."""

    recommender: str
    other: str
    value: Figure
    difference: Estimate


class RealShoppersView(Model):
    """Rankings of all products, or of those that were held out of training.

    :ivar products: number of ranked products.
    :ivar asked: number of shoppers whose last purchase is predicted.
    :ivar differences: comparisons of the T5 with the strongest other rankers.
    """

    products: int
    asked: int
    rows: tuple[RealShoppersRow, ...]
    differences: tuple[RealShoppersDifference, ...]


class RealShoppersEvaluation(Document):
    """The results of a shop's recommender on a benchmark of purchase histories.

    :ivar settings: the settings that were chosen on the validation split.
    :ivar ascending: share of the purchases with a higher id than the one before. Far from 0.5, it says that the order
        of a history is partly that of the ids.
    :ivar corrected: whether the T5's scores of products that nobody had bought are corrected as in serving; see
        :mod:`..newcomers`. Results of earlier versions are not.
    """

    writer = "evaluate --shop"

    date: str
    command: str
    seconds: int
    seed: int
    shoppers: int
    checkpoints: tuple[str, ...]
    parameters: int
    settings: dict[str, Figure]
    ascending: Figure
    corrected: bool = False
    all_products: RealShoppersView
    cold_products: RealShoppersView
    published: tuple[PublishedRow, ...]
    signature: str
